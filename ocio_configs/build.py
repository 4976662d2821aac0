"""Make the OCIO configs that ship, from OpenColorIO's built-in ones.

    python ocio_configs/build.py                             every config of this folder
    python ocio_configs/build.py --extend CONFIG -o FOLDER   add the same to your own

The same OpenColorIO gives the same bytes. A config is its base with four additions:
input spaces for plates, named transforms that expose, roles, and file rules.
"""

import argparse
import copy
import sys
from pathlib import Path

import blender
import PyOpenColorIO as ocio

HERE = Path(__file__).parent
BUILTIN = "ocio://{}"
# Folder: base, and the built-in config that has its camera spaces.
CG = {
    "cg": (
        "cg-config-v4.0.0_aces-v2.0_ocio-v2.5",
        "studio-config-v4.0.0_aces-v2.0_ocio-v2.5",
    ),
    "cg-2.4": (
        "cg-config-v2.2.0_aces-v1.3_ocio-v2.4",
        "studio-config-v2.2.0_aces-v1.3_ocio-v2.4",
    ),
    "cg-2.3": (
        "cg-config-v2.1.0_aces-v1.3_ocio-v2.3",
        "studio-config-v2.1.0_aces-v1.3_ocio-v2.3",
    ),
}
BLENDER = ("cg-2.3", "blender")
# What plates come in, beyond what CG configs have: one camera of each maker, and
# BT.709 as cameras encode it.
CAMERAS = (
    "Camera Rec.709",
    "Apple Log",
    "ARRI LogC3 (EI800)",
    "ARRI LogC4",
    "BMDFilm WideGamut Gen5",
    "CanonLog3 CinemaGamut D55",
    "D-Log D-Gamut",
    "DaVinci Intermediate WideGamut",
    "Log3G10 REDWideGamutRGB",
    "S-Log3 S-Gamut3.Cine",
    "V-Log V-Gamut",
)
STOPS = (-6, -3, -2, -1, 1, 2, 3, 6)
ENCODED_PICTURES = (
    r".*\.([jJ][pP][eE]?[gG]|[pP][nN][gG]|[wW][eE][bB][pP]|[bB][mM][pP]|[tT][gG][aA])$"
)
MOVIES = r".*\.([mM][pP]4|[mM][oO][vV]|[mM][xX][fF]|[mM][kK][vV])$"


def main(arguments: list[str]) -> int:
    """Build what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--extend", metavar="CONFIG", help="a config of your own")
    parser.add_argument("-o", "--output", type=Path, default=HERE, metavar="FOLDER")
    asked = parser.parse_args(arguments)
    if asked.extend:
        config = ocio.Config.CreateFromFile(asked.extend)
        extend(config, studio=open_builtin(CG["cg-2.3"][1]))
        config.setName(f"{config.getName() or 'config'}_hdr_core")
        save(config, asked.output)
        return 0
    for name, (base, studio) in CG.items():
        config = open_builtin(base)
        extend(config, studio=open_builtin(studio))
        config.setName(f"hdr_core-{name}")
        save(config, asked.output / name)
    base, studio = CG[BLENDER[0]]
    config = blender.build(open_builtin(base))
    extend(config, studio=open_builtin(studio))
    config.setName(f"hdr_core-{BLENDER[1]}")
    save(config, asked.output / BLENDER[1])
    return 0


def open_builtin(name: str) -> ocio.Config:
    """Return a built-in config that may be changed."""
    config = ocio.Config.CreateFromFile(BUILTIN.format(name))
    return ocio.Config.CreateFromStream(config.serialize())


def save(config: ocio.Config, folder: Path) -> None:
    """Write ``config`` as ``config.ocio`` if it is valid."""
    config.validate()
    folder.mkdir(parents=True, exist_ok=True)
    text = config.serialize()
    (folder / "config.ocio").write_text(text, encoding="utf-8", newline="\n")


def extend(config: ocio.Config, *, studio: ocio.Config) -> None:
    """Add input spaces, named transforms, roles and file rules to ``config``."""
    add_cameras(config, studio)
    add_exposures(config)
    add_roles(config)
    add_file_rules(config)


def add_cameras(config: ocio.Config, studio: ocio.Config) -> None:
    """Add the camera spaces of a built-in config, in this config's reference space."""
    for name in CAMERAS:
        # Older built-in configs have fewer cameras.
        if config.getColorSpace(name) or not studio.getColorSpace(name):
            continue
        space = copy.deepcopy(studio.getColorSpace(name))
        if bridge := from_ap0(config):
            steps = ocio.GroupTransform([*to_reference(space), *bridge])
            space.setTransform(steps, ocio.COLORSPACE_DIR_TO_REFERENCE)
        drop_taken_aliases(config, space)
        config.addColorSpace(space)


