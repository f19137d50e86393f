"""Write docs/performance.md and its figures from var/bench: ``python -m benchmarks.performance``.

The text stands in performance.md beside this file; every number comes from a run.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import performance_figures as figures
from benchmarks.performance_targets import targets

ROOT = Path(__file__).resolve().parents[1]
NUMBERS = ROOT / "var" / "bench"
TEXT = Path(__file__).with_name("performance.md")
Numbers = dict[str, Any]
OURS = ("group", "population")
PARTS = ("a", "b", "c", "d", "e")
CABLES = ("neuron", "coreneuron", "arbor")
NOT_RUN = "*Not run yet.*"
STATES_SHOWN = ("exponential_euler 0.5 ms", "exponential_euler 0.25 ms", "rk4 0.5 ms")


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    head = list(head)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def cell(value: Any) -> str:
    """Return text as it is, a number with three digits, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value == 0:
        return "0"
    return f"{value:.1e}" if abs(value) < 1e-3 or abs(value) >= 1e6 else f"{value:.3g}"


def fastest(rows: Numbers) -> str:
    """Return the name of our engine that took the least time."""
    return min((name for name in OURS if name in rows), key=lambda name: rows[name]["cpu"])


def full_model(part: Numbers) -> str:
    """One table a problem: cost, ratio and errors of everyone."""
    blocks = []
    for name, problem in part.get("problems", {}).items():
        rows, best = problem["rows"], fastest(problem["rows"])
        blocks.append(heading(name, problem))
        blocks.append(
            table(
                (
                    "simulator",
                    "model",
                    "CPU, s",
                    "ns per synapse and step",
                    f"over {best}",
                    "error of h",
                    "error of w",
                    "build, s",
                ),
                (full_row(name, row, rows[best]) for name, row in rows.items()),
            )  # fmt: skip
        )
        blocks.append(equal(rows))
    return "\n\n".join(blocks) or NOT_RUN


def heading(name: str, problem: Numbers) -> str:
    change = problem["change"]
    return (
        f"**{name}**: {problem['synapses']} synapses of {problem['neurons']} neuron(s), "
        f"{problem['seconds']:g} s, {problem['pre_spikes']} pre and {problem['post_spikes']} post "
        f"spikes. Largest change of a weight: early {cell(change['h'])}, "
        f"committed {cell(change['w'])}."
    )


def full_row(name: str, row: Numbers, ours: Numbers) -> list[Any]:
    cable = name.startswith(CABLES)
    return [
        f"**{name}**" if name in OURS else name, "steps 1-4" if cable else "full", row["cpu"],
        1e9 * row["cpu"] / row["synapse_steps"], row["cpu"] / ours["cpu"],
        row["error"]["h"], row["error"]["w"], row["build"],
    ]  # fmt: skip


def equal(rows: Numbers) -> str:
    """Say who is as accurate as we are, and at what cost."""
    best = fastest(rows)
    mine = rows[best]["error"]["h"]
    fit = {
        n: r["cpu"] for n, r in rows.items() if n.startswith("brian2") and r["error"]["h"] <= mine
    }
    if not fit:
        return "No variant of Brian2 measured is as accurate as ours."
    name = min(fit, key=fit.__getitem__)
    first = [
        f"{n} {cell(r['cpu'] * max(1.0, r['error']['h'] / mine) / rows[best]['cpu'])}"
        for n, r in rows.items()
        if n.startswith(CABLES) and n.endswith(" 0.5 ms")
    ]
    return (
        f"Of Brian2's variants that err no more than `{best}`, {name} is the cheapest: "
        f"**{cell(fit[name] / rows[best]['cpu'])} times** the CPU time of `{best}`. "
        "Extrapolated to the same error (cost times error: first order), times "
        f"`{best}`: {', '.join(first)}."
    )


