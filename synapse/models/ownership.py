"""Who may see and who may change a row."""

import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models


def new_share_key() -> str:
    """Return a key that cannot be guessed, for a link that can be shared."""
    return secrets.token_urlsafe(24)


class Visibility(models.TextChoices):
    """Who may see a row besides its owner."""

    PRIVATE = "private", "only its owner"
    LINK = "link", "everyone who has the link"
    PUBLIC = "public", "everyone"


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows filtered by what a user may do with them."""

    def visible_to(self, user: Any) -> Self:
        """Keep the public rows and the user's own; a superuser sees all."""
        if user.is_superuser:
            return self.all()
        public = models.Q(visibility=Visibility.PUBLIC)
        return self.filter(public | models.Q(owner=user) if user.is_authenticated else public)

    def writable_by(self, user: Any) -> Self:
        """Keep the user's own rows, and in a demo those that have no owner."""
        if user.is_superuser:
            return self.all()
        rows = models.Q(owner=user) if user.is_authenticated else models.Q(pk__in=[])
        if getattr(settings, "DEMO", False):
            rows |= models.Q(owner=None)
        return self.filter(rows)


class Owned(models.Model):
    """Base of what belongs to a user. Without an owner it belongs to the site."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="%(class)ss",
    )
    visibility = models.CharField(
        max_length=7, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    share_key = models.CharField(max_length=32, unique=True, default=new_share_key, editable=False)

    class Meta:
        abstract = True
