"""The address of a run's view: its parameters, its protocol whichever it is, a window of time."""

from typing import Any

from synapse.models import Run
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.stimulus import Protocol
from synapse.services.addresses import DEFAULT_PRESET, address_of
from synapse.services.parameters import PARAMETERS
from synapse.services.presets import rest_values
from synapse.services.run_comparison import parameters_of
from synapse.services.timeline.address import pack
from synapse.services.timeline.drafts import read_draft
from synapse.services.timeline.gather import gather


def address_of_run(run: Run, *, window: tuple[float, float] | None = None) -> str:
    """Return the address of a view like a run, or nothing where it fits into none.

    A run that begins its protocol anew fits into none, nor one with too many differences.
    ``window`` is what to look at, ms after the start. The state from which the run began is
    not part of it: the synapse that the address makes begins at rest.
    """
    try:
        if run.protocol.get("repeat", 1) != 1:
            return ""
        return address_of(
            preset=run.synapse.preset.name if run.synapse.preset else DEFAULT_PRESET,
            differences=_differences(run), duration=float(run.protocol["duration_ms"]),
            window=window, seed=run.seed, **_protocol(run),
        )  # fmt: skip
    except (KeyError, IndexError, TypeError, ValueError):
        return ""  # a run of an older version, whose record says less


def _differences(run: Run) -> dict[str, float]:
    """Return the parameters that the run had unlike the preset, by name."""
    rest, had = rest_values(run.synapse.preset), parameters_of(run)
    return {
        name: float(value)
        for name, (component, _) in PARAMETERS.items()
        if (value := had[name]) is not None and value != rest[component.name][name]
    }


def _protocol(run: Run) -> dict[str, Any]:
    """Return the protocol by name if it is one of those, otherwise packed."""
    protocol = Protocol.from_json(run.protocol)
    known = PROTOCOLS.get(protocol.name)
    if known is not None and known() == protocol:
        return {"protocol": protocol.name}
    draft = read_draft(
        {
            "title": protocol.title[:100], "meaning": protocol.meaning,
            "items": gather(protocol.events), "bath": dict(protocol.bath),
        }
    )  # fmt: skip
    packed = pack(draft)
    if not packed:
        raise ValueError("the protocol is too long for an address")
    return {"draft": packed}
