"""Numbers of a learner in the templates."""

from django import template

from learner.rendering import explained
from synapse.rendering import numbers

register = template.Library()


@register.filter
def signed(value: float, decimals: int = 3) -> str:
    """Write a number with its sign."""
    return explained.signed(value, decimals)


@register.filter
def percent(value: float) -> str:
    """Write a share in per cent."""
    return f"{numbers.number_text(100 * value, 3)}\u00a0%"
