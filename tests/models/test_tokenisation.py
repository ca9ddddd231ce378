"""Texts to tokens: explicit lengths, long texts refused or cut, special tokens kept."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn import chess, world
from outlearn.core import DataError, ModelError
from outlearn.models import load_tokenizer, open_model, token_lengths, tokenise
from tests.tiny_models import KINDS, save_tiny

# Families by where their special tokens stand: none, one before, one on either side.
AROUND = {"gpt2": (0, 0), "qwen2": (0, 0), "llama": (1, 0), "bert": (1, 1), "roberta": (1, 1)}


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("tokenise")
    return {kind: load_tokenizer(open_model(str(save_tiny(kind, folder / kind)))) for kind in AROUND}


@pytest.fixture(params=sorted(AROUND))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


TEXTS = ("The old wall!", "birds sing and rivers run, is that so?", "0 1")
IDS = ("a", "b", "c")


def test_every_text_gets_what_its_tokenizer_gives_it_alone(kind: str, tokenizers: dict[str, Any]) -> None:
    tokenizer = tokenizers[kind]
    tokens = tokenise(tokenizer, TEXTS, ids=IDS, max_tokens=0, long_texts="refuse")
    assert len(tokens) == 3
    assert tokens.num_cut == 0
    for index, text in enumerate(TEXTS):
        assert tokens.row(index).tolist() == tokenizer(text)["input_ids"]
    np.testing.assert_array_equal(tokens.lengths, token_lengths(tokenizer, TEXTS))
    assert tokens.lengths.sum() == len(tokens.ids)


def test_tokens_cannot_be_changed(tokenizers: dict[str, Any]) -> None:
    tokens = tokenise(tokenizers["gpt2"], TEXTS, ids=IDS, max_tokens=0, long_texts="refuse")
    for array in (tokens.ids, tokens.lengths, tokens.starts, tokens.row(1)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_exclamation_mark_is_token_zero_and_counts(tokenizers: dict[str, Any]) -> None:
    tokens = tokenise(tokenizers["gpt2"], ["no!"], ids=["a"], max_tokens=0, long_texts="refuse")
    assert tokens.row(0)[-1] == 0
    assert tokens.lengths[0] == len(tokenizers["gpt2"]("no")["input_ids"]) + 1


def test_a_long_text_is_refused_by_name_with_both_ways_out(tokenizers: dict[str, Any]) -> None:
    length = int(token_lengths(tokenizers["gpt2"], TEXTS)[1])
    message = rf"'b' has {length} tokens, more than the limit of 10; cut the start.*cut_start.*leave it out"
    with pytest.raises(DataError, match=message):
        tokenise(tokenizers["gpt2"], TEXTS, ids=IDS, max_tokens=10, long_texts="refuse")


def test_a_text_of_just_the_limit_is_kept_whole(kind: str, tokenizers: dict[str, Any]) -> None:
    tokenizer = tokenizers[kind]
    limit = int(token_lengths(tokenizer, TEXTS).max())
    tokens = tokenise(tokenizer, TEXTS, ids=IDS, max_tokens=limit, long_texts="refuse")
    assert tokens.lengths.max() == limit


def test_cutting_keeps_the_end_and_the_special_tokens(kind: str, tokenizers: dict[str, Any]) -> None:
    tokenizer, (before, after) = tokenizers[kind], AROUND[kind]
    tokens = tokenise(tokenizer, TEXTS, ids=IDS, max_tokens=6, long_texts="cut_start")
    assert tokens.num_cut == sum(token_lengths(tokenizer, TEXTS) > 6)
    for index, text in enumerate(TEXTS):
        whole = tokenizer(text)["input_ids"]
        content = whole[before : len(whole) - after][-(6 - before - after) :]
        assert tokens.row(index).tolist() == whole[:before] + content + whole[len(whole) - after :]


def test_cutting_is_not_confused_by_special_tokens_in_the_text(tokenizers: dict[str, Any]) -> None:
    for kind, special in [("llama", "<s>"), ("bert", "[SEP]"), ("roberta", "</s>")]:
        tokenizer, (before, after) = tokenizers[kind], AROUND[kind]
        text = special * 3 + "the wall is old and grey" + special * 3
        whole = tokenizer(text)["input_ids"]
        (row,) = [
            tokenise(tokenizer, [text], ids=["a"], max_tokens=7, long_texts="cut_start").row(0).tolist()
        ]
        assert row == whole[:before] + whole[-(7 - before) :]
        assert len(row) == 7
        assert after == (0 if kind == "llama" else 1)


@settings(max_examples=50, deadline=None)
@given(text=st.text(min_size=1, max_size=60), limit=st.integers(3, 20))
def test_no_row_is_longer_than_the_limit_or_empty(text: str, limit: int, tokenizers: dict[str, Any]) -> None:
    for kind in ("gpt2", "llama", "roberta"):
        tokens = tokenise(tokenizers[kind], [text], ids=["a"], max_tokens=limit, long_texts="cut_start")
        whole = tokenizers[kind](text)["input_ids"]
        assert tokens.lengths[0] == min(limit, len(whole))
        assert set(tokens.row(0).tolist()) <= set(whole)


def test_a_text_without_tokens_is_refused_by_name(kind: str, tokenizers: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"example 'b' has no tokens: its text is ''; leave it out"):
        tokenise(tokenizers[kind], ["wall", ""], ids=["a", "b"], max_tokens=0, long_texts="refuse")


def test_a_limit_with_no_room_for_text_is_refused(tokenizers: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="2 special tokens stand around every text; raise it"):
        tokenise(tokenizers["bert"], ["wall"], ids=["a"], max_tokens=2, long_texts="cut_start")


def test_ids_must_match_texts(tokenizers: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="got 2 texts and 1 ids"):
        tokenise(tokenizers["gpt2"], ["wall", "cats"], ids=["a"], max_tokens=0, long_texts="refuse")


def test_no_texts_are_no_tokens(tokenizers: dict[str, Any]) -> None:
    assert len(tokenise(tokenizers["gpt2"], [], ids=[], max_tokens=0, long_texts="refuse")) == 0


def test_batches_of_texts_are_joined_in_order(
    tokenizers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tokenise(tokenizers["gpt2"], TEXTS, ids=IDS, max_tokens=0, long_texts="refuse")
    monkeypatch.setattr("outlearn.models.tokenisation.BATCH_TEXTS", 2)
    parts = tokenise(tokenizers["gpt2"], TEXTS, ids=IDS, max_tokens=0, long_texts="refuse")
    np.testing.assert_array_equal(whole.ids, parts.ids)


def test_truncation_stored_in_a_tokenizer_is_not_applied(tmp_path: Path) -> None:
    source = open_model(str(save_tiny("gpt2", tmp_path)))
    tokenizer = load_tokenizer(source)
    tokenizer.backend_tokenizer.enable_truncation(2)
    tokenizer.backend_tokenizer.enable_padding(length=50)
    tokenizer.save_pretrained(tmp_path)
    stored = load_tokenizer(open_model(str(tmp_path)))
    assert token_lengths(stored, [TEXTS[1]])[0] == token_lengths(load_tokenizer(source), [TEXTS[1]])[0] > 2


def test_a_broken_tokenizer_is_an_error_of_ours(tmp_path: Path) -> None:
    save_tiny("llama", tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0"}')
    with pytest.raises(ModelError, match="cannot load the tokenizer"):
        load_tokenizer(open_model(str(tmp_path)))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_tokenizer_is_the_one_that_transformers_makes_of_the_whole_config(
    kind: str, tmp_path: Path
) -> None:
    folder = save_tiny(kind, tmp_path)
    _is_whole(folder)
    stated = json.loads((folder / "tokenizer_config.json").read_text())
    del stated["tokenizer_class"]
    (folder / "tokenizer_config.json").write_text(json.dumps(stated))
    _is_whole(folder)


@pytest.mark.parametrize("checkpoint", [world.checkpoint, chess.checkpoint])
def test_shipped_tokenizers_are_those_that_transformers_makes_of_the_whole_config(
    checkpoint: Callable[[str], Path],
) -> None:
    _is_whole(checkpoint("s"))


def _is_whole(folder: Path) -> None:
    from transformers import AutoTokenizer

    got = load_tokenizer(open_model(str(folder)))
    whole = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    assert type(got) is type(whole)
    assert got.backend_tokenizer.to_str() == whole.backend_tokenizer.to_str()
    # Of checkpoints that are the same one is read, which may lie elsewhere.
    assert got.init_kwargs | {"name_or_path": ""} == whole.init_kwargs | {"name_or_path": ""}
    assert got.special_tokens_map == whole.special_tokens_map


def test_loading_a_tokenizer_imports_nothing_that_models_are_made_of() -> None:
    code = (
        "import sys\nfrom outlearn.models import load_tokenizer, open_model\n"
        "load_tokenizer(open_model('world/xs'))\n"
        "print([name for name in ('transformers.modeling_utils', 'torch._dynamo') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
