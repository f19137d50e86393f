"""Numbers, charts and cascade as a reader sees them; no database, no browser."""

import re

import numpy as np
import pytest

from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.components import COMPONENTS
from synapse.rendering.axes import time_ticks, time_unit, value_axis
from synapse.rendering.cascade import build_cascade
from synapse.rendering.charts import PanelData, Series, draw_stack
from synapse.rendering.numbers import (
    compact_text,
    duration_text,
    fixed_text,
    number_text,
    percent_change_text,
    symbol_of,
)
from synapse.rendering.reduction import at_or_before, largest_per_slice, reduce_line
from synapse.rendering.report import build_report, build_weight_chart
from synapse.rendering.rest import resting_values, values_at_rest
from synapse.rendering.six_steps import STEPS
from synapse.rendering.state_table import build_state_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.72081, "0.7208"),
        (-28.432, "−28.43"),
        (99.99999, "100"),
        (10734.0, "10\u202f734"),
        (2.8e-7, "2.8 × 10⁻⁷"),
        (1e12, "1 × 10¹²"),
        (None, "none"),
        (float("nan"), "not a number"),
        (float("-inf"), "−infinite"),
    ],
)
def test_a_number_has_four_figures_a_true_minus_and_thin_thousands(value, text):
    assert number_text(value) == text


def test_a_small_number_fits_the_boxes_of_the_cascade():
    assert compact_text(0.0000207) == "2 × 10⁻⁵"
    assert compact_text(0.0445) == "0.0445"
    assert compact_text(-3e-56) == "≈ 0"


def test_a_fixed_number_that_rounds_to_zero_has_no_minus():
    assert fixed_text(-0.0000001, 3) == "0.000"
    assert fixed_text(-1.25, 1) == "−1.2"


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (1, 1.384, "+38 %"),
        (1, 0.95, "−5.0 %"),
        (1, 1, "0 %"),
        (1, 1.00021, "+0.021 %"),
        (0, 1, "from zero"),
    ],
)
def test_a_change_is_a_signed_percentage(before, after, text):
    assert percent_change_text(before, after) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0 s"),
        (0.5, "0.5 ms"),
        (30 * MINUTE, "30 min"),
        (10 * HOUR + MINUTE + 13, "10 h 1 min 0.013 s"),
        (60 * HOUR, "2 d 12 h"),
    ],
)
def test_a_duration_is_in_words(milliseconds, text):
    assert duration_text(milliseconds) == text


def test_a_symbol_has_a_greek_letter_and_a_subscript():
    assert (symbol_of("tau_Ca").base, symbol_of("tau_Ca").sub) == ("τ", "Ca")
    assert symbol_of("lnH").plain == "ln H"


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 1.38), (0.0, 0.0), (0.07, 11.8), (-0.5, 2.5), (1.0, 1.0), (-3.0, -3.0)]
)
def test_a_value_axis_holds_its_values_and_has_round_ticks(low, high):
    bottom, top, ticks = value_axis(low, high)
    assert bottom <= low <= high <= top
    assert bottom < top
    assert 2 <= len(ticks) <= 6


@pytest.mark.parametrize("duration", [0.05, 400.0, 5e3, 6e4, 1.8e6, 3.6e7, 1.728e8, 1e11])
def test_a_time_axis_has_few_ticks_inside_the_run(duration):
    size, _ = time_unit(duration)
    ticks = time_ticks(duration, 10)
    assert 1 <= len(ticks) <= 11
    assert min(ticks) >= 0
    assert max(ticks) <= duration / size * (1 + 1e-9)


def test_reduction_keeps_a_short_peak_the_ends_and_the_order():
    time = np.sort(np.random.default_rng(3).random(200_000)) * HOUR
    values = np.sin(time / 1e5)
    values[123_457] = 40.0
    shown_time, shown = reduce_line(time, values, 500)
    assert len(shown) <= 2_000
    assert shown.max() == 40.0
    assert shown.min() == values.min()
    assert (np.diff(shown_time) > 0).all()
    assert (shown_time[0], shown_time[-1]) == (time[0], time[-1])


def test_a_table_row_holds_the_last_value_and_the_largest_since_the_row_before():
    time = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    values = np.array([1.0, 9.0, 2.0, 3.0, 1.0])
    edges = np.array([0.0, 2.5, 4.0])
    assert at_or_before(time, values, edges).tolist() == [1.0, 2.0, 1.0]
    assert largest_per_slice(time, values, edges).tolist() == [1.0, 9.0, 3.0]


def test_a_drawing_stays_inside_its_frame_and_parts_its_labels():
    time = np.linspace(0.0, HOUR, 50)
    series = tuple(
        Series(
            time=time,
            values=np.full(50, 1.0 + i * 1e-6),
            css="v-early",
            name="h",
            label=f"line {i}",
        )
        for i in range(3)
    )
    for drawing in draw_stack([PanelData(title="t", finding="f", series=series)], HOUR):
        panel = drawing.panels[0]
        numbers = re.findall(r"[\d.]+,[\d.]+", panel.lines[0].points)
        assert all(drawing.left <= float(n.split(",")[0]) <= drawing.right for n in numbers)
        assert all(panel.top <= float(n.split(",")[1]) <= panel.bottom for n in numbers)
        places = [label.y for label in panel.labels]
        assert min(b - a for a, b in zip(places, places[1:], strict=False)) >= 13.0


