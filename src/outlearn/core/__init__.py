"""What every layer stands on: errors, names, identity, seeds, rows, provenance. No torch, no network."""

from outlearn.core.caches import cache_folder
from outlearn.core.citations import BibEntry, bibtex, key_of, keys_of, papers, parse_bibtex, software
from outlearn.core.errors import (
    DataError,
    MissingExtra,
    ModelError,
    OutlearnError,
    SpecError,
    StoreError,
    TrainingError,
    UnknownName,
    UsageError,
)
from outlearn.core.extras import require
from outlearn.core.identity import canonical_text, digest_file, fingerprint
from outlearn.core.importing import importing
from outlearn.core.provenance import provenance
from outlearn.core.registry import Registry, did_you_mean
from outlearn.core.rng import derive, generator, unit_hash
from outlearn.core.tables import Row, read_rows

__all__ = [
    "BibEntry",
    "DataError",
    "MissingExtra",
    "ModelError",
    "OutlearnError",
    "Registry",
    "Row",
    "SpecError",
    "StoreError",
    "TrainingError",
    "UnknownName",
    "UsageError",
    "bibtex",
    "cache_folder",
    "canonical_text",
    "derive",
    "did_you_mean",
    "digest_file",
    "fingerprint",
    "generator",
    "importing",
    "key_of",
    "keys_of",
    "papers",
    "parse_bibtex",
    "provenance",
    "read_rows",
    "require",
    "software",
    "unit_hash",
]
