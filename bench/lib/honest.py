"""An honest client with a fixed rate. Its latencies show what other clients do to the server."""

import asyncio
import math
import time

from lib.client import Client, Ended

KEEP = 20


class HonestLoad:
    """
    Sends a fixed number of requests a second on a few connections, and opens a new connection after each twenty requests. The
    latency of a request counts from the moment when it was due. So a late answer also delays the requests behind it, as for people.
    """

    def __init__(self, port, rate=200, connections=8):
        self.port, self.rate, self.connections = port, rate, connections
        self.latencies, self.failures = [], []

    async def run(self, seconds):
        """Runs for this many seconds and returns the figures of this run."""
        self.latencies, self.failures = [], []
        start = time.monotonic()
        due = iter([start + number / self.rate for number in range(int(seconds * self.rate))])
        await asyncio.gather(*(self._one(due) for _ in range(self.connections)))
        return self.figures()

    def figures(self):
        ordered = sorted(self.latencies)

        def at(share):
            return ordered[math.ceil(len(ordered) * share) - 1] * 1000 if ordered else math.nan

        return {"answered": len(ordered), "failed": len(self.failures), "failures": self.failures[:5],
                "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1)}

    async def _one(self, due):
        client, used = None, 0
        for moment in due:
            await asyncio.sleep(max(0, moment - time.monotonic()))
            try:
                async with asyncio.timeout(20):
                    if client is None:
                        client, used = await Client(self.port).__aenter__(), 0
                    text = f"honest-{moment:.6f}"
                    answer = await client.request("GET", f"/echo/{text}")
                if answer.status != 200 or answer.body != text.encode():
                    raise ValueError(f"{answer.status}: {answer.body[:80]!r}")
                self.latencies.append(time.monotonic() - moment)
                used += 1
            except (OSError, Ended, ValueError, TimeoutError) as e:
                self.failures.append(f"{type(e).__name__}: {e}")
                used = KEEP
            if used >= KEEP and client is not None:
                await client.__aexit__()
                client = None
        if client is not None:
            await client.__aexit__()
