"""A block of lanes: one name, one place."""

from collections import Counter

import numpy as np

from synapse.plasticity import layout
from synapse.plasticity.lanes.layout import (
    FIELD,
    FIELDS,
    LANE,
    LANES,
    PARAMETERS_END,
    STATE_END,
    SURROUNDINGS_END,
    as_numbers,
    lane,
)
from synapse.plasticity.processes import switched_off

RECORDS = (
    layout.STATE, layout.NEURON_RECORD, layout.CLEFT_RECORD, layout.ASTROCYTE_RECORD,
    layout.POOL_RECORD, layout.PARAMETER, layout.FACTOR, layout.NEURON_FACTOR,
    layout.CLEFT_FACTOR, layout.ASTROCYTE_FACTOR, layout.POOL_FACTOR,
)  # fmt: skip


def test_no_two_quantities_share_a_place() -> None:
    """Of all records only the two counts of units and pools have one name."""
    names = Counter(name for record in RECORDS for name in record.names or ())
    assert {name for name, count in names.items() if count > 1} == {"synapses", "neurons"}
    assert set(FIELDS) == {*names, "dt"}
    assert len(FIELDS) == len(FIELD)


def test_sections_follow_one_another() -> None:
    assert FIELDS[:STATE_END] == layout.STATE.names
    assert FIELDS[SURROUNDINGS_END:PARAMETERS_END] == layout.PARAMETER.names
    assert FIELDS[-1] == "dt"


def test_a_lane_sees_its_own_column() -> None:
    block = np.zeros((len(FIELDS), LANES))
    for i in range(LANES):
        lane(block, i).dt = 10.0 + i
    assert block[FIELD["dt"]].tolist() == [10.0 + i for i in range(LANES)]
    assert lane(block, 3).dt == 13.0
    assert isinstance(lane(block, 3).dt, float)


def test_the_record_of_compiled_code_has_the_same_places() -> None:
    block = np.arange(len(FIELDS) * LANES, dtype=np.float64).reshape(len(FIELDS), LANES)
    first = block.view(np.uint8).reshape(-1)[: LANE.itemsize].view(LANE)[0]
    for name in FIELDS:
        assert first[name] == block[FIELD[name], 0]


def test_records_are_numbers_in_place() -> None:
    records = layout.at_rest(layout.STATE, 3)
    rows = as_numbers(records)
    rows[1, FIELD["early_weight"]] = 7.0
    assert records["early_weight"].tolist() == [1.0, 7.0, 1.0]


def test_every_process_that_is_switched_off_has_a_twin_of_the_same_arguments() -> None:
    from synapse.plasticity import tick
    from synapse.plasticity.lanes import tick as lanes_tick

    for name, off in switched_off.SWITCHED_OFF.items():
        places = [m for m in (tick, lanes_tick) if hasattr(m, name)]
        assert places, name
        for module in places:
            on = getattr(module, name).__code__
            assert on.co_varnames[: on.co_argcount] == off.__code__.co_varnames[: on.co_argcount]
