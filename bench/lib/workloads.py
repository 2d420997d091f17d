"""The workloads of bench/compare."""

from dataclasses import dataclass, field

KB, KIB, MIB, GIB = 1000, 1024, 1024 ** 2, 1024 ** 3

# The fields that a browser sends to open a page of a site that it has visited: 20 lines with wrk's Host, 1.5 KB.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Connection": "keep-alive",
    "Cache-Control": "max-age=0",
    "sec-ch-ua": '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
    "sec-ch-ua-platform-version": '"6.12.0"',
    "Upgrade-Insecure-Requests": "1",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
              "application/signed-exchange;v=b3;q=0.7",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
    "Referer": "http://www.example.com/catalogue/2026/autumn?page=3&order=price&direction=ascending&view=list",
    "Accept-Language": "en-GB,en;q=0.9,de-DE;q=0.8,de;q=0.7,fr-FR;q=0.6,fr;q=0.5",
    "Cookie": "session=eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoiNDgxNTE2MjM0MiIsImV4cCI6MTc5MDAwMDAwMH0.q7uYq0mZ2o5n1mH8yGqk3bJ6; "
              "theme=dark; consent=necessary%2Cstatistics%2Cpreferences; _ga=GA1.1.1234567890.1700000000; "
              "_ga_ABCDEF1234=GS1.1.1700000000.12.1.1700000360.0.0.0; basket=b2f1c7d0-8a53-4a53-9c0e-5a1f3c7e9d42; last=item-90125",
    "DNT": "1",
    "Priority": "u=0, i",
    "If-Modified-Since": "Sat, 01 Nov 2025 10:00:00 GMT",
}

GZIP = {"Accept-Encoding": "gzip"}

# Words and not random bytes, because text that is worth coding has patterns. 1,000 characters that a path may contain unencoded.
TEXT_1KB = ("The-quick-brown-fox-jumps-over-the-lazy-dog." + "".join(f"{n * n}-sheep-and-{n * 7}-goats." for n in range(60)))[:KB]
TEXT_100KB = "".join(f"Line {n} of a hundred kilobytes; its square is {n * n}.\n" for n in range(2200))[:100 * KB]


@dataclass(frozen=True)
class Workload:
    """
    unit: the compared figure: req/s, MB/s (of bodies; 10^6 bytes), p99 ms or bytes each.
    needs: the abilities that a server needs. The row of a server without them stays empty.
    lua: the name of the script for wrk.
    """

    name: str
    connections: int
    path: str = ""
    load: str = "wrk"
    unit: str = "req/s"
    lua: str = "report"
    fields: dict = field(default_factory=dict)
    body: str | None = None
    size: int = 0
    needs: frozenset = frozenset()
    most_rounds: int = 1000


def needs(*what):
    return frozenset(what)


ECHO = Workload("keep-alive c64", 64, "/echo/abc")

ALL = [
    ECHO,
    Workload("keep-alive c1", 1, "/echo/abc"),
    Workload("keep-alive c512", 512, "/echo/abc"),
    Workload("connection each c32", 32, "/echo/abc", fields={"Connection": "close"}),
    Workload("pipelined 16 c64", 64, "/echo/abc", lua="pipeline"),
    Workload("browser c64", 64, "/user-agent", fields=BROWSER),
    Workload("gzip 1 KB c64", 64, f"/echo/{TEXT_1KB}", fields=GZIP),
    Workload("gzip 100 KB c8", 8, "/echo", lua="post", fields={**GZIP, "Content-Type": "text/plain"}, body="100KB.txt", needs=needs("post")),
    Workload("not found c64", 64, "/not-there", lua="not-found"),
    Workload("mixed c64", 64, "/", lua="mixed", fields=BROWSER),
    Workload("file 1 KiB c64", 64, "/files/1KiB.bin", size=KIB),
    Workload("file 1 MiB c8", 8, "/files/1MiB.bin", unit="MB/s", size=MIB),
    Workload("file 1 GiB c1", 1, "/files/1GiB.bin", load="download", unit="MB/s", size=GIB),
    Workload("upload 1 MiB c8", 8, "/files/upload-0.bin", unit="MB/s", lua="upload", size=MIB, needs=needs("upload")),
    Workload("upload 1 GiB c1", 1, "/files/upload-0.bin", load="upload", unit="MB/s", size=GIB, needs=needs("upload")),
    Workload("sustained c64", 64, "/echo/abc", load="rate", unit="p99 ms", needs=needs("speed")),
    Workload("idle", 10_000, "/echo/abc", load="idle", unit="bytes each", most_rounds=2),
]
