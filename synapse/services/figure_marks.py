"""What is drawn in a figure: published means and bands, the model, and their key."""

from collections.abc import Sequence
from math import log10
from typing import TYPE_CHECKING, Any

from synapse.plasticity.experiments.experiment import SIGN_BAND, Published, Result, Rule
from synapse.services.reproduce import Reproduction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#1f5fa8", "#b4560e", "#2f7d4f", "#7a4a9c")
OFF, GREY, BAND = "#c1121f", "#555555", 0.16
"""Of a ring around what does not hold, of words, and how faint a band is."""
WIDEST, NARROWEST, ACROSS = 22.0, 6.0, 330.0
"""Points: of a band, and of the whole axis."""


def extent(xs: Sequence[float], *, logarithmic: bool) -> float:
    """Return the width of the data, in decades where the axis is logarithmic."""
    low, high = min(xs), max(xs)
    return log10(high / low) if logarithmic else high - low


def allowed(published: Published, limits: tuple[float, float]) -> tuple[float, float]:
    """Return between which values the published outcome puts a result."""
    low, high = limits
    if published.rule == "sign":
        edges = {-1.0: (low, -SIGN_BAND), 0.0: (-SIGN_BAND, SIGN_BAND), 1.0: (SIGN_BAND, high)}
        return edges[published.value]
    if published.rule == "bound":
        error = published.error or 0.0
        return published.value - error, published.value + error
    edge = (published.low, published.high)
    return max(low, -float("inf") if edge[0] is None else edge[0]), min(
        high, float("inf") if edge[1] is None else edge[1]
    )


def draw_mean(
    axes: "Axes", published: Published, place: float, colour: str, *, side: float
) -> None:
    """Draw a mean as an open circle with its error and n, which stands on its ``side``."""
    error = published.error or 0.0
    axes.errorbar(
        place, published.value, yerr=error, fmt="o", markersize=7, capsize=3,
        color=colour, markerfacecolor="white", linewidth=1.2, zorder=3,
    )  # fmt: skip
    if published.n is not None:
        above = published.value >= 0.0
        aligned = "center" if side == 0.0 else "left" if side > 0.0 else "right"
        axes.annotate(
            f"n = {published.n}",
            (place, published.value + (error if above else -error)),
            xytext=(0, 4 if above else -4), textcoords="offset points", ha=aligned,
            va="bottom" if above else "top", fontsize=6.5, color=GREY, zorder=7,
        )  # fmt: skip


def mark_remembered(axes: "Axes", place: float) -> None:
    """Put a star at the foot of a condition whose published value is from memory."""
    axes.annotate(
        "*", (place, 0.0), xycoords=("data", "axes fraction"), xytext=(0, 1),
        textcoords="offset points", ha="center", va="bottom", fontsize=11, color=GREY,
    )  # fmt: skip


def draw_band(
    axes: "Axes", place: float, edges: tuple[float, float], colour: str, *, width: float
) -> None:
    axes.plot(
        [place, place], edges, color=colour, alpha=BAND, linewidth=width,
        solid_capstyle="butt", zorder=2,
    )  # fmt: skip


def band_width(one: Reproduction, places: Sequence[float]) -> float:
    """Return the width of a band in points: neighbours of one series do not touch."""
    logarithmic = one.experiment.logarithmic_x
    shown = sorted({r.condition.x for r in one.results})
    whole = extent(shown, logarithmic=logarithmic)
    if len(shown) < 2 or whole == 0.0:
        return WIDEST
    pairs = zip(shown, shown[1:], strict=False)
    gap = min(extent(pair, logarithmic=logarithmic) for pair in pairs) / whole
    shared = len(set(places)) / len(shown)
    return max(NARROWEST, min(WIDEST, 0.8 * gap * ACROSS / max(1.0, shared)))


def draw_model(
    axes: "Axes", one: Reproduction, places: Sequence[float], name: str, colour: str
) -> None:
    """Draw one series of the model: filled circles, joined along a numeric axis."""
    pairs = sorted(
        (
            (place, result)
            for place, result in zip(places, one.results, strict=True)
            if result.condition.series == name
        ),
        key=lambda pair: pair[0],
    )
    if not one.experiment.categorical and len(pairs) > 2:
        axes.plot(
            [place for place, _ in pairs], [r.got for _, r in pairs], color=colour,
            linewidth=0.9, alpha=0.6, zorder=4,
        )  # fmt: skip
    for place, result in pairs:
        _draw_result(axes, result, place, colour)


def _draw_result(axes: "Axes", result: Result, place: float, colour: str) -> None:
    axes.plot(place, result.got, "o", markersize=5, color=colour, zorder=5)
    if not result.holds:
        axes.plot(
            place, result.got, "o", markersize=10, markerfacecolor="none",
            markeredgecolor=OFF, markeredgewidth=1.4, zorder=6,
        )  # fmt: skip


def add_legend(axes: "Axes", one: Reproduction, series: Sequence[str]) -> None:
    """Explain the marks above the figure, the colours inside it."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    circle: dict[str, Any] = {"marker": "o", "linestyle": "none"}
    rules = {r.condition.published.rule for r in one.results}
    marks: list[Any] = [Line2D([], [], markersize=5, label="model", color=GREY, **circle)]
    if "sem" in rules:
        mean: dict[str, Any] = {"color": GREY, "markerfacecolor": "white", "markersize": 7}
        marks.append(Line2D([], [], label="published, mean ± SEM", **mean, **circle))
    if rules - {"sem"}:
        marks.append(Patch(color=GREY, alpha=BAND * 1.5, label=band_label(rules - {"sem"})))
    if any(not r.holds for r in one.results):
        ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": OFF, "markersize": 9}
        marks.append(Line2D([], [], markeredgewidth=1.4, label="does not hold", **ring, **circle))
    axes.figure.legend(
        handles=marks, loc="outside upper left", ncols=4, fontsize=7.5, frameon=False
    )
    if any(series):
        squares = [
            Line2D([], [], color=COLOURS[i % len(COLOURS)], marker="s", linestyle="none", label=s)
            for i, s in enumerate(series)
        ]
        axes.legend(handles=squares, loc="best", fontsize=7.5, framealpha=0.85, markerscale=0.9)


def band_label(rules: set[Rule]) -> str:
    """Return what a shaded band means."""
    words = {
        "sign": f"published direction (none: below {SIGN_BAND:g} %)",
        "range": "published range or outcome",
        "bound": "allowed",
    }
    return words[next(iter(rules))] if len(rules) == 1 else "published direction or range"
