"""The report file beside a result: ``plate.json`` beside ``plate.exr``.

It says everything that the report of a conversion says, as JSON for programs. Its
fields are defined by docs/report.schema.json, and ``schema_version`` counts up when a
field changes its meaning or goes away. New fields may come without a new version.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hdr_core.camera.response import curve_grid
from hdr_core.camera.responses import inverse_srgb
from hdr_core.delivery.header import SPREAD_STEP, Header
from hdr_core.delivery.outcome import Converted
from hdr_core.errors import PlateError
from hdr_core.io.atomic import whole_file
from hdr_core.plate import FRAME, Plate
from hdr_core.reconstruction import Reconstruction
from hdr_core.version import __version__

SCHEMA, SCHEMA_VERSION = "hdr_core report", 1
_DIGITS = 6


def make_report(
    plate: Plate, result: Reconstruction, header: Header, converted: Converted
) -> dict[str, Any]:
    """Return the report of a conversion.

    Args:
        plate: The plate.
        result: Its reconstruction.
        header: The header of the EXR.
        converted: What the command reports.
    """
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "hdr_core": __version__,
        "weights_sha256": header["hdr_core/weights_sha256"],
        "plate": _of_plate(plate, header, converted),
        "result": _of_result(result, header, converted),
        "camera": _of_camera(result),
        "promise": {
            "is_given": converted.violations is not None,
            "violations": converted.violations,
            "tolerance_codes": result.tolerance_codes,
            "filled_values": result.n_undershoots,
        },
        "light": _of_light(result, header),
        "parameters": json.loads(str(header["hdr_core/parameters"])),
        "notes": list(converted.notes),
        "seconds": round(converted.seconds, 3),
    }


def write_report(path: Path, content: Mapping[str, Any]) -> None:
    """Write a report; an existing one is replaced.

    Raises:
        OutputError: It cannot be written.
    """
    text = json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False)
    with whole_file(path, overwrite=True) as hidden:
        hidden.write_text(f"{text}\n", encoding="utf-8")


def read_report(path: Path) -> dict[str, Any]:
    """Read a report.

    Raises:
        PlateError: It cannot be read, is not a report, or is of a newer version.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PlateError(f"{path}: not a readable report ({error}).") from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise PlateError(
            f"{path}: is not a report of hdr-core. Convert the plate again."
        )
    version = found.get("schema_version")
    if version != SCHEMA_VERSION:
        raise PlateError(
            f"{path}: has report version {version}, and this program knows "
            f"{SCHEMA_VERSION}. Use the hdr-core that wrote it, or convert again."
        )
    return found


def check_report(path: Path, header: Mapping[str, Any]) -> None:
    """Raise unless a report says the same as the header of its result.

    Args:
        path: Path of the report.
        header: Attributes of the result.

    Raises:
        PlateError: The report cannot be read, or is of another result.
    """
    found = read_report(path)
    pairs = {
        "hdr_core/input_sha256": _at(found, "plate", "sha256"),
        "hdr_core/weights_sha256": found.get("weights_sha256"),
        "hdr_core/violations": _at(found, "promise", "violations"),
        "hdr_core/frame": _at(found, "plate", "frame"),
    }
    for name, value in pairs.items():
        if header.get(name) != value:
            raise PlateError(
                f"{path}: says {value} for {name.removeprefix('hdr_core/')}, but its "
                f"result says {header.get(name)}. Convert the plate again."
            )


def _at(content: Mapping[str, Any], group: str, name: str) -> object:
    held = content.get(group)
    return held.get(name) if isinstance(held, dict) else None


def _of_plate(plate: Plate, header: Header, converted: Converted) -> dict[str, Any]:
    return {
        "file": header.get("hdr_core/input"),
        "sha256": header.get("hdr_core/input_sha256"),
        "frame": plate.metadata.get(FRAME),
        "width": converted.width,
        "height": converted.height,
        "bits": plate.bits,
        "alpha": converted.alpha,
        "lossy_quality": plate.lossy_quality,
        "space": converted.plate_space,
        "clipped_percent": converted.clipped_percent,
    }


def _of_result(
    result: Reconstruction, header: Header, converted: Converted
) -> dict[str, Any]:
    return {
        "file": converted.output.name,
        "depth": converted.depth,
        "depth_reason": converted.depth_reason,
        "working_space": converted.working_space,
        "color_interop_id": result.colors.interop_id,
        "color_config": header["hdr_core/color_config"],
        "clip_level": result.colors.clip_level,
        "exposure_stops": result.exposure_stops,
        "brightest": converted.brightest,
        "is_panorama": result.is_panorama,
        "layers": {name: Path(file).name for name, file in converted.layers.items()},
        "previews": [path.name for path in converted.previews],
    }


def _of_camera(result: Reconstruction) -> dict[str, Any]:
    """Return the curve at a few codes, its spread, and how far it is from sRGB."""
    curve = result.inverse_crf
    away = curve - inverse_srgb(curve_grid(len(curve)))
    spread = result.crf_spread
    shown = None if spread is None else _rounded(spread[::SPREAD_STEP])
    return {
        "is_estimated": result.colors.encoding is None,
        "inverse_crf": _rounded(curve[::SPREAD_STEP]),
        "inverse_crf_spread": shown,
        "srgb_rmse": round(float(np.sqrt(np.mean(away**2))), _DIGITS),
        "anchors": _of_anchors(result),
    }


def _of_anchors(result: Reconstruction) -> dict[str, Any] | None:
    """Return how far anchors moved the curve; None where there are none."""
    if (found := result.crf_move) is None:
        return None
    return {
        "kinds": list(found.anchors),
        "moved_rms": round(found.rms, _DIGITS),
        "moved_mid_stops": round(found.mid_stops, _DIGITS),
        "misfit_stops": round(found.misfit_stops, _DIGITS),
    }


def _of_light(result: Reconstruction, header: Header) -> dict[str, Any]:
    """Return how much light was added where the plate clips, and how uncertain it is.

    ``stops`` is of the brightest channel; ``uncertainty`` is the scale of a Laplace
    law, so that 80 % of the true values should lie within log(5) times the scale.
    """
    is_added = result.clip_mask > 0.0
    gain = result.gain[is_added].max(axis=-1) if is_added.any() else np.zeros(0)
    return {
        "added_percent": round(100.0 * float(is_added.mean()), 4),
        "stops": _quantiles(gain),
        "uncertainty_stops": _quantiles(result.uncertainty[is_added]),
    }


def _quantiles(values: Any) -> dict[str, float] | None:  # noqa: ANN401 - an array
    """Return median, 90 % quantile and maximum; None where there are no values."""
    if not len(values):
        return None
    shares = {"median": 0.5, "p90": 0.9, "most": 1.0}
    found = np.quantile(np.asarray(values, np.float64), list(shares.values()))
    return dict(zip(shares, _rounded(found), strict=True))


def _rounded(values: Any) -> list[float]:  # noqa: ANN401 - an array
    return [round(float(value), _DIGITS) for value in values]
