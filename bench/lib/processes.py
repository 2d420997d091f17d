"""Reads the figures of processes from /proc, in bytes and counts."""

import ctypes
import os
import signal
import statistics
import time
from collections import namedtuple
from pathlib import Path

Memory = namedtuple("Memory", "rss pss private_dirty")
FIELDS = {"Rss:": "rss", "Pss:": "pss", "Private_Dirty:": "private_dirty"}


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def end_with_parent():
    """Called in a child process before its program starts. The kernel sends the child SIGTERM when this script ends, even by SIGKILL."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def memory(pids):
    """Returns the memory of all these processes together."""
    total = dict.fromkeys(FIELDS.values(), 0)
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, *rest = line.split()
            if name in FIELDS:
                total[FIELDS[name]] += int(rest[0]) * 1024
    return Memory(**total)


def rss(pids):
    """Returns the resident memory of all these processes. Cheaper than memory(), because the kernel walks no page table."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids) * os.sysconf("SC_PAGE_SIZE")


def status(pid, name):
    """Returns a number of /proc/PID/status; sizes in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            number, *unit = value.split()
            return int(number) * (1024 if unit == ["kB"] else 1)
    raise KeyError(name)


def cpu(pids):
    """Returns the user and kernel time of the processes since their start, in seconds."""
    # The name in parentheses may contain blanks. utime and stime are the 14th and 15th fields: the 12th and 13th after the name.
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def forget_peak(pid):
    """Resets the peak of the resident memory (VmHWM)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def open_files(pids):
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


def connections(port):
    """Returns the number of connections on this port of 127.0.0.1 that a server holds, without those that only the kernel still has."""
    local = f"0100007F:{port:04X}"
    count = 0
    for line in [*Path("/proc/net/tcp").read_text().splitlines()[1:], *Path("/proc/net/tcp6").read_text().splitlines()[1:]]:
        _, here, _, state, *_ = columns = line.split()
        # State 0A is a listening socket. An inode of 0 means that no process has the socket.
        count += here.endswith(local) and state != "0A" and columns[9] != "0"
    return count


def children(pid):
    """Returns the child processes; an empty list for a process that has ended."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def settled(pids, at_most=15):
    """Waits until RSS has changed by less than 0.2 % or 512 KiB for three seconds, or until the time is up. Returns the memory then."""
    seen = []
    deadline = time.monotonic() + at_most
    while time.monotonic() < deadline:
        seen.append(rss(pids))
        recent = seen[-7:]
        if len(recent) == 7 and max(recent) - min(recent) < max(512 * 1024, statistics.mean(recent) * 0.002):
            break
        time.sleep(0.5)
    return memory(pids)


def socket_memory():
    """Returns the bytes that the kernel holds for the TCP sockets of this machine, and the number of sockets."""
    for line in Path("/proc/net/sockstat").read_text().splitlines():
        if line.startswith("TCP:"):
            words = line.split()[1:]
            numbers = dict(zip(words[::2], map(int, words[1::2])))
            return numbers["mem"] * os.sysconf("SC_PAGE_SIZE"), numbers["inuse"]
    raise KeyError("TCP")