def from_ap0(config: ocio.Config) -> list[ocio.Transform]:
    """Return the steps from ACES2065-1 to the config's reference space."""
    aces = config.getColorSpace("aces_interchange")
    if aces is None:
        sys.exit("the config has no role aces_interchange, which cameras need.")
    return to_reference(aces)


def to_reference(space: ocio.ColorSpace) -> list[ocio.Transform]:
    """Return the steps from ``space`` to the reference space; it may be that itself."""
    if to := space.getTransform(ocio.COLORSPACE_DIR_TO_REFERENCE):
        return [to]
    if back := space.getTransform(ocio.COLORSPACE_DIR_FROM_REFERENCE):
        inverse = ocio.TRANSFORM_DIR_INVERSE
        return [ocio.GroupTransform([back], direction=inverse)]
    return []


def drop_taken_aliases(config: ocio.Config, space: ocio.ColorSpace) -> None:
    """Remove aliases that another space of ``config`` has."""
    for alias in list(space.getAliases()):
        if config.getColorSpace(alias) is not None or config.getNamedTransform(alias):
            space.removeAlias(alias)


def add_exposures(config: ocio.Config) -> None:
    """Add named transforms which expose scene-linear light up and down."""
    for stops in STOPS:
        gain = 2.0**stops
        matrix = [gain, 0, 0, 0, 0, gain, 0, 0, 0, 0, gain, 0, 0, 0, 0, 1]
        unit = "stop" if abs(stops) == 1 else "stops"
        config.addNamedTransform(
            ocio.NamedTransform(
                name=f"Exposure {stops:+d} {unit}",
                aliases=[f"exposure_{'up' if stops > 0 else 'down'}_{abs(stops)}"],
                family="hdr_core",
                description=f"Scene-linear light times {gain:g}.",
                forwardTransform=ocio.MatrixTransform(matrix),
                categories=["working-space"],
            )
        )


def add_roles(config: ocio.Config) -> None:
    """Add the roles that hosts ask for, where the config has none."""
    encoded = "sRGB - Texture" if config.getColorSpace("sRGB - Texture") else "sRGB"
    roles = {
        "default_byte": encoded,
        "default_float": "scene_linear",
        "default_sequencer": encoded,
        "texture_paint": encoded,
        "color_picking": encoded,
    }
    for role, name in roles.items():
        if not config.hasRole(role):
            config.setRole(role, config.getColorSpace(name).getName())


def add_file_rules(config: ocio.Config) -> None:
    """Say what a file is by its name: results are linear, 8-bit plates are sRGB."""
    rules = config.getFileRules()
    linear = config.getColorSpace("scene_linear").getName()
    encoded = config.getColorSpace("default_byte").getName()
    video = next(
        name
        for name in ("Rec.1886 Rec.709 - Display", "Rec.1886", encoded)
        if config.getColorSpace(name) is not None
    )
    rules.insertRule(0, "hdr_core results", linear, "*_hdr", "exr")
    rules.insertRule(1, "hdr_core results, numbered", linear, r".*_hdr\.[0-9]+\.exr$")
    rules.insertRule(2, "Encoded pictures", encoded, ENCODED_PICTURES)
    names = {rules.getName(place) for place in range(rules.getNumEntries())}
    if "Movies" not in names:
        rules.insertRule(3, "Movies", config.getColorSpace(video).getName(), MOVIES)
    if rules.getColorSpace(rules.getNumEntries() - 1) == "ACES2065-1":
        # A file of unknown kind is rather a picture than ACES.
        rules.setDefaultRuleColorSpace(encoded)
    config.setFileRules(rules)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
