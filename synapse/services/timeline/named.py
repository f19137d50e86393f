"""The named protocols as items, with the parameters that may be chosen: places to start from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.protocols.dopamine import (
    BURSTS,
    DOPAMINE_FREQUENCY,
    PULSE_AMOUNT,
    PULSES,
    SPIKES,
    dopamine_delayed,
)
from synapse.plasticity.protocols.field import (
    field_test_pulses,
    low_frequency,
    tetanus,
    theta_burst,
)
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Protocol
from synapse.services.timeline.drafts import Draft, read_draft
from synapse.services.timeline.fields import Field, Value, count, time
from synapse.services.timeline.items import Fault, TimelineError

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A named protocol whose parameters may be chosen; ``items`` follow from their values."""

    name: str
    title: str
    meaning: str
    source: str
    fields: tuple[Field, ...]
    build: Callable[..., Protocol]
    items: Callable[[Values], list[dict[str, Any]]]

    def draft(self, given: Mapping[str, Any] | None = None) -> Draft:
        """Return the protocol with some parameters chosen, or raise ``TimelineError``."""
        values: dict[str, Value] = {}
        faults = []
        for field in self.fields:
            raw = (given or {}).get(field.name, field.default)
            try:
                values[field.name] = field.parse(raw) if isinstance(raw, str) else field.check(raw)
            except ValueError as error:
                faults.append(Fault(None, field.name, str(error)))
        if faults:
            raise TimelineError(faults)
        return self._draft(values)

    def _draft(self, values: Values) -> Draft:
        items = self.items(values)
        draft = read_draft({"items": items})
        protocol = self.build(**values)
        return Draft(
            title=protocol.title[:100], meaning=f"{protocol.meaning} {self.source}",
            items=draft.items, bath=protocol.bath, duration=max(protocol.duration, draft.end),
        )  # fmt: skip


def frequency(default: float) -> Field:
    """Return a field for pulses a second."""
    return Field(
        name="frequency", title="Frequency", unit="Hz", default=default,
        minimum=0.01, maximum=1000.0,
    )  # fmt: skip


TRAINS = count("trains", "Trains", 3, 200)
BEGIN = SECOND


def _tetanus(v: Values) -> list[dict[str, Any]]:
    return [{
        "kind": "field", "start": BEGIN, "count": v["pulses"],
        "interval": SECOND / v["frequency"], "repeat": v["trains"], "period": 10 * MINUTE,
    }]  # fmt: skip


def _field(v: Values) -> list[dict[str, Any]]:
    interval = v["interval"] if "interval" in v else SECOND / v["frequency"]
    return [{"kind": "field", "start": BEGIN, "count": v["pulses"], "interval": interval}]


def _theta(v: Values) -> list[dict[str, Any]]:
    return [{"kind": "theta", "start": BEGIN, "count": v["bursts"], "pulses": v["pulses"]}]


def _pairing(v: Values) -> list[dict[str, Any]]:
    return [{
        "kind": "pairing", "start": BEGIN, "lag": v["pairing_interval"],
        "count": v["count"], "interval": v["period"],
    }]  # fmt: skip


def _dopamine(v: Values) -> list[dict[str, Any]]:
    often = {"repeat": v["trains"], "period": v["period"]}
    return [
        {"kind": "pairing", "start": BEGIN, "lag": 10.0, "count": BURSTS, "interval": 100.0,
         "spikes": SPIKES, "spike_interval": 10.0, **often},
        {"kind": "dopamine", "start": BEGIN + v["delay"], "count": PULSES,
         "interval": SECOND / DOPAMINE_FREQUENCY, "amount": PULSE_AMOUNT, **often},
    ]  # fmt: skip


_ALL = (
    Start(
        name="pairing", title="Pairing", meaning="One pre and one post spike, again and again.",
        source="Bi and Poo 1998.", build=pairing, items=_pairing,
        fields=(time("pairing_interval", "Post after pre by", 10.0, minimum=-500, maximum=500),
                count("count", "Pairings", 60, 5000),
                time("period", "One every", SECOND, minimum=1.0)),
    ),
    Start(
        name="tetanus", title="Tetanus", meaning="Strong trains of field pulses, 10 min apart.",
        source="Frey and Morris 1997.", build=tetanus, items=_tetanus,
        fields=(TRAINS, count("pulses", "Pulses in each", 100, 2000),
                frequency(100.0)),
    ),
    Start(
        name="theta-burst", title="Theta burst", meaning="Bursts at 5 Hz of pulses at 100 Hz.",
        source="Larson and colleagues 1986.", build=theta_burst, items=_theta,
        fields=(count("bursts", "Bursts", 10, 1000), count("pulses", "Pulses in each", 4, 18)),
    ),
    Start(
        name="low-frequency", title="Low frequency", meaning="A long, slow train of pulses.",
        source="Dudek and Bear 1992.", build=low_frequency, items=_field,
        fields=(count("pulses", "Pulses", 900, 10_000),
                frequency(1.0)),
    ),
    Start(
        name="dopamine-delayed", title="Dopamine after pairing",
        meaning="Paired bursts, each followed by dopamine.",
        source="Yagishita and colleagues 2014.", build=dopamine_delayed, items=_dopamine,
        fields=(time("delay", "Dopamine after", 600.0, minimum=-1000.0, maximum=9000.0),
                count("trains", "Trains", 15, 200),
                time("period", "A train every", 10 * SECOND, minimum=2000.0, maximum=1e6)),
    ),
    Start(
        name="test-pulses", title="Test pulses", meaning="An experimenter's pulses, a control.",
        source="", build=field_test_pulses, items=_field,
        fields=(count("pulses", "Pulses", 120, 10_000),
                time("interval", "One every", 30 * SECOND, minimum=10.0, maximum=600_000.0)),
    ),
)  # fmt: skip

STARTS: Mapping[str, Start] = {start.name: start for start in _ALL}
"""The named protocols by name; `rest` has no items and needs no entry."""
