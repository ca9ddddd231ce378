"""Known defects of public weak-to-strong code, which must not come back: reading out, training, comparing.

Every test states a claim as a check, shows that Outlearn passes it, and that a few lines with the defect do
not: so each check is known to be able to fail. Codes (P1, E2, ...) number the defects.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from outlearn.analysis import fraction_correct
from outlearn.core import UsageError, generator
from outlearn.labels import LabelSet, label_set
from outlearn.methods import Method, Student, check_method, fit
from outlearn.models import Classifier, enable_checkpointing
from outlearn.training import (
    Loss,
    Placement,
    balanced_guess,
    batches,
    cross_entropy,
    linear_ramp,
    micro_batches,
    num_steps,
    pad,
    predict,
    train,
)
from tests.training.fitting import (
    CONFIDENCE,
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

REJECTED = pytest.raises(AssertionError)
ONE_STEP = RECIPE.model_copy(update={"epochs": 1, "batch_size": NUM_EXAMPLES, "clip_norm": 1e9})


# --- P1: token 0 ("!" in GPT-2 and Qwen) taken for padding ------------------------------------------------

Read = Callable[[Classifier, Tensor, Tensor], Tensor]


def check_read_out(read: Read) -> None:
    model = classifier("qwen2")
    ids, lengths = torch.tensor([[40, 50, 0, 0, 0]] * 3), torch.tensor([2, 3, 4])
    with torch.no_grad():
        together = read(model, ids, lengths)
        for row, length in enumerate(lengths.tolist()):
            assert_close(together[row], model(ids[:1, :length], torch.tensor([length]))[0])


def test_exclamation_marks_at_the_end_do_not_move_the_read_out() -> None:
    check_read_out(lambda model, ids, lengths: model(ids, lengths))
    with REJECTED:
        check_read_out(lambda model, ids, lengths: model(ids, (ids != 0).sum(1)))


# --- P5: a warm-up that jumps, and ties that all go to one class ------------------------------------------


def check_ramp(share: Callable[[float], float]) -> None:
    shares = np.array([share(step / 1000) for step in range(1001)])
    assert shares[0] == 0
    assert shares[-1] == 1
    assert np.diff(shares).max() <= 1 / 200 + 1e-9


def test_the_weight_of_the_students_own_guess_does_not_jump() -> None:
    check_ramp(lambda progress: linear_ramp(progress, frac=0.2))
    with REJECTED:
        check_ramp(lambda progress: progress if progress <= 0.2 else 1.0)


def check_untrained_guess(guess: Callable[[Tensor, Tensor], Tensor]) -> None:
    for num_examples, share in ((32, 0.5), (7, 0.3), (1, 0.5)):
        quotas = torch.tensor([1 - share, share]) * num_examples
        assert_close(guess(torch.zeros(num_examples, 2), quotas).sum(0), quotas)


def test_an_untrained_head_does_not_call_every_example_class_nought() -> None:
    def above_the_quantile(logits: Tensor, quotas: Tensor) -> Tensor:
        score = logits.softmax(-1)[:, 1]
        positive = (score > score.quantile(quotas[0] / len(score))).float()
        return torch.stack([1 - positive, positive], dim=1)

    check_untrained_guess(lambda logits, quotas: balanced_guess(logits, quotas=quotas))
    with REJECTED:
        check_untrained_guess(above_the_quantile)


# --- P7, E2: thresholds and priors that depend on the micro-batch -----------------------------------------


def check_placement_is_not_meaning(loss: Loss) -> None:
    found = []
    for train_tokens in (10**6, 25, 1):
        model = classifier()
        placement = Placement(train_tokens=train_tokens)
        train(
            model,
            texts(),
            soft_labels(),
            weights=UNWEIGHED,
            loss=loss,
            recipe=ONE_STEP,
            seed=0,
            placement=placement,
        )
        found.append(gradients(model))
    for cut in found[1:]:
        for name, gradient in found[0].items():
            assert_close(cut[name], gradient, atol=1e-6, rtol=1e-4)


def test_a_threshold_is_over_the_batch_whatever_the_memory() -> None:
    def per_micro_batch(logits: Tensor, weak: Tensor) -> Tensor:
        prior = weak.mean(0) if len(weak) > 1 else torch.tensor([0.5, 0.5])
        guess = balanced_guess(logits, quotas=prior * len(weak))
        return cross_entropy(logits, 0.4 * weak + 0.6 * guess)

    check_placement_is_not_meaning(CONFIDENCE)
    with REJECTED:
        check_placement_is_not_meaning(Loss(per_example=per_micro_batch))


# --- P7: one backward pass for all micro-batches, which then save no memory -------------------------------


def check_memory(step: Callable[[Classifier, int], None]) -> None:
    longest = int(texts().lengths.max())
    peaks = []
    for train_tokens in (10**6, longest):
        model = classifier()
        peaks.append(peak_saved_bytes(model, lambda m=model, t=train_tokens: step(m, t)))
    assert peaks[1] < peaks[0] / 4


def test_micro_batches_save_memory() -> None:
    def ours(model: Classifier, train_tokens: int) -> None:
        placement = Placement(train_tokens=train_tokens)
        train(
            model,
            texts(),
            soft_labels(),
            weights=UNWEIGHED,
            loss=CONFIDENCE,
            recipe=ONE_STEP,
            seed=0,
            placement=placement,
        )

    def backward_at_the_end(model: Classifier, train_tokens: int) -> None:
        pieces = micro_batches(np.arange(NUM_EXAMPLES), lengths=texts().lengths, max_tokens=train_tokens)
        padded = [pad(texts(), piece, device=torch.device("cpu")) for piece in pieces]
        torch.cat([model(one.ids, one.lengths) for one in padded]).square().mean().backward()

    check_memory(ours)
    with REJECTED:
        check_memory(backward_at_the_end)


# --- P6: gradient checkpointing that eval() turns off without a word --------------------------------------


def check_checkpointing(prepare: Callable[[Classifier], object]) -> None:
    peaks = []
    for prepared in (False, True):
        model = classifier("llama")
        if prepared:
            prepare(model)
        padded = pad(texts("llama"), np.arange(NUM_EXAMPLES), device=torch.device("cpu"))
        peaks.append(peak_saved_bytes(model, lambda m=model, p=padded: m(p.ids, p.lengths).sum().backward()))
    assert peaks[1] < peaks[0] / 2


def test_gradient_checkpointing_is_on_when_it_is_asked_for() -> None:
    def then_eval(model: Classifier) -> None:
        enable_checkpointing(model)
        model.eval()

    check_checkpointing(enable_checkpointing)
    with REJECTED:
        check_checkpointing(then_eval)


# --- P11: updates that vanish in bfloat16 weights ---------------------------------------------------------


def check_small_updates(dtype: torch.dtype) -> None:
    model = classifier().to(dtype)
    before = weights(model)["backbone.h.0.mlp.c_fc.weight"]
    recipe = RECIPE.model_copy(update={"learning_rate": 1e-6, "precision": "bfloat16"})
    train(
        model,
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=CONFIDENCE,
        recipe=recipe,
        seed=0,
        placement=ONE_PIECE,
    )
    assert (weights(model)["backbone.h.0.mlp.c_fc.weight"] != before).float().mean() > 0.9


def test_a_small_learning_rate_moves_the_weights() -> None:
    check_small_updates(torch.float32)
    with REJECTED:
        check_small_updates(torch.bfloat16)


# --- P8: the same order in both epochs, and a remainder that is dropped -----------------------------------


def check_order(made: Callable[..., Iterator[np.ndarray]]) -> None:
    found = list(made(21, batch_size=8, epochs=2, seed=0))
    rows = np.concatenate(found).tolist()
    assert len(found) == num_steps(21, batch_size=8, epochs=2)
    assert sorted(rows[:21]) == sorted(rows[21:]) == list(range(21))
    assert rows[:21] != rows[21:]


def test_each_epoch_has_its_own_order_and_every_example() -> None:
    def shuffled_once(count: int, *, batch_size: int, epochs: int, seed: int) -> Iterator[np.ndarray]:
        order = generator(seed, "once").permutation(count)
        return (order[s : s + batch_size] for _ in range(epochs) for s in range(0, count, batch_size))

    def without_remainder(count: int, *, batch_size: int, epochs: int, seed: int) -> Iterator[np.ndarray]:
        made = batches(count, batch_size=batch_size, epochs=epochs, seed=seed)
        return (rows for rows in made if len(rows) == batch_size)

    check_order(batches)
    for defective in (shuffled_once, without_remainder):
        with REJECTED:
            check_order(defective)


# --- P2: a resumed run that scores a fresh head -----------------------------------------------------------


class _Killed(Exception):  # noqa: N818
    pass


def check_resume(folder: object) -> None:
    def on_step(step: int, total: int) -> None:
        if step == total:
            raise _Killed

    # The whole vocabulary is trained, so that a checkpoint has the shapes of any fresh model.
    decayed = RECIPE.model_copy(update={"weight_decay": 0.01})

    def predictions(placement: Placement) -> np.ndarray:
        model = classifier(head="zero")
        train(
            model,
            texts(),
            soft_labels(),
            weights=UNWEIGHED,
            loss=CONFIDENCE,
            recipe=decayed,
            seed=0,
            placement=placement,
        )
        return predict(model, texts(), recipe=decayed, placement=placement)

    whole = predictions(ONE_PIECE)
    kept = replace(ONE_PIECE, scratch=folder, checkpoint_every_s=0.0)  # type: ignore[arg-type]
    with pytest.raises(_Killed):
        predictions(replace(kept, on_step=on_step))
    assert np.array_equal(predictions(kept), whole)


def test_a_run_that_goes_on_scores_the_model_it_trained(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outlearn.training import loop
    from outlearn.training.checkpoints import State

    loaded = loop.load_checkpoint

    def steps_without_weights(folder: Path, state: State) -> int:
        return loaded(folder, replace(state, model=classifier()))

    check_resume(tmp_path_factory.mktemp("ours"))
    monkeypatch.setattr(loop, "load_checkpoint", steps_without_weights)
    with REJECTED:
        check_resume(tmp_path_factory.mktemp("defective"))


# --- E2: a buffer that grows for ever and remembers the last run ------------------------------------------


def test_a_method_keeps_no_buffer_between_runs() -> None:
    """Every registered method passes the check in tests/methods; here is the buffer that it rejects."""
    buffer: list[float] = []

    def retarget(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        recent = buffer
        recent += logits.softmax(-1)[:, 1].tolist()
        recent = recent[-32:]
        positive = (logits.softmax(-1)[:, 1] > float(np.median(recent))).float()
        return 0.5 * weak + 0.5 * torch.stack([1 - positive, positive], dim=1)

    loss = Loss(per_example=cross_entropy, retarget=retarget)
    with pytest.raises(UsageError, match="give other weights the second time"):
        check_method(Method(transfer=lambda s, labels: fit(s, labels, loss=loss), reference="E2"))
    assert len(buffer) > 32


# --- E5: labels joined by row position --------------------------------------------------------------------


def test_labels_are_joined_by_id() -> None:
    def transfer(student: Student, labels: LabelSet) -> Student:
        by_row = sorted(student.rows, key=lambda name: student.rows[name])
        made = label_set(by_row, labels.probabilities, classes=labels.classes, source="by row")
        return fit(student, made, loss=Loss(per_example=cross_entropy))

    with pytest.raises(UsageError, match=r"at row student\.rows\[id\]"):
        check_method(Method(transfer=transfer, reference="E5"))


# --- E3: ties that are settled by the order of the labels -------------------------------------------------


def check_ties(accuracy: Callable[[np.ndarray, np.ndarray], float]) -> None:
    undecided = np.full((6, 2), 0.5)
    for gold in ([0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 1]):
        assert accuracy(undecided, np.array(gold)) == 0.5


def test_an_undecided_model_scores_chance_whatever_the_labels() -> None:
    check_ties(lambda scores, gold: float(fraction_correct(scores, gold=gold).mean()))
    with REJECTED:
        check_ties(lambda scores, gold: float((scores.argmax(1) == gold).mean()))
