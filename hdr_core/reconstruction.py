"""The straight line: from a plate to its reconstruction.

    dequantize > linearize > hallucinate > refine > project > expose > working space

The inverse CRF is estimated once, on the whole plate; stage 3 looks once at the whole
plate; all else goes tile by tile. The projection holds the result to the codes as
photographed, not to the dequantized plate.
"""

from dataclasses import dataclass

import numpy as np
import torch

from hdr_core.camera.response import Curve, curve_edges, lift_black
from hdr_core.color.plate_color import coverage_of, to_working_space
from hdr_core.color.spaces import Colors, choose_colors
from hdr_core.config import Options
from hdr_core.develop.codes import read_codes
from hdr_core.develop.passes import Developed, estimate_inverse_crf, linearize_plate
from hdr_core.errors import ShapeError
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.fidelity.known_encoding import decode_within_codes, keep_promise
from hdr_core.fidelity.promise import Promise, choose_tolerance
from hdr_core.highlights.add_light import HdrLayers, light_plate
from hdr_core.model import HdrModel
from hdr_core.networks import Array, Networks, Progress, prepare
from hdr_core.plate import Plate

# Share of the progress that the first pass takes.
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
        linear: Scene-linear without added light, network space, (H, W, 3).
        violations: Values that would not photograph back to their code, in float32.
        tolerance_codes: By how many codes they may be off.
        promise: What ``violations`` counts breaches of; None: fidelity "free".
        is_panorama: It was taken as one: without border.
        colors: Which color spaces were taken and assumed.
        n_pits: Values in clipped light that were taken for the codec's noise (pits.py).
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
    is_panorama: bool = False
    n_undershoots: int = 0


@torch.inference_mode()
def reconstruct(
    plate: Plate,
    model: HdrModel,
    *,
    config: Options,
    inverse_crf: Curve | None = None,
    steady: Array | None = None,
    scratch: Scratch | None = None,
    on_progress: Progress | None = None,
) -> Reconstruction:
    """Return ``plate`` as HDR, scene-linear in ``config.working_space``.

    Args:
        plate: Encoded. Alpha and metadata ride along untouched.
        model: Its networks; moved to the device of ``config``.
        config: What the artist chose.
        inverse_crf: Known g (N,), increasing from 0 to 1; None: estimate it. Where
            ``config.linearize`` names an encoding, that is taken instead.
        steady: Stops to add to the clipped light that stage 3 tells, (3, h, w), as
            decided for the shot; None: the plate stands alone.
        scratch: Where whole-plate arrays lie; None: by ``config.memory_gib``.
        on_progress: Told the share that is done, in (0, 1]; may raise to stop.

    Raises:
        PlateError: The plate is not encoded, or holds NaN or infinite pixels.
        OptionError: No such device.
        ColorError: The config, the encoding or the working space cannot be used.
        ShapeError: ``inverse_crf`` is not an increasing curve from 0 to 1.
    """
    colors = choose_colors(plate, config)
    networks = prepare(model, config)
    report = on_progress or _ignore
    tolerance_codes = choose_tolerance(plate, config.tolerance_codes)

    scratch = scratch or Scratch(
        config.memory_gib, tiles_at_once=networks.tiles_at_once
    )
    developed = develop(plate, networks, config, colors, inverse_crf, report, scratch)
    lit = light_plate(
        developed,
        networks,
        config,
        tolerance_codes=tolerance_codes,
        steady=steady,
        scratch=scratch,
        on_progress=lambda share: report(FIRST_PASS + (1.0 - FIRST_PASS) * share),
    )
    gain = gain_stops(lit, developed, scratch)
    promise = make_promise(plate, developed, colors, config, tolerance_codes)
    hdr = to_working_space(lit.hdr, plate, colors=colors, stops=config.exposure_stops)
    violations = keep_promise(hdr, promise, config, colors)
    return Reconstruction(
        hdr=hdr,
        inverse_crf=developed.inverse_crf,
        clip_mask=lit.clip_mask,
        gain=gain,
        uncertainty=lit.uncertainty,
        dequantized=developed.dequantized,
        linear=developed.linear,
        violations=violations,
        tolerance_codes=tolerance_codes,
        promise=promise if config.fidelity == "plate" else None,
        is_panorama=developed.is_panorama,
        colors=colors,
        n_undershoots=developed.n_undershoots,
    )


def develop(
    plate: Plate,
    networks: Networks,
    config: Options,
    colors: Colors,
    inverse_crf: Curve | None,
    report: Progress,
    scratch: Scratch,
) -> Developed:
    """Return what the plate says before anything is added: stages 1 and 2."""
    codes = read_codes(
        plate,
        networks,
        config,
        scratch=scratch,
        on_progress=lambda share: report(FIRST_PASS * share),
    )
    encoded, dequantized = codes.encoded, codes.dequantized
    has_stage_1 = dequantized is not codes.photographed
    if colors.curve is not None:
        inverse_crf = colors.curve
    elif inverse_crf is None:
        inverse_crf = estimate_inverse_crf(
            encoded, dequantized, networks, is_panorama=codes.is_panorama
        )
    else:
        inverse_crf = checked_curve(inverse_crf)
    if colors.encoding is not None and colors.encoding.encode is not None:
        light = decode_within_codes(
            dequantized,
            encoded,
            colors.encoding,
            max_code=plate.max_code,
            scratch=scratch,
        )
    else:
        applied = inverse_crf
        # Where the values between codes are asked, those below the first are, too; a
        # known encoding says what 0 is.
        if has_stage_1 and colors.curve is None:
            applied = lift_black(inverse_crf, max_code=plate.max_code)
        light = linearize_plate(dequantized, applied, scratch=scratch)
        codes.fill_clip_undershoot(light, inverse_crf)
    return Developed(
        encoded=encoded,
        dequantized=dequantized,
        linear=colors.to_network_space(light, scratch),
        inverse_crf=inverse_crf,
        max_code=plate.max_code,
        camera_light=light,
        colors=colors,
        is_panorama=codes.is_panorama,
        n_undershoots=codes.n_undershoots,
    )


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


def gain_stops(lit: HdrLayers, developed: Developed, scratch: Scratch) -> Array:
    """Return log2 of the light over the plate's, in stops, (H, W, 3)."""
    edges = curve_edges(developed.inverse_crf, max_code=developed.max_code)
    floor = np.float32(edges[edges > 0.0][0])
    gain: Array = scratch.zeros(lit.hdr.shape)
    for band in bands(gain):
        light = np.maximum(lit.hdr[band], floor)
        gain[band] = np.log2(light / np.maximum(developed.camera_light[band], floor))
    return gain


def make_promise(
    plate: Plate,
    developed: Developed,
    colors: Colors,
    config: Options,
    tolerance_codes: float,
) -> Promise:
    """Return what the result is promised."""
    encoding = colors.encoding
    is_asked = encoding is not None and encoding.encode is not None
    return Promise(
        encoded=developed.encoded,
        max_code=plate.max_code,
        inverse_crf=developed.inverse_crf,
        tolerance_codes=tolerance_codes,
        exposure_stops=config.exposure_stops,
        coverage=coverage_of(plate),
        camera_to_stored=colors.camera_to_working,
        encoding=encoding if is_asked else None,
    )


def _ignore(share: float) -> None:
    """Tell nobody."""
