"""What worker processes are forked with, imported by the process that they are forked from and by no other.

Nothing that needs polars is among it: polars starts threads when it is imported.
"""

import gc

from outlearn.core import importing

with importing():
    import torch  # noqa: F401
    import transformers.modeling_utils
    import transformers.models.auto.modeling_auto
    import transformers.models.auto.tokenization_auto  # noqa: F401

    import outlearn.training  # noqa: F401

gc.freeze()  # what all have is no garbage: workers need not search it, and so share its memory
