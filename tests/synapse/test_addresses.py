"""Views as addresses: what is written is read again, and nothing else is believed."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict

from synapse.models import Synapse
from synapse.services import groups, versions
from synapse.services.addresses import (
    LONGEST,
    AddressError,
    address_of,
    laboratory_address,
    read_address,
    time_text,
)
from synapse.services.parameters import PARAMETERS
from synapse.services.timeline.address import pack
from synapse.services.timeline.drafts import read_draft
from synapse.services.values import set_values


def read(address: str) -> Any:
    return read_address(QueryDict(urlsplit(address).query))


@pytest.mark.usefixtures("presets")
def test_what_is_written_is_read() -> None:
    view = {
        "preset": "striatum-d1",
        "differences": {"release_probability": 0.1 + 0.2, "nmda_decay_time": 50.0},
        "protocol": "pairing", "arguments": {"pairing_interval": -12.5, "count": 30},
        "duration": 90_000.0, "window": (0.0, 2500.0), "seed": 7,
    }  # fmt: skip
    address = address_of(**view)
    assert "protocol=pairing.lag:-12.5,count:30" in address
    assert "duration=1.5min" in address
    found = read(address)
    assert found.preset.name == "striatum-d1"
    assert found.differences == view["differences"]
    assert (found.duration, found.window, found.seed) == (90_000.0, (0.0, 2500.0), 7)
    assert len(found.protocol.events) == 60


@pytest.mark.usefixtures("presets")
def test_nothing_given_is_the_default_preset() -> None:
    view = read("/laboratory/")
    assert (view.preset.name, view.differences, view.protocol) == ("hippocampus", {}, None)


@pytest.mark.usefixtures("presets")
def test_a_whole_protocol_travels_packed() -> None:
    draft = read_draft({"title": "mine", "items": [{"kind": "pre", "start": 100.0, "count": 4}]})
    found = read(address_of(draft=pack(draft)))
    assert found.protocol.title == "mine"
    assert len(found.protocol.events) == 4


def test_the_address_of_a_synapse_makes_another_like_it(synapse: Synapse) -> None:
    set_values(
        synapse=synapse, user=None, expected_versions=versions.current([synapse]),
        values={"Neuron": {"external_calcium": 3.0}, "SpineHead": {"calcium_decay_time": 25.0}},
    )  # fmt: skip
    address = laboratory_address(groups.load_one(synapse.pk))
    assert read(address).values == {
        "Neuron": {"external_calcium": 3.0}, "SpineHead": {"calcium_decay_time": 25.0},
    }  # fmt: skip


def test_a_value_of_the_preset_is_no_difference(synapse: Synapse) -> None:
    assert read("/laboratory/?set=release_probability:0.186").differences == {}


@pytest.mark.usefixtures("presets")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("preset=nope", "There is no preset 'nope'; known are hippocampus"),
        ("set=releas_probability:0.3", "did you mean release_probability?"),
        ("set=vesicle_fraction:0.3", "There is no parameter named 'vesicle_fraction'"),
        ("set=release_probability:2", "release_probability must be at most 0.95; got 2."),
        ("set=release_probability:x", "release_probability must be a number; got x."),
        ("set=release_probability", "release_probability must be a number; got nothing."),
        ("set=recovery_time:1&set=recovery_time:2", "recovery_time is set twice."),
        ("set=reference_calcium:1", "reference_calcium is fixed"),
        ("set=nmda_rise_time:60", "nmda_rise_time must be less than nmda_decay_time"),
        ("protocol=dance", "There is no protocol named 'dance'; known are rest, pairing"),
        ("protocol=pairing.speed:1", "pairing has no 'speed'; it has pairing_interval"),
        ("protocol=rest.lag:1", "rest has no 'lag'; it has none."),
        ("protocol=pairing.count:1000000", "count must be 1 to 5000"),
        ("protocol=pairing.count:1e999", "count must be"),
        ("protocol=pairing&draft=x", "protocol or draft, not both"),
        ("draft=x", "The protocol in the address cannot be read"),
        ("duration=long", "A duration is a number and one of"),
        ("duration=1e999ms", "Duration must be"),
        ("duration=-1s", "Duration must be"),
        ("window=5:1", "Window must be two times"),
        ("window=0", "A duration is a number"),
        ("seed=-1", "Seed must be 0 to"),
        ("seed=99999999999999999", "Seed must be 0 to"),
        ("colour=red", "There is no 'colour' in an address"),
        ("set=" + "x" * LONGEST, "An address may have 4000 characters."),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_said(query: str, sentence: str) -> None:
    with pytest.raises(AddressError) as error:
        read(f"/laboratory/?{query}")
    assert any(sentence in fault for fault in error.value.faults), error.value.faults
    assert all(len(fault) < 400 for fault in error.value.faults)


@pytest.mark.usefixtures("presets")
def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(AddressError) as error:
        read("/laboratory/?preset=a&set=b:1&set=c:2&protocol=d&seed=e")
    assert len(error.value.faults) == 5


def test_too_many_differences_have_no_address() -> None:
    assert address_of(differences=dict.fromkeys(PARAMETERS, 0.123456789)) == ""


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0.0, "0ms"), (0.5, "0.5ms"), (1500.0, "1.5s"), (1_800_000.0, "30min"),
        (1234.5678, "1234.5678ms"),
    ],
)  # fmt: skip
def test_times_are_short_and_exact(ms: float, text: str) -> None:
    assert time_text(ms) == text
