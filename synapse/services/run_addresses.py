"""From a run to the address at which it can be edited and run again."""

from synapse.models import Run
from synapse.plasticity.protocols import PROTOCOLS
from synapse.services.addresses import address_of
from synapse.services.presets import rest_values
from synapse.services.run_comparison import parameters_of


def edit_address(run: Run) -> str:
    """Return the address of a run's parameters and protocol, or nothing without a preset.

    It holds parameters, no state; the protocol only if it is a named one, as it comes.
    """
    preset = run.synapse.preset
    if preset is None:
        return ""
    usual = {name: v for part in rest_values(preset).values() for name, v in part.items()}
    differences = {
        name: value
        for name, value in parameters_of(run).items()
        if value is not None and name in usual and value != usual[name]
    }
    name = str(run.protocol.get("name", ""))
    known = name in PROTOCOLS and PROTOCOLS[name]().to_json()["events"] == [
        list(event) for event in run.protocol.get("events", [])
    ]
    return address_of(
        preset=preset.name, differences=differences, protocol=name if known else "",
        duration=run.protocol.get("duration_ms"), seed=run.seed,
    )  # fmt: skip
