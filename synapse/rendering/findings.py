"""One sentence for each chart of a trace: what it shows, for those who cannot see it."""

from collections.abc import Mapping

import numpy as np

from synapse.rendering.numbers import (
    fixed_text,
    number_text,
    percent_change_text,
    rough_duration_text,
)
from synapse.rendering.reduction import Floats

Columns = Mapping[str, Floats]
"""Values by the name of the quantity."""

DIGITS_LOST = 5e-7
"""A difference that the six decimals of a weight do not show."""
SMALL_CHANGE = 5e-3
"""A change of weight below this is written with six decimals."""
NOTICEABLE = 1.05
"""A peak this many times the first value is one."""


def calcium_finding(time: Floats, columns: Columns) -> str:
    """Say how high calcium rose, and when."""
    calcium = columns["calcium"]
    peak = int(np.argmax(calcium))
    high, start = float(calcium[peak]), float(calcium[0])
    if high <= NOTICEABLE * start:
        return f"Calcium stays near {number_text(start, 2)} µM."
    return (
        f"Calcium peaks at {number_text(high, 3)} µM after "
        f"{rough_duration_text(float(time[peak]))} and ends at "
        f"{number_text(float(calcium[-1]), 2)} µM."
    )


def weight_finding(columns: Columns) -> str:
    """Say how the three weights moved."""
    weight, early = columns["weight"], columns["early_weight"]
    first, last = float(weight[0]), float(weight[-1])
    if abs(last - first) < DIGITS_LOST:
        move = f"The committed weight stays at {fixed_text(last, 3)}"
    else:
        decimals = 3 if abs(last - first) > SMALL_CHANGE else 6
        move = (
            f"The committed weight {'rises' if last > first else 'falls'} from "
            f"{fixed_text(first, decimals)} to {fixed_text(last, decimals)} "
            f"({percent_change_text(first, last)})"
        )
    furthest = float(early[int(np.argmax(np.abs(early - 1.0)))])
    late = fixed_text(float(columns["late_weight"][-1]), 3)
    ends = "stays at" if is_still(columns["late_weight"]) else "ends at"
    return (
        f"{move}; the early weight is {fixed_text(furthest, 3)} at its furthest from rest, "
        f"and the late weight {ends} {late}."
    )


def tag_finding(time: Floats, columns: Columns) -> str:
    """Say when the tag was set and whether it still is."""
    tag = columns["tag"]
    set_at = np.flatnonzero(tag != 0)
    if not len(set_at):
        return "The tag is never set."
    kind = "potentiation" if tag[set_at[0]] > 0 else "depression"
    after = f"after {rough_duration_text(float(time[set_at[0]]))}"
    start = "from the start" if set_at[0] == 0 else after
    if tag[-1] != 0:
        return f"A tag for {kind} is set {start} and still is at the end."
    lost = rough_duration_text(float(time[set_at[-1] + 1]))
    return f"A tag for {kind} is set {start} and lost after {lost}."


def protein_finding(time: Floats, columns: Columns) -> str:
    """Say how far the protein level rose."""
    proteins = columns["plasticity_proteins"]
    peak = int(np.argmax(proteins))
    high = float(proteins[peak])
    if high <= 0:
        return "No proteins are made."
    return f"Proteins reach {number_text(high, 2)} after {rough_duration_text(float(time[peak]))}."


def dopamine_finding(columns: Columns) -> str:
    """Say whether dopamine came, and what PKA made of it."""
    dopamine, activity = columns["dopamine"], columns["pka_activity"]
    high, start = float(dopamine.max()), float(dopamine[0])
    verb = "peaks at" if high > NOTICEABLE * start else "stays near"
    return (
        f"Dopamine {verb} {number_text(high, 3)} µM; "
        f"PKA activity reaches {number_text(float(activity.max()), 2)}."
    )


def is_still(values: Floats) -> bool:
    """Say whether a variable does not move as far as a reader could tell."""
    return float(values.max() - values.min()) < DIGITS_LOST
