"""What a view shows, as an address that opens for another reader.

``/laboratory/?preset=hippocampus&set=release_probability:0.3&protocol=pairing.lag:10,count:30
&duration=30min&window=0:2min``: a preset, the parameters that differ from it, a named protocol
with what was chosen of it (or ``draft=``, a whole one packed), how long to simulate, and the
window of time to look at. An address is read with as much distrust as any upload.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from synapse.models import Preset, Synapse
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.stimulus import Protocol
from synapse.services.durations import UNITS, parse_duration
from synapse.services.parameters import (
    PARAMETERS,
    Numbers,
    differences,
    read_number,
    typed,
)
from synapse.services.presets import find_preset, rest_values
from synapse.services.simulator import check_duration
from synapse.services.timeline.address import unpack
from synapse.services.timeline.drafts import Draft
from synapse.services.timeline.fields import shown
from synapse.services.timeline.items import TimelineError
from synapse.services.timeline.named import STARTS
from synapse.services.values import InvalidValues, check_order, checked

DEFAULT_PRESET = "hippocampus"
LONGEST = 4000
"""Characters of an address: what servers and mail programs pass on."""
LATEST = 1e11
SHORT = {"lag": "pairing_interval"}
"""Names of a protocol's parameters that are shorter in an address."""
LARGEST_SEED = 2**32 - 1
KEYS = ("preset", "set", "protocol", "draft", "duration", "window", "seed")


class AddressError(ValueError):
    """An address that cannot be opened: ``faults`` has a sentence for each reason."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(f if f.endswith(("?", ".")) else f"{f}." for f in faults)
        super().__init__(" ".join(self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What an address means; times in ms."""

    preset: Preset
    values: Numbers = field(default_factory=dict)
    protocol_name: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    protocol: Protocol | None = None
    duration: float | None = None
    window: tuple[float, float] | None = None
    seed: int | None = None

    @property
    def differences(self) -> dict[str, float]:
        """The values that differ from the preset, by name."""
        return {name: v for part in self.values.values() for name, v in part.items()}

    @property
    def length(self) -> float:
        """How long to simulate, ms; 0 without a protocol."""
        if self.duration is not None:
            return self.duration
        return max(1000.0, self.protocol.duration) if self.protocol else 0.0


# --- write -----------------------------------------------------------------------------


def address_of(
    *,
    preset: str = DEFAULT_PRESET,
    differences: Mapping[str, float] | None = None,
    protocol: str = "",
    arguments: Mapping[str, Any] | None = None,
    draft: str = "",
    duration: float | None = None,
    window: tuple[float, float] | None = None,
    seed: int | None = None,
) -> str:
    """Return the address of a view, or nothing where it would be too long.

    Parameters
    ----------
    preset, differences
        Where the synapse starts from, and the parameters that differ, by name.
    protocol, arguments
        A named protocol, and what was chosen of it.
    draft
        Instead: a protocol from the timeline, as ``timeline.address.pack`` gives it.
    duration, window
        How long to simulate, and from when to when to look, ms.
    """
    pairs = [("preset", preset)]
    pairs += [("set", f"{name}:{typed(value)}") for name, value in (differences or {}).items()]
    if protocol:
        short = {long: name for name, long in SHORT.items()}
        chosen = [f"{short.get(k, k)}:{_text(v)}" for k, v in (arguments or {}).items()]
        pairs.append(("protocol", f"{protocol}.{','.join(chosen)}" if chosen else protocol))
    if draft:
        pairs.append(("draft", draft))
    if duration is not None:
        pairs.append(("duration", time_text(duration)))
    if window is not None:
        pairs.append(("window", ":".join(time_text(time) for time in window)))
    if seed is not None:
        pairs.append(("seed", str(seed)))
    address = f"{reverse('synapse:laboratory')}?{urlencode(pairs, safe=':,')}"
    return address if len(address) <= LONGEST else ""


def laboratory_address(synapse: Synapse, **view: Any) -> str:
    """Return the address of a synapse that was loaded with its components and preset.

    ``view`` is what else ``address_of`` takes. The address holds parameters, no state.
    """
    preset = synapse.preset.name if synapse.preset else DEFAULT_PRESET
    return address_of(preset=preset, differences=differences(synapse), **view)


def time_text(ms: float) -> str:
    """Return a time in the largest unit that writes it exactly and shortly."""
    for unit, size in sorted(UNITS.items(), key=lambda pair: -pair[1]):
        text = typed(ms / size)
        if abs(ms) >= size and float(text) * size == ms and len(text) < 8:
            return f"{text}{unit}"
    return f"{typed(ms)}ms"


