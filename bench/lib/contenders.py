"""Who can take part in bench/compare, and how each is started."""

import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lib import servers
from lib.command import TOP, Failure

OURS = "dotnet {program} --port {{port}} --directory {{directory}} --log-level warning"
PROGRAM = "src/ActorHttp/bin/Release/net10.0/ActorHttp.dll"


@dataclass(frozen=True, eq=False)
class Contender:
    """
    start: makes a servers.Server, of a folder for what it leaves behind, the directory whose files it serves, and the connections
    that it has to take, for who sets them aside.
    projects: what has to be built first.
    program, package: what has to be installed, and by the name of which Debian package.
    cannot: what workloads may need and it does not have; with the reason.
    is_core: whether it is measured in all rounds. The others give an idea in fewer.
    is_usual: whether it takes part when --servers does not name it.
    """

    name: str
    start: Callable
    version: Callable = lambda: ""
    projects: tuple = ()
    program: str = "dotnet"
    package: str = "the .NET 10 SDK, https://dot.net"
    cannot: dict = None
    is_core: bool = True
    is_usual: bool = True

    @property
    def key(self):
        """The name on the command line."""
        return self.name.lower().replace(" ", "-")

    @property
    def missing(self):
        """How to install it, where it is not."""
        if shutil.which(self.program) or shutil.which(self.program, path="/usr/sbin:/usr/local/sbin"):
            return None
        return f"{self.name} is left out, because {self.program} is missing: {self.package}"

    def reason_against(self, workload):
        """Why it cannot take part there; None where it can."""
        return next((reason for what, reason in (self.cannot or {}).items() if what in workload.needs), None)


def say_version(*command):
    def version():
        done = subprocess.run(command, capture_output=True, text=True, cwd=TOP)
        found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
        return found[0] if found else ""
    return version


def dotnet_version():
    """Of the runtime that the servers run on, and not of the SDK."""
    listed = subprocess.run(["dotnet", "--list-runtimes"], capture_output=True, text=True).stdout
    return ".NET " + ([line.split()[1] for line in listed.splitlines() if line.startswith("Microsoft.NETCore.App 10.")] or ["?"])[-1]


def git_version(folder=TOP):
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=folder, capture_output=True, text=True)
    return done.stdout.strip()


def subject(text, number):
    """
    A server of the user's own: COMMAND or NAME=COMMAND. Where COMMAND is nothing but an ActorHttp.dll, or a folder with a
    clone that is built, it is started as ActorHttp is.
    """
    named = re.fullmatch(r"([A-Za-z][\w.+-]*)=(.*)", text, re.DOTALL)
    name, command = named.groups() if named else (f"subject {number}" if number > 1 else "subject", text)
    path = Path(command.strip()).expanduser()
    if path.is_dir():
        path = path / PROGRAM
        if not path.exists():
            raise Failure(f"{path} does not exist: build that clone for Release first")
    version = ""
    if path.suffix == ".dll" and path.exists():
        command = OURS.format(program=shlex.quote(str(path.resolve())))
        version = git_version(path.parent)
    return Contender(name, lambda folder, directory, _: servers.by_command(folder, name, command, directory), lambda: version or command)


# The rate is made for those that the ratios are about. Whoever is slower would be measured with a queue that only grows.
SLOWER = {"speed": "the rate is made for the others"}

NGINX_CANNOT = {"post": "it has nothing that answers with a request's body"}

ALL = [
    Contender(
        "ActorHttp",
        lambda folder, directory, _: servers.by_command(folder, "ActorHttp", OURS.format(program=PROGRAM), directory),
        lambda: f"{git_version()} on {dotnet_version()}", (servers.ACTOR_HTTP,)),
    Contender(
        "Kestrel", lambda folder, directory, _: servers.kestrel(folder, directory=directory), dotnet_version, (servers.KESTREL,)),
    Contender("Kestrel inline", lambda folder, directory, _: servers.kestrel_inline(folder, directory), dotnet_version, (servers.KESTREL,)),
    Contender(
        "nginx", lambda folder, directory, connections: servers.nginx(folder, connections, directory), say_version("/usr/sbin/nginx", "-v"),
        program="nginx", package="sudo apt-get install nginx-light",
        cannot=NGINX_CANNOT),
    Contender(
        "nginx auto", lambda folder, directory, connections: servers.nginx(folder, connections, directory, "auto"), say_version("/usr/sbin/nginx", "-v"),
        program="nginx", package="sudo apt-get install nginx-light", cannot=NGINX_CANNOT, is_usual=False),
    Contender(
        "node", lambda folder, directory, _: servers.node(folder, directory), say_version("node", "--version"),
        program="node", package="sudo apt-get install nodejs", cannot=SLOWER, is_core=False),
    Contender(
        "Python", lambda folder, directory, _: servers.python(folder, directory), platform.python_version, program=sys.executable,
        cannot=SLOWER, is_core=False),
    Contender(
        "Caddy", lambda folder, directory, _: servers.caddy(folder, directory), say_version("caddy", "version"), program="caddy", package="sudo apt-get install caddy",
        cannot={"upload": "it stores no files", "post": "it answers with a request's body only for debugging", **SLOWER},
        is_core=False),
]
