"""What bench/compare prints in the end, and bench/summarise from a file."""

from statistics import median

from lib.command import table

BASES = ("Kestrel", "nginx")
NOTHING = "–"


def number(amount, digits=0):
    return NOTHING if amount is None else f"{amount:,.{digits}f}"


def ratio(found):
    return f"{median(found):.2f} ({min(found):.2f}–{max(found):.2f})" if found else NOTHING


def bases(results):
    """The first of the servers too, where several are subjects: so an old build is compared with a new one."""
    subjects = [name for name in results.about.get("subjects", [])][:1] if len(results.about.get("subjects", [])) > 1 else []
    present = {run["server"] for run in results.runs}
    return subjects + [name for name in BASES if name in present] or list(results.about.get("servers", {}))[:1]


def latencies(results, workload, server):
    found = [results.typical(workload, server, key) for key in ("p50_ms", "p99_ms", "p999_ms")]
    return NOTHING if found[0] is None else " / ".join(number(each, 2) for each in found)


def print_about(results):
    about = results.about
    if machine := about.get("machine"):
        print(f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, {machine['load generators']}")
    for name, version in about.get("servers", {}).items():
        print(f"{name}: {version}")
    if "rounds" in about:
        print(f"{about['rounds']} rounds of {about['seconds']} s; {about['command']}")
    print()


def print_tables(results):
    """One table for each workload."""
    against = bases(results)
    for workload in results.workloads:
        unit = results.unit(workload)
        print(f"### {workload}\n")
        rows = []
        for server in results.servers(workload):
            peak = results.typical(workload, server, "peak_bytes")
            rows.append([
                server,
                number(results.value(workload, server), 2 if unit == "p99 ms" else 0),
                *[ratio(results.ratios(workload, server, base)) for base in against],
                number(results.cpu(workload, server), 1),
                latencies(results, workload, server),
                number(peak and peak / 2 ** 20),
                number(results.errors(workload, server)),
            ])
        table(["server", unit, *[f"× {base} (min–max)" for base in against], "CPU µs/req", "p50 / p99 / p99.9 ms", "peak MiB", "errors"], rows)
        for note in results.notes:
            if note["workload"] == workload:
                print(f"\n{note['server']}: {note['note']}")
        print()
