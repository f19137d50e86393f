"""The figures of docs/performance.md."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "performance", "font.size": 9})
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.ticker import NullFormatter  # noqa: E402

Parts = dict[str, dict[str, Any]]
OURS = {"group": ("#b3402a", "s"), "population": ("#d98c1f", "D")}
PEERS = {"brian2 exponential_euler": ("#30638e", "o"), "brian2 rk2": ("#4f9d69", "^"),
         "brian2 rk4": ("#7b5ea7", "v"), "neuron": ("#777777", "x"),
         "coreneuron": ("#999999", "+"), "arbor": ("#333333", "*")}  # fmt: skip
LABELS = {"synapses": "synapses (1 Hz, 4 s)", "hours": "simulated hours (60 pairings)",
          "rate": "rate, Hz (1000 synapses, 4 s)"}  # fmt: skip


def draw(parts: Parts, folder: Path) -> None:
    """Draw the figures of the parts that were run."""
    folder.mkdir(parents=True, exist_ok=True)
    if parts["a"]:
        precision(parts["a"]["problems"], folder / "performance-accuracy.svg")
    if parts["b"]:
        bars(parts["b"]["rows"], folder / "performance-tagging.svg")
    if parts["d"]:
        curves(parts["d"], folder / "performance-scaling.svg")


def finish(figure: Any, path: Path) -> None:
    if figure.get_layout_engine() is None:
        figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def precision(problems: dict[str, Any], path: Path) -> None:
    """Cost against error, one panel a problem."""
    figure, axes = plt.subplots(
        1, len(problems), figsize=(3.4 * len(problems), 3.2), squeeze=False, layout="constrained"
    )
    for axis, (name, problem) in zip(axes[0], problems.items(), strict=True):
        groups: dict[str, list[tuple[float, float]]] = {}
        for label, row in problem["rows"].items():
            family = label if label in OURS else " ".join(label.split()[:-2])
            groups.setdefault(family, []).append((row["cpu"], max(row["error"]["h"], 1e-16)))
        for family, points in groups.items():
            colour, marker = {**OURS, **PEERS}.get(family, ("#000000", "."))
            axis.plot(*zip(*points, strict=True), marker=marker, color=colour, label=family)
        plain(axis, "CPU, s", "largest error of h", name)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=8)
    finish(figure, path)


def plain(axis: Axes, x: str, y: str, title: str = "") -> None:
    axis.set(xscale="log", yscale="log", xlabel=x, ylabel=y, title=title)
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.grid(alpha=0.3)


def bars(rows: dict[str, Any], path: Path) -> None:
    """CPU time of ten hours: points, since a logarithmic axis has no zero for bars."""
    names = sorted(rows, key=lambda name: rows[name]["cpu"])
    figure, axis = plt.subplots(figsize=(6.5, 2.6))
    for place, name in enumerate(names):
        colour, marker = OURS.get(name, ("#30638e", "o"))
        axis.plot([rows[name]["cpu"]], [place], marker=marker, color=colour)
    axis.set_yticks(range(len(names)), names)
    axis.set(xscale="log", xlabel="CPU, s, for 10 h of two synapses")
    axis.grid(axis="x", alpha=0.3)
    finish(figure, path)


def curves(part: dict[str, Any], path: Path) -> None:
    """Cost against size, time and activity."""
    found = part["curves"]
    figure, axes = plt.subplots(1, len(found), figsize=(3.6 * len(found), 3.0))
    for axis, (curve, rows) in zip(axes, found.items(), strict=True):
        for name, points in rows.items():
            colour, marker = OURS.get(name, ("#30638e", "o"))
            label = part["peer"] if name == "brian2" else name
            axis.plot(*zip(*points, strict=True), marker=marker, color=colour, label=label)
        plain(axis, LABELS[curve], "CPU, s")
    axes[0].legend(fontsize=7)
    finish(figure, path)
