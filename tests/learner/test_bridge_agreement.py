"""How far both agree, against chance; and why they do not, by what happened."""

from typing import Any

import numpy as np
import pytest

from learner.pipeline.bridge import agreement, reasons, statistics
from learner.pipeline.bridge.biology import Biology, Step
from learner.pipeline.bridge.code import Code, encode
from tests.learner.test_bridge_code import EVENT

CODE = Code()
LIMITS = {"early_weight_minimum": 0.2, "early_weight_maximum": 2.83}
STEP = Step(
    calcium=3.0, dopamine=0.02, pka_activity=0.0, early_weight=1.0, late_weight=0.0, weight=1.0,
    tag=0.0, plasticity_proteins=0.0, psd_ampa=20.0, potentiation_trace=0.0,
    depression_trace=0.0, least_early=1.0, largest_early=1.0, vesicles=1.0, gate=0.2, moved=0.0,
    late_moved=0.0, up=0.0, down=0.0, by_dopamine=0.0, decayed=0.0,
)  # fmt: skip


def beside(moments: list[Any], steps: list[Any]) -> dict[str, Any]:
    coded = [encode(CODE, m) for m in moments]
    return agreement.compare(CODE, moments, coded, Biology(steps, {"early_weight": 1.0}, LIMITS, 0))


def random_events(count: int = 60) -> list[Any]:
    errors = np.random.default_rng(1).uniform(0.1, 1.0, count) * np.tile([1, -1], count // 2)
    return [EVENT._replace(error=float(e), moved=float(e)) for e in errors]


def test_a_synapse_that_follows_the_code_agrees_fully_and_not_by_chance():
    moments = random_events()
    steps = [STEP._replace(up=max(0.0, m.error), down=max(0.0, -m.error)) for m in moments]
    found = beside(moments, steps)
    caused = {row["name"]: row for row in found["ladder"]}["caused"]
    assert caused["signs"] == 1.0
    assert caused["ranks"] == pytest.approx(1.0)
    null = found["null"]["shuffled"]
    assert null["signs"].high < 0.75
    assert abs(null["ranks"].mean) < 0.1
    assert null["ranks"].high < 0.4


def test_a_synapse_that_does_as_it_likes_agrees_by_chance_only():
    moments = random_events()
    random = np.random.default_rng(2).normal(size=len(moments))
    found = beside(moments, [STEP._replace(up=float(x)) for x in random])
    caused = {row["name"]: row for row in found["ladder"]}["caused"]
    null = found["null"]["shuffled"]
    assert null["ranks"].low < caused["ranks"] < null["ranks"].high


def test_few_events_give_no_numbers():
    found = beside([EVENT], [STEP._replace(up=0.1)])
    assert found["compared"] == 1
    assert all(row["signs"] is None and row["ranks"] is None for row in found["ladder"])
    assert found["null"]["shuffled"] == {"signs": None, "ranks": None}
    assert [row["correlation"] for row in found["trajectories"]] == [None] * 3


def test_an_event_that_left_the_early_weight_alone_is_not_compared():
    moments = [EVENT._replace(salient=False), EVENT._replace(input=0.0), EVENT._replace(moved=0.0)]
    found = beside(moments, [STEP._replace(up=0.1)] * 3)
    assert found["changed"] == 0
    assert found["quiet"] == {"events": 1, "share": pytest.approx(1 / 3)}


def test_why_the_late_phase_did_not_follow():
    moments = [EVENT._replace(late_moved=x) for x in (0.1, 0.1, 0.1, -0.1, 0.0)]
    tagged = STEP._replace(tag=1.0)
    steps = [
        STEP, tagged, tagged._replace(plasticity_proteins=0.5, late_moved=0.01),
        tagged._replace(plasticity_proteins=0.5, late_moved=0.01), STEP,
    ]  # fmt: skip
    assert beside(moments, steps)["late"] == {
        "changed": 4, "no_tag": 1, "no_proteins": 1, "moved": 2, "same_sign": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "step", "reason"),
    [
        ({"error": 1e-5, "moved": 1e-6}, {}, reasons.UNPAIRED),
        ({"moved": -0.1}, {"down": 0.1, "up": 0.3}, reasons.SCALED),
        ({}, {}, reasons.NO_DETECTOR),
        ({}, {"vesicles": 0.2}, reasons.DEPLETION),
        ({"error": -0.5, "moved": -0.1}, {"down": 0.01, "by_dopamine": 0.1}, reasons.DOPAMINE),
        ({"early": 2.8}, {"early_weight": 2.8, "down": 0.01}, reasons.DEPRESSED),
        ({}, {"up": 0.01, "down": 0.02}, reasons.DEPRESSED),
        ({"error": -0.5, "moved": -0.1}, {"up": 0.02, "down": 0.01}, reasons.POTENTIATED),
    ],
)
def test_each_disagreement_has_the_reason_that_was_made(event, step, reason):
    moment, step = EVENT._replace(**event), STEP._replace(**step)
    whys = reasons.disagreements(
        CODE, [moment], [encode(CODE, moment)],
        Biology([step], {"early_weight": 1.0}, LIMITS, 0),
    )  # fmt: skip
    assert [why.reason for why in whys] == [reason]
    assert reasons.table(whys)[0]["events"] == 1


def test_a_weight_at_its_limit_is_named():
    before = STEP._replace(early_weight=2.82, up=0.1)
    stuck = STEP._replace(down=0.01)
    coded = [encode(CODE, EVENT)] * 2
    found = Biology([before, stuck], {"early_weight": 1.0}, LIMITS, 0)
    whys = reasons.disagreements(CODE, [EVENT] * 2, coded, found)
    assert [(why.place, why.reason) for why in whys] == [(1, reasons.LIMIT)]


def test_an_event_that_agrees_needs_no_reason_but_its_delay_may():
    expressing = STEP._replace(up=0.1, moved=-0.02)
    decaying = STEP._replace(up=0.1, moved=-0.02, decayed=0.05)
    steps = [STEP._replace(up=0.1, moved=0.1), expressing, decaying]
    found = Biology(steps, {"early_weight": 1.0}, LIMITS, 0)
    assert reasons.disagreements(CODE, [EVENT] * 3, [encode(CODE, EVENT)] * 3, found) == []
    assert reasons.delays([EVENT] * 3, found) == {"decay": 1, "earlier": 1}


def test_ranks_are_shared_by_equal_values():
    assert statistics.ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1.0, 3.5, 2.0]
    a = np.array([1.0, 2.0, 3.0, 4.0])
    assert statistics.rank_correlation(a, np.exp(a)) == pytest.approx(1.0)
    assert statistics.rank_correlation(a, np.ones(4)) is None
    assert statistics.affine(a, 2.0 * a - 1.0) == pytest.approx((2.0, -1.0))


def test_slow_courses_correlate_by_chance_and_the_shifts_say_so():
    random = np.random.default_rng(0)
    a, b = (np.cumsum(random.normal(size=200)) for _ in range(2))
    assert statistics.rarer_than_shifts(a, a) == 0.0
    share = statistics.rarer_than_shifts(a, b)
    assert share is not None
    assert share > 0.02
