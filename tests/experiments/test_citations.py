"""What an experiment cites: nothing that is used is missing, and nothing stands in papers.bib for nothing."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import outlearn
from outlearn.core import BibEntry, SpecError, UnknownName, key_of, keys_of, papers, parse_bibtex
from outlearn.experiments import Spec, citations, demo, method_citations
from outlearn.labels.simulated import supervisors
from outlearn.methods import Method, methods
from outlearn.tasks import Task, tasks

BACKGROUND = {
    "agrawal2024ensemw2s",
    "arazo2019unsupervised",
    "burns2022discovering",
    "cui2024bayesian",
    "dawid1979maximum",
    "fieller1954some",
    "freund1997decision",
    "furlanello2018born",
    "goel2025great",
    "grandvalet2004semi",
    "guo2017on",
    "guo2024vision",
    "holm1979simple",
    "hu2021lora",
    "jeon2025weak",
    "kingma2014adam",
    "kumar2022fine",
    "lee2013pseudo",
    "liu2024cosupervised",
    "platt1999probabilistic",
    "polyak1992acceleration",
    "reed2014training",
    "scherlis2024experiments",
    "shin2024weak",
    "wang2019symmetric",
    "wen2026automated",
    "xu2025on",
    "yao2025on",
    "yao2025revisiting",
    "zadrozny2002transforming",
    "zhang2018generalized",
    "zhu2009multi",
}
"""Entries that may stand in papers.bib although no method or task names them by key."""


def _committee(combine: str) -> dict[str, object]:
    return {"members": ["world/xs", "world/s"], "combine": combine}


SOURCE = "\n".join(path.read_text() for path in sorted(Path(outlearn.__file__).parent.rglob("*.py")))
PROSE = " ".join(SOURCE.split())


@pytest.mark.parametrize("name", methods.names())
def test_every_method_cites_papers_that_are_there(name: str) -> None:
    factory = methods[name]
    reference = factory().reference
    if not factory.__module__.startswith("outlearn."):
        assert method_citations(name, params={}), "a plug-in's method is cited as it states its source"
        return
    parts = [part for part in reference.split(";") if part.strip()]
    assert all(keys_of(part) for part in parts), f"{reference!r}: write it as 'key, sec. 1; key, app. B'"
    assert set(keys_of(reference)) <= set(papers())


@pytest.mark.parametrize("name", tasks.names())
def test_a_tasks_card_and_papers_bib_say_the_same(name: str) -> None:
    (card,) = parse_bibtex(tasks[name]().card.citation, where=name)
    entry = papers().get(card.key)
    if tasks[name].__module__.startswith("outlearn."):
        assert entry
        assert entry.kind == card.kind
        assert dict(card.fields).items() <= dict(entry.fields).items()


def test_every_arxiv_paper_that_the_code_refers_to_is_there() -> None:
    referred = {number.rstrip(".") for number in re.findall(r"arXiv:(\d{4}\.\d{4,5})", SOURCE)}
    assert len(referred) > 15
    assert referred - {entry.fields.get("eprint") for entry in papers().values()} == set()


def test_every_work_that_the_code_refers_to_by_its_authors_is_there() -> None:
    referred = set(
        re.findall(r"([A-Z][A-Za-z'-]+)(?: et al\.| and [A-Z]\w+| & [A-Z]\w+),? ((?:19|20)\d\d)", PROSE)
    )
    assert ("Burns", "2023") in referred
    missing = [(name, year) for name, year in sorted(referred) if not _works(name, year)]
    assert missing == []


def test_every_entry_is_used_or_known_to_be_background() -> None:
    used = {key for key, entry in papers().items() if _is_used(entry)}
    assert set(papers()) - used - BACKGROUND == set()
    assert set(papers()) >= BACKGROUND


def _works(name: str, year: str) -> list[str]:
    """Return the keys of what an author of that name wrote in that year, as it is dated or named."""
    return [
        key
        for key, entry in papers().items()
        if name in entry.fields.get("author", "") and (year in key or year == entry.fields.get("year"))
    ]


def _is_used(entry: BibEntry) -> bool:
    """Return whether the code names an entry by its key, its number, or its first author and year."""
    first = re.match(r"\w+", entry.fields.get("author", "-").strip("{"))
    dated = re.compile(rf"\b{first[0] if first else '-'}\b[^.;:()]{{0,40}}(et al\. )?{_year(entry)}\b")
    return entry.key in SOURCE or f"arXiv:{entry.fields.get('eprint')}" in SOURCE or bool(dated.search(PROSE))


def _year(entry: BibEntry) -> str:
    found = re.search(r"(19|20)\d\d", entry.key)
    return found[0] if found else "-"


def test_the_demo_cites_the_paper_its_task_and_outlearn_once_each() -> None:
    entries = parse_bibtex("\n\n".join(citations(demo())), where="the demo")
    assert [entry.key for entry in entries] == ["burns2023weak", "outlearn_world", "outlearn"]


def test_tasks_of_one_source_are_cited_once_and_own_files_not_at_all(tmp_path: Path) -> None:
    named = ["sciq", "sciq_with_support", "ethics_justice", {"name": "file:mine.jsonl", "label": "mood"}]
    cited = citations(_spec(tasks=named))
    assert [key_of(entry) for entry in cited] == [
        "burns2023weak",
        "hendrycks2021ethics",
        "welbl2017crowdsourcing",
        "outlearn",
    ]


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"track": "lora"}, {"hu2021lora"}),
        ({"students": [{"name": "world/l", "track": "lora"}]}, {"hu2021lora"}),
        ({"teachers": [{"name": "world/xs", "via": [{"name": "world/s", "track": "lora"}]}]}, {"hu2021lora"}),
        ({"track": "probe"}, set()),
        ({"teachers": [_committee("mean")]}, set()),
        ({"teachers": [_committee("dawid_skene")]}, {"dawid1979maximum"}),
        (
            {"teachers": [_committee("adaboost")]},
            {"freund1997decision", "zhu2009multi", "agrawal2024ensemw2s"},
        ),
        ({"teachers": [{"simulate": "random_flips", "like": "world/xs"}]}, set()),
        ({"teachers": [{"simulate": "random_labels", "like": "world/xs"}]}, set()),
        ({"methods": [{"name": "confidence_weighted", "calibration": "none"}]}, {"_method"}),
        (
            {"methods": [{"name": "confidence_weighted", "calibration": "temperature"}]},
            {"_method", "guo2017on"},
        ),
        (
            {"methods": [{"name": "confidence_weighted", "calibration": "isotonic"}]},
            {"_method", "zadrozny2002transforming"},
        ),
    ],
)
def test_teachers_tracks_and_calibration_are_cited(change: dict[str, object], keys: set[str]) -> None:
    own = set(keys_of(methods["confidence_weighted"]().reference))
    expected = (keys - {"_method"}) | (own if "_method" in keys else set())
    cited = {key_of(entry) for entry in citations(_spec(**change))}
    assert cited == {"burns2023weak", "outlearn_world", "outlearn"} | expected


def test_a_supervisor_cites_what_it_states(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = supervisors["random_flips"]()
    monkeypatch.setitem(
        supervisors._factories, "own", lambda: replace(ours, reference="guo2017on, sec. 1; smith2031no")
    )
    cited = citations(_spec(teachers=[{"simulate": "own", "like": "world/xs"}]))
    assert "% supervisor own: guo2017on, sec. 1; smith2031no" in cited
    assert "guo2017on" in {key_of(entry) for entry in cited}


def test_a_source_that_is_not_in_papers_bib_is_told_as_it_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    def own() -> Method:
        return Method(transfer=methods["naive"]().transfer, reference="smith2031nothing, sec. 2\nand more")  # type: ignore[union-attr]

    monkeypatch.setitem(methods._factories, "own", own)
    cited = citations(_spec(methods=["naive", "own"]))
    assert "% method own: smith2031nothing, sec. 2 and more" in cited
    parse_bibtex("\n\n".join(cited), where="cited")


def test_a_task_that_states_no_source_leaves_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    def mute() -> Task:
        boolq = tasks["boolq"]()
        return replace(boolq, card=replace(boolq.card, citation=""))

    monkeypatch.setitem(tasks._factories, "mute", mute)
    assert [key_of(entry) for entry in citations(_spec(tasks=["mute"]))] == ["burns2023weak", "outlearn"]


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownName, match="No method named 'naif'"):
        citations(_spec(methods=["naif"]))
    with pytest.raises(SpecError, match="no parameter 'trane'"):
        citations(_spec(tasks=[{"name": "boolq", "trane": "test"}]))


def _spec(**changes: object) -> Spec:
    plain = {"tasks": ["world"], "teachers": ["world/xs"], "students": ["world/l"]}
    return Spec.model_validate({**plain, **changes})
