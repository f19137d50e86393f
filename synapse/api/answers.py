"""Rows as the API shows them."""

from typing import Any

from synapse.models import Run, SavedProtocol, Synapse
from synapse.plasticity.steps.step4_ampa_trafficking import committed_weight
from synapse.services.access import may_write


def owned(user: Any, row: Any) -> dict[str, Any]:
    """Return whose a row is; the key of its link is for those who may change it."""
    writes = may_write(user, row)
    return {
        "id": row.pk,
        "owner": row.owner.get_username() if row.owner else None,
        "visibility": row.visibility,
        "may_write": writes,
        "share_key": row.share_key if writes else None,
    }


def synapse_json(user: Any, synapse: Synapse) -> dict[str, Any]:
    """Return a synapse as a list shows it."""
    return owned(user, synapse) | {
        "name": synapse.name,
        "preset": synapse.preset.name if synapse.preset else None,
        "weight": committed_weight(synapse.psd_ampa_pool, synapse.ampa_trafficking_parameters),
        "simulated_time_ms": synapse.neuron.simulated_time,
        "created": synapse.created,
        "modified": synapse.modified,
    }


def run_json(user: Any, run: Run) -> dict[str, Any]:
    """Return a run without its state and trace."""
    plain = (
        "title", "status", "cancel_requested", "seed", "back_end", "ticks", "created", "started",
        "finished", "result_hash", "error",
    )  # fmt: skip
    return (
        owned(user, run)
        | {name: getattr(run, name) for name in plain}
        | {"synapse": run.synapse_id, "done_ms": run.done, "total_ms": run.total}
    )


def saved_json(user: Any, row: SavedProtocol) -> dict[str, Any]:
    """Return a saved protocol."""
    return owned(user, row) | {
        "name": row.name,
        "meaning": row.meaning,
        "duration_ms": row.duration,
        "bath": row.bath,
        "items": row.items,
    }
