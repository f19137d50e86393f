"""Write docs/learner-results.md from var/benchmarks: ``python -m benchmarks.report``."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
NUMBERS = ROOT / "var" / "benchmarks"
TEXT = Path(__file__).with_name("results.md")
TARGET = ROOT / "docs" / "learner-results.md"
Rows = dict[str, dict[str, Any]]


def load(name: str) -> Rows:
    """Return the numbers of one part, nothing where it was not run."""
    path = NUMBERS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    head = list(head)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.1f}"


def streams() -> str:
    rivals = ("no change", "no retraining", "ADWIN refit", "LR default", "LR tuned", "HAT")
    forests = load("forests")
    head = ["stream", "rows", *rivals, "ARF 10", "learner", "seeds", "kappa temporal", "commits %",
            "hard gate", "its commits %"]  # fmt: skip
    rows = [
        [name, str(r["rows"]), *(r[rival] for rival in rivals),
         forests.get(name, {}).get("ARF 10"), f"**{r['learner']:.1f}**", f"±{r['spread'] / 2:.1f}",
         f"{(r['learner'] - r['no change']) / (100.0 - r['no change']):+.2f}",
         100.0 * r["commits"], r["hard gate"], 100.0 * r["hard commits"]]
        for name, r in load("accuracy").items()
    ]  # fmt: skip
    return table(head, rows)


def losses() -> str:
    """Say where the learner loses, and to whom."""
    rivals = ("no retraining", "ADWIN refit", "LR default", "LR tuned", "HAT", "ARF 10")
    forests, lines = load("forests"), []
    for name, row in load("accuracy").items():
        scores = row | forests.get(name, {})
        lost = {r: scores[r] - row["learner"] for r in rivals
                if scores.get(r, 0.0) > row["learner"] + 0.05}  # fmt: skip
        if lost:
            said = ", ".join(f"{r} (by {by:.1f})" for r, by in lost.items())
            lines.append(f"- {name}: {said}")
    return "\n".join(lines)


def ablation() -> str:
    results = load("ablation")
    if not results:
        return ""
    names = list(next(iter(results.values())))
    full = np.mean([row["full"][0] for row in results.values()])
    rows = []
    for name in names:
        score = np.mean([row[name][0] for row in results.values()])
        share = 100.0 * np.mean([row[name][1] for row in results.values()])
        rows.append([name, f"{score:.2f}", f"{score - full:+.2f}", share])
    return table(["", "mean accuracy", "difference", "commits %"], rows)


def plain(part: str, form: str = "{:.0f}") -> str:
    results = load(part)
    if not results:
        return ""
    names = [n for n, v in next(iter(results.values())).items() if not isinstance(v, dict)]
    rows = [[name, *(form.format(row[n]) for n in names)] for name, row in results.items()]
    return table(["stream", *names], rows)


def ledger() -> str:
    rows = [[name, f"{r['learner, dict, ledger'] - r['learner, dict']:.1f}",
             f"{r['ledger']['bytes']:.0f}", f"{r['ledger']['milliseconds']:.1f}"]
            for name, r in load("speed").items()]  # fmt: skip
    head = ["stream", "µs per event more", "bytes per event", "ms per rollback"]
    return table(head, rows)


def numbers() -> str:
    results = load("numbers")
    if not results:
        return ""
    errors = [[name, f"{r['linear regression']:.2f}", f"{r['learner']:.2f}", 100.0 * r["commits"]]
              for name, r in results["errors"].items()]  # fmt: skip
    areas = [[name.replace("_", " "), f"{r['HalfSpaceTrees']:.2f}", f"{r['learner']:.2f}"]
             for name, r in results["areas"].items()]  # fmt: skip
    return (
        table(["mean absolute error", "linear regression", "learner", "commits %"], errors)
        + "\n\n"
        + table(["area under the ROC curve", "HalfSpaceTrees", "learner"], areas)
    )


def forgetting() -> str:
    parts = []
    for width, methods in load("forgetting").items():
        rows = []
        for name, row in methods.items():
            line = [name]
            for kind in ("class-incremental", "permuted"):
                k = row[kind]
                line += [f"{k['accuracy']:.2f} ± {k['sd']:.2f}", f"{k['forgetting']:.2f}",
                         f"{k['gradients']:.0f}"]  # fmt: skip
            rows.append([*line, ", ".join(f"{n} {v}" for n, v in row["setting"].items())])
        head = [width, "class-incremental", "forgetting", "gradient steps", "permuted",
                "forgetting", "gradient steps", "setting"]  # fmt: skip
        parts.append(table(head, rows))
    return "\n\n".join(parts)


def main() -> None:
    pieces = {
        "STREAMS": streams(), "LOSSES": losses(), "ABLATION": ablation(),
        "RECOVERY": plain("recovery"), "LABELS": plain("labels", "{:.2f}"),
        "NUMBERS": numbers(),
        "SPEED": plain("speed", "{:.1f}"), "LEDGER": ledger(), "FORGETTING": forgetting(),
    }  # fmt: skip
    text = TEXT.read_text(encoding="utf-8")
    for name, piece in pieces.items():
        text = text.replace(f"<!-- {name} -->", piece)
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
