"""Classifiers: read-out, head, dropout, precision, checkpointing, the random control."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from outlearn.core import ModelError
from outlearn.models import (
    Classifier,
    check_model,
    enable_checkpointing,
    load_classifier,
    load_tokenizer,
    open_model,
    randomise,
)
from tests.tiny_models import KINDS, save_tiny

torch.set_num_threads(1)
CAUSAL = sorted(set(KINDS) - {"bert", "distilbert", "roberta"})
ENCODERS = ["bert", "distilbert", "roberta"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("classifier")
    return {kind: str(save_tiny(kind, root / kind)) for kind in KINDS}


def _load(folder: str, *, num_classes: int = 2, seed: int = 0) -> Classifier:
    """Return a classifier with a random head: a zero head shows nothing of its body."""
    classifier = load_classifier(open_model(folder), num_classes=num_classes, head_init="zero")
    with torch.no_grad():
        drawn = torch.Generator().manual_seed(seed)
        classifier.head.weight.copy_(torch.randn(classifier.head.weight.shape, generator=drawn))
    return classifier


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_family_keeps_every_promise(kind: str, folders: dict[str, str]) -> None:
    check_model(open_model(folders[kind]))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_read_out_is_the_hidden_state_transformers_gives(kind: str, folders: dict[str, str]) -> None:
    from transformers import AutoModel

    from outlearn.models.quiet import quiet

    with quiet():
        reference = AutoModel.from_pretrained(folders[kind], dtype=torch.float32).eval()
    classifier = _load(folders[kind])
    ids = torch.tensor([[5, 9, 11, 30, 0, 0], [7, 8, 0, 6, 12, 31]])
    lengths = torch.tensor([3, 6])
    with torch.no_grad():
        got = classifier.features(ids, lengths)
        for row, length in enumerate(lengths.tolist()):
            alone = reference(input_ids=ids[row : row + 1, :length]).last_hidden_state[0]
            assert_close(got[row], alone[0 if kind in ENCODERS else -1], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["gpt2", "qwen2", "llama"])
def test_exclamation_marks_at_the_end_do_not_move_the_read_out(kind: str, folders: dict[str, str]) -> None:
    classifier = _load(folders[kind])
    ids = torch.tensor([[40, 50, 0, 0, 0], [40, 50, 0, 0, 0], [40, 50, 0, 0, 0]])
    with torch.no_grad():
        logits = classifier(ids, torch.tensor([2, 3, 4]))
        alone = torch.cat([classifier(ids[:1, :n], torch.tensor([n])) for n in (2, 3, 4)])
    assert_close(logits, alone, atol=1e-5, rtol=1e-5)
    assert len({tuple(row) for row in logits.tolist()}) == 3


def test_a_pad_id_inside_a_text_moves_nothing_in_an_encoder(folders: dict[str, str]) -> None:
    """RoBERTa's own positions would skip it, so the tokens after it would stand one place too early."""
    classifier = _load(folders["roberta"])
    pad = classifier.backbone.config.pad_token_id
    embeddings = classifier.backbone.embeddings
    seen: list[torch.Tensor] = []
    embeddings.position_embeddings.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    classifier(torch.tensor([[0, 40, pad, 41, 2]]), torch.tensor([5]))
    assert (seen[0] - seen[0][:, :1]).tolist() == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_new_head_is_zero_and_the_body_trains(kind: str, folders: dict[str, str]) -> None:
    classifier = load_classifier(open_model(folders[kind]), num_classes=3, head_init="zero")
    logits = classifier(torch.tensor([[5, 6, 7]]), torch.tensor([3]))
    assert logits.tolist() == [[0.0, 0.0, 0.0]]
    assert classifier.training
    assert classifier.num_classes == 3
    assert {p.dtype for p in classifier.parameters()} == {torch.float32}
    assert all(p.requires_grad for p in classifier.parameters())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_dropout_is_off_everywhere_in_train_mode(kind: str, folders: dict[str, str]) -> None:
    classifier = _load(folders[kind])
    assert all(module.p == 0 for module in classifier.modules() if isinstance(module, nn.Dropout))
    stated = json.loads(classifier.backbone.config.to_json_string(use_diff=False))
    dropouts = {key: value for key, value in stated.items() if "drop" in key}
    assert dropouts or kind in ("gemma", "llama")
    assert not any(dropouts.values())


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("kind", ["gpt2", "llama", "bert"])
def test_half_precision_checkpoints_train_in_float32(kind: str, dtype: str, tmp_path: Path) -> None:
    source = open_model(str(save_tiny(kind, tmp_path, dtype=dtype)))
    classifier = load_classifier(source, num_classes=2, head_init="zero")
    assert {p.dtype for p in classifier.parameters()} == {torch.float32}
    check_model(source)


