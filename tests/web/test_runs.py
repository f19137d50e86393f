"""The pages of runs: queue, progress, filters, what may be done, who may do it."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from synapse.models import Run, RunStatus, Synapse
from synapse.services import run_queue, run_worker
from synapse.services.simulator import SynapseSimulator

pytestmark = pytest.mark.django_db

ACTIONS = ("run_cancel", "run_rename", "run_copy", "run_again", "run_verify", "run_delete")


@pytest.fixture
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def queued(client, demo, synapse, ten_ticks) -> Run:
    """A run that waits, as the page of its synapse queues it."""
    page = reverse("synapse:plasticity_cycle", args=[synapse.pk])
    response = client.post(page, ten_ticks | {"background": "1", "ticks-seed": "7"})
    run = Run.objects.first()
    assert response.url == page_of(run)
    return run


def page_of(run: Run) -> str:
    return reverse("synapse:plasticity_report", args=[run.pk])


def post(client, name: str, run: Run, **data: str):
    return client.post(reverse(f"synapse:{name}", args=[run.pk]), data, follow=True)


def mark(run: Run, status: str, **columns) -> None:
    Run.objects.filter(pk=run.pk).update(status=status, **columns)


def test_a_run_is_queued_from_the_page_and_computed_by_the_worker(client, queued, words):
    assert (queued.status, queued.seed, queued.total) == (RunStatus.QUEUED, 7, 600_000)
    page = words(client.get(page_of(queued)))
    assert "Next to be run." in page
    assert "No worker has taken it" not in page
    run_worker.work(once=True)
    page = words(client.get(page_of(queued)))
    assert "Done" in page
    assert "Seed 7" in page
    assert "Committed weight at the end" in page


def test_a_long_run_is_refused_at_once_and_taken_into_the_queue(
    client, demo, examples, ten_ticks, words
):
    page = reverse("synapse:plasticity_cycle", args=[examples[1].pk])
    refused = client.post(page, ten_ticks | {"ticks-ticks": "1000"})
    assert refused.status_code == 422
    assert "or run it in the background." in words(refused)
    wanted = ten_ticks | {"ticks-ticks": "1000", "background": "1"}
    assert client.post(page, wanted).status_code == 302
    assert Run.objects.get().status == RunStatus.QUEUED


def test_a_run_at_once_waits_for_the_one_in_the_background(
    client, queued, synapse, ten_ticks, words
):
    run_queue.claim(Run, queued.pk, worker="elsewhere 1 x")
    page = reverse("synapse:plasticity_cycle", args=[synapse.pk])
    response = client.post(page, ten_ticks)
    assert response.status_code == 422
    assert f"Run {queued.pk} of this synapse" in words(response)


def test_a_queue_without_a_worker_says_so(client, queued, words):
    mark(queued, RunStatus.QUEUED, created=timezone.now() - timedelta(minutes=1))
    assert "No worker has taken it yet." in words(client.get(page_of(queued)))


def test_progress_is_a_part_of_the_page(client, queued, words):
    address = reverse("synapse:run_progress", args=[queued.pk])
    now = timezone.now()
    mark(queued, RunStatus.RUNNING, heartbeat=now, done=450_000, worker="elsewhere 1 x",
         started=now - timedelta(seconds=30))  # fmt: skip
    answer = client.get(address)
    assert answer["X-Active"] == "1"
    assert "no-store" in answer["Cache-Control"]
    assert "75 %: 7 min 30 s of 10 min simulated, 10 s left." in words(answer)
    Run.objects.filter(pk=queued.pk).update(cancel_requested=True)
    assert "It is being cancelled." in words(client.get(address))
    mark(queued, RunStatus.DONE)
    assert client.get(address)["X-Active"] == "0"


def test_the_list_asks_for_the_runs_it_shows(client, queued):
    page = client.get(reverse("synapse:run_list")).content.decode()
    assert f'data-runs="/runs/progress.json?runs={queued.pk}"' in page
    address = reverse("synapse:runs_progress")
    found = client.get(address, {"runs": f"{queued.pk},x,99999999999999999,-1"}).json()
    assert found[str(queued.pk)]["active"] is True
    assert "Queued" in found[str(queued.pk)]["state"]
    Run.objects.update(visibility="private")
    assert client.get(address, {"runs": str(queued.pk)}).json() == {}


def test_a_silent_run_is_lost_and_is_started_again(client, queued, words):
    mark(queued, RunStatus.RUNNING, heartbeat=timezone.now() - timedelta(minutes=2), worker="a 1 b")
    page = words(client.get(page_of(queued)))
    assert "No heartbeat" in page
    assert "ended without a word" in page
    assert "Start again" in page
    response = post(client, "run_again", queued)
    again = Run.objects.first()
    assert response.redirect_chain == [(page_of(again), 302)]
    assert (again.based_on, again.seed, again.protocol) == (queued, 7, queued.protocol)
    assert f"Based on run {queued.pk}" in words(response)


def test_two_browsers_cancel_at_once(client, queued, words):
    now = timezone.now()
    mark(queued, RunStatus.RUNNING, heartbeat=now, started=now, worker="elsewhere 1 x")
    assert "It will end within a second or two" in words(post(client, "run_cancel", queued))
    assert "It was already asked to end." in words(post(client, "run_cancel", queued))
    mark(queued, RunStatus.CANCELLED)
    page = words(post(client, "run_cancel", queued))
    assert "It had already ended." in page
    assert "Cancelled." in page


def test_rename_copy_and_delete(client, finished_run, demo, words):
    assert "The title was changed." in words(post(client, "run_rename", finished_run, title="Mine"))
    assert "1 to 200 characters; got 0" in words(post(client, "run_rename", finished_run, title=""))
    post(client, "run_copy", finished_run, title="Yours", seed="4")
    copy = Run.objects.first()
    assert (copy.title, copy.seed, copy.based_on) == ("Yours", 4, finished_run)
    assert "seed must be 0 to" in words(post(client, "run_copy", finished_run, seed="-1"))
    assert "cancel it first" in words(post(client, "run_delete", copy))
    response = post(client, "run_delete", finished_run)
    assert response.redirect_chain == [(reverse("synapse:run_list"), 302)]
    assert list(Run.objects.all()) == [copy]


def test_a_run_is_done_again_and_compared_on_the_page(client, finished_run, demo, words):
    before = SynapseSimulator(finished_run.synapse).time
    page = words(post(client, "run_verify", finished_run))
    assert f"Compared with run {finished_run.pk}" in page
    assert "Reproduced: every bit of the result is the same." in page
    assert "same bits" in words(client.get(page_of(finished_run)))
    cycle = reverse("synapse:plasticity_cycle", args=[finished_run.synapse_id])
    assert f"Open run {finished_run.pk}" in words(client.get(cycle))
    assert SynapseSimulator(finished_run.synapse).time == before
    again = Run.objects.first()
    again.result["states"]["early_weight"][0] += 0.5
    Run.objects.filter(pk=again.pk).update(
        result=again.result, result_hash="0" * 64, versions=again.versions | {"numpy": "9.9"}
    )
    page = words(client.get(page_of(again)))
    assert "Not reproduced: early_weight differs." in page
    assert "NumPy:" in page
    assert "9.9 now" in page


def test_the_manifest_is_a_download(client, finished_run, queued):
    answer = client.get(reverse("synapse:run_manifest", args=[finished_run.pk]))
    assert "attachment" in answer["Content-Disposition"]
    assert json.loads(answer.content)["result_hash"] == finished_run.result_hash
    assert client.get(reverse("synapse:run_manifest", args=[queued.pk])).status_code == 404


def test_the_list_is_filtered_and_paged(client, finished_run, queued, words):
    Run.objects.bulk_create(
        Run(synapse=queued.synapse, title=f"many {i}", visibility="public") for i in range(30)
    )
    address = reverse("synapse:run_list")
    page = client.get(address, {"text": "many", "status": "queued"})
    assert page.context["page"].paginator.count == 30
    assert "?text=many&amp;status=queued&amp;page=2" in page.content.decode()
    assert client.get(address, {"status": "done"}).context["page"].paginator.count == 1
    assert "No run is like that." in words(client.get(address, {"synapse": "nobody"}))
    assert client.get(address, {"until": "2001-01-01"}).context["page"].paginator.count == 0
    today = timezone.now().date().isoformat()
    assert client.get(address, {"since": today}).context["page"].paginator.count == 32
    strange = {"status": "x", "since": "yesterday", "page": "x"}
    assert client.get(address, strange).status_code == 200


def test_a_list_of_a_thousand_runs_needs_few_queries(
    client, finished_run, django_assert_max_num_queries
):
    Run.objects.bulk_create(
        Run(synapse=finished_run.synapse, title=f"{i}", visibility="public") for i in range(1000)
    )
    with django_assert_max_num_queries(3):
        client.get(reverse("synapse:run_list"), {"text": "9"})


def test_only_those_who_may_change_a_run_do(client, finished_run, ada, own, words):
    """A public run of the site: everybody reads it, nobody but its owner does anything."""
    page = client.get(page_of(finished_run)).content.decode()
    assert 'method="post" action="/runs/' not in page
    for name in ACTIONS:
        address = reverse(f"synapse:{name}", args=[finished_run.pk])
        assert client.post(address).url.startswith(reverse("login"))
        assert client.get(address).status_code == 405
    client.force_login(ada)
    for name in ACTIONS:
        address = reverse(f"synapse:{name}", args=[finished_run.pk])
        assert client.post(address).status_code == 403
    Run.objects.update(visibility="private")
    for name in (*ACTIONS, "run_progress", "run_manifest"):
        address = reverse(f"synapse:{name}", args=[finished_run.pk])
        assert client.post(address).status_code in (404, 405)
    assert client.get(reverse("synapse:run_manifest", args=[finished_run.pk])).status_code == 404
    assert Run.objects.count() == 1


def test_an_owner_does_not_copy_a_run_into_the_synapse_of_another(client, finished_run, ada, words):
    Run.objects.update(owner=ada, visibility="private")
    Synapse.objects.filter(pk=finished_run.synapse_id).update(visibility="public")
    client.force_login(ada)
    assert "You may not change" in words(post(client, "run_copy", finished_run))
    assert Run.objects.count() == 1
