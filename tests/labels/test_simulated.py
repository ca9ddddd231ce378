"""Simulated supervisors err exactly as often, and exactly where, they are told to."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float, Int
from scipy.optimize import linprog

from outlearn.core import DataError, SpecError, UnknownName
from outlearn.labels.simulated import (
    Scene,
    Supervisor,
    choose_confidently_correct,
    choose_longest,
    choose_random,
    choose_shortest,
    choose_unconfident,
    fit_first_features,
    flip,
    hint_word,
    hinted,
    matched,
    mix_in_flips,
    permuted_labels,
    predict,
    supervise,
    supervisors,
)

FLIPPING = (
    "confidently_correct_flips",
    "longest_flips",
    "random_flips",
    "shortest_flips",
    "unconfident_flips",
)
IDS = ("a", "b", "c", "d")


def _scene(num_rows: int, *, num_classes: int = 2, seed: int = 0) -> Scene:
    """Return a scene of a concept in many features, the earlier the clearer, with many ties everywhere."""
    rng = np.random.default_rng([seed, num_rows, num_classes])
    gold = rng.integers(num_classes, size=num_rows)
    teach_gold = np.arange(60) % num_classes
    teacher = np.where(rng.random(num_rows) < 0.3, rng.integers(num_classes, size=num_rows), gold)
    return Scene(
        ids=tuple(f"example {row}" for row in range(num_rows)),
        gold=gold,
        num_classes=num_classes,
        lengths=rng.integers(10, 15, size=num_rows),
        seed=seed,
        teacher=teacher,
        ceiling=np.round(rng.dirichlet(np.ones(num_classes), size=num_rows) * 4) / 4,
        features=np.eye(num_classes)[gold] + rng.normal(size=(num_rows, num_classes)),
        teach_features=np.eye(num_classes)[teach_gold] + rng.normal(size=(60, num_classes)),
        teach_gold=teach_gold,
    )


def _made(name: str) -> Supervisor:
    return supervisors[name](num_features=2) if name in ("simulatable", "mixture") else supervisors[name]()


@settings(max_examples=25, deadline=None)
@given(
    num_rows=st.integers(1, 40),
    num_classes=st.integers(2, 4),
    seed=st.integers(0, 1000),
    order=st.randoms(use_true_random=False),
)
@pytest.mark.parametrize("name", supervisors.names())
def test_the_order_of_rows_never_matters(
    name: str, num_rows: int, num_classes: int, seed: int, order: np.random.Generator
) -> None:
    scene = _scene(num_rows, num_classes=num_classes, seed=seed)
    rows = list(range(num_rows))
    order.shuffle(rows)
    moved = replace(
        scene,
        ids=tuple(scene.ids[row] for row in rows),
        **{key: getattr(scene, key)[rows] for key in ("gold", "lengths", "teacher", "ceiling", "features")},
    )
    supervisor = _made(name)
    before = supervise(scene, supervisor=supervisor)
    assert supervise(moved, supervisor=supervisor).tolist() == before[rows].tolist()
    assert supervise(scene, supervisor=supervisor).tolist() == before.tolist()


@pytest.mark.parametrize("match", ["total", "class"])
@pytest.mark.parametrize("num_classes", [2, 3])
@pytest.mark.parametrize("name", FLIPPING)
def test_a_flipping_supervisor_errs_exactly_as_often_as_its_teacher(
    name: str, num_classes: int, match: str
) -> None:
    scene = _scene(500, num_classes=num_classes)
    labels = supervise(scene, supervisor=supervisors[name](match=match))
    like = matched(scene.teacher, gold=scene.gold, num_classes=num_classes)
    got = matched(labels, gold=scene.gold, num_classes=num_classes)
    assert got.num_errors == like.num_errors > 50
    assert set(labels.tolist()) <= set(range(num_classes))
    if match == "class":
        assert got.errors_by_class.tolist() == like.errors_by_class.tolist()


def test_the_choosers_choose_what_they_say() -> None:
    lengths = np.array([9, 2, 7, 5])
    sure = np.array([[0.9, 0.1], [0.45, 0.55], [0.2, 0.8], [0.05, 0.95]])
    gold = np.array([0, 0, 1, 0])
    common = {"ids": IDS, "seed": 3, "num_flips": 2}
    assert choose_longest(lengths, **common).tolist() == [True, False, True, False]
    assert choose_shortest(lengths, **common).tolist() == [False, True, False, True]
    assert choose_unconfident(sure, **common).tolist() == [False, True, True, False]
    assert choose_confidently_correct(sure, gold=gold, **common).tolist() == [True, False, True, False]
    assert choose_random(IDS, seed=3, num_flips=2).sum() == 2


def test_of_three_classes_a_right_answer_is_flipped_before_a_likelier_wrong_one() -> None:
    sure = np.array([[0.45, 0.55, 0.0], [0.4, 0.3, 0.3]])
    chosen = choose_confidently_correct(sure, gold=np.array([0, 0]), ids=("a", "b"), seed=0, num_flips=1)
    assert chosen.tolist() == [False, True]


@given(
    lengths=st.lists(st.integers(0, 3), min_size=1, max_size=30), seed=st.integers(0, 9), some=st.floats(0, 1)
)
def test_more_flips_keep_those_that_fewer_chose_and_never_pass_over_a_longer_text(
    lengths: list[int], seed: int, some: float
) -> None:
    ids, count = [str(row) for row in range(len(lengths))], round(some * len(lengths))
    sizes = np.array(lengths)
    chosen = choose_longest(sizes, ids=ids, seed=seed, num_flips=count)
    assert chosen.sum() == count
    if 0 < count < len(lengths):
        assert sizes[chosen].min() >= sizes[~chosen].max()
    more = choose_longest(sizes, ids=ids, seed=seed, num_flips=min(count + 1, len(ids)))
    assert not (chosen & ~more).any()


def test_ties_fall_to_other_examples_with_another_seed() -> None:
    ids = [str(row) for row in range(400)]
    one, other = (choose_longest(np.ones(400, int), ids=ids, seed=seed, num_flips=200) for seed in (0, 1))
    assert 60 < (one & other).sum() < 140


@pytest.mark.parametrize("num_flips", [-1, 5])
def test_more_flips_than_examples_are_refused(num_flips: int) -> None:
    with pytest.raises(DataError, match=rf"{num_flips} of 4 labels cannot be flipped; ask for 0 to 4 flips"):
        choose_random(IDS, seed=0, num_flips=num_flips)


def test_a_flipped_label_is_each_of_the_wrong_classes_equally_often() -> None:
    ids = [str(row) for row in range(6000)]
    gold = np.arange(6000) % 4
    labels = flip(gold, which=gold != 3, num_classes=4, ids=ids, seed=1)
    assert (labels[gold == 3] == 3).all()
    counts = np.array([np.bincount(labels[gold == place], minlength=4) for place in range(3)])
    assert np.diagonal(counts).tolist() == [0, 0, 0]
    others = counts[~np.eye(3, 4, dtype=bool)]
    assert others.min() > 420
    assert others.max() < 580


def test_an_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(DataError, match="example 'a' is there twice"):
        choose_random(("b", "a", "a"), seed=0, num_flips=1)


def test_labels_that_are_no_class_are_refused() -> None:
    with pytest.raises(DataError, match=r"class indices in \[0, 2\).*got \[0, 2\]"):
        flip(np.array([0, 2]), which=np.array([True, False]), num_classes=2, ids=("a", "b"), seed=0)
    with pytest.raises(DataError, match="got 1 labels, 1 choices, 2 ids"):
        flip(np.array([0]), which=np.array([True]), num_classes=2, ids=("a", "b"), seed=0)


def _concept(
    num_rows: int, *, num_classes: int, seed: int
) -> tuple[Float[np.ndarray, "n h"], Int[np.ndarray, " n"]]:
    """Return 40 features that each say a little about gold."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(num_classes, size=num_rows)
    means = np.random.default_rng(99).normal(size=(num_classes, 40)) * 0.5
    return (means[gold] + rng.normal(size=(num_rows, 40))).astype(np.float32), gold


