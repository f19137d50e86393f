"""The synapse on coded events: what an operation causes, and the receptor beside the engine."""

from dataclasses import replace

import numpy as np
import pytest

from learner.pipeline.bridge import biology
from learner.pipeline.bridge.code import Code, Spikes, encode, starts_of
from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.mathematics import peak_of_difference
from synapse.plasticity.parameter_sets import preset_values
from tests.learner.test_bridge_code import EVENT

CODE = Code(repetitions=3, most_repetitions=6)
HIPPOCAMPUS = preset_values("hippocampus")


def run(events, code=CODE, values=HIPPOCAMPUS):
    return biology.run(code, [encode(code, e) for e in events], values)


def test_nothing_happens_to_a_synapse_without_spikes():
    quiet = biology.run(CODE, [Spikes()] * 3, HIPPOCAMPUS)
    for step in quiet.steps:
        assert step.early_weight == step.weight == 1.0
        assert step.caused == step.moved == step.late_weight == step.tag == step.gate == 0.0


def test_postsynaptic_spikes_alone_move_nothing():
    silent = run([EVENT._replace(input=0.0)] * 2)
    assert all(step.caused == step.moved == 0.0 for step in silent.steps)
    assert all(step.calcium > 0.2 for step in silent.steps)


def test_a_large_error_leads_the_weight_its_way():
    up, down = (run([EVENT._replace(error=e)]).steps[0] for e in (0.9, -0.9))
    assert up.caused > 0.005
    assert down.caused < -0.005
    assert up.calcium > down.calcium


def test_what_is_caused_is_what_the_weight_comes_to_once_traces_have_ended():
    code = replace(CODE, interval=60 * MINUTE)
    found = run([EVENT._replace(error=0.7), EVENT._replace(error=-0.8, gain=2.0)], code)
    for step in found.steps:
        assert step.moved + step.decayed == pytest.approx(step.caused, rel=0.03)


def test_the_courses_of_operations_follow_each_other():
    found = run([EVENT, EVENT._replace(salient=False), EVENT._replace(error=-0.5)])
    early = [found.rest["early_weight"], *(s.early_weight for s in found.steps)]
    assert [s.moved for s in found.steps] == pytest.approx(np.diff(early).tolist(), abs=1e-12)
    for step in found.steps:
        assert step.least_early <= step.early_weight <= step.largest_early


def test_the_receptor_beside_the_engine_is_the_engines():
    code = replace(CODE, interval=10_000.0)
    coded = [encode(code, EVENT), encode(code, EVENT._replace(error=-0.3, input=2.0))]
    found = biology.run(code, coded, HIPPOCAMPUS)
    simulation = biology.prepare(code, coded, HIPPOCAMPUS, compiled=False)
    second = starts_of(code, 2)[1] + min(coded[1].pre)
    group = simulation.sample(second)
    assert found.steps[1].vesicles == pytest.approx(group.states["vesicle_fraction"][0], rel=1e-9)
    after = simulation.sample(second + 10.0)
    p, s = after.parameters[0], after.states[0]
    norm = 1.0 / peak_of_difference(p["nmda_decay_time"], p["nmda_rise_time"])
    gate = norm * (s["nmda_decay"] - s["nmda_rise"])
    assert 0.0 < gate <= found.steps[1].gate < 1.0


def test_release_is_depleted_where_the_preset_says_so_and_events_are_dense():
    values = preset_values("release-depressing")
    code = Code(pairing_period=200, most_repetitions=40, repetitions=40, interval=8_000)
    dense = biology.run(code, [encode(code, EVENT)] * 2, values)
    sparse = biology.run(CODE, [encode(CODE, EVENT)] * 2, values)
    assert dense.steps[1].vesicles < 0.9
    assert sparse.steps[1].vesicles > 0.99


def test_dopamine_needs_traces_to_act_on():
    strong = replace(CODE, dopamine_amount=5.0)
    alone = run([EVENT._replace(input=0.0, gain=3.0)], strong).steps[0]
    paired = run([EVENT._replace(gain=3.0)], strong).steps[0]
    assert alone.dopamine > 1.0
    assert alone.pka_activity > 0.1
    assert alone.by_dopamine == 0.0
    assert paired.by_dopamine > 0.0


def test_both_back_ends_agree():
    events = [EVENT, EVENT._replace(error=-0.4)]
    coded = [encode(CODE, e) for e in events]
    plain, fast = (biology.run(CODE, coded, HIPPOCAMPUS, compiled=c) for c in (False, True))
    for a, b in zip(plain.steps, fast.steps, strict=True):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-12)


def test_progress_counts_operations():
    seen: list[int] = []
    biology.run(CODE, [Spikes()] * 4, HIPPOCAMPUS, progress=seen.append)
    assert seen == [1, 2, 3, 4]
