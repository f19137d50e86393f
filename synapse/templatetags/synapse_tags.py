"""Numbers, units, symbols and times in the templates."""

from django import template

from synapse.rendering import numbers

register = template.Library()


@register.filter
def number(value: float | None, digits: int = 4) -> str:
    """Write a number with significant figures."""
    return numbers.number_text(value, digits)


@register.filter
def fixed(value: float, decimals: int = 2) -> str:
    """Write a number with a fixed number of decimals."""
    return numbers.fixed_text(value, decimals)


@register.filter
def unit(value: str) -> str:
    """Write a declared unit."""
    return numbers.unit_text(value)


@register.filter
def symbol(value: str) -> numbers.Symbol:
    """Return the parts of a declared symbol."""
    return numbers.symbol_of(value)


@register.filter
def duration(milliseconds: float) -> str:
    """Write a simulated time."""
    return numbers.duration_text(milliseconds)
