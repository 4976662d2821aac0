"""Plan a shot: find the cuts, estimate the camera, remove the flicker of its light.

The frames are read three times, and only one is in memory at a time:

1. Find the takes, and the motion of the camera.
2. Estimate the inverse CRF of each take from some of its frames.
3. Predict the light of every frame, and remove its flicker.

The plan depends only on the frames, not on the order in which they are converted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from hdr_core.camera.curves import Curve
from hdr_core.color.plate_color import unpremultiply
from hdr_core.decisions import decide
from hdr_core.develop.choose_camera import known_camera
from hdr_core.develop.clip_undershoot import fill_clip_undershoot
from hdr_core.develop.estimate_camera import estimate_camera
from hdr_core.develop.linear_plate import LinearPlate, linearize
from hdr_core.errors import PlateError
from hdr_core.execution.reduce import shrink, size_for_area
from hdr_core.execution.run import Progress, Run
from hdr_core.execution.scratch import Scratch
from hdr_core.fidelity.camera import CodeValues
from hdr_core.highlights.correct import correct
from hdr_core.highlights.predict import predict_gain
from hdr_core.highlights.shot_stops import total_stops
from hdr_core.io.movie_frames import file_of
from hdr_core.io.read import read_plate
from hdr_core.model import HdrModel
from hdr_core.motion import Motion, align
from hdr_core.networks import Networks, prepare
from hdr_core.options import Options
from hdr_core.panorama.detect import find_panorama
from hdr_core.plate import Plate
from hdr_core.shot.deflicker import (
    REACH,
    CameraPath,
    ReducedFrame,
    correction,
    exposure_change,
)
from hdr_core.shot.plan import PARTS, Correction, PlannedFrame, ShotPlan
from hdr_core.stages.hallucinate.light import clip_mask

# Number of frames of a take whose curves are averaged.
CURVE_FRAMES = 8
# Size of the thumbnails that find the camera's motion.
THUMB_AREA_PX = 96 * 144


@dataclass(frozen=True)
class _Take:
    """The frames between two cuts, and the motion from each to the next."""

    numbers: list[int]
    motions: list[Motion]


@torch.inference_mode()
def analyze_shot(
    plates: Mapping[int, Path],
    model: HdrModel,
    *,
    config: Options,
    weights_sha256: str,
    force: bool = False,
    on_progress: Progress | None = None,
) -> ShotPlan:
    """Return the plan of a shot.

    Args:
        plates: Paths of the plate files by frame number. Frames that cannot be read,
            or differ in size from the first one, are left out; the plan names them.
        model: The networks.
        config: Device, precision, tiles, panorama.
        weights_sha256: SHA-256 of the model's weights.
        force: Take plates that are HDR already as clipped ones.
        on_progress: Called with the share that is done, in (0, 1]; may raise to stop.

    Raises:
        PlateError: No frame can be read.
        OptionError: This machine has no such device.
    """
    networks = prepare(model, config)
    shot = _Shot(dict(sorted(plates.items())), networks, config, force)
    report = on_progress or (lambda share: None)
    takes, shot = _find_takes(shot, report)
    curves = [_curve_of(take, shot) for take in takes]
    frames: dict[int, PlannedFrame] = {}
    for place, (take, curve) in enumerate(zip(takes, curves, strict=True)):
        for number, exposure, deflicker in _deflicker_take(take, curve, shot):
            n_bytes = file_of(shot.plates[number]).stat().st_size
            frames[number] = PlannedFrame(n_bytes, place, exposure, deflicker)
            report(0.5 + 0.5 * len(frames) / len(shot.plates))
    return ShotPlan(
        weights_sha256=weights_sha256,
        is_panorama=shot.config.panorama == "on",
        size=shot.size,
        curves=tuple(curves),
        frames=frames,
        left_out=shot.left_out,
    )


class _Shot:
    """The frames of a shot, and the settings to read and develop them."""

    def __init__(
        self,
        plates: dict[int, Path],
        networks: Networks,
        config: Options,
        force: bool,
    ) -> None:
        self.plates, self.networks, self.force = plates, networks, force
        # Stage 1 would change neither the curves nor the corrections: leave it out.
        self.config = replace(config, skip=(*config.skip, "dequantize"))
        self.size = (0, 0)
        self.left_out: dict[int, str] = {}

    def read(self, number: int) -> Plate:
        """Read one frame."""
        plate = read_plate(
            self.plates[number], force=self.force, gain_map=self.config.gain_map
        )
        return plate.clipped_at(self.config.clip_code)

    def develop(self, plate: Plate, curve: Curve | None) -> LinearPlate:
        """Return a frame as light; without a curve, its camera is estimated."""
        decisions = decide(plate, self.config)
        n_tiles = self.networks.tiles_at_once
        run = Run(Scratch(self.config.memory_gib, tiles_at_once=n_tiles))
        encoded = unpremultiply(plate, run.scratch)
        mended = fill_clip_undershoot(encoded, decisions, run)
        camera = known_camera(decisions, curve) or estimate_camera(
            mended.encoded, encoded, self.networks, decisions
        )
        values = CodeValues(encoded, mended.encoded, encoded)
        return linearize(values, camera, decisions, run)

    def leave_out(self, number: int, why: str) -> None:
        """Remove a frame from the shot, and keep the reason."""
        self.left_out[number] = why
        del self.plates[number]

    def use_first(self, first: Plate) -> None:
        """Take the size, and whether it is a panorama, from the first frame."""
        self.size = (first.height, first.width)
        found = find_panorama(first, self.config.panorama)
        self.config = replace(
            self.config, panorama="on" if found.is_panorama else "off"
        )


def _find_takes(shot: _Shot, report: Progress) -> tuple[list[_Take], _Shot]:
    """Read every frame; return the takes in order."""
    takes: list[_Take] = []
    before: Tensor | None = None
    for place, number in enumerate(list(shot.plates)):
        try:
            plate = shot.read(number)
        except PlateError as error:
            shot.leave_out(number, str(error))
            continue
        if before is None:
            shot.use_first(plate)
        if (plate.height, plate.width) != shot.size:
            width, height = shot.size[1], shot.size[0]
            shot.leave_out(
                number,
                f"{shot.plates[number]}: {plate.width}x{plate.height}, but its shot "
                f"has {width}x{height}. Convert it on its own, with --shot none.",
            )
            continue
        thumb = _thumb(plate)
        motion = None if before is None else align(before, thumb)
        if motion is None or motion.is_cut:
            takes.append(_Take([number], []))
        else:
            takes[-1].numbers.append(number)
            takes[-1].motions.append(motion)
        before = thumb
        report(0.5 * (place + 1) / (len(shot.plates) + 1))
    if not takes:
        why = next(iter(shot.left_out.values()), "it has no frames")
        raise PlateError(f"no frame of the shot can be read: {why}")
    return takes, shot


def _thumb(plate: Plate) -> Tensor:
    """Return the mean of the channels, encoded and reduced, (h, w) float64."""
    size = plate.height, plate.width

    def read(rows: slice) -> Tensor:
        grey = plate.visible(rows).mean(axis=2, dtype=np.float64)
        return torch.from_numpy(grey)[None, None]

    return shrink(read, size, size_for_area(size, THUMB_AREA_PX))[0, 0]


def _curve_of(take: _Take, shot: _Shot) -> Curve:
    """Return the mean curve of some frames, spread evenly over a take.

    The values are rounded to float32, as the plan's file stores them.
    """
    count = min(CURVE_FRAMES, len(take.numbers))
    chosen = np.linspace(0, len(take.numbers) - 1, count).round().astype(int)
    curves = [
        shot.develop(shot.read(take.numbers[place]), None).camera.inverse_crf
        for place in chosen
    ]
    mean = np.mean(curves, axis=0)
    return np.asarray(mean.astype(np.float32).astype(np.float64))


def _deflicker_take(
    take: _Take, curve: Curve, shot: _Shot
) -> list[tuple[int, float, Correction | None]]:
    """Return number, exposure and correction of each frame of a take."""
    frames: list[ReducedFrame | None] = []
    path = CameraPath([motion.homography for motion in take.motions], [0.0])
    corrections: list[Correction | None] = []

    def correct_until(end: int) -> None:
        for place in range(len(corrections), end):
            corrections.append(_correction_of(frames, path, place))
            if place >= REACH:
                # No later frame reaches it.
                frames[place - REACH] = None

    for place, number in enumerate(take.numbers):
        frames.append(_reduce_frame(shot.read(number), curve, shot))
        if place:
            path.exposures.append(
                path.exposures[-1]
                + _exposure(frames[-2:], path.homographies[place - 1])
            )
        correct_until(place - REACH + 1)
    correct_until(len(take.numbers))
    return list(zip(take.numbers, path.exposures, corrections, strict=True))


def _reduce_frame(plate: Plate, curve: Curve, shot: _Shot) -> ReducedFrame | None:
    """Return what stage 3 predicts for a frame; None: it predicts tile by tile."""
    developed = shot.develop(plate, curve)
    decisions = decide(plate, replace(shot.config, skip=("dequantize",)))
    maps = correct(predict_gain(developed.linear, shot.networks, decisions))
    if maps is None:
        return None
    threshold = shot.networks.model.config.hallucinate.threshold

    def read(rows: slice) -> Tensor:
        light = shot.networks.to_tensor(developed.linear[rows])
        mask = clip_mask(light, threshold=threshold)
        return torch.cat([mask, light.mean(dim=1, keepdim=True)], dim=1)

    stops = total_stops(maps)
    small = shrink(read, shot.size, (stops.shape[1], stops.shape[2]))[0].cpu()
    return ReducedFrame(stops.float().cpu(), small[0], small[1])


def _exposure(pair: Sequence[ReducedFrame | None], homography: Tensor) -> float:
    """Return the change of exposure between two frames, in stops."""
    first, second = pair
    if first is None or second is None:
        return 0.0
    return exposure_change(first, second, homography)


def _correction_of(
    frames: Sequence[ReducedFrame | None], path: CameraPath, place: int
) -> Correction | None:
    """Return the correction of one frame, in 1 / ``PARTS`` stop."""
    if frames[place] is None:
        return None
    stops = correction(frames, path, place).numpy()
    return np.asarray(np.rint(stops * PARTS), dtype=np.int16)
