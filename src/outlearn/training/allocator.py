"""The C library's memory: what is freed stays with the process, with gaps, unless told otherwise.

On Linux, glibc keeps freed blocks of up to 32 MB for later. That is fast, but a training step's tensors of
many sizes leave gaps, and a process comes to hold up to about twice what is alive. Blocks that are given back
at once leave no gaps, but the system fills each new one with zeros first: about a third more time.
"""

import ctypes
import platform
from functools import cache

import torch

GAPS = 2.0
"""How many times what is alive a process may hold while the library keeps what is freed."""

M_MMAP_THRESHOLD = -3
LEAST_BYTES = 2**20
"""Blocks of this size are given back at once."""


def gaps(device: torch.device) -> float:
    """Return how many times what is alive the process may come to hold on a device."""
    return GAPS if device.type == "cpu" and _is_glibc() else 1.0


def give_back_at_once() -> None:
    """Have the C library give large blocks back when they are freed, and all that it keeps now."""
    if _is_glibc():
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, LEAST_BYTES)
        library.malloc_trim(0)


@cache
def _is_glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"
