"""Turn the numbers of a run into docs/learner-service-performance.md.

The text stands in text.md beside this file; every number in a table comes from a run.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.performance import table
from benchmarks.service.load import EVENTS

Numbers = dict[str, Any]
TEXT = Path(__file__).with_name("text.md")
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
NAMES = {
    "server": "gunicorn alone: an address that does nothing",
    "session": "the smallest operation of the API, with a token",
    "predict": "predict",
    "predict beside": "predict, while as many learn",
    "learn": "learn",
    "learn_named": "learn, with an id",
    "batch": "batch of 100, learned",
    "alone": "learn, one caller alone",
}
HEAD = (
    "learners", "operation", "requests/s", "events/s", "p50 ms", "p95 ms", "p99 ms", "errors",
    "of the floor", "events a transaction", "lock ms", "cores: site, database, all",
)  # fmt: skip
REST = "gunicorn and the rest"
CONNECTIONS = 8
NOT_RUN = "*Not run yet.*"


def document(results: dict[str, Numbers]) -> str:
    """Return the whole document."""
    found = {name: results[name] for name in TITLES if name in results}
    parts = {
        "machine": machine(found),
        "main": main_tables(found, processes=1),
        "two": main_tables(found, processes=2),
        "loading": loading(found),
        "floors": floors(found),
        "variants": variants(found),
        "once": once(found),
        "shares": shares(found),
    }
    text = TEXT.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part or NOT_RUN)
    return text


def machine(results: dict[str, Numbers]) -> str:
    """Say what was measured on what."""
    return "\n".join(
        f"- {r['database']}; {r['cores']} cores, of which other programs used {r['others']:.1f} "
        f"before the start; {r['seconds']:g} s each, {r['rounds']} rounds."
        for r in results.values()
    )


def main_tables(results: dict[str, Numbers], *, processes: int) -> str:
    """Return a table for each database."""
    blocks = []
    for name, result in results.items():
        floor = middle(picked(result, "session"), "rate")
        body = [
            line(rows, floor)
            for learners in (1, 8)
            for what in NAMES
            if (rows := picked(result, what, learners=learners, processes=processes))
        ]
        blocks.append(f"**{TITLES[name]}**\n\n{table(HEAD, body)}")
    return "\n\n".join(blocks)


def loading(results: dict[str, Numbers]) -> str:
    """Say what callers saw while processes that had just started loaded their learners."""
    return "\n".join(
        f"- {TITLES[name]}: {one['requests']:,} answers, {one['errors']} errors, "
        f"p50 {one['p50']:.0f} ms, p99 {one['p99']:,.0f} ms."
        for name, result in results.items()
        if (one := result.get("loading"))
    )


def picked(
    result: Numbers, what: str, *, learners: int | None = None, processes: int = 1,
    variant: str | None = None,
) -> list[Numbers]:  # fmt: skip
    """Return the rows of one operation, one for each round."""
    return [
        row
        for row in result["rows"]
        if (row["what"], row.get("learners"), row["processes"], row.get("variant"))
        == (what, learners, processes, variant)
    ]


def line(rows: Sequence[Numbers], floor: float) -> list[str]:
    """Return a line of the main table: medians, the rate of each round behind its median."""
    rate = middle(rows, "rate")
    learned = EVENTS.get(rows[0]["what"], 1) and middle(rows, "together")
    cores = [median(row["cores"][name] for row in rows) for name in ("site", "database", "machine")]
    return [
        str(rows[0]["learners"]), NAMES[rows[0]["what"]], rates(rows),
        f"{middle(rows, 'events_rate'):,.0f}",
        *(f"{middle(rows, p):.1f}" for p in ("p50", "p95", "p99")),
        str(sum(row["errors"] for row in rows)), f"{rate / floor:.2f}" if floor else "",
        f"{learned:.1f}" if learned else "", f"{middle(rows, 'lock_ms'):.2f}" if learned else "",
        ", ".join(f"{value:.1f}" for value in cores),
    ]  # fmt: skip


def rates(rows: Sequence[Numbers]) -> str:
    """Return the median of the rates, and each of them."""
    text = f"{middle(rows, 'rate'):,.0f}"
    each = ", ".join(f"{row['rate']:,.0f}" for row in rows)
    return f"{text} ({each})" if len(rows) > 1 else text


def middle(rows: Iterable[Numbers], name: str) -> float:
    values = [row[name] for row in rows]
    return float(median(values)) if values else 0.0


def floors(results: dict[str, Numbers]) -> str:
    """Return what anything would cost here."""
    body = []
    for name, result in results.items():
        for what in ("server", "session"):
            rows = picked(result, what)
            body.append([TITLES[name], NAMES[what], rates(rows), f"{middle(rows, 'p99'):.1f}"])
        body += [
            [TITLES[name], f"bare transactions of one row: {kind}", f"{rate:,.0f}", ""]
            for kind, rate in result["floors"].items()
        ]
        body += transactions(name, result)
    return table(("", "", "a second", "p99 ms"), body) if body else ""


def transactions(name: str, result: Numbers) -> list[list[str]]:
    """Return how many transactions learning makes, beside the bare ones."""
    bare = next(iter(result["floors"].values()))
    lines = []
    for what in ("learn", "batch"):
        rows = picked(result, what, learners=1)
        if rows and middle(rows, "together"):
            rate = middle(rows, "events_rate") / middle(rows, "together")
            told = f"transactions of: {NAMES[what]}, one learner"
            lines.append([TITLES[name], told, f"{rate:,.0f} ({rate / bare:.1%} of bare)", ""])
    return lines


def variants(results: dict[str, Numbers]) -> str:
    """Return what another setting changes, beside the first round of the usual one."""
    body = []
    for name, result in results.items():
        for row in (row for row in result["rows"] if row.get("variant")):
            what = row["what"]
            usual = picked(result, what, learners=None if what == "session" else 1)
            rate = middle(usual, "rate")
            body.append([
                TITLES[name], row["variant"], NAMES[what], f"{row['rate']:,.0f}", f"{rate:,.0f}",
                f"{row['rate'] / rate:.2f}" if rate else "",
            ])  # fmt: skip
    head = ("", "setting", "operation", "requests/s", "as above", "ratio")
    return table(head, body) if body else ""


def once(results: dict[str, Numbers]) -> str:
    """Say whether the ledger holds what was answered."""
    body, told = [], []
    for name, result in results.items():
        rows = [row for row in result["rows"] if row["answered"]]
        named = [row for row in rows if row["what"] == "learn_named"]
        sums = [sum(row["answered"] for row in rows),
                sum(row["answered_by_site"] for row in rows),
                sum(row["ledger"]["operations"] for row in rows)]  # fmt: skip
        body.append([
            TITLES[name], str(len(rows)), *(f"{value:,.0f}" for value in sums),
            f"{sum(row['ledger']['named'] for row in named):,} of "
            f"{sum(row['answered_by_site'] for row in named):,.0f}",
            str(sum(row["errors"] for row in result["rows"])),
        ])  # fmt: skip
        told += [f"- **{TITLES[name]}, {row['what']}: {fault}**" for row in rows
                 for fault in faults(row)]  # fmt: skip
    head = ("", "runs", "events answered, seen by wrk", "events answered, by the site",
            "operations in the ledger", "named events stored", "errors")  # fmt: skip
    end = "\n".join(told) or "In every single run the last three agreed."
    return f"{table(head, body)}\n\n{end}" if body else ""


def faults(row: Numbers) -> list[str]:
    """Return what speaks against exactly once in a run of learning."""
    found, ledger, answered = [], row["ledger"], row["answered_by_site"]
    if not ledger["operations"] == ledger["events"] == answered:
        found.append(f"{answered:.0f} answered, {ledger['operations']} in the ledger")
    if row["what"] == "learn_named" and ledger["named"] != answered:
        found.append(f"{answered:.0f} answered, {ledger['named']} named events")
    under_way = CONNECTIONS * EVENTS.get(row["what"], 1)
    if not 0 <= answered - row["answered"] <= under_way:
        found.append(f"{row['answered']} seen by wrk, {answered:.0f} answered")
    return found


def shares(results: dict[str, Numbers]) -> str:
    """Return where the processor time of a request goes, by part, and what it waits for."""
    blocks = []
    for name, result in results.items():
        columns = result.get("shares", {})
        costs = {what: costs_of(one) for what, one in columns.items()}
        names = sorted(
            {part for cost in costs.values() for part in cost},
            key=lambda part: -costs["learn"].get(part, (0.0, 0.0))[0],
        )
        body = [[part, *(cost_cell(costs[what], part) for what in costs)] for part in names]
        totals = [f"{sum(c[0] for c in costs[what].values()):.2f}" for what in costs]
        head = ("CPU ms of a request (share), ms on the wall", *(NAMES[what] for what in costs))
        blocks.append(
            f"**{TITLES[name]}**\n\n{table(head, [*body, ['**together, CPU ms**', *totals]])}"
        )
    return "\n\n".join(blocks)


def costs_of(measured: Numbers) -> dict[str, tuple[float, float]]:
    """Return CPU and wall time of each part, ms a request."""
    parts = measured["parts"]
    requests = parts["Django and ninja"][2]
    cost = {part: (1e3 * row[0] / requests, 1e3 * row[1] / requests) for part, row in parts.items()}
    rest = 1e3 * measured["process"][0] / requests - sum(cpu for cpu, _ in cost.values())
    return cost | {REST: (max(rest, 0.0), 0.0)}


def cost_cell(costs: dict[str, tuple[float, float]], part: str) -> str:
    """Return CPU time, its share, and time on the wall."""
    if part not in costs:
        return ""
    (cpu, wall), total = costs[part], sum(c for c, _ in costs.values())
    after = f", {wall:.2f}" if part != REST else ""
    return f"{cpu:.2f} ({cpu / total:.0%}){after}"
