"""A plate's codes, as the stages take them: decoded, lamps mended, dequantized."""

from dataclasses import dataclass, replace

import numpy as np

from hdr_core.camera.response import Curve, curve_grid
from hdr_core.color.plate_color import unpremultiply
from hdr_core.config import Options
from hdr_core.develop.clip_undershoot import fill_clip_undershoot
from hdr_core.develop.passes import dequantize_plate
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.fidelity.promise import choose_tolerance
from hdr_core.networks import Array, Networks, Progress
from hdr_core.panorama.detect import Verdict, find_panorama
from hdr_core.plate import Plate

# Largest code of the plates that stage 1 learnt from. Finer ones hide nothing that it
# could know.
LEARNT_CODE = 255


@dataclass(frozen=True)
class Codes:
    """What a plate holds, (H, W, 3) in [0, 1], not premultiplied.

    Attributes:
        photographed: As photographed.
        encoded: The same, but for pits in clipped light (pits.py).
        dequantized: As photographed, with the values between the codes.
        n_pits: Values of ``encoded`` that are further from the plate's than tolerated.
        panorama: Whether the plate is one, and so has no border.
    """

    photographed: Array
    encoded: Array
    dequantized: Array
    n_undershoots: int
    panorama: Verdict

    @property
    def is_panorama(self) -> bool:
        """Whether the plate has no border."""
        return self.panorama.is_panorama

    def fill_clip_undershoot(self, light: Array, inverse_crf: Curve) -> None:
        """Set the light of ``dequantized``, in place, to that of pits that were filled.

        Args:
            light: Scene-linear, (H, W, 3).
            inverse_crf: By which it was linearized.
        """
        if self.encoded is self.photographed:
            return
        places = curve_grid(len(inverse_crf))
        for band in bands(light):
            filled = self.encoded[band]
            is_undershoot = filled > self.photographed[band]
            light[band][is_undershoot] = np.interp(
                filled[is_undershoot], places, inverse_crf
            )


def read_codes(
    plate: Plate,
    networks: Networks,
    config: Options,
    *,
    scratch: Scratch | None = None,
    on_progress: Progress | None = None,
) -> Codes:
    """Return the codes of a plate, with what stage 1 says lies between them.

    Args:
        plate: Encoded.
        networks: The model, ready.
        config: What the artist chose.
        scratch: Where whole-plate arrays lie.
        on_progress: Told the share of stage 1 that is done.

    Raises:
        PlateError: The plate is not encoded, or holds NaN or infinite pixels.
    """
    scratch = scratch or Scratch(config.memory_gib)
    panorama = find_panorama(plate, config.panorama)
    tolerance_codes = choose_tolerance(plate, config.tolerance_codes)
    photographed = unpremultiply(plate, scratch)
    encoded, n_undershoots = fill_clip_undershoot(
        photographed,
        plate,
        tolerance_codes=tolerance_codes,
        size_px=config.tiles.size_px,
        is_panorama=panorama.is_panorama,
        scratch=scratch,
    )
    most_change = None
    if config.fidelity == "plate":
        most_change = (0.5 + tolerance_codes) / plate.max_code
    dequantized = photographed
    if "dequantize" not in config.skip and plate.max_code <= LEARNT_CODE:
        dequantized = dequantize_plate(
            photographed,
            networks,
            most_change=most_change,
            tiles=config.tiles,
            is_panorama=panorama.is_panorama,
            scratch=scratch,
            on_progress=on_progress,
        )
    return Codes(photographed, encoded, dequantized, n_undershoots, panorama)


def codes_for_curve(plate: Plate, networks: Networks, config: Options) -> Codes:
    """Return the codes of a plate of which only the curve is asked."""
    if networks.model.config.curve_from == "plate":
        config = replace(config, skip=(*config.skip, "dequantize"))
    return read_codes(plate, networks, config)
