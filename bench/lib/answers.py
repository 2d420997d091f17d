"""Checks the answers of a server before it is measured, because a wrong answer can be a fast one."""

import gzip
import http.client
import zlib
from pathlib import Path

from lib import workloads
from lib.command import MIB, Failure


def check(server, contender, directory, chosen):
    """Checks every path that the chosen workloads use. The first wrong answer ends the run."""
    asked = {}
    for workload in chosen:
        if contender.reason_against(workload) is None:
            for question in questions(workload, directory):
                asked[question.label] = question
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        for question in asked.values():
            if (wrong := question.ask(connection)) is not None:
                raise Failure(f"{server.name} answers {question.label} with {wrong}")
    except (OSError, http.client.HTTPException) as e:
        raise Failure(f"{server.name} does not answer {question.label}: {type(e).__name__}: {e}") from None
    finally:
        connection.close()


class Question:
    """A request and its expected answer."""

    def __init__(self, label, method, path, status, body=None, media_type=None, fields=None, content=None):
        self.label, self.method, self.path, self.status = label, method, path, status
        self.body, self.media_type, self.fields, self.content = body, media_type, fields or {}, content

    def ask(self, connection):
        """Sends the request. Returns what is wrong with the answer, or None."""
        connection.request(self.method, self.path, self.content, self.fields)
        answer = connection.getresponse()
        if isinstance(self.body, Path):
            return self.compare_with_file(answer)
        data = answer.read()
        if answer.status not in self.status:
            return f"status {answer.status}"
        if answer.will_close:
            return "the end of the connection"
        length = answer.getheader("Content-Length")
        if length is not None and int(length) != len(data):
            return f"Content-Length: {length} and {len(data)} bytes"
        coded = answer.getheader("Content-Encoding", "identity")
        wanted = self.fields.get("Accept-Encoding", "identity")
        if coded != wanted:
            return f"Content-Encoding: {coded}"
        if coded == "gzip":
            try:
                data = gzip.decompress(data)
            except (OSError, EOFError, zlib.error) as e:
                return f"what is no gzip: {e}"
        elif self.body is not None and length is None:
            return "no Content-Length"
        if self.body is not None and data != self.body:
            return f"the wrong {len(data)} bytes"
        if self.media_type and answer.getheader("Content-Type", "").partition(";")[0] != self.media_type:
            return f"Content-Type: {answer.getheader('Content-Type')}"
        return None


    def compare_with_file(self, answer):
        """Compares a body that may be larger than memory with its file."""
        if answer.status not in self.status:
            return f"status {answer.status}"
        if answer.getheader("Content-Length") != str(self.body.stat().st_size):
            return f"Content-Length: {answer.getheader('Content-Length')}"
        with open(self.body, "rb") as file:
            while part := answer.read(MIB):
                if part != file.read(len(part)):
                    return "the wrong bytes"
            return "fewer bytes" if file.read(1) else None


def questions(workload, directory):
    if workload.lua == "mixed":
        for path in ("/echo/abc", "/user-agent", "/files/1KiB.bin", "/files/1MiB.bin", "/not-there"):
            yield from of_path(path, workload, directory)
    else:
        yield from of_path(workload.path, workload, directory)


def of_path(path, workload, directory):
    if workload.body is not None:
        text = (directory.parent / workload.body).read_bytes()
        yield Question(f"POST {path}", "POST", path, (200,), text, fields=workload.fields, content=text)
    elif path.startswith("/echo/"):
        text = path.removeprefix("/echo/").encode()
        label = f"GET {path[:20]} ({len(text)} bytes, {workload.fields.get('Accept-Encoding', 'no coding')})"
        yield Question(label, "GET", path, (200,), text, "text/plain", {**workload.fields} if "gzip" in label else {})
    elif path == "/user-agent":
        agent = workloads.BROWSER["User-Agent"]
        yield Question(f"GET {path}", "GET", path, (200,), agent.encode(), "text/plain", workloads.BROWSER)
    elif path == "/not-there":
        yield Question(f"GET {path}", "GET", path, (404,))
    elif "upload" in path:
        # Twice: a new file, and a file that replaces it.
        for number in (1, 2):
            text = bytes([number]) * MIB
            yield Question(f"PUT {path} ({number}.)", "PUT", path, (200, 201, 204), content=text)
            yield Question(f"GET {path} ({number}.)", "GET", path, (200,), text)
    else:
        yield Question(f"GET {path}", "GET", path, (200,), directory / path.removeprefix("/files/"))
