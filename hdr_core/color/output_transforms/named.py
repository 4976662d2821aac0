"""The list of all output transforms, by their names."""

from hdr_core.color.output_transforms import (
    aces,
    agx,
    channel_curves,
    displays,
    filmic,
    hill,
    pbr_neutral,
)
from hdr_core.color.output_transforms.transform import OutputTransform
from hdr_core.errors import ColorError

_BY_NAME: dict[str, OutputTransform] = {
    transform.name: transform
    for module in (displays, channel_curves, hill, pbr_neutral, aces, filmic, agx)
    for transform in module.TRANSFORMS
}
NAMES: tuple[str, ...] = tuple(_BY_NAME)
"""Names of all output transforms, for ``--linearize``."""


_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("srgb", "gamma-2.2", "gamma-2.4", "rec709"),
    ("reinhard", "reinhard-extended"),
    ("aces-1.3", "aces-2.0", "aces-hill", "aces-narkowicz"),
    ("agx", "agx-punchy"),
)


def family(name: str) -> str:
    """Return the first name of the transforms that differ little from one.

    Args:
        name: Name of an output transform, or any other name, which is its own family.
    """
    return next((names[0] for names in _FAMILIES if name in names), name)


def find_output_transform(name: str) -> OutputTransform:
    """Return the output transform called ``name``.

    Raises:
        ColorError: There is none; the message lists all names.
    """
    if name not in _BY_NAME:
        raise ColorError(
            f"no output transform {name!r}. Choose one of: {', '.join(NAMES)}."
        )
    return _BY_NAME[name]
