"""Where axes begin, end and are labelled: plain numbers, so that no chart library decides what reads well."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from outlearn.report.numbers import superscript

MAX_LABELS = 5


@dataclass(frozen=True, slots=True)
class Ticks:
    """A logarithmic axis: its ends and its labelled values."""

    low: float
    high: float
    labels: dict[float, str]


@dataclass(frozen=True, slots=True)
class Domain:
    """The two ends of a linear axis."""

    low: float
    high: float


def compute_ticks(places: Sequence[float], *, flops: bool) -> Ticks:
    """Return a logarithmic axis that holds all places with room at both ends."""
    first, last = math.log10(min(places)), math.log10(max(places))
    room = 0.09 * max(last - first, 0.5)
    low, high = first - room, last + room
    powers = range(math.ceil(low), math.floor(high) + 1)
    if len(powers) >= 2:
        step = math.ceil(len(powers) / MAX_LABELS)
        values = [10.0**power for power in powers[::step]]
    else:
        decades = range(math.floor(low), math.floor(high) + 1)
        fine, coarse = (
            [d * 10.0**p for p in decades for d in digits] for digits in ((1, 2, 3, 5, 7), (1, 2, 5))
        )
        values = fine if len(_within(fine, low, high)) <= MAX_LABELS else coarse
    kept = _within(values, low, high) or [min(places), max(places)]
    return Ticks(low=10**low, high=10**high, labels={value: _label(value, flops) for value in kept})


def _within(values: Sequence[float], low: float, high: float) -> list[float]:
    return [value for value in values if low <= math.log10(value) <= high]


def pgr_domain(values: Sequence[float], *, lows: Sequence[float], highs: Sequence[float]) -> Domain:
    """Return an axis that holds 0 and 1, every PGR and, as far as [-1, 2], every interval."""
    low = min([-0.1, *values, *(max(end, -1.0) for end in lows)])
    high = max([1.0, *values, *(min(end, 2.0) for end in highs)])
    return Domain(low=low - 0.05 * (high - low), high=high + 0.05 * (high - low))


def _label(value: float, flops: bool) -> str:
    if flops or value < 1e3 or value >= 1e12:
        exponent = math.floor(math.log10(value) + 1e-9)
        digit = round(value / 10**exponent)
        return f"10{superscript(exponent)}" if digit == 1 else f"{digit}·10{superscript(exponent)}"
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= size * 0.999:
            return f"{value / size:.3g}{unit}"
    raise AssertionError(value)
