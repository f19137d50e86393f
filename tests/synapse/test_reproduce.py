"""``manage.py reproduce``: lines, files, exit codes, and one sentence for each mistake."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from synapse.plasticity import experiments as declared
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.experiments.experiment import Experiment, Published
from synapse.services import reproduce as service
from synapse.services.citations import cite
from synapse.services.draws import draw_factors, drawn_parameters, drawn_values
from synapse.services.reproduce_words import got_text, target_text
from tests.plasticity.test_experiments import mean, sign, stub

OUTCOME = Published(value=1.0, rule="range", low=20.0, grade="remembered")


def numbered(name: str, *rows: tuple[Published, float]) -> Experiment:
    return Experiment(**{**vars(stub(*rows)), "name": name, "number": name[-1]})


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two experiments with known numbers, and a file of their own to record in."""
    first = numbered("first-1", (mean(50.0, 8.0), 30.0), (mean(10.0, 3.0), 11.0))
    second = numbered("second-2", (sign(-1.0), -20.0), (OUTCOME, 30.0))
    monkeypatch.setattr(declared, "EXPERIMENTS", (first, second))
    monkeypatch.setattr(service, "RECORDED", tmp_path / "recorded.json")
    monkeypatch.setattr(service, "DOCUMENT", tmp_path / "experiments.md")


def call(*arguments: str) -> str:
    out = StringIO()
    call_command("reproduce", "--python", "--jobs", "1", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("stubs")
def test_one_line_each_and_a_tally():
    lines = call().splitlines()
    assert len(lines) == 4
    assert "first-1" in lines[1]
    assert "part" in lines[1]
    assert "1 of 2" in lines[1]
    assert "0: 50 ± 8, 30.0, -2.5 SEM" in lines[1]
    assert "pass" in lines[2]
    assert lines[3].startswith("2 experiments: 1 pass, 1 part, 0 fail. 3 of 4 conditions hold.")


@pytest.mark.usefixtures("stubs")
def test_names_choose_and_points_show_every_condition():
    text = call("second-2", "--points")
    assert "first-1" not in text
    assert "remembered, prediction" in text
    assert "at least 20" in text


@pytest.mark.usefixtures("stubs")
def test_output_writes_figures_report_and_results(tmp_path: Path):
    folder = tmp_path / "new" / "report"
    assert "index.html" in call("--output", str(folder))
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "index.html", "results.json",
        "first-1.svg", "first-1.png", "second-2.svg", "second-2.png",
    }  # fmt: skip
    page = (folder / "index.html").read_text("utf-8")
    assert page.count("data:image/svg+xml;base64,") == 2
    assert 'src="http' not in page
    assert "remembered" in page
    assert "Bi &amp; Poo 1998" in page
    results = json.loads((folder / "results.json").read_text("utf-8"))
    first = results["experiments"][0]["conditions"][0]
    assert (first["got"], first["distance_sem"], first["holds"]) == (30.0, -2.5, False)
    provenances = [c["provenance"] for e in results["experiments"] for c in e["conditions"]]
    assert provenances == ["read", "read", "read", "remembered"]


@pytest.mark.usefixtures("stubs")
def test_the_same_results_give_the_same_figure(tmp_path: Path):
    for name in ("a", "b"):
        call("first-1", "--output", str(tmp_path / name))
    figures = [(tmp_path / name / "first-1.svg").read_bytes() for name in ("a", "b")]
    assert figures[0] == figures[1]


@pytest.mark.usefixtures("stubs")
def test_json_is_all_that_is_printed():
    outcome = json.loads(call("--json"))
    assert [e["verdict"] for e in outcome["experiments"]] == ["part", "pass"]


@pytest.mark.usefixtures("stubs")
@pytest.mark.parametrize(
    ("verdict", "held", "complaint"),
    [("pass", 2, True), ("part", 2, True), ("part", 1, False), ("fail", 2, False)],
)
def test_a_verdict_worse_than_recorded_ends_with_1(verdict: str, held: int, complaint: bool):
    call("--record")
    data = json.loads(service.RECORDED.read_text("utf-8"))
    assert "date" not in json.dumps(data)
    data["experiments"]["first-1"] |= {"verdict": verdict, "held": held}
    service.RECORDED.write_text(json.dumps(data), encoding="utf-8")
    if not complaint:
        call()
        return
    with pytest.raises(CommandError, match="Worse than recorded: first-1: part with 1") as caught:
        call()
    assert caught.value.returncode == 1


