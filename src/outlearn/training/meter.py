"""Bytes of tensors that are alive while something is computed, by following every operation, on any device.

What an operation uses inside itself and gives back at once is not seen.
"""

import weakref
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class Meter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of the tensors that are made inside it, while they are alive.

    Args:
        there: Tensors that were made before; what shares their memory is not counted.
    """

    def __init__(self, there: Iterable[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.alive: list[int] = []
        """Whenever there was something new."""

        self._now = 0
        self._there = {tensor.untyped_storage().data_ptr() for tensor in there}
        self._seen: dict[int, weakref.ref[Any]] = {}

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Run an operation, and count what it made."""
        made = func(*args, **(kwargs or {}))
        for value in made if isinstance(made, tuple | list) else (made,):
            if isinstance(value, Tensor):
                self._count(value)
        return made

    def _count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        place, num_bytes = storage.data_ptr(), storage.nbytes()
        if not num_bytes or place in self._there or place in self._seen:
            return
        self._now += num_bytes
        self.alive.append(self._now)
        self._seen[place] = weakref.ref(storage, partial(self._freed, place, num_bytes))

    def _freed(self, place: int, num_bytes: int, _: object) -> None:
        self._now -= num_bytes
        del self._seen[place]
