"""What an experiment rests on, as BibTeX: the paper, its methods, its tasks and Outlearn itself.

Nothing is drawn or loaded for it. A user's own file has no entry: how it is cited is for the user to say.
"""

from collections.abc import Mapping

from outlearn.core import bibtex, key_of, keys_of, papers, software
from outlearn.experiments.parameters import build
from outlearn.experiments.spec import Spec
from outlearn.methods import methods
from outlearn.tasks import tasks

PAPER = "burns2023weak"
_OWN = "file:"
_Params = Mapping[str, str | bool | int | float]


def citations(spec: Spec) -> tuple[str, ...]:
    """Return the BibTeX of what a spec uses: one entry each, the paper first and Outlearn last.

    A source that is not in `papers.bib`, such as a plug-in's, is there as it states it: a task's entry as it
    stands, a method's reference as a comment.

    Raises:
        UsageError: If the spec names a task or method that there is not, or parameters that it does not have.
    """
    found = {PAPER: bibtex([PAPER])}
    for choice in spec.methods:
        found |= method_citations(choice.name, params=choice.params)
    named = [choice for choice in spec.tasks if not choice.name.startswith(_OWN)]
    found |= dict(sorted(_task_citation(choice.name, choice.params) for choice in named))
    return (*filter(None, found.values()), str(software()))


def method_citations(name: str, *, params: _Params) -> dict[str, str]:
    """Return the entries that a method's reference names, by key; a comment for what is not in `papers.bib`.

    Args:
        name: The method's registered name.
        params: Its parameters; those left out keep their defaults.

    Raises:
        UsageError: If there is no such method, or it does not take these parameters.
    """
    factory = methods[name]
    reference = factory(**build(factory, params, what=f"method {name!r}")).reference
    keys = keys_of(reference)
    found = {key: bibtex([key]) for key in keys if key in papers()}
    if not keys or len(found) < len(keys):
        comment = f"% method {name}: {' '.join(reference.split()) or 'names no source'}"
        found[comment] = comment
    return found


def _task_citation(name: str, params: _Params) -> tuple[str, str]:
    factory = tasks[name]
    citation = factory(**build(factory, params, what=f"task {name!r}")).card.citation.strip()
    key = key_of(citation)
    return (key, bibtex([key])) if key in papers() else (key or citation, citation)
