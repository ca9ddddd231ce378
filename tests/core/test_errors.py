import inspect
import re

from outlearn.core import OutlearnError, UsageError, errors


def _tree(parent: type, depth: int) -> list[tuple[int, str]]:
    children = [child for child in parent.__subclasses__() if child.__module__ == errors.__name__]
    return [(depth, parent.__name__), *(line for child in children for line in _tree(child, depth + 1))]


def test_the_tree_drawn_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = re.findall(r"^( +)((?:[│├└─ ]*))(\w+)", inspect.getdoc(errors) or "", flags=re.MULTILINE)
    found = [(len(bars) // 4, name) for _, bars, name in drawn]
    assert found == _tree(OutlearnError, 0)


def test_a_usage_error_is_a_value_error_so_that_callers_need_not_know_us() -> None:
    assert issubclass(UsageError, ValueError)


def test_every_error_of_the_module_is_documented() -> None:
    classes = [item for _, item in inspect.getmembers(errors, inspect.isclass)]
    assert len(classes) == 9
    assert all(item.__doc__ for item in classes)
