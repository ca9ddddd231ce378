"""What the loop computes, and that placement does not change it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from outlearn.core import TrainingError
from outlearn.training import Loss, Placement, batches, cross_entropy, learning_rate_at, pad, train
from tests.training.fitting import (
    CONFIDENCE,
    NAIVE,
    NUM_EXAMPLES,
    ONE_PIECE,
    RECIPE,
    UNWEIGHED,
    classifier,
    gradients,
    peak_saved_bytes,
    soft_labels,
    texts,
    weights,
)

ONE_STEP = RECIPE.model_copy(update={"epochs": 1, "batch_size": NUM_EXAMPLES, "clip_norm": 1e9})
LOSSES = {"naive": NAIVE, "confidence": CONFIDENCE}


def _gradients(loss: Loss, placement: Placement, kind: str = "gpt2") -> dict[str, Tensor]:
    model = classifier(kind)
    train(
        model,
        texts(kind),
        soft_labels(),
        weights=UNWEIGHED,
        loss=loss,
        recipe=ONE_STEP,
        seed=0,
        placement=placement,
    )
    return gradients(model)


# --- micro-batches ------------------------------------------------------------------------------------------


def test_a_look_at_the_whole_batch_reads_all_but_one_piece_twice() -> None:
    for loss, reads in ((NAIVE, 2), (CONFIDENCE, 3)):
        model, read = classifier(), list[int]()
        model.register_forward_pre_hook(lambda _, given, read=read: read.append(len(given[0])))
        lengths = np.sort(texts().lengths)
        half = NUM_EXAMPLES // 2
        budget = max(half * int(lengths[half - 1]), half * int(lengths[-1]))
        train(
            model,
            texts(),
            soft_labels(),
            weights=UNWEIGHED,
            loss=loss,
            recipe=ONE_STEP,
            seed=0,
            placement=Placement(train_tokens=budget),
        )
        # The planner measured with two and with three examples before.
        assert len([one for one in read if one > 3]) == reads


@pytest.mark.parametrize("train_tokens", [1, 12, 40, 97])
@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_does_not_depend_on_the_micro_batch(name: str, train_tokens: int) -> None:
    whole = _gradients(LOSSES[name], ONE_PIECE)
    cut = _gradients(LOSSES[name], Placement(train_tokens=train_tokens))
    assert whole.keys() == cut.keys()
    for key, gradient in whole.items():
        assert_close(cut[key], gradient, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("kind", ["llama", "bert"])
def test_other_families_agree(kind: str) -> None:
    whole = _gradients(CONFIDENCE, ONE_PIECE, kind)
    cut = _gradients(CONFIDENCE, Placement(train_tokens=30), kind)
    for key, gradient in whole.items():
        assert_close(cut[key], gradient, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("name", LOSSES)
def test_small_micro_batches_keep_a_fraction_of_the_memory(name: str) -> None:
    longest = int(texts().lengths.max())

    def peak(train_tokens: int) -> int:
        model = classifier()
        placement = Placement(train_tokens=train_tokens)
        return peak_saved_bytes(
            model,
            lambda: train(
                model,
                texts(),
                soft_labels(),
                weights=UNWEIGHED,
                loss=LOSSES[name],
                recipe=ONE_STEP,
                seed=0,
                placement=placement,
            ),
        )

    # The whole first: a model's activations are measured once a process, before its first training.
    whole = peak(10**6)
    assert peak(longest) < whole / 6


@pytest.mark.parametrize("train_tokens", [1, 30, 10**6])
def test_a_threshold_sees_the_whole_batch_once_a_step_and_no_gradient(train_tokens: int) -> None:
    seen: list[tuple[int, int, bool, float]] = []

    def look(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        seen.append((len(logits), len(weak), logits.requires_grad, progress))
        return weak

    train(
        classifier(),
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=Loss(per_example=cross_entropy, retarget=look),
        recipe=RECIPE,
        seed=0,
        placement=Placement(train_tokens=train_tokens),
    )
    sizes = [8, 8, 4, 8, 8, 4]
    assert seen == [(size, size, False, step / 6) for step, size in enumerate(sizes)]


def test_each_label_stays_with_its_own_text() -> None:
    """Batches are shuffled and sorted by length; a loss that knows text and label sees them together."""
    labels = np.eye(2)[np.zeros(NUM_EXAMPLES, dtype=int)]
    labels[:, 0] = (1 + np.arange(NUM_EXAMPLES)) / 100
    labels[:, 1] = 1 - labels[:, 0]
    model = classifier()
    with torch.no_grad():
        padded = pad(texts(), np.arange(NUM_EXAMPLES), device=torch.device("cpu"))
        alone = model(padded.ids, padded.lengths)
    pairs: list[tuple[Tensor, Tensor]] = []

    def look(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        pairs.append((logits, weak))
        return weak

    for train_tokens in (20, 10**6):
        train(
            classifier(),
            texts(),
            labels,
            weights=UNWEIGHED,
            loss=Loss(per_example=cross_entropy, retarget=look),
            recipe=ONE_STEP,
            seed=0,
            placement=Placement(train_tokens=train_tokens),
        )
        logits, weak = pairs.pop()
        rows = (weak[:, 0] * 100 - 1).round().long()
        assert sorted(rows.tolist()) == list(range(NUM_EXAMPLES))
        assert_close(logits, alone[rows], atol=1e-5, rtol=1e-4)


# --- against a plain loop -----------------------------------------------------------------------------------


def test_training_is_plain_fine_tuning() -> None:
    """Against a loop without micro-batches, sorting, fused kernels or checkpoints."""
    recipe = RECIPE.model_copy(update={"weight_decay": 0.1, "clip_norm": 0.5, "warmup_frac": 0.4})
    model = classifier()
    losses = train(
        model,
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=NAIVE,
        recipe=recipe,
        seed=5,
        placement=Placement(train_tokens=25),
    )

    plain = classifier()
    matrices = [p for p in plain.parameters() if p.ndim >= 2]
    vectors = [p for p in plain.parameters() if p.ndim < 2]
    optimiser = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}], fused=False
    )
    expected = []
    weak = torch.tensor(soft_labels(), dtype=torch.float32)
    for step, rows in enumerate(batches(NUM_EXAMPLES, batch_size=8, epochs=2, seed=5)):
        padded = pad(texts(), rows, device=torch.device("cpu"))
        loss = torch.nn.functional.cross_entropy(plain(padded.ids, padded.lengths), weak[rows])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(plain.parameters(), 0.5)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate_at(step, num_steps=6, recipe=recipe)
        optimiser.step()
        expected.append(loss.item())
    assert_close(torch.tensor(losses), torch.tensor(expected), atol=1e-5, rtol=1e-4)
    for name, value in weights(plain).items():
        # A key's bias cancels in the softmax: its gradient is rounding, which AdamW makes a full step of.
        if not name.endswith("attn.c_attn.bias"):
            assert_close(weights(model)[name], value, atol=1e-4, rtol=1e-3)


def test_training_lowers_the_loss() -> None:
    recipe = RECIPE.model_copy(update={"epochs": 12, "schedule": "constant"})
    losses = train(
        classifier(head="zero"),
        texts(),
        np.eye(2)[texts().lengths % 2],
        weights=UNWEIGHED,
        loss=NAIVE,
        recipe=recipe,
        seed=0,
        placement=ONE_PIECE,
    )
    assert losses[0] == pytest.approx(np.log(2), abs=1e-6)
    assert losses[-3:].mean() < 0.35


def test_every_step_is_reported_with_the_number_there_will_be() -> None:
    seen: list[tuple[int, int]] = []
    placement = replace(ONE_PIECE, on_step=lambda step, num_steps: seen.append((step, num_steps)))
    losses = train(
        classifier(),
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=NAIVE,
        recipe=RECIPE,
        seed=0,
        placement=placement,
    )
    assert losses.shape == (6,)
    assert losses.dtype == np.float32
    assert seen == [(step, 6) for step in range(1, 7)]


def test_labels_that_cannot_be_written_to_train_without_a_warning() -> None:
    labels = soft_labels().astype(np.float32)
    labels.setflags(write=False)
    train(
        classifier(),
        texts(),
        labels,
        weights=UNWEIGHED,
        loss=NAIVE,
        recipe=ONE_STEP,
        seed=0,
        placement=ONE_PIECE,
    )


def test_labels_for_some_of_the_texts_only_are_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="19 labels for 20 examples"):
        train(
            classifier(),
            texts(),
            soft_labels()[1:],
            weights=UNWEIGHED[1:],
            loss=NAIVE,
            recipe=RECIPE,
            seed=0,
            placement=ONE_PIECE,
        )


# --- nothing hidden -----------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits_whatever_the_global_seed() -> None:
    """GPT-2's config asks for dropout; were it on, the global seed would matter."""

    def trained(seed: int, global_seed: int) -> dict[str, Tensor]:
        model = classifier()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(global_seed)
            train(
                model,
                texts(),
                soft_labels(),
                weights=UNWEIGHED,
                loss=NAIVE,
                recipe=RECIPE,
                seed=seed,
                placement=ONE_PIECE,
            )
        assert model.training
        return weights(model)

    first, same, other = trained(0, 1), trained(0, 2), trained(1, 1)
    assert all(torch.equal(value, same[name]) for name, value in first.items())
    assert any(not torch.equal(value, other[name]) for name, value in first.items())


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_gradient_checkpointing_is_really_on_and_changes_no_loss(kind: str) -> None:
    found = {}
    peaks = {}
    for checkpointed in (False, True):
        model = classifier(kind)
        placement = replace(ONE_PIECE, gradient_checkpointing=checkpointed)

        def work(model: object = model, placement: Placement = placement, key: bool = checkpointed) -> None:
            found[key] = train(
                model,  # type: ignore[arg-type]
                texts(kind),
                soft_labels(),
                weights=UNWEIGHED,
                loss=CONFIDENCE,
                recipe=RECIPE,
                seed=0,
                placement=placement,
            )

        peaks[checkpointed] = peak_saved_bytes(model, work)
    assert peaks[True] < peaks[False] / 2
    assert_close(torch.tensor(found[True]), torch.tensor(found[False]), atol=1e-6, rtol=1e-5)


