"""What the page of a connection shows: state, finding, charts, agreement, the code."""

from typing import Any

from learner.models import Connection
from learner.pipeline.bridge.agreement import FEW
from learner.pipeline.bridge.constants import CONSTANTS
from learner.rendering.bridge_charts import bridge_chart
from learner.rendering.bridge_words import (
    control,
    delay_sentence,
    late_sentence,
    quiet_sentence,
    reason_rows,
    rungs,
    sentence,
    trajectory_rows,
)
from learner.services.bridge import is_stale
from learner.services.connections import place_of, place_text
from synapse.rendering.numbers import number_text, unit_suffix


def page_of(connection: Connection) -> dict[str, Any]:
    """Return the context of a page, whatever has been computed so far."""
    found = connection.agreement
    context: dict[str, Any] = {
        "title": place_text(place_of(connection)), "found": found, "state": state_of(connection),
        "finding": "", "stale": bool(found) and is_stale(connection),
    }  # fmt: skip
    if found:
        context["finding"] = sentence(found)
        context["left"] = found["asked"] - found["operations"]
    if "compare" not in found:
        return context
    compare = found["compare"]
    drawn = bridge_chart(found, connection.code["interval"])
    return context | {
        "chart": drawn.chart, "drawings": drawn.drawings, "now": present(found),
        "rungs": rungs(compare), "control": control(compare, found["other"]),
        "trajectories": trajectory_rows(compare), "reasons": reason_rows(found),
        "sentences": [delay_sentence(found), late_sentence(compare), quiet_sentence(compare)],
        "rollbacks": found["learner"]["kind"].count("rollback"),
        "constants": constants(connection),
    }  # fmt: skip


def state_of(connection: Connection) -> str:
    """Return in which state a page is: not computed, empty, still, few or full."""
    found = connection.agreement
    if not found:
        return "none"
    if "compare" not in found:
        return "empty"
    if not found["compare"]["changed"]:
        return "still"
    return "few" if found["compare"]["compared"] < FEW else "full"


def present(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return what connection and synapse have come to: name, connection, synapse."""
    a, b = found["learner"], found["biology"]
    last = a["position"][-1]
    tag = {1.0: "for potentiation", -1.0: "for depression"}.get(b["tag"][-1], "not set")
    return [
        ("Early", number_text(a["early"][-1], 4), f"h {number_text(b['early_weight'][-1], 4)}"),
        ("Tagged", number_text(a["tagged"][-1], 4), f"tag {tag}"),
        ("Late", number_text(a["late"][-1], 4), f"z {number_text(b['late_weight'][-1], 3)}"),
        ("Trace; proteins", number_text(a["trace"][-1], 3),
         f"p {number_text(b['plasticity_proteins'][-1], 3)}"),
        ("Sum; committed",
         number_text(a["early"][-1] + a["tagged"][-1] + a["late"][-1], 4),
         f"w {number_text(b['weight'][-1], 4)}"),
        ("Last change", "none" if found["changed_at"] is None else
         f"operation {number_text(found['changed_at'] + 1, 12)} of {number_text(last + 1, 12)}",
         f"{number_text(b['psd_ampa'][-1], 3)} receptors in the PSD"),
    ]  # fmt: skip


def constants(connection: Connection) -> list[tuple[str, str, str, str, str]]:
    """Return the numbers of the code: name, symbol, value, meaning, source."""
    return [
        (
            c.name, c.symbol,
            f"{number_text(connection.code[c.name], 4)} {unit_suffix(c.unit)}".rstrip(),
            c.meaning, c.source,
        )
        for c in CONSTANTS
    ]  # fmt: skip
