"""Language models read end to end where they are tuned and asked, and write as transformers has it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close
from transformers import AttentionMaskInterface, PreTrainedModel

from outlearn.models import (
    AnswerModel,
    ModelSource,
    TextLikelihood,
    enable_checkpointing,
    load_answer_model,
    load_likelihood,
    load_tokenizer,
    open_model,
    randomise_answers,
    randomise_likelihood,
    tokenise_prompt_texts,
)
from outlearn.models.packing import END_TO_END
from outlearn.training import Completion, Placement, Recipe, complete
from tests.tiny_models import save_tiny

torch.set_num_threads(1)
KINDS = ("gpt2", "gpt_neox", "llama", "qwen2")
LENGTHS = torch.tensor([3, 9, 1, 9, 4, 30])
STARTS = torch.tensor([1, 7, 0, 0, 3, 22])
NUM_SCORED = 2 + 2 + 0 + 8 + 1 + 8
IDS = torch.randint(5, 60, (len(LENGTHS), 30), generator=torch.Generator().manual_seed(1))
PREFIX = torch.randint(5, 60, (11,), generator=torch.Generator().manual_seed(2))
ANSWERS = (7, 5, 30)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelSource]:
    root = tmp_path_factory.mktemp("language")
    return {kind: open_model(str(save_tiny(kind, root / kind, seed=3))) for kind in KINDS}


@contextmanager
def _padded() -> Iterator[None]:
    """Have models that are loaded meanwhile read side by side, with padding."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("outlearn.models.packing.FAMILIES", frozenset())
        yield


def _scorers(source: ModelSource) -> tuple[TextLikelihood, TextLikelihood]:
    with _padded():
        padded = load_likelihood(source, per_tokens=2.0)
    return load_likelihood(source, per_tokens=2.0), padded


def _slopes(model: TextLikelihood) -> dict[str, Tensor]:
    weights = torch.linspace(-1, 2, len(LENGTHS))[:, None]
    model.zero_grad()
    (weights * model(IDS, LENGTHS, STARTS)).sum().backward()
    return {name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None}


def _ask(model: AnswerModel, prefix: Tensor) -> Tensor:
    with torch.inference_mode():
        return model(IDS, LENGTHS, prefix=model.read(prefix))


def _seen(model: nn.Module, run: Callable[[], object]) -> dict[str, set[int]]:
    """Return how many tokens blocks, the last block's MLP and the head gave something for."""
    counts: dict[str, set[int]] = {"blocks": set(), "last MLP": set(), "head": set()}

    def note(where: str) -> Callable[..., None]:
        return lambda _, given, found: counts[where].add(found[..., 0].numel())

    language_model = model.language_model
    assert isinstance(language_model, PreTrainedModel)
    blocks = next(one for one in model.modules() if isinstance(one, nn.ModuleList))
    inside = next(one for one in blocks[-1].mlp.modules() if not list(one.children()))
    watched = {"last MLP": [inside], "head": [language_model.get_output_embeddings()], "blocks": blocks}
    hooks = [one.register_forward_hook(note(where)) for where, them in watched.items() for one in them]
    run()
    for hook in hooks:
        hook.remove()
    return counts


@pytest.mark.parametrize("kind", KINDS)
def test_likelihoods_and_gradients_are_those_of_padded_texts(
    kind: str, sources: dict[str, ModelSource]
) -> None:
    ours, padded = _scorers(sources[kind])
    assert (ours.packs, padded.packs) == (True, False)
    assert_close(ours(IDS, LENGTHS, STARTS), padded(IDS, LENGTHS, STARTS), atol=1e-5, rtol=1e-5)
    expected = _slopes(padded)
    for model in (ours, _checkpointed(ours)):
        found = _slopes(model)
        assert found.keys() == expected.keys()
        for name, slope in expected.items():
            assert_close(found[name], slope, atol=1e-5, rtol=1e-4)


def _checkpointed(model: TextLikelihood) -> TextLikelihood:
    enable_checkpointing(model)
    return model


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prefix", [PREFIX, PREFIX[:0]])
def test_answers_are_those_of_padded_prompts(
    kind: str, prefix: Tensor, sources: dict[str, ModelSource]
) -> None:
    ours = load_answer_model(sources[kind], answers=ANSWERS)
    with _padded():
        padded = load_answer_model(sources[kind], answers=ANSWERS)
    assert (ours.packs, padded.packs) == (True, False)
    assert_close(_ask(ours, prefix), _ask(padded, prefix), atol=1e-5, rtol=1e-5)


def test_neither_padding_nor_a_logit_that_nobody_reads_is_worked_out(
    sources: dict[str, ModelSource],
) -> None:
    scorer = load_likelihood(sources["llama"], per_tokens=1.0)
    answerer = load_answer_model(sources["llama"], answers=ANSWERS)
    whole = int(LENGTHS.sum())
    for model in (scorer, randomise_likelihood(scorer, seed=0)):
        seen = _seen(model, lambda model=model: model(IDS, LENGTHS, STARTS))
        assert seen == {"blocks": {whole}, "last MLP": {NUM_SCORED}, "head": {NUM_SCORED}}
    for model in (answerer, randomise_answers(answerer, seed=0)):
        prefix = model.read(PREFIX)
        seen = _seen(model, lambda model=model, prefix=prefix: model(IDS, LENGTHS, prefix=prefix))
        assert seen == {"blocks": {whole}, "last MLP": {len(LENGTHS)}, "head": {len(LENGTHS)}}


@pytest.mark.parametrize("kind", KINDS)
def test_no_mask_of_all_tokens_by_all_is_laid_out(
    kind: str, sources: dict[str, ModelSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = load_likelihood(sources[kind], per_tokens=1.0)
    answerer = load_answer_model(sources[kind], answers=ANSWERS)
    prefix = answerer.read(PREFIX)

    def refuse(**_: object) -> None:
        raise AssertionError("a mask was asked for")

    monkeypatch.setitem(AttentionMaskInterface._global_mapping, END_TO_END, refuse)
    with torch.no_grad():
        scorer(IDS, LENGTHS, STARTS)
        answerer(IDS, LENGTHS, prefix=prefix)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_reads_end_to_end_writes_as_transformers_has_it(
    kind: str, sources: dict[str, ModelSource]
) -> None:
    ours, padded = _scorers(sources[kind])
    ours(IDS, LENGTHS, STARTS).sum().backward()  # a lesson leaves nothing behind
    written = _write(ours, sources[kind])
    assert any(one.text for one in written)
    assert written == _write(padded, sources[kind])


def _write(model: TextLikelihood, source: ModelSource) -> tuple[Completion, ...]:
    tokenizer = load_tokenizer(source)
    texts = ["The", "A strong student may", "Rivers run, birds sing and 7 grey cats sleep on", "no 0 or"]
    return complete(
        model,
        tokenise_prompt_texts(tokenizer, texts, ids=texts, source=source, room=6),
        tokenizer=tokenizer,
        max_answer_tokens=6,
        ends="line",
        recipe=Recipe(),
        placement=Placement(),
    )


def test_the_answers_of_one_batch_leave_the_shared_beginning_as_it_was(
    sources: dict[str, ModelSource],
) -> None:
    model = load_answer_model(sources["gpt2"], answers=ANSWERS)
    prefix = model.read(PREFIX)
    with torch.inference_mode():
        first, again = (model(IDS, LENGTHS, prefix=prefix) for _ in range(2))
    assert torch.equal(first, again)
