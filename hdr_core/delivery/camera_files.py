"""Estimate one camera from one or many of its frames, and write it as LUTs.

    c = M / (M - (M - 1) v) mean_i c_i        M = 1 / (r + (1 - r) / N)
    g = g0 + sum_k p_k h_k                    p = likely(c, E), error of c 1 / sqrt(M)
    E = M mean_i E_i

c_i  coefficients of frame i, of N, before the prior (stages/linearize/estimate.py)
E_i  log likelihood of its edges (stages/linearize/likelihood.py)
v    uncertainty of one frame: variance of its error over the variance of cameras
r    share of the error that all frames have in common
M    effective number of frames: as many frames with independent errors are as certain

One frame is uncertain, so its estimate leans towards the mean of all cameras. Several
frames that agree are more certain. So their mean leans less towards the mean of all
cameras, and less towards likely curves. This is Bayes' rule for normal laws: the
posteriors are multiplied, and the prior is counted once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from hdr_core.camera.curves import Curve
from hdr_core.color.camera_space import (
    BASES,
    CameraSpace,
    write_clf,
    write_config,
    write_spi1d,
)
from hdr_core.color.ocio import open_config
from hdr_core.color.spaces import Colors, choose_colors
from hdr_core.develop.estimate_camera import as_curve, evidence_of_plate
from hdr_core.errors import OptionError, PlateError
from hdr_core.execution.device import one_thread
from hdr_core.io.movie import count_frames, read_movie
from hdr_core.io.movie_frames import is_movie
from hdr_core.io.read import read_plate
from hdr_core.model import HdrModel
from hdr_core.networks import prepare
from hdr_core.options import ESTIMATE, Options
from hdr_core.plate import CURVE, NOTES, Plate
from hdr_core.stages.linearize.estimate import ResponseEvidence

# Number of frames of a movie that are used.
MOVIE_FRAMES = 5
CLF, SPI1D = "camera.clf", "camera.spi1d"
EXTENDED = "ocio-extended"
# Least variance of cameras, for a basis that holds only one curve.
TINY = 1e-12
# r, measured with the shipped weights on five views by one camera.
SHARED_ERROR = 0.3


@dataclass(frozen=True)
class CameraEstimate:
    """A camera, with the estimate of each frame.

    Attributes:
        inverse_crf: g, (N,).
        each: g of each frame on its own, (n, N).
        colors: Color spaces that the frames were taken to have.
        frames: Names of the plate files.
        notes: What was assumed.
    """

    inverse_crf: Curve
    each: Curve
    colors: Colors
    frames: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def spread(self) -> Curve:
        """Standard deviation of the frames' curves, (N,); 0 for one frame."""
        return np.asarray(self.each.std(axis=0))

    @property
    def frame_count(self) -> str:
        """The number of frames as text: "1 frame", "5 frames"."""
        return f"{len(self.frames)} frames" if len(self.frames) > 1 else "1 frame"

    @property
    def space(self) -> CameraSpace:
        """The camera as a color space."""
        some = ", ".join([*self.frames[:3], *(["..."] if self.frames[3:] else [])])
        return CameraSpace(
            inverse_crf=self.inverse_crf,
            to_network=self.colors.camera_to_network,
            description=f"Inverse camera response, estimated by hdr_core from "
            f"{self.frame_count}: {some}. {self.colors.assumed}. 1 = sensor clip.",
        )


@torch.inference_mode()
def estimate_camera(
    plates: Iterable[Plate], model: HdrModel, *, config: Options
) -> CameraEstimate:
    """Return the camera that shot ``plates``.

    Args:
        plates: Encoded, of one camera with one setting of its picture profile.
        model: Networks; stages 1 and 2 estimate the curve of each frame.
        config: Device, precision, tiles, color config.

    Raises:
        OptionError: ``config.linearize`` names an encoding, so nothing is unknown.
        PlateError: There are no plates, they differ in their primaries, or one cannot
            be used.
        ColorError: The color config cannot be used.
    """
    if config.linearize not in ESTIMATE:
        raise OptionError(
            f"--linearize {config.linearize}: is known already. Choose auto."
        )
    networks = prepare(model, config)
    evidence, frames, notes = [], [], []
    colors: Colors | None = None
    for plate in plates:
        found = choose_colors(plate, config)
        colors = colors or found
        _require_usable(plate, found, first=colors)
        evidence.append(evidence_of_plate(plate, networks, config))
        frames.append(plate.path.name if plate.path else "plate")
        notes += [colors.note, *str(plate.metadata.get(NOTES, "")).split("; ")]
    if colors is None:
        raise PlateError("crf: no plates. Give at least one.")
    each = [as_curve(combine([one], networks.model)) for one in evidence]
    return CameraEstimate(
        inverse_crf=as_curve(combine(evidence, networks.model)),
        each=np.stack(each),
        colors=colors,
        frames=tuple(frames),
        notes=tuple(dict.fromkeys(filter(None, notes))),
    )


