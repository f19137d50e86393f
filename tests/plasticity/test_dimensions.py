"""Every equation has the right dimensions: the steps run on quantities with units.

The records carry the units of the declarations. Whatever a step assigns to a field must
convert to the unit of that field, and to the same number as without units (so that no
factor of 1000 hides); ``exp`` and ``log`` accept nothing but pure numbers.
"""

import inspect
import math
from typing import Any

import pint
import pytest

from synapse.plasticity import mathematics
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.layout import DEFAULTS
from synapse.plasticity.processes import (
    acetylcholine,
    gliotransmission,
    sliding_thresholds,
    structural_plasticity,
    vesicle_release,
)
from synapse.plasticity.steps import (
    step1_calcium_influx as step1,
)
from synapse.plasticity.steps import (
    step2_neuromodulation as step2,
)
from synapse.plasticity.steps import (
    step3_weight_update as step3,
)
from synapse.plasticity.steps import (
    step4_ampa_trafficking as step4,
)
from synapse.plasticity.steps import (
    step5_homeostasis as step5,
)
from synapse.plasticity.steps import (
    step6_consolidation as step6,
)

STEPS = (
    step1,
    step2,
    step3,
    step4,
    step5,
    step6,
    vesicle_release,
    sliding_thresholds,
    gliotransmission,
    acetylcholine,
    structural_plasticity,
)

units: Any = pint.UnitRegistry()
units.define("receptor = [receptor]")
NAMES = {"uM": "micromolar", "mM": "millimolar", "count": "receptor", "Hz": "1/second", "1": ""}
units.define("micromolar = 1e-3 millimolar")
units.define("millimolar = [concentration]")

UNITS = {q.name: q.unit for c in COMPONENTS for q in c} | {
    # Constants, factors and scratch fields, which no declaration covers.
    "bap_mid": "mV", "dopamine_mid": "uM", "integral": "ms", "integral_half": "ms",
    "contribution": "Hz", "acetylcholine_mid": "uM",
    "time": "ms", "last_spike": "ms",
}  # fmt: skip
PURE = {
    name
    for step in STEPS
    for kind in ("CONSTANTS", "FACTORS", "NEURON_FACTORS", "CLEFT_FACTORS", "SCRATCH")
    for name in getattr(step, kind, ())
    if name not in UNITS
}


def unit_of(name: str) -> Any:
    """Return the unit of a field, as pint has it."""
    if name in PURE:
        return units.dimensionless
    text = UNITS[name]
    for short, long in NAMES.items():
        if text == short or text.startswith(f"{short}/"):
            text = text.replace(short, long or "dimensionless", 1)
    return units.parse_units(text)


def with_unit(value: float, name: str) -> Any:
    """Return a number with the unit of a field; a pure number stays a float."""
    unit = unit_of(name)
    return value if unit.dimensionless else units.Quantity(value, unit)


class Checked:
    """A record whose fields have units: what is assigned must have the field's."""

    def __init__(self, **values: float) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, with_unit(value, name))

    def __getattr__(self, name: str) -> Any:
        if name in DEFAULTS:
            object.__setattr__(self, name, with_unit(DEFAULTS[name], name))
            return self.__dict__[name]
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        unit = unit_of(name)
        if unit.dimensionless:
            object.__setattr__(self, name, pure(value))
        else:
            # Nothing is nothing in any unit; every other number needs its own.
            bare_unit = unit if isinstance(value, float) and value == 0.0 else ""
            quantity = (
                value if isinstance(value, units.Quantity) else units.Quantity(value, bare_unit)
            )
            object.__setattr__(self, name, quantity.to(unit))


def pure(value: Any) -> float:
    """Return a pure number; refuse anything that has a unit."""
    if isinstance(value, units.Quantity):
        return float(value.to(units.dimensionless).magnitude)
    return float(value)


