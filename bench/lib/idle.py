"""Opens idle connections to a new process, and measures the memory of each."""

import contextlib
import select
import socket

from lib import processes
from lib.command import Failure

REQUEST = b"GET /echo/abc HTTP/1.1\r\nHost: localhost\r\n\r\n"


def open_idle(server, count, state, sockets):
    """Opens connections in batches, so that neither the backlog nor a slow machine loses one."""
    while count:
        batch = []
        for _ in range(min(count, 64)):
            batch.append(sockets.enter_context(server.connect()))
        if state == "used":
            for each in batch:
                each.sendall(REQUEST)
            for each in batch:
                answer = b""
                while not answer.endswith(b"\r\n\r\nabc"):
                    try:
                        part = each.recv(4096)
                    except OSError as e:
                        raise Failure(f"{server.name} does not answer on one of {count} connections: {e}") from None
                    if not part:
                        raise Failure(f"{server.name} closed a connection instead of answering: {answer!r}")
                    answer += part
        count -= len(batch)
        yield from batch


def gone(held):
    """Returns the number of connections that the server has closed, or has sent unexpected bytes on."""
    poll = select.poll()
    for each in held:
        poll.register(each, select.POLLIN)
    return len(poll.poll(0))


def measure(server, count, state):
    """Measures the memory of each connection. The server's process must be new. state: "used" (each has done one request) or "fresh"."""
    with contextlib.ExitStack() as sockets:
        # Warms up, so that compiled code and filled pools belong to the base and not to the connections.
        with contextlib.ExitStack() as warm_up:
            list(open_idle(server, min(count, 200), "used", warm_up))
        before = processes.settled(server.pids)
        files = processes.open_files(server.pids)

        held = list(open_idle(server, count, state, sockets))
        after = processes.settled(server.pids)
        accepted = processes.open_files(server.pids) - files
        if accepted < count * 0.99:
            raise Failure(f"{server.name} has accepted {accepted} of {count} connections")
        if lost := gone(held):
            raise Failure(f"{server.name} has closed {lost} of {count} connections")
        # Closes by reset, so that ten thousand ports do not stay in TIME_WAIT for the next round.
        for each in held:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        return {"before": before._asdict(), "with": after._asdict(),
                "each": {field: (getattr(after, field) - getattr(before, field)) / count for field in before._fields}}
