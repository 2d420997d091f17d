"""The tables that bench/compare prints at its end, and that bench/summarise prints from a file."""

from statistics import median

from lib.command import table
from lib.results import LESS_IS_BETTER

BASES = ("Kestrel", "nginx")
NOTHING = "–"


def number(amount, digits=0):
    return NOTHING if amount is None else f"{amount:,.{digits}f}"


def figure(amount, unit):
    return number(amount, 2 if unit == "p99 ms" else 0)


def ratio(found):
    return f"{median(found):.2f} ({min(found):.2f}–{max(found):.2f})" if found else NOTHING


def microseconds(amount):
    return number(amount, 1 if amount is not None and amount < 1000 else 0)


def bases(results):
    """
    Returns the servers that the ratios refer to. With several subjects, the first subject is one of them, so that a new build is
    compared with an old one.
    """
    subjects = results.about.get("subjects", [])
    present = {run["server"] for run in results.runs}
    found = (subjects[:1] if len(subjects) > 1 else []) + [name for name in BASES if name in present]
    return found or list(results.about.get("servers", {}))[:1]


def latencies(results, workload, server):
    found = [results.typical(workload, server, key) for key in ("p50_ms", "p99_ms", "p999_ms")]
    return NOTHING if found[0] is None else " / ".join(number(each, 2) for each in found)


def title(results, workload):
    """Returns the workload's name, with its rate, and with "less is better" where that is so."""
    rate = results.typical(workload, results.servers(workload)[0], "rate")
    at = f", {rate:,.0f} requests a second" if rate else ""
    return f"{workload}{at}" + (" (less is better)" if results.unit(workload) in LESS_IS_BETTER else "")


def print_about(results):
    about = results.about
    if machine := about.get("machine"):
        print(f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}; {machine['load generators']}\n")
    for name, version in about.get("servers", {}).items():
        print(f"- {name}: {version}")
    if "rounds" in about:
        print(f"\n{about['rounds']} rounds of {about['seconds']} s: `{about['command']}`\n")


def print_tables(results):
    """Prints one table for each workload."""
    against = bases(results)
    for workload in results.workloads:
        unit = results.unit(workload)
        print(f"### {title(results, workload)}\n")
        rows = []
        for server in results.servers(workload):
            peak = results.typical(workload, server, "peak_bytes")
            rows.append([
                server,
                figure(results.value(workload, server), unit),
                *[ratio(results.ratios(workload, server, base)) for base in against],
                microseconds(results.cpu(workload, server)),
                latencies(results, workload, server),
                number(peak and peak / 2 ** 20),
                number(results.errors(workload, server)),
            ])
        table(["server", unit, *[f"× {base} (min–max)" for base in against], "CPU µs/req", "p50 / p99 / p99.9 ms", "peak MiB", "errors"],
              rows)
        for note in results.notes:
            if note["workload"] == workload:
                print(f"\n{note['server']} is left out: {note['note']}")
        print()


def print_summary(results):
    """Prints one row for each workload: the first subject beside Kestrel and nginx."""
    subject = (results.about.get("subjects") or list(results.about["servers"]))[0]
    present = {run["server"] for run in results.runs}
    against = [base for base in BASES if base in present and base != subject]
    columns = [subject, *against]
    rows = []
    for workload in results.workloads:
        servers = results.servers(workload)
        if subject not in servers:
            continue
        unit = results.unit(workload)
        rows.append([
            title(results, workload),
            f"{figure(results.value(workload, subject), unit)} {unit}",
            *[ratio(results.ratios(workload, subject, base)) for base in against],
            " / ".join(microseconds(results.cpu(workload, server)) if server in servers else NOTHING for server in columns)
            if results.cpu(workload, subject) is not None else NOTHING,
        ])
    table(["workload", subject, *[f"× {base}" for base in against], f"CPU µs/req: {' / '.join(columns)}"], rows)
