"""Checkpoints of a training run that was cut off: weights, the optimiser's state and the losses so far.

What is learnt beside the model (averaged weights, a loss's own state) is kept too. The order of examples
and the learning rate are pure functions of the seed and the step, so nothing else is needed to go on bit
for bit. A checkpoint is one safetensors file, replaced in one move once it is on disk.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from outlearn.core import TrainingError

FILE = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What training changes in place as it goes."""

    model: nn.Module
    optimiser: torch.optim.Optimizer

    losses: Float[Tensor, " s"]
    """The loss of every step, 0 for those to come."""

    beside: tuple[Tensor, ...]
    """What is learnt beside the model."""


def save_checkpoint(folder: Path, state: State, *, step: int) -> None:
    """Write the state after `step` steps, replacing the last checkpoint in one move."""
    trainable = _trainable(state.model)
    kept: dict[str, Tensor] = {f"model/{name}": value for name, value in trainable.items()}
    for name, parameter in trainable.items():
        for key, value in state.optimiser.state[parameter].items():
            kept[f"optimiser/{key}/{name}"] = value
    kept["losses"] = state.losses
    kept |= {f"beside/{place}": value for place, value in enumerate(state.beside)}
    # On the CPU nothing is copied: the file is written from the tensors themselves.
    kept = {name: value.detach().cpu().contiguous() for name, value in kept.items()}
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{FILE}.draft"
    save_file(kept, draft, metadata={"step": str(step)})
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(draft, folder / FILE)


def load_checkpoint(folder: Path, state: State) -> int:
    """Restore the last checkpoint in place; return how many steps it had done, 0 if there is none.

    Raises:
        TrainingError: If the checkpoint is damaged, or is one of another model or another number of steps.
    """
    file = folder / FILE
    if not file.exists():
        return 0
    try:
        return _restore(file, state)
    except (SafetensorError, RuntimeError) as error:
        raise TrainingError(
            f"the checkpoint {file} is damaged or of another training run ({error}); delete it, and training"
            " starts from the beginning"
        ) from error


def _restore(file: Path, state: State) -> int:
    with safe_open(file, framework="pt") as saved, torch.no_grad():
        own: dict[str, dict[str, Tensor]] = {}
        for entry in saved.keys():  # noqa: SIM118
            if entry.startswith("optimiser/"):
                _, key, name = entry.split("/", 2)
                own.setdefault(name, {})[key] = saved.get_tensor(entry)
        for name, parameter in _trainable(state.model).items():
            parameter.copy_(saved.get_tensor(f"model/{name}"))
            # A fused optimiser counts its steps beside the parameter, others on the CPU.
            fused = state.optimiser.defaults.get("fused")
            state.optimiser.state[parameter] = {
                key: value if key == "step" and not fused else value.to(parameter.device)
                for key, value in own.get(name, {}).items()
            }
        before = saved.get_tensor("losses")
        if before.shape != state.losses.shape:
            raise RuntimeError(f"it is of a run of {len(before)} steps, not {len(state.losses)}")
        state.losses.copy_(before)
        for place, value in enumerate(state.beside):
            value.copy_(saved.get_tensor(f"beside/{place}"))
        return int(saved.metadata()["step"])


def _trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    return {name: value for name, value in model.named_parameters() if value.requires_grad}
