"""Adapters: what they adapt, how they start, what they compute; training and checkpoints see them."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from outlearn.core import MissingExtra, ModelError
from outlearn.models import (
    Classifier,
    enable_checkpointing,
    load_classifier,
    merged_state,
    open_model,
    with_lora,
)
from tests.tiny_models import KINDS, save_tiny

torch.set_num_threads(1)
IDS = torch.tensor([[5, 9, 11, 30, 0], [7, 8, 9, 6, 12]])
LENGTHS = torch.tensor([3, 5])
RANK, ALPHA = 3, 7.0


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("lora")
    return {kind: str(save_tiny(kind, root / kind)) for kind in KINDS}


def _load(folder: str) -> Classifier:
    """Return a classifier with a random head: a zero head shows nothing of its body."""
    classifier = load_classifier(open_model(folder), num_classes=2, head_init="zero")
    drawn = torch.Generator().manual_seed(0)
    with torch.no_grad():
        classifier.head.weight.copy_(torch.randn(classifier.head.weight.shape, generator=drawn))
    return classifier


def _adapted(folder: str, *, seed: int = 1) -> Classifier:
    return with_lora(_load(folder), rank=RANK, alpha=ALPHA, seed=seed)


def _moved(folder: str) -> Classifier:
    """Return a classifier whose adapters are no longer where they started."""
    classifier = _adapted(folder)
    drawn = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in classifier.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn(parameter.shape, generator=drawn) * 0.1)
    return classifier


def _adapters(classifier: Classifier) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in classifier.state_dict().items() if "lora_" in name}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_adapted_model_starts_as_the_pretrained_one_to_the_bit(kind: str, folders: dict[str, str]) -> None:
    with torch.no_grad():
        assert torch.equal(_adapted(folders[kind])(IDS, LENGTHS), _load(folders[kind])(IDS, LENGTHS))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert torch.equal(_adapted(folders[kind])(IDS, LENGTHS), _load(folders[kind])(IDS, LENGTHS))


@pytest.mark.parametrize(
    ("kind", "prefix", "layers"),
    [
        ("gpt2", "h.", "attn.c_attn attn.c_proj mlp.c_fc mlp.c_proj"),
        (
            "gpt_neox",
            "layers.",
            "attention.dense attention.query_key_value mlp.dense_4h_to_h mlp.dense_h_to_4h",
        ),
        (
            "llama",
            "layers.",
            "mlp.down_proj mlp.gate_proj mlp.up_proj"
            " self_attn.k_proj self_attn.o_proj self_attn.q_proj self_attn.v_proj",
        ),
        (
            "bert",
            "encoder.layer.",
            "attention.output.dense attention.self.key attention.self.query attention.self.value"
            " intermediate.dense output.dense",
        ),
    ],
)
def test_every_linear_layer_of_attention_and_mlp_is_adapted_and_nothing_else(
    kind: str, prefix: str, layers: str, folders: dict[str, str]
) -> None:
    names = {name.partition(".lora_")[0] for name in _adapters(_adapted(folders[kind]))}
    assert names == {f"backbone.{prefix}{block}.{layer}" for block in (0, 1) for layer in layers.split()}


def test_a_linear_layer_outside_the_blocks_is_left_alone(folders: dict[str, str]) -> None:
    """As the projections around OPT's blocks, or a pooler."""
    classifier = _load(folders["llama"])
    classifier.backbone.add_module("project_in", nn.Linear(16, 16))
    with_lora(classifier, rank=1, alpha=1.0, seed=0)
    assert not any("project_in.lora" in name for name in _adapters(classifier))
    assert not classifier.backbone.project_in.weight.requires_grad


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_adapters_and_head_are_trained_and_nothing_else(kind: str, folders: dict[str, str]) -> None:
    classifier = _moved(folders[kind])
    trainable = {name for name, value in classifier.named_parameters() if value.requires_grad}
    assert trainable == {*_adapters(classifier), "head.weight", "head.bias"}
    assert classifier.training
    classifier(IDS, LENGTHS).square().sum().backward()
    with_gradient = {name: p.grad for name, p in classifier.named_parameters() if p.grad is not None}
    assert with_gradient.keys() == trainable
    assert all(gradient.isfinite().all() and gradient.any() for gradient in with_gradient.values())


def test_adapters_follow_from_the_seed_alone(folders: dict[str, str]) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = _adapters(_adapted(folders["gpt2"]))
    assert torch.equal(torch.rand(3), expected)
    again, other = _adapters(_adapted(folders["gpt2"])), _adapters(_adapted(folders["gpt2"], seed=2))
    assert all(torch.equal(value, first[name]) for name, value in again.items())
    assert not any(torch.equal(value, first[name]) for name, value in other.items() if "lora_A" in name)


def test_no_two_layers_of_one_shape_start_with_the_same_adapter(folders: dict[str, str]) -> None:
    down = [value for name, value in _adapters(_adapted(folders["llama"])).items() if "q_proj.lora_A" in name]
    assert len(down) == 2
    assert not torch.equal(down[0], down[1])


def test_an_adapter_starts_within_the_bounds_of_a_new_linear_layer(folders: dict[str, str]) -> None:
    for name, value in _adapters(_adapted(folders["gpt2"])).items():
        bound = 1 / math.sqrt(value.shape[1]) if "lora_A" in name else 0.0
        assert value.abs().max() <= bound
        assert value.abs().max() >= 0.5 * bound


