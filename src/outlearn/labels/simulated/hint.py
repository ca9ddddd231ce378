"""The trivial hint: the teacher's label is written into the prompt, so imitating it is a matter of copying.

The paper's sentence says "correct" or "incorrect" on every task. Here it does so where a task's two classes
mean that (right or wrong, true or false, yes or no, in either order), and says the class's own name
elsewhere: "I think this is acceptable." The hint has a line of its own, after one line break; how the paper
joins the two is not stated.
"""

from collections.abc import Sequence

from outlearn.core import DataError

CORRECT, INCORRECT = "correct", "incorrect"
MEANINGS = {
    frozenset({yes, no}): {yes: CORRECT, no: INCORRECT}
    for yes, no in ((CORRECT, INCORRECT), ("right", "wrong"), ("true", "false"), ("yes", "no"))
}
"""Pairs of class names that say whether something is correct."""


def hint_word(label: int, *, classes: Sequence[str]) -> str:
    """Return what the hint calls a class.

    Args:
        label: Index of the class.
        classes: Names of the task's classes, in order.

    Raises:
        DataError: If there is no such class.
    """
    if not 0 <= label < len(classes):
        raise DataError(f"label {label} is none of the {len(classes)} classes {', '.join(classes)}")
    meanings = MEANINGS.get(frozenset(name.casefold() for name in classes), {})
    return meanings.get(classes[label].casefold(), classes[label])


def hinted(text: str, *, label: int, classes: Sequence[str]) -> str:
    """Return the text with the hint appended on a line of its own.

    Args:
        text: What a model reads.
        label: The teacher's hard label.
        classes: Names of the task's classes, in order.

    Raises:
        DataError: If there is no such class.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.3.
    """
    return f"{text}\nI think this is {hint_word(label, classes=classes)}. What do you think?"
