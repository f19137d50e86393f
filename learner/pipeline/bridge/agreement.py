"""How far a connection and a synapse on its events agree, and how much of that is chance."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from learner.pipeline.bridge.biology import Biology
from learner.pipeline.bridge.code import Code, Spikes, ideal
from learner.pipeline.bridge.moments import Moment
from learner.pipeline.bridge.statistics import (
    Values,
    affine,
    correlation,
    rank_correlation,
    rarer_than_shifts,
    same_signs,
    shifted,
    shuffled,
)

STILL = 1e-5
"""Change of the early weight below which the synapse did not move."""
FEW = 10
"""Compared events below which nothing is concluded."""


class Pairing(NamedTuple):
    """The events in which the connection changed, side by side."""

    places: list[int]
    """Of each event among the operations."""
    learner: Values
    ideal: Values
    caused: Values
    moved: Values


def compare(code: Code, moments: Sequence[Moment], coded: Sequence[Spikes], biology: Biology, *,
            other: Sequence[Moment] = ()) -> dict[str, Any]:  # fmt: skip
    """Return the agreement as plain data. ``other`` is another connection, as a control."""
    pairs = pairing(code, moments, coded, biology)
    both = np.abs(pairs.caused) > STILL
    return {
        "operations": len(moments),
        "events": sum(m.is_event for m in moments),
        "salient": sum(m.salient for m in moments),
        "changed": len(pairs.places),
        "compared": int(both.sum()),
        "ladder": ladder(pairs, both),
        "null": nulls(pairs, both, other),
        "trajectories": trajectories(moments, biology),
        "late": late(moments, biology),
        "quiet": quiet(moments, biology),
        "dopamine_share": _share([abs(s.by_dopamine) for s in biology.steps], biology),
    }


def pairing(
    code: Code, moments: Sequence[Moment], coded: Sequence[Spikes], biology: Biology
) -> Pairing:
    """Return the events in which the early weight changed and the input spiked."""
    places = [i for i, m in enumerate(moments) if m.salient and m.moved != 0.0 and m.input != 0.0]
    steps = biology.steps
    return Pairing(
        places,
        np.array([moments[i].moved for i in places], dtype=float),
        np.array([ideal(code, coded[i]) for i in places], dtype=float),
        np.array([steps[i].caused for i in places], dtype=float),
        np.array([steps[i].moved for i in places], dtype=float),
    )


def ladder(pairs: Pairing, both: Any) -> list[dict[str, Any]]:
    """Return agreement step by step: what the code loses, what calcium, what time."""
    paired = pairs.ideal != 0.0
    return [
        _rung("code", pairs.learner, pairs.ideal, paired),
        _rung("calcium", pairs.ideal, pairs.caused, paired & both),
        _rung("caused", pairs.learner, pairs.caused, both),
        _rung("moved", pairs.learner, pairs.moved, np.abs(pairs.moved) > STILL),
    ]


def _rung(name: str, a: Values, b: Values, where: Any) -> dict[str, Any]:
    a, b = a[where], b[where]
    return {"name": name, "events": len(a), "signs": same_signs(a, b),
            "ranks": rank_correlation(a, b)}  # fmt: skip


def nulls(pairs: Pairing, both: Any, other: Sequence[Moment]) -> dict[str, Any]:
    """Return the same numbers for a pairing that is broken in three ways."""
    learner, caused = pairs.learner[both], pairs.caused[both]
    found: dict[str, Any] = {
        name: {
            "signs": breaking(same_signs, learner, caused),
            "ranks": breaking(rank_correlation, learner, caused),
        }
        for name, breaking in (("shuffled", shuffled), ("shifted", shifted))
    }
    if other:
        places = [i for i, ok in zip(pairs.places, both, strict=True) if ok]
        theirs = np.array([other[i].moved for i in places], dtype=float)
        moved = theirs != 0.0
        found["other"] = {
            "events": int(moved.sum()),
            "signs": same_signs(theirs[moved], caused[moved]),
            "ranks": rank_correlation(theirs[moved], caused[moved]),
        }
    return found


def trajectories(moments: Sequence[Moment], biology: Biology) -> list[dict[str, Any]]:
    """Return how the weights' courses correlate, after the best affine fit.

    Slow courses correlate by chance; the last number says how often a shifted one does.
    """
    own = {
        "early": [m.early for m in moments],
        "late": [m.late for m in moments],
        "sum": [m.early + m.tagged + m.late for m in moments],
    }
    theirs = {
        "early": [s.early_weight for s in biology.steps],
        "late": [s.late_weight for s in biology.steps],
        "sum": [s.weight for s in biology.steps],
    }
    rows = []
    for name in own:
        a, b = np.array(own[name], dtype=float), np.array(theirs[name], dtype=float)
        line = affine(a, b)
        rows.append({
            "name": name, "correlation": correlation(a, b),
            "slope": line and line[0], "offset": line and line[1],
            "shifts": rarer_than_shifts(a, b),
        })  # fmt: skip
    return rows


def late(moments: Sequence[Moment], biology: Biology) -> dict[str, Any]:
    """Return what the late phase did where the learner's late weight changed."""
    rows = [(m, s) for m, s in zip(moments, biology.steps, strict=True) if m.late_moved != 0.0]
    moving = [(m, s) for m, s in rows if abs(s.late_moved) > STILL]
    return {
        "changed": len(rows),
        "no_tag": sum(s.tag == 0.0 for _, s in rows),
        "no_proteins": sum(s.tag != 0.0 and s.plasticity_proteins < STILL for _, s in rows),
        "moved": len(moving),
        "same_sign": sum(m.late_moved * s.late_moved > 0.0 for m, s in moving),
    }


def quiet(moments: Sequence[Moment], biology: Biology) -> dict[str, Any]:
    """Return how much of the synapse's change comes from events that were not salient."""
    where = [m.is_event and not m.salient for m in moments]
    changes = [abs(s.caused) if q else 0.0 for s, q in zip(biology.steps, where, strict=True)]
    return {"events": sum(where), "share": _share(changes, biology)}


def _share(changes: list[float], biology: Biology) -> float | None:
    total = sum(abs(s.caused) for s in biology.steps)
    return sum(changes) / total if total > 0.0 else None
