"""The encoding of the base of a gain map: its own, in its own primaries.

A gain map multiplies the light of its base, so that the base must be decoded as it is
meant to be shown. No curve is estimated.
"""

from dataclasses import replace

from hdr_core.color.encoding import (
    Encoding,
    find_encoding,
    from_network,
    matrix_of,
)
from hdr_core.color.named_encoding import named_encoding
from hdr_core.color.ocio import ColorConfig
from hdr_core.color.own_primaries import own_primaries
from hdr_core.color.phones import SRGB
from hdr_core.errors import ColorError
from hdr_core.plate import COLOR_SOURCE, TAG, Plate


def base_encoding(
    plate: Plate, config: ColorConfig, asked: str | None, working_space: str
) -> tuple[Encoding, str]:
    """Return the encoding of a base with a gain map, and the reason in words.

    It is the color space that the file names. If the config has no such space, it is
    the curve of sRGB in the primaries that the file names, which are Rec.709 if it
    names none.

    Args:
        plate: The plate.
        config: The color config.
        asked: Name of the encoding that the artist chose; None: by the file.
        working_space: Name of a scene-linear color space.

    Raises:
        ColorError: The config has no sRGB, or the chosen encoding cannot be used.
    """
    if asked is not None:
        return _asked(plate, config, asked, working_space)
    source = str(plate.metadata.get(COLOR_SOURCE, "tag or format"))
    tag = str(plate.metadata.get(TAG, ""))
    space = config.find(tag) if tag else None
    if space and not (config.is_data(space) or config.is_linear(space)):
        found = find_encoding(
            config, space, working_space=working_space, max_code=plate.max_code
        )
        if found.encode is None:
            return found, f"light by its gain map, base taken as {space!r} by {source}"
    if config.find(SRGB) is None:
        raise ColorError(
            f"{config.label}: has no {SRGB}, in which the base of a gain map is "
            "decoded. Choose another --config, or --gain-map ignore."
        )
    srgb = find_encoding(
        config, SRGB, working_space=working_space, max_code=plate.max_code
    )
    if (own := own_primaries(plate)) is None:
        return srgb, f"light by its gain map, base assumed to be {srgb.space!r}"
    name, to_network = own
    found = replace(srgb, space=f"sRGB curve, {name}", to_network=to_network)
    return found, f"light by its gain map, base in {name} by {source}, curve of sRGB"


def _asked(
    plate: Plate, config: ColorConfig, name: str, working_space: str
) -> tuple[Encoding, str]:
    """Return the encoding that the artist chose for the base."""
    found, _ = named_encoding(
        plate,
        config,
        name,
        working_space=working_space,
        network_to_working=matrix_of(from_network(config, working_space)),
    )
    if found.encode is not None:
        raise ColorError(
            f"--linearize: {found.space!r} is not a curve for each channel, which a "
            "gain map needs. Choose its base's encoding, or --gain-map ignore."
        )
    return found, f"light by its gain map, base taken as {found.space!r}, as asked"
