"""The error of a reconstruction, measured by several numbers.

    PU21-PSNR  difference on a display           well    well-exposed pixels
    sat        clipped pixels, per pixel         energy  clipped pixels, in total
    peak       the brightest pixel               ground  light of a panorama on a floor
    hue        color of pixels clipped in all channels

Every number misses some errors, so all are reported (Hanji et al. 2022, "Comparison of
single image HDR reconstruction methods: the caveats of quality assessment"; Eilertsen
et al. 2021, "How to cheat with metrics in single-image HDR reconstruction").

Results and truths are scene-linear Rec.709, (H, W, 3) float32, 1 = sensor clip; masks
are (H, W) bool. The value is NaN if nothing can be measured (an empty mask).
"""

import math

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.appearance import (
    CAP_CLIPS,
    CLIP_CD_M2,
    REC709_LUMINANCE,
    pu21_encode,
)
from hdr_core.camera.curves import Curve
from hdr_core.errors import ShapeError
from hdr_core.panorama.angles import ground_weights

Image = NDArray[np.float32]
Luminance = NDArray[np.float64]
Mask = NDArray[np.bool_]

WELL_EXPOSED = (0.05, 0.9)
CLIPPED_CODE = 0.98
# A plate shows banding if at least this share of its values lies in bands.
BANDED_SHARE = 0.4
# Probability of the interval around the median, and its half width in scales of a
# Laplace law.
INTERVAL_SHARE = 0.8
INTERVAL_SCALES = -math.log(1.0 - INTERVAL_SHARE)
# Least luminance in a log: eight stops below the first code of an 8-bit sRGB plate.
LEAST_LUMINANCE = 1e-6


def luminance(image: Image) -> Luminance:
    """Return the Rec.709 luminance, (H, W) float64."""
    if image.ndim != 3 or image.shape[2] != 3:
        raise ShapeError(f"luminance: needs (H, W, 3), found {image.shape}.")
    return np.asarray(image.astype(np.float64) @ REC709_LUMINANCE)


def well_exposed(encoded: Image) -> Mask:
    """Return the mask (H, W) of the pixels with every channel in 0.05-0.9."""
    low, high = WELL_EXPOSED
    return np.asarray(((encoded >= low) & (encoded <= high)).all(axis=-1))


def clipped(encoded: Image) -> Mask:
    """Return the mask (H, W) of the pixels with the brightest channel above 0.98."""
    return np.asarray(encoded.max(axis=-1) > CLIPPED_CODE)


def all_clipped(encoded: Image) -> Mask:
    """Return the mask (H, W) of the pixels with the darkest channel above 0.98."""
    return np.asarray(encoded.min(axis=-1) > CLIPPED_CODE)


def scale_to_truth(hdr: Image, truth: Image, mask: Mask) -> float:
    """Return the gain that fits ``hdr`` to ``truth``.

    A plate does not show its exposure, so no metric counts an exposure error. The gain
    is the median ratio of luminance over ``mask``, the well-exposed pixels; 1 if the
    mask is empty.
    """
    if not mask.any():
        return 1.0
    light = np.maximum(luminance(hdr)[mask], LEAST_LUMINANCE)
    return float(np.median(luminance(truth)[mask] / light))


PU21_PEAK = float(pu21_encode(np.array(100.0)))


def pu21_psnr(hdr: Image, truth: Image) -> float:
    """Return the PSNR of PU21-encoded luminance, in dB.

    The sensor clip is shown at 200 cd/m2, and light is capped at 50 times the clip. The
    peak signal is PU21 of 100 cd/m2 (256.4). The PSNR of equal images is infinite.

    Source: Mantiuk & Azimi 2021.
    """
    return _psnr(pu21_errors(hdr, truth), peak=PU21_PEAK)


def pu21_errors(hdr: Image, truth: Image) -> Luminance:
    """Return the difference of PU21-encoded luminance, shown as in ``pu21_psnr``."""
    shown, true = (
        pu21_encode(np.minimum(luminance(image), CAP_CLIPS) * CLIP_CD_M2)
        for image in (hdr, truth)
    )
    return np.asarray(shown - true)


def log2_rmse(hdr: Image, truth: Image, mask: Mask) -> float:
    """Return the RMS error of log2 luminance over ``mask``, in stops.

    Source: Hanji et al. 2022; measured apart for well-exposed and clipped pixels.
    """
    if not mask.any():
        return math.nan
    return float(np.sqrt(np.mean(_log2_errors(hdr, truth, mask) ** 2)))


def hue_error(hdr: Image, truth: Image, mask: Mask) -> float:
    """Return the mean absolute error of log2 of red and blue over luminance, in stops.

    It does not depend on brightness.
    """
    if not mask.any():
        return math.nan
    color, true_color = (_color(image[mask]) for image in (hdr, truth))
    return float(np.abs(color - true_color).mean())