# --- what goes wrong ----------------------------------------------------------------------------------------


def _from_call(number: int, broken: Callable[[Tensor], Tensor]) -> Loss:
    """Return cross-entropy that is broken from some call on."""
    calls = iter(range(1000))

    def per_example(logits: Tensor, targets: Tensor) -> Tensor:
        fine = cross_entropy(logits, targets)
        return fine if next(calls) < number else fine + broken(logits)

    return Loss(per_example=per_example)


def _train_with(loss: Loss) -> None:
    train(
        classifier(),
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=loss,
        recipe=RECIPE,
        seed=0,
        placement=ONE_PIECE,
    )


def test_a_loss_that_is_not_a_number_stops_the_training_and_names_the_step() -> None:
    with pytest.raises(TrainingError, match=r"the loss of step 3.*not finite.*lower the learning rate"):
        _train_with(_from_call(3, lambda logits: logits.sum(-1) * float("nan")))


def test_a_gradient_that_is_not_finite_is_noticed_even_in_the_last_step() -> None:
    """A root's slope at 0 is infinite, its value is not: no loss would ever show it."""
    with pytest.raises(TrainingError, match=r"step 5, or its gradient, is not finite"):
        _train_with(_from_call(5, lambda logits: (logits * 0).sum(-1).sqrt()))


def test_a_learning_rate_that_was_never_resolved_is_refused() -> None:
    recipe = RECIPE.model_copy(update={"learning_rate": "ladder"})
    with pytest.raises(ValueError, match=r"give a number, e\.g\. learning_rate = 1e-5"):
        train(
            classifier(),
            texts(),
            soft_labels(),
            weights=UNWEIGHED,
            loss=NAIVE,
            recipe=recipe,
            seed=0,
            placement=ONE_PIECE,
        )
