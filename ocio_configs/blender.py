"""The config that lives in Blender: ACES underneath, Blender's names on top.

It holds Blender's names for color spaces, displays and views, so that .blend files
keep their meaning, and its AgX and Filmic, whose lookup tables are Blender's own files:
they are found where this config lies beside Blender's.
"""

import copy

import numpy as np
import PyOpenColorIO as ocio

Matrix = np.ndarray
# Blender's name: the built-in config's.
NAMES = {
    "Linear Rec.709": "Linear Rec.709 (sRGB)",
    "Linear DCI-P3 D65": "Linear P3-D65",
    "Linear Rec.2020": "Linear Rec.2020",
    "Linear CIE-XYZ D65": "CIE-XYZ-D65",
    "Non-Color": "Raw",
    "sRGB": "sRGB - Texture",
    "Display P3": "Display P3 - Display",
    "Rec.1886": "Rec.1886 Rec.709 - Display",
    "Rec.2020": "Rec.1886 Rec.2020 - Display",
    "Rec.2100-PQ": "Rec.2100-PQ - Display",
}
ROLES = {
    "scene_linear": "Linear Rec.709",
    "rendering": "Linear Rec.709",
    "default_byte": "sRGB",
    "default_float": "Linear Rec.709",
    "default_sequencer": "sRGB",
    "color_picking": "sRGB",
    "texture_paint": "sRGB",
    "data": "Non-Color",
}
SDR, SDR_P3 = "ACES 1.0 - SDR Video", "ACES 1.1 - SDR Video (P3 lim)"
SDR_P3_STYLE = "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-P3lim_1.1"
# Display: the space that encodes for it, ACES's view, and AgX's table and its encoding.
DISPLAYS = {
    "sRGB": ("sRGB - Display", SDR, "AgX_Base_sRGB.cube", "Rec.1886"),
    "Display P3": ("Display P3", SDR_P3, "AgX_Base_P3.cube", None),
    "Rec.1886": ("Rec.1886", SDR, "AgX_Base_sRGB.cube", "Rec.1886"),
}
# Chromaticities of FilmLight's E-Gamut, red, green, blue; and D65.
E_GAMUT = ((0.8, 0.3177), (0.18, 0.9), (0.065, -0.0805))
P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
D65 = (0.3127, 0.329)
AGX_LOG2 = (-12.47393, 12.5260688117)
FILMIC_LOG2 = (-12.473931188, 12.526068812)
FILMIC_RANGE = (0.0, 0.66)
# The way back is without the table, whose desaturation cannot be undone.
FILMIC_LOG2_BACK = (-12.473931188, 4.026068812)
XYZ = "Linear CIE-XYZ D65"
EQUAL_ENERGY = (1.0, 1.0, 1.0)
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
DIGITS = 10


def build(config: ocio.Config) -> ocio.Config:
    """Return a built-in CG config with Blender's names, views and roles."""
    for name, old in NAMES.items():
        rename(config, old, name)
    for role, name in ROLES.items():
        config.setRole(role, name)
    config.setSearchPath("luts:filmic")
    add_spaces(config)
    add_views(config)
    config.setDescription(
        "Blender's color spaces, views and roles on an ACES reference, with input "
        "spaces for plates. Put it beside Blender's own config.ocio."
    )
    return config


def rename(config: ocio.Config, old: str, name: str) -> None:
    """Give a color space another name; the old one stays as an alias."""
    found = config.getColorSpace(old)
    if found is None or found.getName() == name:
        return
    space = copy.deepcopy(found)
    config.removeColorSpace(found.getName())
    space.setName(name)
    space.removeAlias(name)
    space.addAlias(found.getName())
    config.addColorSpace(space)


def add_spaces(config: ocio.Config) -> None:
    """Add what Blender has and the built-in config has not."""
    to_d65 = adaptation(EQUAL_ENERGY, white(D65))
    e_gamut = primaries(E_GAMUT)
    filmic = [
        ocio.ColorSpaceTransform(src="ACES2065-1", dst="Linear Rec.709"),
        log2(FILMIC_LOG2),
        table("filmic_desat_33.cube"),
        ocio.AllocationTransform(ocio.ALLOCATION_UNIFORM, list(FILMIC_RANGE)),
    ]
    for name, family, from_xyz in (
        ("Linear CIE-XYZ E", "Chromaticity", np.linalg.inv(to_d65)),
        ("Linear FilmLight E-Gamut", "Linear", np.linalg.inv(e_gamut)),
    ):
        steps = [ocio.ColorSpaceTransform(src="ACES2065-1", dst=XYZ), matrix(from_xyz)]
        add_space(config, name, family, "scene-linear", steps)
    back = [
        log2(FILMIC_LOG2_BACK, is_inverse=True),
        ocio.ColorSpaceTransform(src="Linear Rec.709", dst="ACES2065-1"),
    ]
    add_space(config, "Filmic Log", "Log Encodings", "log", filmic, back)
    add_space(
        config,
        "Filmic sRGB",
        "Filmic",
        "sdr-video",
        [*filmic, table("filmic_to_0-70_1-03.spi1d")],
    )


