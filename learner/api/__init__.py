"""The HTTP interface of the learner, beside that of the laboratory: routers of one API."""

from ninja import Router

from learner.api import following, learners, measured, past, serving, states

ROUTERS: tuple[Router, ...] = (
    # States before learners: learners/import is no number of a learner.
    states.router,
    learners.router,
    serving.router,
    past.router,
    measured.router,
    following.router,
)
"""In the order in which the reference shows them."""
