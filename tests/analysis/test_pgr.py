import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from outlearn.analysis import Fieller, fieller, pgr, t_interval
from outlearn.core import DataError

TRUE_RATIO = 0.4


def simulated(num_seeds: int, *, rng: np.random.Generator) -> Fieller:
    """Return Fieller's interval for teacher, student and ceiling accuracies that move together a little."""
    shared = 0.01 * rng.standard_normal(num_seeds)
    weak = 0.6 + shared + 0.02 * rng.standard_normal(num_seeds)
    ceiling = 0.9 + shared + 0.01 * rng.standard_normal(num_seeds)
    student = 0.6 + TRUE_RATIO * 0.3 + shared + 0.02 * rng.standard_normal(num_seeds)
    return fieller(student - weak, gaps=ceiling - weak)


@pytest.mark.parametrize(("num_seeds", "low", "high"), [(8, 0.93, 0.97), (3, 0.93, 0.97)])
def test_fieller_covers_the_true_ratio_nineteen_times_in_twenty(
    num_seeds: int, low: float, high: float
) -> None:
    rng = np.random.default_rng(12)
    found = [simulated(num_seeds, rng=rng) for _ in range(2_000)]
    bounded = [interval for interval in found if interval.shape == "bounded"]
    assert len(bounded) > 1_990
    covered = np.mean([interval.low <= TRUE_RATIO <= interval.high for interval in bounded])
    assert low <= covered <= high


def test_a_mean_of_ratios_would_mislead_where_a_ratio_of_means_does_not() -> None:
    # One seed with a tiny gap: its own ratio is -10, and would decide the mean of ratios.
    numerators, gaps = np.array([0.10, 0.12, -0.10]), np.array([0.20, 0.24, 0.01])
    assert np.mean(numerators / gaps) == pytest.approx(-3.0)
    assert fieller(numerators, gaps=gaps).value == pytest.approx(0.12 / 0.45)


def test_fieller_is_the_set_of_ratios_that_a_t_test_does_not_reject() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        gaps = 0.3 + 0.05 * rng.standard_normal(5)
        numerators = 0.1 + 0.3 * (gaps - 0.3) + 0.03 * rng.standard_normal(5)
        found = fieller(numerators, gaps=gaps)
        assert found.shape == "bounded"
        for end in (found.low, found.high):
            # At either end the paired t-test of numerator against end times gap is exactly at 5 %.
            assert stats.ttest_1samp(numerators - end * gaps, 0).pvalue == pytest.approx(0.05, abs=1e-9)


def test_fieller_agrees_with_a_calculation_by_hand() -> None:
    # Means 2 and 4, variances of the means 1/3 and 0: the interval is (2 -+ t / sqrt 3) / 4, t = 4.302653.
    found = fieller(np.array([1.0, 2.0, 3.0]), gaps=np.array([4.0, 4.0, 4.0]))
    half = 4.302652729911275 / math.sqrt(3)
    assert (found.low, found.value, found.high) == pytest.approx(((2 - half) / 4, 0.5, (2 + half) / 4))


def test_fieller_becomes_the_delta_method_as_noise_vanishes() -> None:
    rng = np.random.default_rng(5)
    noise = 1e-4 * rng.standard_normal((2, 10))
    numerators, gaps = 0.1 + noise[0], 0.3 + noise[1]
    ratio = numerators.mean() / gaps.mean()
    error = np.std(numerators - ratio * gaps, ddof=1) / math.sqrt(10) / gaps.mean()
    half = stats.t.ppf(0.975, 9) * error
    found = fieller(numerators, gaps=gaps)
    assert found.low == pytest.approx(ratio - half, abs=half * 1e-2)
    assert found.high == pytest.approx(ratio + half, abs=half * 1e-2)


def test_fieller_is_bounded_exactly_where_the_interval_of_the_gap_excludes_zero() -> None:
    rng = np.random.default_rng(8)
    shapes = set()
    for _ in range(500):
        gaps = 0.05 + 0.06 * rng.standard_normal(4)
        numerators = 0.08 + 0.03 * rng.standard_normal(4)
        interval = t_interval(gaps)
        found = fieller(numerators, gaps=gaps)
        shapes.add(found.shape)
        assert (found.shape == "bounded") == (not interval.low <= 0 <= interval.high)
    assert shapes == {"bounded", "disjoint", "unbounded"}


