"""Names of color spaces in the OCIO config that Blender uses.

Results are tagged with interop IDs, but Blender's menus accept only the config's own
names. From 4.4 on Blender ships OpenColorIO for Python, which looks up the name. In
older versions the names of known configs are tried.
"""

import os
import sys
from functools import cache
from types import ModuleType

import bpy

from .errors import AddonError

LINEAR_REC709 = "lin_rec709_scene"
# Names in Blender's own configs, the ACES configs, and those of Nuke and others.
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
    """Return the name of a color space in the config in use.

    Raises:
        AddonError: The config has no such color space.
    """
    offered = [item.identifier for item in _menu().enum_items]
    candidates = [_name_in_config(interop_id), *KNOWN_NAMES.get(interop_id, ())]
    for name in candidates:
        if name in offered:
            return name
    raise AddonError(
        f"the color config has no {interop_id}, found {len(offered)} other spaces. "
        "Use Blender's own config, or one with interop IDs as aliases."
    )


def tag(image: bpy.types.Image, interop_id: str) -> None:
    """Set the color space of ``image``: an interop ID, or "data"."""
    if interop_id == "data":
        image.colorspace_settings.is_data = True
    else:
        image.colorspace_settings.name = menu_name(interop_id)


def _menu() -> bpy.types.EnumProperty:
    settings = bpy.types.ColorManagedInputColorspaceSettings
    return settings.bl_rna.properties["name"]


def _name_in_config(interop_id: str) -> str:
    """Return the config's name for an interop ID; "" means not found."""
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
    """Return Blender's own OpenColorIO for Python; None means that it has none."""
    version = "python{}.{}".format(*sys.version_info)
    local = bpy.utils.resource_path("LOCAL")
    # Unlike Blender, the bpy module does not add its own packages to the path.
    bundled = os.path.join(local, "python", "lib", version, "site-packages")  # noqa: PTH118
    if os.path.isdir(bundled) and bundled not in sys.path:  # noqa: PTH112
        sys.path.append(bundled)
    try:
        import PyOpenColorIO  # noqa: PLC0415
    except ImportError:
        return None
    return PyOpenColorIO
