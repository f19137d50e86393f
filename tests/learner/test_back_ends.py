"""Plain Python and compiled code are one source, and agree to the last bit."""

import subprocess
import sys
from pathlib import Path

import pytest

from learner.pipeline import EventDrivenClassifier, EventDrivenRegressor
from tests.learner.conftest import make_events, same_state, teach

EXPERT = {
    "traces": None,
    "only salient events": (("tag", 0),),
    "sleep": (("sleep_every", 50), ("buffer", 30)),
    "two expansions": (("expansions", 2), ("share", 0.02), ("tagged_rate_wide", 0.01)),
}


def learn_on(back_end, model, events):
    model._core.back_end = back_end
    return teach(model, events)


@pytest.mark.parametrize("expert", EXPERT.values(), ids=EXPERT.keys())
def test_back_ends_agree_to_the_last_bit(expert):
    events = make_events(150)
    plain, fast = (
        learn_on(kind, EventDrivenClassifier(expansion=20, expert=expert), events)
        for kind in ("python", "compiled")
    )
    assert plain._core.state.commits > 20
    assert same_state(plain, fast)
    assert plain.predict_proba_one(events[7][0]) == fast.predict_proba_one(events[7][0])


def test_back_ends_agree_for_numbers():
    events = [(x, 3.0 * x["f0"] - x["f1"]) for x, _ in make_events(150)]
    plain, fast = (
        learn_on(kind, EventDrivenRegressor(expansion=20), events)
        for kind in ("python", "compiled")
    )
    assert same_state(plain, fast)


def test_changing_the_back_end_half_way_changes_nothing(small):
    events = make_events(150)
    whole = learn_on("compiled", small(), events)
    changing = learn_on("python", small(), events[:70])
    changing._core.back_end = "compiled"
    teach(changing, events[70:])
    assert same_state(whole, changing)


def test_a_short_stream_does_not_load_the_compiler():
    code = (
        "import sys; from learner.pipeline import EventDrivenClassifier as C; m = C()\n"
        "for i in range(100): m.learn_one({'a': i % 7}, i % 2)\n"
        "print('numba' in sys.modules, 'django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


THREADS = """
import sys, threading
from learner.pipeline import EventDrivenClassifier, core

core.COMPILE_AFTER = core.COMPILE_AFTER_COLD = 0.0
sys.setswitchinterval(1e-5)

def learn(seed):
    model = EventDrivenClassifier(seed=seed, expansion=10)
    for i in range(30):
        model.predict_one({"x": float(i)})
        model.learn_one({"x": float(i)}, i % 2)
    done.append(seed)

done = []
threads = [threading.Thread(target=learn, args=(i,)) for i in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(done) == list(range(12)), done
"""


def test_many_threads_may_be_the_first_to_need_compiled_code(repository: Path) -> None:
    """As in a server that has just started: all of them wait for the one that loads it."""
    done = subprocess.run(
        [sys.executable, "-c", THREADS], cwd=repository, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
