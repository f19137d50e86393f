"""Drift alarms: they open where labels change places, close again, and show a way back."""

from collections.abc import Sequence

import numpy as np
import pytest

from learner.models import Commit, DriftAlarm, Learner
from learner.services import live
from learner.services.alarms import CLOSES_BELOW, OPENS_AT, AlarmWatch, alarms
from learner.services.learners import create_learner
from learner.services.measures import summary
from learner.services.messages import Incoming

pytestmark = pytest.mark.django_db

DRIFT = 2000
"""Events before classes change places."""


@pytest.fixture
def learner() -> Learner:
    """A learner of classes without the baselines, which alarms do not need."""
    made = create_learner(name="watched", parameters={"expansion": 20})
    made.baselines = False
    made.save()
    return made


def events(count: int, *, drift: int, seed: int = 7) -> list[Incoming]:
    """Return events of two classes, a tenth of them mislabelled, that change places."""
    random = np.random.default_rng(seed)
    found = []
    for i in range(count):
        x, z = random.normal(size=2).round(4).tolist()
        up = (x > z) ^ (i >= drift) ^ (random.random() < 0.1)
        found.append(Incoming(features={"x": x, "z": z}, label="up" if up else "down"))
    return found


def teach(learner: Learner, listed: Sequence[Incoming], size: int = 500) -> None:
    for first in range(0, len(listed), size):
        live.learn(learner=learner, events=listed[first : first + size])
    learner.refresh_from_db()


def test_a_drift_opens_an_alarm_that_closes(learner: Learner) -> None:
    listed = events(DRIFT + 2500, drift=DRIFT)
    teach(learner, listed[:DRIFT])
    assert alarms(learner) == []
    teach(learner, listed[DRIFT : DRIFT + 60], 1)
    [going_on] = alarms(learner)
    assert DRIFT < going_on.began <= DRIFT + 60
    assert going_on.ended is None
    assert summary(learner).drifting
    assert going_on.recent_error > going_on.usual_error
    teach(learner, listed[DRIFT + 60 :])
    [ended] = alarms(learner)
    assert (ended.began, ended.position, ended.version) == (
        going_on.began, going_on.position, going_on.version
    )  # fmt: skip
    assert ended.ended is not None
    assert ended.began < ended.ended < DRIFT + 2500
    assert OPENS_AT <= going_on.peak <= ended.peak <= 1.0
    assert not summary(learner).drifting


def test_streams_without_drift_have_few_alarms() -> None:
    """About one in 10,000 events is false, as docs/learner-measures.md says: none is not so."""
    lives = []
    for seed in range(1, 7):
        steady = create_learner(name=f"steady {seed}", parameters={"expansion": 20})
        Learner.objects.filter(pk=steady.pk).update(baselines=False)
        steady.refresh_from_db()
        teach(steady, events(4000, drift=4000, seed=seed), 1000)
        lives.append(alarms(steady))
    assert sum(map(len, lives)) <= 3
    assert [] in lives


@pytest.mark.parametrize("size", [1, 30, 1000])
def test_its_version_is_the_commit_before_it(learner: Learner, size: int) -> None:
    listed = events(DRIFT + 300, drift=DRIFT)
    teach(learner, listed[: DRIFT - 100])
    teach(learner, listed[DRIFT - 100 : DRIFT + 200], size)
    [alarm] = alarms(learner)
    assert alarm.position == alarm.began - 1
    before = Commit.objects.filter(learner=learner, position__lt=alarm.position)
    assert alarm.version == before.latest("number").number
    live.rollback(learner=learner, version=alarm.version)
    learner.refresh_from_db()
    assert learner.events <= alarm.began - 1


def test_alarms_do_not_depend_on_how_events_are_cut(learner: Learner) -> None:
    other = create_learner(name="other", parameters={"expansion": 20})
    listed = events(DRIFT + 1500, drift=DRIFT)
    teach(learner, listed, 61)
    for first in range(0, len(listed), 470):
        live.forget(other.pk)
        teach(other, listed[first : first + 470])
    assert alarms(learner) == alarms(other) != []


def row(arousal: float) -> list[float]:
    """Return an event's results with nothing but an arousal."""
    return [0.0, 0.0, 0.0, 1.0, 0.0, 0.5, arousal, 0.1, 0.4]


def test_one_that_wavers_is_one_alarm(learner: Learner) -> None:
    watch = AlarmWatch(learner, None)
    wavering = [0.0, OPENS_AT, 0.3, 0.9, CLOSES_BELOW, OPENS_AT, 0.2, 0.05, 0.4]
    for event, arousal in enumerate(wavering, start=1):
        watch.see(event, row(arousal), lambda: (11, 3))
    watch.store()
    [alarm] = DriftAlarm.objects.all()
    assert (alarm.began, alarm.ended, alarm.peak, alarm.position, alarm.version) == (
        2, 8, 0.9, 11, 3
    )  # fmt: skip
    assert watch.open is None


def test_what_the_learner_did_is_told_at_the_peak(learner: Learner) -> None:
    """Defaults: the budget of 0.2 grows threefold with full arousal, to at most a share."""
    DriftAlarm.objects.create(
        learner=learner, began=5, ended=9, position=4, version=2, usual_error=0.1,
        recent_error=0.3, peak=0.5,
    )  # fmt: skip
    [alarm] = alarms(learner)
    assert alarm.share == pytest.approx(0.4)
    assert alarm.gain == pytest.approx(1.5)


def test_the_newest_come_first_and_no_more_than_asked_for(learner: Learner) -> None:
    DriftAlarm.objects.bulk_create(
        DriftAlarm(learner=learner, began=10 * i, ended=10 * i + 5, position=10 * i, version=i,
                   usual_error=0.1, recent_error=0.3, peak=0.6)
        for i in range(1, 8)
    )  # fmt: skip
    assert [alarm.began for alarm in alarms(learner, most=3)] == [70, 60, 50]
