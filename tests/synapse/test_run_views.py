"""The address of a run opens a view of what it ran with."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict

from synapse.models import Synapse
from synapse.plasticity.bounds import SECOND
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Event, Protocol
from synapse.services import runs, versions
from synapse.services.addresses import View, read_address
from synapse.services.run_views import address_of_run
from synapse.services.values import set_values


def read(address: str) -> View:
    return read_address(QueryDict(urlsplit(address).query))


def test_a_named_protocol_and_the_parameters_of_then(neighbours: list[Synapse]) -> None:
    synapse = neighbours[1]
    for value in (0.3, 0.4):
        set_values(
            synapse=synapse, user=None, expected_versions=versions.current([synapse]),
            values={
                "SynapticCleft": {"release_probability": value}, "Neuron": {"resting_rate": 2.0}
            },
        )  # fmt: skip
        if value == 0.3:
            run = runs.execute(
                synapse=synapse, protocol=PROTOCOLS["pairing"](), duration_ms=2 * SECOND, seed=3
            )
    view = read(address_of_run(run, window=(0.0, 500.0)))
    assert view.differences == {"release_probability": 0.3, "resting_rate": 2.0}
    assert view.protocol == PROTOCOLS["pairing"]()
    assert (view.duration, view.window, view.seed) == (2 * SECOND, (0.0, 500.0), 3)


@pytest.mark.parametrize(
    "protocol",
    [
        pairing(pairing_interval=-12.5, count=3),
        Protocol(
            name="by-hand", title="By hand", meaning="", bath={"external_calcium": 1.3},
            events=(
                Event(time=0.0, kind="drug", name="apv"),
                Event(time=5.0, kind="dopamine", value=0.3),
                Event(time=9.0, kind="bath", name="external_magnesium", value=0.1),
                Event(time=10.0, kind="pre"),
            ),
        ),
    ],
)  # fmt: skip
def test_any_other_protocol_travels_packed(protocol: Protocol, synapse: Synapse) -> None:
    run = runs.execute(synapse=synapse, protocol=protocol, duration_ms=SECOND)
    found = read(address_of_run(run)).protocol
    assert found is not None
    assert sorted(found.events, key=repr) == sorted(protocol.events, key=repr)
    assert (dict(found.bath), found.title) == (dict(protocol.bath), protocol.title)


def test_a_repeated_protocol_or_a_poor_record_has_no_address(synapse: Synapse) -> None:
    short = replace(pairing(count=1), duration=0.0)
    run = runs.execute(synapse=synapse, protocol=short, duration_ms=200.0, repeat=2)
    assert address_of_run(run) == ""
    run.protocol, run.start_state = {}, {}
    assert address_of_run(run) == ""
