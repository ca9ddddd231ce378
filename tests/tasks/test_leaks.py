"""The leak check: it finds what is planted, and on clean tasks it hardly ever finds anything."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from outlearn.core import DataError
from outlearn.tasks import Card, Example, LeakReport, Pool, Sources, Task, check_task, leak_check
from tests.tasks.pools import CLASSES, pool_of

WORDS = [
    f"{first}{second}" for first in ("lo", "mi", "ra", "te", "su") for second in ("n", "r", "st", "ll", "m")
]


def _answered(
    num_groups: int,
    *,
    seed: int,
    longer: float = 0.0,
    telling: float = 0.0,
    num_classes: int = 2,
    per_group: int = 2,
) -> Pool:
    """Return questions with random answers; of class 1, some are longer and some have a telling word."""
    rng = np.random.default_rng(seed)
    examples = []
    for group in range(num_groups):
        for member in range(per_group):
            gold = member % num_classes
            words = list(rng.choice(WORDS, size=rng.integers(1, 6)))
            if gold == 1 and rng.random() < longer:
                words += list(rng.choice(WORDS, size=4))
            if gold == 1 and rng.random() < telling:
                words[0] = {3: "kan", 4: "kand"}[len(words[0])]
            answer = " ".join(words)
            examples.append(
                Example(
                    id=f"{group}-{member}",
                    text=f"Question {group}? {answer}",
                    gold=gold,
                    group=f"group {group}",
                    answer=answer,
                )
            )
    return Pool(train=tuple(examples))


def _task(pool: Pool, *, known_leak: str = "") -> Task:
    card = Card(
        summary="Right or wrong.",
        licence="CC0",
        citation="@misc{nobody2024nothing, title = {Nothing}}",
        group="question",
        known_leak=known_leak,
    )
    return Task(name="made up", classes=CLASSES, card=card, draw=lambda sources, seed: pool)


def test_a_clean_task_is_at_chance_in_form_and_words() -> None:
    report = leak_check(_answered(1000, seed=0), num_classes=2, seed=0)
    assert report.num_examples == 2000
    assert report.chance == 0.5
    assert abs(report.form_accuracy - 0.5) < 4 * report.standard_error
    assert abs(report.words_accuracy - 0.5) < 4 * report.standard_error
    assert report.standard_error == pytest.approx(math.sqrt(2 * 0.25 / 2000), rel=0.2)


def test_right_answers_that_are_longer_are_found_and_refused_unless_the_card_says_so() -> None:
    pool = _answered(500, seed=1, longer=0.5)
    report = leak_check(pool, num_classes=2, seed=0)
    assert report.leaks_form
    assert report.form_accuracy > 0.65
    with pytest.raises(DataError, match=r"form of the answer alone gives .*state the leak in the card"):
        check_task(_task(pool), Sources(None))
    assert check_task(_task(pool, known_leak="Right answers are longer."), Sources(None)) == report


def test_a_telling_word_is_found_by_words_and_not_by_form() -> None:
    pool = _answered(500, seed=2, telling=0.6)
    report = leak_check(pool, num_classes=2, seed=0)
    assert report.words_accuracy > 0.75
    assert report.form_accuracy < 0.6


@pytest.mark.parametrize("mark", [".", "A", "7", "\u00e9", "\n"])
def test_every_kind_of_form_is_seen(mark: str) -> None:
    pool = _answered(200, seed=3)
    marked = tuple(
        replace(each, text=f"{each.text}{mark}", answer=f"{each.answer}{mark}") if each.gold else each
        for each in pool.train
    )
    assert leak_check(Pool(train=marked), num_classes=2, seed=0).form_accuracy > 0.95


def test_where_the_answer_stands_is_form() -> None:
    pool = _answered(200, seed=4)
    moved = tuple(
        replace(each, text=f"{each.answer} answers it" if each.gold else each.text) for each in pool.train
    )
    assert leak_check(Pool(train=moved), num_classes=2, seed=0).form_accuracy > 0.95


def test_a_middle_length_that_gives_the_class_away_is_seen() -> None:
    rng = np.random.default_rng(5)
    lengths = rng.integers(1, 30, size=600)
    examples = tuple(
        Example(
            id=str(index),
            text="a" * int(length),
            gold=int(10 <= length < 20),
            group=f"group {length} {index % 4}",
        )
        for index, length in enumerate(lengths)
    )
    assert leak_check(Pool(train=examples), num_classes=2, seed=0).form_accuracy > 0.75


def test_without_answers_the_form_of_the_text_is_judged_and_its_words_are_not() -> None:
    report = leak_check(pool_of(200), num_classes=2, seed=0)
    assert math.isnan(report.words_accuracy)
    assert "the form of the text alone gives" in str(report)
    assert "words" not in str(report)


def test_what_only_groups_have_in_common_is_no_leak() -> None:
    rng = np.random.default_rng(6)
    examples = []
    for group in range(150):
        gold, length = int(rng.integers(2)), int(rng.integers(1, 400))  # both the same all through a group
        examples += [
            Example(id=f"{group}-{n}", text=f"{group} {n} " + "a" * length, gold=gold, group=str(group))
            for n in range(20)
        ]
    report = leak_check(Pool(train=tuple(examples)), num_classes=2, seed=0)
    assert not report.leaks_form
    assert report.standard_error > 3 * math.sqrt(0.25 / 3000)  # 150 groups count, not 3,000 examples


def test_rare_classes_count_as_much_as_frequent_ones() -> None:
    pool = pool_of(400, per_group=1)
    rare = Pool(train=tuple(each for n, each in enumerate(pool.train) if each.gold == 0 or n % 20 == 1))
    report = leak_check(rare, num_classes=2, seed=0)
    assert not report.leaks_form  # guessing the frequent class gives 91 % plain accuracy


def test_chance_is_that_of_the_number_of_classes() -> None:
    report = leak_check(_answered(300, seed=7, num_classes=3, per_group=3), num_classes=3, seed=0)
    assert report.chance == pytest.approx(1 / 3)
    assert abs(report.words_accuracy - 1 / 3) < 4 * report.standard_error


@pytest.mark.parametrize(("num_groups", "per_group"), [(20, 2), (80, 2), (40, 6)])
def test_false_alarms_are_rare_and_the_standard_error_is_that_of_chance(
    num_groups: int, per_group: int
) -> None:
    reports = [
        leak_check(_answered(num_groups, seed=seed, per_group=per_group), num_classes=2, seed=seed)
        for seed in range(60)
    ]
    assert not any(report.leaks_form for report in reports)
    for kind in ("form_accuracy", "words_accuracy"):
        scores = [(getattr(report, kind) - 0.5) / report.standard_error for report in reports]
        assert abs(np.mean(scores)) < 0.5
        assert 0.7 < np.std(scores) < 1.3


def test_the_report_does_not_depend_on_the_order_of_examples() -> None:
    pool = _answered(100, seed=8, longer=0.3)
    backwards = Pool(train=pool.train[::-1])
    one, other = (leak_check(each, num_classes=2, seed=0) for each in (pool, backwards))
    assert one.form_accuracy == pytest.approx(other.form_accuracy, abs=0.01)
    assert one.words_accuracy == pytest.approx(other.words_accuracy, abs=0.01)
    assert one.num_examples == other.num_examples


def test_twenty_thousand_examples_take_seconds_and_more_are_cut_by_group() -> None:
    pool = _answered(10_500, seed=9)
    start = time.process_time()
    report = leak_check(pool, num_classes=2, seed=0)
    assert time.process_time() - start < 5
    assert 19_000 < report.num_examples < 20_000
    assert report.num_examples % 2 == 0


def test_too_few_groups_or_a_missing_class_is_refused() -> None:
    with pytest.raises(DataError, match="at least 10 groups and every class; got 9 groups and 2 of 2"):
        leak_check(_answered(9, seed=0), num_classes=2, seed=0)
    with pytest.raises(DataError, match="2 of 3 classes"):
        leak_check(_answered(20, seed=0), num_classes=3, seed=0)


def test_a_gain_of_less_than_five_points_is_let_pass() -> None:
    small = LeakReport(
        form_accuracy=0.549, words_accuracy=0.5, chance=0.5, num_examples=20_000, standard_error=0.004
    )
    assert not small.leaks_form
    assert replace(small, form_accuracy=0.551).leaks_form
    assert not replace(small, form_accuracy=0.551, standard_error=0.018).leaks_form


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": "elsewhere"}, "the answer of example '0-0' is no part of its text: 'elsewhere'"),
        ({"answer": ""}, "some examples mark an answer, but '0-0' does not; mark all or none"),
        ({"text": "a" * 200_001, "answer": "a"}, "a text of 200,001 characters; at most 200,000"),
    ],
)
def test_answers_and_lengths_that_cannot_be_meant_are_refused(change: dict[str, str], says: str) -> None:
    pool = _answered(50, seed=0)
    changed = Pool(train=(replace(pool.train[0], **change), *pool.train[1:]))
    with pytest.raises(DataError, match=says):
        check_task(_task(changed), Sources(None))
