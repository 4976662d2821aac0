"""The header of a result: enough to repeat the conversion, and to re-shoot it."""

import hashlib
import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np

from hdr_core.camera.curve_text import pack_curve
from hdr_core.delivery.light_source import share_sources
from hdr_core.errors import PlateError
from hdr_core.execution.scratch import bands
from hdr_core.options import Options
from hdr_core.plate import FRAME, Plate
from hdr_core.reconstruction import Reconstruction
from hdr_core.version import __version__

Header = dict[str, str | int | float]
# The spread is smooth, so that every 31st of 1024 samples is enough: both ends are in.
SPREAD_STEP = 31


def make_header(
    plate: Plate,
    result: Reconstruction,
    *,
    config: Options,
    weights_sha256: str,
    violations: int | None,
) -> Header:
    """Return the header of a result. It does not depend on time or tiles.

    Args:
        plate: The plate that was reconstructed.
        result: The reconstruction.
        config: Options of the reconstruction.
        weights_sha256: SHA-256 of the weights file.
        violations: Number of stored values that break the promise; None means that
            nothing was promised.
    """
    header: Header = {
        "hdr_core/version": __version__,
        "hdr_core/weights_sha256": weights_sha256,
        "hdr_core/parameters": json.dumps(_parameters(config), sort_keys=True),
        "hdr_core/color_config": result.colors.config,
        "hdr_core/working_space": result.colors.working_space,
        "hdr_core/plate_space": result.colors.assumed,
        "hdr_core/clip_level": result.colors.clip_level,
        "hdr_core/bits": plate.bits or 16,
        "hdr_core/tolerance_codes": result.tolerance_codes,
        "hdr_core/clipped_percent": clipped_percent(plate),
    }
    header |= _estimate(result)
    if plate.clip_code is not None:
        header["hdr_core/clip_code"] = plate.clip_code
    if result.n_undershoots:
        header["hdr_core/filled_pits"] = result.n_undershoots
    if result.gain_map is not None:
        header["hdr_core/gain_map"] = result.gain_map.describe()
    if result.gain_map is not None or result.merge is not None:
        header["hdr_core/light_source"] = share_sources(result).describe()
    if violations is not None:
        header["hdr_core/violations"] = violations
    if plate.path is not None:
        header["hdr_core/input"] = plate.path.name
        header["hdr_core/input_sha256"] = file_sha256(plate.path)
    if (frame := plate.metadata.get(FRAME)) is not None:
        header["hdr_core/frame"] = frame
    return header


def _parameters(config: Options) -> dict[str, object]:
    """Return the options that change the result."""
    parameters = asdict(config)
    # Tiles and memory do not change the result, so they must not change the bytes. The
    # name of the color config is stored instead of its path.
    for name in ("tiles", "color_config", "memory_gib", "anchors", "clip_code"):
        parameters.pop(name)
    if config.anchors:
        parameters["anchors"] = config.anchors.as_parameters()
    return parameters


def _estimate(result: Reconstruction) -> Header:
    """Return the estimated curve and its spread; empty for a known encoding."""
    if result.colors.encoding is not None:
        return {}
    header: Header = {"hdr_core/inverse_crf": pack_curve(result.inverse_crf)}
    if result.crf_spread is not None:
        spread = result.crf_spread[::SPREAD_STEP]
        header["hdr_core/inverse_crf_spread"] = pack_curve(spread)
    if result.crf_move is not None:
        header["hdr_core/anchors"] = result.crf_move.describe()
    return header


def clipped_percent(plate: Plate) -> float:
    """Return the share of pixels with a channel at the largest code, in percent.

    Color that alpha hides does not count as clipped (``Plate.visible``).
    """
    limit = plate.max_code - 0.5
    total = 0
    for band in bands(plate.pixels):
        is_clipped = plate.visible(band) * plate.max_code >= limit
        # numpy is slow along an axis of three.
        red, green, blue = np.moveaxis(is_clipped, 2, 0)
        total += int((red | green | blue).sum())
    return round(100.0 * total / (plate.height * plate.width), 4)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        PlateError: The file does not exist or cannot be read.
    """
    try:
        state = path.stat()
        return _file_sha256(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise PlateError(f"{path}: cannot be read ({error.strerror}).") from error


@lru_cache(maxsize=8)
def _file_sha256(path: Path, mtime_ns: int, size: int) -> str:
    """Return the SHA-256 of a file; cached, because all frames of a movie need it.

    Args:
        path: Path of the file.
        mtime_ns: Time of the last change: a changed file is read again.
        size: Size in bytes.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
