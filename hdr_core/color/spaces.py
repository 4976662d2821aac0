"""The color spaces of a plate and of its result, chosen once for each plate.

There are three sets of primaries: the camera's, in which codes clip and the re-shoot
promise holds; the networks' (Linear Rec.709); and the artist's working space.

Colors outside of the networks' primaries follow one rule. The networks get negative
light as 0 and light above the clip as 1. Only the light that they add is converted
back and added to the camera's light, which itself stays unchanged.
"""

from dataclasses import dataclass, replace

import numpy as np

from hdr_core.color.encoding import (
    SAME_PRIMARIES,
    Encoding,
    Matrix,
    find_encoding,
    find_linear,
    from_network,
    matrix_of,
)
from hdr_core.color.linear_light import linear_encoding
from hdr_core.color.map_base import base_encoding
from hdr_core.color.matrices import apply_matrix, inverse
from hdr_core.color.named_encoding import named_encoding
from hdr_core.color.ocio import CONFIG, ColorConfig, open_config
from hdr_core.color.own_primaries import own_primaries
from hdr_core.color.phones import own_encoding
from hdr_core.color.recognized import Recognized
from hdr_core.errors import ColorError
from hdr_core.execution.scratch import Scratch, bands, extent
from hdr_core.interop_ids import INTEROP_IDS, UNKNOWN_SPACE
from hdr_core.options import ESTIMATE, Options
from hdr_core.plate import COLOR_SOURCE, TAG, Pixels, Plate


@dataclass(frozen=True)
class Colors:
    """The color spaces of a plate and of its result.

    Attributes:
        config: Label of the color config.
        working_space: Name of the working space in the config.
        interop_id: The Color Interop Forum's name of the working space, or "unknown".
        assumed: Color space that the plate is assumed to be in.
        note: The reason of this assumption, in words.
        encoding: Known encoding of the plate; None means that the networks estimate
            the camera.
        camera_to_network: Matrix from the camera's primaries to the networks', for
            rows of light, 1 = clip; None means that they are the same.
        clip_level: Light at the clip, in the config's scene-linear units.
        network_to_working: Matrix from the networks' primaries to the working space,
            for rows of scene-linear light.
    """

    config: str
    working_space: str
    interop_id: str
    assumed: str
    note: str
    encoding: Encoding | None
    camera_to_network: Matrix | None
    clip_level: float
    network_to_working: Matrix

    @property
    def camera_to_working(self) -> Matrix:
        """Matrix from the camera's light, 1 = clip, to the working space, for rows."""
        primaries = self.network_to_working * self.clip_level
        if self.camera_to_network is None:
            return primaries
        return np.asarray(self.camera_to_network @ primaries)

    def to_network_space(
        self, camera_light: Pixels, scratch: Scratch | None = None
    ) -> Pixels:
        """Return light in the networks' primaries, clipped to [0, 1].

        Args:
            camera_light: Light in the camera's primaries, (H, W, 3), 1 = clip.
            scratch: Where a new array lies; None means in memory.

        Returns:
            (H, W, 3); ``camera_light`` itself if nothing changes.
        """
        if self.camera_to_network is None:
            low, high = extent(camera_light)
            if low >= 0.0 and high <= 1.0:
                return camera_light
        clipped: Pixels = (scratch or Scratch()).zeros(camera_light.shape)
        for band in bands(clipped):
            light = camera_light[band]
            if self.camera_to_network is not None:
                light = apply_matrix(light, self.camera_to_network)
            clipped[band] = np.clip(light, 0.0, 1.0)
        return clipped

    def add_light_to_camera(
        self, camera_light: Pixels, linear: Pixels, hdr: Pixels
    ) -> Pixels:
        """Return ``camera_light`` plus the light that the networks added.

        Args:
            camera_light: Light in the camera's primaries, (H, W, 3), 1 = clip.
            linear: The same as ``to_network_space`` returns it.
            hdr: Result of the networks for ``linear``, in their primaries.
        """
        added = hdr - linear
        if self.camera_to_network is not None:
            added = apply_matrix(added, inverse(self.camera_to_network))
        return camera_light + added


def choose_colors(
    plate: Plate, options: Options, recognized: Recognized | None = None
) -> Colors:
    """Return the color spaces of ``plate`` and of its result.

    Args:
        plate: The encoded plate.
        options: Options with config, encoding and working space.
        recognized: The output transform of a plate whose file does not say it; None
            means that nobody looked for one.

    Raises:
        ColorError: The config, the encoding or the working space cannot be used.
    """
    config = open_config(options.color_config)
    working = find_working_space(config, options.working_space)
    to_working = matrix_of(from_network(config, working))
    decided = Colors(
        config=config.label,
        working_space=working,
        interop_id=find_interop_id(config, working, to_working),
        assumed="",
        note="",
        encoding=None,
        camera_to_network=None,
        clip_level=1.0,
        network_to_working=to_working,
    )
    name, why = options.linearize, "as asked"
    if plate.gain_map is not None and options.gain_map != "ignore":
        asked = None if name in ESTIMATE else name
        encoding, note = base_encoding(plate, config, asked, working)
        return _known(decided, encoding, note, plate.gain_map.ceiling)
    if name in ESTIMATE:
        light = linear_encoding(plate, to_working) if name == "auto" else None
        if light is not None:
            return _named(decided, *light)
        # What an artist knows counts more than what phones usually do.
        keeps_own = name == "auto" and not options.anchors
        own = own_encoding(plate, config) if keeps_own else None
        own = own or (recognized.taken if recognized else None)
        if own is None:
            return _estimated(decided, plate, config, recognized)
        name, why = own
    encoding, words = named_encoding(
        plate, config, name, working_space=working, network_to_working=to_working
    )
    return _named(decided, encoding, why, words)


