"""The report on a light rig."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdr_core.cli.rig import MadeRig
    from hdr_core.panorama.interval import EnergyInterval
    from hdr_core.rig.added_sun import AddedSun
    from hdr_core.rig.lights import RigLight


def rig_lines(made: "MadeRig") -> list[str]:
    """Return the lines on a rig."""
    rig, check = made.rig, made.rig.check
    lines = [f"rig          {made.files.folder}: {', '.join(made.files.files)}"]
    lines += [_light_line(made, light) for light in rig.lights]
    lines.append(
        f"check        dome and lights give the irradiance of the panorama on "
        f"{check.n_directions} directions within {100 * check.worst:.2g} % (mean "
        f"{100 * check.mean:.2g} %), its color within {100 * check.worst_color:.2g} %"
    )
    if made.added is not None:
        lines.append(_added_line(made, made.added))
    return lines + [f"note         {note}" for note in (*rig.notes, *made.files.notes)]


def _light_line(made: "MadeRig", light: "RigLight") -> str:
    """Return one line on a light."""
    lux = made.rig.panorama.light_luminance(light.irradiance) * made.unit_nits
    degrees = [f"{math.degrees(2 * math.atan(size / 2)):.3g}" for size in light.size]
    size = " x ".join(degrees) if light.shape == "rect" else degrees[0]
    return (
        f"{light.name:<12} {light.shape}, azimuth {light.azimuth_deg:.1f}, elevation "
        f"{light.elevation_deg:.1f} degrees, {size} degrees wide, {lux:.4g} lux facing "
        f"it, {100 * light.share:.1f} % of all light"
        + interval_text(light.interval, made.unit_nits)
    )


def interval_text(interval: "EnergyInterval | None", unit_nits: float) -> str:
    """Return the end of the line of a light: how far its energy is known."""
    if interval is None:
        return ""
    low, middle, high = (
        f"{energy * unit_nits:.4g}"
        for energy in (interval.low, interval.median, interval.high)
    )
    return f"; median {middle} lux facing it, 80 % interval {low} to {high}"


def _added_line(made: "MadeRig", added: "AddedSun") -> str:
    """Return the line on a sun that was added."""
    places = {
        "request": "where asked for",
        "white": "deep in the white of the sky",
        "glow": "in the glow of the sky",
    }
    place = places[added.placed_by]
    if added.least is None or added.most is None:
        return f"added_sun    {place}, as strong as asked for"
    least, most = added.least * made.unit_nits, added.most * made.unit_nits
    return (
        f"added_sun    {place}; by the ground: likely between {least:.4g} and "
        f"{most:.4g} lux facing it"
    )


def rig_as_json(made: "MadeRig") -> dict[str, object]:
    """Return a rig for JSON, without its pixels."""
    from hdr_core.rig.as_json import describe_rig
    from hdr_core.rig.write import DOME

    content = describe_rig(
        made.rig,
        dome=DOME,
        distance=made.distance,
        unit_nits=made.unit_nits,
    )
    added = None
    if made.added is not None:
        added = {
            "placed_by": made.added.placed_by,
            "least": made.added.least,
            "most": made.added.most,
        }
    return content | {
        "folder": str(made.files.folder),
        "files": list(made.files.files),
        "notes": [*made.rig.notes, *made.files.notes],
        "added_sun": added,
    }
