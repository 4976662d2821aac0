"""A real JPEG encoder and decoder, as in cameras."""

import io
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

Subsampling = Literal["4:2:0", "4:4:4"]


def jpeg(encoded: Tensor, *, quality: int, subsampling: Subsampling) -> Tensor:
    """Return ``encoded`` after a real JPEG encoder and decoder.

    Args:
        encoded: Encoded plate in [0, 1], (3, H, W).
        quality: 1 to 100, on the scale of libjpeg.
        subsampling: Chroma subsampling.
    """
    codes = torch.round(encoded.clamp(0.0, 1.0) * 255).to(torch.uint8)
    buffer = io.BytesIO()
    Image.fromarray(codes.permute(1, 2, 0).contiguous().numpy()).save(
        buffer, format="JPEG", quality=quality, subsampling=subsampling
    )
    decoded = torch.from_numpy(np.array(Image.open(buffer)))
    return (decoded.to(encoded.dtype) / 255).permute(2, 0, 1).contiguous()
