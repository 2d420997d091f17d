"""The servers under test. Each is a child process on 127.0.0.1 and a free port."""

import grp
import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time

from lib import processes
from lib.command import TOP, Failure

ACTOR_HTTP = "src/ActorHttp.Console"
ACTOR_HTTP_PROGRAM = f"{ACTOR_HTTP}/bin/Release/net10.0/ActorHttp.Console.dll"
KESTREL = "bench/peers/kestrel"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server. Leaving the `with` ends the server and its child processes."""

    def __init__(self, name, command, port, folder, environment=None):
        self.name, self.port = name, port
        self.log = folder / f"{re.sub(r'[^A-Za-z0-9]+', '-', name)}-{port}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                # Ctrl-C reaches only the script, which then ends its servers. When the script is killed, the servers end, too.
                start_new_session=True, preexec_fn=processes.end_with_parent)
        self.pid = self.process.pid

    def __enter__(self):
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pids(self):
        return [self.pid, *processes.children(self.pid)]

    @property
    def is_running(self):
        return self.process.poll() is None

    def connect(self, timeout=10.0):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def pause(self):
        """Stops the server's processes (SIGSTOP), so that another server can be measured."""
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)

    def resume(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGCONT)

    def stop(self):
        if not self.is_running:
            return
        pids = self.pids
        # A paused process does not handle SIGTERM.
        self.resume()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            for pid in pids:
                try:
                    signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + 20
        while self.is_running and time.monotonic() < deadline:
            try:
                with self.connect() as probe:
                    probe.sendall(b"GET /echo/abc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    if probe.recv(4096).startswith(b"HTTP/1.1 200 "):
                        return
            except OSError:
                pass
            time.sleep(0.1)
        raise Failure(f"{self.name} did not start: {self.log.read_text(errors='replace').strip()[-500:]}")


def has_setting(key):
    """Whether hocon/reference.conf has this key in any section."""
    text = (TOP / "hocon/reference.conf").read_text()
    return re.search(rf"^\s*{re.escape(key)}\s*=", text, re.MULTILINE) is not None


UNITS = {"": 1, "B": 1, "KiB": 1024, "MiB": 1024 ** 2}


def size(key, settings=()):
    """Returns the value in bytes of a key such as io.frame-size, from these settings or else from hocon/reference.conf."""
    section, name = key.split(".")
    reference = (TOP / "hocon/reference.conf").read_text()
    text = re.search(rf"^  {section} \{{$(.*?)^  \}}$", reference, re.MULTILINE | re.DOTALL)[1]
    value = re.search(rf"^    {re.escape(name)} = (.*)$", text, re.MULTILINE)[1]
    for setting in settings:
        if match := re.fullmatch(rf"\s*{re.escape(key)}\s*[=:]\s*(\S+)\s*", setting):
            value = match[1]
    number, unit = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", value).groups()
    return int(number) * UNITS[unit]


def actor_http(folder, name="ActorHttp", settings=(), connections=None, directory=None, environment=None, log_level="warning"):
    """Starts ActorHttp. settings: lines of HOCON below actor-http; connections: the limit of connections."""
    port = free_port()
    lines = list(settings)
    if connections and has_setting("connections"):
        lines.append(f"limits.connections = {connections}")
    config = folder / f"actor-http-{port}.conf"
    config.write_text("actor-http {\n" + "".join(f"  {line}\n" for line in lines) + "}\n")
    command = ["dotnet", ACTOR_HTTP_PROGRAM, "--host", "127.0.0.1", "--port", str(port),
               "--config", str(config), "--log-level", log_level]
    if directory:
        command += ["--directory", str(directory)]
    return Server(name, command, port, folder, environment)


def by_command(folder, name, command, directory):
    """Starts a server by a line for the shell, in which {port} and {directory} are replaced. The server must stay in the foreground."""
    port = free_port()
    line = command.replace("{port}", str(port)).replace("{directory}", shlex.quote(str(directory)))
    return Server(name, ["bash", "-c", f"exec {line}"], port, folder)


def kestrel(folder, name="Kestrel", directory=None, environment=None, mode=()):
    port = free_port()
    command = ["dotnet", "bench/peers/kestrel/bin/Release/net10.0/KestrelPeer.dll", *mode, "--port", str(port)]
    if directory:
        command += ["--directory", str(directory)]
    return Server(name, command, port, folder, environment)


def kestrel_inline(folder, directory):
    """Starts Kestrel in its fastest form: see bench/peers/kestrel/InlineServer.cs."""
    environment = {**os.environ, "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS": "1"}
    return kestrel(folder, "Kestrel inline", directory, environment, ["--inline"])


def node(folder, directory):
    port = free_port()
    return Server("node", ["node", "bench/peers/node/server.mjs", str(port), str(directory)], port, folder)


def python(folder, directory):
    port = free_port()
    return Server("Python", [sys.executable, "-B", "bench/peers/python/server.py", str(port), str(directory)], port, folder)


def caddy(folder, directory):
    port = free_port()
    # Caddy stores its state in these folders. So it does not read or write the user's own state.
    environment = {**os.environ, "PORT": str(port), "DIRECTORY": str(directory), "HOME": str(folder), "XDG_DATA_HOME": str(folder / "caddy"),
                   "XDG_CONFIG_HOME": str(folder / "caddy")}
    command = ["caddy", "run", "--config", "bench/peers/caddy/Caddyfile", "--adapter", "caddyfile"]
    return Server("Caddy", command, port, folder, environment)


def nginx(folder, connections=1024, directory=None, workers="1"):
    """Starts nginx. connections: the number of connections, whose records nginx allocates at its start."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise Failure("nginx is missing: sudo apt-get install nginx-light")
    port = free_port()
    prefix = folder / f"nginx-{port}"
    prefix.mkdir()
    # When root starts nginx, its worker would run as the user nobody, who cannot write to the folder.
    user = f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(0).gr_name};" if os.geteuid() == 0 else ""
    config = (TOP / "bench/peers/nginx/nginx.conf").read_text()
    filling = {"prefix": prefix, "connections": connections, "port": port, "user": user, "workers": workers,
               "directory": directory or prefix / "none", "temporary": (directory or prefix) / ".nginx"}
    for name, value in filling.items():
        config = config.replace(f"{{{name}}}", str(value))
    (prefix / "nginx.conf").write_text(config)
    command = [program, "-e", f"{prefix}/error.log", "-p", str(prefix), "-c", str(prefix / "nginx.conf")]
    return Server("nginx" if workers == "1" else "nginx auto", command, port, folder)
