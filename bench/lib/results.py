"""The raw lines of one run of bench/compare, and what can be said of them."""

import json
import math
from statistics import median

LESS_IS_BETTER = ("p99 ms", "bytes each")


def per(amount, unit):
    return amount / unit if unit else math.nan


class Results:
    """
    One JSON object a line. The first says what machine and which servers; each of the others is one run, or a note of why
    a server has none.
    """

    def __init__(self, lines):
        objects = [json.loads(line) for line in lines if line.strip()]
        self.about = next((each["about"] for each in objects if "about" in each), {})
        self.runs = [each for each in objects if "round" in each]
        self.notes = [each for each in objects if "note" in each]

    @property
    def workloads(self):
        return list(dict.fromkeys(each["workload"] for each in self.runs))

    def servers(self, workload):
        order = list(self.about.get("servers", {}))
        present = dict.fromkeys(run["server"] for run in self.runs if run["workload"] == workload)
        return sorted(present, key=lambda name: order.index(name) if name in order else len(order))

    def of(self, workload, server):
        return [run for run in self.runs if (run["workload"], run["server"]) == (workload, server)]

    def unit(self, workload):
        return next(run["unit"] for run in self.runs if run["workload"] == workload)

    def value(self, workload, server):
        return median(map(value, self.of(workload, server)))

    def ratios(self, workload, server, base):
        """Of each round that both have: what the server did over what the base did."""
        theirs = {run["round"]: value(run) for run in self.of(workload, base)}
        return [per(value(run), theirs[run["round"]]) for run in self.of(workload, server) if run["round"] in theirs]

    def typical(self, workload, server, key):
        """The median of what the runs have under this key; None where one has not."""
        found = [run.get(key) for run in self.of(workload, server)]
        return median(found) if found and None not in found else None

    def cpu(self, workload, server):
        """µs a request."""
        found = [per(run["cpu_us"], run["requests"]) for run in self.of(workload, server) if run.get("requests")]
        return median(found) if found else None

    def errors(self, workload, server):
        return sum(run.get("errors", 0) for run in self.of(workload, server))


def value(run):
    """The figure that is compared."""
    unit = run["unit"]
    if unit == "req/s":
        return per(run["requests"], run["seconds"])
    if unit == "MB/s":
        return per(run["requests"] * run["size"], run["seconds"]) / 1e6
    return run["p99_ms"] if unit == "p99 ms" else run["each_bytes"]