def _text(value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return typed(value) if number else str(value)


# --- read ------------------------------------------------------------------------------


def read_address(query: Any) -> View:
    """Return the view that a query (as ``request.GET``) means.

    Raises ``AddressError`` that names everything that cannot be opened.
    """
    faults: list[str] = []
    if len(query.urlencode()) > LONGEST:
        raise AddressError([f"An address may have {LONGEST} characters"])
    faults += [f"There is no {shown(key)} in an address; it has {', '.join(KEYS)}"
               for key in query if key not in KEYS][:3]  # fmt: skip
    preset = _taken(faults, find_preset, query.get("preset") or DEFAULT_PRESET)
    values = _values(query.getlist("set"), preset, faults)
    name, arguments, protocol = _protocol(query, faults)
    duration = _taken(faults, _duration, query.get("duration"))
    window = _taken(faults, _window, query.get("window"))
    seed = _taken(faults, _seed, query.get("seed"))
    if faults or preset is None:
        raise AddressError(faults)
    return View(
        preset=preset, values=values, protocol_name=name, arguments=arguments, protocol=protocol,
        duration=duration, window=window, seed=seed,
    )  # fmt: skip


def _taken(faults: list[str], read: Any, text: str | None) -> Any:
    """Return what was read; None where nothing was given, or with a fault more."""
    if not text:
        return None
    try:
        return read(text)
    except ValueError as error:
        sentence = str(error).rstrip(".")
        faults.append(sentence[:1].upper() + sentence[1:])
        return None


def _values(pairs: Sequence[str], preset: Preset | None, faults: list[str]) -> Numbers:
    """Return the values that differ from the preset; those that do not are left out."""
    given: dict[str, float] = {}
    for pair in pairs:
        name, _, text = pair.partition(":")
        try:
            if name in given:
                raise ValueError(f"{name} is set twice")
            given[name] = _value(name, text)
        except ValueError as error:
            faults.append(str(error))
    if preset is None or faults:
        return {}
    rest = rest_values(preset)
    values: Numbers = {}
    for name, number in given.items():
        component = PARAMETERS[name][0].name
        if rest[component][name] != number:
            values.setdefault(component, {})[name] = number
    try:
        check_order({n: SimpleNamespace(**part | values.get(n, {})) for n, part in rest.items()})
    except InvalidValues as error:
        faults += error.errors.values()
    return values


def _value(name: str, text: str) -> float:
    if name not in PARAMETERS:
        close = get_close_matches(name[:40], PARAMETERS, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"There is no parameter named {shown(name)}{hint}")
    component = PARAMETERS[name][0].name
    return checked({component: {name: read_number(name, text)}})[component][name]


def _protocol(query: Any, faults: list[str]) -> tuple[str, dict[str, str], Protocol | None]:
    text, packed = query.get("protocol", ""), query.get("draft", "")
    try:
        if text and packed:
            raise ValueError("An address has protocol or draft, not both")
        if packed:
            draft = unpack(packed)
            return "", {}, draft.protocol()
        if not text:
            return "", {}, None
        name, arguments = _read_protocol(text)
        return name, arguments, _built(name, arguments)
    except TimelineError as error:
        faults += [str(fault) for fault in error.faults[:5]]
    except ValueError as error:
        faults.append(str(error))
    return "", {}, None


def _read_protocol(text: str) -> tuple[str, dict[str, str]]:
    name, _, rest = text.partition(".")
    if name not in PROTOCOLS:
        known = ", ".join(PROTOCOLS)
        raise ValueError(f"There is no protocol named {shown(name)}; known are {known}")
    arguments: dict[str, str] = {}
    fields = [f.name for f in STARTS[name].fields] if name in STARTS else []
    for pair in filter(None, rest.split(",")):
        given, _, value = pair.partition(":")
        long = SHORT.get(given, given)
        if long not in fields:
            known = ", ".join(fields) or "none"
            raise ValueError(f"{name} has no {shown(given)}; it has {known}")
        arguments[long] = value
    return name, arguments


def _built(name: str, arguments: Mapping[str, str]) -> Protocol:
    if not arguments:
        return PROTOCOLS[name]()
    draft: Draft = STARTS[name].draft(arguments)
    return draft.protocol(name)


def _duration(text: str) -> float:
    duration = _time("duration", text)
    check_duration("duration", duration)
    return duration


def _window(text: str) -> tuple[float, float]:
    start, _, end = text.partition(":")
    window = (_time("window", start), _time("window", end))
    if not 0.0 <= window[0] < window[1] <= LATEST:
        raise ValueError(f"window must be two times, the first less than the second; got {text}")
    return window


def _time(name: str, text: str) -> float:
    if len(text) > 40:
        raise ValueError(f"{name} must be a time such as 30min; got {shown(text)}")
    return parse_duration(text)


def _seed(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= 10
    if not digits or int(text) > LARGEST_SEED:
        raise ValueError(f"seed must be 0 to {LARGEST_SEED}; got {shown(text)}")
    return int(text)
