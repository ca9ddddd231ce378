"""Parameters that a spec gives a task or a method: checked against the signature of what they are for."""

import inspect
from collections.abc import Callable, Mapping
from typing import get_type_hints

from pydantic import TypeAdapter, ValidationError

from outlearn.core import SpecError, did_you_mean
from outlearn.experiments.choices import Param


def build(factory: Callable[..., object], params: Mapping[str, Param], *, what: str) -> dict[str, Param]:
    """Return all parameters of a factory, checked: those given and the defaults of the others.

    A whole number where a fraction is expected becomes one, so that 1 and 1.0 are the same experiment.

    Raises:
        SpecError: If a parameter is unknown, of the wrong type, or missing.
    """
    signature = inspect.signature(factory)
    types = get_type_hints(factory)
    known = tuple(signature.parameters)
    filled: dict[str, Param] = {}
    for name, value in params.items():
        if name not in known:
            raise SpecError(
                f"{what} has no parameter {name!r}.{did_you_mean(name, known=known)}"
                f" Its parameters: {', '.join(known) or 'none'}."
            )
        try:
            filled[name] = TypeAdapter(types[name]).validate_python(value, strict=True)
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"]
            raise SpecError(f"{what}, parameter {name!r}: {reason.lower()}, got {value!r}") from error
    for name in known:
        if name not in filled:
            default = signature.parameters[name].default
            if default is inspect.Parameter.empty:
                raise SpecError(f"{what} needs a value for {name!r}; give it beside the name: {name} = ...")
            filled[name] = default
    return filled
