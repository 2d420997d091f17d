"""Describes the machine of a measurement."""

import os
import platform
import re
import subprocess
from pathlib import Path


def about(tools):
    """Returns the description of the machine. tools: the programs that make the load."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "cpu": model[1].strip() if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "load generators": ", ".join(filter(None, map(version, tools))),
    }


def version(tool):
    flag = {"wrk": "-v"}.get(tool, "--version")
    try:
        done = subprocess.run([tool, flag], capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return f"{tool} {found[0]}" if found else tool