def _require_usable(plate: Plate, colors: Colors, *, first: Colors) -> None:
    """Raise unless a frame has an unknown curve and the primaries of the first."""
    if colors.assumed != first.assumed:
        raise PlateError(
            f"{plate.path}: {colors.assumed}, but the first frame is "
            f"{first.assumed}. Give frames of one camera."
        )
    if plate.metadata.get(CURVE):
        raise OptionError(
            f"{plate.path}: its curve is known already ({colors.note}). Give frames "
            "of a camera, or choose --linearize network."
        )


def combine(frames: Sequence[ResponseEvidence], model: HdrModel) -> Tensor:
    """Return the curve of one camera from the evidence of several frames.

    Args:
        frames: Evidence of each frame.
        model: The networks that found it; it holds the spread of all cameras, and the
            error of its own estimates.

    Returns:
        g, (1, N), increasing from 0 to 1; for one frame, the curve of that frame.
    """
    stage = model.linearize
    spread = float(stage.curve_components.square().sum(dim=0).mean())
    v = min(stage.config.prior_error**2 / max(spread, TINY), 1.0)
    m = 1.0 / (SHARED_ERROR + (1.0 - SHARED_ERROR) / len(frames))
    trust = m / (m - (m - 1.0) * v)
    coefficients = _mean([frame.coefficients for frame in frames]) * trust
    edges = [frame.evidence for frame in frames if frame.evidence is not None]
    evidence = _mean(edges) * m if edges else None
    with one_thread():
        return stage.curve(
            stage.likely(ResponseEvidence(coefficients, evidence), error=m**-0.5)
        )


def _mean(each: Sequence[Tensor]) -> Tensor:
    """Return the mean over frames, (1, K)."""
    return torch.cat(list(each)).mean(dim=0, keepdim=True)


def write_camera(
    folder: Path, estimate: CameraEstimate, *, color_config: str | None
) -> list[str]:
    """Write LUTs and OCIO configs into an existing, empty folder.

    Args:
        folder: Path of the folder.
        estimate: The camera.
        color_config: Path or ``ocio://`` name of the config to extend; None means that
            in use.

    Returns:
        Paths of the files, relative to ``folder``.

    Raises:
        ColorError: The config cannot be extended.
        OutputError: A written file does not reproduce the camera's curve.
    """
    space = estimate.space
    write_clf(folder / CLF, space)
    write_spi1d(folder / SPI1D, space)
    configs = [
        write_config(folder / f"ocio-{profile}", open_config(base), space)
        for profile, base in BASES.items()
    ]
    in_use = open_config(color_config)
    configs.append(write_config(folder / EXTENDED, in_use, space))
    return [CLF, SPI1D, *(str(path.relative_to(folder)) for path in configs)]


def read_frames(paths: Sequence[Path], *, force: bool) -> Iterator[Plate]:
    """Yield the plates in ``paths``; of a movie, a few frames, evenly spread.

    Args:
        paths: Picture files and movies of one camera.
        force: Take plates that are HDR already as clipped ones.

    Raises:
        PlateError: A plate cannot be read.
    """
    for path in paths:
        if not is_movie(path):
            # A gain map states light, but no camera.
            yield read_plate(path, force=force, gain_map="ignore")
            continue
        n_frames = count_frames(path)
        step = max(n_frames // MOVIE_FRAMES, 1)
        frames = range(1 + step // 2, n_frames + 1, step)[:MOVIE_FRAMES]
        yield from read_movie(path, frames=frames, force=force)
