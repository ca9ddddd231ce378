"""Imports of large packages, without stops to look for garbage on the way."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Hold Python's search for garbage while modules are imported, then go on with it if it was on.

    The search starts whenever many objects are new, and modules are nothing but: it would go through those
    of torch and transformers again and again and find nothing, which takes a fifth of the time to a first
    training step. Afterwards they count as old, which are searched last.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            if not gc.get_freeze_count():  # what a host has frozen stays so
                gc.freeze()
                gc.unfreeze()
            gc.enable()
