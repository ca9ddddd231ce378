"""Small classifiers that train as one stack become what each becomes alone."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from outlearn.core import TrainingError, generator
from outlearn.models import Classifier, can_stack, with_lora
from outlearn.training import (
    Loss,
    Placement,
    Pupil,
    Recipe,
    can_share,
    cross_entropy,
    most_beside,
    predict,
    stacks_of,
    subset,
    train,
    train_stack,
)
from tests.every_method import methods_of_one_fit
from tests.training.fitting import CONFIDENCE, NAIVE, NUM_EXAMPLES, classifier, texts

CPU = Placement()
RECIPE = Recipe(learning_rate=3e-3, epochs=2, batch_size=8, weight_decay=0.1)  # the last batch is short
METHODS = methods_of_one_fit()

# What float32 sums, taken in another order, make of losses and probabilities once AdamW has divided small
# gradients by their size. Worked out in float64, the two ways agree to 1e-14. The worst of five draws of
# labels and weights is 8e-6 over all families and 4e-5 over all methods, soft_confidence before reverse_kl.
ROUNDING = 3e-5
ROUNDING_OF_METHODS = 1e-4


@pytest.fixture(autouse=True)
def _padding_is_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' texts differ more in length than a stack would have it."""
    monkeypatch.setattr("outlearn.training.stacked.LEAST_FILLED", 0.0)


def pupil(kind: str = "llama", *, seed: int = 0, loss: Loss = NAIVE, recipe: Recipe = RECIPE) -> Pupil:
    """Return a student whose weights, labels and order of examples are its own."""
    drawn, model = generator(seed, "pupil"), classifier(kind)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(torch.from_numpy(0.02 * drawn.standard_normal(value.shape, dtype=np.float32)))
    return Pupil(
        model=model,
        inputs=texts(kind),
        labels=drawn.dirichlet(np.ones(2), size=NUM_EXAMPLES),
        weights=drawn.uniform(0.5, 2.0, size=NUM_EXAMPLES),
        loss=loss,
        recipe=recipe,
        seed=seed,
    )


def alone(given: Pupil) -> tuple[Classifier, np.ndarray]:
    model = copy.deepcopy(given.model)
    losses = train(
        model,
        given.inputs,
        given.labels,
        weights=given.weights,
        loss=given.loss,
        recipe=given.recipe,
        seed=given.seed,
        placement=CPU,
    )
    return model, losses


def together(pupils: list[Pupil]) -> list[tuple[Classifier, np.ndarray]]:
    own = [replace(one, model=copy.deepcopy(one.model)) for one in pupils]
    losses = train_stack(own, placement=CPU)
    return [(one.model, found) for one, found in zip(own, losses, strict=True)]


def assert_alike(
    found: tuple[Classifier, np.ndarray], expected: tuple[Classifier, np.ndarray], *, rounding: float
) -> None:
    np.testing.assert_allclose(found[1], expected[1], rtol=0, atol=rounding)
    kind = found[0].backbone.config.model_type
    said = [predict(one, texts(kind), recipe=RECIPE, placement=CPU) for one, _ in (found, expected)]
    np.testing.assert_allclose(*said, rtol=0, atol=rounding)


@pytest.mark.parametrize("kind", ["bert", "gpt2", "gpt_neox", "llama", "qwen2", "roberta"])
def test_students_of_every_family_train_in_a_stack_as_they_do_alone(kind: str) -> None:
    pupils = [pupil(kind, seed=seed, loss=CONFIDENCE if seed % 2 else NAIVE) for seed in range(3)]
    assert can_stack(pupils[0].model)
    for found, one in zip(together(pupils), pupils, strict=True):
        assert_alike(found, alone(one), rounding=ROUNDING)


def test_every_method_of_one_fit_trains_in_a_stack_as_it_does_alone() -> None:
    alike: dict[Recipe, list[Pupil]] = {}
    for seed, method in enumerate(METHODS.values()):
        (parts,) = method.parts
        recipe = parts.settings(RECIPE)
        if can_share(parts.loss, recipe):
            alike.setdefault(recipe, []).append(pupil(seed=seed, loss=parts.loss, recipe=recipe))
    assert sum(map(len, alike.values())) >= 20
    for pupils in alike.values():
        for found, one in zip(together(pupils), pupils, strict=True):
            assert_alike(found, alone(one), rounding=ROUNDING_OF_METHODS)


def test_a_student_is_the_same_to_the_bit_whoever_trains_beside_it() -> None:
    losses = [METHODS[name].parts[0].loss for name in ("naive", "confidence", "entropy_confidence")]
    pupils = [pupil(seed=seed, loss=losses[seed % 3]) for seed in range(7)]
    whole = together(pupils)
    for places in ([0], [1], [4], [5, 2], [6, 3, 1], [2, 3, 4, 5]):
        for found, place in zip(together([pupils[place] for place in places]), places, strict=True):
            assert np.array_equal(found[1], whole[place][1])
            for one, other in zip(found[0].parameters(), whole[place][0].parameters(), strict=True):
                assert torch.equal(one, other)


def test_only_students_alike_share_a_stack_and_no_more_than_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    shorter = np.argsort(texts("llama").lengths, kind="stable")[: NUM_EXAMPLES // 2]
    short = pupil()
    short = replace(
        short,
        inputs=subset(short.inputs, shorter),
        labels=short.labels[shorter],
        weights=short.weights[shorter],
    )
    pupils = [pupil(seed=0), short, pupil(seed=1, recipe=RECIPE.model_copy(update={"epochs": 1}))]
    pupils += [pupil(seed=seed) for seed in range(2, 6)]
    in_step = pupils[0].longest * RECIPE.batch_size * 32
    monkeypatch.setattr("outlearn.training.stacked.WORTH", {"cpu": 3 * in_step})
    assert most_beside(pupils[0], CPU) == 1
    monkeypatch.setattr("outlearn.training.stacked.LEAST_BESIDE", 3)
    assert most_beside(pupils[0], CPU) == 3
    assert list(stacks_of(pupils, CPU)) == [[0, 3], [4, 5, 6], [1], [2]]


def test_what_a_stack_cannot_do_or_would_not_hasten_is_trained_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    one = pupil()
    assert most_beside(one, CPU) > 1

    def changed(**changes: object) -> Pupil:
        return replace(one, recipe=RECIPE.model_copy(update=changes))

    for apart in (
        changed(dropout=0.1),
        changed(ema_decay=0.9),
        changed(optimiser="adafactor"),
        changed(precision="bfloat16"),
        replace(one, loss=replace(NAIVE, reads="votes")),
        replace(one, model=with_lora(classifier("llama"), rank=2, alpha=2.0, seed=0)),
        replace(one, model=classifier("gemma")),
    ):
        assert most_beside(apart, CPU) == 1
    with monkeypatch.context() as patch:
        patch.setattr("outlearn.training.stacked.LEAST_FILLED", 0.9)
        assert most_beside(one, CPU) == 1
    assert most_beside(one, replace(CPU, gradient_checkpointing=True)) == 1
    assert most_beside(one, replace(CPU, train_tokens=one.longest * RECIPE.batch_size - 1)) == 1


def test_a_student_whose_loss_is_not_finite_is_named() -> None:
    def broken(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return cross_entropy(logits, targets) / 0

    bad = replace(pupil(loss=Loss(per_example=broken)), name="the bad one")
    with pytest.raises(TrainingError, match="the bad one: the loss of step 0"):
        train_stack([pupil(seed=1), bad], placement=CPU)
