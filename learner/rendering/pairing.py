"""Each stage of the learner beside the biology that it stands for, with present values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synapse.rendering.numbers import fixed_text, number_text

STAGES = (
    ("step 1", "Event signal", "one labelled example arrives",
     "Glutamate release", "a spike fills the cleft"),
    ("step 1", "Watcher", "which event is worth learning from",
     "NMDA receptor and spine calcium", "coincidence lets calcium in"),
    ("step 2", "Neuromodulatory gate", "one gain for every parameter",
     "Dopamine and PKA cascade", "sets calcium sensitivity"),
    ("step 3", "Weaver", "a local change, not yet applied",
     "STDP and the early weight", "traces move the early phase"),
    ("step 4", "Binder", "commits changes, bounded and versioned",
     "AMPA trafficking", "receptors move into the PSD"),
    ("step 5", "Homeostatic control", "keeps activity at its set point",
     "Astrocyte scaling", "one factor for all synapses"),
    ("step 6", "Memory consolidation", "locks in what lasted, replays it",
     "Tag and protein capture", "the late weight"),
    ("result", "Adapted behaviour", "better predictions on this stream",
     "Stronger or weaker response", "a lasting change of the EPSP"),
)  # fmt: skip
BIOLOGY = (
    ("utilisation", "synaptic_cleft", "utilisation", ""),
    ("Ca", "spine_head", "calcium", "µM"),
    ("DA", "dopamine_cleft", "dopamine", "µM"),
    ("h", "synaptic_weight", "early_weight", ""),
    ("PSD", "psd_ampa_pool", "psd_ampa", "receptors"),
    ("ln H", "astrocyte_unit", "log_scaling", ""),
    ("z", "synaptic_weight", "late_weight", ""),
    ("w", "", "committed_weight", ""),
)
"""One telling number of a synapse for each stage: symbol, component, quantity, unit."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A stage of the learner and its biology; a value is empty where there is none."""

    step: str
    learner: str
    learner_does: str
    learner_now: str
    biology: str
    biology_does: str
    biology_now: str


def pairing(now: Mapping[str, Any], synapse: Any = None) -> tuple[Pair, ...]:
    """Return the stages with the present values of a learner and perhaps of a synapse."""
    texts = learner_values(now)
    return tuple(
        Pair(step, name, does, text, biology, biology_does, _value_of(synapse, *place))
        for (step, name, does, biology, biology_does), text, place in zip(
            STAGES, texts, BIOLOGY, strict=True
        )
    )


def learner_values(now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what each stage of a learner has to say at present; empty where it has nothing."""

    def text(name: str, words: str, digits: int = 2) -> str:
        value = now.get(name)
        return "" if value is None else words.format(number_text(value, digits))

    late = now.get("late")
    return (
        text("event", "event {}", 12),
        text("surprise", "surprise {}"),
        text("gate", "gate {}"),
        text("change", "Δ {}"),
        text("commit", "commit {}", 12),
        text("threshold", "threshold {}"),
        "" if late is None else f"late heads {fixed_text(100 * late, 0)} %",
        str(now.get("score") or ""),
    )


def _value_of(synapse: Any, symbol: str, component: str, quantity: str, unit: str) -> str:
    """Return a quantity of a synapse in words."""
    part = getattr(synapse, component, None) if component else synapse
    value = getattr(part, quantity, None)
    return "" if value is None else f"{symbol} {number_text(value, 3)} {unit}".rstrip()
