"""A connection beside a synapse, in words: the finding, how far both agree, and why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from learner.pipeline.bridge import reasons
from learner.pipeline.bridge.agreement import FEW
from synapse.rendering.numbers import fixed_text, number_text

RUNGS = {
    "code": (
        "The code",
        "change of the connection against the exponential window, where an error was paired; "
        "alike by construction, up to what else scales a step",
    ),
    "calcium": (
        "The calcium model",
        "exponential window against the change that the spikes led to in the synapse",
    ),
    "caused": (
        "Both together",
        "change of the connection against the change that its spikes led to",
    ),
    "moved": (
        "As it moved meanwhile",
        "change of the connection against that of the early weight until the next event",
    ),
}
NULLS = {
    "shuffled": "events in random order",
    "shifted": "one side moved along the other",
}
WEIGHTS = {
    "early": ("early weight", "early-phase weight h"),
    "late": ("late weight", "late-phase weight z"),
    "sum": ("early, tagged and late together", "committed weight w"),
}
REASONS = {
    reasons.SCALED: "The connection moved against its own error: the learner scaled its weights.",
    reasons.UNPAIRED: "The error was too small for the window and was not paired.",
    reasons.NO_DETECTOR: "Calcium stayed below both detectors.",
    reasons.DEPLETION: "Release was depleted: less than half of the vesicles were left.",
    reasons.DOPAMINE: "Dopamine turned it: PKA makes potentiation of traces of depression.",
    reasons.LIMIT: "The early weight was at its limit.",
    reasons.DEPRESSED: "Potentiation was coded, but calcium lay in the band of depression.",
    reasons.POTENTIATED: "Depression was coded, but the spike before came too early to count.",
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One line of the agreement."""

    name: str
    meaning: str
    events: str
    signs: str
    ranks: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some events disagree."""

    text: str
    events: str
    error: str
    lag: str
    calcium: str


def share_text(value: float | None) -> str:
    """Return a share in per cent."""
    return "none" if value is None else f"{fixed_text(100 * value, 0)} %"


def correlation_text(value: float | None) -> str:
    """Return a correlation with two decimals."""
    return "none" if value is None else fixed_text(value, 2)


def rungs(compare: Mapping[str, Any]) -> list[Rung]:
    """Return the agreement step by step, and what it is where the pairing is broken."""
    rows = [
        Rung(*RUNGS[row["name"]], number_text(row["events"], 9), share_text(row["signs"]),
             correlation_text(row["ranks"]))
        for row in compare["ladder"]
    ]  # fmt: skip
    for name, text in NULLS.items():
        null = compare["null"][name]
        signs, ranks = _range(null["signs"], share_text), _range(null["ranks"], correlation_text)
        rows.append(Rung("By chance", text, number_text(compare["compared"], 9), signs, ranks))
    return rows


def _range(null: Any, text: Any) -> str:
    if null is None:
        return "none"
    mean, low, high = null
    return f"{text(mean)} ({text(low)} to {text(high)})"


def control(compare: Mapping[str, Any], other: str | None) -> Rung | None:
    """Return how well another connection agrees with this one's synapse."""
    row = compare["null"].get("other")
    if row is None or other is None:
        return None
    return Rung(
        "Another connection", f"change of {other} against this synapse",
        number_text(row["events"], 9), share_text(row["signs"]), correlation_text(row["ranks"]),
    )  # fmt: skip


def reason_rows(found: Mapping[str, Any]) -> list[Reason]:
    """Return why events disagree, the most frequent reason first."""
    return [
        Reason(
            REASONS[row["reason"]], number_text(row["events"], 9), number_text(row["error"], 2),
            "none" if row["lag"] is None else f"{number_text(row['lag'], 3)} ms",
            f"{number_text(row['calcium'], 3)} µM",
        )
        for row in found["reasons"]
    ]  # fmt: skip