def add_space(
    config: ocio.Config,
    name: str,
    family: str,
    encoding: str,
    from_reference: list[ocio.Transform],
    to_reference: list[ocio.Transform] | None = None,
) -> None:
    """Add a scene-referred color space."""
    space = ocio.ColorSpace(
        ocio.REFERENCE_SPACE_SCENE, name=name, family=family, encoding=encoding
    )
    space.setTransform(
        ocio.GroupTransform(from_reference), ocio.COLORSPACE_DIR_FROM_REFERENCE
    )
    if to_reference is not None:
        space.setTransform(
            ocio.GroupTransform(to_reference), ocio.COLORSPACE_DIR_TO_REFERENCE
        )
    config.addColorSpace(space)


def add_views(config: ocio.Config) -> None:
    """Replace displays and views by Blender's, ACES beside them."""
    p3 = ocio.ViewTransform(ocio.REFERENCE_SPACE_SCENE, name=SDR_P3, family="ACES")
    p3.setTransform(
        ocio.BuiltinTransform(style=SDR_P3_STYLE),
        ocio.VIEWTRANSFORM_DIR_FROM_REFERENCE,
    )
    config.addViewTransform(p3)
    config.clearDisplays()
    for display, (space, aces, lut, encoded) in DISPLAYS.items():
        agx = f"AgX {display}"
        config.addViewTransform(agx_transform(agx, lut, encoded))
        config.addDisplayView(display, "Standard", "Un-tone-mapped", space, "", "", "")
        config.addDisplayView(display, "AgX", agx, space, "", "", "")
        config.addDisplayView(display, "ACES 1.3", aces, space, "", "", "")
        if display == "sRGB":
            config.addDisplayView(display, "Filmic", "Filmic sRGB", "")
            config.addDisplayView(display, "Filmic Log", "Filmic Log", "")
        config.addDisplayView(display, "Raw", "Non-Color", "")
    config.setActiveDisplays(", ".join(DISPLAYS))
    views = ("Standard", "AgX", "ACES 1.3", "Filmic", "Filmic Log", "Raw")
    config.setActiveViews(", ".join(views))


def agx_transform(name: str, lut: str, encoded: str | None) -> ocio.ViewTransform:
    """Return AgX for one display: log E-Gamut, Blender's table, decoded to light."""
    decode: list[ocio.Transform]
    if encoded is None:
        decode = [
            ocio.ExponentTransform([2.4, 2.4, 2.4, 1.0]),
            matrix(primaries(P3)),
        ]
    else:
        decode = [ocio.ColorSpaceTransform(src=encoded, dst="cie_xyz_d65_interchange")]
    view = ocio.ViewTransform(
        ocio.REFERENCE_SPACE_SCENE,
        name=name,
        family="AgX",
        description="Blender's AgX.",
    )
    view.setTransform(
        ocio.GroupTransform(
            [
                ocio.ColorSpaceTransform(
                    src="ACES2065-1", dst="Linear FilmLight E-Gamut"
                ),
                log2(AGX_LOG2),
                table(lut),
                *decode,
            ]
        ),
        ocio.VIEWTRANSFORM_DIR_FROM_REFERENCE,
    )
    return view


def log2(
    stops: tuple[float, float], *, is_inverse: bool = False
) -> ocio.AllocationTransform:
    """Return log2 of light between two exponents, as 0 to 1."""
    transform = ocio.AllocationTransform(ocio.ALLOCATION_LG2, list(stops))
    if is_inverse:
        transform.setDirection(ocio.TRANSFORM_DIR_INVERSE)
    return transform


def table(name: str) -> ocio.FileTransform:
    """Return one of Blender's lookup tables."""
    is_3d = name.endswith(".cube")
    way = ocio.INTERP_TETRAHEDRAL if is_3d else ocio.INTERP_LINEAR
    return ocio.FileTransform(src=name, interpolation=way)


def matrix(values: Matrix) -> ocio.MatrixTransform:
    """Return a 3x3 matrix for columns, rounded: every machine writes it alike."""
    whole = np.eye(4)
    whole[:3, :3] = values
    return ocio.MatrixTransform([float(v) for v in whole.round(DIGITS).ravel()])


def primaries(chromaticities: tuple[tuple[float, float], ...]) -> Matrix:
    """Return the matrix of RGB to XYZ, both of D65, for columns."""
    columns = np.array([white(xy) for xy in chromaticities]).T
    return np.asarray(columns * np.linalg.solve(columns, white(D65)))


def white(xy: tuple[float, float]) -> Matrix:
    """Return XYZ of a chromaticity, Y = 1."""
    x, y = xy
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


def adaptation(source: object, target: Matrix) -> Matrix:
    """Return Bradford's adaptation of XYZ from one white to another, for columns."""
    ratio = (BRADFORD @ target) / (BRADFORD @ np.asarray(source))
    return np.asarray(np.linalg.inv(BRADFORD) @ np.diag(ratio) @ BRADFORD)
