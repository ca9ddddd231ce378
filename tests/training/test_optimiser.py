"""AdamW and Adafactor against plain references, and the learning rate at every step."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import nn
from torch.testing import assert_close

from outlearn.training import Recipe, adafactor, adamw, learning_rate_at, optimiser_of

torch.set_num_threads(1)


def test_adamw_is_the_algorithm_of_its_paper() -> None:
    """Loshchilov & Hutter 2019, algorithm 2, in NumPy; vectors are not decayed."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    rate, decay = 0.01, 0.2
    optimiser = adamw(model, Recipe(learning_rate=rate, weight_decay=decay))
    names = list(dict(model.named_parameters()))
    value = {name: p.detach().double().numpy().copy() for name, p in model.named_parameters()}
    first = {name: np.zeros_like(value[name]) for name in names}
    second = {name: np.zeros_like(value[name]) for name in names}
    for step in range(1, 6):
        optimiser.zero_grad()
        model(torch.randn(6, 3)).square().sum().backward()
        optimiser.step()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None
            gradient = parameter.grad.double().numpy()
            first[name] = 0.9 * first[name] + 0.1 * gradient
            second[name] = 0.999 * second[name] + 0.001 * gradient**2
            if parameter.ndim >= 2:
                value[name] *= 1 - rate * decay
            corrected = first[name] / (1 - 0.9**step)
            scale = np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8
            value[name] -= rate * corrected / scale
    for name, parameter in model.named_parameters():
        assert_close(parameter.detach().double(), torch.from_numpy(value[name]), atol=1e-5, rtol=1e-4)


def test_adafactor_is_the_algorithm_of_its_paper_with_absolute_steps() -> None:
    """Shazeer & Stern 2018, algorithms 4 and 5, in NumPy."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    rate, decay = 0.01, 0.2
    optimiser = adafactor(model, Recipe(learning_rate=rate, weight_decay=decay, optimiser="adafactor"))
    value = {name: p.detach().double().numpy().copy() for name, p in model.named_parameters()}
    of_rows: dict[str, np.ndarray] = {}
    of_columns: dict[str, np.ndarray] = {}
    for step in range(1, 6):
        optimiser.zero_grad()
        model(torch.randn(6, 3)).square().sum().backward()
        optimiser.step()
        share = step**-0.8  # 1 - beta2
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None
            gradient = parameter.grad.double().numpy()
            square = gradient**2
            if parameter.ndim == 2:
                value[name] *= 1 - rate * decay
                rows = square.mean(1, keepdims=True)
                columns = square.mean(0, keepdims=True)
                of_rows[name] = (1 - share) * of_rows.get(name, 0 * rows) + share * rows
                of_columns[name] = (1 - share) * of_columns.get(name, 0 * columns) + share * columns
                second = of_rows[name] * of_columns[name] / of_rows[name].mean()
            else:
                of_rows[name] = (1 - share) * of_rows.get(name, 0 * square) + share * square
                second = of_rows[name]
            update = gradient / np.sqrt(second)
            value[name] -= rate * update / max(1.0, float(np.sqrt((update**2).mean())))
    for name, parameter in model.named_parameters():
        assert_close(parameter.detach().double(), torch.from_numpy(value[name]), atol=1e-5, rtol=1e-4)


def _state_bytes(optimiser: torch.optim.Optimizer) -> int:
    return sum(value.nbytes for state in optimiser.state.values() for value in state.values())


def test_adafactor_keeps_next_to_nothing_where_adamw_keeps_two_numbers_a_weight() -> None:
    model = nn.Linear(512, 512)
    kept = {}
    for name in ("adamw", "adafactor"):
        optimiser = optimiser_of(model, Recipe.model_validate({"learning_rate": 1e-3, "optimiser": name}))
        model(torch.ones(1, 512)).sum().backward()
        optimiser.step()
        kept[name] = _state_bytes(optimiser)
    weights = sum(parameter.nbytes for parameter in model.parameters())
    assert kept["adamw"] == pytest.approx(2 * weights, rel=0.001)
    assert kept["adafactor"] < weights / 100


def test_frozen_weights_are_left_to_nobody() -> None:
    model = nn.Linear(2, 2)
    model.weight.requires_grad_(False)
    groups = adamw(model, Recipe(learning_rate=1.0)).param_groups
    assert [parameter is model.bias for group in groups for parameter in group["params"]] == [True]


@pytest.mark.parametrize(
    ("schedule", "warmup_frac", "rates"),
    [
        ("constant", 0.0, [2, 2, 2, 2, 2]),
        ("linear", 0.0, [2, 1.6, 1.2, 0.8, 0.4]),
        ("cosine", 0.0, [2, 1.80901699, 1.30901699, 0.69098301, 0.19098301]),
        ("linear", 0.4, [2 / 3, 4 / 3, 2, 4 / 3, 2 / 3]),
        ("constant", 0.4, [2 / 3, 4 / 3, 2, 2, 2]),
        ("constant", 0.9, [2 / 5, 4 / 5, 6 / 5, 8 / 5, 2]),
    ],
)
def test_schedules_take_these_values(schedule: str, warmup_frac: float, rates: list[float]) -> None:
    recipe = Recipe.model_validate({"learning_rate": 2.0, "schedule": schedule, "warmup_frac": warmup_frac})
    assert [learning_rate_at(step, num_steps=5, recipe=recipe) for step in range(5)] == pytest.approx(rates)


@given(
    st.integers(1, 200),
    st.floats(0, 0.99),
    st.sampled_from(["linear", "cosine", "constant"]),
)
def test_the_rate_rises_without_a_jump_then_never_rises_and_is_never_nought(
    num_steps: int, warmup_frac: float, schedule: str
) -> None:
    recipe = Recipe.model_validate({"learning_rate": 1.0, "schedule": schedule, "warmup_frac": warmup_frac})
    rates = np.array(
        [learning_rate_at(step, num_steps=num_steps, recipe=recipe) for step in range(num_steps)]
    )
    warmup_steps = round(warmup_frac * num_steps)
    assert bool((rates > 0).all())
    assert rates.max() <= 1
    rising = np.diff(np.concatenate([[0.0], rates[: warmup_steps + 1]]))
    if warmup_steps < num_steps:
        assert rates[warmup_steps] == 1
    assert bool(np.allclose(rising, 1 / (warmup_steps + 1)))
    assert bool((np.diff(rates[warmup_steps:]) <= 1e-12).all())


@pytest.mark.parametrize(
    "field",
    [
        {"learning_rate": 0.0},
        {"learning_rate": "steep"},
        {"epochs": 0},
        {"batch_size": 0},
        {"warmup_frac": 1.0},
        {"clip_norm": 0.0},
        {"weight_decay": -0.1},
        {"schedule": "steps"},
        {"optimiser": "adam8bit"},
        {"precision": "float16"},
        {"lr": 1e-5},
    ],
)
def test_a_recipe_out_of_range_or_misspelt_is_refused(field: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(field))):
        Recipe.model_validate(field)