def _named(decided: Colors, encoding: Encoding, why: str, words: str = "") -> Colors:
    """Return colors of an encoding, with a note on what it is and why it was taken."""
    what = f" ({words})" if words else ""
    note = f"taken as {encoding.space!r}{what}, {why}"
    if not np.isclose(encoding.clip_level, 1.0, atol=1e-3):
        note += f", which clips at {encoding.clip_level:.4g}"
    return _known(decided, encoding, note)


def _known(
    decided: Colors, encoding: Encoding, note: str, ceiling: float = 1.0
) -> Colors:
    """Return colors of an encoding; a gain map takes its white to ``ceiling``."""
    return replace(
        decided,
        assumed=encoding.space,
        note=note,
        encoding=encoding,
        camera_to_network=_or_none(encoding.to_network),
        clip_level=encoding.clip_level * ceiling,
    )


def require_colors(options: Options) -> None:
    """Raise if the options cannot be used for any plate.

    Args:
        options: Options with color config, encoding and working space.

    Raises:
        ColorError: The config, the encoding or the working space cannot be used.
    """
    black = Plate(np.zeros((1, 1, 3), np.float32), "encoded")
    choose_colors(black, options)


def find_working_space(config: ColorConfig, name: str) -> str:
    """Return the config's name of the scene-linear color space ``name``.

    Args:
        config: Config with the color space.
        name: Name, alias or role of a color space; or an interop ID, which finds a
            space of the same primaries under any name.

    Raises:
        ColorError: There is no such space, or it is not scene-linear.
    """
    space = find_linear(config, name) if name in INTEROP_IDS else None
    space = space or config.resolve(name, option="--working-space")
    if not config.is_linear(space):
        raise ColorError(
            f"--working-space: {space!r} is not scene-linear. Choose one that is, "
            "such as ACEScg or Linear Rec.709."
        )
    return space


def find_interop_id(config: ColorConfig, space: str, to_space: Matrix) -> str:
    """Return the Color Interop Forum's name of a scene-linear space, or "unknown".

    It is the space's interop ID or one of its aliases, else the ID of a known space
    with the same primaries.

    Args:
        config: Config with the color space.
        space: Name of the color space.
        to_space: Matrix from the networks' primaries to the space, for rows.
    """
    for tag in config.tags(space):
        if tag in INTEROP_IDS:
            return tag
    pinned = open_config(CONFIG)
    for known in INTEROP_IDS:
        matrix = matrix_of(from_network(pinned, known))
        if np.abs(matrix - to_space).max() < SAME_PRIMARIES:
            return known
    return UNKNOWN_SPACE


def _estimated(
    decided: Colors, plate: Plate, config: ColorConfig, recognized: Recognized | None
) -> Colors:
    """Return colors for an unknown curve, with primaries by tag or file rules."""
    found, why = _find_source(plate, config)
    why += f"; {recognized.why}" if recognized else ""
    primaries = None
    if found is not None:
        primaries = _find_primaries(config, found, plate.max_code)
    if primaries is None and (own := own_primaries(plate)) is not None:
        found, primaries = own
        why = f"by {plate.metadata.get(COLOR_SOURCE, 'tag')}"
    label, what = "Rec.709", "Rec.709 primaries assumed"
    if primaries is not None:
        label, what = str(found), f"primaries of {found!r}"
    return replace(
        decided,
        assumed=f"camera, primaries of {label}",
        note=f"curve estimated, {what}; {why}",
        camera_to_network=None if primaries is None else _or_none(primaries),
    )


def _find_source(plate: Plate, config: ColorConfig) -> tuple[str | None, str]:
    """Return the color space of a plate by its tag or name, and the reason in words."""
    tag = str(plate.metadata.get(TAG, ""))
    if tag and (found := config.find(tag)) is not None:
        return found, f"{tag} by {plate.metadata.get(COLOR_SOURCE, 'tag or format')}"
    reason = f"tag {tag} is not in {config.label}" if tag else "no color space tag"
    if plate.path is None or own_primaries(plate) is not None:
        return None, reason
    guess = config.guess(plate.path)
    if guess.is_default:
        return None, f"{reason}, no file rule but the default ({guess.space})"
    return guess.space, f"{reason}, file rule {guess.rule!r} says {guess.space}"


def _find_primaries(config: ColorConfig, space: str, max_code: int) -> Matrix | None:
    """Return the primaries of an encoded space; None if no camera encodes so."""
    if config.find(space) is None or config.is_data(space) or config.is_linear(space):
        return None
    try:
        # The working space does not matter here.
        found = find_encoding(
            config, space, working_space=space, max_code=min(max_code, 255)
        )
    except ColorError:
        return None
    is_white = np.allclose(found.to_network.sum(axis=0), 1.0, atol=1e-3)
    return found.to_network if found.encode is None and is_white else None


def _or_none(primaries: Matrix) -> Matrix | None:
    """Return ``primaries``, or None if they are the networks' own, to rounding."""
    is_same = np.abs(primaries - np.eye(3)).max() < SAME_PRIMARIES
    return None if is_same else primaries
