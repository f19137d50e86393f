"""The benchmark's own machinery, on tiny sizes and without the peers."""

import json

import numpy as np
import pytest

from benchmarks import performance
from benchmarks.peers import ours, scaling, tools
from benchmarks.peers.full_model import describe, problems, row
from benchmarks.peers.problem import GRID, SYMBOLS, poisson

TINY = {"neurons": 2, "per_neuron": 3}


def test_spikes_lie_on_the_grid_and_repeat():
    problem, again = (poisson(rate=20.0, seconds=1.0, **TINY) for _ in range(2))
    for name, values in problem.spikes.items():
        assert np.array_equal(values, again.spikes[name])
    assert len(problem.spikes["pre_t"]) > 50
    assert not (problem.spikes["pre_t"] % GRID).any()


def test_no_source_spikes_twice_at_once():
    spikes = poisson(rate=500.0, seconds=1.0, **TINY).spikes
    pairs = list(zip(spikes["pre_i"], spikes["pre_t"], strict=True))
    assert len(pairs) == len(set(pairs))


def test_every_parameter_has_a_symbol_of_its_own(tmp_path):
    problem = poisson(rate=1.0, seconds=0.1, **TINY)
    problem.write(tmp_path, dt=0.5)
    written = json.loads((tmp_path / "problem.json").read_text())
    assert len(SYMBOLS) == len({q.name for q in SYMBOLS.values()})
    assert set(SYMBOLS) <= set(written["parameters"])
    assert np.load(tmp_path / "spikes.npz")["neuron_of"].tolist() == [0, 0, 0, 1, 1, 1]


def test_the_mechanism_declares_what_it_is_given():
    source = (tools.HERE / "mechanisms" / "sixstep.mod").read_text()
    script = (tools.HERE / "cable_peers.py").read_text()
    names = source.split("PARAMETER {")[1].split("}")[0].replace("= ", "=").split()
    own = {"U_c", "gain", "m_V_rest", "nu_N", "nu_e", "th_P_n", "th_D_n", "R_1ref", "R_2ref",
           "da_pulse"}  # fmt: skip
    declared = set(names[::2]) if "=" not in names[0] else {n.split("=")[0] for n in names}
    declared -= {"=", ""}
    assert {n for n in declared if not n.lstrip("-").replace(".", "").isdigit()} <= (
        set(SYMBOLS) | own
    )
    assert all(f'"{name}"' in script for name in own - {"da_pulse"})


def test_both_engines_give_every_state_and_agree():
    problem = poisson(rate=20.0, seconds=0.5, **TINY)
    found = {name: engine(problem)[1] for name, engine in ours.engines().items()}
    apart = tools.differences(found["group"], found["population"])
    assert set(apart) >= {"x", "C_N", "e_P", "h", "z", "N_psd", "A", "p", "w"}
    assert apart["h"] < 1e-5
    assert found["group"]["h"].max() > 1.0


def test_protocols_of_strong_change_are_on_the_grid():
    for problem in problems(seconds=0.5, **TINY):
        for name in ("pre_t", "post_t", "da_t"):
            assert not (problem.spikes[name] % GRID).any()


def test_a_part_that_was_run_becomes_text_and_figures(tmp_path):
    problem = poisson(rate=20.0, seconds=0.5, **TINY)
    spent, states = ours.run_group(problem)
    rows = {"group": row([spent], states, states, states, None, problem)}
    rows["brian2 rk4 0.5 ms"] = rows["group"] | {"cpu": 10.0 * spent}
    part = {"problems": {"10 Hz": {**describe(problem, states), "rows": rows}},
            "machine": {"cpu": "A CPU", "cores": 2}}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(part))
    text = performance.write(tmp_path, tmp_path)
    assert "**10 times**" in text
    assert "A CPU, 2 cores" in text
    assert "{" not in text
    assert (tmp_path / "figures" / "performance-accuracy.svg").exists()
    assert performance.NOT_RUN in text


@pytest.mark.parametrize("curve", scaling.CURVES)
def test_curves_begin_small(curve):
    places, make = scaling.CURVES[curve]
    first = make(next(iter(places)))
    assert first.synapses <= 1000
    assert first.duration > 0.0
