"""The plan of a shot: what all its frames share, and the file that stores it.

Each frame is converted from its plate and the plan alone. So the frames can be
converted in any order, in any chunks and on any machine, with the same bytes.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curve_text import pack_curve, unpack_curve
from hdr_core.camera.curves import Curve
from hdr_core.errors import OptionError, PlateError
from hdr_core.io.atomic import whole_file
from hdr_core.io.movie_frames import file_of

FORMAT = 1
# Corrections are stored as integers, in units of 1 / PARTS stop.
PARTS = 256
Correction = NDArray[np.int16]


@dataclass(frozen=True)
class FramePlan:
    """The part of a plan that one frame needs.

    Attributes:
        inverse_crf: Inverse CRF g of the take, (N,).
        deflicker: Correction of the gain of stage 3, (3, h, w), in 1 / ``PARTS`` stop;
            None if stage 3 does not predict the gain of whole plates.
        is_panorama: Whether all frames of the shot are panoramas.
    """

    inverse_crf: Curve
    deflicker: Correction | None
    is_panorama: bool


@dataclass(frozen=True)
class PlannedFrame:
    """One frame of a plan.

    Attributes:
        n_bytes: Size of the plate file in bytes, to detect a replaced file.
        take: Index of its take; each cut begins a new take.
        exposure_stops: Exposure relative to the first frame of the take, in stops.
        deflicker: As in ``FramePlan``.
    """

    n_bytes: int
    take: int
    exposure_stops: float
    deflicker: Correction | None


@dataclass(frozen=True)
class ShotPlan:
    """The plan of a whole shot.

    Attributes:
        weights_sha256: SHA-256 of the weights that made the plan.
        is_panorama: Whether the frames are panoramas.
        size: Number of rows and columns of the frames.
        curves: Inverse CRF g of each take, (N,).
        frames: The planned frames, by frame number.
        left_out: Reason why a frame has no plan, by frame number.
    """

    weights_sha256: str
    is_panorama: bool
    size: tuple[int, int]
    curves: tuple[Curve, ...]
    frames: Mapping[int, PlannedFrame]
    left_out: Mapping[int, str] = field(default_factory=dict)

    def for_frame(self, number: int, path: Path) -> FramePlan:
        """Return the plan of one frame.

        Args:
            number: Frame number.
            path: Path of the plate file.

        Raises:
            PlateError: The frame is not in the plan, or its plate file was replaced
                after the analysis.
        """
        frame = self.frames.get(number)
        if frame is None:
            missing = f"{path}: frame {number} is not in the plan. Analyze it again."
            raise PlateError(self.left_out.get(number, missing))
        file = file_of(path)
        if file.is_file() and file.stat().st_size != frame.n_bytes:
            raise PlateError(
                f"{path}: was replaced since the shot was analyzed. Analyze it again."
            )
        return FramePlan(self.curves[frame.take], frame.deflicker, self.is_panorama)


def save_plan(plan: ShotPlan, path: Path, *, overwrite: bool = False) -> None:
    """Write a plan as JSON; the file is written completely or not at all.

    Raises:
        OutputError: The file exists, or cannot be written.
    """
    content = {
        "hdr_core_shot": FORMAT,
        "weights_sha256": plan.weights_sha256,
        "panorama": plan.is_panorama,
        "size": plan.size,
        "takes": [pack_curve(curve) for curve in plan.curves],
        "left_out": {str(number): why for number, why in plan.left_out.items()},
        "frames": {
            str(number): {
                "bytes": frame.n_bytes,
                "take": frame.take,
                "exposure_stops": round(frame.exposure_stops, 6),
                "steady": _pack(frame.deflicker),
            }
            for number, frame in sorted(plan.frames.items())
        },
    }
    with whole_file(path, overwrite=overwrite) as hidden:
        hidden.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load_plan(path: Path, *, weights_sha256: str) -> ShotPlan:
    """Read a plan.

    Args:
        path: Path of a file that ``save_plan`` wrote.
        weights_sha256: SHA-256 of the weights in use.

    Raises:
        PlateError: The file is missing or damaged.
        OptionError: The plan was made with other weights.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["hdr_core_shot"] != FORMAT:
            raise PlateError(
                f"{path}: is a plan of another version. Analyze the shot again."
            )
        plan = _plan_of(content)
    except OSError as error:
        raise PlateError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        raise PlateError(
            f"{path}: is damaged, or no plan of a shot. Make it with hdr-core analyze."
        ) from error
    if plan.weights_sha256 != weights_sha256:
        raise OptionError(
            f"{path}: was made with other weights ({plan.weights_sha256[:12]}, not "
            f"{weights_sha256[:12]}). Analyze the shot with the weights in use."
        )
    return plan


def _plan_of(content: Mapping[str, Any]) -> ShotPlan:
    """Return the plan in the content of a file."""
    rows, columns = content["size"]
    frames = {
        int(number): PlannedFrame(
            n_bytes=int(held["bytes"]),
            take=int(held["take"]),
            exposure_stops=float(held["exposure_stops"]),
            deflicker=_unpack(held["steady"]),
        )
        for number, held in content["frames"].items()
    }
    curves = tuple(unpack_curve(curve) for curve in content["takes"])
    if any(not 0 <= frame.take < len(curves) for frame in frames.values()):
        raise ValueError("a frame belongs to no take")
    return ShotPlan(
        weights_sha256=str(content["weights_sha256"]),
        is_panorama=bool(content["panorama"]),
        size=(int(rows), int(columns)),
        curves=curves,
        frames=frames,
        left_out={int(n): str(why) for n, why in content["left_out"].items()},
    )


def _pack(correction: Correction | None) -> dict[str, object] | None:
    """Return a correction as JSON content."""
    if correction is None:
        return None
    samples = zlib.compress(np.ascontiguousarray(correction, dtype="<i2").tobytes(), 9)
    return {
        "size": list(correction.shape[1:]),
        "stops": base64.b64encode(samples).decode("ascii"),
    }


def _unpack(held: Mapping[str, Any] | None) -> Correction | None:
    """Return the correction in JSON content."""
    if held is None:
        return None
    rows, columns = held["size"]
    samples = zlib.decompress(base64.b64decode(held["stops"], validate=True))
    return np.frombuffer(samples, dtype="<i2").reshape(3, rows, columns)
