"""What can be computed in the background, as tasks of Django.

A task gets the key of a row and does nothing unless it can take that row from the queue.
So any back end of ``django.tasks`` may call it, and a second call does no harm.
"""

from django.tasks import task


@task
def compute_run(key: int) -> bool:
    """Compute a queued run; false where another has it."""
    from synapse.services.run_worker import run_row

    return run_row(key)


@task
def compute_sweep(key: int) -> bool:
    """Compute a queued sweep; false where another has it."""
    from synapse.services.sweep_runs import sweep_row

    return sweep_row(key)
