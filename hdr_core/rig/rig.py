"""A rig: a dome and lights that together are a panorama."""

from dataclasses import dataclass

import numpy as np

from hdr_core.errors import OptionError
from hdr_core.panorama.angles import pixel_directions, polar_edges, row_solid_angles
from hdr_core.plate import Pixels
from hdr_core.rig.check import RigCheck, check_rig
from hdr_core.rig.lights import RigLight
from hdr_core.rig.panorama import Panorama
from hdr_core.rig.shape import add_energy


@dataclass(frozen=True)
class Rig:
    """A dome and its lights.

    Attributes:
        panorama: What was split.
        dome: Light without the lamps, (H, W, 3), in the space of the panorama.
        lights: The lights, the strongest first.
        check: Irradiance of dome and lights against that of the panorama.
        notes: What an artist should know about the split.
    """

    panorama: Panorama
    dome: Pixels
    lights: tuple[RigLight, ...]
    check: RigCheck
    notes: tuple[str, ...] = ()


def clamp_dome(rig: Rig, most: float) -> Rig:
    """Return the rig with a limited dome; the nearest light takes the rest.

    Args:
        rig: Dome and lights.
        most: Largest luminance of the dome, in the unit of the file.

    Raises:
        OptionError: Something is above ``most``, and the rig has no light.
    """
    panorama, dome = rig.panorama, rig.dome.copy()
    luminance = panorama.luminance(dome.reshape(-1, 3)).reshape(dome.shape[:2])
    rows, columns = np.nonzero(luminance > most)
    if len(rows) == 0:
        return rig
    if not rig.lights:
        raise OptionError(
            f"dome-max: {panorama.path.name} gives no light that could take what is "
            "above it. Lower --least-share."
        )
    bright = dome[rows, columns].astype(float)
    limited = bright * (most / luminance[rows, columns])[:, None]
    dome[rows, columns] = limited
    areas = row_solid_angles(polar_edges(len(dome)), dome.shape[1])
    taken = (bright - dome[rows, columns]) * areas[rows, None]
    directions = pixel_directions(*dome.shape[:2])[rows, columns]
    toward = np.array([light.direction for light in rig.lights])
    nearest = np.argmax(directions @ toward.T, axis=1)
    shares = panorama.luminance(taken) / panorama.light_map.total()
    lights = tuple(
        add_energy(light, taken[mine], directions[mine], shares[mine])
        for place, light in enumerate(rig.lights)
        for mine in [nearest == place]
    )
    share = 100 * float(shares.sum())
    note = f"{share:.2g} % of all light is above dome-max and went to the lights"
    check = check_rig(panorama.pixels, dome, lights)
    return Rig(panorama, dome, lights, check, (*rig.notes, note))
