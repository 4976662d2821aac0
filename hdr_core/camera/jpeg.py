"""A real JPEG encoder and decoder, as in cameras.

It is Pillow's, and that of torch_jpeg.py where Pillow is missing.
"""

import io
from importlib.util import find_spec
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from hdr_core.camera.torch_jpeg import jpeg_codes

Subsampling = Literal["4:2:0", "4:4:4"]


def jpeg(encoded: Tensor, *, quality: int, subsampling: Subsampling) -> Tensor:
    """Return ``encoded`` after a real JPEG encoder and decoder.

    Args:
        encoded: Encoded plate in [0, 1], (3, H, W).
        quality: 1 to 100, on the scale of libjpeg.
        subsampling: Chroma subsampling.
    """
    whole = torch.round(encoded.clamp(0.0, 1.0) * 255)
    if find_spec("PIL") is None:
        is_half = subsampling == "4:2:0"
        found = jpeg_codes(whole, quality=quality, halves_chroma=is_half)
        return found.to(encoded.dtype) / 255
    from PIL import Image  # noqa: PLC0415 - may be missing where networks are trained

    codes = whole.to(torch.uint8)
    buffer = io.BytesIO()
    Image.fromarray(codes.permute(1, 2, 0).contiguous().numpy()).save(
        buffer, format="JPEG", quality=quality, subsampling=subsampling
    )
    decoded = torch.from_numpy(np.array(Image.open(buffer)))
    return (decoded.to(encoded.dtype) / 255).permute(2, 0, 1).contiguous()
