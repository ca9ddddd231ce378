import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlearn.report.numbers import MINUS, percent, scientific
from outlearn.report.scene import PALETTE
from outlearn.report.ticks import compute_ticks, pgr_domain


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", PALETTE)
@pytest.mark.parametrize("paper", ["#ffffff", "#14161a"])
def test_every_hue_has_the_contrast_of_graphics_on_light_and_on_dark(colour: str, paper: str) -> None:
    low, high = sorted((luminance(colour), luminance(paper)))
    assert (high + 0.05) / (low + 0.05) >= 3


def test_numbers_are_written_one_way() -> None:
    assert percent(0.7214) == "72.1"
    assert percent(-0.0001) == "0.0"
    assert percent(-0.2) == f"{MINUS}20.0"
    assert (percent(math.inf), percent(-math.inf)) == ("∞", f"{MINUS}∞")
    assert scientific(153_000.0) == "153,000"
    assert scientific(1e13) == "10¹³"


@given(st.lists(st.floats(1e3, 1e27), min_size=2, max_size=12), st.booleans())
def test_a_compute_axis_holds_every_place_and_has_labels(places: list[float], flops: bool) -> None:
    ticks = compute_ticks(places, flops=flops)
    assert ticks.low < min(places) <= max(places) < ticks.high
    assert 1 <= len(ticks.labels) <= 5  # more would touch
    assert all(ticks.labels.values())


@given(st.lists(st.floats(-50, 50), max_size=9), st.floats(0, 1e3))
def test_a_pgr_axis_holds_0_and_1_and_every_value(values: list[float], half: float) -> None:
    lows, highs = [value - half for value in values], [value + half for value in values]
    domain = pgr_domain(values, lows=lows, highs=highs)
    assert all(domain.low < value < domain.high for value in (0.0, 1.0, *values))