def trace(samples: int = 3_000, **changes: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rest = {
        "calcium": 0.07, "early_weight": 1.0, "late_weight": 0.0, "weight": 1.0, "tag": 0.0,
        "plasticity_proteins": 0.0, "dopamine": 0.02, "pka_activity": 0.0,
    }  # fmt: skip
    ramp = np.linspace(0.0, 1.0, samples)
    columns = {name: value + changes.get(name, 0.0) * ramp for name, value in rest.items()}
    return ramp * 30 * MINUTE, columns


def test_a_report_says_what_rose_and_what_stayed():
    time, columns = trace(early_weight=0.4, weight=0.38, calcium=5.0)
    chart = build_report(time, columns, 30 * MINUTE)
    assert len(chart.findings) == 5
    assert "rises from 1.000 to 1.380 (+38 %)" in chart.findings[1]
    assert chart.findings[2] == "The tag is never set."
    assert "3\u202f000 computed samples" in chart.reduction
    assert chart.table.rows[-1][0] == "30"
    assert chart.table.rows[-1][4] == "1.380000"


def test_a_report_of_rest_says_that_nothing_moved():
    time, columns = trace()
    findings = " ".join(build_report(time, columns, 30 * MINUTE).findings)
    assert "stays at 1.000" in findings
    assert "No proteins are made." in findings


def test_a_trace_of_one_sample_can_be_drawn():
    time, columns = trace(samples=1)
    assert build_weight_chart(time, columns, 0.05).table.rows


def test_the_cascade_shows_every_component_and_links_to_where_its_variables_stand():
    cascade = build_cascade(resting_values())
    shown = {node.accessor for zone in cascade.zones for node in zone.nodes}
    assert shown == {component.accessor for component in COMPONENTS}
    places = {g.accessor for half in build_state_table(resting_values()) for g in half}
    assert {node.anchor for zone in cascade.zones for node in zone.nodes} <= places


def test_no_box_of_the_cascade_leaves_its_zone_or_covers_another():
    for zone in build_cascade(resting_values()).zones:
        for node in zone.nodes:
            assert zone.x <= node.x
            assert node.x + node.width <= zone.x + zone.width
            assert zone.y <= node.y
            assert node.y + node.height <= zone.y + zone.height
        boxes = list(zone.nodes)
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                apart = (
                    a.x + a.width <= b.x or b.x + b.width <= a.x
                    or a.y + a.height <= b.y or b.y + b.height <= a.y
                )  # fmt: skip
                assert apart, (a.title, b.title)


def test_the_state_table_has_every_state_and_derived_quantity_once():
    names = [r.name for half in build_state_table(resting_values()) for g in half for r in g.rows]
    expected = [q.name for c in COMPONENTS for q in (*c.states, *c.derived)]
    assert sorted(names) == sorted(expected)


def test_the_values_at_rest_follow_from_the_parameters():
    values = resting_values()
    values["ampa_trafficking_parameters"]["baseline_ampa"] = 50.0
    values["dopamine_cleft"]["tonic_dopamine"] = 1.0
    rest = values_at_rest(values)
    assert rest["psd_ampa"] == 10.0
    assert rest["endosome_ampa"] == 40.0
    assert rest["d1_occupancy"] == 0.5


def test_the_six_steps_cover_every_component_once():
    names = [component.name for step in STEPS for component in step.components]
    assert sorted(names) == sorted(component.name for component in COMPONENTS)
    assert [step.number for step in STEPS] == [1, 2, 3, 4, 5, 6]


def test_a_late_weight_that_never_moves_is_told_and_not_drawn():
    time, columns = trace(weight=0.01)
    chart = build_weight_chart(time, columns, 30 * MINUTE)
    assert [entry.name for entry in chart.key] == ["early h", "committed w"]
    assert "the late weight stays at 0.000" in chart.findings[0]
    time, columns = trace(late_weight=0.5)
    chart = build_weight_chart(time, columns, 30 * MINUTE)
    assert chart.key[0].name == "late z"


def test_a_tag_that_is_lost_again_is_told_with_both_times():
    time, columns = trace()
    columns["tag"][600:1_500] = 1.0
    chart = build_report(time, columns, 30 * MINUTE)
    assert chart.findings[2].startswith("A tag for potentiation is set after 6 min")
    assert "and lost after 15 min" in chart.findings[2]


def test_a_stimulus_is_shaded_inside_the_axis_and_never_too_narrow_to_see():
    time, columns = trace()
    for stimulus, expected in (
        ((MINUTE, 2 * MINUTE), "a band"),
        ((1000.0, 1010.0), "a band"),
        ((29 * MINUTE, 50 * MINUTE), "a band"),
        ((40 * MINUTE, 50 * MINUTE), "none"),
        (None, "none"),
    ):
        chart = build_weight_chart(time, columns, 30 * MINUTE, stimulus=stimulus)
        for drawing in chart.drawings:
            assert (drawing.band is not None) is (expected == "a band")
            if drawing.band:
                assert drawing.left <= drawing.band.x
                assert drawing.band.x + drawing.band.width <= drawing.right + 0.1
                assert drawing.band.width >= 2.0
        assert ("Shaded" in " ".join(chart.findings)) is (expected == "a band")
