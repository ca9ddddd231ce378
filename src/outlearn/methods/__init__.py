"""Methods: one file each, from a student and a label set to a trained student. They cannot see gold."""

from outlearn.core import importing as _importing

with _importing():  # torch comes with them
    from outlearn.methods.check import check_method
    from outlearn.methods.method import Calibration, Method, Prompting, method, methods
    from outlearn.methods.one_fit import OneFit, one_fit
    from outlearn.methods.student import Student, ask, fit, fresh, labelled_rows, one_each, read_features
    from outlearn.methods.writer import Write, Writer, learn

__all__ = [
    "Calibration",
    "Method",
    "OneFit",
    "Prompting",
    "Student",
    "Write",
    "Writer",
    "ask",
    "check_method",
    "fit",
    "fresh",
    "labelled_rows",
    "learn",
    "method",
    "methods",
    "one_each",
    "one_fit",
    "read_features",
]
