"""Pretrained bodies: loaded from a folder or built with fresh weights, always float32, dropout always 0.

Dropout is turned off by setting every p to 0, never by eval(): a model in eval mode skips gradient
checkpointing without saying so. The body can therefore stay in train mode for its whole life and computes
the same function in both modes. Importing this module imports torch; transformers is imported when a
model is first loaded.
"""

import copy
import inspect
from functools import lru_cache, partial
from typing import Any

import torch
from torch import nn

from outlearn.core import ModelError, derive, importing
from outlearn.models.checkpoint import Stamps, stamps
from outlearn.models.kept_models import kept_models
from outlearn.models.packing import end_to_end
from outlearn.models.quiet import quiet
from outlearn.models.source import ModelSource

FAMILIES = "use a causal model (GPT-2, Llama, Qwen, ...) or an encoder (BERT, RoBERTa, ...)"


def load_config(source: ModelSource) -> Any:
    """Return the checkpoint's config with every dropout at 0.

    Raises:
        ModelError: If the architecture is unknown, needs its own code, or is not a language model.
    """
    return copy.deepcopy(_read_config(source, stamps(source.folder)))


@lru_cache(maxsize=32)
def _read_config(source: ModelSource, stamped: Stamps) -> Any:
    del stamped  # part of the key alone
    try:
        with importing(), quiet():
            from transformers import AutoConfig

            config = AutoConfig.from_pretrained(source.folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"model {source.name!r}: transformers does not know its architecture, and code from a"
            f" checkpoint is never run: {error}"
        ) from error
    if getattr(config, "is_encoder_decoder", False):
        raise ModelError(f"model {source.name!r} ({config.model_type}) is an encoder-decoder; {FAMILIES}")
    if not (_is_masked(config) or _is_causal(config)):
        raise ModelError(f"model {source.name!r} ({config.model_type}) is not a language model; {FAMILIES}")
    without_dropout(config)
    with_fused_activation(config)
    config.use_cache = False
    return config


def reads_first_token(config: Any) -> bool:
    """Return whether the text is read out at its first token: true of bidirectional encoders alone."""
    return _is_masked(config) and not getattr(config, "is_decoder", False)


def load_backbone(source: ModelSource, *, frozen: bool = False) -> nn.Module:
    """Return the pretrained body, in float32 and train mode, without pooler or language-modelling head.

    Args:
        source: From `open_model`.
        frozen: Whether its weights will stay as they are; they are then without gradient, and shared.

    Raises:
        ModelError: If the files cannot be read or lack some of the body's weights.
    """
    from transformers import MODEL_MAPPING

    config = load_config(source)
    model_class = _body_class(MODEL_MAPPING, config)
    body: nn.Module = end_to_end(
        _prepared(load_pretrained(model_class, source, config=config, frozen=frozen))
    )
    return body


def hidden_units(config: Any) -> int:
    """Return the width of the body's last hidden state."""
    text = config.get_text_config()
    # OPT's smallest models project their output to another width.
    return int(getattr(text, "word_embed_proj_dim", text.hidden_size))


def load_language_model(source: ModelSource, *, frozen: bool = False) -> Any:
    """Return the pretrained causal model with its language-modelling head, in float32 and train mode.

    It writes as transformers has it, and reads end to end if it is given a layout and its family can.

    Args:
        source: From `open_model`.
        frozen: As for `load_backbone`.

    Raises:
        ModelError: If the model is an encoder, or its checkpoint cannot be read or lacks weights.
    """
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

    config = load_config(source)
    if reads_first_token(config):
        raise ModelError(
            f"model {source.name!r} ({config.model_type}) is an encoder and gives no probability of the next"
            " token; choose a causal model (GPT-2, Llama, Qwen, ...)"
        )
    model_class = _body_class(MODEL_FOR_CAUSAL_LM_MAPPING, config)
    return end_to_end(_prepared(load_pretrained(model_class, source, config=config, frozen=frozen)))


def random_backbone(like: nn.Module, *, seed: int) -> nn.Module:
    """Return a body of the same architecture with fresh weights that depend on `seed` alone."""
    config = copy.deepcopy(like.config)
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(derive(seed, "random weights"))
        # Always made on the CPU: other devices draw other numbers.
        fresh = type(like)(config, **_without_pooler(type(like)))
    return _prepared(fresh).to(next(like.parameters()).device)


