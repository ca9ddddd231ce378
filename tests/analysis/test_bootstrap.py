import time

import numpy as np
import pytest

from outlearn.analysis import Measured, percentile_interval, replicate_means, t_interval
from outlearn.core import DataError


def names(count: int, prefix: str = "g") -> tuple[str, ...]:
    return tuple(f"{prefix}{index}" for index in range(count))


def column(values: np.ndarray, groups: tuple[str, ...]) -> Measured:
    values = np.asarray(values, dtype=np.float64)
    return Measured(groups, values[:, None] if values.ndim == 1 else values)


def answers(
    *, num_seeds: int, num_examples: int, fresh: bool, seed: int, seed_sd: float = 0.02
) -> list[Measured]:
    """Return right and wrong answers: examples differ in difficulty, and seeds in skill."""
    rng = np.random.default_rng(seed)
    difficulty = rng.beta(2, 1, num_examples)
    found = []
    for number in range(num_seeds):
        if fresh:
            difficulty = rng.beta(2, 1, num_examples)
        chance = np.clip(difficulty + seed_sd * rng.standard_normal(), 0, 1)
        groups = names(num_examples, f"s{number}-" if fresh else "g")
        found.append(column(rng.random(num_examples) < chance, groups))
    return found


def test_the_same_seed_gives_the_same_replicates_and_another_gives_others() -> None:
    measured = answers(num_seeds=3, num_examples=50, fresh=False, seed=0)
    first = replicate_means(measured, num_replicates=300, seed=1)
    assert np.array_equal(first, replicate_means(measured, num_replicates=300, seed=1))
    assert not np.array_equal(first, replicate_means(measured, num_replicates=300, seed=2))


def test_replicates_scatter_around_the_mean_over_seeds() -> None:
    measured = answers(num_seeds=4, num_examples=200, fresh=False, seed=0)
    mean = np.mean([one.columns.mean() for one in measured])
    assert replicate_means(measured).mean() == pytest.approx(mean, abs=0.002)


def test_one_seed_gives_the_usual_interval_of_a_mean() -> None:
    rng = np.random.default_rng(0)
    values = rng.random(1_000)
    found = percentile_interval(replicate_means([column(values, names(1_000))])[:, 0])
    half = 1.96 * values.std() / np.sqrt(1_000)
    assert (found.low, found.high) == pytest.approx(
        (values.mean() - half, values.mean() + half), abs=0.05 * half
    )


def test_examples_of_a_group_are_drawn_together() -> None:
    values = np.repeat(np.random.default_rng(0).random(100), 5)
    grouped = replicate_means([column(values, tuple(f"g{index // 5}" for index in range(500)))])
    alone = replicate_means([column(values, names(500))])
    assert grouped.std() / alone.std() == pytest.approx(np.sqrt(5), rel=0.1)


def test_an_example_that_all_seeds_answered_has_one_weight_in_all_of_them() -> None:
    # Every seed gives the same answers, so more seeds say nothing new, and must not narrow the interval.
    values = np.random.default_rng(0).random(400) < 0.7
    one = replicate_means([column(values, names(400))])
    eight = replicate_means([column(values, names(400))] * 8)
    assert eight.std() == pytest.approx(one.std(), rel=0.02)
    assert np.corrcoef(eight[:, 0], one[:, 0])[0, 1] == pytest.approx(1)


def test_more_seeds_with_fresh_examples_do_narrow_the_interval() -> None:
    # Forty seeds of a hundred examples each, all different, are as good as four thousand examples.
    nested = replicate_means(answers(num_seeds=40, num_examples=100, fresh=True, seed=1, seed_sd=0.0))
    pooled = np.sqrt(2 / 3 * 1 / 3 / 4_000)
    assert nested.std() == pytest.approx(pooled, rel=0.25)


def test_with_fresh_examples_it_agrees_with_the_t_interval_over_many_seeds() -> None:
    measured = answers(num_seeds=60, num_examples=50, fresh=True, seed=2)
    found = percentile_interval(replicate_means(measured)[:, 0])
    expected = t_interval(np.array([one.columns.mean() for one in measured]))
    width = expected.high - expected.low
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.08 * width)


@pytest.mark.parametrize(
    ("fresh", "num_seeds", "low", "high"),
    [(False, 8, 0.93, 0.99), (False, 3, 0.93, 1.0), (True, 8, 0.92, 0.98), (True, 3, 0.92, 0.98)],
)
def test_it_covers_the_true_accuracy_about_nineteen_times_in_twenty(
    fresh: bool, num_seeds: int, low: float, high: float
) -> None:
    truth = 2 / 3  # mean of the difficulties
    covered = 0
    for seed in range(400):
        measured = answers(num_seeds=num_seeds, num_examples=100, fresh=fresh, seed=seed, seed_sd=0.03)
        found = percentile_interval(replicate_means(measured, num_replicates=500, seed=seed)[:, 0])
        covered += found.low <= truth <= found.high
    assert low <= covered / 400 <= high


def test_columns_are_drawn_together_so_what_they_share_cancels() -> None:
    values = np.random.default_rng(0).random((300, 1)) < 0.6
    both = Measured(names(300), np.hstack([values, values]).astype(np.float64))
    found = replicate_means([both, both])
    assert np.array_equal(found[:, 0], found[:, 1])


def test_a_seed_whose_few_groups_are_not_drawn_keeps_its_mean() -> None:
    seeds = [column(np.array([1.0, 0.0]), ("a", "b")), column(np.array([1.0]), ("a",))]
    assert np.isfinite(replicate_means(seeds)).all()


def test_percentiles_stand_infinities() -> None:
    values = np.concatenate([np.arange(1_000.0), np.full(10, np.inf)])
    assert percentile_interval(values).high == 984


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(DataError, match="one seed or more"):
        replicate_means([])
    with pytest.raises(DataError, match="each with test examples"):
        replicate_means([column(np.zeros(0).reshape(0, 1), ())])


def test_the_default_is_quick() -> None:
    measured = [column(np.random.default_rng(index).random((2_000, 3)), names(2_000)) for index in range(8)]
    start = time.process_time()
    assert replicate_means(measured).shape == (4_000, 3)
    assert time.process_time() - start < 5  # a fifth of a second on an idle core
