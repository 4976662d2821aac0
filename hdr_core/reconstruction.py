"""From a plate to its reconstruction: the steps of hdr_core, in their order.

    read > unpremultiply > decide > dequantize > linearize > predict gain > correct
         > add light > project > working space > write

``reconstruct`` below has one line for each step. Reading and writing are in
``delivery``. The camera is estimated once, and stage 3 predicts once, both from the
whole plate. Everything else runs tile by tile. The projection holds the result to the
codes as photographed, not to the dequantized values.
"""

from dataclasses import dataclass, replace

from hdr_core.backends.backend import Backend
from hdr_core.backends.prepare import Model, prepare_backend
from hdr_core.camera.curve_move import CurveMove
from hdr_core.camera.curves import Curve
from hdr_core.color.plate_color import coverage_of, to_working_space, unpremultiply
from hdr_core.color.spaces import Colors
from hdr_core.decisions import Decisions, decide
from hdr_core.develop.choose_camera import choose_camera, inverse_crf_of
from hdr_core.develop.clip_undershoot import fill_clip_undershoot
from hdr_core.develop.dequantize import dequantize
from hdr_core.develop.linear_plate import LinearPlate, gain_stops, linearize
from hdr_core.execution.run import DEFAULT_RUN, Run
from hdr_core.execution.scratch import Scratch
from hdr_core.fidelity.bracket_camera import BracketCamera, Merge
from hdr_core.fidelity.camera import CodeValues, CurveCamera
from hdr_core.fidelity.map_camera import MapCamera
from hdr_core.fidelity.map_promise import MapPromise
from hdr_core.fidelity.plain import set_plain
from hdr_core.fidelity.promise import Promise
from hdr_core.highlights.add_light import HdrLayers, add_light
from hdr_core.known_light import GainMap
from hdr_core.options import Options
from hdr_core.plate import Pixels, Plate
from hdr_core.recognize.recognize import recognize_plate

# Share of the progress that stage 1 takes. Adding light takes the rest.
FIRST_PASS = 0.4


@dataclass(frozen=True)
class Reconstruction:
    """A plate as HDR, and everything that was estimated on the way.

    Attributes:
        hdr: The result, scene-linear in the working space, with exposure.
        inverse_crf: Inverse CRF g of the camera, (N,).
        clip_mask: How clipped each pixel is, in [0, 1], (H, W).
        gain: Log2 of the light over ``linear``, in stops, (H, W, 3). Light below half
            a code counts as half a code.
        uncertainty: Scale of the Laplace law of the added light, in stops, (H, W).
        dequantized: Encoded values between the codes, (H, W, 3), in [0, 1].
        linear: Scene-linear without added light, in the camera's primaries, (H, W, 3),
            1 = sensor clip; with other exposures, the clip of the shortest.
        violations: Number of float32 values that do not photograph back to their code.
        tolerance_codes: Codes by which a value may differ from the plate.
        promise: The promise that ``hdr`` must keep; None: fidelity "free", no promise.
        is_panorama: Whether the plate was reconstructed as a panorama.
        colors: Color spaces of the plate and of the result.
        exposure_stops: Gain of ``hdr``, in stops.
        n_undershoots: Number of clipped values that were raised as noise of the codec.
        crf_spread: Standard deviation of ``inverse_crf``, (N,); None: not known.
        crf_move: How far anchors moved ``inverse_crf``; None: there were none.
        merge: The light that other exposures show; None: there were none.
        gain_map: The map that states the light; None means that it is estimated.
        backend: What ran the networks, "torch" or "onnxruntime".
    """

    hdr: Plate
    inverse_crf: Curve
    clip_mask: Pixels
    gain: Pixels
    uncertainty: Pixels
    dequantized: Pixels
    linear: Pixels
    violations: int
    tolerance_codes: float
    promise: Promise | None
    colors: Colors
    exposure_stops: float = 0.0
    is_panorama: bool = False
    n_undershoots: int = 0
    gain_map: GainMap | None = None
    crf_spread: Curve | None = None
    crf_move: CurveMove | None = None
    merge: Merge | None = None
    backend: str = "torch"


