"""Ranges of parameters: a value outside its range is refused when the method is made."""

from outlearn.core import SpecError


def check_range(value: float, *, name: str, low: float, high: float) -> None:
    """Return if a parameter is in [low, high].

    Args:
        value: What was given.
        name: Method and parameter, as in "reverse_kl: gamma".
        low: Least value allowed.
        high: Largest value allowed.

    Raises:
        SpecError: If it is not; a value that is no number is not.
    """
    if not low <= value <= high:
        raise SpecError(f"{name} must be in [{low:g}, {high:g}], got {value}")
