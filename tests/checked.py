"""Shape checks of every function of the package, at a cost that tests can afford.

The import hook of jaxtyping writes the checks of a function anew whenever its `def` is run, which for a
function inside another is once a call, binds every signature, and checks every argument twice. Here checks
are written once a `def` and made once a call. Every function stays checked at every call.
"""

import dataclasses
import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, ForwardRef, Literal, get_args, get_origin

import jaxtyping
from beartype import BeartypeConf, beartype

JAXTYPED = jaxtyping.jaxtyped
BEARTYPED = beartype(conf=BeartypeConf(violation_type=jaxtyping.TypeCheckError))
Function = Callable[..., Any]


def check_cheaply() -> None:
    """Make modules that are imported from now on check themselves this way."""
    jaxtyping.jaxtyped = _checked


def _checked(made: Any = None, *, typechecker: Any) -> Any:
    if made is None:
        return functools.partial(_checked, typechecker=typechecker)
    if inspect.isclass(made):
        return _checked_class(made, typechecker)
    if not isinstance(made, FunctionType):
        return JAXTYPED(made, typechecker=typechecker)
    if "<locals>" in made.__qualname__:
        return _checked_inside(made, typechecker)
    return _checked_function(made, typechecker)


def _checked_class(made: Any, typechecker: Any) -> Any:
    start = vars(made).get("__init__")
    if not dataclasses.is_dataclass(made) or not isinstance(start, FunctionType):
        return JAXTYPED(made, typechecker=typechecker)
    made.__init__ = _checked_function(start, typechecker)
    return made


def _checked_function(made: FunctionType, typechecker: Any) -> Any:
    hints = [hint for given in made.__annotations__.values() for hint in _parts(given)]
    if inspect.isgeneratorfunction(made) or any(isinstance(hint, str | ForwardRef) for hint in hints):
        return JAXTYPED(made, typechecker=typechecker)  # knows what a name stands for that is imported late
    once = BEARTYPED(made)
    if not any(inspect.isclass(hint) and issubclass(hint, jaxtyping.AbstractArray) for hint in hints):
        return once

    @functools.wraps(made)
    def checked(*args: Any, **kwargs: Any) -> Any:
        with JAXTYPED("context"):  # one letter is one size, from the arguments to what is returned
            return once(*args, **kwargs)

    return checked


def _parts(hint: object) -> Iterator[object]:
    """Yield a type hint and the hints inside it."""
    yield hint
    if get_origin(hint) is not Literal:
        for part in hint if isinstance(hint, list) else get_args(hint):
            yield from _parts(part)


_running = threading.local()
_by_code: dict[CodeType, Function] = {}


def _checked_inside(made: FunctionType, typechecker: Any) -> Function:
    """Return a function that is defined anew at every call of another, checked by what was written once."""
    if made.__code__ not in _by_code:
        _by_code[made.__code__] = JAXTYPED(_relay(made), typechecker=typechecker)
    checks = _by_code[made.__code__]

    @functools.wraps(made)
    def checked(*args: Any, **kwargs: Any) -> Any:
        before = getattr(_running, "made", None)
        _running.made = made
        try:
            return checks(*args, **kwargs)
        finally:
            _running.made = before

    return checked


def _relay(made: FunctionType) -> Function:
    """Return a function of the same signature that calls whichever definition now runs, and holds none."""

    def relay(*args: Any, **kwargs: Any) -> Any:
        return _running.made(*args, **kwargs)

    relay.__name__, relay.__qualname__, relay.__module__ = made.__name__, made.__qualname__, made.__module__
    relay.__signature__ = inspect.signature(made)  # type: ignore[attr-defined]
    return relay