def energy_error(hdr: Image, truth: Image, mask: Mask) -> float:
    """Return log2 of the light summed over ``mask``, result over truth, in stops.

    Negative means that light is missing. The energy of a lamp matters when the image
    lights a scene.
    """
    if not mask.any():
        return math.nan
    return _stops(luminance(hdr)[mask].sum(), luminance(truth)[mask].sum())


def coverage(hdr: Image, truth: Image, spread: Image, mask: Mask) -> float:
    """Return the share of ``mask`` whose truth lies in the predicted 80 % interval.

    Args:
        hdr: Result (the median) at the exposure of the truth, (H, W, 3).
        truth: True light, (H, W, 3).
        spread: Scale of the Laplace law of the result's luminance, stops, (H, W).
        mask: Pixels to measure, (H, W).
    """
    if not mask.any():
        return math.nan
    reach = INTERVAL_SCALES * spread[mask]
    return float(np.mean(np.abs(_log2_errors(hdr, truth, mask)) <= reach))


def peak_error(hdr: Image, truth: Image) -> float:
    """Return log2 of the brightest luminance, result over truth, in stops."""
    return _stops(luminance(hdr).max(), luminance(truth).max())


def ground_irradiance(panorama: Image) -> float:
    """Return the irradiance of an equirectangular panorama on a floor.

        E = integral of Y cos(theta) dw     over the upper hemisphere

    The integral over each row is exact: over the polar angles a to b of a row, the
    integral of cos(theta) sin(theta) is (sin^2 b - sin^2 a) / 2.
    """
    light = luminance(panorama)
    rows = light.mean(axis=1) * ground_weights(len(light))
    return float(rows.sum() * 2 * np.pi)


def ground_error(hdr: Image, truth: Image) -> float:
    """Return log2 of the irradiance on a floor, result over truth, in stops."""
    return _stops(ground_irradiance(hdr), ground_irradiance(truth))


def crf_rmse(inverse_crf: Curve, true_inverse_crf: Curve) -> float:
    """Return the RMS difference of two inverse CRFs over their samples.

    Source: Grossberg & Nayar 2003, "What is the space of camera response functions?".
    """
    if inverse_crf.shape != true_inverse_crf.shape:
        raise ShapeError(
            f"crf_rmse: {inverse_crf.shape} against {true_inverse_crf.shape} samples."
        )
    return float(np.sqrt(np.mean((inverse_crf - true_inverse_crf) ** 2)))


def psnr(encoded: Image, truth: Image) -> float:
    """Return the PSNR of encoded values in [0, 1], in dB; infinite if equal."""
    return _psnr(encoded.astype(np.float64) - truth.astype(np.float64), peak=1.0)


def dequantization_gain(dequantized: Image, plate: Image, truth: Image) -> float:
    """Return the PSNR of ``dequantized`` minus that of ``plate``, in dB.

    All three are encoded. ``truth`` is the plate without noise, quantization and
    compression.

    Source: Liu et al. 2020, "Dequantization".
    """
    return psnr(dequantized, truth) - psnr(plate, truth)


def band_share(codes: NDArray[np.integer]) -> float:
    """Return the share of values that lie in a band or at its edge.

    Args:
        codes: Integer codes of a plate, (H, W, 3), at least 3 x 3 pixels.

    Returns:
        Share, in [0, 1], of the values whose 3 x 3 neighborhood spans at most one
        code.
    """
    windows = np.lib.stride_tricks.sliding_window_view(codes, (3, 3), axis=(0, 1))
    span = windows.max(axis=(3, 4)) - windows.min(axis=(3, 4))
    return float((span <= 1).mean())


def _log2_errors(hdr: Image, truth: Image, mask: Mask) -> Luminance:
    """Return log2 of luminance, result over truth, of each pixel of ``mask``."""
    light, true_light = (
        np.log2(np.maximum(luminance(image)[mask], LEAST_LUMINANCE))
        for image in (hdr, truth)
    )
    return light - true_light


def _color(pixels: Image) -> NDArray[np.float64]:
    """Return log2 of red and blue over luminance of pixels (N, 3), (N, 2)."""
    light = np.maximum(pixels.astype(np.float64), LEAST_LUMINANCE)
    return np.asarray(np.log2(light[:, ::2] / (light @ REC709_LUMINANCE)[:, None]))


def _psnr(difference: Luminance, *, peak: float) -> float:
    rmse = float(np.sqrt(np.mean(difference**2)))
    return math.inf if rmse == 0.0 else 20.0 * math.log10(peak / rmse)


def _stops(light: float, true_light: float) -> float:
    if true_light <= 0.0:
        return math.nan
    return math.log2(max(light, LEAST_LUMINANCE) / true_light)
