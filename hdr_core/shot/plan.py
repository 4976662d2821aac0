"""What is decided once a shot, so that its frames agree: the plan, and its file.

Every frame is converted by itself, from its plate and the plan: in any order, in any
chunks, on any machine, with the same bytes.
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
from hdr_core.camera.response import Curve
from hdr_core.errors import OptionError, PlateError
from hdr_core.io.atomic import whole_file
from hdr_core.io.movie_frames import file_of

FORMAT = 1
# Corrections are kept in such parts of a stop.
PARTS = 256
Steady = NDArray[np.int16]


@dataclass(frozen=True)
class FramePlan:
    """What one frame takes from its shot.

    Attributes:
        inverse_crf: g of the shot's camera, (N,).
        steady: Correction of stage 3's stops, (3, h, w), in 1 / ``PARTS`` stop;
            None: stage 3 does not see whole plates.
        is_panorama: Decided for the shot.
    """

    inverse_crf: Curve
    steady: Steady | None
    is_panorama: bool


@dataclass(frozen=True)
class PlannedFrame:
    """One frame of a plan.

    Attributes:
        n_bytes: Size of the plate's file, to tell when it was replaced.
        take: Which take it belongs to: a cut begins another.
        exposure_stops: Against the first frame of the take.
        steady: As in ``FramePlan``.
    """

    n_bytes: int
    take: int
    exposure_stops: float
    steady: Steady | None


@dataclass(frozen=True)
class ShotPlan:
    """What is decided for all frames.

    Attributes:
        weights_sha256: Of the weights that decided it.
        is_panorama: Whether the frames are panoramas.
        size: Rows and columns of the frames.
        curves: g of each take, (N,).
        frames: By number.
        left_out: Why a frame has no plan, by number.
    """

    weights_sha256: str
    is_panorama: bool
    size: tuple[int, int]
    curves: tuple[Curve, ...]
    frames: Mapping[int, PlannedFrame]
    left_out: Mapping[int, str] = field(default_factory=dict)

    def for_frame(self, number: int, path: Path) -> FramePlan:
        """Return the plan of one frame.

        Raises:
            PlateError: It was not planned, or its plate was replaced since.
        """
        frame = self.frames.get(number)
        if frame is None:
            missing = f"{path}: frame {number} is not in the plan. Analyze it anew."
            raise PlateError(self.left_out.get(number, missing))
        file = file_of(path)
        if file.is_file() and file.stat().st_size != frame.n_bytes:
            raise PlateError(
                f"{path}: was replaced since the shot was analyzed. Analyze it anew."
            )
        return FramePlan(self.curves[frame.take], frame.steady, self.is_panorama)


def save_plan(plan: ShotPlan, path: Path, *, overwrite: bool = False) -> None:
    """Write a plan as JSON; the file appears whole or not at all.

    Raises:
        OutputError: It exists, or cannot be written.
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
                "steady": _pack(frame.steady),
            }
            for number, frame in sorted(plan.frames.items())
        },
    }
    with whole_file(path, overwrite=overwrite) as hidden:
        hidden.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load_plan(path: Path, *, weights_sha256: str) -> ShotPlan:
    """Read a plan.

    Args:
        path: A file of ``save_plan``.
        weights_sha256: Of the weights in use.

    Raises:
        PlateError: The file is missing or damaged.
        OptionError: Other weights made it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["hdr_core_shot"] != FORMAT:
            raise PlateError(f"{path}: a plan of another version. Analyze anew.")
        plan = _plan_of(content)
    except OSError as error:
        raise PlateError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        raise PlateError(
            f"{path}: no plan of a shot, or damaged. Make it with hdr-core analyze."
        ) from error
    if plan.weights_sha256 != weights_sha256:
        raise OptionError(
            f"{path}: was made with other weights ({plan.weights_sha256[:12]}, not "
            f"{weights_sha256[:12]}). Analyze the shot with the weights in use."
        )
    return plan


def _plan_of(content: Mapping[str, Any]) -> ShotPlan:
    rows, columns = content["size"]
    told = content["left_out"]
    frames = {
        int(number): PlannedFrame(
            n_bytes=int(held["bytes"]),
            take=int(held["take"]),
            exposure_stops=float(held["exposure_stops"]),
            steady=_unpack(held["steady"]),
        )
        for number, held in content["frames"].items()
    }
    curves = tuple(unpack_curve(curve) for curve in content["takes"])
    if any(not 0 <= frame.take < len(curves) for frame in frames.values()):
        raise ValueError("a frame of no take")
    return ShotPlan(
        weights_sha256=str(content["weights_sha256"]),
        is_panorama=bool(content["panorama"]),
        size=(int(rows), int(columns)),
        curves=curves,
        frames=frames,
        left_out={int(number): str(why) for number, why in told.items()},
    )


def _pack(steady: Steady | None) -> dict[str, object] | None:
    if steady is None:
        return None
    samples = zlib.compress(np.ascontiguousarray(steady, dtype="<i2").tobytes(), 9)
    return {
        "size": list(steady.shape[1:]),
        "stops": base64.b64encode(samples).decode("ascii"),
    }


def _unpack(held: Mapping[str, Any] | None) -> Steady | None:
    if held is None:
        return None
    rows, columns = held["size"]
    samples = zlib.decompress(base64.b64decode(held["stops"], validate=True))
    return np.frombuffer(samples, dtype="<i2").reshape(3, rows, columns)
