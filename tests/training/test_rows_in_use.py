"""Only the rows of the embedding that texts use are trained, and nothing comes out otherwise."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.testing import assert_close

from outlearn.models import Classifier
from outlearn.models.tokenisation import pack
from outlearn.training import CROSS_ENTROPY, Placement, Recipe, predict, train
from outlearn.training.batching import PADDING
from outlearn.training.vocabulary import RowsInUse, rows_in_use
from tests.training.fitting import NUM_EXAMPLES, RECIPE, classifier, soft_labels, texts


def _fit(model: nn.Module, *, recipe: Recipe = RECIPE, placement: Placement | None = None) -> np.ndarray:
    return train(
        model,
        texts(),
        soft_labels(),
        weights=np.ones(NUM_EXAMPLES),
        loss=CROSS_ENTROPY,
        recipe=recipe,
        seed=0,
        placement=placement or Placement(),
    )


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> Classifier:
    """Return a classifier trained with all rows of its embedding."""
    model = classifier()
    with monkeypatch.context() as patched:
        patched.setattr("outlearn.training.vocabulary.WORTH", 0.0)
        _fit(model)
    return model


def test_weights_are_those_of_training_the_whole_vocabulary(whole: Classifier) -> None:
    model = classifier()
    before = model.backbone.wte.weight.detach().clone()
    _fit(model)
    for name, value in whole.state_dict().items():
        assert_close(model.state_dict()[name], value, atol=1e-5, rtol=1e-4)
    used = np.union1d(texts().ids, [PADDING])
    unused = np.setdiff1d(np.arange(len(before)), used)
    assert len(unused) > len(used)
    assert torch.equal(model.backbone.wte.weight[unused], before[unused])
    assert not torch.equal(model.backbone.wte.weight[used], before[used])


def test_the_optimiser_keeps_nothing_for_rows_that_no_text_uses() -> None:
    seen = []
    model = classifier()
    shape = model.backbone.wte.weight.shape
    _fit(model, placement=Placement(on_step=lambda *_: seen.append(model.backbone.wte.weight.shape)))
    assert set(seen) == {(len(np.union1d(texts().ids, [PADDING])), shape[1])}
    assert type(model.backbone.wte) is nn.Embedding
    assert model.backbone.wte.weight.shape == shape


def test_a_model_looked_at_in_training_reads_any_token() -> None:
    """Validation texts have words that no training text has."""
    looks: list[tuple[int, np.ndarray]] = []
    strange = pack([list(range(row, 300, 20)) for row in range(20)], num_cut=0)
    assert set(np.unique(strange.ids)) - set(np.unique(texts().ids))

    def look(model: nn.Module, step: int) -> None:
        looks.append((step, predict(model, strange, recipe=RECIPE, placement=Placement())))

    model = classifier()
    _fit(model, placement=Placement(num_points=2, observe=look))
    left = predict(model, strange, recipe=RECIPE, placement=Placement())
    np.testing.assert_allclose(looks[-1][1], left, atol=1e-6)


def test_a_body_that_is_given_padding_finds_it_in_use() -> None:
    without = pack([[5, 6, 7], [8]] * 10, num_cut=0)
    model = classifier()
    model.packs = False
    model.backbone.set_attn_implementation("sdpa")
    assert PADDING not in without.ids
    train(
        model,
        without,
        soft_labels(),
        weights=np.ones(20),
        loss=CROSS_ENTROPY,
        recipe=RECIPE,
        seed=0,
        placement=Placement(),
    )


@pytest.mark.parametrize("more", [{"weight_decay": 0.1}, {"optimiser": "adafactor"}])
def test_the_whole_vocabulary_is_trained_where_every_row_counts(more: dict[str, object]) -> None:
    model = classifier()
    with rows_in_use(model, texts(), recipe=RECIPE.model_copy(update=more)):
        assert type(model.backbone.wte) is nn.Embedding


def test_the_embedding_is_put_back_when_training_fails() -> None:
    model = classifier()

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fit(model, placement=Placement(on_step=stop))
    assert type(model.backbone.wte) is nn.Embedding


@given(st.data())
def test_rows_are_looked_up_and_learn_as_in_the_whole_table(data: st.DataObject) -> None:
    rows = data.draw(st.sets(st.integers(0, 9), min_size=1))
    ids = torch.tensor(data.draw(st.lists(st.sampled_from(sorted(rows)), min_size=1)))
    padding = data.draw(st.none() | st.integers(0, 9))
    table = nn.Embedding(10, 3, padding_idx=padding)
    own = RowsInUse(table, torch.tensor(sorted(rows)))
    slopes: list[Tensor] = []
    for module in (table, own):
        module.train()
        found = module(ids)
        assert torch.equal(found, table(ids))
        (found * torch.arange(3)).sum().backward()
        assert isinstance(module.weight.grad, Tensor)
        slopes.append(module.weight.grad)
    assert torch.equal(slopes[0][own.rows], slopes[1])
    assert torch.equal(own.eval()(torch.arange(10)), table(torch.arange(10)))
