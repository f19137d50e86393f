"""An explanation as bars, head by head, and as a table of features by head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synapse.rendering.numbers import MINUS, fixed_text, number_text

MOST_BARS = 6
MOST_ROWS = 20
MOST_HEADS = 12
ROW = 19
MIDDLE, SPAN = 186.0, 76.0
"""Where zero lies in a drawing of 300 px, and how far the largest bar reaches."""
LONGEST = 18


@dataclass(frozen=True, slots=True)
class Bar:
    """What one feature adds, in coordinates."""

    name: str
    text: str
    css: str
    x: float
    width: float
    y: float
    text_x: float
    ends: bool
    """The number stands left of its end."""


@dataclass(frozen=True, slots=True)
class HeadView:
    """One head: how much it is heard, what it says, and why."""

    name: str
    weight: str
    output: str
    score: str
    finding: str
    bars: tuple[Bar, ...]

    @property
    def height(self) -> int:
        """Height of the drawing."""
        return ROW * len(self.bars) + 6


@dataclass(frozen=True, slots=True)
class Explained:
    """All that a page shows of an explanation."""

    heads: tuple[HeadView, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int
    """Features that are left out of the table."""


def explained(heads: Mapping[str, Mapping[str, Any]], *, classifies: bool) -> Explained:
    """Return heads in the order of how much they are heard, and the largest features.

    Parameters
    ----------
    heads
        What ``explain_one`` returns: reliability, output, score, bias, contributions.
    classifies
        Whether an output is a probability.
    """
    order = sorted(heads, key=lambda name: -heads[name]["reliability"])[:MOST_HEADS]
    shown = [name for name in heads if name in order]
    total = _weighted(heads)
    largest = sorted(total, key=lambda name: -abs(total[name]))
    rows = [_row("bias", [heads[n]["bias"] for n in shown], _weighted_bias(heads))]
    rows += [
        _row(str(f), [heads[n]["contributions"].get(f, 0.0) for n in shown], total[f])
        for f in largest[:MOST_ROWS]
    ]
    return Explained(
        tuple(_head(name, heads[name], classifies=classifies) for name in order),
        tuple(shown), tuple(rows), max(0, len(largest) - MOST_ROWS),
    )  # fmt: skip


def _weighted(heads: Mapping[str, Mapping[str, Any]]) -> dict[Any, float]:
    """Return what each feature adds in all heads, by how much they are heard."""
    total: dict[Any, float] = {}
    for head in heads.values():
        for name, amount in head["contributions"].items():
            total[name] = total.get(name, 0.0) + head["reliability"] * amount
    return total


def _weighted_bias(heads: Mapping[str, Mapping[str, Any]]) -> float:
    return float(sum(head["reliability"] * head["bias"] for head in heads.values()))


def _row(name: str, amounts: Sequence[float], total: float) -> tuple[str, ...]:
    return (name, *(signed(amount) for amount in amounts), signed(total))


def signed(value: float, decimals: int = 3) -> str:
    """Return a number with its sign; zero has none."""
    text = fixed_text(value, decimals)
    return text if text.startswith(MINUS) or float(text.replace("\u202f", "")) == 0 else f"+{text}"


def _head(name: str, head: Mapping[str, Any], *, classifies: bool) -> HeadView:
    amounts = {"bias": head["bias"], **{str(k): v for k, v in head["contributions"].items()}}
    order = sorted(amounts, key=lambda key: -abs(amounts[key]))
    kept = [(key, amounts[key]) for key in order[:MOST_BARS] if amounts[key] != 0.0]
    rest = [amounts[key] for key in order[MOST_BARS:]]
    if rest:
        kept.append((f"{len(rest)} others", sum(rest)))
    scale = max((abs(amount) for _, amount in kept), default=0.0) or 1.0
    output = f"{fixed_text(100 * head['output'], 1)} %" if classifies else signed(head["output"])
    told = ", ".join(f"{key} {signed(amount)}" for key, amount in kept) or "nothing adds to it"
    return HeadView(
        name, f"{fixed_text(100 * head['reliability'], 0)} %", output, signed(head["score"]),
        f"Head {name}, score {signed(head['score'])}: {told}.",
        tuple(_bar(i, key, amount, scale) for i, (key, amount) in enumerate(kept)),
    )  # fmt: skip


def _bar(place: int, name: str, amount: float, scale: float) -> Bar:
    width = round(SPAN * abs(amount) / scale, 1)
    x = MIDDLE if amount >= 0 else round(MIDDLE - width, 1)
    end = round(MIDDLE + width + 4 if amount >= 0 else x - 4, 1)
    short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    css = "d-model" if amount >= 0 else "d-model2"
    return Bar(short, signed(amount), css, x, max(width, 0.5), 3.0 + ROW * place, end, amount < 0)


def value_text(value: Any) -> str:
    """Return a label or a value as a reader sees it."""
    if value is None:
        return "none"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return number_text(float(value), 5)
