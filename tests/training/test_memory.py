"""What training will hold in memory is known before the first step, and micro-batches are cut to fit."""

import gc
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from outlearn.core import TrainingError
from outlearn.models import Classifier, enable_checkpointing, load_classifier, open_model
from outlearn.models.free_memory import _left_to_the_group
from outlearn.training import (
    Memory,
    Placement,
    Recipe,
    batch,
    memory,
    memory_of,
    optimiser_of,
    planned_tokens,
    subset,
    train,
)
from outlearn.training.meter import Meter
from outlearn.training.vocabulary import rows_in_use
from tests.tiny_models import KINDS, save_tiny
from tests.training.fitting import (
    NAIVE,
    ONE_PIECE,
    RECIPE,
    UNWEIGHED,
    assert_same_weights,
    classifier,
    soft_labels,
    texts,
)

LONGEST = int(texts().lengths.max())


def _memory(model: Classifier, *, kind: str = "gpt2", recipe: Recipe = RECIPE) -> Memory:
    memory._measured.clear()
    return memory_of(model, texts(kind), recipe=recipe, placement=Placement())


def _metered(model: Classifier, rows: np.ndarray, *, kind: str = "gpt2") -> int:
    """Return the most bytes alive in a micro-batch of these rows, gradients in place."""
    read = batch(texts(kind), rows, device=torch.device("cpu"))
    for value in model.parameters():
        value.grad = torch.zeros_like(value)
    gradients = [value.grad for value in model.parameters() if value.grad is not None]
    with Meter((*model.parameters(), *model.buffers(), *read, *gradients)) as meter:
        torch.autograd.backward(model(*read).square().sum())
    return max(meter.alive)


def test_a_meter_counts_what_is_made_and_alive_once() -> None:
    there = torch.ones(100)
    with Meter([there]) as meter:
        made = torch.zeros(1000)
        view = made[10:20]
        there.mul_(2)
        more = made + 1
        del made, more
        gc.collect()
        last = view + 1
    assert meter.alive == [4000, 8000, 4000 + last.nbytes], "a view keeps all that it is a view of"


@pytest.mark.parametrize("checkpointed", [False, True])
@pytest.mark.parametrize("kind", ["gpt2", "llama", "bert"])
def test_the_plan_of_a_micro_batch_is_what_it_holds(kind: str, checkpointed: bool) -> None:
    model = classifier(kind).train()
    if checkpointed:
        enable_checkpointing(model)
    planned = _memory(model, kind=kind).activations
    row = int(texts(kind).lengths.argmax())
    for number in (2, 5, 9):
        held = _metered(model, np.full(number, row), kind=kind)
        assert planned.bytes_of(number * int(texts(kind).lengths.max())) == pytest.approx(held, rel=0.001)


