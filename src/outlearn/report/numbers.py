"""How numbers are written: per cent with one decimal, intervals in brackets, "undefined" with its reason.

One place, so that the terminal, the page and the figures never write the same number in two ways.
"""

import math

from outlearn.analysis import Estimate, PgrEstimate

MINUS = "\N{MINUS SIGN}"


def percent(value: float) -> str:
    """Return a fraction as per cent with one decimal and no sign of its own: 0.7214 is "72.1"."""
    if math.isnan(value):
        return "n/a"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{100 * value:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", MINUS)


def interval(low: float, high: float) -> str:
    """Return an interval of fractions in per cent, e.g. "[70.3, 74.0]"."""
    return f"[{percent(low)}, {percent(high)}]"


def estimate(value: Estimate) -> str:
    """Return an estimate with its interval, e.g. "72.1 [70.3, 74.0]"."""
    return f"{percent(value.value)} {interval(value.low, value.high)}"


def pgr(value: PgrEstimate) -> str:
    """Return a PGR with its interval in per cent, or "undefined: " and why."""
    if value.value is None:
        return f"undefined: {value.undefined}"
    if value.low is None or value.high is None:
        return f"{percent(value.value)} (no interval)"
    return f"{percent(value.value)} {interval(value.low, value.high)}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one: "1 seed", "3 seeds"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def scientific(value: float) -> str:
    """Return a large number as a person writes it: 2.4e15 by a power of ten, 153000 as "153,000"."""
    if value < 1e9:
        return f"{value:,.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    power = superscript(int(exponent))
    return (
        f"10{power}"
        if mantissa == "1.0"
        else f"{mantissa.removesuffix('.0')} \N{MULTIPLICATION SIGN} 10{power}"
    )


def superscript(number: int) -> str:
    """Return an integer in raised digits."""
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def p_value(value: float) -> str:
    """Return a p-value with three decimals, or "<0.001"."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def pgr_points(value: PgrEstimate) -> str:
    """Return a signed difference of PGRs in percentage points: "+12.4 [3.0, 21.9]"."""
    if value.value is None:
        return "undefined"
    if value.low is None or value.high is None:
        return f"{'+' if value.value > 0 else ''}{percent(value.value)} (no interval)"
    return points(Estimate(value.value, value.low, value.high))


def points(value: Estimate) -> str:
    """Return a signed difference of accuracies in percentage points: "+3.1 [1.2, 5.0]"."""
    sign = "+" if value.value > 0 else ""
    return f"{sign}{percent(value.value)} {interval(value.low, value.high)}"
