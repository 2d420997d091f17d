"""Puts the load of one workload on one server and says what came of it: one flat record."""

import json
import os
import shutil
import subprocess

from lib import processes
from lib.command import TOP, Failure

LOAD = "bench/load"


class Load:
    """What all runs of bench/compare share: how long one takes, and where files are."""

    def __init__(self, seconds, folder):
        self.seconds, self.folder = seconds, folder
        # Requests a second that all of the compared servers can sustain; known once they have been measured without a limit.
        self.rate = None

    def run(self, workload, server, directory):
        """The server must not be paused; its files are in the directory. CPU and memory are those of all its processes."""
        pids = server.pids
        for pid in pids:
            processes.forget_peak(pid)
        if "upload" in workload.needs:
            # What another has written must not be what this one waits for.
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
            # What was broken off when the time was up, the server itself removes at this moment.
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
        # As many as there are connections were on their way when it ended, and wrk asks a script once before it begins.
        surplus = said.pop("status_errors") - said.pop("wanted_errors")
        wrong = max(surplus, -surplus - workload.connections - 1, 0)
        return {**said, "errors": wrong + said.pop("socket_errors")}


    def _download(self, workload, server):
        return self._curl(workload, server, "--output", "/dev/null")

    def _upload(self, workload, server):
        return self._curl(workload, server, "--upload-file", str(self.folder / "files/1GiB.bin"), "--output", "/dev/null")

    def _curl(self, workload, server, *arguments):
        """Once. wrk would need the whole body in memory to send it, and takes it in steps of 8 KiB to receive it."""
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
    """The programs that make these loads, apart from our own."""
    needed = {{"wrk": "wrk", "rate": "wrk", "download": "curl", "upload": "curl"}.get(workload.load) for workload in workloads}
    return sorted(filter(None, needed))


def missing_tools(workloads):
    """One line for each of them that is not here."""
    return [f"{tool} is missing: sudo apt-get install {tool}" for tool in tools(workloads) if not shutil.which(tool)]
