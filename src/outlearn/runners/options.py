"""Placement of a whole run: device, processes, memory. No option here can change what a result means."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from outlearn.core import UsageError


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Where and how a run executes."""

    device: str = "auto"
    """"auto" (a GPU where there is one), "cpu", "cuda", "cuda:1" or "mps"."""

    workers: int | Literal["auto"] = 1
    """Processes that run steps side by side; GPUs are dealt out in turn. "auto": one a core where many small
    models run on a CPU, otherwise one (see `crew`). It is not the default of the Python API, because a
    program that starts processes needs `if __name__ == "__main__"`."""

    threads: int | Literal["auto"] = "auto"
    """Threads of each worker; "auto": its share of the cores."""

    train_tokens: int = 8192
    """Most padded tokens in a micro-batch of training."""

    predict_tokens: int = 4096
    """Most padded tokens in a batch of prediction."""

    gradient_checkpointing: bool = False
    """Less memory, about a third more time, the same gradient."""

    checkpoint_every_s: float = 60.0
    """Seconds between the checkpoints from which a killed training run goes on."""

    keep_weights: bool = False
    """Keep every trained student's weights as safetensors in its record; a student that is there without them
    is trained again."""

    data_dir: Path | None = None
    """Local mirror of the hub's data sets; None reads the hub."""

    track: tuple[str, ...] = ()
    """Programs that follow the run: "tensorboard", "wandb", "mlflow" or a plug-in's; they change nothing."""

    def __post_init__(self) -> None:
        for name in ("workers", "threads", "train_tokens", "predict_tokens"):
            asked = getattr(self, name)
            if asked != "auto" and asked < 1:
                or_auto = ' or "auto"' if name in ("workers", "threads") else ""
                raise UsageError(f"{name} must be at least 1{or_auto}, got {asked}")
        if self.checkpoint_every_s < 0:
            raise UsageError(f"checkpoint_every_s must not be negative, got {self.checkpoint_every_s}")

    @property
    def num_workers(self) -> int:
        """Return how many workers there are; one where that is not decided yet."""
        return 1 if self.workers == "auto" else self.workers

    @property
    def num_threads(self) -> int:
        """Return each worker's threads: by default its share of the cores this process may use."""
        return max(1, num_cores() // self.num_workers) if self.threads == "auto" else self.threads


def num_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
