"""Example synapses: public, without an owner, numbered from 1 in an empty database."""

from django.db import transaction

from synapse.models import Preset, Synapse, Visibility
from synapse.services.preset_files import load_presets
from synapse.services.presets import create_from_preset

ALONE = "alone"
ONE_NEURON = "one neuron"

EXAMPLES = (
    ("Hippocampus CA1", "hippocampus", ALONE),
    ("CA1 neuron, synapse A", "hippocampus", ONE_NEURON),
    ("CA1 neuron, synapse B", "hippocampus", ONE_NEURON),
    ("CA1 neuron, synapse C", "hippocampus", ONE_NEURON),
    ("Neocortex layer 5", "neocortex-l5", ALONE),
    ("Striatum D1", "striatum-d1", ALONE),
    ("Depressing release", "release-depressing", ALONE),
    ("Facilitating release", "release-facilitating", ALONE),
)
"""Name, preset, and whether it shares the neuron and all its pools with its neighbours."""

SHARED = ("neuron", "astrocyte_unit", "consolidation_protein_pool", "dopamine_cleft")


@transaction.atomic
def load_examples() -> list[tuple[Synapse, str]]:
    """Make the examples that are missing; return each with what was done."""
    if not Preset.objects.exists():
        load_presets()
    outcomes = []
    together = [name for name, _, kind in EXAMPLES if kind == ONE_NEURON]
    neighbour = Synapse.objects.filter(name__in=together, owner=None).first()
    for name, preset, kind in EXAMPLES:
        synapse = Synapse.objects.filter(name=name, owner=None).first()
        outcome = "unchanged"
        if synapse is None:
            shared = {}
            if kind == ONE_NEURON and neighbour is not None:
                shared = {part: getattr(neighbour, part) for part in SHARED}
            synapse = create_from_preset(
                preset=preset, name=name, visibility=Visibility.PUBLIC, **shared
            )
            outcome = "created"
        if kind == ONE_NEURON:
            neighbour = synapse
        outcomes.append((synapse, outcome))
    return outcomes