@pytest.mark.parametrize("num_classes", [2, 3])
def test_a_fit_is_the_optimum_of_the_penalised_cross_entropy_whatever_the_scale(num_classes: int) -> None:
    features, gold = _concept(400, num_classes=num_classes, seed=1)
    features = features * np.geomspace(0.01, 100, 40) + 50
    model = fit_first_features(features, gold=gold, num_classes=num_classes, num_features=7)
    first = features[:, :7].astype(float)
    scores = np.exp(first @ model.weights + model.bias)
    error = scores / scores.sum(axis=1, keepdims=True) - np.eye(num_classes)[gold]
    slope = first.T @ error + model.weights
    free = slice(1, None) if num_classes == 2 else slice(None)
    assert model.weights.shape == (7, num_classes)
    spread = first.std(axis=0)[:, None] * 20  # a standard error of a weight is about one over this
    assert np.abs((slope - first.mean(axis=0)[:, None] * error.sum(axis=0)) / spread)[:, free].max() < 1e-4
    assert np.abs(error.sum(axis=0)).max() < 1e-3
    assert num_classes == 3 or not model.weights[:, 0].any()


def test_swapping_the_classes_swaps_the_labels() -> None:
    features, gold = _concept(300, num_classes=2, seed=5)
    one, other = (
        predict(fit_first_features(features, gold=each, num_classes=2, num_features=9), features)
        for each in (gold, 1 - gold)
    )
    assert one.tolist() == (1 - other).tolist()


