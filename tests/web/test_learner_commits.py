"""What the page of a commit says that going back to it takes out of effect."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from learner.models import Commit, Learner
from learner.services import live
from tests.web.learner_pages import events, taught

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(ada: Any) -> Learner:
    return taught(owner=ada)


@pytest.fixture
def owner(client: Client, ada: Any) -> Client:
    client.force_login(ada)
    return client


def text_of(client: Client, learner: Learner, number: int) -> str:
    answer = client.get(reverse("learner:commit_detail", args=[learner.pk, number]))
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def back_to(learner: Learner, number: int) -> None:
    live.rollback(learner=learner, version=number)
    learner.refresh_from_db()


def test_all_that_was_learned_since_both_ways_parted_is_lost(
    owner: Client, learner: Learner
) -> None:
    last = learner.version
    back_to(learner, 3)
    parted = learner.events
    live.learn(learner=learner, events=events(20, 2))
    learner.refresh_from_db()
    assert learner.events == parted + 20 < Commit.objects.get(learner=learner, number=last).event
    commits = learner.version - (last + 1)
    text = text_of(owner, learner, last)
    assert f"{commits} commits and 20 events learned since are taken out of effect" in text
    assert f"{last - 3} commits come into effect again" in text


def test_a_rollback_that_is_taken_back_was_not_learned(owner: Client, learner: Learner) -> None:
    last = learner.version
    back_to(learner, 3)
    text = text_of(owner, learner, last)
    assert "Nothing that is in effect is lost." in text
    assert f"{last - 3} commits come into effect again" in text


def test_events_that_made_no_commit_are_lost_too(owner: Client, learner: Learner) -> None:
    last = learner.version
    back_to(learner, 3)
    seen = learner.events
    Learner.objects.filter(pk=learner.pk).update(events=seen + 1)
    text = text_of(owner, learner, last)
    assert "1 event learned since is taken out of effect" in text
    assert "Nothing that is in effect is lost." not in text


def test_two_rollbacks_in_a_row_are_followed_to_where_both_ways_parted(
    owner: Client, learner: Learner
) -> None:
    last = learner.version
    back_to(learner, 5)
    live.learn(learner=learner, events=events(20, 2))
    back_to(learner, 3)
    live.learn(learner=learner, events=events(10, 3))
    learner.refresh_from_db()
    parted = Commit.objects.get(learner=learner, number=3).event
    assert learner.events == parted + 10
    second = Commit.objects.filter(learner=learner, kind="rollback").latest("number").number
    text = text_of(owner, learner, last)
    assert f"{learner.version - second} commits and 10 events learned since" in text
