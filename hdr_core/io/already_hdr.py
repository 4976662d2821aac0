"""Pictures that are HDR already: how they are known, and the error for them."""

from pathlib import Path

import OpenImageIO as oiio

from hdr_core.errors import PlateError
from hdr_core.headers.colors import DECODED_BY, LINEAR, FileColors


def why_hdr(spec: oiio.ImageSpec, file_format: str, colors: FileColors) -> str | None:
    """Return why a picture is HDR by its header; None if the header does not say so.

    Args:
        spec: OpenImageIO's header.
        file_format: OpenImageIO's name of the format.
        colors: What the file says of its colors.
    """
    if file_format == "hdr":
        return "a Radiance HDR file"
    if colors.curve is None:
        return None
    if colors.curve == LINEAR and not _is_float(spec):
        return None  # Integers clip at their largest code.
    if colors.curve == LINEAR and colors.tag:
        is_named = colors.tag.startswith("lin_")
        return f"tagged scene-linear ({colors.tag if is_named else colors.source})"
    return f"{colors.curve} by {colors.source}, which is not a camera's curve"


def _is_float(spec: oiio.ImageSpec) -> bool:
    """Return whether samples are floating-point numbers."""
    return str(spec.format) in {"half", "float", "double"}


def already_hdr(path: Path, reason: str, *, curve: str | None = None) -> PlateError:
    """Return the error for a picture that needs no reconstruction.

    Args:
        path: Path of the file.
        reason: Why it is HDR.
        curve: "PQ" or "HLG", if it is one of these.
    """
    advice = (
        "Choose --force to use it as a clipped plate, with --linearize SPACE if its "
        "curve is known."
    )
    if curve in DECODED_BY:
        advice = (
            f"Decode it by --force --linearize {DECODED_BY[curve]}, or choose --force "
            "alone to treat it as a camera's codes."
        )
    return PlateError(
        f"{path}: already HDR ({reason}), so it was not converted. {advice}"
    )
