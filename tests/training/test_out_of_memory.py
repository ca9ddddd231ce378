"""Where memory runs out, the same step is done again in smaller pieces: nothing else changes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from outlearn.core import TrainingError
from outlearn.models import Classifier
from outlearn.training import (
    Loss,
    Placement,
    cross_entropy,
    hidden_states,
    loop,
    out_of_memory,
    predict,
    train,
)
from outlearn.training.out_of_memory import Budget, is_out_of_memory
from tests.training.fitting import (
    CONFIDENCE,
    NAIVE,
    NUM_EXAMPLES,
    ONE_PIECE,
    RECIPE,
    UNWEIGHED,
    assert_same_weights,
    classifier,
    soft_labels,
    texts,
)

GPU = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nSee documentation")
CPU = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to"
    " allocate 2 bytes. Error code 12 (Cannot allocate memory)"
)
LONGEST = int(texts().lengths.max())


@pytest.fixture(autouse=True)
def _usual_allocator(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the C library is told would stay for the tests that follow."""
    monkeypatch.setattr(out_of_memory, "give_back_at_once", lambda: None)


class _Small:
    """A device's memory, which holds a number of tokens and no more."""

    def __init__(self, most: int, error: RuntimeError) -> None:
        self.most = most
        self.error = error
        self.tried: list[int] = []

    def forward(self, _: object, given: tuple[Tensor, ...], named: dict[str, Tensor]) -> None:
        self.tried.append((*given, *named.values())[0].numel())
        if self.tried[-1] > self.most:
            raise self.error


@contextmanager
def _small(model: Classifier, most: int, error: RuntimeError = GPU) -> Iterator[_Small]:
    memory = _Small(most, error)
    hook = model.backbone.register_forward_pre_hook(memory.forward, with_kwargs=True)
    yield memory
    hook.remove()


def _train(
    model: Classifier, *, loss: Loss = NAIVE, placement: Placement = ONE_PIECE, epochs: int = 2
) -> np.ndarray:
    return train(
        model,
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=loss,
        recipe=RECIPE.model_copy(update={"epochs": epochs}),
        seed=2,
        placement=placement,
    )


def _say(model: Classifier) -> np.ndarray:
    return predict(model, texts(), recipe=RECIPE, placement=Placement())


@pytest.mark.parametrize("error", [GPU, CPU], ids=["gpu", "cpu"])
@pytest.mark.parametrize("loss", [NAIVE, CONFIDENCE], ids=["naive", "confidence"])
@pytest.mark.parametrize("train_tokens", [10**6, LONGEST + 40])
def test_training_that_runs_out_of_memory_learns_the_same(
    error: RuntimeError, loss: Loss, train_tokens: int
) -> None:
    whole, cut = classifier(), classifier()
    expected = _train(whole, loss=loss)
    with _small(cut, LONGEST + 5, error) as memory:
        losses = _train(cut, loss=loss, placement=Placement(train_tokens=train_tokens))
    assert max(memory.tried) > memory.most, "it did run out"
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    np.testing.assert_allclose(_say(cut), _say(whole), atol=1e-4)


def test_a_step_done_again_gives_the_bits_of_one_that_was_cut_so_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    budgets: list[Budget] = []

    def spy(tokens: int) -> Budget:
        budgets.append(Budget(tokens))
        return budgets[-1]

    monkeypatch.setattr(loop, "Budget", spy)
    again, at_once = classifier(), classifier()
    with _small(again, LONGEST + 5):
        for step in range(2):  # a step of its own each time, so that all of it is cut alike
            recipe = RECIPE.model_copy(update={"epochs": 1, "batch_size": NUM_EXAMPLES})
            given = {"weights": UNWEIGHED, "loss": NAIVE, "recipe": recipe, "seed": step}
            train(again, texts(), soft_labels(), placement=ONE_PIECE, **given)  # type: ignore[arg-type]
            found = Placement(train_tokens=budgets[-1].tokens)
            assert found.train_tokens < NUM_EXAMPLES * LONGEST
            train(at_once, texts(), soft_labels(), placement=found, **given)  # type: ignore[arg-type]
    assert_same_weights(again, at_once)


