"""Training sees adapters and the head alone; texts without labels are trained on through the same loop."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from outlearn.models import (
    Classifier,
    TextLikelihood,
    backbone_state,
    load_backbone_state,
    load_likelihood,
    merged_state,
    open_model,
    scored_tokens,
    with_lora,
)
from outlearn.training import Loss, Placement, adamw, predict, train
from tests.tiny_models import save_tiny
from tests.training.fitting import CONFIDENCE, NUM_EXAMPLES, RECIPE, classifier, soft_labels, texts, weights

UNWEIGHED = np.ones(NUM_EXAMPLES)
SURPRISE = Loss(per_example=lambda likelihoods, targets: -likelihoods[:, 0])
AVERAGED = RECIPE.model_copy(update={"ema_decay": 0.5, "weight_decay": 0.1})


class Killed(Exception):  # noqa: N818
    """What a test raises where a process would die."""


def _placement(folder: Path, *, die_after: int = 0) -> Placement:
    def on_step(step: int, num_steps: int) -> None:
        if step == die_after:
            raise Killed

    return Placement(scratch=folder, checkpoint_every_s=0.0, on_step=on_step, train_tokens=40)


def _adapted(kind: str = "gpt2") -> Classifier:
    return with_lora(classifier(kind), rank=2, alpha=4.0, seed=3)


def _fit(model: Classifier, placement: Placement) -> np.ndarray:
    return train(
        model,
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=CONFIDENCE,
        recipe=AVERAGED,
        seed=2,
        placement=placement,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tiny("gpt2", tmp_path_factory.mktemp("texts"), hidden=32))


def _scorer(folder: str) -> TextLikelihood:
    mean = float(scored_tokens(texts().lengths).mean())
    return load_likelihood(open_model(folder), per_tokens=mean)


def _read(model: TextLikelihood, placement: Placement) -> np.ndarray:
    """Return the losses of training on the texts alone."""
    nothing = np.zeros((NUM_EXAMPLES, 1))
    return train(
        model,
        texts(),
        nothing,
        weights=UNWEIGHED,
        loss=SURPRISE,
        recipe=RECIPE,
        seed=2,
        placement=placement,
    )


# --- adapters -----------------------------------------------------------------------------------------------


def test_training_moves_adapters_and_head_and_leaves_the_body_to_the_bit() -> None:
    model = _adapted()
    before = weights(model)
    losses = _fit(model, Placement(train_tokens=40))
    moved = {name for name, value in weights(model).items() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if "lora_" in name or name.startswith("head.")}
    assert losses[-3:].mean() < losses[:3].mean()


def test_the_optimiser_holds_the_trainable_weights_alone() -> None:
    model = _adapted()
    held = {id(value) for group in adamw(model, RECIPE).param_groups for value in group["params"]}
    assert held == {id(value) for value in model.parameters() if value.requires_grad}


@pytest.mark.parametrize("die_after", [1, 3, 6])
def test_a_run_with_adapters_killed_after_any_step_ends_with_the_same_bits(
    die_after: int, tmp_path: Path
) -> None:
    whole, resumed = _adapted(), _adapted()
    losses = _fit(whole, Placement(train_tokens=40))
    with pytest.raises(Killed):
        _fit(_adapted(), _placement(tmp_path, die_after=die_after))
    assert np.array_equal(_fit(resumed, _placement(tmp_path)), losses)
    expected = weights(whole)
    assert all(torch.equal(value, expected[name]) for name, value in weights(resumed).items())
    seen = [predict(m, texts(), recipe=RECIPE, placement=Placement()) for m in (whole, resumed)]
    assert np.array_equal(*seen)


def test_a_checkpoint_holds_adapters_and_head_alone(tmp_path: Path) -> None:
    _fit(_adapted(), _placement(tmp_path))
    with safe_open(tmp_path / "checkpoint.safetensors", framework="pt") as saved:
        names = {name for name in saved.keys() if name.startswith("model/")}  # noqa: SIM118
    assert names == {
        f"model/{name}" for name in weights(_adapted()) if "lora_" in name or name.startswith("head.")
    }


def test_checkpointing_and_micro_batches_leave_training_with_adapters_as_it_is() -> None:
    plain, sparing = _adapted(), _adapted()
    losses = _fit(plain, Placement(train_tokens=10**6))
    spared = _fit(sparing, Placement(train_tokens=40, gradient_checkpointing=True))
    np.testing.assert_allclose(spared, losses, atol=1e-5)


def test_a_trained_student_predicts_the_same_once_merged() -> None:
    model, plain = _adapted(), classifier()
    _fit(model, Placement(train_tokens=40))
    plain.load_state_dict(merged_state(model))
    seen = [predict(m, texts(), recipe=RECIPE, placement=Placement()) for m in (model, plain)]
    np.testing.assert_allclose(*seen, atol=1e-5)


# --- texts without labels -----------------------------------------------------------------------------------


def test_texts_alone_teach_a_body_that_a_classifier_then_has(folder: str) -> None:
    scorer, student = _scorer(folder), classifier()
    losses = _read(scorer, Placement(train_tokens=40))
    assert losses[-3:].mean() < losses[:3].mean() - 0.1
    before = weights(student)
    load_backbone_state(student, backbone_state(scorer))
    assert not torch.equal(student.backbone.wte.weight, before["backbone.wte.weight"])
    assert torch.equal(student.head.weight, before["head.weight"])


def test_the_loss_of_all_texts_in_one_batch_is_the_mean_surprise_of_a_token(folder: str) -> None:
    scorer = _scorer(folder)
    recipe = RECIPE.model_copy(update={"batch_size": NUM_EXAMPLES, "epochs": 1})
    rows = [torch.from_numpy(texts().row(row).astype("int64"))[None] for row in range(NUM_EXAMPLES)]
    counts = scored_tokens(texts().lengths)
    with torch.no_grad():
        nats = sum(
            float(scorer.language_model(input_ids=row, labels=row).loss) * count
            for row, count in zip(rows, counts, strict=True)
            if count
        )
    losses = train(
        scorer,
        texts(),
        np.zeros((NUM_EXAMPLES, 1)),
        weights=UNWEIGHED,
        loss=SURPRISE,
        recipe=recipe,
        seed=2,
        placement=Placement(train_tokens=40),
    )
    np.testing.assert_allclose(losses[0], nats / counts.sum(), rtol=1e-5)


def test_reading_is_the_same_whatever_the_placement(folder: str) -> None:
    whole = _read(_scorer(folder), Placement(train_tokens=10**6))
    pieces = _read(_scorer(folder), Placement(train_tokens=40, gradient_checkpointing=True))
    np.testing.assert_allclose(pieces, whole, rtol=1e-4)


def test_reading_that_was_killed_ends_with_the_same_bits(folder: str, tmp_path: Path) -> None:
    """Tied embeddings are one weight, saved once."""
    whole, resumed = _scorer(folder), _scorer(folder)
    losses = _read(whole, Placement(train_tokens=40))
    with pytest.raises(Killed):
        _read(_scorer(folder), _placement(tmp_path, die_after=4))
    assert np.array_equal(_read(resumed, _placement(tmp_path)), losses)
    expected = weights(whole)
    assert all(torch.equal(value, expected[name]) for name, value in weights(resumed).items())
