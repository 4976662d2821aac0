"""Set the reconstructed light of a panorama by a light meter.

    H' = min(H, c) + s max(H - c, 0)          s so that E_up(H') = E

H  scene-linear, primaries of the networks   c  sensor clip, with the result's exposure
E  the meter's reading on the ground         s  factor on the light above clip

What the camera saw, up to its clip, stays as it is: the codes it wrote are as true
afterwards. Only light above clip was an estimate, and only that is scaled.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.appearance import REC709_LUMINANCE
from hdr_core.errors import OptionError, PlateError
from hdr_core.io.readback import HdrFile, read_hdr
from hdr_core.io.rows import LinearRows, open_linear
from hdr_core.io.write import write_hdr
from hdr_core.panorama.irradiance import (
    axis_weights,
    from_rec709,
    require_panorama,
    to_rec709,
)
from hdr_core.plate import NETWORK_SPACE, Pixels, Plate

GAIN = "gain"


@dataclass(frozen=True)
class Calibration:
    """How a panorama was set by a meter.

    Attributes:
        output: The file written.
        lux: What the meter read on the ground.
        visible_lux: What the light up to clip gives there.
        reconstructed_lux: What the light above clip gave before.
        gain: Factor on the light above clip.
    """

    output: Path
    lux: float
    visible_lux: float
    reconstructed_lux: float
    gain: float


def calibrate(
    path: Path,
    output: Path,
    *,
    lux: float,
    unit_nits: float = 1.0,
    overwrite: bool = False,
) -> Calibration:
    """Scale the reconstructed light of a panorama so that its ground gets ``lux``.

    Args:
        path: A panorama made by hdr-core.
        output: The EXR to write, float32.
        lux: Reading of a meter that lies on the ground, facing up.
        unit_nits: Luminance in cd/m2 for which 1 stands in the file.
        overwrite: Replace an existing file.

    Raises:
        OptionError: The visible light alone gives more, or there is no other.
        PlateError: The file cannot be read, or was not made by hdr-core.
        OutputError: The result cannot be written.
    """
    if not (lux > 0.0 and unit_nits > 0.0):
        raise OptionError(
            f"calibrate-lux: {lux:g} lux at {unit_nits:g} cd/m2: no light."
        )
    with open_linear(path) as source:
        require_panorama(source)
        clip = clip_level(path, read_attributes(source))
        visible, added = (total * unit_nits for total in ground_by_clip(source, clip))
        space = source.space
    gain = find_gain(lux, visible, added)
    found = read_hdr(path)
    light = scale_above(found.pixels, clip=clip, gain=gain, space=space)
    told = {"calibrated_lux": lux, "calibrated_unit_nits": unit_nits}
    header = {
        name.removeprefix("hdr_core/"): value
        for name, value in found.header.items()
        if name.startswith("hdr_core/")
    }
    write_hdr(
        output,
        Plate(light, "hdr", space=space, bits=None, alpha=found.alpha),
        aovs=_with_gain(found, light),
        header=header | told | {"calibrated_gain": gain},
        depth="float",
        overwrite=overwrite,
    )
    return Calibration(output, lux, visible, added, gain)


def find_gain(lux: float, visible: float, added: float) -> float:
    """Return the factor on ``added`` that makes both together ``lux``.

    Raises:
        OptionError: ``visible`` exceeds ``lux`` already, or nothing is added.
    """
    if visible >= lux:
        raise OptionError(
            f"calibrate-lux: the plate's visible light alone gives {visible:.4g} lux, "
            f"more than the {lux:.4g} measured. Check --unit-nits and the meter."
        )
    if added <= 0.0:
        raise OptionError(
            "calibrate-lux: no light above clip falls on the ground, so there is none "
            "to scale. Calibrate the exposure instead."
        )
    return (lux - visible) / added


def read_attributes(source: LinearRows) -> Mapping[str, Any]:
    """Return the attributes of hdr-core in the header of ``source``, by short name."""
    return {
        held.name.removeprefix("hdr_core/"): held.value
        for held in source.spec.extra_attribs
        if held.name.startswith("hdr_core/")
    }


def clip_level(path: Path, attributes: Mapping[str, Any]) -> float:
    """Return the light at which the sensor clipped, with the result's exposure.

    Raises:
        PlateError: The header does not tell.
    """
    try:
        exposure_stops = float(json.loads(attributes["parameters"])["exposure_stops"])
        level = float(attributes.get("clip_level", 1.0))
    except (KeyError, ValueError, TypeError) as error:
        raise PlateError(
            f"{path}: not made by hdr-core, so nobody knows which light it added. "
            "Give the EXR that hdr-core convert wrote."
        ) from error
    return float(level * 2.0**exposure_stops)


def ground_by_clip(source: LinearRows, clip: float) -> tuple[float, float]:
    """Return the illuminance of the ground by light up to clip, and by that above."""
    rows, columns = axis_weights(source.height, source.width)["up"]
    totals = np.zeros(2)
    for band in source.bands():
        light = to_rec709(source.read(band), source.space)
        below = np.minimum(light, clip)
        for place, part in enumerate((below, light - below)):
            totals[place] += rows[band] @ (part @ REC709_LUMINANCE) @ columns
    return float(totals[0]), float(totals[1])


def scale_above(
    pixels: Pixels, *, clip: float, gain: float, space: str
) -> NDArray[np.float32]:
    """Return ``pixels`` (H, W, 3) with the light above ``clip`` times ``gain``.

    Pixels without such light are returned bit for bit.
    """
    result = pixels.copy()
    for row, out in zip(pixels, result, strict=True):
        light = to_rec709(row[None], space)[0]
        is_lit = (light > clip).any(axis=1)
        if is_lit.any():
            lit = light[is_lit]
            scaled = np.minimum(lit, clip) + gain * np.maximum(lit - clip, 0.0)
            out[is_lit] = from_rec709(scaled[None], space)[0]
    return result


def _with_gain(found: HdrFile, light: Pixels) -> dict[str, Pixels]:
    """Return the layers; the one that tells the gain in stops is brought up to date."""
    if GAIN not in found.aovs or found.header["colorInteropID"] != NETWORK_SPACE:
        return {name: held for name, held in found.aovs.items() if name != GAIN}
    stops = np.log2(np.maximum(light, 1e-6) / np.maximum(found.pixels, 1e-6))
    return found.aovs | {GAIN: (found.aovs[GAIN] + stops).astype(np.float32)}
