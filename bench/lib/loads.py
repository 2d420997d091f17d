"""Puts the load of one workload on one server and says what came of it: one flat record."""

import json
import shutil
import subprocess

from lib import processes
from lib.command import TOP, Failure


class Load:
    """What all runs of bench/compare share: how long one takes, and where files are."""

    def __init__(self, seconds, folder):
        self.seconds, self.folder = seconds, folder

    def run(self, workload, server, seconds=None):
        """The server must not be paused. CPU and memory are those of all its processes."""
        pids = server.pids
        for pid in pids:
            processes.forget_peak(pid)
        before = processes.cpu(pids)
        figures = getattr(self, f"_{workload.load}")(workload, server, seconds or self.seconds)
        if not server.is_running:
            raise Failure(f"{server.name} died under '{workload.name}': {server.log.read_text(errors='replace').strip()[-500:]}")
        after = processes.cpu(pids)
        peak = sum(processes.status(pid, "VmHWM") for pid in pids)
        return {**figures, "cpu_us": round((after - before) * 1e6), "peak_bytes": peak}

    def _wrk(self, workload, server, seconds):
        arguments = [f"{name}: {value}" for name, value in workload.fields.items()]
        if workload.body is not None:
            arguments.insert(0, str(self.folder / workload.body))
        command = ["wrk", "-t1", f"-c{workload.connections}", f"-d{seconds}s", "-s", f"bench/wrk/{workload.lua}.lua",
                   f"http://127.0.0.1:{server.port}{workload.path}", "--", *arguments]
        done = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
        try:
            said = json.loads(done.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            raise Failure(f"wrk failed on {server.name} under '{workload.name}': {(done.stderr or done.stdout).strip()[-500:]}")
        # As many as there are connections were on their way when it ended, and wrk asks a script once before it begins.
        surplus = said.pop("status_errors") - said.pop("wanted_errors")
        wrong = max(surplus, -surplus - workload.connections - 1, 0)
        return {**said, "errors": wrong + said.pop("socket_errors")}


def missing_tools(workloads):
    """One line for each program that these workloads need and that is not here."""
    packages = {"wrk": "wrk"}
    return [f"{tool} is missing: sudo apt-get install {package}" for tool, package in packages.items()
            if any(workload.load == tool for workload in workloads) and not shutil.which(tool)]