@pytest.mark.usefixtures("stubs")
def test_recording_writes_the_table_of_the_document():
    marks = "\n".join(service.MARKS)
    service.DOCUMENT.write_text(f"Before\n{marks}\nAfter\n", encoding="utf-8")
    call("--record")
    text = service.DOCUMENT.read_text("utf-8")
    assert text.startswith("Before\n")
    assert text.endswith("\nAfter\n")
    assert "| 1 | Stub (`first-1`) | part | 1 of 2 | means with SEM |" in text


@pytest.mark.usefixtures("stubs")
def test_recording_one_keeps_the_others():
    call("--record")
    call("--record", "second-2")
    assert list(service.read_recorded()) == ["first-1", "second-2"]


@pytest.mark.usefixtures("stubs")
def test_another_preset_is_not_compared_with_the_record():
    call("--record")
    data = json.loads(service.RECORDED.read_text("utf-8"))
    data["experiments"]["first-1"] |= {"verdict": "pass", "held": 2}
    service.RECORDED.write_text(json.dumps(data), encoding="utf-8")
    call("--preset", "striatum-d1")


@pytest.mark.usefixtures("stubs")
def test_draws_print_how_many_verdicts_hold(tmp_path: Path):
    text = call("--draws", "3", "--seed", "4", "--output", str(tmp_path))
    assert "3 draws of" in text
    rows = [line.split() for line in text.splitlines() if "as good" not in line]
    assert [row for row in rows if row[:2] == ["1", "first-1"]][-1][2:5] == ["part", "3", "0"]
    results = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert results["draws"]["experiments"]["second-2"]["held"] == [2, 2, 2]


@pytest.mark.usefixtures("stubs")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "there is no experiment 'nothing'; known are first-1, second-2"),
        (["--preset", "liver"], "there is no preset 'liver'; known are"),
        (["--jobs", "0"], "jobs must be 1 to 256; got 0"),
        (["--draws", "0"], "draws must be 1 to 10000; got 0"),
        (["--draws", "2", "--spread", "0.9"], "spread must be 0 to 0.5; got 0.9"),
        (["--draws", "2", "--seed", "-1"], "seed must be at least 0; got -1"),
        (["--preset", "hippocampus", "--record"], "--preset cannot be combined with --record"),
        (["--output", __file__], "cannot be made a folder"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], sentence: str):
    with pytest.raises(CommandError) as caught:
        call(*arguments)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


# --- draws -------------------------------------------------------------------------------


def test_draws_leave_out_what_is_not_a_parameter_of_biology():
    drawn = {q.name for q in drawn_parameters()}
    for name in ("fine_step", "exocytosis", "baseline_ampa", "external_calcium"):
        assert name not in drawn
    assert not any(q.fixed for c in COMPONENTS for q in c if q.name in drawn)
    assert {"release_probability", "potentiation_rate", "scaling_time"} <= drawn


def test_draws_are_uniform_reproducible_and_inside_hard_bounds():
    factors = draw_factors(draws=50, spread=0.05, seed=3)
    assert factors == draw_factors(draws=50, spread=0.05, seed=3)
    assert factors != draw_factors(draws=50, spread=0.05, seed=4)
    every = [value for row in factors for value in row.values()]
    assert 0.95 <= min(every) < 0.952
    assert 1.048 < max(every) <= 1.05
    for preset in ("hippocampus", "striatum-d1"):
        for row in factors[:5]:
            values = drawn_values(preset, row)
            for quantity in drawn_parameters():
                assert quantity.check(values[quantity.name]) == values[quantity.name]


def test_a_draw_without_spread_is_the_preset():
    factors = draw_factors(draws=1, spread=0.0, seed=1)[0]
    values = drawn_values("neocortex-l5", factors)
    assert values["release_probability"] == 0.519
    assert values["potentiation_rate"] == 0.205


# --- words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "text"),
    [
        (mean(49.6, 8.4), "49.6 ± 8.4"),
        (sign(0.0), "none"),
        (OUTCOME, "at least 20"),
        (Published(value=0.0, rule="range", high=5.0), "at most 5"),
        (Published(value=14.0, rule="range", low=12.0, high=20.0), "12 to 20"),
        (Published(value=0.0, rule="bound", error=1.0), "0 ± 1"),
    ],
)
def test_a_target_in_words(published: Published, text: str):
    assert target_text(published) == text


def test_a_result_in_words():
    assert [got_text(x) for x in (56.34, -0.004, 4.154)] == ["56.3", "0.00", "4.15"]


def test_citations():
    assert cite("bi1998") == "Bi & Poo 1998, Journal of Neuroscience"
    assert cite("sjostrom2001").startswith("Sjöström et al. 2001")
    assert cite("yagishita2014").startswith("Yagishita et al. 2014")
