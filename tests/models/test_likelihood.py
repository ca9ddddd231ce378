"""Texts scored by a language model: against transformers' own loss, and which tokens carry loss."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from outlearn.core import DataError, ModelError
from outlearn.models import (
    TextLikelihood,
    backbone_state,
    enable_checkpointing,
    likelihood,
    load_backbone_state,
    load_classifier,
    load_likelihood,
    open_model,
    scored_tokens,
)
from tests.tiny_models import KINDS, save_tiny
from tests.training.fitting import peak_saved_bytes

torch.set_num_threads(1)
ENCODERS = ["bert", "distilbert", "roberta"]
CAUSAL = sorted(set(KINDS) - set(ENCODERS))
TIED, UNTIED = "gpt2", "llama"
IDS = torch.tensor(
    [[5, 9, 11, 30, 0, 0, 17], [7, 8, 0, 6, 12, 31, 40], [40, 3, 3, 3, 3, 3, 3], [9, 0, 0, 5, 5, 5, 5]]
)
LENGTHS = torch.tensor([5, 7, 1, 3])
STARTS = torch.tensor([3, 0, 0, 2])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("likelihood")
    return {kind: str(save_tiny(kind, root / kind)) for kind in KINDS}


def _load(folder: str, *, per_tokens: float = 1.0) -> TextLikelihood:
    return load_likelihood(open_model(folder), per_tokens=per_tokens)


def _naive(model: TextLikelihood, starts: list[int]) -> Tensor:
    """Return the log-likelihoods by the formula: text by text, unpadded, token by token."""
    totals = []
    for row, (length, start) in enumerate(zip(LENGTHS.tolist(), starts, strict=True)):
        logits = model.language_model(input_ids=IDS[row : row + 1, :length]).logits[0].log_softmax(-1)
        scored = range(max(start, 1), length)
        terms = [logits[place - 1, IDS[row, place]] for place in scored]
        totals.append(torch.stack(terms).sum() if terms else torch.zeros(()))
    return torch.stack(totals)[:, None] / model.per_tokens


def _gradients(model: TextLikelihood) -> dict[str, Tensor]:
    taken = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad(set_to_none=True)
    return taken


# --- values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CAUSAL)
def test_the_loss_of_a_text_is_the_one_transformers_gives(kind: str, folders: dict[str, str]) -> None:
    model = _load(folders[kind])
    with torch.no_grad():
        got = model(IDS, LENGTHS)
        for row, length in enumerate(LENGTHS.tolist()):
            if length > 1:
                text = IDS[row : row + 1, :length]
                reference = model.language_model(input_ids=text, labels=text).loss * (length - 1)
                assert_close(-got[row, 0], reference, atol=1e-5, rtol=1e-5)


def test_a_family_that_caps_its_logits_caps_them_here_too(folders: dict[str, str], tmp_path: Path) -> None:
    save_tiny("gemma3", tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"final_logit_softcapping": 0.5}))
    capped, free = _load(str(tmp_path)), _load(folders["gemma3"])
    with torch.no_grad():
        assert_close(capped(IDS, LENGTHS), _naive(capped, [0] * 4), atol=1e-5, rtol=1e-5)
        assert (capped(IDS, LENGTHS) - free(IDS, LENGTHS)).abs().max() > 0.1


def test_log_likelihoods_are_shared_out_per_tokens(folders: dict[str, str]) -> None:
    with torch.no_grad():
        whole = _load(folders["gpt2"])(IDS, LENGTHS)
        assert_close(_load(folders["gpt2"], per_tokens=4.0)(IDS, LENGTHS), whole / 4)


def test_the_mean_over_examples_is_the_mean_over_tokens(folders: dict[str, str]) -> None:
    num_scored = scored_tokens(LENGTHS.numpy())
    model = _load(folders["gpt2"], per_tokens=float(num_scored.mean()))
    with torch.no_grad():
        per_token = _naive(_load(folders["gpt2"]), [0] * 4).sum() / num_scored.sum()
        assert_close(model(IDS, LENGTHS).mean(), per_token)


def test_log_likelihoods_are_float32_under_autocast_and_in_bfloat16(folders: dict[str, str]) -> None:
    model = _load(folders["llama"])
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        got = model(IDS, LENGTHS)
    assert got.dtype == torch.float32
    with torch.no_grad():
        expected = model(IDS, LENGTHS)
        low = model.to(torch.bfloat16)(IDS, LENGTHS)
    assert_close(got, expected, atol=0.5, rtol=0.05)
    assert_close(low, expected, atol=0.5, rtol=0.05)


# --- which tokens carry loss --------------------------------------------------------------------------------


@pytest.mark.parametrize("starts", [[0, 0, 0, 0], [1, 1, 1, 1], [3, 0, 0, 2], [4, 6, 1, 2], [5, 7, 3, 9]])
@pytest.mark.parametrize("kind", [TIED, UNTIED])
def test_tokens_before_the_start_carry_no_loss_but_are_read(
    kind: str, starts: list[int], folders: dict[str, str]
) -> None:
    model = _load(folders[kind])
    with torch.no_grad():
        got = model(IDS, LENGTHS, torch.tensor(starts))
        assert_close(got, _naive(model, starts), atol=1e-5, rtol=1e-5)


def test_one_start_for_all_is_that_start_for_each(folders: dict[str, str]) -> None:
    model = _load(folders["gpt2"])
    with torch.no_grad():
        assert torch.equal(model(IDS, LENGTHS, 2), model(IDS, LENGTHS, torch.full((4,), 2)))
        assert torch.equal(model(IDS, LENGTHS), model(IDS, LENGTHS, torch.zeros(4, dtype=torch.long)))


def test_scored_tokens_are_those_between_start_and_length() -> None:
    lengths, starts = np.array([5, 7, 1, 3, 4]), np.array([3, 0, 0, 2, 9])
    assert scored_tokens(lengths).tolist() == [4, 6, 0, 2, 3]
    assert scored_tokens(lengths, starts=starts).tolist() == [2, 6, 0, 1, 0]
    assert scored_tokens(lengths, starts=3).tolist() == [2, 4, 0, 0, 1]


def test_the_number_of_scored_tokens_is_that_of_the_model(folders: dict[str, str]) -> None:
    """A model whose every logit is the same gives every token log(1 / vocabulary)."""
    model = _load(folders["llama"])
    with torch.no_grad():
        model.language_model.lm_head.weight.zero_()
        got = model(IDS, LENGTHS, STARTS)
    each = -np.log(model.language_model.config.vocab_size)
    expected = scored_tokens(LENGTHS.numpy(), starts=STARTS.numpy()) * each
    assert_close(got[:, 0].numpy(), expected.astype(np.float32))


@pytest.mark.parametrize("ids", [IDS[2:3, :1], IDS[2:3]])
def test_a_text_of_one_token_has_likelihood_one_and_no_gradient(ids: Tensor, folders: dict[str, str]) -> None:
    model = _load(folders["gpt2"])
    got = model(ids, torch.tensor([1]))
    assert got.tolist() == [[0.0]]
    got.sum().backward()
    assert not any(gradient.any() for gradient in _gradients(model).values())


# --- invariance ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CAUSAL)
def test_padding_moves_neither_likelihood_nor_gradient(kind: str, folders: dict[str, str]) -> None:
    model = _load(folders[kind])
    found = []
    for fill in (0, 33):
        inside = torch.arange(IDS.shape[1]) < LENGTHS[:, None]
        wider = torch.cat([torch.where(inside, IDS, fill), torch.full((4, fill // 8), fill)], dim=1)
        got = model(wider, LENGTHS, STARTS)
        got.sum().backward()
        found.append((got.detach(), _gradients(model)))
    assert_close(found[0][0], found[1][0], atol=1e-5, rtol=1e-5)
    for name, gradient in found[0][1].items():
        assert_close(found[1][1][name], gradient, atol=1e-5, rtol=1e-4)


def test_micro_batches_add_up_to_the_batch(folders: dict[str, str]) -> None:
    model = _load(folders["gpt2"], per_tokens=3.0)
    whole = model(IDS, LENGTHS, STARTS)
    whole.sum().backward()
    expected = _gradients(model)
    parts = []
    for rows in ([0], [1, 2], [3]):
        parts.append(model(IDS[rows], LENGTHS[rows], STARTS[rows]))
        parts[-1].sum().backward()
    assert_close(torch.cat(parts), whole, atol=1e-5, rtol=1e-5)
    for name, gradient in _gradients(model).items():
        assert_close(gradient, expected[name], atol=1e-5, rtol=1e-4)


# --- gradients and memory -----------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk_tokens", [1, 4, 1024])
@pytest.mark.parametrize("kind", [TIED, UNTIED, "gemma3", "gpt_neox"])
def test_gradients_equal_those_of_the_naive_formula(
    kind: str, chunk_tokens: int, folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likelihood, "CHUNK_TOKENS", chunk_tokens)
    model = _load(folders[kind], per_tokens=2.0)
    weights = torch.tensor([[1.0], [-0.5], [2.0], [0.25]])
    (weights * model(IDS, LENGTHS, STARTS)).sum().backward()
    got = _gradients(model)
    (weights * _naive(model, STARTS.tolist())).sum().backward()
    expected = _gradients(model)
    assert got.keys() == expected.keys()
    for name, gradient in expected.items():
        assert_close(got[name], gradient, atol=1e-5, rtol=1e-4)


def test_tied_and_untied_embeddings_are_what_the_tests_take_them_for(folders: dict[str, str]) -> None:
    tied, untied = (_load(folders[kind]).language_model for kind in (TIED, UNTIED))
    assert tied.get_output_embeddings().weight is tied.get_input_embeddings().weight
    assert untied.get_output_embeddings().weight is not untied.get_input_embeddings().weight


def test_the_logits_of_a_batch_are_never_kept(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likelihood, "CHUNK_TOKENS", 8)
    model = _load(folders["llama"])
    enable_checkpointing(model)
    ids, lengths = torch.randint(5, 100, (8, 33)), torch.full((8,), 33)
    logits_bytes = 8 * 32 * model.language_model.config.vocab_size * 4
    naive = peak_saved_bytes(model, lambda: model.language_model(input_ids=ids, labels=ids).loss)
    chunked = peak_saved_bytes(model, lambda: model(ids, lengths).sum().backward())
    assert naive > logits_bytes
    assert chunked < logits_bytes / 2


# --- loading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CAUSAL)
def test_a_loaded_model_is_float32_in_train_mode_and_as_it_was_after_scoring(
    kind: str, folders: dict[str, str]
) -> None:
    model = _load(folders[kind])
    assert model.training
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    before = vars(model.language_model.get_decoder()).keys() - {"_modules"}
    model(IDS, LENGTHS).sum().backward()
    assert vars(model.language_model.get_decoder()).keys() - {"_modules"} == before


@pytest.mark.parametrize("kind", ENCODERS)
def test_an_encoder_is_refused_with_the_reason(kind: str, folders: dict[str, str]) -> None:
    with pytest.raises(
        ModelError, match="is an encoder and gives no probability of the next token; choose a"
    ):
        _load(folders[kind])


@pytest.mark.parametrize("per_tokens", [0.0, -1.0, float("nan")])
def test_a_set_without_a_scored_token_is_refused(per_tokens: float, folders: dict[str, str]) -> None:
    with pytest.raises(DataError, match="per_tokens must be above 0, got"):
        _load(folders["gpt2"], per_tokens=per_tokens)


def test_a_model_that_goes_around_its_body_is_refused(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _load(folders["gpt2"])
    aside = copy.deepcopy(model.language_model.transformer)
    monkeypatch.setattr(model.language_model, "get_decoder", lambda: aside)
    with pytest.raises(ModelError, match="GPT2LMHeadModel does not compute its logits from its body's last"):
        model(IDS, LENGTHS)


# --- the tuned body -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CAUSAL)
def test_a_tuned_body_is_carried_into_a_classifier(kind: str, folders: dict[str, str]) -> None:
    model = _load(folders[kind])
    with torch.no_grad():
        for parameter in model.backbone.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
        classifier = load_classifier(open_model(folders[kind]), num_classes=2, head_init="zero")
        load_backbone_state(classifier, backbone_state(model))
        hidden = model.backbone(input_ids=IDS).last_hidden_state
        expected = hidden[torch.arange(4), LENGTHS - 1]
        assert_close(classifier.features(IDS, LENGTHS), expected)


def test_a_carried_state_is_a_copy(folders: dict[str, str]) -> None:
    model = _load(folders["gpt2"])
    state = backbone_state(model)
    kept = {name: value.clone() for name, value in state.items()}
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert all(torch.equal(value, kept[name]) for name, value in state.items())


def test_a_state_of_another_model_is_refused_and_changes_nothing(folders: dict[str, str]) -> None:
    classifier = load_classifier(open_model(folders["llama"]), num_classes=2, head_init="zero")
    before = {name: value.clone() for name, value in classifier.state_dict().items()}
    state = {name: value + 1 for name, value in backbone_state(_load(folders["llama"])).items()}
    norm = state["norm.weight"]
    spoilt = [
        (
            {name: value for name, value in state.items() if name != "norm.weight"},
            "they lack 1 .*: norm.weight",
        ),
        (state | {"lm_head.weight": norm}, "they have, unlike the model, 1 .*: lm_head.weight"),
        (
            state | {"norm.weight": norm[:-1]},
            "they misshape 1 of its tensors: norm.weight; tune and classify",
        ),
        (backbone_state(_load(folders["gpt2"])), r"not of this LlamaModel.*, \.\.\.;"),
    ]
    for given, message in spoilt:
        with pytest.raises(ModelError, match=message):
            load_backbone_state(classifier, given)
    assert all(torch.equal(value, before[name]) for name, value in classifier.state_dict().items())
