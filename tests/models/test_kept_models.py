"""Models kept in memory: every student starts from the bits on disk, whatever was done to those before it."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from outlearn.models import (
    Classifier,
    ModelSource,
    TextLikelihood,
    backbone_state,
    load_answer_model,
    load_backbone_state,
    load_classifier,
    load_likelihood,
    open_model,
    randomise,
    with_lora,
)
from outlearn.models import backbone as backbones
from outlearn.models.kept_models import KeptModels
from tests.tiny_models import KINDS, save_tiny

torch.set_num_threads(1)
IDS = torch.tensor([[5, 9, 11, 30, 0], [7, 8, 9, 6, 12]])
LENGTHS = torch.tensor([3, 5])
CAUSAL = "gpt2"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelSource]:
    root = tmp_path_factory.mktemp("kept")
    return {kind: open_model(str(save_tiny(kind, root / kind))) for kind in KINDS}


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> KeptModels:
    """A store of models of this test's own."""
    fresh = KeptModels(limit=lambda: 1e9)
    monkeypatch.setattr(backbones, "kept_models", fresh)
    return fresh


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were read from disk, in turn."""
    found: list[str] = []
    read = backbones.read_pretrained

    def noted(model_class: type, source: ModelSource, *, config: object) -> object:
        found.append(f"{model_class.__name__} {source.folder.name}")
        return read(model_class, source, config=config)

    monkeypatch.setattr(backbones, "read_pretrained", noted)
    return found


def _classifier(source: ModelSource, *, frozen: bool = False) -> Classifier:
    return load_classifier(source, num_classes=2, head_init="zero", frozen=frozen)


def _from_disk(load: Callable[[], nn.Module]) -> dict[str, torch.Tensor]:
    """Return a model's weights as they are when nothing is kept."""
    before = backbones.kept_models
    backbones.kept_models = KeptModels(limit=lambda: 0.0)
    try:
        return load().state_dict()
    finally:
        backbones.kept_models = before


def _spoil(model: nn.Module, *, steps: int = 2) -> None:
    """Train a model on nonsense, quickly."""
    trainable = [value for value in model.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=0.1)
    for _ in range(steps):
        optimiser.zero_grad()
        model(IDS, LENGTHS).square().sum().backward()
        for value in trainable:
            value.grad = torch.ones_like(value)
        optimiser.step()


def _same(model: nn.Module, state: dict[str, torch.Tensor]) -> bool:
    own = model.state_dict()
    return own.keys() == state.keys() and all(torch.equal(own[name], state[name]) for name in state)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_student_starts_from_the_bits_on_disk_after_another_was_trained(
    kind: str, sources: dict[str, ModelSource], reads: list[str]
) -> None:
    disk = _from_disk(lambda: _classifier(sources[kind]))
    reads.clear()
    for _ in range(3):
        student = _classifier(sources[kind])
        assert _same(student, disk)
        assert all(value.requires_grad for value in student.parameters())
        assert student.backbone.training
        _spoil(student)
    assert len(reads) == 1


@pytest.mark.usefixtures("kept")
def test_students_under_adapters_share_one_base_and_nothing_else(
    sources: dict[str, ModelSource], reads: list[str]
) -> None:
    pytest.importorskip("peft")
    source = sources[CAUSAL]
    disk = _from_disk(lambda: _classifier(source))
    reads.clear()
    first, second = (
        with_lora(_classifier(source, frozen=True), rank=2, alpha=4.0, seed=seed) for seed in (1, 2)
    )
    before = {name: value.clone() for name, value in second.state_dict().items()}
    _spoil(first)
    assert _same(second, before)
    shared = {id_of(one) for one in first.parameters()} & {id_of(one) for one in second.parameters()}
    assert shared == {id_of(one) for one in first.backbone.parameters() if not one.requires_grad}
    assert _same(_classifier(source), disk)
    assert len(reads) == 1


def id_of(value: torch.Tensor) -> int:
    return value.data_ptr()


@pytest.mark.usefixtures("kept")
def test_random_weights_tuned_bodies_and_prompts_leave_the_pretrained_model_alone(
    sources: dict[str, ModelSource], reads: list[str]
) -> None:
    source = sources[CAUSAL]
    disk = _from_disk(lambda: _classifier(source))
    written = _from_disk(lambda: load_likelihood(source, per_tokens=1.0))
    reads.clear()
    _spoil(randomise(_classifier(source, frozen=True), seed=3))
    writer = load_likelihood(source, per_tokens=1.0)
    _spoil(writer)
    tuned = _classifier(source)
    load_backbone_state(tuned, backbone_state(writer))
    _spoil(tuned)
    load_answer_model(source, answers=(5, 6))
    assert _same(_classifier(source), disk)
    again = load_likelihood(source, per_tokens=1.0)
    assert isinstance(again, TextLikelihood)
    assert _same(again, written)
    assert len(reads) == 2  # with and without the language-modelling head


@pytest.mark.usefixtures("kept")
def test_heads_from_the_unembedding_are_the_same_each_time(
    sources: dict[str, ModelSource], reads: list[str]
) -> None:
    def student() -> Classifier:
        return load_classifier(
            sources[CAUSAL], num_classes=2, head_init="unembedding", head_tokens=("a", "b")
        )

    disk = _from_disk(student)
    reads.clear()
    for _ in range(2):
        given = student()
        assert _same(given, disk)
        _spoil(given)
    assert len(reads) == 1


@pytest.mark.usefixtures("kept")
def test_weights_that_were_written_to_after_all_are_read_again(
    sources: dict[str, ModelSource], reads: list[str]
) -> None:
    disk = _from_disk(lambda: _classifier(sources[CAUSAL]))
    reads.clear()
    shared = _classifier(sources[CAUSAL], frozen=True)
    next(shared.backbone.parameters()).add_(1.0)
    assert _same(_classifier(sources[CAUSAL]), disk)
    assert len(reads) == 2


def test_models_that_take_much_of_the_free_memory_are_not_kept(
    sources: dict[str, ModelSource], reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backbones, "kept_models", KeptModels(limit=lambda: 0.0))
    disk = _classifier(sources[CAUSAL]).state_dict()
    frozen = _classifier(sources[CAUSAL], frozen=True)
    assert _same(frozen, disk)
    assert not any(value.requires_grad for value in frozen.backbone.parameters())
    assert len(reads) == 2


def test_the_model_used_longest_ago_makes_room(
    sources: dict[str, ModelSource], reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [
        sum(value.numel() * 4 for value in _classifier(sources[kind]).backbone.parameters())
        for kind in ("gpt2", "llama")
    ]
    monkeypatch.setattr(backbones, "kept_models", KeptModels(limit=lambda: float(max(sizes))))
    reads.clear()
    for kind in ("gpt2", "llama", "llama", "gpt2"):
        _classifier(sources[kind])
    assert [name.split()[1] for name in reads] == ["gpt2", "llama", "gpt2"]
