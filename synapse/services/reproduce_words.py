"""A reproduction in words: published numbers, results, and the lines of the command."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isfinite

from synapse.plasticity.experiments.experiment import Published, Result
from synapse.services.draws import Robustness, drawn_parameters
from synapse.services.reproduce import Reproduction, provenance

HEAD = f"{'':4} {'experiment':27} {'verdict':7} {'holds':>8}  farthest point: target, got"
WORDS = {-1.0: "down", 0.0: "none", 1.0: "up"}


def target_text(published: Published) -> str:
    """Return a published number in words."""
    if published.rule == "sign":
        return WORDS[published.value]
    if published.rule == "range":
        low, high = published.low, published.high
        if low is None or not isfinite(low):
            return f"at most {high:g}"
        return f"at least {low:g}" if high is None or not isfinite(high) else f"{low:g} to {high:g}"
    return f"{published.value:.3g} ± {published.error:.2g}"


def got_text(value: float) -> str:
    """Return a result with one decimal, or three digits where it is small."""
    text = f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return "0.00" if float(text) == 0.0 else text


def distance_text(result: Result) -> str:
    """Return the distance in standard errors, or nothing where none is published."""
    return "" if result.distance is None else f"{result.distance:+.1f} SEM"


def line(one: Reproduction) -> str:
    """Return one experiment in one line."""
    e, result = one.experiment, one.farthest
    holds = f"{one.held} of {len(one.results)}"
    memory = "  (from memory)" if e.remembered and not e.control else ""
    published = result.condition.published
    point = f"{result.condition.label}: {target_text(published)}, {got_text(result.got)}"
    distance = distance_text(result)
    return (
        f"{e.number:4} {e.name:27} {one.verdict:7} {holds:>8}  {point}"
        f"{', ' + distance if distance else ''}{memory}"
    )


def point_lines(one: Reproduction) -> list[str]:
    """Return one line for each condition of an experiment."""
    lines = []
    for result in one.results:
        published = result.condition.published
        grade = provenance(one.experiment, published)
        lines.append(
            f"       {'holds' if result.holds else 'off':6} {result.condition.label:32} "
            f"{target_text(published):>14} {got_text(result.got):>8} {distance_text(result):>9}  "
            f"{grade}, {result.condition.origin}"
        )
    return lines


def tally(found: Sequence[Reproduction], seconds: float, *, ready: float = 0.0) -> str:
    """Return how many experiments and controls pass, and how long it took."""
    parts = []
    for name, control in (("experiment", False), ("control", True)):
        counts = Counter(one.verdict for one in found if one.experiment.control is control)
        if counts:
            words = ", ".join(f"{counts[v]} {v}" for v in ("pass", "part", "fail"))
            total = counts.total()
            parts.append(f"{total} {name}{'' if total == 1 else 's'}: {words}")
    held, whole = sum(one.held for one in found), sum(len(one.results) for one in found)
    slowest = max(found, key=lambda one: one.seconds)
    return (
        f"{'; '.join(parts)}. {held} of {whole} conditions hold. {seconds:.1f} s, "
        f"longest {slowest.experiment.name} {slowest.seconds:.1f} s"
        f"{f'; {ready:.1f} s to load or compile the code' if ready else ''}."
    )


def robustness_lines(table: Sequence[Robustness], spread: float) -> Iterator[str]:
    """Return the table of the draws."""
    draws = len(table[0].points)
    yield (
        f"{draws} draws of {len(drawn_parameters())} parameters within {100 * spread:g} %. Not "
        "drawn: fixed ones, numerics, switches, counts, the bath."
    )
    yield (
        f"{'':4} {'experiment':27} {'undisturbed':11} {'as good':>7} {'pass':>5} {'part':>5} "
        f"{'fail':>5}  conditions that hold, mean"
    )
    for row in table:
        counts = " ".join(f"{row.verdicts[v]:5}" for v in ("pass", "part", "fail"))
        mean = sum(row.points) / draws
        yield (
            f"{row.experiment.number:4} {row.experiment.name:27} {row.undisturbed:11} "
            f"{row.kept:7} {counts}  {mean:.1f} of {len(row.experiment.conditions)}"
        )
