"""The numbers at the head of the dashboard."""

from learner.services.measures_series import Beside, Summary
from synapse.rendering.numbers import fixed_text, number_text

Fact = tuple[str, str, str, str]
"""Name, number, unit, remark."""
NAMES = {
    "always": "Always updating", "frozen": "Frozen", "majority": "Majority class",
    "no_change": "The label before",
}  # fmt: skip


def facts(summary: Summary, *, classifies: bool) -> list[Fact]:
    """Return how well the learner does, what it takes, and how its baselines do."""
    known = number_text(summary.events, 12)
    head = "Prequential accuracy" if classifies else "Mean absolute error"
    number, unit = _score(summary.score, classifies=classifies)
    found = [
        (head, number, unit, f"{known} events, each tested before it is learned"),
        (
            "Updates", number_text(summary.updates, 12), "",
            f"{fixed_text(100 * summary.update_share, 1)} % of events, "
            f"budget {number_text(100 * summary.budget, 3)} %",
        ),
    ]  # fmt: skip
    for name in ("always", "frozen"):
        if name in summary.beside:
            found.append(_beside(name, summary.beside[name], summary, classifies=classifies))
    return [*found, *_guesses(summary, classifies=classifies)]


def _guesses(summary: Summary, *, classifies: bool) -> list[Fact]:
    """Return the two that look at no feature, as one number and a remark."""
    first = "majority" if "majority" in summary.beside else "no_change"
    if first not in summary.beside:
        return []
    name, number, unit, remark = _beside(
        first, summary.beside[first], summary, classifies=classifies
    )
    other = summary.beside.get("no_change")
    if first == "majority" and not classifies:
        name = "Mean of the labels"
    if first == "majority" and other is not None:
        remark = f"the label before: {' '.join(_score(other.score, classifies=classifies)).strip()}"
    return [(name, number, unit, remark)]


def _beside(name: str, one: Beside, summary: Summary, *, classifies: bool) -> Fact:
    number, unit = _score(one.score, classifies=classifies)
    remark = {
        "always": f"with {number_text(one.events, 12)} updates",
        "frozen": "no learning any more",
    }.get(name, "")
    if one.events != summary.events:
        own = " ".join(_score(one.learner, classifies=classifies)).strip()
        remark = f"on {number_text(one.events, 12)} events; the learner there {own}"
    return (NAMES[name], number, unit, remark)


def _score(value: float | None, *, classifies: bool) -> tuple[str, str]:
    if value is None:
        return "–", ""
    return (fixed_text(100 * value, 1), "%") if classifies else (number_text(value, 4), "")
