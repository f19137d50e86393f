"""The pages of sweeps: the form, the total, progress, figure, table, CSV, a point as a run."""

import csv
import io

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from synapse.models import Run, RunStatus, Sweep
from synapse.services import run_queue, run_worker

pytestmark = pytest.mark.django_db

FORM = {
    "protocol": "pairing", "duration": "1", "duration_unit": "min", "experiment": "", "title": "",
    "name1": "calcium_decay_time", "start1": "12", "stop1": "20", "count1": "3",
    "scale1": "linear",
}  # fmt: skip
SECOND = {
    "name2": "release_probability", "start2": "0.2", "stop2": "0.8", "count2": "2",
    "scale2": "log",
}  # fmt: skip


@pytest.fixture
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def form_page(synapse):
    return reverse("synapse:sweep_new", args=[synapse.pk])


@pytest.fixture
def swept(client, demo, form_page) -> Sweep:
    """A map of six points, computed."""
    client.post(form_page, FORM | SECOND)
    run_worker.work(once=True)
    return Sweep.objects.get()


def page_of(sweep: Sweep, **query: str) -> str:
    return reverse("synapse:sweep", args=[sweep.pk], query=query)


def act(client, sweep: Sweep, what: str, **data: str):
    address = reverse("synapse:sweep_action", args=[sweep.pk, what])
    return client.post(address, data, follow=True)


def test_the_total_is_said_before_anything_is_started(client, form_page, words):
    page = words(client.get(form_page, FORM | SECOND))
    assert "3 × 2 = 6 simulations" in page
    assert "Log in to start a sweep." in page
    assert not Sweep.objects.exists()
    assert client.get(form_page).status_code == 200


def test_a_sweep_is_queued_and_shown(client, demo, form_page, words):
    response = client.post(form_page, FORM | SECOND, follow=True)
    sweep = Sweep.objects.get()
    assert response.redirect_chain == [(page_of(sweep), 302)]
    assert "0 of 6 simulations" in words(response)
    assert "Nothing has been computed yet." in words(response)
    progress = reverse("synapse:sweep_progress", args=[sweep.pk])
    assert client.get(progress)["X-Active"] == "1"
    run_worker.work(once=True)
    assert client.get(progress)["X-Active"] == "0"
    page = client.get(page_of(sweep))
    assert "6 of 6 simulations" in words(page)
    assert "Smallest weight" in words(page)
    assert page.content.decode().count('<rect class="cell d-') == 2 * 6 + 5
    assert "spaced by their logarithm" in words(page)
    page = words(client.get(page_of(sweep, readout="largest_calcium")))
    assert "Largest calcium at its peak" in page


def test_one_parameter_is_a_curve(client, demo, form_page):
    client.post(form_page, FORM)
    run_worker.work(once=True)
    page = client.get(page_of(Sweep.objects.get())).content.decode()
    assert page.count('<circle class="mk d-model"') == 2 * 3
    assert page.count('<polyline class="ln d-model"') == 2


def test_an_experiment_is_swept_and_its_points_open_its_page(client, demo, form_page, words):
    client.post(form_page, FORM | {"experiment": "spine-calcium"})
    run_worker.work(once=True)
    page = client.get(page_of(Sweep.objects.get()))
    assert "Conditions as published" in words(page)
    assert 'href="/experiments/spine-calcium/?set=calcium_decay_time:16"' in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name1": "nonsense"}, "there is no parameter named nonsense"),
        ({"name1": ""}, "name1"),
        ({"start1": ""}, "from is missing."),
        ({"start1": "x"}, "from must be a number; got x."),
        ({"count1": "51"}, "values must be 2 to 50; got 51."),
        ({"stop1": "-3"}, "calcium_decay_time must be"),
        ({**SECOND, "name2": "calcium_decay_time", "start2": "12", "stop2": "20"}, "named twice"),
        ({**SECOND, "count1": "30", "count2": "30"}, "30 × 30 is 900 simulations; at most 400"),
        ({**SECOND, "count2": ""}, "values is missing."),
        ({"protocol": "x"}, "not one of the available choices"),
        ({"experiment": "x"}, "not one of the available choices"),
        ({"duration": "100", "duration_unit": "h"}, "duration must be 0.05 ms to 48 h here"),
    ],
)
def test_what_cannot_be_swept_is_refused_in_a_sentence(
    client, demo, form_page, changes, sentence, words
):
    response = client.post(form_page, FORM | changes)
    assert response.status_code == 422
    assert sentence in words(response) or sentence in response.content.decode()
    assert not Sweep.objects.exists()