def test_shorter_texts_hold_no_more_than_planned() -> None:
    model = classifier().train()
    planned = _memory(model).activations
    rows = np.flatnonzero(texts().lengths < LONGEST // 2)
    tokens = len(rows) * int(texts().lengths[rows].max())
    assert _metered(model, rows) <= planned.bytes_of(tokens)


@pytest.mark.parametrize("name", ["adamw", "adafactor"])
def test_weights_gradients_and_optimiser_are_counted_to_the_byte(name: str) -> None:
    model = classifier()
    model.backbone.wte.requires_grad_(False)
    recipe = RECIPE.model_copy(update={"optimiser": name})
    found = _memory(model, recipe=recipe)
    optimiser = optimiser_of(model, recipe)
    for value in optimiser.param_groups[0]["params"] + optimiser.param_groups[1]["params"]:
        value.grad = torch.ones_like(value)
    optimiser.step()
    kept = list(optimiser.state.values())
    assert found.optimiser == sum(v.nbytes for state in kept for key, v in state.items() if key != "step")
    assert found.gradients == sum(p.grad.nbytes for p in model.parameters() if p.grad is not None)
    assert found.weights == sum(p.nbytes for p in (*model.parameters(), *model.buffers()))
    assert found.total(99) == found.weights + found.gradients + found.optimiser + found.activations.bytes_of(
        99
    )


def test_rows_of_a_vocabulary_that_no_text_uses_are_weights_and_nothing_more() -> None:
    model = classifier()
    whole = _memory(model)
    with rows_in_use(model, texts(), recipe=RECIPE):
        table = model.backbone.wte.weight.nbytes
        found = _memory(model)
    assert found.weights == whole.weights + table
    saved = classifier().backbone.wte.weight.nbytes - table
    assert saved > 0
    assert found.gradients == whole.gradients - saved
    assert found.optimiser == whole.optimiser - 2 * saved


def test_an_average_of_the_weights_is_counted() -> None:
    averaged = RECIPE.model_copy(update={"ema_decay": 0.9})
    assert _memory(classifier(), recipe=averaged).optimiser == 1.5 * _memory(classifier()).optimiser


def test_planning_leaves_the_model_and_the_random_numbers_alone() -> None:
    model, before = classifier().train(), torch.random.get_rng_state()
    _memory(model)
    assert_same_weights(model, classifier())
    assert all(value.grad is None for value in model.parameters())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_models_of_one_shape_are_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    metered = memory._alive

    def counted(*args: object, **kwargs: object) -> np.ndarray:
        nonlocal calls
        calls += 1
        return metered(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(memory, "_alive", counted)
    _memory(classifier())
    for _ in range(3):
        memory_of(classifier(), texts(), recipe=RECIPE, placement=Placement())
    assert calls == 2
    shorter = subset(texts(), np.flatnonzero(texts().lengths < LONGEST))
    assert memory_of(classifier(), shorter, recipe=RECIPE, placement=Placement()).longest < LONGEST
    assert calls == 2, "what holds for longer texts holds for somewhat shorter ones"
    short = subset(texts(), np.flatnonzero(texts().lengths < LONGEST / 2))
    memory_of(classifier(), short, recipe=RECIPE, placement=Placement())
    assert calls == 4


# --- how many tokens ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _usual_allocator(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the C library is told would stay for the tests that follow."""
    monkeypatch.setattr(memory, "give_back_at_once", lambda: None)


def _planned(monkeypatch: pytest.MonkeyPatch, free: int, *, sharers: int = 1) -> int:
    monkeypatch.setattr(memory, "free_bytes", lambda device: free)
    placement = Placement(train_tokens=500, sharers=sharers)
    return planned_tokens(classifier().train(), texts(), recipe=RECIPE, placement=placement)


def test_the_less_memory_is_free_the_fewer_tokens_but_never_less_than_the_longest_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs = _memory(classifier().train())
    beside = needs.gradients + needs.optimiser
    found = [
        _planned(monkeypatch, beside + needs.activations.bytes_of(tokens)) for tokens in (LONGEST, 100, 10**5)
    ]
    assert found[0] == LONGEST
    assert LONGEST <= found[1] <= 100
    assert found[2] == 500, "never more than was asked for"
    plenty = round((beside + needs.activations.bytes_of(200)) / 0.9) + 1
    monkeypatch.setattr(memory, "gaps", lambda device: 1.0)
    assert _planned(monkeypatch, plenty) == 200
    assert _planned(monkeypatch, 3 * plenty, sharers=3) == 200


def test_memory_is_given_back_at_once_only_where_it_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    monkeypatch.setattr(memory, "give_back_at_once", lambda: told.append(True))
    monkeypatch.setattr(memory, "gaps", lambda device: 2.0)
    needs = _memory(classifier().train())
    needed = needs.gradients + needs.optimiser + needs.activations.bytes_of(500)
    assert _planned(monkeypatch, round(needed * 2 / 0.9) + 9) == 500
    assert told == []
    assert _planned(monkeypatch, round(needed / 0.9) + 9) == 500
    assert told == [True]


def test_too_little_memory_for_one_text_is_said_before_the_first_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = classifier()
    monkeypatch.setattr(memory, "free_bytes", lambda device: 2**16)
    with pytest.raises(
        TrainingError, match=r"training needs [01] MiB beside .*cpu has 0 MiB left; gradient check"
    ):
        train(
            model,
            texts(),
            soft_labels(),
            weights=UNWEIGHED,
            loss=NAIVE,
            recipe=RECIPE.model_copy(update={"learning_rate": 1.0}),
            seed=0,
            placement=ONE_PIECE,
        )
    assert_same_weights(model, classifier())


def test_training_in_little_memory_learns_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = _memory(classifier().train())
    little = needs.gradients + needs.optimiser + needs.activations.bytes_of(2 * LONGEST)

    def losses() -> np.ndarray:
        return train(
            classifier(),
            texts(),
            soft_labels(),
            weights=UNWEIGHED,
            loss=NAIVE,
            recipe=RECIPE,
            seed=0,
            placement=ONE_PIECE,
        )

    plenty = losses()
    monkeypatch.setattr(memory, "free_bytes", lambda device: little)
    np.testing.assert_allclose(losses(), plenty, rtol=1e-4)


# --- what is free -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "files", "left"),
    [
        ("0::/", {"memory.max": "max"}, []),
        (
            "0::/",
            {"memory.max": "1000", "memory.current": "700", "memory.stat": "anon 1\ninactive_file 200"},
            [500],
        ),
        ("0::/outside/name", {"memory.max": "1000", "memory.current": "700"}, [300]),
        ("0::/a", {"a/memory.max": "1000", "a/memory.current": "1700"}, [0]),
        (
            "4:cpu,memory:/a\n3:pids:/",
            {"memory/a/memory.limit_in_bytes": "90", "memory/a/memory.usage_in_bytes": "40"},
            [50],
        ),
    ],
)
def test_what_a_container_may_take_counts(
    line: str, files: dict[str, str], left: list[int], tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.write_text(line + "\n")
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content + "\n")
    assert _left_to_the_group(own, tmp_path) == left


# --- gradient checkpointing ---------------------------------------------------------------------------------


def _kept_and_gradient(model: Classifier, ids: Tensor) -> tuple[int, dict[str, Tensor]]:
    with Meter((*model.parameters(), *model.buffers(), ids)) as meter:
        logits = model(ids, torch.full((len(ids),), ids.shape[1]))
        kept = meter.alive[-1]
    torch.autograd.backward(logits.square().sum())
    return kept, {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_checkpointing_keeps_one_hidden_state_for_each_block(kind: str, tmp_path: Path) -> None:
    """The claim is about bytes that are alive after the forward pass, not about a switch that is set."""
    ids = torch.randint(5, 100, (3, 40), generator=torch.Generator().manual_seed(0))
    kept: dict[tuple[bool, int], int] = {}
    for layers in (2, 4):
        source = open_model(str(save_tiny(kind, tmp_path / str(layers), hidden=32, layers=layers)))
        plain, saving = (load_classifier(source, num_classes=2, head_init="zero") for _ in range(2))
        for model in (plain, saving):
            torch.nn.init.normal_(model.head.weight, generator=torch.Generator().manual_seed(0))
        enable_checkpointing(saving)
        kept[False, layers], expected = _kept_and_gradient(plain, ids)
        kept[True, layers], found = _kept_and_gradient(saving, ids)
        assert found.keys() == expected.keys()
        for name, gradient in expected.items():
            assert_close(found[name], gradient, atol=1e-6, rtol=1e-4)
    state = ids.numel() * 32 * 4
    assert kept[True, 4] - kept[True, 2] == 2 * state
    assert kept[False, 4] - kept[False, 2] > 10 * 2 * state
