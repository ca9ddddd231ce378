"""What a frozen model gives of many images, read from their files a few ahead of the model."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from jaxtyping import Float, Float32

from outlearn.core import DataError
from outlearn.models import Encoder
from outlearn.training.placement import Placement
from outlearn.training.precision import autocast
from outlearn.training.recipe import Recipe

MOST_IMAGES = 64
"""In a batch."""

PIXELS_PER_TOKEN = 256
"""A batch holds about as many patches of 16 by 16 pixels as `Placement.predict_tokens` says."""

AHEAD = 2
"""Batches that are being read while the model works."""


def image_features(
    encoder: Encoder,
    pixels: Callable[[int], Float32[np.ndarray, "k h w"]],
    *,
    num_images: int,
    recipe: Recipe,
    placement: Placement,
) -> Float[np.ndarray, "n f"]:
    """Return one vector an image in float32, in their order.

    Args:
        encoder: From `load_encoder`.
        pixels: Returns an image by its number, as the encoder reads it; called from several threads.
        num_images: How many there are.
        recipe: Its precision alone matters.
        placement: Where.

    Raises:
        DataError: If images differ in size once they are prepared, or cannot be read.
    """
    encoder.to(placement.device)
    shape = pixels(0).shape
    fitting = placement.predict_tokens * PIXELS_PER_TOKEN // (shape[1] * shape[2])
    size = max(1, min(MOST_IMAGES, fitting))
    pieces = [range(start, min(start + size, num_images)) for start in range(0, num_images, size)]
    found = []
    with ThreadPoolExecutor(max(1, torch.get_num_threads())) as pool, torch.inference_mode():
        reading = deque(pool.submit(_batch, pixels, piece, shape) for piece in pieces[:AHEAD])
        for done in range(len(pieces)):
            batch = reading.popleft().result().to(placement.device)
            if done + AHEAD < len(pieces):
                reading.append(pool.submit(_batch, pixels, pieces[done + AHEAD], shape))
            with autocast(recipe, placement.device):
                found.append(encoder(batch))
            placement.on_step(done + 1, len(pieces))
    return torch.cat(found).float().cpu().numpy()


def _batch(
    pixels: Callable[[int], Float32[np.ndarray, "k h w"]], piece: range, shape: tuple[int, ...]
) -> Float32[torch.Tensor, "b k h w"]:
    read = [pixels(place) for place in piece]
    for place, one in zip(piece, read, strict=True):
        if one.shape != shape:
            raise DataError(
                f"image {place} has {one.shape[1]} by {one.shape[2]} pixels and the first {shape[1]} by"
                f" {shape[2]}, and the model crops none; bring images of one size, or use a model that"
                " resizes"
            )
    return torch.from_numpy(np.stack(read))