def test_logits_are_float32_under_autocast(folders: dict[str, str]) -> None:
    classifier = _load(folders["llama"])
    ids, lengths = torch.tensor([[5, 6, 7]]), torch.tensor([3])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert classifier(ids, lengths).dtype == torch.float32
    assert classifier.to(torch.bfloat16)(ids, lengths).dtype == torch.float32


# --- head from the unembedding ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CAUSAL)
def test_an_unembedding_head_starts_as_the_language_model(kind: str, folders: dict[str, str]) -> None:
    """Its logits are the next-token logits of "0" and "1", tied embeddings or not."""
    from transformers import AutoModelForCausalLM

    from outlearn.models.quiet import quiet

    source = open_model(folders[kind])
    classifier = load_classifier(source, num_classes=2, head_init="unembedding", head_tokens=("0", "1"))
    with quiet():
        reference = AutoModelForCausalLM.from_pretrained(folders[kind], dtype=torch.float32).eval()
    tokens = load_tokenizer(source).convert_tokens_to_ids(["0", "1"])
    ids = torch.tensor([[5, 9, 11, 30]])
    with torch.no_grad():
        expected = reference(input_ids=ids).logits[:, -1, tokens]
        assert_close(classifier(ids, torch.tensor([4])), expected, atol=1e-5, rtol=1e-4)


def test_an_unembedding_head_does_not_share_weights_with_the_body(folders: dict[str, str]) -> None:
    source = open_model(folders["gpt2"])
    classifier = load_classifier(source, num_classes=2, head_init="unembedding", head_tokens=("0", "1"))
    before = classifier.backbone.wte.weight.detach().clone()
    with torch.no_grad():
        classifier.head.weight.add_(1.0)
    assert_close(classifier.backbone.wte.weight.detach(), before)


@pytest.mark.parametrize("kind", ENCODERS)
def test_an_encoder_has_no_unembedding_head(kind: str, folders: dict[str, str]) -> None:
    source = open_model(folders[kind])
    with pytest.raises(ModelError, match=r'is an encoder and has no unembedding.*use head_init = "zero"'):
        load_classifier(source, num_classes=2, head_init="unembedding", head_tokens=("0", "1"))


def test_a_checkpoint_saved_without_its_unembedding_is_refused_rather_than_made_up(
    folders: dict[str, str], tmp_path: Path
) -> None:
    _load(folders["llama"]).backbone.save_pretrained(tmp_path)
    load_tokenizer(open_model(folders["llama"])).save_pretrained(tmp_path)
    source = open_model(str(tmp_path))
    with pytest.raises(ModelError, match=r"lacks 1 weights of LlamaForCausalLM: lm_head\.weight"):
        load_classifier(source, num_classes=2, head_init="unembedding", head_tokens=("0", "1"))
    check_model(source)


@pytest.mark.parametrize("tokens", [(), ("0",), ("0", "0")])
def test_head_tokens_are_one_a_class(tokens: tuple[str, ...], folders: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="needs 2 different head tokens, one a class; got"):
        load_classifier(
            open_model(folders["gpt2"]), num_classes=2, head_init="unembedding", head_tokens=tokens
        )


def test_a_head_token_that_is_no_token_is_refused(folders: dict[str, str]) -> None:
    source = open_model(folders["gpt2"])
    with pytest.raises(ModelError, match="the head token 'zzxyqj' is not a single token"):
        load_classifier(source, num_classes=2, head_init="unembedding", head_tokens=("0", "zzxyqj"))


def test_no_classes_are_refused(folders: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="num_classes must be at least 1, got 0"):
        load_classifier(open_model(folders["gpt2"]), num_classes=0, head_init="zero")


# --- checkpoints that cannot be used ------------------------------------------------------------------------


def test_a_missing_weight_is_refused_rather_than_made_up(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    source = open_model(str(save_tiny("llama", tmp_path)))
    weights = load_file(tmp_path / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks 1 weights of LlamaModel: layers\.1\.mlp\.up_proj\.weight"):
        load_classifier(source, num_classes=2, head_init="zero")


def test_a_misshapen_weight_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    source = open_model(str(save_tiny("llama", tmp_path)))
    weights = load_file(tmp_path / "model.safetensors")
    weights["model.norm.weight"] = torch.ones(3)
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="cannot load"):
        load_classifier(source, num_classes=2, head_init="zero")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "t5", "is_encoder_decoder": True}, "is an encoder-decoder; use a causal model"),
        ({"model_type": "vit"}, "is not a language model"),
        ({"model_type": "of_my_own"}, "checkpoint is never run"),
        (
            {"model_type": "of_my_own", "auto_map": {"AutoConfig": "x.Y"}},
            "checkpoint is never run",
        ),
    ],
)
def test_unfit_architectures_are_refused_before_weights_load(
    config: dict[str, object], message: str, tmp_path: Path
) -> None:
    save_tiny("llama", tmp_path)
    (tmp_path / "x.py").write_text("raise SystemExit('code from the checkpoint was run')")
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=message):
        load_classifier(open_model(str(tmp_path)), num_classes=2, head_init="zero")