def test_a_disjoint_interval_leaves_out_only_what_lies_between_its_ends() -> None:
    rng = np.random.default_rng(1)
    gaps, numerators = 0.01 * rng.standard_normal(6), 1 + 0.01 * rng.standard_normal(6)
    found = fieller(numerators, gaps=gaps)
    assert found.shape == "disjoint"
    assert found.low < 0 < found.high
    middle = (found.low + found.high) / 2
    assert stats.ttest_1samp(numerators - middle * gaps, 0).pvalue < 0.05
    assert stats.ttest_1samp(numerators - 2 * found.high * gaps, 0).pvalue > 0.05


def test_no_gap_at_all_rules_nothing_out() -> None:
    found = fieller(np.array([0.1, 0.2]), gaps=np.zeros(2))
    assert found.shape == "unbounded"
    assert math.isnan(found.value)


@pytest.mark.parametrize(("numerators", "gaps"), [([0.1], [0.2]), ([], []), ([0.1, 0.2], [0.1, 0.2, 0.3])])
def test_fieller_asks_for_paired_seeds(numerators: list[float], gaps: list[float]) -> None:
    with pytest.raises((DataError, TypeError), match=r"two or more paired seeds|violates type hint"):
        fieller(np.array(numerators, dtype=float), gaps=np.array(gaps, dtype=float))


def test_an_interval_over_one_seed_is_refused() -> None:
    with pytest.raises(DataError, match="got 1; add seeds"):
        t_interval(np.array([0.5]))


def test_the_t_interval_is_that_of_scipy() -> None:
    values = np.array([0.70, 0.72, 0.69, 0.75])
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    found = t_interval(values)
    assert (found.low, found.value, found.high) == pytest.approx((low, values.mean(), high))


def test_pgr_is_zero_at_the_teacher_and_one_at_the_ceiling_and_is_not_clipped() -> None:
    assert pgr(weak=0.6, student=0.6, ceiling=0.9) == 0
    assert pgr(weak=0.6, student=0.9, ceiling=0.9) == 1
    assert pgr(weak=0.5, student=0.25, ceiling=0.75) == -1
    assert pgr(weak=0.5, student=1.0, ceiling=0.75) == 2
    assert pgr(weak=0.5, student=0.6, ceiling=0.5) is None


@pytest.mark.parametrize(
    ("weak", "student", "ceiling", "printed"),
    [
        (
            56.6,
            60.7,
            63.7,
            57.7,
        ),  # Burns et al. 2023, table 3: AlexNet to DINO ResNet-50, from rounded values
        (56.6, 64.2, 74.9, 41.5),  # the same, AlexNet to DINO ViT-B/8
        (70.8, 79.5, 90.3, 44.6),  # figure 3a, supervisor 10^-5.25 to GPT-4: PGR of the median accuracies
    ],
)
def test_pgr_of_the_papers_accuracies(weak: float, student: float, ceiling: float, printed: float) -> None:
    found = pgr(weak=weak, student=student, ceiling=ceiling)
    assert found is not None
    assert 100 * found == pytest.approx(printed, abs=0.05)


ACCURACY = st.floats(0.05, 0.95)


@given(
    weak=ACCURACY,
    student=ACCURACY,
    gap=st.floats(0.05, 0.5),
    scale=st.floats(0.1, 10),
    shift=st.floats(-1, 1),
)
def test_pgr_does_not_change_when_accuracies_are_measured_on_another_scale(
    weak: float, student: float, gap: float, scale: float, shift: float
) -> None:
    here = pgr(weak=weak, student=student, ceiling=weak + gap)
    there = pgr(
        weak=scale * weak + shift, student=scale * student + shift, ceiling=scale * (weak + gap) + shift
    )
    assert here is not None
    assert there == pytest.approx(here, rel=1e-6, abs=1e-9)


@given(scale=st.floats(0.1, 10), seed=st.integers(0, 50))
def test_fieller_does_not_change_when_accuracies_are_measured_on_another_scale(
    scale: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    gaps, numerators = 0.3 + 0.02 * rng.standard_normal(4), 0.1 + 0.02 * rng.standard_normal(4)
    here, there = fieller(numerators, gaps=gaps), fieller(scale * numerators, gaps=scale * gaps)
    assert (there.low, there.high) == pytest.approx((here.low, here.high))


def test_pairing_matters() -> None:
    # A gap and a numerator that share their teacher move together; taken from different seeds they do not.
    rng = np.random.default_rng(0)
    weak = 0.6 + 0.05 * rng.standard_normal(8)
    numerators, gaps = 0.75 - weak, 0.9 - weak
    paired = fieller(numerators, gaps=gaps)
    mixed = fieller(np.roll(numerators, 1), gaps=gaps)
    assert paired.value == pytest.approx(mixed.value)
    assert paired.high - paired.low < 0.8 * (mixed.high - mixed.low)