# --- what adapters compute ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_adapter_adds_alpha_over_rank_times_b_a(kind: str, folders: dict[str, str]) -> None:
    classifier, plain = _moved(folders[kind]), _load(folders[kind])
    adapters = _adapters(classifier)
    with torch.no_grad():
        plain.head.load_state_dict(classifier.head.state_dict())
        for name, a in adapters.items():
            layer, lora_a, _ = name.partition(".lora_A.default.weight")
            if lora_a:
                added = ALPHA / RANK * adapters[f"{layer}.lora_B.default.weight"] @ a
                weight = plain.get_parameter(f"{layer}.weight")
                weight.add_(added.T if kind == "gpt2" else added)
        got, expected, base = (m(IDS, LENGTHS) for m in (classifier, plain, _load(folders[kind])))
    assert_close(got, expected, atol=1e-5, rtol=1e-5)
    assert (got - base).abs().max() > 0.1


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_merged_weights_are_an_ordinary_classifier_of_the_same_logits(
    kind: str, folders: dict[str, str]
) -> None:
    classifier, plain = _moved(folders[kind]), _load(folders[kind])
    with torch.no_grad():
        expected = classifier(IDS, LENGTHS)
        merged = merged_state(classifier)
        assert torch.equal(classifier(IDS, LENGTHS), expected)
        assert {name: value.shape for name, value in merged.items()} == {
            name: value.shape for name, value in plain.state_dict().items()
        }
        plain.load_state_dict(merged)
        assert_close(plain(IDS, LENGTHS), expected, atol=1e-5, rtol=1e-5)


def test_merged_weights_are_copies(folders: dict[str, str]) -> None:
    classifier = _moved(folders["gpt2"])
    before = {name: value.clone() for name, value in classifier.state_dict().items()}
    for value in merged_state(classifier).values():
        assert not value.requires_grad
        value.zero_()
    assert all(torch.equal(value, before[name]) for name, value in classifier.state_dict().items())


def test_merging_a_classifier_without_adapters_gives_its_own_weights(folders: dict[str, str]) -> None:
    classifier = _load(folders["llama"])
    merged = merged_state(classifier)
    assert merged.keys() == classifier.state_dict().keys()
    assert all(torch.equal(value, merged[name]) for name, value in classifier.state_dict().items())


def test_a_merged_student_is_saved_and_opened_like_any_checkpoint(
    folders: dict[str, str], tmp_path: Path
) -> None:
    from outlearn.models import load_tokenizer

    classifier = _moved(folders["llama"])
    plain = _load(folders["llama"])
    plain.load_state_dict(merged_state(classifier))
    plain.backbone.save_pretrained(tmp_path)
    load_tokenizer(open_model(folders["llama"])).save_pretrained(tmp_path)
    opened = load_classifier(open_model(str(tmp_path)), num_classes=2, head_init="zero")
    with torch.no_grad():
        assert_close(opened.features(IDS, LENGTHS), classifier.features(IDS, LENGTHS), atol=1e-5, rtol=1e-5)


# --- gradient checkpointing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_checkpointed_gradients_of_adapters_equal_plain_ones(kind: str, folders: dict[str, str]) -> None:
    gradients, kept = [], []
    for checkpointed in (False, True):
        classifier = _moved(folders[kind])
        if checkpointed:
            enable_checkpointing(classifier)
        saved: list[int] = []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda tensor, saved=saved: saved.append(tensor.numel()) or tensor, lambda tensor: tensor
        ):
            logits = classifier(IDS, LENGTHS)
        logits.square().sum().backward()
        kept.append(sum(saved))
        gradients.append({n: p.grad for n, p in classifier.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        assert_close(gradients[1][name], gradient)
    assert kept[1] < kept[0] / 2


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rank", "alpha"), [(0, 8.0), (4, 0.0), (4, -1.0), (4, math.inf), (4, math.nan)])
def test_a_rank_or_alpha_out_of_range_is_refused(rank: int, alpha: float, folders: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="rank of at least 1 and an alpha above 0, got"):
        with_lora(_load(folders["gpt2"]), rank=rank, alpha=alpha, seed=0)


def test_adapters_upon_adapters_are_refused(folders: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="has LoRA adapters already; load it again"):
        with_lora(_adapted(folders["gpt2"]), rank=1, alpha=1.0, seed=0)


def test_a_body_without_blocks_is_refused(folders: dict[str, str]) -> None:
    classifier = _load(folders["gpt2"])
    classifier.backbone = nn.Linear(3, 3)
    with pytest.raises(ModelError, match="Linear has no linear layer inside a list of blocks"):
        with_lora(classifier, rank=1, alpha=1.0, seed=0)


def test_without_peft_the_message_says_how_to_get_it(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    classifier = _load(folders["gpt2"])
    with pytest.raises(MissingExtra, match=r"needs peft.*pip install 'outlearn\[lora\]'"):
        with_lora(classifier, rank=1, alpha=1.0, seed=0)
    assert all(parameter.requires_grad for parameter in classifier.parameters())


def test_peft_is_imported_only_when_adapters_are_asked_for() -> None:
    code = "import sys; from outlearn.models import with_lora, merged_state; print('peft' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "False"
