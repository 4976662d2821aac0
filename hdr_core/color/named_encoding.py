"""The encoding that an artist names by ``--linearize``.

A name is looked for among the color spaces and views of the config first, so that a
studio's config stays master of its names. Then it is one of ours: PQ and HLG
(bt2100.py), or an output transform (output_transforms).
"""

from dataclasses import dataclass

from hdr_core.color import bt2100
from hdr_core.color.encoding import Encoding, Matrix, find_encoding
from hdr_core.color.ocio import ColorConfig, open_config
from hdr_core.color.output_encoding import output_encoding
from hdr_core.color.output_transforms import NAMES, find_output_transform
from hdr_core.errors import ColorError
from hdr_core.plate import Plate

OWN_NAMES = (*NAMES, *bt2100.NAMES)
"""The names that need no config."""


@dataclass(frozen=True)
class EncodingNames:
    """The names that ``--linearize`` takes, besides ``auto`` and ``network``.

    Attributes:
        transforms: Output transforms by name, in words.
        hdr: PQ and HLG by name, in words.
        config: Label of the color config.
        spaces: Encoded color spaces of the config.
        views: Its views, as "DISPLAY/VIEW".
    """

    transforms: dict[str, str]
    hdr: dict[str, str]
    config: str
    spaces: tuple[str, ...]
    views: tuple[str, ...]


def list_names(config: str | None = None) -> EncodingNames:
    """Return all names of encodings.

    Args:
        config: Path or ``ocio://`` name of a color config; None means the one in use.

    Raises:
        ColorError: The config cannot be used.
    """
    colors = open_config(config)
    return EncodingNames(
        transforms={name: find_output_transform(name).title for name in NAMES},
        hdr=dict(bt2100.TITLES),
        config=colors.label,
        spaces=tuple(
            name
            for name in colors.names()
            if not (colors.is_data(name) or colors.is_linear(name))
        ),
        views=tuple(colors.views()),
    )


def named_encoding(
    plate: Plate,
    config: ColorConfig,
    name: str,
    *,
    working_space: str,
    network_to_working: Matrix,
) -> tuple[Encoding, str]:
    """Return the encoding called ``name``, and what it is in words, "" if its name is.

    Args:
        plate: The plate.
        config: Config with color spaces.
        name: Name of a color space or view of the config, or one of ``OWN_NAMES``.
        working_space: Name of the working space in the config.
        network_to_working: Matrix from the networks' primaries to the working space.

    Raises:
        ColorError: There is no such encoding, or it cannot be used.
    """
    is_of_config = config.find(name) is not None or config.view(name) is not None
    if not is_of_config and name in bt2100.NAMES:
        return bt2100.bt2100_encoding(plate, name, network_to_working), ""
    if not is_of_config and name.lower() in NAMES:
        return output_encoding(plate, name.lower(), network_to_working)
    try:
        found = find_encoding(
            config, name, working_space=working_space, max_code=plate.max_code
        )
    except ColorError as error:
        if is_of_config:
            raise
        raise ColorError(
            f"{error} Names that need no config: {', '.join(OWN_NAMES)}."
        ) from error
    return found, ""
