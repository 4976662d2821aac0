"""A plate's codes, as the stages take them: decoded, lamps mended, dequantized."""

from dataclasses import dataclass, replace

import numpy as np

from hdr_core.camera.crf import Curve
from hdr_core.config import InferConfig
from hdr_core.inference.panorama import Verdict, find_panorama
from hdr_core.inference.passes import (
    Array,
    Networks,
    Progress,
    dequantize_plate,
)
from hdr_core.inference.pits import fill_pits
from hdr_core.inference.plate_color import decode_color
from hdr_core.inference.promise import choose_tolerance
from hdr_core.io.scratch import Scratch, bands
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
    n_pits: int
    panorama: Verdict

    @property
    def is_panorama(self) -> bool:
        """Whether the plate has no border."""
        return self.panorama.is_panorama

    def fill_pits(self, light: Array, inverse_crf: Curve) -> None:
        """Set the light of ``dequantized``, in place, to that of pits that were filled.

        Args:
            light: Scene-linear, (H, W, 3).
            inverse_crf: By which it was linearized.
        """
        if self.encoded is self.photographed:
            return
        places = np.linspace(0.0, 1.0, len(inverse_crf))
        for band in bands(light):
            filled = self.encoded[band]
            is_pit = filled > self.photographed[band]
            light[band][is_pit] = np.interp(filled[is_pit], places, inverse_crf)


def see_codes(
    plate: Plate,
    networks: Networks,
    config: InferConfig,
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
    room = scratch or Scratch(config.memory_gib)
    panorama = find_panorama(plate, config.panorama)
    tolerance_codes = choose_tolerance(plate, config.tolerance_codes)
    photographed = decode_color(plate, room)
    encoded, n_pits = fill_pits(
        photographed,
        plate,
        tolerance_codes=tolerance_codes,
        size_px=config.tiles.size_px,
        is_panorama=panorama.is_panorama,
        scratch=room,
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
            scratch=room,
            on_progress=on_progress,
        )
    return Codes(photographed, encoded, dequantized, n_pits, panorama)


def see_codes_for_curve(plate: Plate, networks: Networks, config: InferConfig) -> Codes:
    """Return the codes of a plate of which only the curve is asked."""
    if networks.model.config.curve_from == "plate":
        config = replace(config, skip=(*config.skip, "dequantize"))
    return see_codes(plate, networks, config)
