"""Texts that were tokenised before: the same ids, made once, whoever asks and whatever befalls the files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn.models import Tokens
from outlearn.models.known_tokens import KnownTokens

TEXTS = [f"text {'long ' * (number % 7)}{number}" for number in range(60)]


class Counting:
    """A tokenizer of letters that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        self.asked += texts
        return [list(text.encode()) for text in texts]


def _read(known: KnownTokens, texts: Sequence[str], make: Counting, *, tokenizer: str = "a" * 64) -> Tokens:
    return known.rows(texts, tokenizer=tokenizer, make=make)


@settings(deadline=None, max_examples=40)
@given(requests=st.lists(st.lists(st.sampled_from(["", *TEXTS]), max_size=20), max_size=6))
def test_ids_are_those_of_the_tokenizer_and_each_text_is_made_once(requests: list[list[str]]) -> None:
    known, make = KnownTokens(), Counting()
    for texts in requests:
        assert _read(known, texts, make).lists() == [list(text.encode()) for text in texts]
    assert sorted(make.asked) == sorted({text for texts in requests for text in texts})


def test_rows_of_one_request_are_views_of_one_array(tmp_path: Path) -> None:
    known, make = KnownTokens(), Counting()
    known.keep_in(tmp_path)
    whole = _read(known, TEXTS, make)
    part = _read(known, TEXTS[7:3:-1], make)
    assert np.shares_memory(whole.ids, part.ids)
    assert not whole.ids.flags.writeable


def test_what_one_process_tokenised_another_maps(tmp_path: Path) -> None:
    first, second, make, never = KnownTokens(), KnownTokens(), Counting(), Counting()
    first.keep_in(tmp_path)
    second.keep_in(tmp_path)
    _read(first, TEXTS[:30], make)
    _read(first, TEXTS[20:], make)
    assert _read(second, TEXTS, never).lists() == [list(text.encode()) for text in TEXTS]
    assert never.asked == []
    assert sorted(make.asked) == sorted(TEXTS)


def test_ids_made_before_a_folder_was_named_are_kept_in_it(tmp_path: Path) -> None:
    known, make = KnownTokens(), Counting()
    _read(known, TEXTS[:30], make)
    _read(known, TEXTS[30:], make)
    known.keep_in(tmp_path)
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    other, never = KnownTokens(), Counting()
    other.keep_in(tmp_path)
    _read(other, TEXTS, never)
    assert never.asked == []


def test_tokenizers_do_not_meet(tmp_path: Path) -> None:
    known, make = KnownTokens(), Counting()
    known.keep_in(tmp_path)
    _read(known, TEXTS, make)
    _read(known, TEXTS, make, tokenizer="b" * 64)
    assert len(make.asked) == 2 * len(TEXTS)


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    known, make = KnownTokens(), Counting()
    known.keep_in(tmp_path)
    _read(known, TEXTS, make)
    (file,) = tmp_path.glob("*.safetensors")
    bytes_before = file.read_bytes()
    damaged = bytearray(bytes_before)
    damaged[-3] ^= 1
    file.unlink()  # not written in place: the first process has it mapped
    file.write_bytes(damaged)
    other, again = KnownTokens(), Counting()
    other.keep_in(tmp_path)
    assert _read(other, TEXTS, again).lists() == [list(text.encode()) for text in TEXTS]
    assert sorted(again.asked) == sorted(TEXTS)
    assert file.read_bytes() == bytes_before


def test_deleting_the_files_loses_time_alone(tmp_path: Path) -> None:
    known, make = KnownTokens(), Counting()
    known.keep_in(tmp_path)
    _read(known, TEXTS, make)
    for file in tmp_path.iterdir():
        file.unlink()
    assert _read(known, TEXTS, make).lists() == [list(text.encode()) for text in TEXTS]
    assert len(make.asked) == len(TEXTS)
