"""Responses of known cameras: measured ones, and the encodings of today.

A curve is a forward CRF: 1024 samples from scene-linear in [0, 1] to encoded.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.errors import TrainingError

SAMPLES = 1024
N_HELD_OUT = 20
HELD_OUT_SEED = 2020
# Mean and standard deviation of ``filmic`` for cameras in use.
FILMIC_LOG_WHITE, FILMIC_TOE = (1.72, 0.4), (1.58, 0.13)


def grid() -> Curve:
    """Return the positions of the samples, (1024,), uniform on [0, 1]."""
    return curve_grid(SAMPLES)


def srgb(linear: Curve) -> Curve:
    """Return sRGB's encoding (IEC 61966-2-1)."""
    power = 1.055 * np.maximum(linear, 0.0) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, 12.92 * linear, power))


def inverse_srgb(encoded: Curve) -> Curve:
    """Return the scene-linear values of sRGB values in [0, 1] (IEC 61966-2-1)."""
    power = ((np.maximum(encoded, 0.0) + 0.055) / 1.055) ** 2.4
    return np.where(encoded <= 0.04045, encoded / 12.92, power)


def rec709(linear: Curve) -> Curve:
    """Return the camera encoding of ITU-R BT.709."""
    power = 1.099 * np.maximum(linear, 0.0) ** 0.45 - 0.099
    return np.where(linear < 0.018, 4.5 * linear, power)


def s_shaped(linear: Curve, *, contrast: float) -> Curve:
    """Return sRGB mixed with its smoothstep, like contrast settings of cameras.

    Args:
        linear: Scene-linear.
        contrast: Share of the smoothstep, 0 to 1.
    """
    base = srgb(linear)
    return (1 - contrast) * base + contrast * base * base * (3 - 2 * base)


def filmic(linear: Curve, *, white: float, toe: float) -> Curve:
    """Return a film-like curve: power toe, rational shoulder, sRGB display.

        y = srgb(x (1 + x / w^2) / (1 + x))      x = w L^toe

    Args:
        linear: L, scene-linear.
        white: w, the value of x that reaches display white.
        toe: Exponent of the toe. 1 means none.
    """
    x = white * np.maximum(linear, 0.0) ** toe
    return srgb(x * (1 + x / white**2) / (1 + x))


def picture_profile(linear: Curve, *, knee: float, slope: float) -> Curve:
    """Return Rec.709 with compressed highlights.

    Args:
        linear: Scene-linear.
        knee: Encoded value at which the compression begins.
        slope: Slope above the knee, as a share of the slope below it.
    """
    base = rec709(linear)
    bent = np.where(base < knee, base, knee + (base - knee) * slope)
    return np.asarray(bent / bent[-1])


@dataclass(frozen=True)
class CurvePool:
    """The curves from which cameras are drawn.

    Attributes:
        measured: Measured forward CRFs, (n, 1024).
        display: Forward curves of display transforms, (m, 1024).
        real: Forward CRFs of cameras in use, from their photographs, (k, 1024). It may
            be empty.
    """

    measured: Curve
    display: Curve
    real: Curve = field(default_factory=lambda: np.empty((0, SAMPLES)))


def load_measured(path: Path) -> tuple[Curve, Curve]:
    """Return measured CRFs for training, and 20 held-out ones for validation.

    Args:
        path: .npz with ``irradiance`` (m,) and ``brightness`` (n, m), both from 0
            to 1, n above 20.

    Raises:
        TrainingError: The file is missing or damaged, or has other contents.
    """
    irradiance, brightness = _load(path, "irradiance", "brightness", option="--crf")
    if fault := _find_fault(irradiance, brightness):
        raise TrainingError(f"{path}: {fault}. Point --crf at the curves.")
    curves = np.stack([np.interp(grid(), irradiance, row) for row in brightness])
    order = np.random.default_rng(HELD_OUT_SEED).permutation(len(curves))
    held_out = np.sort(order[:N_HELD_OUT])
    return np.delete(curves, held_out, axis=0), curves[held_out]


def load_real(path: Path) -> Curve:
    """Return the CRFs of cameras in use, each the mean of its channels, (n, 1024).

    Args:
        path: .npz with ``linear`` (m,) and ``forward`` (n, 3, m), both from 0 to 1.

    Raises:
        TrainingError: The file is missing or damaged, or has other contents.
    """
    linear, forward = _load(path, "linear", "forward", option="--real")
    if linear.ndim != 1 or forward.shape[1:] != (3, *linear.shape):
        raise TrainingError(
            f"{path}: 'linear' and 'forward' must be (m,) and (n, 3, m), are "
            f"{linear.shape} and {forward.shape}. Point --real at the curves."
        )
    means = forward.astype(np.float64).mean(axis=1)
    if not (_rises(linear[None], least=0.0) and _rises(means, least=0.0)):
        raise TrainingError(
            f"{path}: 'linear' and 'forward' must be floats that rise from 0 to 1. "
            "Point --real at the curves."
        )
    return np.stack([np.interp(grid(), linear, row) for row in means])


