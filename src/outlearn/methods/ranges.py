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


def check_count(value: int, *, name: str, least: int) -> None:
    """Return if a count is large enough.

    Args:
        value: What was given.
        name: Method and parameter, as in "out_of_fold: folds".
        least: Least count allowed.

    Raises:
        SpecError: If it is not.
    """
    if value < least:
        raise SpecError(f"{name} must be at least {least}, got {value}")


def check_share(value: float, *, name: str) -> None:
    """Return if a share is above 0 and at most 1.

    Args:
        value: What was given.
        name: Method and parameter, as in "confidence_threshold: frac".

    Raises:
        SpecError: If it is not; a value that is no number is not.
    """
    if not 0 < value <= 1:
        raise SpecError(f"{name} must be above 0 and at most 1, got {value}")