def reconstruct(
    plate: Plate,
    model: Model,
    options: Options,
    *,
    inverse_crf: Curve | None = None,
    shot_stops: Pixels | None = None,
    run: Run = DEFAULT_RUN,
) -> Reconstruction:
    """Return ``plate`` as HDR, scene-linear in ``options.working_space``.

    Args:
        plate: The plate, encoded. Its alpha and metadata are kept unchanged.
        model: The networks, in torch or as graphs; those in torch are moved to the
            device of ``options``.
        options: The artist's choices.
        inverse_crf: Known inverse CRF g, (N,), increasing from 0 to 1; None means that
            it is estimated. If ``options.linearize`` names an encoding, that is used
            instead.
        shot_stops: Stops that the shot plan adds to the predicted light of this frame,
            (3, h, w); None means that the plate belongs to no shot.
        run: Memory of the whole-plate arrays, and the receiver of the progress.

    Raises:
        PlateError: The plate is not encoded, or holds NaN or infinite pixels; or
            ``shot_stops`` were made for a plate of another shape.
        OptionError: This machine has no such device, the tile size is not allowed, or
            both a curve and anchors are given.
        ColorError: The config, the encoding or the working space cannot be used.
        ShapeError: ``inverse_crf`` is not an increasing curve from 0 to 1.
    """
    networks, run = make_ready(model, options, run)
    encoded = unpremultiply(plate, run.scratch)
    decisions = decide(
        plate,
        options,
        # A curve, such as that of a shot's plan, leaves nothing to recognize.
        recognize_plate(plate, encoded, options, networks.config, networks)
        if inverse_crf is None
        else None,
    )
    networks = networks.for_plate(
        decisions, (plate.height, plate.width), has_shot=shot_stops is not None
    )
    mended = fill_clip_undershoot(encoded, decisions, run)
    fine = dequantize(encoded, networks, decisions, run.part(0.0, FIRST_PASS))
    values = CodeValues(encoded, mended.encoded, fine)
    camera, decisions = choose_camera(values, inverse_crf, networks, decisions)
    linear = linearize(values, camera, decisions, run)
    maps = networks.predict_light(linear.linear, decisions, shot_stops)
    layers = add_light(linear, maps, networks, decisions, run.part(FIRST_PASS, 1.0))
    if decisions.is_promised:
        camera.project(layers.hdr, values, linear.camera_light)
    result = finish(plate, linear, layers, decisions, run)  # to the working space
    return replace(result, n_undershoots=mended.n_undershoots, backend=networks.name)


def make_ready(model: Model, options: Options, run: Run) -> tuple[Backend, Run]:
    """Return the model on its device, and a run with memory for its arrays.

    Args:
        model: The networks; they are moved to the device of ``options``.
        options: Device, precision, tile size and largest memory.
        run: Settings of the caller; its ``scratch`` is kept if it has one.

    Raises:
        OptionError: This machine has no such device, or the tile size is not allowed.
    """
    networks = prepare_backend(model, options)
    if run.scratch is not None:
        return networks, run
    scratch = Scratch(options.memory_gib, tiles_at_once=networks.tiles_at_once)
    return networks, replace(run, scratch=scratch)


def finish(
    plate: Plate,
    linear: LinearPlate,
    layers: HdrLayers,
    decisions: Decisions,
    run: Run,
) -> Reconstruction:
    """Return the reconstruction: the result in the working space, and its layers.

    Args:
        plate: The plate that was reconstructed.
        linear: The plate as light, after stages 1 and 2.
        layers: The plate with its light above the clip. ``layers.hdr`` is overwritten.
        decisions: Decisions for this plate.
        run: Memory of the layers.
    """
    options, colors = decisions.options, decisions.colors
    gain = gain_stops(layers.hdr, linear, run.scratch or Scratch())
    kind = MapPromise if isinstance(linear.camera, MapCamera) else Promise
    promise = kind(
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
        inverse_crf=inverse_crf_of(camera := linear.camera),
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
        gain_map=decisions.gain_map,
        crf_spread=camera.spread if isinstance(camera, CurveCamera) else None,
        crf_move=camera.moved if isinstance(camera, CurveCamera) else None,
        merge=camera.merge if isinstance(camera, BracketCamera) else None,
    )


def keep_promise(hdr: Plate, promise: Promise, decisions: Decisions) -> int:
    """Repair ``hdr`` in place, if the promise holds; return the number of violations.

    Args:
        hdr: The result in the working space, with exposure.
        promise: The codes of the plate, and its camera.
        decisions: Whether the promise is given, and whether unclipped pixels are
            exactly those of the color config.
    """
    if decisions.is_promised:
        n_broken = promise.repair(hdr)
        if not decisions.is_plain:
            return n_broken
        set_plain(hdr, promise, decisions.colors)
    return promise.count_violations(hdr, depth="float")
