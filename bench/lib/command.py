"""The common parts of all scripts: flags, signals, the limit of open files, tables."""

import argparse
import contextlib
import json
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024


class Flags(argparse.ArgumentParser):
    """Flags of a script. A wrong flag gives one line and exit code 2."""

    def __init__(self, name, description, plain=False):
        super().__init__(prog=f"bench/{name}", description=description, allow_abbrev=False)
        if plain:
            return
        self.add_argument("--json", metavar="FILE", help="write the figures there too")
        self.add_argument("--no-build", action="store_true", help="measure what was built for Release before")

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def above_zero(text):
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number above 0")
    return number


def not_negative(text):
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    return int(text)


class Failure(Exception):
    """A failure that ends the script with one line and exit code 1."""


def run(main):
    """Runs main. When a signal ends the script, main still cleans up its processes and files."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"{Path(sys.argv[0]).name}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


def say(line):
    """Prints progress to stderr."""
    print(line, file=sys.stderr, flush=True)


def build(*projects):
    for project in projects:
        command = ["dotnet", "build", "--configuration", "Release", "--nologo", "--verbosity", "quiet", project]
        done = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            say(done.stdout.strip())
            raise Failure(f"{project} does not build")


def room_for_files(wanted):
    """Raises the soft limit of open files. Processes that start later inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Failure(f"{wanted} open files are needed, and the hard limit is {hard} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="actor-http-bench-") as folder:
        yield Path(folder)


def mib(size):
    return f"{size / MIB:,.1f}"


def table(titles, rows):
    rows = [titles, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*rows)]
    head, *body = ([cell.ljust(width) for cell, width in zip(cells, widths)] for cells in rows)
    for cells in [head, ["-" * width for width in widths], *body]:
        print("|", " | ".join(cells), "|")
    sys.stdout.flush()


def write_json(path, figures):
    if path:
        Path(path).write_text(json.dumps(figures, indent=2) + "\n")
