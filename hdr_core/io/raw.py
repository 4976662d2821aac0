"""Develop raw files of cameras into the light of the sensor, with rawpy (extra "raw").

    c = min(w (s - b) / (m - b), 1)        L = M c

s  value of the sensor    b  black level    m  white level, at which it clips
w  white balance as shot, its smallest factor 1    c  light of a channel, 1 = clip
M  camera to Rec.709, by the camera's own matrix; white stays white

Nothing else is done to the values: no brightening, no blending of highlights, no tone
curve, no noise reduction. Missing colors of the filter array are interpolated (AHD).
The plate holds c. Its codes clip in the camera's own primaries, which go with it as
chromaticities, and its curve is a straight line: stage 2 has nothing to estimate.

Source: Adobe, Digital Negative Specification 1.7; LibRaw 0.22, its manual of
``output_params_t``.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.headers.exif import put_exif
from hdr_core.headers.raw import TIFF_HEADS, refuse_raw
from hdr_core.headers.text import one_line
from hdr_core.primaries import Chromaticities, Matrix, are_primaries, from_matrix

if TYPE_CHECKING:
    import rawpy

# Enough for the header of a TIFF.
_HEAD_BYTES = 2**20
_MAX = 65535
# Turns against the clock by LibRaw's flip; sites from which a sample is interpolated.
_QUARTERS = {3: 2, 5: 1, 6: 3}
_REACH = 3
_N_COLORS = 4
# Share of the sensor that holds its largest value, where this value is the clip.
_SPIKE = 2e-4
_FEWEST = 16


class Development(NamedTuple):
    """A developed raw file.

    Attributes:
        samples: Light of the sensor in codes of 16 bits, (H, W, 3), upright.
        spec: A header with the names that OpenImageIO uses.
        primaries: Chromaticities of the camera's own primaries; None if unknown.
        notes: What was done and assumed, one phrase each.
    """

    samples: NDArray[Any]
    spec: oiio.ImageSpec
    primaries: Chromaticities | None
    notes: tuple[str, ...]


def develop_raw(path: Path) -> Development:
    """Return the light of the sensor.

    Args:
        path: Path of a file of which ``headers.raw.is_raw`` is true.

    Raises:
        PlateError: rawpy is not installed, or it cannot develop the file.
    """
    try:
        import rawpy  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise refuse_raw(path) from error
    try:
        with rawpy.imread(str(path)) as held:
            return _developed(path, held)
    except (rawpy.LibRawError, rawpy.NotSupportedError, ValueError, OSError) as error:
        raise PlateError(
            f"{path}: a raw file that cannot be developed ({_reason(error)}). Develop "
            "it to a 16-bit TIFF first."
        ) from error


def _developed(path: Path, held: "rawpy.RawPy") -> Development:
    """Return the development of an open raw file."""
    import rawpy  # noqa: PLC0415 - an extra

    if held.num_colors not in {1, 3}:
        colors = held.color_desc.decode("latin-1")
        raise PlateError(
            f"{path}: a sensor with the colors {colors}, which are not red, green and "
            "blue. Develop it to a 16-bit TIFF first."
        )
    notes = ["a raw file: developed to the light of the sensor, so no curve is needed"]
    saturation = _saturation(held, notes)
    has_balance = min(held.camera_whitebalance[:3]) > 0.0
    if not has_balance and held.num_colors == 3:
        notes.append("no white balance as shot: that of daylight was taken")
    quarters = _QUARTERS.get(held.sizes.flip, 0)
    samples: NDArray[Any] = held.postprocess(
        output_color=rawpy.ColorSpace.raw,
        output_bps=16,
        gamma=(1.0, 1.0),
        no_auto_bright=True,
        use_camera_wb=has_balance,
        highlight_mode=rawpy.HighlightMode.Clip,
        adjust_maximum_thr=0.0,
        user_sat=saturation,
        user_flip=0,
    )
    samples = samples if samples.ndim == 3 else samples[..., None]
    if samples.shape[2] not in {1, 3}:
        raise ValueError(f"{samples.shape[2]} channels")
    _limit_overshoot(samples, held, saturation)
    samples = np.rot90(samples, quarters)
    primaries = _primaries(held) if held.num_colors == 3 else None
    if primaries is None and held.num_colors == 3:
        notes.append("its color matrix is not known: Rec.709 primaries assumed")
    return Development(
        np.ascontiguousarray(np.repeat(samples, 3 // samples.shape[2], axis=2)),
        _header(path, samples, held),
        primaries,
        tuple(notes),
    )


def _saturation(held: "rawpy.RawPy", notes: list[str]) -> int | None:
    """Return the value at which the sensor clips, less black; None: as LibRaw has it.

    It is the white level by the file or by LibRaw's table. Some cameras clip below it:
    by their header, or because many sites hold the largest value there is.
    """
    black = min(held.black_level_per_channel)
    stated = int(held.white_level)
    levels = [stated, *map(int, held.camera_white_level_per_channel or ())]
    white = min(level for level in levels if level > 0)
    sites: NDArray[Any] = held.raw_image_visible
    largest = int(sites.max())
    n_largest = int((sites == largest).sum())
    is_spike = n_largest > max(_SPIKE * sites.size, _FEWEST)
    if is_spike and black + (white - black) // 2 < largest < white:
        # A flat picture has such a spike, too, but nothing near below it.
        n_below = int(((sites < largest) & (sites > largest - largest // 50)).sum())
        if 0 < n_below < n_largest:
            notes.append(f"the sensor clips at {largest}, below its level {white}")
            white = largest
    # LibRaw takes it after black is subtracted.
    return None if white == stated else white - black


def _limit_overshoot(
    samples: NDArray[Any], held: "rawpy.RawPy", saturation: int | None
) -> None:
    """Set samples below the clip where no site near them clips, in place.

    The interpolation of missing colors overshoots beside edges. Such a value is no
    clipped light, so nothing must be added to it.
    """
    sites: NDArray[Any] = held.raw_image_visible
    if sites.ndim != 2 or sites.shape != samples.shape[:2]:
        return
    colors = held.raw_colors_visible
    if colors.shape != sites.shape or colors.max() >= _N_COLORS:
        return
    # LibRaw rounds.
    is_clipped = sites >= np.floor(_clip_levels(held, saturation))[colors]
    _grow(is_clipped, _REACH)
    samples[~is_clipped] = np.minimum(samples[~is_clipped], _MAX - 1)


def _clip_levels(held: "rawpy.RawPy", saturation: int | None) -> NDArray[np.float64]:
    """Return the value of each color of the sensor that is 1 when developed, (4,)."""
    black = np.asarray(held.black_level_per_channel, np.float64)
    factors = np.asarray(held.camera_whitebalance, np.float64)
    if min(factors[:3]) <= 0.0:
        factors = np.asarray(held.daylight_whitebalance, np.float64)
    if held.num_colors == 1 or min(factors[:3]) <= 0.0:
        factors = np.ones(4)
    factors[3] = factors[3] or factors[1]
    span = (held.white_level - black.min()) if saturation is None else saturation
    return np.asarray(black + span * factors.min() / factors)


def _grow(mask: NDArray[np.bool_], reach: int) -> None:
    """Extend what is True by ``reach`` samples in rows and columns, in place."""
    for axis in (0, 1):
        for _ in range(reach):
            before = mask.copy()
            ahead, behind = (np.moveaxis(one, axis, 0) for one in (mask, before))
            ahead[1:] |= behind[:-1]
            ahead[:-1] |= behind[1:]


def _primaries(held: "rawpy.RawPy") -> Chromaticities | None:
    """Return the camera's primaries, by its matrix after white balance."""
    to_camera = np.asarray(held.rgb_xyz_matrix, np.float64)[:3]
    if np.abs(to_camera).max() > 0.0:
        matrix = _from_xyz_matrix(to_camera)
    else:
        matrix = np.asarray(held.color_matrix, np.float64)[:3, :3]
    is_white = np.allclose(matrix.sum(axis=1), 1.0, atol=0.01)
    if not is_white or np.allclose(matrix, np.eye(3), atol=1e-6):
        return None
    found = from_matrix(matrix.T)
    return found if found is not None and are_primaries(found) else None


