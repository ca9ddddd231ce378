"""Label sets come back from their files as they went."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn.core import DataError
from outlearn.labels import label_set, read_labels, with_votes, write_labels

names = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=8)


@settings(max_examples=60)
@given(
    ids=st.lists(names, min_size=1, max_size=12, unique=True),
    classes=st.lists(names, min_size=2, max_size=10, unique=True),
    seed=st.integers(0, 10_000),
)
def test_a_label_set_comes_back_bit_for_bit(
    ids: list[str], classes: list[str], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    drawn = np.random.default_rng(seed).dirichlet(np.ones(len(classes)), size=len(ids))
    labels = label_set(ids, drawn, classes=classes, source="test")
    file = tmp_path_factory.mktemp("labels") / "labels.parquet"
    write_labels(labels, file)
    back = read_labels(file)
    assert (back.ids, back.classes) == (labels.ids, labels.classes)
    assert np.array_equal(back.probabilities, labels.probabilities)
    assert back.probabilities.dtype == np.float64
    # Sums add up in the order of memory, so that is part of the bits that later follow.
    assert back.probabilities.flags.c_contiguous


@settings(max_examples=40)
@given(
    classes=st.lists(names, min_size=2, max_size=5, unique=True),
    num_teachers=st.integers(0, 12),
    seed=st.integers(0, 10_000),
)
def test_weights_and_votes_come_back_bit_for_bit(
    classes: list[str], num_teachers: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    drawn = np.random.default_rng(seed)
    even = np.ones(len(classes))
    plain = label_set(["a", "b", "c"], drawn.dirichlet(even, size=3), classes=classes, source="test")
    weighed = plain.weighed(drawn.exponential(size=3), source="test")
    labels = with_votes(weighed, drawn.dirichlet(even, size=(3, num_teachers)))
    file = tmp_path_factory.mktemp("labels") / "labels.parquet"
    write_labels(labels, file)
    back = read_labels(file)
    assert (back.ids, back.classes) == (labels.ids, labels.classes)
    for name in ("probabilities", "weights", "votes"):
        found, expected = getattr(back, name), getattr(labels, name)
        assert found.shape == expected.shape
        assert np.array_equal(found, expected)
        assert found.flags.c_contiguous


@pytest.mark.parametrize(
    "classes", [("a", "0_a"), ("0_a", "a"), ("weight", "id"), ("v0_x", "x"), ("x.", "xx")]
)
def test_names_of_classes_are_not_taken_for_votes_or_weights(
    classes: tuple[str, str], tmp_path: Path
) -> None:
    plain = label_set(["a", "b"], np.array([[0.25, 0.75], [1.0, 0.0]]), classes=classes, source="test")
    votes = np.array([[[0.1, 0.9], [0.2, 0.8]], [[0.3, 0.7], [0.4, 0.6]]])
    for labels in (plain, with_votes(plain, votes)):
        write_labels(labels, tmp_path / "labels.parquet")
        back = read_labels(tmp_path / "labels.parquet")
        assert back.classes == classes
        assert np.array_equal(back.votes, labels.votes)
        assert back.weights.tolist() == [1, 1]


def test_a_file_with_weights_that_count_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "labels.parquet"
    pl.DataFrame({"id": ["a"], "p_no": [0.5], "p_yes": [0.5], "weight": [-1.0]}).write_parquet(file)
    with pytest.raises(DataError, match=r"labels\.parquet: weights must be"):
        read_labels(file)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "labels.parquet"
    file.write_text("id\tp_no\tp_yes\n")
    with pytest.raises(DataError, match=r"labels\.parquet cannot be read as parquet"):
        read_labels(file)
    with pytest.raises(DataError, match=r"other\.parquet cannot be read"):
        read_labels(tmp_path / "other.parquet")


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"p_no": [0.5], "p_yes": [0.5]}, "needs a column 'id' of texts"),
        (
            {"id": ["a"], "p_yes": [0.5]},
            r"for each class a column 'p_<class>' .*; it has id \(String\), p_yes",
        ),
        ({"id": ["a"], "p_no": [0.5], "p_yes": [None]}, "has empty cells"),
        ({"id": ["a", "a"], "p_no": [1.0, 1.0], "p_yes": [0.0, 0.0]}, "'a' is labelled twice"),
        ({"id": ["a", None], "p_no": [1.0, 1.0], "p_yes": [0.0, 0.0]}, "has empty cells"),
        ({"id": [7], "p_no": [1.0], "p_yes": [0.0]}, r"it has id \(Int64\)"),
        ({"id": ["a"], "p_no": ["half"], "p_yes": ["half"]}, r"p_no \(String\)"),
    ],
)
def test_a_parquet_that_is_no_label_set_is_refused(
    columns: dict[str, list[object]], says: str, tmp_path: Path
) -> None:
    file = tmp_path / "labels.parquet"
    schema = {"p_yes": pl.Float64} if columns.get("p_yes") == [None] else {}
    pl.DataFrame(columns, schema_overrides=schema).write_parquet(file)
    with pytest.raises(DataError, match=says):
        read_labels(file)
