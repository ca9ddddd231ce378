"""Texts read end to end: no padding is read, and each text is read as if it stood alone."""

import copy
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.testing import assert_close

from outlearn.models import Classifier, load_classifier, open_model, randomise, with_lora
from outlearn.models.packing import FAMILIES, layout
from tests.tiny_models import KINDS, save_tiny

torch.set_num_threads(1)
END_TO_END = sorted(FAMILIES)
LENGTHS = torch.tensor([3, 9, 1, 9, 4, 30])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("packing")
    return {kind: str(save_tiny(kind, root / kind)) for kind in KINDS}


def _load(folder: str) -> Classifier:
    model = load_classifier(open_model(folder), num_classes=2, head_init="zero")
    with torch.no_grad():
        model.head.weight.copy_(
            torch.randn(model.head.weight.shape, generator=torch.Generator().manual_seed(0))
        )
    return model


def _ids() -> Tensor:
    return torch.randint(5, 60, (len(LENGTHS), 30), generator=torch.Generator().manual_seed(1))


def _seen(model: nn.Module, run: Callable[[], object]) -> list[int]:
    """Return how many tokens each layer of the body was given."""
    counts: list[int] = []
    layers = [
        one for one in model.modules() if isinstance(one, nn.LayerNorm) or "RMSNorm" in type(one).__name__
    ]
    hooks = [
        one.register_forward_pre_hook(lambda _, x: counts.append(x[0][..., 0].numel())) for one in layers
    ]
    run()
    for hook in hooks:
        hook.remove()
    return counts


@pytest.mark.parametrize("kind", [kind for kind in END_TO_END if kind != "qwen3"])
def test_no_layer_is_given_a_token_of_padding(kind: str, folders: dict[str, str]) -> None:
    model = _load(folders[kind])
    counts = _seen(model, lambda: model(_ids(), LENGTHS))
    assert counts
    assert set(counts) == {int(LENGTHS.sum())}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_scores_and_gradients_are_those_of_each_text_alone(kind: str, folders: dict[str, str]) -> None:
    together, alone = _load(folders[kind]), _load(folders[kind])
    ids = _ids()
    scores = together(ids, LENGTHS)
    own = torch.cat(
        [alone(ids[row : row + 1, :n], LENGTHS[row : row + 1]) for row, n in enumerate(LENGTHS.tolist())]
    )
    assert_close(scores, own, atol=1e-4, rtol=1e-4)
    for found in (scores, own):
        found.square().sum().backward()
    slopes = {name: value.grad for name, value in alone.named_parameters()}
    for name, value in together.named_parameters():
        assert_close(value.grad, slopes[name], atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("kind", END_TO_END)
def test_long_texts_read_by_torchs_kernel_score_the_same(
    kind: str, folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _load(folders[kind])
    by_hand = model(_ids(), LENGTHS)
    monkeypatch.setattr("outlearn.models.block_attention.BY_HAND", 0)
    assert_close(model(_ids(), LENGTHS), by_hand, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "bert"])
def test_bfloat16_is_as_near_float32_as_rounding_allows(kind: str, folders: dict[str, str]) -> None:
    model = _load(folders[kind])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = model(_ids(), LENGTHS)
    assert_close(rounded, model(_ids(), LENGTHS), atol=0.2, rtol=0.05)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "bert"])
def test_a_forgotten_body_and_adapters_read_end_to_end_too(kind: str, folders: dict[str, str]) -> None:
    adapted = with_lora(_load(folders[kind]), rank=2, alpha=4.0, seed=0)
    for model in (randomise(_load(folders[kind]), seed=0), adapted):
        assert model.packs
        assert set(_seen(model, lambda model=model: model(_ids(), LENGTHS))) == {int(LENGTHS.sum())}


