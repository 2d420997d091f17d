"""The raw lines of one run of bench/compare, and the figures that follow from them."""

import json
import math
from statistics import median

LESS_IS_BETTER = ("p99 ms", "bytes each")


def per(amount, unit):
    return amount / unit if unit else math.nan


class Results:
    """
    One JSON object a line. The first line describes the machine and the servers. Each other line is one run, or the reason why a
    server has no run.
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
        """Returns the ratio of the server's figure to the base's figure, for each round that both have."""
        theirs = {run["round"]: value(run) for run in self.of(workload, base)}
        return [per(value(run), theirs[run["round"]]) for run in self.of(workload, server) if run["round"] in theirs]

    def typical(self, workload, server, key):
        """Returns the median of this key over all runs, or None when a run does not have the key."""
        found = [run.get(key) for run in self.of(workload, server)]
        return median(found) if found and None not in found else None

    def cpu(self, workload, server):
        """Returns the CPU time of a request in µs: the median of all runs."""
        found = [per(run["cpu_us"], run["requests"]) for run in self.of(workload, server) if run.get("requests")]
        return median(found) if found else None

    def errors(self, workload, server):
        return sum(run.get("errors", 0) for run in self.of(workload, server))


def value(run):
    """Returns the figure of a run that is compared."""
    unit = run["unit"]
    if unit == "req/s":
        return per(run["requests"], run["seconds"])
    if unit == "MB/s":
        return per(run["requests"] * run["size"], run["seconds"]) / 1e6
    return run["p99_ms"] if unit == "p99 ms" else run["each_bytes"]
