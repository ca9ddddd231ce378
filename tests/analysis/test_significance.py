import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from outlearn.analysis import examples_p_value, holm, seeds_p_value
from outlearn.core import DataError

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def step_down(p_values: list[float]) -> list[float]:
    """Return Holm's adjusted p-values by the definition: the largest of all steps up to one's own."""
    ordered = sorted(p_values)
    found = []
    for p_value in p_values:
        rank = ordered.index(p_value)
        # Of equal p-values the first has the largest factor, and hands its adjusted value on to the others.
        steps = [(len(ordered) - place) * ordered[place] for place in range(rank + 1)]
        found.append(min(1.0, max(steps)))
    return found


def test_holm_agrees_with_a_calculation_by_hand() -> None:
    # 4 x 0.005, 3 x 0.01, then 2 x 0.03 and 1 x 0.04, which may not fall below it.
    found = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert found.tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.6, 0.9])).tolist() == [1.0, 1.0]
    assert holm(np.array([0.02])).tolist() == [0.02]
    assert holm(np.array([])).tolist() == []


@given(P_VALUES)
def test_holm_is_its_definition(p_values: list[float]) -> None:
    assert holm(np.array(p_values)).tolist() == pytest.approx(step_down(p_values))


@given(P_VALUES)
def test_holm_lies_between_no_correction_and_bonferroni_and_keeps_the_order(p_values: list[float]) -> None:
    given_, found = np.array(p_values), holm(np.array(p_values))
    assert (found >= given_).all()
    assert (found <= np.minimum(1, len(p_values) * given_) + 1e-12).all()
    assert (np.diff(found[np.argsort(given_, kind="stable")]) >= 0).all()


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(wrong: float) -> None:
    with pytest.raises(DataError, match=r"lie in \[0, 1\]"):
        holm(np.array([0.5, wrong]))


def test_the_test_over_seeds_is_that_of_scipy() -> None:
    differences = np.array([0.02, 0.05, -0.01, 0.03])
    assert seeds_p_value(differences) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    assert seeds_p_value(-differences) == seeds_p_value(differences)


def test_seeds_that_agree_exactly_are_no_proof_beyond_their_signs() -> None:
    assert seeds_p_value(np.full(2, 0.1)) == 0.5
    assert seeds_p_value(np.full(8, 0.1)) == 2 / 2**8
    assert seeds_p_value(np.zeros(8)) == 1


def test_a_test_over_one_seed_is_refused() -> None:
    with pytest.raises(DataError, match="got 1; add seeds"):
        seeds_p_value(np.array([0.1]))


@pytest.mark.parametrize(("won", "lost"), [(30, 12), (5, 5), (9, 0), (0, 0)])
def test_flipping_signs_of_single_examples_is_mcnemars_exact_test(won: int, lost: int) -> None:
    differences = np.array([1.0] * won + [-1.0] * lost + [0.0] * 50)
    found = examples_p_value(differences, groups=[f"g{index}" for index in range(len(differences))])
    expected = stats.binomtest(won, won + lost).pvalue if won + lost else 1.0
    assert found == pytest.approx(expected, abs=0.005)


def test_examples_of_a_group_flip_together() -> None:
    differences = np.array([1.0] * 12)
    alone = examples_p_value(differences, groups=[f"g{index}" for index in range(12)])
    grouped = examples_p_value(differences, groups=[f"g{index // 4}" for index in range(12)])
    assert alone == pytest.approx(2 / 2**12, abs=3e-4)
    assert grouped == pytest.approx(2 / 2**3, abs=0.005)


def test_groups_of_different_weight_agree_with_all_flips_written_out() -> None:
    sums = np.array([2.0, 1.0, 1.0, -0.5, 3.0, 0.5])
    signs = np.array(np.meshgrid(*[[-1, 1]] * len(sums))).reshape(len(sums), -1)
    expected = np.mean(np.abs(sums @ signs) >= abs(sums.sum()) - 1e-9)
    found = examples_p_value(sums, groups=list("abcdef"))
    assert found == pytest.approx(expected, abs=0.005)


def test_the_same_answers_give_the_same_p_value() -> None:
    differences = np.random.default_rng(0).integers(-1, 2, 200).astype(float)
    groups = [f"g{index}" for index in range(200)]
    assert examples_p_value(differences, groups=groups) == examples_p_value(differences, groups=groups)
    assert examples_p_value(np.ones(200), groups=groups) == 1e-5


def family_wise_errors(*, corrected: bool, num_grids: int, num_seeds: int = 4) -> float:
    """Return how often a run of twelve methods that are all like naive declares one better or worse."""
    rng = np.random.default_rng(7)
    wrong = 0
    for _ in range(num_grids):
        naive = 0.01 * rng.standard_normal(num_seeds)
        # All methods of a run share naive, so their tests depend on each other.
        differences = 0.02 * rng.standard_normal((12, num_seeds)) - naive
        p_values = np.array([seeds_p_value(row) for row in differences])
        wrong += bool(((holm(p_values) if corrected else p_values) <= 0.05).any())
    return wrong / num_grids


def test_a_run_without_effects_declares_one_at_most_once_in_twenty() -> None:
    assert family_wise_errors(corrected=True, num_grids=800) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 800)
    assert family_wise_errors(corrected=False, num_grids=800) > 0.25


def test_with_one_seed_too() -> None:
    rng = np.random.default_rng(3)
    groups = [f"g{index // 2}" for index in range(120)]
    wrong = 0
    for _ in range(50):
        chance = rng.beta(2, 1, 60).repeat(2)
        answers = (rng.random((5, 120)) < chance).astype(float)
        p_values = np.array([examples_p_value(row - answers[0], groups=groups) for row in answers[1:]])
        wrong += bool((holm(p_values) <= 0.05).any())
    assert wrong / 50 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 50)