def test_what_was_found_to_fit_is_kept_for_the_steps_that_follow() -> None:
    model = classifier()
    with _small(model, LONGEST + 5) as memory:
        _train(model, epochs=6)
    assert sum(tokens > memory.most for tokens in memory.tried) < 5


def test_running_out_in_the_backward_pass_leaves_no_gradient_behind() -> None:
    whole, cut = classifier(), classifier()
    expected = _train(whole, placement=Placement(train_tokens=40))
    calls = 0

    def late(gradient: Tensor) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:  # of the first step's second piece
            raise GPU

    hook = cut.backbone.wpe.weight.register_hook(late)
    losses = _train(cut, placement=Placement(train_tokens=40))
    hook.remove()
    assert calls > 2
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    np.testing.assert_allclose(_say(cut), _say(whole), atol=1e-4)


def test_what_a_loss_learns_counts_every_step_once() -> None:
    def learning() -> Loss:
        theta = torch.zeros(2)

        def retarget(logits: Tensor, labels: Tensor, progress: float) -> Tensor:
            theta.add_(labels.sum(0) + 1)
            return labels + 0.01 * theta.softmax(0)

        return Loss(per_example=cross_entropy, retarget=retarget, state=(theta,))

    plenty, short = learning(), learning()
    _train(classifier(), loss=plenty)
    model = classifier()

    calls = 0

    def late(gradient: Tensor) -> None:
        nonlocal calls
        calls += 1
        if calls in {1, 4}:  # after the targets are made
            raise CPU

    model.backbone.wte.weight.register_hook(late)
    _train(model, loss=short)
    assert_close(short.state[0], plenty.state[0])


def test_a_text_that_does_not_fit_alone_says_what_to_do() -> None:
    model = classifier()
    with (
        _small(model, LONGEST - 1),
        pytest.raises(
            TrainingError, match=rf"one example of {LONGEST} tokens needs \(CUDA out.*GiB\.\); gradient ch"
        ),
    ):
        _train(model, epochs=6)
    with _small(model, LONGEST - 1), pytest.raises(TrainingError, match=f"one example of {LONGEST} tokens"):
        predict(model, texts(), recipe=RECIPE, placement=Placement())


@pytest.mark.parametrize(
    "error",
    [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("too long"), MemoryError()],
)
def test_any_other_error_is_raised_as_it_is(error: Exception) -> None:
    model = classifier()
    with _small(model, 0, error) as memory, pytest.raises(type(error)) as told:  # type: ignore[arg-type]
        _train(model)
    assert told.value is error
    with _small(model, 0, error), pytest.raises(type(error)) as told:  # type: ignore[arg-type]
        predict(model, texts(), recipe=RECIPE, placement=Placement())
    assert told.value is error
    assert len(memory.tried) == 1


@pytest.mark.parametrize(
    "read",
    [
        lambda model, placement: predict(model, texts(), recipe=RECIPE, placement=placement),
        lambda model, placement: hidden_states(model, texts(), recipe=RECIPE, placement=placement),
    ],
    ids=["predict", "hidden_states"],
)
def test_prediction_goes_on_in_smaller_pieces(read: Callable[[Classifier, Placement], np.ndarray]) -> None:
    model = classifier()
    expected = read(model, Placement())
    with _small(model, LONGEST + 30, CPU) as memory:
        found = read(model, Placement())
    assert memory.tried[0] > memory.most
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_errors_of_every_device_are_known() -> None:
    mps = RuntimeError("MPS backend out of memory (MPS allocated: 8 GB, ...)")
    cublas = RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")
    assert all(map(is_out_of_memory, (GPU, CPU, mps, cublas)))
    assert not is_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))