def unembedding_rows(source: ModelSource, tokens: list[int]) -> torch.Tensor:
    """Return the rows of the language-modelling head for some tokens, in float32.

    Raises:
        ModelError: If the model has no unembedding, or its checkpoint does not hold one.
    """
    return _read_unembedding(source, tuple(tokens), stamps(source.folder)).clone()


@lru_cache(maxsize=32)
def _read_unembedding(source: ModelSource, tokens: tuple[int, ...], stamped: Stamps) -> torch.Tensor:
    del stamped  # part of the key alone
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

    config = load_config(source)
    if reads_first_token(config):
        raise ModelError(
            f"model {source.name!r} ({config.model_type}) is an encoder and has no unembedding of its last"
            ' hidden state; use head_init = "zero"'
        )
    # Not kept: it is the body, which is, with a head of which a few rows are wanted once.
    model = read_pretrained(_body_class(MODEL_FOR_CAUSAL_LM_MAPPING, config), source, config=config)
    head = model.get_output_embeddings()
    if head is None:
        raise ModelError(
            f'model {source.name!r} ({config.model_type}) has no unembedding; use head_init = "zero"'
        )
    with torch.no_grad():
        rows: torch.Tensor = head.weight[list(tokens)].float().clone()
    return rows


def load_pretrained(model_class: Any, source: ModelSource, *, config: Any, frozen: bool = False) -> Any:
    """Return the model of that class with every weight from the checkpoint, which is read once a process.

    Args:
        model_class: From transformers.
        source: From `open_model`.
        config: From `load_config`.
        frozen: As for `load_backbone`.

    Raises:
        ModelError: As for `read_pretrained`.
    """
    give = kept_models.frozen if frozen else kept_models.own
    load = partial(read_pretrained, model_class, source, config=config)
    return give((source.digest, stamps(source.folder), model_class), load)


def read_pretrained(model_class: Any, source: ModelSource, *, config: Any) -> Any:
    """Return the model of that class with every weight from the checkpoint, in float32 always.

    Raises:
        ModelError: If a weight is missing (transformers would make one up), misshapen or unreadable.
    """
    from safetensors import SafetensorError

    try:
        with quiet():
            model, report = model_class.from_pretrained(
                source.folder,
                config=config,
                dtype=torch.float32,
                attn_implementation="sdpa" if model_class._supports_sdpa else "eager",
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
                **_without_pooler(model_class),
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"model {source.name!r}: cannot load {source.folder}: {error}") from error
    missing = sorted(report["missing_keys"])
    if missing:
        shown = ", ".join(missing[:4]) + (", ..." if len(missing) > 4 else "")
        raise ModelError(
            f"model {source.name!r}: the checkpoint lacks {len(missing)} weights of {model_class.__name__}:"
            f" {shown}; save the whole model with save_pretrained"
        )
    return model


def without_dropout(config: Any) -> None:
    """Set every dropout of a config, and of the configs inside it, to 0."""
    for key, value in vars(config).items():
        if hasattr(value, "model_type") and hasattr(value, "to_dict"):
            without_dropout(value)
        elif "drop" in key and isinstance(value, int | float) and not isinstance(value, bool):
            setattr(config, key, type(value)(0))


def with_fused_activation(config: Any) -> None:
    """Have torch's own kernel work out the tanh form of GELU: one pass over the activations instead of eight.

    It is the same function but for rounding.
    """
    for key in ("activation_function", "hidden_act"):
        if getattr(config, key, None) in ("gelu_new", "gelu_fast"):
            setattr(config, key, "gelu_pytorch_tanh")


def _prepared(backbone: Any) -> nn.Module:
    for module in backbone.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
        if isinstance(getattr(module, "drop_prob", None), float):
            module.drop_prob = 0.0
    body: nn.Module = backbone.float().train()
    return body


def _without_pooler(model_class: Any) -> dict[str, bool]:
    # A pooler does not reach the read-out; most checkpoints lack it, and a fresh one would be unseeded.
    takes = inspect.signature(model_class.__init__).parameters
    return {"add_pooling_layer": False} if "add_pooling_layer" in takes else {}


def _body_class(mapping: Any, config: Any) -> Any:
    with importing():
        found = mapping[type(config)]
    return found[0] if isinstance(found, tuple | list) else found


def _is_masked(config: Any) -> bool:
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    return config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES


def _is_causal(config: Any) -> bool:
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    return config.model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
