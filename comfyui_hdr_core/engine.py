"""Tensors of ComfyUI to hdr_core and back; this file knows nothing of nodes."""

import os
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import torch

from hdr_core.checkpoint import load_model
from hdr_core.color.spaces import choose_colors
from hdr_core.delivery.convert import reconstruct_frame
from hdr_core.execution.scratch import Scratch
from hdr_core.io.write import write_hdr
from hdr_core.model import HdrModel
from hdr_core.options import Options
from hdr_core.plate import Plate
from hdr_core.shot.analyze import analyze_shot
from hdr_core.shot.plan import FramePlan
from hdr_core.weights_file import weights_hash, weights_path

PRESET = "compact"
# Weights file instead of the shipped weights.
WEIGHTS_VARIABLE = "HDR_CORE_WEIGHTS"
# A value may be this far from a code of 8 bits, because ComfyUI divides in float32.
ROUNDING = 1e-5
NO_CEILING = 20.0
# Share of the progress that the analysis of a shot takes.
ANALYSIS = 0.4

Progress = Callable[[float], None]


def make_options(*, ceiling: float, **chosen: float | str) -> Options:
    """Return the options of a reconstruction from the inputs of the node."""
    renamed = {"exposure_stops": chosen.pop("exposure", 0.0), **chosen}
    limit = None if ceiling >= NO_CEILING else ceiling
    return Options(ceiling_stops=limit, **renamed)


@cache
def model_of(weights: str) -> HdrModel:
    """Return the networks, loaded once."""
    return load_model(weights)


def chosen_weights() -> str:
    """Return the name or path of the weights."""
    return os.environ.get(WEIGHTS_VARIABLE, PRESET)


def to_plate(image: torch.Tensor) -> Plate:
    """Return one image (H, W, C) as a plate, of 8 bits if all values are such codes.

    Values are clipped to [0, 1], as a file would. Else the plate has 16 bits.
    """
    values = image[..., :3].clamp(0.0, 1.0).cpu().float()
    codes = values * 255.0
    is_8_bit = bool(((codes - codes.round()).abs() < 255.0 * ROUNDING).all())
    n = 255 if is_8_bit else 65535
    pixels = ((values.double() * n).round() / n).float()
    return Plate(
        np.ascontiguousarray(pixels.numpy()), "encoded", bits=8 if is_8_bit else 16
    )


def reconstruct_batch(
    image: torch.Tensor, options: Options, on_progress: Progress
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return HDR (B, H, W, 3), clip mask (B, H, W) and uncertainty (B, H, W).

    Args:
        image: Plates, encoded, (B, H, W, 3). Two and more are the frames of a shot.
        options: The artist's choices.
        on_progress: Called with the share that is done; may raise to stop.
    """
    weights = chosen_weights()
    model = model_of(weights)
    plates = [to_plate(frame) for frame in image]
    plans: list[FramePlan | None] = [None] * len(plates)
    first = 0.0
    if len(plates) > 1:
        first = ANALYSIS
        sha256 = weights_hash(weights_path(weights))
        plans = plan_shot(
            plates, model, options, sha256, lambda share: on_progress(first * share)
        )
    results = []
    step = (1.0 - first) / len(plates)
    for place, (plate, plan) in enumerate(zip(plates, plans, strict=True)):
        begin = first + place * step

        def report(share: float, begin: float = begin) -> None:
            on_progress(begin + share * step)

        results.append(
            reconstruct_frame(plate, model, options, plan, Scratch(), report)
        )
    return (
        _stack([result.hdr.pixels for result in results]),
        _stack([result.clip_mask for result in results]),
        _stack([result.uncertainty for result in results]),
    )


def plan_shot(
    plates: list[Plate],
    model: HdrModel,
    options: Options,
    sha256: str,
    on_progress: Progress,
) -> list[FramePlan | None]:
    """Return the plan of each frame: one camera, and stops against flicker.

    The analysis reads files, so the frames become PNGs for a moment.
    """
    with tempfile.TemporaryDirectory(prefix="hdr_core_") as folder:
        files = {
            number: Path(folder, f"frame.{number:04}.png")
            for number in range(1, len(plates) + 1)
        }
        for plate, path in zip(plates, files.values(), strict=True):
            _write_png(plate, path)
        shot = analyze_shot(
            files,
            model,
            config=options,
            weights_sha256=sha256,
            on_progress=on_progress,
        )
        return [shot.for_frame(number, path) for number, path in files.items()]


def _write_png(plate: Plate, path: Path) -> None:
    pixels = np.rint(plate.pixels.astype(np.float64) * plate.max_code)
    kind = np.uint8 if plate.bits == 8 else np.uint16
    spec = oiio.ImageSpec(plate.width, plate.height, 3, kind.__name__)
    spec["png:compressionLevel"] = 1
    out = oiio.ImageOutput.create(str(path))
    if out is None or not out.open(str(path), spec):
        raise OSError(f"{path}: cannot be written ({oiio.geterror()}).")
    out.write_image(pixels.astype(kind))
    out.close()


def _stack(images: list[np.ndarray]) -> torch.Tensor:
    arrays = [np.array(image, dtype=np.float32) for image in images]
    return torch.from_numpy(np.stack(arrays))


def write_batch(
    image: torch.Tensor,
    layers: Mapping[str, torch.Tensor | None],
    paths: list[Path],
    *,
    space: str,
    depth: str,
) -> None:
    """Write each image of a batch as an EXR, with layers by name where they are given.

    Args:
        image: Scene-linear, (B, H, W, 3).
        layers: (B, H, W) by name.
        paths: One path for each image.
        space: Color space, by its interop ID.
        depth: "half" or "float".
    """
    for place, path in enumerate(paths):
        pixels = image[place, ..., :3].cpu().float().contiguous().numpy()
        aovs = {
            name: layer[place].cpu().float().contiguous().numpy()
            for name, layer in layers.items()
            if layer is not None
        }
        plate = Plate(pixels, "hdr", space=space, bits=None)
        write_hdr(path, plate, aovs=aovs, depth=depth)


def view(image: torch.Tensor, *, exposure: float, space: str) -> torch.Tensor:
    """Return scene-linear pixels (B, H, W, 3) as sRGB in [0, 1], at an exposure."""
    # In float64, because white must be 1: ComfyUI rounds codes down.
    light = image[..., :3].double() * 2.0**exposure
    light = (light @ _to_rec709(space).to(light)).clamp(0.0, 1.0)
    low = light * 12.92
    high = 1.055 * light.clamp(min=0.0031308) ** (1.0 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, low, high).float()


@cache
def _to_rec709(space: str) -> torch.Tensor:
    """Return the matrix from a color space to linear Rec.709."""
    grey = Plate(np.zeros((1, 1, 3), np.float32), "encoded")
    colors = choose_colors(grey, Options(working_space=space))
    return torch.linalg.inv(torch.from_numpy(np.array(colors.camera_to_working)))