def delay_sentence(found: Mapping[str, Any]) -> str:
    """Return why the weight moved otherwise in events that led alike."""
    decay, earlier = found["delays"]["decay"], found["delays"]["earlier"]
    if not decay + earlier:
        return "Wherever the spikes led alike, the early weight also moved alike at once."
    parts = []
    if earlier:
        parts.append(f"in {earlier} because traces of earlier events were still being expressed")
    if decay:
        parts.append(f"in {decay} because its return to rest was larger")
    return (
        "The early weight follows its traces within minutes. Where the spikes led alike, it moved "
        f"otherwise until the next event {' and '.join(parts)}."
    )


def trajectory_rows(compare: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return weight, its counterpart, their correlation, and how often a shift does as well."""
    return [
        (*WEIGHTS[row["name"]], correlation_text(row["correlation"]), share_text(row["shifts"]))
        for row in compare["trajectories"]
    ]


def late_sentence(compare: Mapping[str, Any]) -> str:
    """Return what the late phase did, and why not more."""
    row = compare["late"]
    if not row["changed"]:
        return "The late weight of the connection did not change."
    text = f"The late weight of the connection changed in {row['changed']} operations. "
    why = [
        f"in {row['no_tag']} the synapse had no tag",
        f"in {row['no_proteins']} a tag but no proteins",
    ]
    if not row["moved"]:
        return f"{text}That of the synapse never did: {', '.join(why)}."
    return (
        f"{text}That of the synapse changed in {row['moved']} of them, in {row['same_sign']} the "
        f"same way; {', '.join(why)}."
    )


def quiet_sentence(compare: Mapping[str, Any]) -> str:
    """Return what events without a commit, and dopamine, did to the synapse."""
    row = compare["quiet"]
    dopamine = compare["dopamine_share"]
    return (
        f"The {row['events']} events that were not salient, of which the early weight of the "
        f"connection knows nothing, led to {share_text(row['share'])} of what changed in the "
        f"synapse; dopamine to {number_text(100 * (dopamine or 0.0), 2)} %."
    )


def sentence(found: Mapping[str, Any]) -> str:
    """Return the finding in a few sentences."""
    compare = found.get("compare")
    if compare is None:
        return "The ledger holds no operation that could be looked at."
    if not compare["changed"]:
        return "This connection never moved in these operations: there is nothing to agree about."
    head = (
        f"In {compare['changed']} of {compare['events']} events the connection changed its early "
        "weight. "
    )
    if compare["compared"] < FEW:
        return (
            f"{head}The synapse was led anywhere in {compare['compared']} of them: too few to say "
            "how far both agree."
        )
    rung = {row["name"]: row for row in compare["ladder"]}["caused"]
    null = compare["null"]["shuffled"]
    return (
        f"{head}The synapse was led the same way in {share_text(rung['signs'])} of "
        f"{rung['events']}; in random order it would be {_range(null['signs'], share_text)}. By "
        f"rank of size the changes correlate with {correlation_text(rung['ranks'])}, in random "
        f"order {_range(null['ranks'], correlation_text)}."
    )


def report(found: Mapping[str, Any]) -> list[str]:
    """Return all of it as lines of text, for a terminal."""
    lines = [sentence(found)]
    if not found.get("complete", True):
        lines.append(f"The ledger was compacted: {found['operations']} of {found['asked']} "
                     "operations are left.")  # fmt: skip
    if "compare" not in found:
        return lines
    compare = found["compare"]
    rows = [r for r in (*rungs(compare), control(compare, found["other"])) if r]
    lines += ["", f"{'':24}{'events':>7}  {'same sign':22}{'rank correlation'}"]
    lines += [f"{r.name:24}{r.events:>7}  {r.signs:22}{r.ranks:24}{r.meaning}" for r in rows]
    lines += ["", f"{'weights':50}{'correlation':>12}{'shifts as strong':>18}"]
    lines += [
        f"{f'{a} with {b}':50}{r:>12}{shifts:>18}" for a, b, r, shifts in trajectory_rows(compare)
    ]
    if found["reasons"]:
        lines += ["", "Why they disagree (median of the size of error, of the lag, of calcium):"]
    lines += [
        f"{r.events:>6}  {r.text} ({r.error}, {r.lag}, {r.calcium})" for r in reason_rows(found)
    ]
    return [*lines, "", delay_sentence(found), late_sentence(compare), quiet_sentence(compare)]
