"""Every error Outlearn raises on purpose.

The tree:

    OutlearnError
    ├── UsageError (also a ValueError)   what was given cannot work; the message says what is allowed
    │   ├── UnknownName                  no task, method or model of that name
    │   ├── SpecError                    an experiment that contradicts itself
    │   ├── DataError                    rows, examples or labels that are malformed
    │   ├── ModelError                   a checkpoint that cannot be used
    │   └── MissingExtra                 a part of the installation that was left out
    ├── StoreError                       a store that is damaged, locked or of another version
    └── TrainingError                    training that cannot go on (a loss that is not finite)

A `UsageError` is the user's to mend and is raised before a model is loaded; the command line prints it
without a traceback and exits with 2. Anything that is not an `OutlearnError` is a mistake of ours.
"""


class OutlearnError(Exception):
    """Any error Outlearn raises on purpose."""


class UsageError(OutlearnError, ValueError):
    """What was given cannot work; the message says what is allowed and what to do next."""


class UnknownName(UsageError):  # noqa: N818
    """No task, method or model has the name that was given."""


class SpecError(UsageError):
    """An experiment's description contradicts itself or asks for what is not there."""


class DataError(UsageError):
    """Rows, examples or labels are malformed; the message names the file and the row."""


class ModelError(UsageError):
    """A checkpoint cannot be found, read or used for what was asked."""


class MissingExtra(UsageError):  # noqa: N818
    """What was asked for needs an optional dependency; the message says how to install it."""


class StoreError(OutlearnError):
    """The store is damaged, locked by another run or written by another version."""


class TrainingError(OutlearnError):
    """Training cannot go on: a loss or a gradient is not finite."""
