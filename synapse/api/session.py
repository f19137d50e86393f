"""Who asks, and the presets."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Query, Router

from synapse.api.authentication import may_change
from synapse.api.paging import Page, paged
from synapse.api.records import PresetList, PresetOut, SessionOut
from synapse.models import Preset

router = Router(tags=["Session and presets"])


@router.get("session", response=SessionOut, operation_id="read_session", summary="Who asks")
def read_session(request: HttpRequest) -> dict[str, Any]:
    """Return who you are to the site, and the CSRF token that a browser sends with a change."""
    user = request.user
    return {
        "user": user.get_username() if user.is_authenticated else None,
        "demo": bool(settings.DEMO),
        "may_change": may_change(user),
        "csrf_token": get_token(request),
    }


@router.get("presets", response=PresetList, operation_id="list_presets", summary="Presets")
def list_presets(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Return the sets of parameters from which a synapse can be made."""
    return paged(request, Preset.objects.all(), page, as_json=_preset_json)


def _preset_json(preset: Preset) -> dict[str, Any]:
    return {name: getattr(preset, name) for name in PresetOut.model_fields}
