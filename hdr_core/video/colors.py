"""What a stream says of its colors: matrix, primaries and transfer (ITU-T H.273)."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hdr_core.errors import PlateError
from hdr_core.video.samples import is_yuv
from hdr_core.video.yuv import WEIGHTS

if TYPE_CHECKING:
    import av

UNSPECIFIED = 2
_RESERVED = (0, 3)
BT709 = 1
_MATRICES = {
    0: "RGB",
    1: "BT.709",
    4: "FCC",
    5: "BT.601",
    6: "BT.601",
    7: "SMPTE 240M",
    8: "YCgCo",
    9: "BT.2020",
    10: "BT.2020 constant luminance",
    11: "SMPTE 2085 (Y'D'zD'x)",
    12: "chromaticity-derived non-constant luminance",
    13: "chromaticity-derived constant luminance",
    14: "ICtCp",
    15: "IPT-C2",
    16: "YCgCo-Re",
    17: "YCgCo-Ro",
}
_PRIMARIES = {
    1: "BT.709",
    4: "BT.470 M",
    5: "BT.601 625 lines",
    6: "BT.601 525 lines",
    7: "SMPTE 240M",
    8: "film",
    9: "BT.2020",
    10: "CIE XYZ",
    11: "DCI-P3",
    12: "P3-D65",
    22: "EBU 3213",
}
_TRANSFERS = {
    1: "BT.709",
    4: "gamma 2.2",
    5: "gamma 2.8",
    6: "BT.601",
    7: "SMPTE 240M",
    8: "linear",
    9: "log 100:1",
    10: "log 316:1",
    11: "xvYCC",
    12: "BT.1361",
    13: "sRGB",
    14: "BT.2020",
    15: "BT.2020",
    16: "PQ",
    17: "gamma 2.6",
    18: "HLG",
}
_PQ, _HLG = 16, 18
_LINEAR, _XYZ = 8, 10
# Transfers that are not ordinary curves of video.
_NOTED = (_LINEAR, 5, 9, 10)
# Matrix that goes with primaries where the stream names primaries only.
_MATRIX_OF = {1: 1, 5: 5, 6: 6, 7: 7, 9: 9}
# Parts of the names of color spaces, as the Color Interop Forum writes them: the curve
# by its transfer, the primaries by theirs. Video's own curves count as gamma 2.4.
_CURVE_IDS = {_LINEAR: "lin", 4: "g22", 13: "srgb", _PQ: "pq", 17: "g26", _HLG: "hlg"}
_PRIMARY_IDS = {
    1: "rec709",
    4: "bt470m",
    5: "rec601-625",
    6: "rec601-525",
    7: "rec601-525",  # SMPTE 240M has the primaries of BT.601, 525 lines.
    8: "film",
    9: "rec2020",
    11: "p3dci",
    12: "p3d65",
    22: "ebu3213",
}
# Names for combinations whose space in the configs differs by state or curve.
_KNOWN_TAGS = {
    "g24_p3d65_display": "srgb_p3d65_scene",
    "g22_p3d65_display": "srgb_p3d65_scene",
    "srgb_rec709_display": "srgb_rec709_scene",
    "srgb_p3d65_display": "srgb_p3d65_scene",
    "g22_rec709_display": "g22_rec709_scene",
}


class MovieColors(NamedTuple):
    """The colors of a frame.

    Attributes:
        matrix: Matrix coefficients of YUV; ``UNSPECIFIED`` for RGB.
        tag: Color space by primaries and transfer; None: the stream names none.
        is_linear: Whether its codes are light.
        notes: Assumptions, one phrase each.
    """

    matrix: int
    tag: str | None
    is_linear: bool
    notes: tuple[str, ...]


def take_colors(path: Path, frame: "av.VideoFrame", *, force: bool) -> MovieColors:
    """Return the colors of a decoded frame.

    Args:
        path: Path of the movie, for errors.
        frame: The decoded frame.
        force: Take PQ and HLG as the codes of a camera.

    Raises:
        PlateError: The video is PQ or HLG and not forced, or its matrix is not a
            linear one of ``yuv.WEIGHTS``.
    """
    notes: list[str] = []
    transfer = _transfer_of(frame)
    if transfer in (_PQ, _HLG):
        name = _TRANSFERS[transfer]
        if not force:
            raise PlateError(
                f"{path}: already HDR ({name} video), so it was not converted. Decode "
                f"it by --force --linearize bt2100-{name.lower()}, or choose --force "
                "alone to treat it as the clipped video of a camera."
            )
        notes.append(f"forced: {name} video taken as codes of a camera")
    matrix = UNSPECIFIED
    if is_yuv(frame):
        matrix = _matrix_of(path, frame, notes)
    primaries = _primaries_of(frame)
    if primaries == _XYZ:
        raise PlateError(
            f"{path}: video of CIE XYZ, which hdr-core does not decode. Convert it to "
            "P3 or to Rec.709 first."
        )
    if primaries not in (BT709, UNSPECIFIED, *_RESERVED) or transfer in _NOTED:
        notes.append(_colors_note(frame))
    return MovieColors(matrix, _tag_of(frame), transfer == _LINEAR, tuple(notes))


def require_matrix(path: Path, matrix: int) -> int:
    """Return the number of a matrix that can be undone.

    Args:
        path: Path of the file, for errors.
        matrix: Matrix coefficients by their number in H.273.

    Raises:
        PlateError: It is not one of ``yuv.WEIGHTS``.
    """
    if matrix in WEIGHTS:
        return matrix
    name = _MATRICES.get(matrix, f"{matrix} of H.273")
    raise PlateError(
        f"{path}: video matrix {name}, which hdr-core does not decode. "
        "Convert it to RGB or to BT.709 first."
    )


def _primaries_of(frame: "av.VideoFrame") -> int:
    """Return the primaries by their number; older versions of PyAV do not have them."""
    return int(getattr(frame, "color_primaries", UNSPECIFIED))


def _transfer_of(frame: "av.VideoFrame") -> int:
    """Return the transfer by its number; older versions of PyAV do not have it."""
    return int(getattr(frame, "color_trc", UNSPECIFIED))


def _matrix_of(path: Path, frame: "av.VideoFrame", notes: list[str]) -> int:
    """Return the matrix coefficients to use; add a note unless they are BT.709's."""
    matrix, primaries = int(frame.colorspace), _primaries_of(frame)
    if matrix in (UNSPECIFIED, *_RESERVED):
        matrix = _MATRIX_OF.get(primaries, BT709)
        by = ", by its primaries" if primaries in _MATRIX_OF else ""
        notes.append(f"untagged video: {_MATRICES[matrix]} assumed{by}")
    elif require_matrix(path, matrix) != BT709:
        notes.append(f"video matrix {_MATRICES[matrix]}")
    return matrix


def _colors_note(frame: "av.VideoFrame") -> str:
    """Return primaries and transfer in words."""
    primaries, transfer = _primaries_of(frame), _transfer_of(frame)
    return (
        f"video primaries {_PRIMARIES.get(primaries, 'not named')}, "
        f"transfer {_TRANSFERS.get(transfer, 'not named')}"
    )


def _tag_of(frame: "av.VideoFrame") -> str | None:
    """Return the name of the color space by primaries and transfer."""
    primaries, transfer = _primaries_of(frame), _transfer_of(frame)
    if primaries not in _PRIMARIES:
        if transfer not in _CURVE_IDS:
            return None
        # A curve without primaries: video means those of BT.709.
        primaries = BT709
    curve = _CURVE_IDS.get(transfer, "g24")
    state = "scene" if curve == "lin" else "display"
    base = _PRIMARY_IDS.get(primaries, f"primaries{primaries}")
    tag = f"{curve}_{base}_{state}"
    return _KNOWN_TAGS.get(tag, tag)
