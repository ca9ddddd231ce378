"""Optional parts of the installation, asked for only when something needs them."""

import importlib
from types import ModuleType

from outlearn.core.errors import MissingExtra


def require(module: str, *, extra: str) -> ModuleType:
    """Return the module, which comes with an extra of this distribution.

    Args:
        module: Its name, as in an import statement.
        extra: The extra that installs it, as declared in pyproject.toml.

    Raises:
        MissingExtra: If the module is not installed. One that is there but broken raises its own error.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise
        raise MissingExtra(
            f"this needs {module}, which is not installed; install it with pip install 'outlearn[{extra}]'"
        ) from error
