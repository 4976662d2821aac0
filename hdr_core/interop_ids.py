"""Names of scene-linear color spaces, as the Color Interop Forum gives them."""

NETWORK_SPACE = "lin_rec709_scene"
"""The color space in which the networks were trained."""
INTEROP_IDS = (
    NETWORK_SPACE,
    "lin_ap1_scene",
    "lin_ap0_scene",
    "lin_rec2020_scene",
    "lin_p3d65_scene",
    "lin_adobergb_scene",
    "lin_ciexyzd65_scene",
)
"""Scene-linear color spaces that the Color Interop Forum names."""
UNKNOWN_SPACE = "unknown"
