"""Pretrained models kept in memory as they were loaded, so that each is read from its files once a process.

A student that will be trained whole gets a copy of its own. One whose body stays as it is, as under
adapters, gets a body whose weights are those kept here: nothing is copied, and its adapters go with it.
Should anything write to kept weights after all, torch's version counters tell, and the model is read again.

Models are kept as long as they take little of the memory that is free; those used longest ago go first.
Importing this module imports torch.
"""

import copy
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from outlearn.models.free_memory import free_bytes

FREE_SHARE = 1 / 16
"""Most of the free memory that kept models take together."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A model that nobody trains."""

    model: nn.Module
    num_bytes: int
    written: int
    """How often its weights had been written to when it was kept."""


class KeptModels:
    """Models by what they are; its state is what is kept."""

    def __init__(self, *, limit: Callable[[], float]) -> None:
        self._limit = limit
        self._kept: dict[Hashable, Kept] = {}

    def own(self, key: Hashable, load: Callable[[], Any]) -> Any:
        """Return a model to be trained: its weights are its own."""
        kept = self._find(key)
        if kept is not None:
            return copy.deepcopy(kept.model)
        model = load()
        self._keep(key, model)
        return copy.deepcopy(model) if key in self._kept else model

    def frozen(self, key: Hashable, load: Callable[[], Any]) -> Any:
        """Return a model whose weights stay as they are: no gradient, and perhaps shared."""
        kept = self._find(key)
        if kept is None:
            model = load()
            self._keep(key, model)
            if key not in self._kept:
                return model.requires_grad_(requires_grad=False)
            kept = self._kept[key]
        same = {id(one): nn.Parameter(one.detach(), requires_grad=False) for one in kept.model.parameters()}
        return copy.deepcopy(kept.model, same)

    def _find(self, key: Hashable) -> Kept | None:
        kept = self._kept.pop(key, None)
        if kept is None or _written(kept.model) != kept.written:
            return None
        self._kept[key] = kept  # the last one used now
        return kept

    def _keep(self, key: Hashable, model: nn.Module) -> None:
        num_bytes = sum(one.numel() * one.element_size() for one in model.parameters())
        room = self._limit() - num_bytes
        if room < 0:
            return
        while self._kept and sum(one.num_bytes for one in self._kept.values()) > room:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = Kept(model, num_bytes, _written(model))


def _written(model: nn.Module) -> int:
    return sum(one._version for one in model.parameters())


def _limit() -> float:
    return FREE_SHARE * free_bytes(torch.device("cpu"))


kept_models = KeptModels(limit=_limit)
"""What this process keeps."""
