"""Comparisons: options that get a reward each, and pairs that are read in one text."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from outlearn.core import generator
from outlearn.models import Classifier, Features, Probe, Tokens, with_lora
from outlearn.training import (
    CROSS_ENTROPY,
    Inputs,
    Options,
    Orders,
    Placement,
    Recipe,
    Scored,
    batch,
    lesson,
    micro_batches,
    num_tokens,
    predict,
    subset,
    train,
)
from tests.training.fitting import classifier

torch.set_num_threads(1)
RECIPE = Recipe(learning_rate=1e-2, batch_size=4, epochs=2)
CPU = torch.device("cpu")


def tiny_classifier(*, num_classes: int, filled: bool = False) -> Classifier:
    """Return one whose head is zero, or filled so that its logits say something of the texts."""
    fresh = Classifier(classifier("gpt2").backbone, num_classes=num_classes)
    if filled:
        drawn = torch.Generator().manual_seed(1)
        with torch.no_grad():
            fresh.head.weight.copy_(torch.randn(fresh.head.weight.shape, generator=drawn))
    return fresh


def texts(lengths: list[int], *, seed: int = 0) -> Tokens:
    drawn = generator(seed, "texts")
    sizes = np.array(lengths, dtype=np.int64)
    ids = drawn.integers(1, 40, size=int(sizes.sum())).astype(np.int32)
    return Tokens(ids=ids, lengths=sizes, starts=np.cumsum(sizes) - sizes, num_cut=0)


def other_order(inputs: Tokens) -> Tokens:
    places = np.arange(len(inputs)).reshape(-1, 2)[:, ::-1].ravel()
    found = subset(inputs, places)
    assert isinstance(found, Tokens)
    return found


def both_orders() -> tuple[Tokens, Tokens]:
    return texts(LENGTHS), other_order(texts(LENGTHS))


LENGTHS = [3, 9, 5, 2, 7, 7, 2, 10, 4, 6, 8, 3]
LABELS = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [1.0, 0.0], [0.3, 0.7], [0.5, 0.5]])


def test_a_reward_models_answer_is_the_sigmoid_of_the_difference_of_two_rewards() -> None:
    model, inputs = tiny_classifier(num_classes=1, filled=True), texts(LENGTHS)
    said = predict(model, Options(inputs, num_options=2), recipe=RECIPE, placement=Placement())
    with torch.no_grad():
        ids, lengths = batch(inputs, np.arange(len(inputs)), device=CPU)
        rewards = model(ids, lengths)[:, 0].double()
    assert_close(torch.from_numpy(said[:, 1]), torch.sigmoid(rewards[1::2] - rewards[::2]), atol=1e-6, rtol=0)


@settings(max_examples=15, deadline=None)
@given(lengths=st.lists(st.integers(1, 10), min_size=2, max_size=20), budget=st.integers(10, 90))
def test_swapping_the_options_swaps_the_answer_and_does_nothing_else(lengths: list[int], budget: int) -> None:
    inputs = texts(lengths[: len(lengths) // 2 * 2])
    model, place = tiny_classifier(num_classes=1, filled=True), Placement(predict_tokens=budget)
    one = predict(model, Options(inputs, 2), recipe=RECIPE, placement=place)
    other = predict(model, Options(other_order(inputs), 2), recipe=RECIPE, placement=place)
    np.testing.assert_allclose(other, one[:, ::-1], atol=1e-6, rtol=0)


def test_training_on_swapped_pairs_with_swapped_labels_gives_the_same_reward_model() -> None:
    said = []
    for inputs, labels in zip(both_orders(), (LABELS, LABELS[:, ::-1].copy()), strict=True):
        model = tiny_classifier(num_classes=1)
        fit(model, Options(inputs, 2), labels)
        said.append(predict(model, Options(texts(LENGTHS), 2), recipe=RECIPE, placement=Placement()))
    np.testing.assert_allclose(*said, atol=1e-3, rtol=0)


def fit(model: torch.nn.Module, inputs: Inputs, labels: np.ndarray, **changes: object) -> np.ndarray:
    recipe = RECIPE.model_copy(update=changes)
    return train(
        model,
        inputs,
        labels,
        weights=np.ones(len(labels)),
        loss=CROSS_ENTROPY,
        recipe=recipe,
        seed=0,
        placement=Placement(),
    )


def test_the_options_of_an_example_never_part_and_a_micro_batch_stays_within_its_tokens() -> None:
    inputs = Options(texts(LENGTHS), num_options=2)
    pieces = micro_batches(np.arange(6), lengths=inputs.lengths, max_tokens=40)
    assert len(pieces) > 1
    for piece in pieces:
        ids, lengths = batch(inputs, piece, device=CPU)
        assert ids.shape[0] == 2 * len(piece)
        assert ids.numel() <= 40
        assert lengths.tolist() == np.array(LENGTHS).reshape(-1, 2)[piece].ravel().tolist()


def test_a_subset_of_comparisons_has_all_options_of_those_it_keeps() -> None:
    chosen = subset(Options(texts(LENGTHS), num_options=3), np.array([2, 0]))
    assert isinstance(chosen, Options)
    assert len(chosen) == 2
    assert chosen.texts.lengths.tolist() == [2, 10, 4, 3, 9, 5]


def test_dropout_takes_the_same_units_from_all_options_of_an_example() -> None:
    same = subset(texts([5, 7]), np.array([0, 0, 1, 1, 0, 0]))
    model = tiny_classifier(num_classes=1, filled=True)
    losses = fit(model, Options(same, 2), LABELS[:3], dropout=0.5)
    assert losses == pytest.approx(np.full(len(losses), math.log(2)), abs=1e-6)


def test_adapters_and_probes_learn_from_rewards_and_an_average_of_weights_can_be_kept() -> None:
    adapted = with_lora(tiny_classifier(num_classes=1, filled=True), rank=2, alpha=4.0, seed=0)
    before = adapted.state_dict()["head.weight"].clone()
    assert np.isfinite(fit(adapted, Options(texts(LENGTHS), 2), LABELS, ema_decay=0.5)).all()
    assert not torch.equal(adapted.state_dict()["head.weight"], before)
    hidden = torch.from_numpy(generator(0, "hidden").standard_normal((12, 8)).astype(np.float32))
    probe = Probe(8, num_classes=1)
    losses = fit(probe, Options(Features(hidden, rows=np.arange(12)), 2), LABELS, epochs=30)
    assert losses[-4:].mean() < losses[:4].mean()


# --- two options in one text --------------------------------------------------------------------------------


def answers(inputs: Tokens, *, consistent: bool) -> np.ndarray:
    model = tiny_classifier(num_classes=2, filled=True)
    orders = Orders(inputs, augment=True, consistent=consistent)
    return predict(model, orders, recipe=RECIPE, placement=Placement())


def test_an_answer_over_both_orders_is_swapped_when_the_options_are() -> None:
    one, other = (
        answers(inputs, consistent=True) for inputs in (texts(LENGTHS), other_order(texts(LENGTHS)))
    )
    # Texts that stand beside others have their sums taken in another order.
    np.testing.assert_allclose(other, one[:, ::-1], atol=1e-6)


def test_an_answer_over_one_order_may_depend_on_which_option_is_first() -> None:
    one, other = (
        answers(inputs, consistent=False) for inputs in (texts(LENGTHS), other_order(texts(LENGTHS)))
    )
    assert np.abs(other - one[:, ::-1]).max() > 1e-3


def test_augmented_training_reads_every_pair_in_both_orders_with_labels_and_votes_swapped() -> None:
    orders = Orders(texts(LENGTHS), augment=True, consistent=True)
    votes = np.stack([LABELS, LABELS**2], axis=1)
    for labels in (LABELS, votes):
        read = lesson(orders, labels, weights=np.arange(6.0))
        assert len(read.inputs) == 12
        assert read.inputs.lengths.tolist() == LENGTHS[::2] + LENGTHS[1::2]
        assert np.array_equal(read.labels, np.concatenate([labels, labels[..., ::-1]]))
        assert read.weights.tolist() == [*range(6)] * 2
    plain = lesson(Orders(texts(LENGTHS), augment=False, consistent=True), LABELS, weights=np.ones(6))
    assert plain.inputs.lengths.tolist() == LENGTHS[::2]
    assert np.array_equal(plain.labels, LABELS)


def test_tokens_are_counted_once_for_every_text_that_is_read() -> None:
    read = texts(LENGTHS)
    assert (
        num_tokens(Options(read, 2))
        == num_tokens(Orders(read, augment=True, consistent=True))
        == sum(LENGTHS)
    )
    assert num_tokens(Orders(read, augment=True, consistent=False)) == sum(LENGTHS[::2])


def test_a_language_model_is_told_where_each_text_begins_to_count() -> None:
    scored = subset(Scored(texts([3, 9, 5]), firsts=np.array([1, 4, 2])), np.array([2, 0]))
    ids, lengths, firsts = batch(scored, np.array([0, 1]), device=CPU)
    assert ids.shape == (2, 5)
    assert lengths.tolist() == [5, 3]
    assert firsts.tolist() == [2, 1]
