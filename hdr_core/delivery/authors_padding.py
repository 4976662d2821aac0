"""Reconstruct a plate as the authors' script does, on a resized and padded plate.

    P = mirror(resize(plate, 64 ceil(h / 64), 64 ceil(w / 64)), 32)
    result = resize(crop(reconstruct(P), 32), h, w)

resize  bicubic, a = -0.75        mirror  repeats the border, its last pixel included
h, w    rows and columns of the plate

Source: Liu et al. 2020, the script that was released with the weights.
Differs: what the bicubic puts outside of [0, 1] is clipped before stage 1, not after
it, and negative light is 0. This serves comparisons with results of the script. The
usual way resamples nothing, and keeps each pixel in its place.
"""

import math
from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional

from hdr_core.delivery.convert import reconstruct_frame
from hdr_core.errors import OptionError
from hdr_core.execution.run import Progress
from hdr_core.execution.scratch import Scratch
from hdr_core.model import HdrModel
from hdr_core.options import Options
from hdr_core.plate import Pixels, Plate
from hdr_core.reconstruction import Reconstruction
from hdr_core.shot.plan import FramePlan

MULTIPLE_PX, PADDING_PX = 64, 32


def reconstruct_padded(
    plate: Plate,
    model: HdrModel,
    config: Options,
    shot: FramePlan | None,
    scratch: Scratch | None,
    on_progress: Progress | None,
) -> Reconstruction:
    """Return the reconstruction of a plate, resized and padded by the script's rule.

    Arguments are those of ``reconstruct_frame``. A panorama is treated as a plate.

    Raises:
        OptionError: The networks are not the paper's, the result would be held to the
            plate's codes, or the plate is premultiplied.
        PlateError: As ``reconstruct_frame``.
    """
    _require_allowed(plate, model, config)
    padded = replace(
        plate,
        pixels=pad(plate.pixels),
        alpha=None,
        window=None,
        lossy_quality=None,
    )
    if shot is not None:
        shot = replace(shot, is_panorama=False)
    config = replace(config, panorama="off")
    result = reconstruct_frame(padded, model, config, shot, scratch, on_progress)
    return _cropped(result, plate)


def _require_allowed(plate: Plate, model: HdrModel, config: Options) -> None:
    """Raise OptionError unless the script's rule can be used."""
    if not model.config.is_of_paper:
        raise OptionError(
            f"--authors-padding: is for presets 'paper' and 'released', found "
            f"{model.config.name!r}. Choose their weights, or leave it out."
        )
    if config.fidelity != "free":
        raise OptionError(
            "--authors-padding: resizes the plate, so the result cannot be held to "
            "its codes. Choose --fidelity free."
        )
    if plate.gain_map is not None and config.gain_map != "ignore":
        raise OptionError(
            "--authors-padding: resizes the plate, which its gain map does not "
            "follow. Choose --gain-map ignore."
        )
    if plate.is_premultiplied:
        raise OptionError(
            "--authors-padding: the plate is premultiplied. Leave the option out, or "
            "write the plate without alpha."
        )


def pad(pixels: Pixels) -> Pixels:
    """Return pixels (H, W, 3), resized to multiples of 64 px, with a mirrored border.

    Values outside of [0, 1] are clipped.
    """
    height, width = (_round_up(size) for size in pixels.shape[:2])
    resized = np.clip(resize(pixels, height, width), 0.0, 1.0)
    border = (PADDING_PX, PADDING_PX)
    padded: Pixels = np.pad(resized, (border, border, (0, 0)), "symmetric")
    return padded


def _round_up(size_px: int) -> int:
    return math.ceil(size_px / MULTIPLE_PX) * MULTIPLE_PX


def resize(pixels: Pixels, height: int, width: int) -> Pixels:
    """Return an image (H, W) or (H, W, C) in another size, by bicubic interpolation.

    The same size returns the image itself. The border is repeated.
    """
    if pixels.shape[:2] == (height, width):
        return pixels
    planes = np.atleast_3d(pixels).transpose(2, 0, 1).astype(np.float32)
    resized = functional.interpolate(
        torch.from_numpy(planes.copy())[None],
        (height, width),
        mode="bicubic",
        align_corners=False,
    )
    image: Pixels = resized[0].permute(1, 2, 0).contiguous().numpy()
    return image if pixels.ndim == 3 else image[..., 0]


def crop(image: Pixels, plate: Plate) -> Pixels:
    """Return the image of a padded plate without its border, in the plate's size."""
    inner = slice(PADDING_PX, -PADDING_PX)
    return resize(image[inner, inner], plate.height, plate.width)


def _cropped(result: Reconstruction, plate: Plate) -> Reconstruction:
    """Return the result of a padded plate as the result of ``plate``."""
    hdr = replace(
        result.hdr,
        pixels=np.maximum(crop(result.hdr.pixels, plate), 0.0),
        alpha=plate.alpha,
        window=plate.window,
    )
    return replace(
        result,
        hdr=hdr,
        clip_mask=np.clip(crop(result.clip_mask, plate), 0.0, 1.0),
        gain=crop(result.gain, plate),
        uncertainty=np.maximum(crop(result.uncertainty, plate), 0.0),
        dequantized=np.clip(crop(result.dequantized, plate), 0.0, 1.0),
        linear=np.maximum(crop(result.linear, plate), 0.0),
    )
