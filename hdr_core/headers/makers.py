"""Cameras that map tones locally, by their headers."""

import OpenImageIO as oiio

# Makers of phones and of hardly any other cameras, as in Exif, in lower case.
_PHONE_MAKERS = frozenset(
    [
        "apple",
        "fairphone",
        "google",
        "honor",
        "huawei",
        "motorola",
        "nothing",
        "oneplus",
        "oppo",
        "realme",
        "samsung",
        "vivo",
        "xiaomi",
    ]
)


def why_local_tones(spec: oiio.ImageSpec, *, has_gain_map: bool) -> str:
    """Return why a camera is taken to map tones locally; "" if it is not.

    Args:
        spec: OpenImageIO's header.
        has_gain_map: Whether the file holds a gain map.
    """
    maker = spec.get_string_attribute("Make").strip()
    if maker.lower() in _PHONE_MAKERS:
        return f"it is by a phone of {maker}"
    return "it has a gain map" if has_gain_map else ""
