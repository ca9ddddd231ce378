"""Every method of one fit that this package defines."""

import importlib
import pkgutil

import outlearn.methods
from outlearn.methods import Method, methods


def methods_of_one_fit() -> dict[str, Method]:
    """Return the methods that are one fit, by name, with their defaults."""
    found = [
        importlib.import_module(f"outlearn.methods.{module.name}")
        for module in pkgutil.iter_modules(outlearn.methods.__path__)
    ]
    own = {module.__name__ for module in found if hasattr(module, "one_fit")}
    made = {name: methods[name]() for name in methods if methods[name].__module__ in own}
    return {name: one for name, one in made.items() if isinstance(one, Method) and one.parts}