def _load(path: Path, *names: str, option: str) -> list[NDArray[Any]]:
    """Return arrays of an .npz file; ``option`` is the one that named the file."""
    if not path.is_file():
        raise TrainingError(f"{path}: no such file. Point {option} at the curves.")
    try:
        with path.open("rb") as file, np.load(file) as data:
            return [data[name] for name in names]
    except Exception as error:  # zipfile, zlib and numpy each have errors of their own
        wanted = " and ".join(map(repr, names))
        raise TrainingError(f"{path}: no .npz with {wanted} in it.") from error


def _find_fault(irradiance: NDArray[Any], brightness: NDArray[Any]) -> str | None:
    """Return what is wrong with measured curves, or None if nothing is."""
    shapes = f"{irradiance.shape} and {brightness.shape}"
    if irradiance.ndim != 1 or brightness.shape[1:] != irradiance.shape:
        return f"'irradiance' and 'brightness' must be (m,) and (n, m), are {shapes}"
    if len(brightness) <= N_HELD_OUT:
        n_curves = len(brightness)
        return f"{n_curves} curves, but {N_HELD_OUT} are held out: none to train on"
    for name, values, least in (
        ("irradiance", irradiance[None], np.finfo(np.float64).tiny),
        ("brightness", brightness, 0.0),
    ):
        if values.dtype.kind != "f" or not _rises(values, least=least):
            return f"{name!r} must be floats that rise from 0 to 1"
    return None


def _rises(rows: NDArray[Any], *, least: float) -> bool:
    """Return whether each row rises from 0 to 1 by steps of ``least`` or more."""
    if rows.shape[1] < 2 or not np.isfinite(rows).all():
        return False
    has_ends = np.allclose(rows[:, [0, -1]], [0.0, 1.0])
    return has_ends and bool((np.diff(rows, axis=1) >= least).all())


def todays_curve(rng: np.random.Generator, display: Curve) -> Curve:
    """Draw one of today's encodings, (1024,).

    Args:
        rng: Random generator.
        display: Forward curves of display transforms, (m, 1024).
    """
    x = grid()
    choices: tuple[tuple[float, Callable[[], Curve]], ...] = (
        (0.2, lambda: srgb(x)),
        (0.13, lambda: rec709(x)),
        (0.15, lambda: x ** (1 / rng.choice([1.8, 2.2, 2.2, 2.2, 2.4]))),
        (0.25, lambda: s_shaped(x, contrast=rng.uniform(0.2, 0.9))),
        (0.07, lambda: filmic(x, white=rng.uniform(2, 8), toe=rng.uniform(1, 1.25))),
        (
            0.05,
            lambda: picture_profile(
                x, knee=rng.uniform(0.7, 0.95), slope=rng.uniform(0.2, 0.8)
            ),
        ),
        (0.15, lambda: display[rng.integers(len(display))]),
    )
    kind = rng.choice(len(choices), p=[share for share, _ in choices])
    return np.asarray(choices[kind][1](), dtype=np.float64)


def measured_curve(rng: np.random.Generator, measured: Curve, *, mix: float) -> Curve:
    """Draw a measured CRF, (1024,), or a blend of two.

    A blend of two increasing curves is increasing too: a camera between the measured
    ones.

    Args:
        rng: Random generator.
        measured: Forward CRFs, (n, 1024).
        mix: Probability of a blend.
    """
    first = measured[rng.integers(len(measured))]
    if rng.random() >= mix:
        return np.asarray(first)
    weight = rng.uniform(0.0, 1.0)
    second = measured[rng.integers(len(measured))]
    return np.asarray(weight * first + (1 - weight) * second)


def real_curve(rng: np.random.Generator, real: Curve) -> Curve:
    """Draw the CRF of a camera in use, (1024,).

    Half of the curves are film-like, with the white and toe of such cameras: most of
    their curves are close to ``filmic``. The other half are blends of two of ``real``.

    Args:
        rng: Random generator.
        real: Forward CRFs, (n, 1024). If it is empty, all curves are film-like.
    """
    if not len(real) or rng.random() < 0.5:
        white = math.exp(rng.normal(*FILMIC_LOG_WHITE))
        toe = rng.normal(*FILMIC_TOE)
        return filmic(
            grid(), white=float(np.clip(white, 2.0, 14.0)), toe=float(max(toe, 1.0))
        )
    return measured_curve(rng, real, mix=1.0)


def draw_curve(rng: np.random.Generator, pool: CurvePool, *, mix: float = 0.0) -> Curve:
    """Draw a forward CRF, (1024,): half are measured, half are today's encodings.

    Args:
        rng: Random generator.
        pool: Curves to draw from.
        mix: Probability that a measured curve is a blend of two.
    """
    if rng.random() < 0.5:
        return measured_curve(rng, pool.measured, mix=mix)
    return todays_curve(rng, pool.display)
