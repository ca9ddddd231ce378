"""What lies in a checkpoint's folder: which files decide what it computes, and what they say. No torch.

Only safetensors are ever read: a pickle can run code.
"""

import json
import math
import struct
from functools import cache
from pathlib import Path
from typing import Any

from outlearn.core import ModelError, digest_file, fingerprint

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
TOKENIZER_FILES = (
    "added_tokens.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "spiece.model",
    "spm.model",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
)
VOCABULARIES = frozenset(TOKENIZER_FILES) - {
    "added_tokens.json",
    "merges.txt",
    "special_tokens_map.json",
    "tokenizer_config.json",
}
PREPROCESSOR = "preprocessor_config.json"
"""How images are made ready, in the layout of transformers."""

WANTED = ("config.json", PREPROCESSOR, SINGLE, "model-*.safetensors", INDEX, *TOKENIZER_FILES)
# The largest context that config.json states, under the names families use for it.
CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")
# Families whose positions start after the pad id, so that their table is longer than their context.
SHIFTED_POSITIONS = frozenset(
    {"camembert", "data2vec-text", "longformer", "mpnet", "roberta", "xlm-roberta", "xlm-roberta-xl", "xmod"}
)


def read_config(folder: Path, *, name: str) -> dict[str, object]:
    """Return what config.json says.

    Raises:
        ModelError: If it is not a JSON object, or describes quantised weights, which cannot be fine-tuned.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"model {name!r}: cannot read {folder / 'config.json'}: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"model {name!r}: {folder / 'config.json'} is not a JSON object")
    if "quantization_config" in config:
        raise ModelError(
            f"model {name!r} is quantised, so it cannot be fine-tuned in full; use the float checkpoint"
        )
    return config


def weight_files(folder: Path, *, name: str) -> list[str]:
    """Return the files that transformers would load: the single file, else the shards the index names.

    Raises:
        ModelError: If there are none in safetensors, or a shard is missing.
    """
    if (folder / SINGLE).is_file():
        return [SINGLE]
    if (folder / INDEX).is_file():
        try:
            shards = sorted(
                set(json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values())
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"model {name!r}: {folder / INDEX} is malformed: {error!r}") from error
        for shard in shards:
            if not isinstance(shard, str) or Path(shard).name != shard or not (folder / shard).is_file():
                raise ModelError(
                    f"model {name!r}: {INDEX} names {shard!r}, which {folder} does not hold; copy it there"
                )
        return shards
    pickled = sorted(path.name for path in folder.glob("*.bin"))
    found = (
        f"only {', '.join(pickled)}, a pickle, which can run code and is never read" if pickled else "none"
    )
    raise ModelError(
        f"model {name!r}: no {SINGLE} or {INDEX} in {folder} (weights found: {found}); convert to"
        " safetensors with transformers' save_pretrained, or choose a revision that has them"
    )


def digest_folder(folder: Path, *, weights: list[str], name: str) -> str:
    """Return what the checkpoint is: a sha256 over the names and bytes of its config, weights and tokenizer.

    Each file is read once a process, unless its size or time of change differ.

    Raises:
        ModelError: If there is no tokenizer.
    """
    tokenizer = [file for file in TOKENIZER_FILES if (folder / file).is_file()]
    if not VOCABULARIES.intersection(tokenizer):
        raise ModelError(
            f"model {name!r}: {folder} holds no tokenizer; save one beside the weights with"
            " tokenizer.save_pretrained"
        )
    index = [INDEX] if weights != [SINGLE] else []
    return digest_files(folder, names=["config.json", *index, *weights, *tokenizer])


def digest_tokenizer(folder: Path) -> str:
    """Return what a folder's tokenizer is: a sha256 over its files, chat templates included."""
    templates = [str(path.relative_to(folder)) for path in folder.glob("**/*.jinja")]
    own = [file for file in TOKENIZER_FILES if (folder / file).is_file()]
    return digest_files(folder, names=[*own, *templates])


def digest_files(folder: Path, *, names: list[str]) -> str:
    """Return a sha256 over the names and bytes of files; each is read once a process, as long as it stays."""
    return fingerprint([[file, _digest(folder / file)] for file in sorted(names)])


Stamps = tuple[tuple[str, int, int], ...]


def stamps(folder: Path) -> Stamps:
    """Return names, sizes and times of change of a checkpoint's config and weights."""
    files = [one for one in folder.iterdir() if one.name == "config.json" or one.suffix == ".safetensors"]
    return tuple(sorted((one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in files))


def _digest(path: Path) -> str:
    stat = path.stat()
    return _digest_once(path.resolve(), stat.st_size, stat.st_mtime_ns)


@cache
def _digest_once(path: Path, size: int, modified_ns: int) -> str:  # noqa: ARG001 (they are the key)
    return digest_file(path)


def count_weights(path: Path, *, name: str) -> int:
    """Return the number of weights of a language model's safetensors file, read from its header alone.

    Raises:
        ModelError: If the file is not a whole safetensors file.
    """
    header = read_header(path, name=name)
    # Old checkpoints also store their causal masks: flags, or four-dimensional float tensors.
    return sum(
        math.prod(tensor["shape"])
        for tensor in header.values()
        if tensor["dtype"] not in ("BOOL", "U8") and len(tensor["shape"]) < 4
    )


def read_header(path: Path, *, name: str) -> dict[str, Any]:
    """Return what a safetensors file says of each of its tensors: dtype and shape.

    Raises:
        ModelError: If the file is not a whole safetensors file.
    """
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length < path.stat().st_size:
            raise ModelError(
                f"model {name!r}: {path} is not a safetensors file, or is cut short; fetch it again"
            )
        try:
            header = json.loads(file.read(length))
        except ValueError as error:
            raise ModelError(f"model {name!r}: the header of {path} is malformed; fetch it again") from error
    return {key: tensor for key, tensor in header.items() if key != "__metadata__"}


def context_tokens(config: dict[str, object]) -> int:
    """Return the longest text the config allows, special tokens included; 0 where it states no limit."""
    nested = config.get("text_config")
    stated = {**nested, **config} if isinstance(nested, dict) else config
    for key in CONTEXT_KEYS:
        value = stated.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            pad = stated.get("pad_token_id")
            shift = (
                (pad if isinstance(pad, int) else 1) + 1
                if stated.get("model_type") in SHIFTED_POSITIONS
                else 0
            )
            return value - shift
    return 0
