"""Neuromodulatory gate: how much the whole learner changes, as dopamine and acetylcholine.

Arousal is unexpected uncertainty: recent error above usual error [yu2005]. The prediction
error is unsigned.
"""

from math import sqrt
from typing import Any

from learner.pipeline.memory import PARTS

SATURATION = 3.0
"""Standard deviations from the onset to full arousal."""


def modulate(m: Any, s: Any, p: Any) -> None:
    """Fill in arousal, prediction error and the gains of fast and slow parts."""
    if s.regression == 0:
        correct = 1.0 if s.winner == s.target else 0.0
        s.prediction_error = abs(correct - m.outputs[PARTS * s.pathways, s.winner])
        error = 1.0 - correct
    else:
        error = s.surprise
        s.prediction_error = s.surprise
    s.slow_error += (error - s.slow_error) / min(s.events + 1.0, p.slow_time)
    s.fast_error += (error - s.fast_error) / min(s.events + 1.0, p.fast_time)
    s.arousal = arousal(s.fast_error, s.slow_error, p)
    s.gain_slow = 1.0 + p.arousal_gain * s.arousal
    s.gain_fast = s.gain_slow + p.error_gain * s.prediction_error


def arousal(fast: float, slow: float, p: Any) -> float:
    """Return how far recent error lies above its usual range, 0 to 1."""
    noise: float = sqrt(slow * (1.0 - slow) / (2.0 * p.fast_time)) + 0.01
    onset: float = p.arousal_onset
    return max(0.0, min(1.0, ((fast - slow) / noise - onset) / SATURATION))
