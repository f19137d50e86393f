"""The home page: choose a synapse, see recent runs and learners, learn what the model is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from learner.models import Learner
from learner.services.overview import overview_of, with_states
from synapse.forms import ProtocolForm
from synapse.models import Run
from synapse.rendering.six_steps import STEPS
from synapse.views.reports import HEAVY
from synapse.views.synapses import visible, with_weights

RECENT_RUNS = 6
SYNAPSES_SHOWN = 8
LEARNERS_SHOWN = 4


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the way to a synapse."""
    synapses = list(visible(request)[:SYNAPSES_SHOWN])
    with_weights(synapses)
    runs = Run.objects.visible_to(request.user).select_related("synapse").defer(*HEAVY)
    learners = with_states(Learner.objects.visible_to(request.user)).order_by("-modified", "-pk")
    context = {
        "learners": [overview_of(row) for row in learners[:LEARNERS_SHOWN]],
        "synapses": synapses,
        "form": ProtocolForm(),
        "runs": list(runs[:RECENT_RUNS]),
        "steps": STEPS,
    }
    return render(request, "home.html", context)
