"""Puts the load of one workload on one server, and returns the figures as one flat record."""

import json
import os
import shutil
import subprocess

from lib import processes
from lib.command import TOP, Failure

LOAD = "bench/load"


class Load:
    """The common parameters of all runs of bench/compare: the length of a run, and the folder of the files."""

    def __init__(self, seconds, folder):
        self.seconds, self.folder = seconds, folder
        # Requests a second that all compared servers can sustain. Known after a measurement without a fixed rate.
        self.rate = None

    def run(self, workload, server, directory):
        """
        Runs one workload. The server must not be paused, and serves the files of the directory. CPU and memory are sums over all
        of its processes.
        """
        pids = server.pids
        for pid in pids:
            processes.forget_peak(pid)
        if "upload" in workload.needs:
            # Flushes the files of the previous server, so that this server does not wait for them.
            os.sync()
        before = processes.cpu(pids)
        figures = getattr(self, f"_{workload.load}")(workload, server)
        if not server.is_running:
            raise Failure(f"{server.name} died under '{workload.name}': {server.log.read_text(errors='replace').strip()[-500:]}")
        after = processes.cpu(pids)
        if workload.load == "upload":
            stored = directory / workload.path.removeprefix("/files/")
            figures["errors"] += not (stored.exists() and stored.stat().st_size == workload.size)
        peak = sum(processes.status(pid, "VmHWM") for pid in pids)
        for file in directory.glob("upload-*"):
            # The server itself may be removing an upload that was aborted at the end of the run.
            file.unlink(missing_ok=True)
        return {**figures, "cpu_us": round((after - before) * 1e6), "peak_bytes": peak}

    def _wrk(self, workload, server):
        arguments = [f"{name}: {value}" for name, value in workload.fields.items()]
        if workload.body is not None:
            arguments.insert(0, str(self.folder / workload.body))
        command = ["wrk", "-t1", f"-c{workload.connections}", f"-d{self.seconds}s", "-s", f"bench/wrk/{workload.lua}.lua",
                   f"http://127.0.0.1:{server.port}{workload.path}", "--", *arguments]
        done = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
        try:
            said = json.loads(done.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            raise Failure(f"wrk failed on {server.name} under '{workload.name}': {(done.stderr or done.stdout).strip()[-500:]}")
        # At the end of a run, up to one answer for each connection was still on its way, and wrk calls the script once before the start.
        surplus = said.pop("status_errors") - said.pop("wanted_errors")
        wrong = max(surplus, -surplus - workload.connections - 1, 0)
        return {**said, "errors": wrong + said.pop("socket_errors")}


    def _download(self, workload, server):
        return self._curl(workload, server, "--output", "/dev/null")

    def _upload(self, workload, server):
        return self._curl(workload, server, "--upload-file", str(self.folder / "files/1GiB.bin"), "--output", "/dev/null")

    def _curl(self, workload, server, *arguments):
        """Moves one body with curl. wrk would need the whole body in memory to send it, and receives in steps of 8 KiB."""
        command = ["curl", "--disable", "--silent", "--noproxy", "*", *arguments,
                   "--write-out", '{"status":%{http_code},"sent":%{size_upload},"received":%{size_download},"seconds":%{time_total}}',
                   f"http://127.0.0.1:{server.port}{workload.path}"]
        done = subprocess.run(command, capture_output=True, text=True)
        try:
            said = json.loads(done.stdout)
        except ValueError:
            raise Failure(f"curl failed on {server.name} under '{workload.name}': {done.stderr.strip()}")
        moved = said["sent"] if workload.load == "upload" else said["received"]
        failed = done.returncode != 0 or said["status"] >= 400 or moved != workload.size
        return {"requests": 1, "seconds": said["seconds"], "errors": int(failed)}

    def _rate(self, workload, server):
        command = ["dotnet", f"{LOAD}/bin/Release/net10.0/Load.dll", str(server.port), workload.path, str(workload.connections),
                   str(self.rate), str(self.seconds)]
        done = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"bench/load failed on {server.name}: {done.stderr.strip()[-500:]}")
        return {**json.loads(done.stdout), "rate": self.rate}


def tools(workloads):
    """Returns the programs that the workloads need and that are not part of this repository."""
    needed = {{"wrk": "wrk", "rate": "wrk", "download": "curl", "upload": "curl"}.get(workload.load) for workload in workloads}
    return sorted(filter(None, needed))


def missing_tools(workloads):
    """Returns one line for each program that is missing."""
    return [f"{tool} is missing: sudo apt-get install {tool}" for tool in tools(workloads) if not shutil.which(tool)]
