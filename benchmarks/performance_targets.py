"""The targets of the engine's design beside what was measured."""

from collections.abc import Callable, Iterator
from typing import Any

Parts = dict[str, dict[str, Any]]
Row = tuple[str, str, str, str, str]
OURS = ("group", "population")


def best(rows: dict[str, Any]) -> dict[str, Any]:
    """Return the row of our faster engine."""
    found: dict[str, Any] = min((rows[n] for n in OURS if n in rows), key=lambda r: r["cpu"])
    return found


def per_tick(parts: Parts) -> float:
    row = best(parts["a"]["problems"]["10 Hz"]["rows"])
    return float(1e9 * row["cpu"] / row["synapse_steps"])


def against_brian2(name: str) -> Callable[[Parts], float]:
    """Return the ratio to the cheapest variant of Brian2 that errs no more than ours."""

    def ratio(parts: Parts) -> float:
        rows = parts["a"]["problems"][name]["rows"]
        mine = best(rows)
        fit = [
            r["cpu"] for n, r in rows.items()
            if n.startswith("brian2") and r["error"]["h"] <= mine["error"]["h"]
        ]  # fmt: skip
        return float(min(fit) / mine["cpu"])

    return ratio


def clock_driven(parts: Parts) -> float:
    rows = parts["b"]["rows"]
    return float(min(r["cpu"] for n, r in rows.items() if n not in OURS) / best(rows)["cpu"])


def database(pair: str) -> Callable[[Parts], float]:
    """Return the worst ratio to the driver's floor at 100,000 synapses."""

    def ratio(parts: Parts) -> float:
        return max(
            row["cpu"]
            for result in parts["c"]["results"]
            if result["synapses"] == 100_000
            for name, row in result["ratios"].items()
            if name.startswith(pair)
        )

    return ratio


def command(parts: Parts) -> float:
    rows = parts["e"]["rows"]
    return float(rows["manage.py run_sim 1 --ticks 10"]["cpu"] / rows["manage.py check"]["cpu"])


def compile_time(parts: Parts) -> float:
    rows = parts["e"]["rows"]
    name = "population" if "population, no cache" in rows else "10 ms, compiled"
    return float(rows[f"{name}, no cache"]["cpu"] - rows["import the engine"]["cpu"])


TARGETS: tuple[tuple[str, str, Callable[[Parts], float], float, float, bool], ...] = (
    ("active, 1000 synapses at 10 Hz, per synapse-tick", "ns", per_tick, 28.0, 12.0, True),
    ("10 Hz over Brian2, equal accuracy", "×", against_brian2("10 Hz"), 3.4, 10.0, False),
    ("1 Hz over Brian2, equal accuracy", "×", against_brian2("1 Hz"), 10.0, 30.0, False),
    ("one synapse, 900 pulses at 1 Hz", "ms",
     lambda p: 1e3 * float(p["b"]["pulses"]["cpu"]), 200.0, 40.0, True),
    ("10 h tagging and capture", "ms",
     lambda p: 1e3 * float(best(p["b"]["rows"])["cpu"]), 5.0, 1.0, True),
    ("the same over the fastest clock-driven peer", "×", clock_driven, 1e4, 1e4, False),
    ("`run_sim 1 --ticks 10` over `check`", "×", command, 1.3, 1.1, True),
    ("load 100,000 synapses over the driver", "×", database("load over"), 1.0, 0.4, True),
    ("store 100,000 synapses over the driver", "×", database("store over"), 1.0, 1.0, True),
    ("cold compile", "s", compile_time, 5.0, 2.0, True),
    ("two threads, clock", "×", lambda p: float(p["d"]["two_threads"]), 1.8, 1.95, False),
)  # fmt: skip


def targets(parts: Parts) -> Iterator[Row]:
    """Yield work, measurement, both targets and the verdict."""
    for work, unit, measure, realistic, moonshot, smaller in TARGETS:
        goals = (f"{realistic:g} {unit}", f"{moonshot:g} {unit}")
        try:
            value = measure(parts)
        except (KeyError, ValueError):
            yield (work, "not run", *goals, "")
            continue
        sign = 1.0 if smaller else -1.0
        verdict = "missed"
        if sign * value <= sign * realistic:
            verdict = "met"
        if sign * value <= sign * moonshot:
            verdict = "moonshot met"
        yield (work, f"{value:.3g} {unit}", *goals, verdict)
