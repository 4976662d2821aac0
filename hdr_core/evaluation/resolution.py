"""The effect of resolution: does an enlarged plate give the same light?

The networks are trained on small plates. Measured is

    light of enlarge(plate), reduced again   over   light of plate     in stops

both summed over the clipped pixels of the plate.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch.nn.functional import interpolate

from hdr_core.evaluation.protocol import CasePlan
from hdr_core.evaluation.rows import ResolutionRow
from hdr_core.metrics.plate_metrics import Image, clipped, energy_error
from hdr_core.plate import Plate

N_PLATES = 10
FACTORS = (2, 4)


def enlarge(plate: Plate, factor: int) -> Plate:
    """Return an encoded ``plate``, enlarged by bicubic interpolation and quantized.

    The result counts as lossless, because enlarged JPEG blocks are not 8 x 8 pixels.
    """
    planes = torch.from_numpy(plate.pixels).permute(2, 0, 1)[None]
    large = interpolate(planes, scale_factor=factor, mode="bicubic")[0]
    codes = torch.round(large.clamp(0.0, 1.0) * plate.max_code)
    pixels = (codes / plate.max_code).permute(1, 2, 0).numpy()
    return replace(plate, pixels=np.ascontiguousarray(pixels), lossy_quality=None)


def reduce(hdr: Image, factor: int) -> Image:
    """Return ``hdr`` with blocks of ``factor`` x ``factor`` pixels averaged."""
    height, width = hdr.shape[0] // factor, hdr.shape[1] // factor
    blocks = hdr.reshape(height, factor, width, factor, 3)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float64).astype(np.float32))


def compare_light(
    case: str, plate: Plate, plain: Image, large: Image, *, factor: int
) -> ResolutionRow:
    """Compare the clipped light of an enlarged plate with that of the plate.

    Args:
        case: Name of the plate.
        plate: Plate before it was enlarged.
        plain: Reconstruction of the plate, (H, W, 3).
        large: Reconstruction of the enlarged plate.
        factor: Factor of the enlargement.
    """
    mask = clipped(plate.pixels)
    energy = energy_error(reduce(large, factor), plain, mask)
    return ResolutionRow(case=case, factor=factor, energy=energy)


def spread_evenly(plans: Sequence[CasePlan], n: int) -> list[CasePlan]:
    """Return at most ``n`` of ``plans``, at even distances."""
    n = min(n, len(plans))
    return [plans[index * len(plans) // n] for index in range(n)]
