"""Outlearn: weak-to-strong generalization, from a teacher's labels to performance gap recovered.

    spec = outlearn.Spec(tasks=["world"], teachers=["world/xs"], students=["world/l"], seeds=3, ...)
    run = outlearn.run(spec, store="outlearn-store")
    run.results()

Importing this module imports neither torch nor transformers; they come with the first name that needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outlearn.experiments import Spec, demo, load_spec
    from outlearn.methods import check_method, method, methods
    from outlearn.models import check_model
    from outlearn.runners import Run, RunOptions, run
    from outlearn.store import open_store
    from outlearn.tasks import check_task, task, tasks

__all__ = [
    "Run",
    "RunOptions",
    "Spec",
    "check_method",
    "check_model",
    "check_task",
    "demo",
    "load_spec",
    "method",
    "methods",
    "open_store",
    "run",
    "task",
    "tasks",
]

_HOMES = {
    "Run": "runners",
    "RunOptions": "runners",
    "Spec": "experiments",
    "check_method": "methods",
    "check_model": "models",
    "check_task": "tasks",
    "demo": "experiments",
    "load_spec": "experiments",
    "method": "methods",
    "methods": "methods",
    "open_store": "store",
    "run": "runners",
    "task": "tasks",
    "tasks": "tasks",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"outlearn.{_HOMES[name]}"), name)
