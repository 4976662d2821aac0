"""A baseline JPEG in PyTorch, for machines without Pillow: encoded and decoded again.

    Y, Cb, Cr > chroma at half size > 8 x 8 cosines > round(X / q) q > back

The entropy coding loses nothing, so it is left out. Chroma is halved by the mean of 2 x
2 pixels and enlarged linearly, as libjpeg does. libjpeg's cosines are whole numbers, so
that some are rounded to another step: a picture differs from Pillow's by 0.2 to 0.7
codes in the mean, and is as far from the original as Pillow's.

Source: ITU-T T.81 (tables of annex K); scaling by quality of the IJG's libjpeg.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

_BLOCK = 8
_LUMA = """16 11 10 16 24 40 51 61  12 12 14 19 26 58 60 55  14 13 16 24 40 57 69 56
14 17 22 29 51 87 80 62  18 22 37 56 68 109 103 77  24 35 55 64 81 104 113 92
49 64 78 87 103 121 120 101  72 92 95 98 112 100 103 99"""
_CHROMA = """17 18 24 47 99 99 99 99  18 21 26 66 99 99 99 99  24 26 56 99 99 99 99 99
47 66 99 99 99 99 99 99  99 99 99 99 99 99 99 99  99 99 99 99 99 99 99 99
99 99 99 99 99 99 99 99  99 99 99 99 99 99 99 99"""
# JFIF: full range, luma of BT.601.
_TO_YCC = torch.tensor(
    [
        [0.299, 0.587, 0.114],
        [-0.168735892, -0.331264108, 0.5],
        [0.5, -0.418687589, -0.081312411],
    ]
)


def jpeg_codes(codes: Tensor, *, quality: int, halves_chroma: bool) -> Tensor:
    """Return the codes that a JPEG of a picture holds.

    Args:
        codes: Whole codes 0 to 255 as floats, (3, H, W).
        quality: 1 to 100, on the scale of libjpeg.
        halves_chroma: Whether chroma is stored at half the size, 4:2:0.
    """
    height, width = codes.shape[1:]
    side = 2 * _BLOCK if halves_chroma else _BLOCK
    padding = (0, -width % side, 0, -height % side)
    wide = functional.pad(codes[None].float(), padding, mode="replicate")[0]
    planes = torch.einsum("ij,jhw->ihw", _TO_YCC.to(wide), wide)
    planes = (
        planes + torch.tensor([0.0, 128.0, 128.0]).to(wide)[:, None, None]
    ).round()
    luma, chroma = planes[:1], planes[1:]
    if halves_chroma:
        chroma = functional.avg_pool2d(chroma[None], 2)[0].round()
    luma = _through_cosines(luma, _table(_LUMA, quality))
    chroma = _through_cosines(chroma, _table(_CHROMA, quality))
    if halves_chroma:
        chroma = functional.interpolate(
            chroma[None], scale_factor=2, mode="bilinear", align_corners=False
        )[0].round()
    found = torch.cat([luma, chroma - 128.0])
    back = torch.linalg.inv(_TO_YCC.double()).float().to(wide)
    rgb = torch.einsum("ij,jhw->ihw", back, found).round().clamp(0.0, 255.0)
    return rgb[:, :height, :width]


def _table(text: str, quality: int) -> Tensor:
    """Return the steps of a quality, (8, 8)."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    table = torch.tensor([float(step) for step in text.split()])
    steps = ((table * scale + 50) / 100).floor().clamp(1, 255)
    return steps.reshape(_BLOCK, _BLOCK)


def _through_cosines(planes: Tensor, steps: Tensor) -> Tensor:
    """Return planes (C, H, W) whose cosines are rounded to multiples of steps."""
    place = torch.arange(_BLOCK)
    angle = math.pi / _BLOCK * (place + 0.5) * place[:, None]
    cosines = torch.cos(angle) * math.sqrt(2 / _BLOCK)
    cosines[0] /= math.sqrt(2)
    cosines, steps = cosines.to(planes), steps.to(planes)
    n, height, width = planes.shape
    shape = (n, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    blocks = (planes - 128.0).reshape(shape).transpose(2, 3)
    rounded = ((cosines @ blocks @ cosines.T) / steps).round() * steps
    found = (cosines.T @ rounded @ cosines).transpose(2, 3)
    return (found.reshape(n, height, width).round() + 128.0).clamp(0.0, 255.0)
