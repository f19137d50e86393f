"""What every page needs to know: the navigation, the demo and the version."""

from dataclasses import dataclass

from django import template
from django.conf import settings
from django.urls import reverse

from event_driven_retraining import __version__

register = template.Library()

LEARNER_PAGES = (
    "learner_new", "learner_import", "learner_dashboard", "learner_settings", "commit_list",
    "commit_detail", "commit_rollback", "event_list", "event_detail", "alarm_list",
    "stream_upload", "job_detail", "connection_list", "connection_detail",
)  # fmt: skip
PLACES = (
    ("Home", "home", ("home",)),
    (
        "Synapses",
        "synapse:synapse_list",
        (
            "synapse_list",
            "plasticity_cycle",
            "parameter_page",
            "parameter_history",
            "intervention_page",
            "laboratory",
        ),
    ),
    ("Diagram", "synapse:plasticity_diagram", ("plasticity_diagram", "synapse_diagram")),
    ("Protocols", "synapse:protocol_list", ("protocol_list", "protocol_new", "protocol_edit")),
    ("Experiments", "synapse:experiment_gallery", ("experiment_gallery", "experiment_detail")),
    (
        "Runs",
        "synapse:run_list",
        (
            "run_list",
            "synapse_runs",
            "plasticity_report",
            "run_compare",
            "sweep_list",
            "sweep",
            "sweep_new",
        ),
    ),
    ("Learners", "learner:learner_list", ("learner_list", *LEARNER_PAGES)),
)
"""Text, name of the page, names of the pages in its section."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; ``current`` is the value of aria-current, or empty."""

    text: str
    href: str
    current: str


@register.simple_tag(takes_context=True)
def main_navigation(context: template.Context) -> list[Place]:
    """Return the entries, with the page or section that the reader is in."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = match.url_name if match else ""
    return [Place(text, reverse(name), _current(here, names)) for text, name, names in PLACES]


def _current(here: str, names: tuple[str, ...]) -> str:
    if here not in names:
        return ""
    return "page" if here == names[0] else "true"


@register.simple_tag
def demo_mode() -> bool:
    """Return whether anyone at this machine may write."""
    return bool(settings.DEMO)


@register.simple_tag
def project_version() -> str:
    """Return the version of the project."""
    return __version__
