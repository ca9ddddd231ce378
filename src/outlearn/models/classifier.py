"""A text classifier: a pretrained body, one read-out position, one linear head.

Where a text is read out comes from its length and the kind of body (causal: its last token; encoder: its
first), never from comparing ids with a padding id. Texts are padded on the right with any id at all. Bodies
that can read them end to end never see the padding (see `packing`). The others do: a causal body cannot see
what follows, so it needs no attention mask, and an encoder gets one made from the lengths.

Shapes: b texts, t tokens of the longest, n tokens of all texts, h hidden units, c classes. Importing this
module imports torch.
"""

from dataclasses import replace
from typing import Any, Literal

import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor, nn

from outlearn.core import ModelError
from outlearn.models.backbone import (
    hidden_units,
    load_backbone,
    random_backbone,
    reads_first_token,
    unembedding_rows,
)
from outlearn.models.head import read_head, zero_head
from outlearn.models.packing import Layout, end_to_end, layout, packs, places_of
from outlearn.models.read_out import ReadOut
from outlearn.models.source import ModelSource
from outlearn.models.tokenisation import load_tokenizer


class Classifier(nn.Module):
    """A body with a linear head; logits in float32 whatever the body computes in.

    Args:
        backbone: From `load_backbone`.
        num_classes: At least 1; a single logit is a reward.
    """

    def __init__(self, backbone: Any, *, num_classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.reads_first = reads_first_token(backbone.config)
        self.packs = packs(backbone.config)
        # RoBERTa's own positions skip ids equal to its padding id; ours count tokens, whatever they are.
        embeddings: Any = getattr(backbone, "embeddings", None)
        shifted = self.reads_first and hasattr(embeddings, "create_position_ids_from_input_ids")
        self.first_position = embeddings.padding_idx + 1 if shifted else 0
        self.head = zero_head(hidden_units(backbone.config), num_classes=num_classes)
        if self.packs and not self.reads_first:
            ReadOut().narrow(backbone)

    @property
    def num_classes(self) -> int:
        """Return the number of logits."""
        return self.head.out_features

    def features(self, ids: Int[Tensor, "b t"], lengths: Int[Tensor, "b"]) -> Float[Tensor, "b h"]:
        """Return the body's final hidden state at the read-out position of every text.

        Args:
            ids: Token ids, padded on the right with any valid id.
            lengths: Number of real tokens, each in 1..t.
        """
        rows = self._read_outs(lengths)
        where = replace(self._layout(ids, lengths), read=(rows,))
        return self._read(ids, where, layer=-1)[rows]

    def states(
        self,
        ids: Int[Tensor, "b t"],
        lengths: Int[Tensor, "b"],
        *,
        layer: int,
        position: Literal["read_out", "mean"],
    ) -> Float[Tensor, "b h"]:
        """Return hidden states of a layer: at the read-out position, or their mean over the real tokens.

        Args:
            ids: As for `features`.
            lengths: As for `features`.
            layer: 0 for the embeddings, 1 for the first block, ...; -1 for what the head reads.
            position: Which of them.

        Raises:
            ModelError: If there is no such layer.
        """
        where = self._layout(ids, lengths)
        hidden = self._read(ids, where, layer=layer)
        if position == "read_out":
            return hidden[self._read_outs(lengths)]
        texts = where.places // ids.shape[1]
        sums = hidden.new_zeros(len(ids), hidden.shape[-1]).index_add(0, texts, hidden)
        return sums / lengths[:, None]

    def _layout(self, ids: Int[Tensor, "b t"], lengths: Int[Tensor, "b"]) -> Layout:
        return layout(ids, lengths, causal=not self.reads_first) if self.packs else places_of(ids, lengths)

    def _read(self, ids: Int[Tensor, "b t"], where: Layout, *, layer: int) -> Float[Tensor, "n h"]:
        """Return the hidden states of a layer for the real tokens, end to end.

        Raises:
            ModelError: If there is no such layer.
        """
        given = self._end_to_end(ids, where) if self.packs else self._side_by_side(ids, where)
        read = self.backbone(**given, **({"output_hidden_states": True} if layer != -1 else {}))
        if layer == -1:
            hidden: Tensor = read.last_hidden_state
        elif 0 <= layer < len(read.hidden_states):
            hidden = read.hidden_states[layer]
        else:
            raise ModelError(f"there is no layer {layer}; give -1, or 0 to {len(read.hidden_states) - 1}")
        return hidden[0] if self.packs else where.end_to_end(hidden)

    def _end_to_end(self, ids: Int[Tensor, "b t"], where: Layout) -> dict[str, Any]:
        given = where.given(ids, first_position=self.first_position)
        # Its own zeros reach no further than its context.
        kinds = {"token_type_ids": torch.zeros_like(given["input_ids"])} if self.reads_first else {}
        return given | kinds

    def _side_by_side(self, ids: Int[Tensor, "b t"], where: Layout) -> dict[str, Any]:
        if not self.reads_first:
            return {"input_ids": ids}
        inside = torch.zeros_like(ids).flatten().index_fill(0, where.places, 1).view_as(ids)
        given = {"input_ids": ids, "attention_mask": inside}
        if not self.first_position:
            return given
        positions = torch.arange(ids.shape[1], device=ids.device) + self.first_position
        return {**given, "position_ids": positions.expand_as(ids)}

    def _read_outs(self, lengths: Int[Tensor, "b"]) -> Int[Tensor, "b"]:
        """Return which of the tokens, end to end, the head reads."""
        ends = lengths.cumsum(0)
        return ends - lengths if self.reads_first else ends - 1

    def forward(
        self,
        ids: Int[Tensor, "b t"],
        lengths: Int[Tensor, "b"],
        *,
        keep: Float[Tensor, "b h"] | None = None,
    ) -> Float32[Tensor, "b c"]:
        """Return the logits of every text.

        Args:
            ids: As for `features`.
            lengths: As for `features`.
            keep: Factors that dropout multiplies the read-out with; None drops nothing.
        """
        return read_head(self.head, self.features(ids, lengths), keep=keep)


def load_classifier(
    source: ModelSource,
    *,
    num_classes: int,
    head_init: Literal["zero", "unembedding"],
    head_tokens: tuple[str, ...] = (),
    frozen: bool = False,
) -> Classifier:
    """Return the pretrained body with a new head, in float32 and train mode.

    Args:
        source: From `open_model`.
        num_classes: Number of logits.
        head_init: "zero": weights and bias 0. "unembedding": the rows of the language-modelling head
            for `head_tokens`, bias 0.
        head_tokens: One token a class, for "unembedding": ("0", "1").
        frozen: Whether the body's weights will stay as they are; see `load_backbone`.

    Raises:
        ModelError: If the checkpoint cannot be used, lacks an unembedding, or a head token is not one token.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. A.1 ("unembedding"); "zero" is what their code does.
    """
    if num_classes < 1:
        raise ModelError(f"num_classes must be at least 1, got {num_classes}")
    if head_init == "zero":
        return Classifier(load_backbone(source, frozen=frozen), num_classes=num_classes)
    if len(head_tokens) != num_classes or len(set(head_tokens)) != num_classes:
        raise ModelError(
            f"an unembedding head needs {num_classes} different head tokens, one a class; got {head_tokens!r}"
        )
    tokenizer = load_tokenizer(source)
    rows = unembedding_rows(source, [_single_token(tokenizer, token, source) for token in head_tokens])
    classifier = Classifier(load_backbone(source, frozen=frozen), num_classes=num_classes)
    if rows.shape != classifier.head.weight.shape:
        raise ModelError(
            f"model {source.name!r}: its unembedding is {rows.shape[1]} wide but its hidden state"
            f' {classifier.head.in_features}; use head_init = "zero"'
        )
    with torch.no_grad():
        classifier.head.weight.copy_(rows)
    return classifier


def randomise(classifier: Classifier, *, seed: int) -> Classifier:
    """Return a classifier of the same architecture with fresh body weights and a zero head: the control.

    The weights depend on `seed` and the config alone, on every device; the one given is left as it is.
    """
    body = end_to_end(random_backbone(classifier.backbone, seed=seed))
    fresh = Classifier(body, num_classes=classifier.num_classes)
    return fresh.to(classifier.head.weight.device)


def enable_checkpointing(model: nn.Module) -> None:
    """Trade time for memory: activations of the body's blocks are computed again in the backward pass.

    The model is put in train mode and must stay there: transformers ignores checkpointing in eval mode. A
    probe has no body, and nothing happens.

    Raises:
        ModelError: If the architecture does not support it.
    """
    body: Any = getattr(model, "backbone", None)
    if body is None:
        return
    if not body.supports_gradient_checkpointing:
        raise ModelError(
            f"{type(body).__name__} does not support gradient checkpointing; use smaller micro-batches"
        )
    settings = {"use_reentrant": False}
    if hasattr(body, "activation_checkpointing_enable"):
        body.activation_checkpointing_enable(activation_checkpointing_kwargs=settings)
    else:  # its name before transformers 5.23, which warns about it
        body.gradient_checkpointing_enable(gradient_checkpointing_kwargs=settings)
    model.train()


def _single_token(tokenizer: Any, text: str, source: ModelSource) -> int:
    """Return the id of the one token that `text` is, or that has `text` as its name in the vocabulary."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    found = ids[0] if len(ids) == 1 else tokenizer.get_vocab().get(text)
    if found is None or (found == tokenizer.unk_token_id and text != tokenizer.unk_token):
        raise ModelError(
            f"model {source.name!r}: the head token {text!r} is not a single token of its vocabulary; choose"
            ' another, or use head_init = "zero"'
        )
    return int(found)
