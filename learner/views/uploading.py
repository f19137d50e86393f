"""Uploads whose length is looked at before anything of them is read."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

OTHER_FIELDS = 100_000
"""Bytes of a form besides its file."""
View = Callable[..., HttpResponse]


def bounded(largest: Callable[[], int]) -> Callable[[View], View]:
    """Let a view refuse what is too long: it gets ``too_long``, and then must not read the body.

    The check of the token reads the whole body, so it comes after the look at the length.
    """

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            length = request.headers.get("Content-Length") or "0"
            if length.isdecimal() and int(length) <= largest() + OTHER_FIELDS:
                return protected(request, *args, **kwargs)
            return view(request, *args, **kwargs, too_long=True)

        return wrapped

    return decorate