def test_the_csv_holds_every_point_and_readout(client, swept):
    answer = client.get(reverse("synapse:sweep_csv", args=[swept.pk]))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 6
    assert float(rows[3]["calcium_decay_time"]) == 16.0
    assert float(rows[3]["weight"]) == swept.results[3]["values"]["weight"]
    assert rows[3]["error"] == ""


def test_a_point_is_opened_as_a_run(client, swept, words):
    response = act(client, swept, "open", point="5")
    run = Run.objects.get()
    assert response.redirect_chain == [(reverse("synapse:plasticity_report", args=[run.pk]), 302)]
    assert "calcium_decay_time 20, release_probability 0.8" in words(response)
    assert f"Point 6 of sweep {swept.pk}" in words(response)
    for wrong in ("6", "x", ""):
        assert "has no run for point" in words(act(client, swept, "open", point=wrong))


def test_cancel_go_on_rename_and_delete(client, demo, form_page, words):
    client.post(form_page, FORM)
    sweep = Sweep.objects.get()
    assert "cancel it first" in words(act(client, sweep, "delete"))
    assert "cancelled before it started" in words(act(client, sweep, "cancel"))
    assert "Go on" in words(client.get(page_of(sweep)))
    assert "goes on with the points" in words(act(client, sweep, "go-on"))
    assert "did not end early" in words(act(client, sweep, "go-on"))
    assert "The title was changed." in words(act(client, sweep, "rename", title="Mine"))
    assert act(client, sweep, "nonsense").status_code == 404
    Sweep.objects.update(status=RunStatus.DONE)
    assert "was deleted" in words(act(client, sweep, "delete"))
    assert not Sweep.objects.exists()


def test_the_list_of_sweeps(client, db, words, demo, form_page):
    address = reverse("synapse:sweep_list")
    assert "No sweeps to show yet." in words(client.get(address))
    client.post(form_page, FORM | {"title": "Decay of calcium"})
    page = words(client.get(address))
    assert "Decay of calcium" in page
    assert "0 of 3" in page
    Sweep.objects.update(visibility="private")
    assert "Decay of calcium" not in words(client.get(address))


def test_pages_need_few_queries(client, swept, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        client.get(page_of(swept))
    with django_assert_max_num_queries(2):
        client.get(reverse("synapse:sweep_list"))


def test_only_those_who_may_change_a_sweep_do(client, swept, ada, settings):
    settings.DEMO = False
    assert 'method="post"' not in client.get(page_of(swept)).content.decode()
    for what in ("cancel", "go-on", "rename", "delete", "open"):
        address = reverse("synapse:sweep_action", args=[swept.pk, what])
        assert client.post(address).url.startswith(reverse("login"))
    client.force_login(ada)
    for what in ("cancel", "go-on", "rename", "delete", "open"):
        address = reverse("synapse:sweep_action", args=[swept.pk, what])
        assert client.post(address).status_code == 403
    Sweep.objects.update(visibility="private")
    for name in ("sweep", "sweep_progress", "sweep_csv"):
        assert client.get(reverse(f"synapse:{name}", args=[swept.pk])).status_code == 404
    with pytest.raises(PermissionDenied):
        run_queue.remove(swept, user=ada)
    assert Sweep.objects.count() == 1
