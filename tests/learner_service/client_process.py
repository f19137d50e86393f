"""A client in a process of its own: sends events by identifier, and says what was answered.

python client_process.py LEARNER SEED FIRST LAST
"""

import random
import sys

import django


def main(name: str, seed: int, first: int, last: int) -> None:
    """Send the events from ``first`` to ``last``, some whole, some with the label later."""
    from learner.models import Learner
    from learner.services import live
    from tests.learner_service.living import events_of

    events = events_of(last, named="e")
    draw = random.Random(seed)
    print("begins", flush=True)
    at = first
    while at < last:
        size = draw.choice((1, 1, 2, 5, 17))
        part = events[at : min(last, at + size)]
        row = Learner.objects.get(name=name)
        if at % 3:
            live.learn(learner=row, events=part)
        else:
            part = part[:1]
            live.predict(learner=row, features=part[0].features, identifier=part[0].identifier)
            row = Learner.objects.get(name=name)
            live.label(learner=row, identifier=part[0].identifier, value=part[0].label)
        at += len(part)
        print(*(event.identifier for event in part), flush=True)


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1], *map(int, sys.argv[2:5]))
