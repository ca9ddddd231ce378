"""Models: names, ladders, checkpoints on disk, texts to tokens, classifiers.

Importing this package imports neither torch nor transformers. The names in `_NEEDS_TORCH` need torch, which
is imported when one of them is first asked for.
"""

import importlib
from typing import TYPE_CHECKING

from outlearn.models.chat import Turn, chat_text, check_chat, dialogue
from outlearn.models.continuations import (
    Continuations,
    check_spelling,
    ending_token,
    tokenise_continuations,
    tokenise_prompt_texts,
)
from outlearn.models.image_models import SHIPPED_IMAGE_MODELS, ImageModel, own_places
from outlearn.models.known_tokens import KNOWN_TOKENS
from outlearn.models.ladders import LADDERS, Ladder, Rung, find_rungs, rung_names
from outlearn.models.preparation import Preparation, prepare
from outlearn.models.prompts import PromptTokens, tokenise_prompts
from outlearn.models.reference import ModelRef, parse_model
from outlearn.models.source import ModelSource, open_model
from outlearn.models.tokenisation import encode, known_rows, load_tokenizer, token_lengths, tokenise
from outlearn.models.tokens import Tokens

if TYPE_CHECKING:
    from outlearn.models.abilities import check_causal, check_layer, check_writer, num_features
    from outlearn.models.check import check_model
    from outlearn.models.classifier import Classifier, enable_checkpointing, load_classifier, randomise
    from outlearn.models.encoders import Encoder, load_encoder, random_encoder
    from outlearn.models.ensemble import Ensemble
    from outlearn.models.features import Features, Probe
    from outlearn.models.free_memory import free_bytes
    from outlearn.models.likelihood import (
        TextLikelihood,
        backbone_state,
        language_state,
        load_backbone_state,
        load_language_state,
        load_likelihood,
        randomise_likelihood,
        scored_tokens,
    )
    from outlearn.models.lora import merged_state, with_lora
    from outlearn.models.prompting import (
        AnswerModel,
        Prefix,
        check_promptable,
        load_answer_model,
        randomise_answers,
    )
    from outlearn.models.small_network import perceptron
    from outlearn.models.stacking import Stack, can_stack
    from outlearn.models.torchvision_weights import save_torchvision

_NEEDS_TORCH = {
    "AnswerModel": "prompting",
    "Classifier": "classifier",
    "Encoder": "encoders",
    "Ensemble": "ensemble",
    "Features": "features",
    "Prefix": "prompting",
    "Probe": "features",
    "Stack": "stacking",
    "TextLikelihood": "likelihood",
    "backbone_state": "likelihood",
    "can_stack": "stacking",
    "check_causal": "abilities",
    "check_layer": "abilities",
    "check_model": "check",
    "check_promptable": "prompting",
    "check_writer": "abilities",
    "enable_checkpointing": "classifier",
    "free_bytes": "free_memory",
    "load_answer_model": "prompting",
    "load_backbone_state": "likelihood",
    "load_classifier": "classifier",
    "load_encoder": "encoders",
    "language_state": "likelihood",
    "load_language_state": "likelihood",
    "load_likelihood": "likelihood",
    "merged_state": "lora",
    "num_features": "abilities",
    "perceptron": "small_network",
    "random_encoder": "encoders",
    "randomise": "classifier",
    "randomise_answers": "prompting",
    "save_torchvision": "torchvision_weights",
    "randomise_likelihood": "likelihood",
    "scored_tokens": "likelihood",
    "with_lora": "lora",
}

__all__ = [
    "AnswerModel",
    "Classifier",
    "Continuations",
    "Encoder",
    "Ensemble",
    "Features",
    "ImageModel",
    "KNOWN_TOKENS",
    "LADDERS",
    "Ladder",
    "ModelRef",
    "ModelSource",
    "Prefix",
    "Preparation",
    "Probe",
    "PromptTokens",
    "Rung",
    "SHIPPED_IMAGE_MODELS",
    "Stack",
    "TextLikelihood",
    "Tokens",
    "Turn",
    "backbone_state",
    "can_stack",
    "chat_text",
    "check_causal",
    "check_chat",
    "check_layer",
    "check_model",
    "check_promptable",
    "check_spelling",
    "check_writer",
    "dialogue",
    "enable_checkpointing",
    "encode",
    "ending_token",
    "find_rungs",
    "free_bytes",
    "known_rows",
    "language_state",
    "load_answer_model",
    "load_backbone_state",
    "load_classifier",
    "load_encoder",
    "load_language_state",
    "load_likelihood",
    "load_tokenizer",
    "merged_state",
    "num_features",
    "open_model",
    "own_places",
    "parse_model",
    "perceptron",
    "prepare",
    "random_encoder",
    "randomise",
    "randomise_answers",
    "randomise_likelihood",
    "rung_names",
    "save_torchvision",
    "scored_tokens",
    "token_lengths",
    "tokenise",
    "tokenise_continuations",
    "tokenise_prompt_texts",
    "tokenise_prompts",
    "with_lora",
]


def __getattr__(name: str) -> object:
    if name in _NEEDS_TORCH:
        return getattr(importlib.import_module(f"outlearn.models.{_NEEDS_TORCH[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
