"""A run that is killed and started again ends with the bits of a run that was not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from outlearn.core import TrainingError
from outlearn.training import Loss, Placement, Recipe, predict, train
from tests.training.fitting import (
    CONFIDENCE,
    NAIVE,
    RECIPE,
    UNWEIGHED,
    classifier,
    soft_labels,
    texts,
    weights,
)

NUM_STEPS = 6


class Killed(Exception):  # noqa: N818
    """What a test raises where a process would die."""


def _kept(folder: Path, *, die_after: int = 0) -> Placement:
    def on_step(step: int, num_steps: int) -> None:
        if step == die_after:
            raise Killed

    return Placement(scratch=folder, checkpoint_every_s=0.0, on_step=on_step, train_tokens=40)


def _train(
    placement: Placement, *, loss: Loss = CONFIDENCE, recipe: Recipe = RECIPE
) -> tuple[np.ndarray, dict[str, Tensor], np.ndarray]:
    """Return losses, weights and predictions."""
    model = classifier()
    losses = train(
        model,
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=loss,
        recipe=recipe,
        seed=2,
        placement=placement,
    )
    return losses, weights(model), predict(model, texts(), recipe=recipe, placement=placement)


def _assert_same(one: tuple[np.ndarray, dict[str, Tensor], np.ndarray], other: object) -> None:
    assert isinstance(other, tuple)
    assert np.array_equal(one[0], other[0])
    assert all(torch.equal(value, other[1][name]) for name, value in one[1].items())
    assert np.array_equal(one[2], other[2])


@pytest.mark.parametrize("die_after", range(1, NUM_STEPS + 1))
def test_a_run_killed_after_any_step_ends_with_the_same_bits(die_after: int, tmp_path: Path) -> None:
    """The last of them has nothing left to train: it must predict with what it trained, not a fresh head."""
    whole = _train(Placement(train_tokens=40))
    with pytest.raises(Killed):
        _train(_kept(tmp_path, die_after=die_after))
    _assert_same(whole, _train(_kept(tmp_path)))


def test_a_run_killed_at_every_step_gets_there_in_the_end(tmp_path: Path) -> None:
    whole = _train(Placement(train_tokens=40))
    for step in range(1, NUM_STEPS + 1):
        with pytest.raises(Killed):
            _train(_kept(tmp_path, die_after=step))
    _assert_same(whole, _train(_kept(tmp_path)))


def test_steps_since_the_last_checkpoint_are_done_again(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        _train(_kept(tmp_path, die_after=2))
    with pytest.raises(Killed):
        _train(replace(_kept(tmp_path, die_after=4), checkpoint_every_s=3600.0))
    _assert_same(_train(Placement(train_tokens=40)), _train(_kept(tmp_path)))


def test_a_weighted_decayed_warmed_up_bfloat16_run_goes_on_too(tmp_path: Path) -> None:
    recipe = RECIPE.model_copy(
        update={"precision": "bfloat16", "weight_decay": 0.1, "warmup_frac": 0.5, "schedule": "cosine"}
    )
    whole = _train(Placement(train_tokens=40), recipe=recipe)
    with pytest.raises(Killed):
        _train(_kept(tmp_path, die_after=3), recipe=recipe)
    _assert_same(whole, _train(_kept(tmp_path), recipe=recipe))


@pytest.mark.parametrize("die_after", [1, 4])
def test_adafactor_goes_on_with_the_same_bits(die_after: int, tmp_path: Path) -> None:
    recipe = RECIPE.model_copy(update={"optimiser": "adafactor", "weight_decay": 0.1})
    whole = _train(Placement(train_tokens=40), recipe=recipe)
    with pytest.raises(Killed):
        _train(_kept(tmp_path, die_after=die_after), recipe=recipe)
    _assert_same(whole, _train(_kept(tmp_path), recipe=recipe))


def test_a_kill_in_the_middle_of_writing_leaves_the_last_whole_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outlearn.training import checkpoints

    saved = checkpoints.save_file
    calls = iter(range(100))

    def half(tensors: dict[str, Tensor], file: Path, metadata: dict[str, str]) -> None:
        saved(tensors, file, metadata=metadata)
        if next(calls) == 3:
            file.write_bytes(file.read_bytes()[:100])
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "save_file", half)
        with pytest.raises(Killed):
            _train(_kept(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint.safetensors",
        "checkpoint.safetensors.draft",
    ]
    _assert_same(_train(Placement(train_tokens=40)), _train(_kept(tmp_path)))


def test_a_draft_alone_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.safetensors.draft").write_bytes(b"half")
    _assert_same(_train(Placement(train_tokens=40)), _train(_kept(tmp_path)))


@pytest.mark.parametrize("content", [b"", b"half a header", b"\x80\x04."])
def test_a_damaged_checkpoint_is_refused_with_what_to_do(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.safetensors").write_bytes(content)
    with pytest.raises(TrainingError, match=r"checkpoint\.safetensors is damaged.*delete it"):
        _train(_kept(tmp_path))


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        _train(_kept(tmp_path, die_after=2))
    with pytest.raises(TrainingError, match="it is of a run of 6 steps, not 3"):
        _train(_kept(tmp_path), recipe=RECIPE.model_copy(update={"epochs": 1}))


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        _train(_kept(tmp_path, die_after=2))
    with pytest.raises(TrainingError, match="of another training run"):
        train(
            classifier("llama"),
            texts("llama"),
            soft_labels(),
            weights=UNWEIGHED,
            loss=NAIVE,
            recipe=RECIPE,
            seed=2,
            placement=_kept(tmp_path),
        )


def test_a_training_that_went_wrong_leaves_no_checkpoint_of_it(tmp_path: Path) -> None:
    broken = Loss(per_example=lambda logits, targets: logits.sum(-1) * float("nan"))
    with pytest.raises(TrainingError, match="step 0"):
        _train(_kept(tmp_path), loss=broken)
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_are_safetensors_alone(tmp_path: Path) -> None:
    from safetensors import safe_open

    _train(_kept(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]
    with safe_open(tmp_path / "checkpoint.safetensors", framework="pt") as saved:
        assert saved.metadata() == {"step": "6"}


def test_without_scratch_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _train(Placement(checkpoint_every_s=0.0))
    assert list(tmp_path.iterdir()) == []
