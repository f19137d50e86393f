"""How far connections and synapses agree, and how learners from presets do: docs/bridge.md.

``SHARED_DATA=... python -m benchmarks.bridge`` prints both tables, in about two minutes.
"""

import warnings
from typing import Any

import numpy as np

from benchmarks.streams import ours, streams
from learner.pipeline import EventDrivenClassifier, Ledger
from learner.pipeline.bridge import agreement, biology, reasons
from learner.pipeline.bridge.code import Code, encode
from learner.pipeline.bridge.from_preset import derive
from learner.pipeline.bridge.moments import Place
from learner.pipeline.bridge.past import LAST_MOMENTS, Past, look_back
from learner.pipeline.memory import PARTS
from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.parameter_sets import preset_values

EACH = 6
"""Connections of each pathway."""
CASES: dict[str, tuple[Code, str]] = {
    "1 s, R 1": (Code(interval=SECOND, repetitions=1, most_repetitions=1), "hippocampus"),
    "10 s, R 3": (Code(interval=10 * SECOND, repetitions=3, most_repetitions=9), "hippocampus"),
    "1 min, R 1": (Code(repetitions=1, most_repetitions=3), "hippocampus"),
    "1 min, R 5": (Code(repetitions=5, most_repetitions=15), "hippocampus"),
    "1 min, R 20": (Code(), "hippocampus"),
    "the same, without a pairing of other events": (Code(quiet_repetitions=0), "hippocampus"),
    "the same, without dopamine": (Code(dopamine_amount=0), "hippocampus"),
    "the same, tau 10 ms": (Code(window_time=10), "hippocampus"),
    "the same, tau 40 ms": (Code(window_time=40), "hippocampus"),
    "10 min, R 20": (Code(interval=10 * MINUTE), "hippocampus"),
    "1 h, R 20": (Code(interval=HOUR), "hippocampus"),
    "neocortex-l5": (Code(), "neocortex-l5"),
    "striatum-d1": (Code(), "striatum-d1"),
}
PRESETS = (("hippocampus", 10 * SECOND), ("hippocampus", MINUTE), ("hippocampus", 10 * MINUTE),
           ("neocortex-l5", MINUTE), ("striatum-d1", MINUTE))  # fmt: skip
STREAMS = ("elec2", "weather", "SEA recurring", "hyperplane", "Agrawal recurring", "RBF drift",
           "waveform", "digits")  # fmt: skip


def look(name: str) -> Past:
    """Learn a stream and look back on its largest connections to the last label."""
    model = EventDrivenClassifier()
    ledger = model.keep_ledger(Ledger())
    model.progress_many(*streams.reported()[name]())
    places = largest(model)
    return look_back(model.clone(), ledger.storage, ledger.position, places, last=LAST_MOMENTS)


def largest(model: Any) -> list[Place]:
    """Return the largest connections of each pathway to the last label."""
    state = model._core.state
    rows = 1 + state.hidden + state.features
    size = np.abs(model._core.arrays["synapses"][:, :PARTS, :rows, -1]).sum(axis=1)
    units = [("unit", number) for number in range(state.hidden)]
    names: list[Any] = ["bias", *units, *(("feature", name) for name in model._features)]
    return [
        Place(g, names[row], model._labels[-1])
        for g in range(state.pathways)
        for row in np.argsort(-size[g])[:EACH]
        if size[g, row] > 0.0
    ]


def agree(past: Past, code: Code, preset: str) -> str:
    """Return a line: medians over the connections, and why events disagree."""
    rows, whys, late = [], dict.fromkeys(reasons.OF_CAUSED, 0), np.zeros(5, dtype=int)
    for moments in past.moments.values():
        coded = [encode(code, m, largest_error=past.largest_error) for m in moments]
        found = biology.run(code, coded, preset_values(preset), compiled=True)
        compared = agreement.compare(code, moments, coded, found)
        rungs = [row[k] for row in compared["ladder"] for k in ("signs", "ranks")]
        courses = [row["correlation"] for row in compared["trajectories"]]
        rows.append([*rungs, *courses, compared["quiet"]["share"], compared["dopamine_share"]])
        late += list(compared["late"].values())
        for why in reasons.disagreements(code, moments, coded, found):
            whys[why.reason] += 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        medians = np.nanmedian(np.array(rows, dtype=float), axis=0)
    kept = {reason: count for reason, count in whys.items() if count}
    return f"{' '.join(f'{x:5.2f}' for x in medians)}  late {late.tolist()}  {kept}"


def derived(name: str) -> str:
    """Return accuracies (%) and shares of salient events of the default and each preset."""
    x, y = streams.reported()[name]()
    first, cells = len(y) // 5, []
    for parameters in [{}, *(settings(*preset) for preset in PRESETS)]:
        predicted, share = ours.run((x, y), **parameters)
        right = float(np.mean(predicted[first:] == y[first:]))
        cells.append(f"{100 * right:.1f} ({100 * share:.0f})")
    return "  ".join(cells)


def settings(preset: str, interval: float) -> dict[str, Any]:
    """Return a preset's settings as an estimator takes them."""
    found = derive(preset_values(preset), event_interval_ms=interval).parameters
    return found | {"expert": tuple(tuple(pair) for pair in found["expert"])}


def main() -> None:
    """Print both tables."""
    print("same sign and rank correlation of code, calcium model, both, as it moved; courses of")
    print("early, late, sum; shares of quiet events and of dopamine; late: changed, no tag, no")
    print("proteins, moved, same sign; reasons")
    for name in ("elec2", "hyperplane"):
        past = look(name)
        for case, (code, preset) in CASES.items():
            print(f"{name}, {case:44} {agree(past, code, preset)}", flush=True)
    print("\ndefault, then", ", ".join(f"{p} at {t:g} ms" for p, t in PRESETS))
    for name in STREAMS:
        print(f"{name:20}{derived(name)}", flush=True)


if __name__ == "__main__":
    main()