@pytest.mark.parametrize("num_classes", [2, 3])
def test_more_features_make_a_better_supervisor(num_classes: int) -> None:
    features, gold = _concept(3000, num_classes=num_classes, seed=2)
    unseen, truth = _concept(3000, num_classes=num_classes, seed=3)
    models = [
        fit_first_features(features, gold=gold, num_classes=num_classes, num_features=k)
        for k in (1, 4, 12, 40)
    ]
    accuracies = [float((predict(model, unseen) == truth).mean()) for model in models]
    assert accuracies == sorted(accuracies)
    assert accuracies[-1] > accuracies[0] + 0.2


def _separable(features: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> bool:
    """Return whether a plane puts each class on its own side, by linear programming."""
    sides = np.hstack([features, np.ones((len(features), 1))]) * (2 * labels - 1)[:, None]
    free = [(None, None)] * sides.shape[1]
    found = linprog(np.zeros(sides.shape[1]), A_ub=-sides, b_ub=-np.ones(len(sides)), bounds=free)
    return bool(found.status == 0)


def test_a_student_with_as_many_features_can_imitate_a_simulatable_supervisor_perfectly() -> None:
    features, gold = _concept(4000, num_classes=2, seed=4)
    teach, transfer = features[:1000], features[1000:]
    model = fit_first_features(teach, gold=gold[:1000], num_classes=2, num_features=5)
    labels = predict(model, transfer)
    assert _separable(transfer[:300, :5].astype(float), labels[:300])
    assert not _separable(transfer[:300, :4].astype(float), labels[:300])
    assert not _separable(transfer[:300, :5].astype(float), gold[1000:1300])
    agreement = {}
    for k in (2, 5, 40):
        student = fit_first_features(transfer, gold=labels, num_classes=2, num_features=k)
        agreement[k] = (predict(student, transfer) == labels).mean()
    assert min(agreement[5], agreement[40]) > 0.98
    assert agreement[2] < 0.9


def test_random_errors_are_outlearned_and_imitable_ones_are_not() -> None:
    features, gold = _concept(6000, num_classes=2, seed=6)
    transfer, truth = features[1000:4000], gold[1000:4000]
    model = fit_first_features(features[:1000], gold=gold[:1000], num_classes=2, num_features=3)
    imitable = predict(model, transfer)
    scene = Scene(
        ids=tuple(map(str, range(3000))),
        gold=truth,
        num_classes=2,
        lengths=np.ones(3000, int),
        seed=0,
        teacher=imitable,
    )
    random = supervise(scene, supervisor=supervisors["random_flips"]())
    assert (random == truth).sum() == (imitable == truth).sum()
    students = [
        fit_first_features(transfer, gold=labels, num_classes=2, num_features=40)
        for labels in (imitable, random)
    ]
    after = [float((predict(student, features[4000:]) == gold[4000:]).mean()) for student in students]
    assert after[0] < (imitable == truth).mean() + 0.05
    assert after[1] > (random == truth).mean() + 0.1


@pytest.mark.parametrize("num_features", [0, 41])
def test_features_that_are_not_there_are_refused(num_features: int) -> None:
    features, gold = _concept(50, num_classes=2, seed=0)
    with pytest.raises(DataError, match=rf"first {num_features} features cannot be read: there are 40"):
        fit_first_features(features, gold=gold, num_classes=2, num_features=num_features)


def test_features_that_are_not_finite_and_classes_without_examples_are_refused() -> None:
    features, gold = _concept(50, num_classes=2, seed=0)
    with pytest.raises(DataError, match=r"each of two or more classes needs an example.* \[50, 0\]"):
        fit_first_features(features, gold=np.zeros(50, int), num_classes=2, num_features=3)
    features[7, 1] = np.nan
    with pytest.raises(DataError, match="features of row 7 are not finite"):
        fit_first_features(features, gold=gold, num_classes=2, num_features=3)


def test_mixing_in_flips_gives_the_accuracy_that_arithmetic_says() -> None:
    num_rows, accuracy, share = 20_000, 0.803, 0.1
    ids = [str(row) for row in range(num_rows)]
    gold = np.arange(num_rows) % 2
    wrong = choose_random(ids, seed=5, num_flips=round((1 - accuracy) * num_rows))
    labels = flip(gold, which=wrong, num_classes=2, ids=ids, seed=5)
    mixed = mix_in_flips(labels, flip_prob=share, num_classes=2, ids=ids, seed=5)
    assert (labels == gold).mean() == pytest.approx(0.803)
    assert (mixed == gold).mean() == pytest.approx(0.803 * 0.9 + 0.197 * 0.1, abs=0.01)
    fewer = mix_in_flips(labels, flip_prob=0.01, num_classes=2, ids=ids, seed=5)
    assert not ((fewer != labels) & (mixed == labels)).any()
    for all_or_none, expected in ((0.0, labels), (1.0, 1 - labels)):
        same = mix_in_flips(labels, flip_prob=all_or_none, num_classes=2, ids=ids, seed=5)
        assert same.tolist() == expected.tolist()


def test_a_simulatable_supervisor_is_a_mixture_without_flips() -> None:
    scene = _scene(300, num_classes=3)
    plain = supervise(scene, supervisor=supervisors["simulatable"](num_features=2))
    model = fit_first_features(scene.teach_features, gold=scene.teach_gold, num_classes=3, num_features=2)
    assert plain.tolist() == predict(model, scene.features).tolist()
    mixed = supervise(scene, supervisor=supervisors["mixture"](num_features=2, flip_prob=0.1))
    assert 0.04 < (mixed != plain).mean() < 0.18


@pytest.mark.parametrize("balance", ["gold", "teacher"])
def test_random_labels_keep_the_share_of_each_class_and_nothing_else(balance: str) -> None:
    scene = _scene(3000, num_classes=3)
    like = scene.gold if balance == "gold" else scene.teacher
    labels = supervise(scene, supervisor=supervisors["random_labels"](balance=balance))
    assert np.bincount(labels).tolist() == np.bincount(like).tolist()
    assert (labels == scene.gold).mean() == pytest.approx(1 / 3, abs=0.03)
    again = supervise(replace(scene, seed=1), supervisor=supervisors["random_labels"](balance=balance))
    assert (labels == again).mean() == pytest.approx(1 / 3, abs=0.03)


def test_counts_that_are_not_those_of_the_examples_are_refused() -> None:
    with pytest.raises(DataError, match=r"counts \[2, 1\] by class cannot be dealt out to 4 examples"):
        permuted_labels(np.array([2, 1]), ids=IDS, seed=0)


def test_a_teacher_is_counted_by_gold_class_and_by_what_it_says() -> None:
    counts = matched(np.array([1, 1, 2, 0]), gold=np.array([0, 1, 1, 0]), num_classes=3)
    assert counts.num_errors == 2
    assert counts.errors_by_class.tolist() == [1, 1, 0]
    assert counts.labels_by_class.tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    ("classes", "label", "word"),
    [
        (("wrong", "right"), 1, "correct"),
        (("wrong", "right"), 0, "incorrect"),
        (("no", "yes"), 1, "correct"),
        (("False", "True"), 0, "incorrect"),
        (("right", "wrong"), 0, "correct"),
        (("unacceptable", "acceptable"), 1, "acceptable"),
        (("no", "maybe", "yes"), 2, "yes"),
    ],
)
def test_a_hint_is_the_papers_sentence_and_says_what_the_class_means(
    classes: tuple[str, ...], label: int, word: str
) -> None:
    assert hint_word(label, classes=classes) == word
    assert hinted("Is it 4?", label=label, classes=classes) == (
        f"Is it 4?\nI think this is {word}. What do you think?"
    )


