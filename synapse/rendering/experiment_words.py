"""An experiment in words: targets, results, distances, verdicts, and what they are worth."""

import re
from collections import Counter
from dataclasses import dataclass

from synapse.plasticity.experiments.experiment import Condition, Experiment, Published, Verdict
from synapse.rendering.numbers import MINUS, THIN_SPACE, fixed_text, number_text, unit_suffix
from synapse.services.experiment_pages import Found

DIRECTIONS = {-1.0: "down", 0.0: "no change", 1.0: "up"}
VERDICTS: dict[Verdict | None, str] = {
    "pass": "Passes", "part": "Passes in part", "fail": "Fails", None: "Not recorded",
}  # fmt: skip
NEGLIGIBLE = 0.005
ONE_DECIMAL, NO_DECIMAL = 10.0, 1000.0


def typeset(text: str) -> str:
    """Return a label with true minus and times signs, and units that stay with their number."""
    text = re.sub(r"(?<![^\s(])-(?=\d)", MINUS, text)
    text = re.sub(r"(?<=\d) x (?=\S)", "\u00a0×\u00a0", text)
    return re.sub(r"(?<=\d) (?=(?:ms|s|min|h|Hz|mM)\b)", "\u00a0", text)


def label_text(condition: Condition) -> str:
    """Return the label of a condition."""
    return typeset(condition.label)


def value_text(value: float, unit: str) -> str:
    """Return a result without its unit; a change in per cent has its sign."""
    if abs(value) < NEGLIGIBLE:
        return "0"
    decimals = 0 if abs(value) >= NO_DECIMAL else 1 if abs(value) >= ONE_DECIMAL else 2
    text = fixed_text(value, decimals)
    return f"+{text}" if unit == "%" and value > 0 else text


def with_unit(text: str, unit: str) -> str:
    """Return a number and its unit."""
    return f"{text} {unit_suffix(unit)}".rstrip()


def target_text(published: Published, unit: str) -> str:
    """Return a published number without its unit: a mean, a direction or a range."""
    if published.rule == "sign":
        return DIRECTIONS[published.value]
    if published.rule == "range":
        low, high = published.low, published.high
        if low is None or low == -float("inf"):
            return f"at most {number_text(high, 3)}"
        if high is None or high == float("inf"):
            return f"at least {number_text(low, 3)}"
        return f"{number_text(low, 3)} to {number_text(high, 3)}"
    sign = "+" if unit == "%" and published.value > 0 else ""
    return f"{sign}{number_text(published.value, 3)} ± {number_text(published.error, 2)}"


def target_with_unit(published: Published, unit: str) -> str:
    """Return a published number with its unit; a direction has none."""
    text = target_text(published, unit)
    return text if published.rule == "sign" else with_unit(text, unit)


def distance_text(distance: float | None) -> str:
    """Return a signed distance in standard errors, nothing where none is published."""
    if distance is None:
        return ""
    text = fixed_text(distance, 1)
    return f"+{text}" if distance > 0 and float(text.replace(THIN_SPACE, "")) else text


def points_text(found: Found) -> str:
    """Return how many points hold."""
    whole = len(found.results)
    return f"{found.held} of {whole} point{'s' if whole != 1 else ''} hold"


def off_text(found: Found) -> str:
    """Return the largest distance, or why there is none."""
    experiment, distance = found.experiment, found.largest_distance
    if distance is not None:
        text = f"{fixed_text(distance, 1)} SEM"
        return f"within {text}" if found.verdict == "pass" else f"off by {text}"
    if experiment.control:
        return "own bounds"
    if experiment.signs_only:
        return "published numbers are signs only"
    rules = {c.published.rule for c in experiment.conditions}
    return "no SEM; a bound" if rules == {"bound"} else "no SEM; published ranges"


def finding(found: Found) -> str:
    """Say in one or two sentences what came out, and what misses most."""
    if found.verdict is None:
        return "Its results have not been recorded yet."
    unit, far = found.experiment.y.unit, found.farthest
    missing = len(found.results) - len(found.present)
    if missing:
        return f"{points_text(found)}; {missing} could not be read from the run."
    if far is None or far.holds:
        return f"{points_text(found).capitalize()}."
    published = far.condition.published
    distance = f", {distance_text(far.distance)} SEM" if far.distance is not None else ""
    return (
        f"{points_text(found).capitalize()}. Farthest is {label_text(far.condition)}: model "
        f"{with_unit(value_text(far.got, unit), unit)}, published "
        f"{target_with_unit(published, unit)}{distance}."
    )


def alternative(found: Found) -> str:
    """Return what a figure says, for those who cannot see it."""
    experiment = found.experiment
    said = f"{experiment.title}: {VERDICTS[found.verdict].lower()}. {finding(found)}"
    off = off_text(found)
    return said if "SEM" in said else f"{said} {off[0].upper()}{off[1:]}."


@dataclass(frozen=True, slots=True)
class Worth:
    """A tag: what a part of an experiment is worth; ``doubtful`` where it is remembered."""

    text: str
    doubtful: bool = False


def worth(experiment: Experiment) -> tuple[Worth, ...]:
    """Return what was fitted and what is a prediction, and what is only remembered."""
    whole = len(experiment.conditions)
    counts = Counter(condition.origin for condition in experiment.conditions)
    tags = [
        Worth(origin if n == whole else f"{origin} {n} of {whole}") for origin, n in counts.items()
    ]
    remembered = sum(c.published.grade == "remembered" for c in experiment.conditions)
    if remembered and not experiment.control:
        how_many = "" if remembered == whole else f"{remembered} of {whole} "
        tags.append(Worth(f"{how_many}remembered, to verify", doubtful=True))
    return tuple(tags)
