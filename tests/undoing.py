"""What a test asks for, and then undoes, though it is stored for good where it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from learner.models import Learner
from learner.services import live


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what the body stored, and let no learner in memory know of it.

    A block that must be durable takes no other around it except that of a test.
    """
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)
    for key in Learner.objects.values_list("pk", flat=True):
        live.forget(key)
