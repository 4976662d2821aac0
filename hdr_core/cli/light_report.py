"""The report of ``hdr-core light``."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

from hdr_core.cli.report import json_line, line
from hdr_core.cli.rig_report import interval_text, rig_as_json, rig_lines
from hdr_core.cli.scale_report import scale_lines, sun_as_json

if TYPE_CHECKING:
    from hdr_core.cli.rig import MadeRig
    from hdr_core.panorama.calibrate import Calibration
    from hdr_core.panorama.irradiance import PanoramaLight
    from hdr_core.panorama.sources import LightSource


def report_light(
    found: "PanoramaLight",
    calibration: "Calibration | None",
    made: "MadeRig | None",
    *,
    unit_nits: float,
    is_json: bool,
) -> None:
    """Report the light of a panorama, how it was calibrated, and its rig."""
    if is_json:
        content = _as_json(found, calibration, unit_nits)
        json_line(content | {"rig": None if made is None else rig_as_json(made)})
        return
    if calibration is not None:
        line(
            f"calibrated   {calibration.output}: light above clip times "
            f"{calibration.gain:.4g}; the ground had {calibration.visible_lux:.4g} lux "
            f"of visible and {calibration.reconstructed_lux:.4g} lux of added light"
        )
    _report_sources(found, unit_nits)
    rig = [] if made is None else rig_lines(made)
    for text in (*scale_lines(found, unit_nits), *rig):
        line(text)


def _report_sources(found: "PanoramaLight", unit_nits: float) -> None:
    """Report size, irradiance and light sources of a panorama."""
    line(f"panorama     {found.width}x{found.height}, 1 = {unit_nits:g} cd/m2")
    line(f"ground       {found.ground * unit_nits:.4g} lux")
    for axis, irradiance in found.irradiance.items():
        rgb = " ".join(f"{value:10.4g}" for value in irradiance)
        line(f"{axis:<12} {rgb}  {found.illuminance(axis) * unit_nits:10.4g} lux")
    for number, source in enumerate(found.sources, start=1):
        line(_source_line(number, source, unit_nits))
    if not found.sources:
        line("sources      none: the light is even")
    _report_place(found)
    for note in found.notes:
        line(f"note         {note}")


def _source_line(number: int, source: "LightSource", unit_nits: float) -> str:
    """Return one line on a light source."""
    name = "sun" if source.is_sun else f"source {number}"
    return (
        f"{name:<12} azimuth {source.azimuth_deg:.1f}, elevation "
        f"{source.elevation_deg:.1f} degrees, {source.solid_angle_sr:.3g} sr, "
        f"mean {source.luminance * unit_nits:.4g} cd/m2, "
        f"{100 * source.share:.1f} % of all light, "
        f"{100 * source.ground_share:.1f} % of the ground's"
        + interval_text(source.interval, unit_nits)
    )


def _as_json(
    found: "PanoramaLight", calibration: "Calibration | None", unit_nits: float
) -> dict[str, object]:
    """Return the JSON object of the light of a panorama."""
    return {
        "event": "light",
        "notes": found.notes,
        "width": found.width,
        "height": found.height,
        "unit_nits": unit_nits,
        "ground_lux": found.ground * unit_nits,
        "irradiance": found.irradiance,
        "illuminance_lux": {
            axis: found.illuminance(axis) * unit_nits for axis in found.irradiance
        },
        "sources": [asdict(source) for source in found.sources],
        "ground_reflectance": _finite(found.ground_reflectance),
        "sun_check": sun_as_json(found, unit_nits),
        "sun_place": place_as_json(found),
        "calibration": None if calibration is None else asdict(calibration),
    }


def _report_place(found: "PanoramaLight") -> None:
    """Report where the white region says that the sun is."""
    if (place := place_as_json(found)) is None:
        return
    text = (
        f"sun place    azimuth {place['azimuth_deg']:.1f}, elevation "
        f"{place['elevation_deg']:.1f} degrees: "
    )
    if place["from_light_deg"] is None:
        text += "if the white sky hides a sun, it is likeliest there"
    else:
        text += (
            "the middle of the round white region, "
            f"{place['from_light_deg']:.1f} degrees from the light of the sun"
        )
    line(text)


def place_as_json(found: "PanoramaLight") -> dict[str, float | None] | None:
    """Return where the white region says that the sun is; None if it says nothing."""
    sun, place = found.sun, found.sun_place
    if place is None:
        return None
    x, y, z = place
    apart = None
    if sun is not None:
        cosine = sum(a * b for a, b in zip(place, sun.direction, strict=True))
        apart = math.degrees(math.acos(min(cosine, 1.0)))
    return {
        "azimuth_deg": math.degrees(math.atan2(y, x)),
        "elevation_deg": math.degrees(math.asin(min(max(z, -1.0), 1.0))),
        "from_light_deg": apart,
    }


def _finite(value: float) -> float | None:
    """Return a number; None instead of infinity, which JSON cannot hold."""
    return value if math.isfinite(value) else None