def differences(part: Numbers) -> str:
    """Each state's largest difference between ours and Brian2, on the first problem."""
    blocks = []
    for name, problem in part.get("problems", {}).items():
        rows = problem["rows"]
        shown = [n for n in STATES_SHOWN if f"brian2 {n}" in rows]
        mine = [n for n in OURS if n in rows]
        states = sorted(rows["group"]["error"], key=str.lower)
        body = [
            [f"`{s}`", *(rows[n]["error"].get(s) for n in mine),
             *(rows[f"brian2 {n}"]["from_ours"].get(s) for n in shown)]
            for s in states
        ]  # fmt: skip
        head = ["state", *(f"{n}, error" for n in mine), *(f"Brian2 {n} - group" for n in shown)]
        blocks += [f"**{name}**", table(head, body)]
        apart = [f"{n} {cell(d['h'])}" for n, d in problem.get("same_method", {}).items()]
        if apart:
            blocks.append(f"`h`, from Brian2's exponential Euler at 0.5 ms: {', '.join(apart)}.")
    return "\n\n".join(blocks) or NOT_RUN


def tagging(part: Numbers) -> str:
    if not part:
        return NOT_RUN
    rows = part["rows"]
    best = fastest(rows)
    return table(
        ("simulator", "CPU, s", "run", f"over {best}", "error of w", "error of z"),
        (
            [f"**{name}**" if name in OURS else name, row["cpu"],
             "whole" if row["whole"] else f"{part['short_minutes']:g} min, extrapolated",
             row["cpu"] / rows[best]["cpu"],
             *((row.get("error") or {}).get(state) for state in ("w", "z"))]
            for name, row in rows.items()
        ),
    )  # fmt: skip


def database(part: Numbers) -> str:
    blocks = []
    for result in part.get("results", []):
        head = f"**{result['database']}**, {result['synapses']} synapses"
        rows = [[n, r["cpu"], r["wall"]] for n, r in result["times"].items()]
        rows += [[f"{n}, ratio", r["cpu"], r["wall"]] for n, r in result["ratios"].items()]
        blocks += [head, table(("", "CPU, s", "clock, s"), rows)]
    return "\n\n".join(blocks) or NOT_RUN


def scaling(part: Numbers) -> str:
    blocks = []
    for curve, rows in part.get("curves", {}).items():
        places = [place for place, _ in rows["group"]]
        spent = {name: dict(map(tuple, pairs)) for name, pairs in rows.items()}
        body = [[f"{p:g}", *(spent[name].get(p) for name in rows)] for p in places]
        names = [part["peer"] if name == "brian2" else name for name in rows]
        blocks.append(table([f"{curve}", *(f"{name}, CPU s" for name in names)], body))
    return "\n\n".join(blocks) or NOT_RUN


def cold(part: Numbers) -> str:
    rows = [[n, r["cpu"], r["wall"]] for n, r in part.get("rows", {}).items()]
    return table(("", "CPU, s", "clock, s"), rows) if rows else NOT_RUN


def versions(parts: dict[str, Numbers]) -> str:
    """Describe the machine and the versions of the newest part that was run."""
    found: Numbers = {}
    for part in parts.values():
        found |= part.get("machine", {})
    rest = ", ".join(f"{k} {v}" for k, v in found.items() if k not in ("cpu", "cores"))
    return f"{found.get('cpu', 'unknown')}, {found.get('cores', '?')} cores. {rest}."


def write(numbers: Path = NUMBERS, target: Path = ROOT / "docs") -> str:
    """Write the document and the figures of what was run; return the document."""
    parts = {
        part: json.loads(path.read_text()) if (path := numbers / f"{part}.json").exists() else {}
        for part in PARTS
    }
    figures.draw(parts, target / "figures")
    text = TEXT.read_text(encoding="utf-8")
    for name, block in {
        "machine": versions(parts), "full": full_model(parts["a"]),
        "states": differences(parts["a"]), "tagging": tagging(parts["b"]),
        "database": database(parts["c"]), "scaling": scaling(parts["d"]),
        "cold": cold(parts["e"]), "targets": table(
            ("work", "measured", "realistic", "moonshot", ""), targets(parts)
        ),
    }.items():  # fmt: skip
        text = text.replace(f"{{{name}}}", block)
    (target / "performance.md").write_text(text, encoding="utf-8")
    return text


if __name__ == "__main__":
    write()
    print("wrote docs/performance.md")
