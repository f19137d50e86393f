"""The account: what belongs to it, and its tokens. Registration stays with an administrator."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from synapse.models import ApiToken
from synapse.services.tokens import LONGEST_LIFE, create_token, revoke
from synapse.views.sharing import KINDS

PER_PAGE = 25


class TokenForm(forms.Form):
    """Name and life of a new token."""

    name = forms.CharField(max_length=60, error_messages={"required": "name is missing."})
    days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_LIFE,
        initial=90,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "days is missing.",
            "invalid": "days must be a whole number.",
            "min_value": f"days must be 1 to {LONGEST_LIFE}.",
            "max_value": f"days must be 1 to {LONGEST_LIFE}.",
        },
    )


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Show what belongs to the reader, one kind at a time."""
    shown = request.GET.get("show", "")
    shown = shown if shown in KINDS else "synapse"
    owned = {name: kind.rows().filter(owner=request.user) for name, kind in KINDS.items()}
    page = Paginator(owned[shown], PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "kinds": [(name, kind.plural, owned[name].count()) for name, kind in KINDS.items()],
        "shown": shown,
        "plural": KINDS[shown].plural,
        "page": page,
        "entries": [(row, KINDS[shown].address(row)) for row in page],
        "tokens": ApiToken.objects.filter(user=request.user).count(),
    }
    return render(request, "synapse/account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """List the tokens; a POST makes one and shows its key, this once."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    made: tuple[ApiToken, str] | None = None
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                made = create_token(user=request.user, **form.cleaned_data)
                form, status = TokenForm(), 201
            except ValueError as error:
                form.add_error(None, str(error))
    found = ApiToken.objects.filter(user=request.user)
    context = {"form": form, "made": made, "tokens": found, "most": LONGEST_LIFE}
    return render(request, "synapse/account_tokens.html", context, status=status)


@require_POST
@login_required
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """Delete a token; one of somebody else is passed over in silence."""
    revoke(user=request.user, key=token_id)
    return HttpResponseRedirect(reverse("synapse:tokens"))