@settings(max_examples=200)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=40), st.booleans())
def test_every_token_stands_in_one_block_and_little_of_it_is_padding(
    lengths: list[int], causal: bool
) -> None:
    where = layout(
        torch.zeros(len(lengths), max(lengths), dtype=torch.long), torch.tensor(lengths), causal=causal
    )
    assert sum(block.num_texts for block in where.blocks) == len(lengths)
    assert [len(where.places), len(where.positions)] == [sum(lengths)] * 2
    assert where.positions.tolist() == [place for length in lengths for place in range(length)]
    first = 0
    for block in where.blocks:
        own = lengths[first : first + block.num_texts]
        assert block.longest == max(own)
        assert len(block.places) == sum(own)
        assert block.mask.shape == ((max(own),) * 2 if causal else (len(own), max(own), max(own)))
        first += block.num_texts


@given(st.lists(st.integers(1, 500), min_size=2, max_size=60))
def test_parting_texts_by_length_never_adds_scores(lengths: list[int]) -> None:
    where = layout(
        torch.zeros(len(lengths), max(lengths), dtype=torch.long), torch.tensor(lengths), causal=True
    )
    scores = sum(block.num_texts * block.longest**2 for block in where.blocks)
    assert scores <= len(lengths) * max(lengths) ** 2


@pytest.mark.parametrize("kind", [kind for kind in END_TO_END if kind not in ("bert", "roberta")])
def test_the_last_mlp_works_on_what_the_head_reads_and_changes_nothing(
    kind: str, folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = _load(folders[kind])
    monkeypatch.setattr("outlearn.models.read_out.ReadOut.narrow", lambda *_: None)
    whole = _load(folders[kind])
    given: dict[str, list[int]] = {"narrow": [], "whole": []}
    slopes = {}
    for name, model in (("narrow", narrow), ("whole", whole)):
        blocks = next(one for one in model.backbone.children() if isinstance(one, nn.ModuleList))
        inside = next(one for one in blocks[-1].mlp.modules() if not list(one.children()))
        inside.register_forward_pre_hook(lambda _, x, name=name: given[name].append(x[0].shape[-2]))
        model(_ids(), LENGTHS).square().sum().backward()
        slopes[name] = {own: value.grad for own, value in model.named_parameters()}
    assert given == {"narrow": [len(LENGTHS)], "whole": [int(LENGTHS.sum())]}
    for own, slope in slopes["whole"].items():
        assert_close(slopes["narrow"][own], slope, atol=1e-4, rtol=1e-4)


def test_states_of_all_tokens_are_whole_after_a_read_out(folders: dict[str, str]) -> None:
    model, fresh = _load(folders["gpt2"]), _load(folders["gpt2"])
    model(_ids(), LENGTHS)
    means = [one.states(_ids(), LENGTHS, layer=-1, position="mean") for one in (model, fresh)]
    assert torch.equal(*means)


def test_a_copy_reads_out_by_itself(folders: dict[str, str]) -> None:
    model = _load(folders["gpt2"])
    twin = copy.deepcopy(model)
    expected = model(_ids(), LENGTHS)
    other = model(_ids()[:2], LENGTHS[:2])
    assert_close(twin(_ids(), LENGTHS), expected)
    assert_close(model(_ids()[:2], LENGTHS[:2]), other)


@pytest.mark.parametrize("kind", END_TO_END)
def test_a_text_that_is_only_read_gets_the_bits_of_one_that_is_learnt_from(
    kind: str, folders: dict[str, str]
) -> None:
    model = _load(folders[kind])
    learnt = model(_ids(), LENGTHS)
    with torch.inference_mode():
        read = model(_ids(), LENGTHS)
    assert torch.equal(read, learnt)


def test_a_body_under_two_heads_reads_for_each_as_for_one(folders: dict[str, str]) -> None:
    first, other = _load(folders["gpt2"]), _load(folders["gpt2"])
    twice = Classifier(first.backbone, num_classes=2)
    twice.head.load_state_dict(first.head.state_dict())
    assert_close(twice(_ids(), LENGTHS), other(_ids(), LENGTHS))
