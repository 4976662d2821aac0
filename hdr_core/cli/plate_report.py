"""The reports of ``hdr-core info`` and ``hdr-core crf``."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_core.cli.report import json_line, line

if TYPE_CHECKING:
    from hdr_core.color.named_encoding import EncodingNames
    from hdr_core.delivery.camera_files import CameraEstimate
    from hdr_core.delivery.inspect import PlateInfo


def report_plate(found: "PlateInfo", *, is_json: bool) -> None:
    """Report what is in a plate."""
    curve = found.curve_values()
    if is_json:
        content = asdict(found)
        content["inverse_crf"] = {f"{at:g}": round(v, 6) for at, v in curve.items()}
        content["srgb_rmse"] = round(found.srgb_rmse, 6)
        json_line({"event": "info", **content})
        return
    rows = {
        "plate": f"{found.path}, {found.width}x{found.height}",
        "bits": "float" if found.bits is None else str(found.bits),
        "alpha": "yes" if found.has_alpha else "no",
        "lossy": "no" if found.lossy_quality is None else f"q {found.lossy_quality}",
        "clipped": f"{found.clipped_percent:.2f} % of pixels",
        "panorama": ("yes, " if found.is_panorama else "no, ") + found.panorama_reason,
        "inverse CRF": ", ".join(f"{at:g}: {v:.4f}" for at, v in curve.items()),
        "from sRGB": f"{found.srgb_rmse:.4f} RMS",
        "color space": f"{found.plate_space}, clips at {found.clip_level:.4g}",
        "gain map": found.gain_map or "no",
        "anchors": found.anchors or "none",
        "notes": found.notes or "none",
    }
    for name, value in rows.items():
        line(f"{name:<12} {value}")


def report_encodings(names: "EncodingNames", *, is_json: bool) -> None:
    """Report the names that ``--linearize`` takes."""
    if is_json:
        json_line({"event": "encodings", **asdict(names)})
        return
    line("Output transforms")
    for name, title in names.transforms.items():
        line(f"  {name:<18} {title}")
    line("Light of HDR displays, with --force")
    for name, title in names.hdr.items():
        line(f"  {name:<18} {title}")
    line(f"Color spaces of {names.config}")
    for name in names.spaces:
        line(f"  {name}")
    line("Views, as DISPLAY/VIEW")
    for name in names.views:
        line(f"  {name}")


def report_camera(
    estimate: "CameraEstimate", folder: Path, files: Sequence[str], *, is_json: bool
) -> None:
    """Report an estimated camera and the files that were written."""
    spread = float((estimate.spread**2).mean() ** 0.5)
    content = {
        "frames": len(estimate.frames),
        "spread_rms": round(spread, 6),
        "plate_space": estimate.colors.assumed,
        "interop_id": estimate.space.interop_id,
        "folder": str(folder),
        "files": list(files),
        "notes": list(estimate.notes),
    }
    if is_json:
        json_line({"event": "crf", **content})
        return
    for name, value in content.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        line(f"{name:<12} {shown}")
