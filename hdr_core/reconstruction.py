"""The line: from a plate to its reconstruction.

    read > decide > unpremultiply > dequantize > linearize > predict gain > correct
         > add light > project > working space > write

``reconstruct`` below is this line without its two ends: reading and writing are
``delivery``'s. The camera is estimated once, on the whole plate. Stage 3 looks once at
the whole plate. All else goes tile by tile. The projection holds the result to the
codes as photographed, not to the dequantized plate.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch

from hdr_core.camera.response import Curve
from hdr_core.color.plate_color import coverage_of, to_working_space, unpremultiply
from hdr_core.color.spaces import Colors
from hdr_core.decisions import Decisions, decide
from hdr_core.develop.clip_undershoot import fill_clip_undershoot
from hdr_core.develop.dequantize import dequantize
from hdr_core.develop.estimate_camera import estimate_camera
from hdr_core.develop.linear_plate import LinearPlate, linearize
from hdr_core.errors import ShapeError
from hdr_core.execution.run import DEFAULT_RUN, Run
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.fidelity.camera import Camera, CodeValues, half_code_light
from hdr_core.fidelity.plain import set_plain
from hdr_core.fidelity.promise import Promise
from hdr_core.highlights.add_light import HdrLayers, add_light
from hdr_core.highlights.correct import correct
from hdr_core.highlights.predict import predict_gain
from hdr_core.model import HdrModel
from hdr_core.networks import Array, Networks, prepare
from hdr_core.options import Options
from hdr_core.plate import Plate

# Share of the progress that stage 1 takes.
FIRST_PASS = 0.4


@dataclass(frozen=True)
class Reconstruction:
    """A plate as HDR, and everything that was estimated on the way.

    Attributes:
        hdr: Scene-linear in the working space, with exposure.
        inverse_crf: G of the camera, (N,).
        clip_mask: How clipped each pixel is, in [0, 1], (H, W).
        gain: Log2 of light over ``linear``, in stops, (H, W, 3); light below half a
            code counts as half a code.
        uncertainty: Scale of the Laplace law of the added light, in stops, (H, W).
        dequantized: Encoded, with the values between the codes, (H, W, 3).
        linear: Scene-linear without added light, in the camera's primaries, (H, W, 3),
            1 = sensor clip.
        violations: Values that would not photograph back to their code, in float32.
        tolerance_codes: By how many codes they may be off.
        promise: What ``violations`` counts breaches of; None: fidelity "free".
        is_panorama: It was taken as one: without border.
        colors: Which color spaces were taken and assumed.
        exposure_stops: Gain that ``hdr`` was given.
        n_undershoots: Values in clipped light that were taken for the codec's noise
            (develop/clip_undershoot.py).
    """

    hdr: Plate
    inverse_crf: Curve
    clip_mask: Array
    gain: Array
    uncertainty: Array
    dequantized: Array
    linear: Array
    violations: int
    tolerance_codes: float
    promise: Promise | None
    colors: Colors
    exposure_stops: float = 0.0
    is_panorama: bool = False
    n_undershoots: int = 0


@torch.inference_mode()
def reconstruct(
    plate: Plate,
    model: HdrModel,
    options: Options,
    *,
    inverse_crf: Curve | None = None,
    shot_stops: Array | None = None,
    run: Run = DEFAULT_RUN,
) -> Reconstruction:
    """Return ``plate`` as HDR, scene-linear in ``options.working_space``.

    Args:
        plate: Encoded. Alpha and metadata ride along untouched.
        model: Its networks; moved to the device of ``options``.
        options: What the artist chose.
        inverse_crf: Known g (N,), increasing from 0 to 1; None: estimate it. Where
            ``options.linearize`` names an encoding, that is taken instead.
        shot_stops: Stops to add to the clipped light that stage 3 predicts, (3, h, w),
            as decided for the shot; None: the plate stands alone.
        run: Where whole-plate arrays lie, and who follows the progress.

    Raises:
        PlateError: The plate is not encoded, or holds NaN or infinite pixels.
        OptionError: No such device.
        ColorError: The config, the encoding or the working space cannot be used.
        ShapeError: ``inverse_crf`` is not an increasing curve from 0 to 1.
    """
    decisions = decide(plate, options)
    networks, run = make_ready(model, options, run)
    encoded = unpremultiply(plate, run.scratch)
    mended = fill_clip_undershoot(encoded, decisions, run)
    fine = dequantize(encoded, networks, decisions, run.part(0.0, FIRST_PASS))
    camera = known_camera(decisions, inverse_crf) or estimate_camera(
        mended.encoded, fine, networks, decisions
    )
    linear = linearize(
        CodeValues(encoded, mended.encoded, fine), camera, decisions, run
    )
    maps = correct(predict_gain(linear.linear, networks, decisions), shot_stops)
    layers = add_light(linear, maps, networks, decisions, run.part(FIRST_PASS, 1.0))
    if decisions.is_promised:
        camera.project(layers.hdr, linear.values, linear.camera_light)
    result = finish(plate, linear, layers, decisions, run)
    return replace(result, n_undershoots=mended.n_undershoots)


def make_ready(model: HdrModel, options: Options, run: Run) -> tuple[Networks, Run]:
    """Return the model where it runs, and a run that has a place for its arrays.

    Raises:
        OptionError: No such device, or tiles without pixels.
    """
    networks = prepare(model, options)
    if run.scratch is not None:
        return networks, run
    scratch = Scratch(options.memory_gib, tiles_at_once=networks.tiles_at_once)
    return networks, replace(run, scratch=scratch)


def known_camera(decisions: Decisions, inverse_crf: Curve | None) -> Camera | None:
    """Return the camera that need not be estimated: of the options, else of g.

    Raises:
        ShapeError: ``inverse_crf`` is not an increasing curve from 0 to 1.
    """
    if decisions.camera is not None or inverse_crf is None:
        return decisions.camera
    return decisions.curve_camera(checked_curve(inverse_crf))


def checked_curve(inverse_crf: Curve) -> Curve:
    """Return a known curve in the numbers that the file will hold it in.

    Raises:
        ShapeError: It is not (N,), or does not increase from 0 to 1.
    """
    curve = np.asarray(inverse_crf, dtype=np.float32).astype(np.float64)
    if curve.ndim != 1 or len(curve) < 2:
        raise ShapeError(f"inverse_crf: needs (N,), found {curve.shape}.")
    if curve[0] != 0.0 or curve[-1] != 1.0 or not (np.diff(curve) > 0.0).all():
        raise ShapeError("inverse_crf: must increase from 0 to 1, in float32.")
    return curve


def finish(
    plate: Plate,
    linear: LinearPlate,
    layers: HdrLayers,
    decisions: Decisions,
    run: Run,
) -> Reconstruction:
    """Return the result in the working space, its layers, and what breaks the promise.

    Args:
        plate: What was reconstructed.
        linear: Stages 1 and 2.
        layers: The light; ``layers.hdr`` is overwritten.
        decisions: What was decided for the plate.
        run: Where the layers lie.
    """
    options, colors = decisions.options, decisions.colors
    gain = gain_stops(layers.hdr, linear, run.scratch or Scratch())
    promise = Promise(
        encoded=linear.values.mended,
        camera=linear.camera,
        exposure_stops=options.exposure_stops,
        coverage=coverage_of(plate),
        camera_to_stored=colors.camera_to_working,
    )
    hdr = to_working_space(
        layers.hdr, plate, colors=colors, stops=options.exposure_stops
    )
    return Reconstruction(
        hdr=hdr,
        inverse_crf=linear.camera.inverse_crf,
        clip_mask=layers.clip_mask,
        gain=gain,
        uncertainty=layers.uncertainty,
        dequantized=linear.values.fine,
        linear=linear.camera_light,
        violations=keep_promise(hdr, promise, decisions),
        tolerance_codes=decisions.tolerance_codes,
        promise=promise if decisions.is_promised else None,
        is_panorama=decisions.is_panorama,
        colors=colors,
        exposure_stops=options.exposure_stops,
    )


def gain_stops(hdr: Array, linear: LinearPlate, scratch: Scratch) -> Array:
    """Return log2 of the light (H, W, 3) over the plate's, in stops."""
    floor = np.float32(half_code_light(linear.camera))
    gain: Array = scratch.zeros(hdr.shape)
    for band in bands(gain):
        light = np.maximum(hdr[band], floor)
        gain[band] = np.log2(light / np.maximum(linear.camera_light[band], floor))
    return gain


def keep_promise(hdr: Plate, promise: Promise, decisions: Decisions) -> int:
    """Repair ``hdr``, in place, as far as asked; return how many values are broken."""
    if decisions.is_promised:
        n_broken = promise.repair(hdr)
        if not decisions.is_plain:
            return n_broken
        set_plain(hdr, promise, decisions.colors)
    return promise.count_violations(hdr, depth="float")
