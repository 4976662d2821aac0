"""The forward camera: from scene-linear light to codes.

    I_c = min(H, 1)        clip        I_n = F(I_c)           CRF
    I = round(n I_n) / n   quantize    JPEG follows in many cameras

H  scene-linear, 1 = sensor clip    n  largest code, 255 for 8 bits

Source: Liu et al. 2020, "LDR image formation".
Differs: sensor noise is added before the clip.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hdr_core.camera.curves import Curve, curve_edges
from hdr_core.camera.jpeg import Subsampling, jpeg
from hdr_core.camera.processing import Processing
from hdr_core.camera.response import apply_curve, invert_samples
from hdr_core.camera.responses import CurvePool, draw_curve, real_curve
from hdr_core.errors import ShapeError


def expose(hdr: Tensor, *, stops: float) -> Tensor:
    """Return scene-linear ``hdr``, any shape, times ``2**stops``."""
    brighter: Tensor = hdr * 2.0**stops
    return brighter


def exposure_for_clipped_share(hdr: Tensor, *, share: float) -> float:
    """Return the exposure, in stops, at which ``share`` of the pixels clip.

    A pixel clips with its brightest channel. A black scene keeps its exposure.

    Args:
        hdr: Scene-linear, (3, H, W).
        share: Share of pixels to clip, in [0, 1].
    """
    brightest = hdr.amax(dim=0).flatten()
    rank = min(int((1.0 - share) * brightest.numel()), brightest.numel() - 1)
    level = float(brightest.kthvalue(rank + 1).values)
    return -float(np.log2(level)) if level > 0.0 else 0.0


def clip(hdr: Tensor) -> Tensor:
    """Return I_c, the light that the sensor can hold: ``hdr`` clipped to [0, 1]."""
    return hdr.clamp(0.0, 1.0)


def add_noise(
    linear: Tensor, *, shot: float, read: float, generator: torch.Generator | None
) -> Tensor:
    """Return ``linear`` with the noise of a sensor.

    Args:
        linear: Scene-linear, any shape.
        shot: Standard deviation at 1; it grows with the square root of the light.
        read: Standard deviation at 0.
        generator: Random generator of the noise. None means torch's global one.
    """
    noise = torch.randn(linear.shape, generator=generator, dtype=linear.dtype)
    return linear + noise * (shot * linear.clamp(0.0, 1.0).sqrt() + read)


def quantize(encoded: Tensor, *, bits: int) -> Tensor:
    """Return ``encoded``, any shape, rounded to codes of ``bits`` bits, in [0, 1]."""
    max_code = 2**bits - 1
    rounded: Tensor = torch.round(encoded.clamp(0.0, 1.0) * max_code) / max_code
    return rounded


@dataclass(frozen=True)
class Camera:
    """One camera with its settings.

    Attributes:
        crf: F, (1024,) samples from scene-linear to encoded.
        bits: Bits of a channel.
        shot: Standard deviation of the noise at 1, as for ``add_noise``.
        read: Standard deviation of the noise at 0.
        jpeg_quality: Quality of the JPEG, 1 to 100. None means lossless.
        subsampling: Chroma subsampling of the JPEG.
        processing: Processing in addition to the curve. None means none.
    """

    crf: Curve
    bits: int = 8
    shot: float = 0.0
    read: float = 0.0
    jpeg_quality: int | None = None
    subsampling: Subsampling = "4:4:4"
    processing: Processing | None = None

    @property
    def inverse_crf(self) -> Curve:
        """Inverse CRF, (1024,) samples from encoded to scene-linear."""
        return np.asarray(invert_samples(self.crf[None])[0])

    def encode(self, hdr: Tensor) -> Tensor:
        """Return I_n, (3, H, W): ``hdr`` clipped and through the curve."""
        curve = torch.from_numpy(self.crf).to(hdr.dtype)[None]
        return apply_curve(clip(hdr)[None], curve)[0]

    def shoot(self, hdr: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return the plate that the camera takes of ``hdr``.

        Args:
            hdr: Scene-linear light, (3, H, W), 1 = sensor clip.
            generator: Random generator of the noise. None means torch's global one.

        Returns:
            Encoded, (3, H, W), each value exactly a code over n.

        Raises:
            ShapeError: ``hdr`` is not (3, H, W), or the camera writes JPEG of more than
                8 bits.
        """
        if hdr.ndim != 3 or hdr.shape[0] != 3:
            raise ShapeError(f"hdr: needs (3, H, W), found {tuple(hdr.shape)}.")
        if self.shot or self.read:
            hdr = add_noise(hdr, shot=self.shot, read=self.read, generator=generator)
        if self.processing:
            encoded = self.processing.finish(self.encode(self.processing.develop(hdr)))
        else:
            encoded = self.encode(hdr)
        plate = quantize(encoded, bits=self.bits)
        if self.jpeg_quality is None:
            return plate
        if self.bits != 8:
            raise ShapeError(f"camera: JPEG holds 8 bits, found {self.bits}.")
        return jpeg(plate, quality=self.jpeg_quality, subsampling=self.subsampling)


def draw_camera(
    rng: np.random.Generator,
    pool: CurvePool,
    *,
    jpeg_share: float = 0.4,
    qualities: tuple[int, int] = (75, 100),
    noise: float = 1.0,
    mix: float = 0.0,
    is_real: bool = False,
) -> Camera:
    """Draw a random 8-bit camera, without processing.

    Args:
        rng: Random generator.
        pool: Curves to draw from.
        jpeg_share: Share of cameras that write JPEG.
        qualities: Lowest and highest JPEG quality.
        noise: Factor on the noise. 0 means none.
        mix: Probability that a measured curve is a blend of two.
        is_real: Whether to draw the curve of a camera in use.
    """
    is_jpeg = rng.random() < jpeg_share
    return Camera(
        crf=real_curve(rng, pool.real) if is_real else draw_curve(rng, pool, mix=mix),
        shot=noise * 0.008 * rng.random() ** 2,
        read=noise * 0.002 * rng.random() ** 2,
        jpeg_quality=int(rng.integers(qualities[0], qualities[1] + 1))
        if is_jpeg
        else None,
        subsampling="4:2:0" if rng.random() < 0.5 else "4:4:4",
    )


def reshoot(
    hdr: NDArray[np.floating], inverse_crf: Curve, *, max_code: int
) -> NDArray[np.int64]:
    """Return the codes that a camera writes for light ``hdr``.

    Args:
        hdr: Scene-linear, any shape, 1 = sensor clip.
        inverse_crf: Inverse CRF of the camera, (N,).
        max_code: Largest code n.

    Returns:
        Codes 0 to n, same shape.
    """
    edges = curve_edges(inverse_crf, max_code=max_code)
    return np.searchsorted(edges, hdr, side="right")
