"""The encoding of pictures whose tones were mapped locally: their own."""

from hdr_core.color.ocio import ColorConfig
from hdr_core.plate import LOCAL_TONES, TAG, Plate

SRGB = "srgb_rec709_scene"


def own_encoding(plate: Plate, config: ColorConfig) -> tuple[str, str] | None:
    """Return the encoding of a picture that no one curve explains, and why.

    Phones map tones locally. One curve cannot undo that, and an estimate is further
    from their light than the encoding in which the picture is meant to be shown.
    """
    if not (reason := plate.metadata.get(LOCAL_TONES)):
        return None
    why = f"because {reason}, and phones map tones locally, which no curve undoes"
    for name in (str(plate.metadata.get(TAG, "")), SRGB):
        space = config.find(name) if name else None
        if space and not (config.is_data(space) or config.is_linear(space)):
            return space, f"{why}; --linearize network estimates a curve all the same"
    return None
