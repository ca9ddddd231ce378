"""Predictions come back in order, whatever they were batched with."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from outlearn.training import Placement, predict, train
from tests.training.fitting import (
    NAIVE,
    NUM_EXAMPLES,
    ONE_PIECE,
    RECIPE,
    UNWEIGHED,
    classifier,
    soft_labels,
    texts,
    weights,
)


def _predict(kind: str = "gpt2", *, predict_tokens: int = 10**6) -> np.ndarray:
    return predict(
        classifier(kind), texts(kind), recipe=RECIPE, placement=Placement(predict_tokens=predict_tokens)
    )


@pytest.mark.parametrize("kind", ["gpt2", "llama", "bert", "roberta"])
def test_predictions_are_those_of_each_text_alone_in_the_order_of_the_texts(kind: str) -> None:
    model, tokens = classifier(kind), texts(kind)
    got = _predict(kind, predict_tokens=50)
    assert len({tuple(row) for row in got.tolist()}) > 10
    with torch.no_grad():
        for row in range(NUM_EXAMPLES):
            ids = torch.from_numpy(tokens.row(row).astype(np.int64))[None]
            alone = model(ids, torch.tensor([ids.shape[1]])).double().softmax(-1)[0]
            assert_close(torch.from_numpy(got[row]), alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("predict_tokens", [1, 17, 64])
def test_the_size_of_a_batch_does_not_matter(predict_tokens: int) -> None:
    got = torch.from_numpy(_predict(predict_tokens=predict_tokens))
    assert_close(got, torch.from_numpy(_predict()), atol=1e-6, rtol=1e-5)


def test_rows_are_distributions_in_float64() -> None:
    got = _predict()
    assert got.dtype == np.float64
    assert bool((got >= 0).all())
    assert np.allclose(got.sum(axis=1), 1, atol=1e-12)


def test_an_untrained_head_is_undecided_to_the_bit() -> None:
    got = predict(classifier(head="zero"), texts(), recipe=RECIPE, placement=ONE_PIECE)
    assert bool((got == 0.5).all())


def test_no_texts_are_no_predictions() -> None:
    none = replace(texts(), lengths=texts().lengths[:0], starts=texts().starts[:0])
    assert predict(classifier(), none, recipe=RECIPE, placement=ONE_PIECE).shape == (0, 2)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_predicting_changes_nothing_about_training_afterwards(kind: str) -> None:
    found = []
    for first in (True, False):
        model = classifier(kind)
        if first:
            predict(model, texts(kind), recipe=RECIPE, placement=ONE_PIECE)
        train(
            model,
            texts(kind),
            soft_labels(),
            weights=UNWEIGHED,
            loss=NAIVE,
            recipe=RECIPE,
            seed=0,
            placement=ONE_PIECE,
        )
        found.append(weights(model))
    assert all(torch.equal(value, found[1][name]) for name, value in found[0].items())
