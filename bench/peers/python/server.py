"""The endpoints of ActorHttp on the threaded server of Python's standard library: server.py PORT DIRECTORY"""

import gzip
import itertools
import os
import shutil
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

PORT, DIRECTORY = int(sys.argv[1]), os.path.realpath(sys.argv[2])
numbers = itertools.count()


class Server(ThreadingHTTPServer):
    # With the default of 5, the kernel drops clients when many connect at once.
    request_queue_size = 1024


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without a buffer (the default), each answer is two packets, and Nagle's algorithm delays the second for 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        path = unquote(self.path)
        if path.startswith("/echo/"):
            self.coded(path.removeprefix("/echo/").encode())
        elif path == "/user-agent":
            self.text(self.headers.get("User-Agent", "").encode())
        elif path.startswith("/files/"):
            self.file(self.locate(path))
        else:
            self.not_found()

    def do_POST(self):
        if self.path == "/echo":
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.coded(body, self.headers.get("Content-Type", "application/octet-stream"))
        else:
            self.not_found()

    def do_PUT(self):
        target = self.locate(unquote(self.path)) if self.path.startswith("/files/") else None
        if target is None:
            self.not_found()
            return
        temporary = f"{target}.{next(numbers)}"
        left = int(self.headers["Content-Length"])
        with open(temporary, "wb") as file:
            while left and (part := self.rfile.read(min(left, 64 * 1024))):
                file.write(part)
                left -= len(part)
        if left:
            os.unlink(temporary)
            self.close_connection = True
            return
        status = 204 if os.path.exists(target) else 201
        os.replace(temporary, target)
        self.send_response(status)
        if status == 201:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def coded(self, body, media_type="text/plain; charset=utf-8"):
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            # The other servers also compress at their fastest level.
            self.text(gzip.compress(body, 1), media_type, {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
        else:
            self.text(body, media_type)

    def text(self, body, media_type="text/plain; charset=utf-8", fields=None, status=200):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (fields or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def file(self, path):
        try:
            file = open(path, "rb")
        except (OSError, TypeError):
            self.not_found()
            return
        with file:
            about = os.fstat(file.fileno())
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(about.st_size))
            self.send_header("Last-Modified", self.date_time_string(about.st_mtime))
            self.end_headers()
            shutil.copyfileobj(file, self.wfile)

    def not_found(self):
        self.text(b"Not found\n", status=404)

    def locate(self, path):
        target = os.path.realpath(os.path.join(DIRECTORY, path.removeprefix("/files/")))
        return target if target.startswith(DIRECTORY + os.sep) else None

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Server(("127.0.0.1", PORT), Handler).serve_forever()
