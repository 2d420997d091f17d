"""The servers of bench/compare, and how to start each."""

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
# Older clones have the program where the library is now.
PROGRAMS = (servers.ACTOR_HTTP_PROGRAM, "src/ActorHttp/bin/Release/net10.0/ActorHttp.dll")


@dataclass(frozen=True, eq=False)
class Contender:
    """
    start: returns a servers.Server. Its arguments are a folder for logs and configuration, the directory of the served files, and
    the number of connections, for servers that allocate connections at their start.
    projects: the projects that have to be built first.
    program, package: the program that has to be installed, and its Debian package.
    cannot: needs of workloads that the server does not meet, each with the reason.
    is_core: whether the server is measured in all rounds. The other servers are a rough comparison, in fewer rounds.
    is_usual: whether the server takes part when --servers does not name it.
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
        """Returns a line that says how to install the server, or None if it is installed."""
        if shutil.which(self.program) or shutil.which(self.program, path="/usr/sbin:/usr/local/sbin"):
            return None
        return f"{self.name} is left out, because {self.program} is missing: {self.package}"

    def reason_against(self, workload):
        """Returns the reason why the server cannot run a workload, or None."""
        return next((reason for what, reason in (self.cannot or {}).items() if what in workload.needs), None)


def say_version(*command):
    def version():
        done = subprocess.run(command, capture_output=True, text=True, cwd=TOP)
        found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
        return found[0] if found else ""
    return version


def dotnet_version():
    """Returns the version of the runtime that the servers run on, not that of the SDK."""
    listed = subprocess.run(["dotnet", "--list-runtimes"], capture_output=True, text=True).stdout
    return ".NET " + ([line.split()[1] for line in listed.splitlines() if line.startswith("Microsoft.NETCore.App 10.")] or ["?"])[-1]


def git_version(folder=TOP):
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=folder, capture_output=True, text=True)
    return done.stdout.strip()


def subject(text, number):
    """
    Returns a server that the user names: COMMAND or NAME=COMMAND. When COMMAND is only an ActorHttp.Console.dll, or a folder with a
    clone that is built, it is started in the same way as ActorHttp.
    """
    named = re.fullmatch(r"([A-Za-z][\w.+-]*)=(.*)", text, re.DOTALL)
    name, command = named.groups() if named else (f"subject {number}" if number > 1 else "subject", text)
    path = Path(command.strip()).expanduser()
    if path.is_dir():
        # Only a program has a runtimeconfig.json beside it; a library has none.
        found = [path / program for program in PROGRAMS if (path / program).with_suffix(".runtimeconfig.json").exists()]
        if not found:
            raise Failure(f"{path / PROGRAMS[0]} does not exist: build that clone for Release first")
        path = found[0]
    version = ""
    if path.suffix == ".dll" and path.exists():
        command = OURS.format(program=shlex.quote(str(path.resolve())))
        version = git_version(path.parent)
    return Contender(name, lambda folder, directory, _: servers.by_command(folder, name, command, directory), lambda: version or command)


# The fixed rate is chosen for the servers of the ratios. With a slower server the queue of requests would only grow.
SLOWER = {"speed": "the rate is made for the others"}

NGINX_CANNOT = {"post": "it has nothing that answers with a request's body"}

ALL = [
    Contender(
        "ActorHttp",
        lambda folder, directory, _: servers.by_command(folder, "ActorHttp", OURS.format(program=servers.ACTOR_HTTP_PROGRAM), directory),
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
