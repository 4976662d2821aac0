"""Names of color spaces in the config that Blender runs with, whichever it is.

Results are tagged with interop IDs; Blender's menus take only the config's own names.
Where the config can be asked (Blender ships OpenColorIO for Python from 4.4 on) it is;
elsewhere the names that the known configs give the space are tried.
"""

import os
import sys
from functools import cache
from types import ModuleType

import bpy

from .errors import AddonError

LINEAR_REC709 = "lin_rec709_scene"
# Blender's own configs, the ACES ones, and those built for Nuke and others.
KNOWN_NAMES = {
    LINEAR_REC709: (
        "Linear Rec.709",
        "Linear Rec.709 (sRGB)",
        "Utility - Linear - sRGB",
        "lin_rec709_scene",
        "lin_rec709",
        "Linear",
    ),
}


def menu_name(interop_id: str) -> str:
    """Return what the config in use calls a color space.

    Raises:
        AddonError: It has no such space.
    """
    offered = [item.identifier for item in _menu().enum_items]
    candidates = [_asked_config(interop_id), *KNOWN_NAMES.get(interop_id, ())]
    for name in candidates:
        if name in offered:
            return name
    raise AddonError(
        f"the color config has no {interop_id}, found {len(offered)} other spaces. "
        "Use Blender's own config, or one with interop IDs as aliases."
    )


def tag(image: bpy.types.Image, interop_id: str) -> None:
    """Say what the numbers of ``image`` mean: a color space, or "data"."""
    if interop_id == "data":
        image.colorspace_settings.is_data = True
    else:
        image.colorspace_settings.name = menu_name(interop_id)


def _menu() -> bpy.types.EnumProperty:
    settings = bpy.types.ColorManagedInputColorspaceSettings
    return settings.bl_rna.properties["name"]


def _asked_config(interop_id: str) -> str:
    """Return the name which the config itself has for an alias; "": not known."""
    if (ocio := _ocio()) is None:
        return ""
    path = os.environ.get("OCIO")
    if not path:
        folder = bpy.utils.system_resource("DATAFILES", path="colormanagement")
        path = os.path.join(folder, "config.ocio")  # noqa: PTH118  may be a URI
    try:
        space = ocio.Config.CreateFromFile(path).getColorSpace(interop_id)
    except ocio.Exception:
        return ""
    return "" if space is None else space.getName()


@cache
def _ocio() -> ModuleType | None:
    """Return Blender's own OpenColorIO for Python; None: it has none."""
    version = "python{}.{}".format(*sys.version_info)
    local = bpy.utils.resource_path("LOCAL")
    # The bpy module does not put its own packages on the path, as Blender does.
    bundled = os.path.join(local, "python", "lib", version, "site-packages")  # noqa: PTH118
    if os.path.isdir(bundled) and bundled not in sys.path:  # noqa: PTH112
        sys.path.append(bundled)
    try:
        import PyOpenColorIO  # noqa: PLC0415
    except ImportError:
        return None
    return PyOpenColorIO
