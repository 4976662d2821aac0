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
