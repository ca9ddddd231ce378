"""A run does nothing twice: texts are tokenised and models read once, and no number depends on it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from outlearn.experiments.steps import kept_splits
from outlearn.models import KNOWN_TOKENS, ModelSource, backbone, tokenisation
from outlearn.models.kept_models import KeptModels
from outlearn.runners import Run, RunOptions, run
from outlearn.store import open_store
from tests.small_experiment import Small, small_experiment

SEEDS = 2


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    """An experiment with students trained whole, under adapters and as probes."""
    monkeypatch.setattr("outlearn.runners.options.num_cores", lambda: 1)
    with KNOWN_TOKENS.let_go():  # what other tests have tokenised in this process
        pass
    tracks = ["full", "probe"]
    students = [{"name": "./student", "track": track} for track in tracks]
    return small_experiment(tmp_path, seeds=SEEDS, students=students, methods=["naive", "confidence"])


class Unknown(dict[object, str]):
    """What tokenizers are, told to nobody: texts are then tokenised by whoever asks."""

    def __contains__(self, key: object) -> bool:
        return False


def _go(small: Small, store: str, *, workers: int = 1) -> Run:
    options = RunOptions(device="cpu", workers=workers)
    return run(small.spec, store=small.folder / store, options=options, base=small.folder)


def _answers(made: Run) -> dict[str, pl.DataFrame]:
    return {
        record.fingerprint: pl.read_parquet(made.store.artifact(record.fingerprint, "predictions.parquet"))
        for record in made.store.records()
        if "predictions.parquet" in record.artifacts
    }


def _same(one: Run, other: Run) -> bool:
    first, second = _answers(one), _answers(other)
    same = [first[name].equals(second[name]) for name in first]
    return first.keys() == second.keys() and all(same) and one.results().equals(other.results())


def test_every_text_is_tokenised_once_and_every_model_and_split_read_once(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: Counter[str] = Counter()
    models: Counter[str] = Counter()
    splits: Counter[Path] = Counter()
    encode, read_model, read_split = tokenisation.encode, backbone.read_pretrained, kept_splits.read_split

    def counted_encode(tokenizer: object, asked: Sequence[str], *, marks: bool = True) -> list[list[int]]:
        texts.update(one for one in asked if one)
        return encode(tokenizer, asked, marks=marks)

    def counted_model(model_class: type, source: ModelSource, *, config: object) -> object:
        models[source.folder.name] += 1
        return read_model(model_class, source, config=config)

    def counted_split(path: Path) -> object:
        splits[path] += 1
        return read_split(path)

    monkeypatch.setattr(tokenisation, "encode", counted_encode)
    monkeypatch.setattr(backbone, "read_pretrained", counted_model)
    monkeypatch.setattr(kept_splits, "read_split", counted_split)
    monkeypatch.setattr(backbone, "kept_models", KeptModels(limit=lambda: 1e9))
    _go(small, "store")
    # Teacher and student have tokenizers of their own, each reads every text of the splits.
    assert set(texts.values()) == {2}
    assert len(texts) >= 120
    assert models == {"teacher": 1, "student": 1}
    assert set(splits.values()) == {1}
    assert len(splits) == SEEDS


def test_numbers_are_those_of_a_run_that_keeps_nothing(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = _go(small, "kept")
    monkeypatch.setattr(backbone, "kept_models", KeptModels(limit=lambda: 0.0))
    monkeypatch.setattr(tokenisation, "_loaded", {})
    monkeypatch.setattr(tokenisation, "_digests", Unknown())
    assert _same(kept, _go(small, "nothing"))


def test_workers_share_what_the_run_has_tokenised(small: Small) -> None:
    alone, shared = _go(small, "alone"), _go(small, "shared", workers=2)
    assert _same(alone, shared)
    # What the plan counted was there for every worker: no file was written after it.
    first, second = (
        sorted(path.name for path in (one.store.root / "cache" / "tokens").glob("*.safetensors"))
        for one in (alone, shared)
    )
    assert first == second
    assert len(first) == 2


def test_a_store_without_its_cache_gives_the_same(small: Small) -> None:
    whole = _go(small, "whole")
    other = _go(small, "other")
    for path in (other.store.root / "cache" / "tokens").iterdir():
        path.unlink()
    for record in list(other.store.records("transfer")):
        other.store.remove(record.fingerprint)
    assert _same(whole, _go(small, "other"))
    assert open_store(small.folder / "other").root.is_dir()
