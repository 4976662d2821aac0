"""Plates of known encoding: exact where nothing was clipped.

An encoding without a curve of its own (an inverse output transform) holds a result to
the plate by being asked: what it would not encode to the plate's code is left as the
config decodes it.
"""

import numpy as np
from numpy.typing import NDArray

from hdr_core.color.encoding import Encoding
from hdr_core.color.spaces import ESTIMATE, Colors
from hdr_core.config import Options
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.fidelity.promise import Promise, plate_codes
from hdr_core.plate import Pixels, Plate

# Share of a code by which stage 1 may move it.
WITHIN_CODE = 0.4


def decode_within_codes(
    dequantized: Pixels,
    encoded: Pixels,
    encoding: Encoding,
    *,
    max_code: int,
    scratch: Scratch | None = None,
) -> Pixels:
    """Return the light of ``dequantized``, each value kept within its code.

    Near the faces of the color cube, inverse output transforms go astray by a code or
    so between two codes, but not at a code itself: there the code is taken.

    Returns:
        (H, W, 3), 1 = the light of code 1.
    """
    reach = np.float32(WITHIN_CODE / max_code)
    light: Pixels = (scratch or Scratch()).zeros(encoded.shape)
    for band in bands(encoded):
        codes = encoded[band]
        moved = np.clip(
            dequantized[band],
            np.maximum(codes - reach, 0.0),
            np.minimum(codes + reach, 1.0),
        )
        decoded = encoding.decode(moved)
        if not np.array_equal(moved, codes):
            shot = plate_codes(codes, max_code)
            is_kept = _is_shot_as(shot, decoded, encoding, max_code=max_code)
            decoded = np.where(is_kept, decoded, encoding.decode(codes))
        light[band] = decoded / np.float32(encoding.clip_level)
    return light


def hold_by_encoding(
    hdr: Pixels,
    known: Pixels,
    codes: NDArray[np.int32],
    encoding: Encoding,
    *,
    max_code: int,
) -> Pixels:
    """Return ``hdr`` where a pixel is clipped and still encodes to its codes.

    Args:
        hdr: Light, 1 = the light of code 1.
        known: The same, as decoded: what all other pixels become.
        codes: The plate's.
        encoding: It has ``encode``.
        max_code: Largest code n.
    """
    if not (is_clipped := (codes == max_code).any(-1)).any():
        return known.copy()
    brighter = np.maximum(hdr[is_clipped], known[is_clipped])
    light = brighter * np.float32(encoding.clip_level)
    is_kept = _is_shot_as(codes[is_clipped], light, encoding, max_code=max_code)
    held = known.copy()
    held[is_clipped] = np.where(is_kept, brighter, known[is_clipped])
    return held


def is_plain(config: Options) -> bool:
    """Tell whether unclipped pixels are to be what the color config makes of them."""
    is_known = config.linearize not in ESTIMATE
    is_untouched = {"dequantize", "refine"} <= set(config.skip)
    return is_known and is_untouched and config.fidelity == "plate"


def set_plain(hdr: Plate, promise: Promise, colors: Colors) -> None:
    """Set unclipped pixels of ``hdr`` to OpenColorIO's own conversion, bit for bit."""
    if colors.encoding is None:
        return
    gain = np.float32(2.0**promise.exposure_stops)
    clip_code = 1.0 - 0.5 / promise.max_code
    for band in bands(hdr.pixels):
        encoded = promise.encoded[band]
        plain = colors.encoding.to_working(encoded) * gain
        if promise.coverage is not None:
            plain *= promise.coverage[band][..., None]
        is_clipped = (encoded >= clip_code).any(axis=-1, keepdims=True)
        np.copyto(hdr.pixels[band], plain, where=~is_clipped)


def keep_promise(hdr: Plate, promise: Promise, config: Options, colors: Colors) -> int:
    """Settle ``hdr``, in place, as far as it is asked; return what is broken still."""
    if config.fidelity == "plate":
        n_broken = promise.settle(hdr)
        if not is_plain(config):
            return n_broken
        set_plain(hdr, promise, colors)
    return promise.count_violations(hdr, depth="float")


def _is_shot_as(
    codes: NDArray[np.int32], light: Pixels, encoding: Encoding, *, max_code: int
) -> NDArray[np.bool_]:
    """Return which pixels (..., 1) of ``light`` encode to ``codes``."""
    if encoding.encode is None:
        return np.ones((*codes.shape[:-1], 1), dtype=np.bool_)
    shot = plate_codes(encoding.encode(light), max_code)
    return np.asarray((shot == codes).all(axis=-1, keepdims=True))