# --- the random control -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_random_weights_depend_on_the_seed_alone(kind: str, folders: dict[str, str]) -> None:
    classifier = _load(folders[kind])
    first = randomise(classifier, seed=1)
    torch.rand(7)
    again, other = randomise(classifier, seed=1), randomise(classifier, seed=2)
    same, moved = first.state_dict(), other.state_dict()
    for name, value in again.state_dict().items():
        assert torch.equal(value, same[name])
    assert any(not torch.equal(value, same[name]) for name, value in moved.items())
    assert first.state_dict().keys() == classifier.state_dict().keys()
    assert not first.head.weight.any()
    assert first.training
    shapes = {name: value.shape for name, value in classifier.state_dict().items()}
    assert {name: value.shape for name, value in same.items()} == shapes


def test_making_or_loading_weights_leaves_the_global_seed_alone(
    folders: dict[str, str],
) -> None:
    classifier = _load(folders["gpt2"])
    before = {name: value.clone() for name, value in classifier.state_dict().items()}
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    randomise(classifier, seed=1)
    _load(folders["bert"])
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(value, before[name]) for name, value in classifier.state_dict().items())


# --- gradient checkpointing ---------------------------------------------------------------------------------


def _saved_bytes(classifier: Classifier) -> int:
    """Return how much one forward pass keeps for the backward pass."""
    kept = 0

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal kept
        kept += tensor.numel() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        classifier(torch.randint(5, 100, (4, 32)), torch.tensor([32, 7, 20, 32]))
    return kept


@pytest.mark.parametrize("kind", ["gpt2", "llama", "bert"])
def test_checkpointing_really_saves_memory(kind: str, folders: dict[str, str]) -> None:
    classifier = _load(folders[kind])
    plain = _saved_bytes(classifier)
    enable_checkpointing(classifier)
    assert classifier.training
    assert _saved_bytes(classifier) < plain / 2


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_checkpointed_gradients_equal_plain_ones(kind: str, folders: dict[str, str]) -> None:
    ids, lengths = torch.tensor([[5, 9, 11, 30, 0], [7, 8, 9, 6, 12]]), torch.tensor([3, 5])
    gradients = []
    for checkpointed in (False, True):
        classifier = _load(folders[kind])
        if checkpointed:
            enable_checkpointing(classifier)
        classifier(ids, lengths).square().sum().backward()
        gradients.append({n: p.grad for n, p in classifier.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        assert_close(gradients[1][name], gradient)


# --- the conformance check can fail -------------------------------------------------------------------------


def test_the_check_notices_a_body_that_looks_ahead(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outlearn.models.classifier.reads_first_token", lambda config: False)
    with pytest.raises(ModelError, match=r"breaks a promise: a text's logits do not depend on its batch"):
        check_model(open_model(folders["distilbert"]))


def test_the_check_notices_a_read_out_by_pad_id(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    features = Classifier.features

    def by_pad_id(self: Classifier, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        return features(self, ids, (ids != 0).sum(1).clamp(min=1))

    monkeypatch.setattr(Classifier, "features", by_pad_id)
    with pytest.raises(ModelError, match="breaks a promise"):
        check_model(open_model(folders["gpt2"]))


def test_dropout_in_the_config_alone_is_turned_off_and_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attention often reads its dropout from the config alone: there is no module to find it by."""
    source = open_model(str(save_tiny("gemma3", tmp_path)))
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"attention_dropout": 0.5}))
    check_model(source)
    monkeypatch.setattr("outlearn.models.backbone.without_dropout", lambda config: None)
    (tmp_path / "config.json").touch()  # what was read before is read again
    with pytest.raises(ModelError, match="breaks a promise"):
        check_model(source)


def test_the_check_notices_checkpointing_that_is_silently_off(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outlearn.models.check.enable_checkpointing", lambda classifier: None)
    with pytest.raises(ModelError, match="gradient checkpointing computes blocks again"):
        check_model(open_model(folders["llama"]))


def test_the_check_notices_a_frozen_weight(folders: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def frozen(*given: object, **more: object) -> Classifier:
        classifier = load_classifier(*given, **more)  # type: ignore[arg-type]
        classifier.backbone.norm.weight.requires_grad_(False)
        return classifier

    monkeypatch.setattr("outlearn.models.check.load_classifier", frozen)
    with pytest.raises(ModelError, match=r"every weight the logits depend on \(norm\.weight has none\)"):
        check_model(open_model(folders["llama"]))
