"""The drawings of a learner's pages, from numbers that are made up."""

import re

import numpy as np
import pytest
from django.template.loader import render_to_string

from learner.rendering.charts import FULL, NARROW, Mark, axis_unit, draw_events, pieces
from learner.rendering.curves import Curves, accuracy_chart, drive_chart, heads_chart
from learner.rendering.explained import MOST_BARS, MOST_ROWS, explained, signed
from learner.rendering.facts import facts
from learner.rendering.pairing import STAGES, learner_values, pairing
from learner.services.lineage import count, holds, in_effect, without
from learner.services.measures_series import Beside, Summary
from synapse.rendering.charts import PanelData, Series


def curves(n: int = 50, *, classifies: bool = True, pathways: int = 2, last: int = 5000) -> Curves:
    """Return measures that rise, with a baseline that begins late."""
    rising = np.linspace(0.5, 0.9, n)
    late = np.where(np.arange(n) < n // 2, np.nan, 0.6)
    return Curves(
        classifies=classifies, width=100, events=np.linspace(last / n, last, n).round(),
        scores={"learner": rising, "always": rising - 0.05, "frozen": late, "majority": 1 - rising},
        updates=rising / 5, budget=0.2, surprise=1 - rising, threshold=rising, gate=1 + rising,
        arousal=np.zeros(n), reliability=np.full((n, 3 * pathways), 1 / (3 * pathways)),
    )  # fmt: skip


def numbers_in(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?\d+\.?\d*", text)]


@pytest.mark.parametrize("n", [1, 2, 50, 400])
@pytest.mark.parametrize("classifies", [True, False])
def test_every_line_lies_in_its_frame(n: int, classifies: bool) -> None:
    data = curves(n, classifies=classifies)
    for chart in (accuracy_chart(data, []), drive_chart(data, []), heads_chart(data, [])):
        for drawing in chart.drawings:
            for panel in drawing.panels:
                assert panel.lines
                for line in panel.lines:
                    places = numbers_in(line.points)
                    assert all(drawing.frame.left <= x <= drawing.frame.right for x in places[::2])
                    assert all(panel.top <= y <= panel.bottom for y in places[1::2])


def test_a_baseline_that_began_late_is_drawn_from_there_on() -> None:
    wide, _ = accuracy_chart(curves(50), []).drawings
    frozen = next(line for line in wide.panels[0].lines if line.css == "d-base dot")
    first = numbers_in(frozen.points)[0]
    assert first == pytest.approx(FULL.left + (FULL.right - FULL.left) * 26 / 50, abs=1)


def test_a_line_is_broken_where_it_has_no_value() -> None:
    values = np.array([np.nan, 1.0, 2.0, np.nan, np.nan, 3.0, np.nan])
    events = np.arange(7.0)
    line = Series(time=events, values=values, css="x", name="x", label="here")
    found = pieces(events, values, line)
    assert [list(piece.time) for piece in found] == [[1.0, 2.0], [5.0]]
    assert [piece.label for piece in found] == ["", "here"]
    assert pieces(events, np.full(7, np.nan), line) == ()


def test_a_long_life_is_drawn_with_few_points() -> None:
    data = curves(10_000, last=1_000_000)
    html = render_to_string(
        "learner/partials/events_chart.html", {"chart": accuracy_chart(data, [])}
    )
    assert len(html) < 60_000
    wide, narrow = accuracy_chart(data, []).drawings
    assert len(narrow.panels[0].lines[-1].points.split()) <= NARROW.points
    assert wide.title == "events (thousands)"
    assert wide.panels[0].lines[-1].points.split()[-1].startswith(f"{FULL.right},")


@pytest.mark.parametrize(
    ("last", "unit"), [(50, "events"), (20_000, "events (thousands)"), (3e6, "events (millions)")]
)
def test_the_axis_counts_in_a_unit_that_is_read_easily(last: float, unit: str) -> None:
    assert axis_unit(int(last))[1] == unit


def test_drifts_are_marked_and_named_where_there_is_room() -> None:
    panel = PanelData(title="t", finding="f", series=accuracy_series())
    marks = [Mark(i * 10, f"drift {i + 1}") for i in range(100)]
    wide, narrow = draw_events([panel], 1000, marks=marks)
    assert len(wide.marks) == len(narrow.marks) == 60
    texts = [mark for mark in wide.marks if mark.text]
    assert 1 < len(texts) < 25
    gaps = [b.x - a.x for a, b in zip(texts, texts[1:], strict=False)]
    assert min(gaps) >= 52


def accuracy_series() -> tuple[Series, ...]:
    line = np.linspace(0.0, 1.0, 10)
    return (Series(time=np.linspace(0, 1000, 10), values=line, css="d-model", name="x"),)


def test_findings_say_what_the_lines_show() -> None:
    finding = accuracy_chart(curves(), [Mark(100, "drift 1")]).findings[0]
    assert "this learner 90.0 %" in finding
    assert "frozen 60.0 %" in finding
    assert "worst at event 100, 50.0 %" in finding
    errors = accuracy_chart(curves(classifies=False), []).findings[0]
    assert "mean of the labels 0.1" in errors
    assert "worst at event 5\u202f000, 0.9" in errors
    drive = drive_chart(curves(), []).findings
    assert drive[2].endswith("The budget is 0.2.")
    heads = heads_chart(curves(pathways=1), []).findings[0]
    assert heads == (
        "At the end the heads weigh late, features 33 %, tagged, features 33 %, early, features "
        "33 %."
    )


def test_the_table_holds_the_last_point_and_not_too_many() -> None:
    chart = accuracy_chart(curves(400), [])
    assert len(chart.rows) == 40
    assert chart.rows[-1][0] == "5\u202f000"
    assert len(chart.rows[0]) == len(chart.head)
    assert chart.rows[0][3] == "none"


def test_many_heads_are_drawn_up_to_four_pathways() -> None:
    chart = heads_chart(curves(pathways=9), [])
    assert len(chart.drawings[0].panels) == 4
    assert len(chart.head) == 13


# --- explanations, facts, pairing --------------------------------------------------------


def head(reliability: float = 0.5, **given: float) -> dict[str, object]:
    return {
        "reliability": reliability, "output": 0.7, "score": sum(given.values()) + 0.1,
        "bias": 0.1, "contributions": given,
    }  # fmt: skip


def test_the_bars_of_a_head_add_up_to_its_score() -> None:
    given = {f"f{i}": (-1) ** i * (i + 1) / 10 for i in range(30)}
    told = explained({"early": head(**given), "late": head(0.2, f1=2.0)}, classifies=True)
    assert [view.name for view in told.heads] == ["early", "late"]
    first = told.heads[0]
    assert len(first.bars) == MOST_BARS + 1
    assert first.bars[-1].name == "25 others"
    total = sum(float(bar.text.replace("\u2212", "-")) for bar in first.bars)
    assert total == pytest.approx(float(first.score.replace("\u2212", "-")), abs=0.01)
    assert all(bar.x >= 100 and bar.x + bar.width <= 270 for bar in first.bars)
    assert len(told.rows) == MOST_ROWS + 1
    assert told.more == 10


def test_signs_are_printed_as_signs() -> None:
    assert signed(0.5) == "+0.500"
    assert signed(-0.5) == "\u22120.500"
    assert signed(0.0) == "0.000"
    assert signed(-1e-9) == "0.000"


def summary(**changes: object) -> Summary:
    given = {
        "events": 20_000, "score": 0.915, "kappa": None, "kappa_temporal": None, "r2": None,
        "beside": {
            "no_change": Beside(events=20_000, score=0.506, learner=0.915),
            "majority": Beside(events=20_000, score=0.495, learner=0.915),
            "always": Beside(events=20_000, score=0.911, learner=0.915),
            "frozen": Beside(events=18_000, score=0.633, learner=0.92),
        },
        "updates": 2881, "update_share": 0.144, "budget": 0.25, "recent": None, "drifting": False,
    } | changes  # fmt: skip
    return Summary(**given)  # type: ignore[arg-type]


def test_the_facts_are_those_of_the_dashboard() -> None:
    listed = facts(summary(), classifies=True)
    assert [name for name, *_ in listed] == [
        "Prequential accuracy", "Updates", "Always updating", "Frozen", "Majority class",
    ]  # fmt: skip
    assert listed[0][1:3] == ("91.5", "%")
    assert listed[1][3] == "14.4 % of events, budget 25 %"
    assert listed[3][3] == "on 18\u202f000 events; the learner there 92.0 %"
    assert listed[4][3] == "the label before: 50.6 %"
    numbers = facts(summary(score=0.2), classifies=False)
    assert numbers[0][:3] == ("Mean absolute error", "0.2", "")
    nothing = facts(summary(score=None, beside={}, events=0), classifies=True)
    assert [fact[1] for fact in nothing] == ["–", "2\u202f881"]


def test_each_stage_has_its_biology_and_says_nothing_without_a_value() -> None:
    pairs = pairing({"event": 20_000, "late": 0.38, "score": "91.5 %"})
    assert len(pairs) == len(STAGES) == 8
    assert pairs[0].learner_now == "event 20\u202f000"
    assert pairs[6].learner_now == "late heads 38 %"
    assert [pair.biology_now for pair in pairs] == [""] * 8
    assert learner_values({}) == ("",) * 8


# --- which commits are in effect ---------------------------------------------------------


def test_commits_in_effect_after_rollbacks_of_rollbacks() -> None:
    # 1 2 3 4 5, back to 2 is 6, then 7 8, back to 4 is 9, then 10
    rollbacks = [(9, 4), (6, 2)]
    now = in_effect(10, rollbacks)
    assert now == [(9, 10), (1, 4)]
    assert in_effect(8, rollbacks) == [(6, 8), (1, 2)]
    assert in_effect(5, rollbacks) == [(1, 5)]
    assert in_effect(10, rollbacks, since=8) == [(9, 10)]
    assert [n for n in range(1, 11) if holds(now, n)] == [1, 2, 3, 4, 9, 10]
    assert without(now, in_effect(8, rollbacks)) == [(9, 10), (3, 4)]
    assert count(without(in_effect(8, rollbacks), now)) == 3


def test_commits_that_are_left_over_are_those_of_sets() -> None:
    random = np.random.default_rng(3)
    for _ in range(300):
        both = []
        for _ in range(2):
            edges = np.unique(random.integers(1, 40, 2 * random.integers(0, 6))).tolist()
            edges = edges[: len(edges) // 2 * 2]
            both.append([(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)][::-1])
        first, second = both
        expected = numbers_of(first) - numbers_of(second)
        found = without(first, second)
        assert numbers_of(found) == expected
        assert count(found) == len(expected)


def numbers_of(ranges: list[tuple[int, int]]) -> set[int]:
    return {n for first, last in ranges for n in range(first, last + 1)}


def test_a_learner_without_rollbacks_has_all_commits_in_effect() -> None:
    assert in_effect(7, []) == [(1, 7)]
    assert in_effect(0, []) == []