def _from_xyz_matrix(to_camera: Matrix) -> Matrix:
    """Return M, camera to Rec.709, of a matrix from XYZ to the camera."""
    from hdr_core.primaries import REC709_TO_XYZ  # noqa: PLC0415

    camera = to_camera @ REC709_TO_XYZ.T
    camera /= camera.sum(axis=1, keepdims=True)
    return np.asarray(np.linalg.inv(camera))


def _header(path: Path, samples: NDArray[Any], held: "rawpy.RawPy") -> oiio.ImageSpec:
    """Return what the file says of its camera, by OpenImageIO's names."""
    height, width, _ = samples.shape
    spec = oiio.ImageSpec(width, height, 3, "uint16")
    other = held.other
    for name, value in (
        ("ExposureTime", other.shutter_speed),
        ("FNumber", other.aperture),
        ("Exif:FocalLength", other.focal_length),
        ("Exif:PhotographicSensitivity", other.iso_speed),
    ):
        if np.isfinite(value) and value > 0.0:
            spec.attribute(name, float(value))
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head[:4] in TIFF_HEADS:
        put_exif(spec, head)
    return spec


def _reason(error: Exception) -> str:
    """Return LibRaw's message, which is bytes, on one line."""
    text = error.args[0] if error.args else ""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return one_line(plain) or type(error).__name__