def test_a_hint_of_no_class_is_refused() -> None:
    with pytest.raises(DataError, match="label 2 is none of the 2 classes no, yes"):
        hinted("Is it 4?", label=2, classes=("no", "yes"))


def test_the_supervisors_are_named_and_say_what_they_need() -> None:
    assert {name: sorted(_made(name).needs) for name in supervisors} == {
        "confidently_correct_flips": ["ceiling", "teacher"],
        "longest_flips": ["teacher"],
        "mixture": ["features"],
        "random_flips": ["teacher"],
        "random_labels": [],
        "shortest_flips": ["teacher"],
        "simulatable": ["features"],
        "unconfident_flips": ["ceiling", "teacher"],
    }
    assert supervisors["random_labels"](balance="teacher").needs == {"teacher"}
    with pytest.raises(UnknownName, match=r"No supervisor named 'random_flip'. Did you mean 'random_flips'"):
        supervisors["random_flip"]


@pytest.mark.parametrize(
    ("name", "params", "says"),
    [
        ("simulatable", {"num_features": 0}, "num_features must be at least 1, got 0"),
        ("mixture", {"flip_prob": 1.5}, r"flip_prob must be in \[0, 1\], got 1.5"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name: str, params: dict[str, object], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        supervisors[name](**params)


def test_a_scene_without_what_a_supervisor_needs_is_refused() -> None:
    scene = replace(_scene(20), ceiling=np.zeros((0, 0)))
    with pytest.raises(DataError, match=r"needs ceiling of the examples.* needs ceiling, teacher in all"):
        supervise(scene, supervisor=supervisors["unconfident_flips"]())


def test_a_scene_whose_arrays_disagree_is_refused() -> None:
    scene = _scene(20)
    with pytest.raises(DataError, match="teacher has 19 rows for 20 examples"):
        replace(scene, teacher=scene.teacher[1:])
    with pytest.raises(DataError, match="no examples to label"):
        scene.only(np.zeros(20, dtype=bool))
    with pytest.raises(DataError, match="probabilities of 3 classes; gold has 2"):
        replace(scene, ceiling=np.full((20, 3), 1 / 3))