@pytest.fixture(autouse=True)
def called(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Make exp and log strict, give literals their units, and note which functions ran."""
    ran: set[str] = set()
    strict = {name: strictly(getattr(math, name)) for name in ("exp", "log", "expm1")}
    for module in (*STEPS, mathematics):
        for name, function in vars(module).copy().items():
            if name in strict:
                monkeypatch.setattr(module, name, strict[name])
            elif inspect.isfunction(function) and function.__module__ == module.__name__:
                monkeypatch.setattr(module, name, noted(function, ran))
    for module in STEPS:  # names imported from elsewhere: the noted ones
        for name, function in vars(module).copy().items():
            home = inspect.getmodule(function) if inspect.isfunction(function) else None
            if home in (*STEPS, mathematics) and home is not module:
                monkeypatch.setattr(module, name, getattr(home, name))
    for module in (step5, sliding_thresholds):
        monkeypatch.setattr(module, "SECOND", units.Quantity(1000.0, "ms/s"))
    monkeypatch.setattr(structural_plasticity, "SHORTEST_WAIT", units.Quantity(1.0, "ms"))
    monkeypatch.setattr(structural_plasticity, "inf", units.Quantity(math.inf, "ms"))
    return ran


def strictly(function: Any) -> Any:
    return lambda x: function(pure(x))


def noted(function: Any, ran: set[str]) -> Any:
    def wrapper(*arguments: Any) -> Any:
        ran.add(f"{function.__module__.rsplit('.', 1)[1]}.{function.__name__}")
        return function(*arguments)

    wrapper.__module__ = function.__module__
    return wrapper


DT = units.Quantity(0.5, "ms")
RATE = units.Quantity(1e-6, "1/ms")


def synapse() -> tuple[Checked, Checked, Checked, Checked]:
    """Return state, parameters, factors and neuron of a synapse in the middle of a pairing."""
    s = Checked(
        utilisation=0.1, vesicle_fraction=0.8, released_fraction=0.15, release_memory=0.2,
        release_given=0.3, glutamate_gate=0.8, nmda_decay=0.4, nmda_rise=0.1, epsp_decay=8.0,
        epsp_rise=2.0, calcium_nmda=2.0, calcium_vgcc=1.0, potentiation_sensor=3.0,
        depression_sensor=2.0, pka_activity=0.2, labile_potentiation=0.1,
        potentiation_trace=0.01, depression_trace=0.02, early_weight=1.3, late_weight=0.1,
    )  # fmt: skip
    n = Checked(bap_fast=30.0, bap_slow=3.0, bap_mid=30.0)
    p = Checked()
    step1.prepare_constants(p, n)
    step2.prepare_constants(p, Checked())
    k = Checked()
    for step in (step1, step2, step3, step4):
        step.prepare_decay(k, p, DT)
    step1.prepare_midpoint(k, p, DT)
    return s, p, k, n


def calcium(s: Any, p: Any, k: Any, n: Any) -> Any:
    """Run step 1: spikes, action potential, influx and decay; return the drives."""
    for sites in (3.0, 0.0):
        p.release_sites = sites
        release = step1.pre_spike(s, p, n, 4.9, 1.2, (0.9, 1.1))
        pure(release)
    step1.post_spike(n)
    n.metaplasticity_gain = 0.3
    sliding_thresholds.note_firing(n)
    sliding_thresholds.slide_thresholds(n, DT)
    n.metaplasticity_gain = 0.0
    sliding_thresholds.slide_thresholds(n, DT)
    j = Checked()
    step1.prepare_neuron(j, n, DT)
    step1.backpropagate(n, j)
    drives = step1.calcium_influx(s, p, k, n, 1.1)
    step1.release_and_gates_decay(s, k)
    step1.calcium_decay(s, k)
    step1.total_calcium(s, p).to("micromolar")
    return [pure(drive) for drive in drives]


def dopamine(s: Any, p: Any, k: Any) -> Any:
    """Run step 2; return the effect of PKA and the muscarinic gates."""
    cleft, j = Checked(), Checked()
    step2.prepare_cleft(j, cleft, DT)
    step2.dopamine_pulse(cleft, units.Quantity(0.5, "micromolar"))
    step2.diffuse(cleft, j)
    pure(step2.d1_occupancy(cleft.dopamine, p))
    acetylcholine.acetylcholine_pulse(cleft, units.Quantity(0.5, "micromolar"))
    acetylcholine.diffuse_acetylcholine(cleft, DT)
    for gain in (2.0, 0.0):
        p.acetylcholine_depression_gain = gain
        assert acetylcholine.is_cholinergic(p) == (gain > 0.0)
        gates = [pure(gate) for gate in acetylcholine.muscarinic_gates(p, cleft)]
    return pure(step2.modulate(s, p, k, cleft)), gates


def weight(s: Any, p: Any, k: Any, drives: Any, gates: Any) -> None:
    """Run steps 3 and 4, with and without a drug that blocks the traffic."""
    rate, bend = step3.update_weight(s, p, k, drives, *gates, DT)
    pure(bend)
    assert rate.check("1/[time]")
    for block in (1.0, 0.3):
        p.exocytosis = block
        target = pure(step4.target_weight(1.1, s, p))
        step4.traffic(s, p, k, target, bend, 1.01 * target, rate, DT)
    pure(step4.committed_weight(s, p))


def structure(s: Any, p: Any) -> None:
    """Run structural plasticity: on its way, lost, and formed again."""
    start = s.psd_ampa
    structural_plasticity.remodel(s, p, start, DT)
    p.elimination_volume = 0.99
    s.spine_volume, s.structure_clock = 0.5, units.Quantity(1e12, "ms")
    structural_plasticity.longest_leap(s, p, 0.1).to("ms")
    structural_plasticity.remodel(s, p, start, DT)
    assert not structural_plasticity.is_present(s)
    structural_plasticity.longest_leap(s, p, 0.1).to("ms")
    s.structure_clock = units.Quantity(1e12, "ms")
    structural_plasticity.remodel(s, p, start, DT)
    assert structural_plasticity.is_present(s)
    p.elimination_volume = 0.0


def homeostasis() -> None:
    """Run step 5 for a unit of one neuron and one of two."""
    for neurons in (1.0, 2.0):
        unit = Checked(activity=1.2, released=0.0, spikes=0.0, synapses=2.0, neurons=neurons,
                       contribution=0.0)  # fmt: skip
        j = Checked()
        step5.prepare_constants(unit)
        step5.prepare_astrocyte(j, unit, DT)
        step5.note_release(unit, 0.7)
        step5.note_spike(unit)
        step5.absorb_events(unit)
        unit.d_serine_dependence, unit.adenosine_inhibition = 0.5, 0.3
        gliotransmission.transmit(unit, DT)
        for factor in gliotransmission.effects_now(unit):
            pure(factor)
        step5.scale(unit, j, DT)


def consolidation(s: Any, p: Any) -> None:
    """Run step 6."""
    pool, j = Checked(plasticity_proteins=0.2, synapses=2.0, neurons=1.0), Checked()
    step6.prepare_pool(j, pool, DT)
    step6.clear_drive(pool)
    for _ in range(3):
        step6.add_drive(pool, s, p)
    step6.set_gate(pool)
    step6.synthesise(pool, j, DT)
    step6.capture(s, p, pool, step6.compute_tag(s.early_weight, p))


def tick() -> None:
    s, p, k, n = synapse()
    drives = calcium(s, p, k, n)
    weight(s, p, k, drives, dopamine(s, p, k))
    homeostasis()
    consolidation(s, p)
    structure(s, p)


def test_every_function_of_the_steps_has_its_dimensions(called: set[str]) -> None:
    tick()
    every = {
        f"{step.__name__.rsplit('.', 1)[1]}.{name}"
        for step in STEPS
        for name, function in vars(step).items()
        if callable(function) and getattr(function, "__module__", "") == step.__name__
    }
    assert every
    assert every - called == set()


def test_units_change_no_number() -> None:
    """The same functions without units give the same numbers: no factor of 1000 is hidden."""
    s, p, k, n = synapse()
    drives = calcium(s, p, k, n)
    weight(s, p, k, drives, dopamine(s, p, k))
    bare_s, bare_p, bare_k, bare_n = (bare(record) for record in synapse())
    bare_drives = bare_tick_one(bare_s, bare_p, bare_k, bare_n)
    assert bare_drives == pytest.approx(drives, rel=1e-12)
    for name in ("calcium_nmda", "epsp_decay", "potentiation_sensor", "glutamate_gate"):
        value = getattr(s, name)
        magnitude = value.magnitude if hasattr(value, "magnitude") else value
        assert getattr(bare_s, name) == pytest.approx(magnitude, rel=1e-12), name


class Bare:
    """A record without units."""


def bare(record: Checked) -> Any:
    twin: Any = Bare()
    for name, value in record.__dict__.items():
        setattr(twin, name, value.magnitude if hasattr(value, "magnitude") else value)
    for name, value in DEFAULTS.items():
        if not hasattr(twin, name):
            setattr(twin, name, value)
    return twin


def bare_tick_one(s: Any, p: Any, k: Any, n: Any) -> Any:
    for sites in (3.0, 0.0):
        p.release_sites = sites
        step1.pre_spike(s, p, n, 4.9, 1.2, (0.9, 1.1))
    step1.post_spike(n)
    sliding_thresholds.slide_thresholds(n, 0.5)
    j: Any = Bare()
    step1.prepare_neuron(j, n, 0.5)
    step1.backpropagate(n, j)
    drives = step1.calcium_influx(s, p, k, n, 1.1)
    step1.release_and_gates_decay(s, k)
    step1.calcium_decay(s, k)
    return list(drives)


def test_activity_of_a_spike_is_in_hertz() -> None:
    """Half a spike over 6 h is 0.5 / 21600 s: the factor of 1000 between ms and s."""
    unit = Checked(activity=0.0, released=0.0, spikes=0.0, synapses=1.0, neurons=1.0)
    step5.note_spike(unit)
    step5.absorb_events(unit)
    assert unit.activity.to("1/s").magnitude == pytest.approx(0.5 / 21600.0, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("nmda_decay_time", "mV"),
        ("vgcc_half_activation", "ms"),
        ("depression_threshold", "millivolt"),
        ("calcium_decay_time", "1/ms"),
        ("potentiation_rate", "millimolar"),
        ("expression_half_rate", "ms"),
        ("baseline_ampa", "micromolar"),
        ("nmda_influx_rate", "micromolar"),
        ("capture_time", "1/ms"),
        ("magnesium_block_slope", "mV"),
    ],
)
def test_a_wrong_unit_is_caught(name: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: any of these would pass if the check were asleep."""
    real = unit_of(name)
    monkeypatch.setitem(UNITS, name, wrong)
    assert unit_of(name) != real
    with pytest.raises((pint.DimensionalityError, ValueError)):  # ValueError: a comparison
        tick()


def test_a_factor_of_a_thousand_is_caught() -> None:
    """Assigning mM where the declaration says uM converts, so the number changes."""
    record = Checked()
    record.calcium_nmda = units.Quantity(1.0, "millimolar")
    assert record.calcium_nmda.magnitude == pytest.approx(1000.0)


def test_every_field_of_the_records_has_a_unit() -> None:
    from synapse.plasticity import layout

    for dtype in (layout.STATE, layout.PARAMETER, layout.FACTOR, *layout.SHARED_RECORDS.values()):
        for name in dtype.names or ():
            assert unit_of(name) is not None, name
