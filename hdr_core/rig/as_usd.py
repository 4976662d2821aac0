"""A rig as a USD stage, by usd-core (the extra "usd").

The stage is Y-up, in meters. UsdLux measures the luminance of lights in nits and, with
``inputs:normalize``, a distant light by the illuminance of a surface that faces it. The
numbers here are in the unit of the panorama: its value 1 stands for ``unitNits`` cd/m2,
which the stage names in its customLayerData. ``inputs:exposure`` is 0 everywhere.

The dome needs no turn: a latlong texture has its middle at +Z, the left of it at +X,
and its top at +Y, as OpenEXR defines it.

Source: UsdLux, "Light quantities and units" (OpenUSD 25.05 and newer).
"""

import math
from typing import Any

from hdr_core.errors import OptionError
from hdr_core.rig.placed import PlacedLight
from hdr_core.rig.rig import Rig

ROOT = "/rig"


def has_usd() -> bool:
    """Return whether usd-core is installed."""
    try:
        import pxr as _  # noqa: F401, PLC0415 - an extra
    except ImportError:
        return False
    return True


def require_usd() -> None:
    """Raise OptionError if usd-core is not installed."""
    if not has_usd():
        raise OptionError(
            "formats: usd needs usd-core. Install it with `pip install hdr-core[usd]`."
        )


def to_usd(rig: Rig, *, dome: str, distance: float, unit_nits: float) -> str:
    """Return a rig as the text of a .usda file.

    Args:
        rig: Dome and lights.
        dome: Name of the dome's file, beside the stage.
        distance: Distance of the lamps, in meters.
        unit_nits: Luminance in cd/m2 of the value 1 in the panorama.

    Raises:
        OptionError: usd-core is not installed.
    """
    require_usd()
    from pxr import Usd, UsdGeom, UsdLux  # noqa: PLC0415 - an extra

    stage = Usd.Stage.CreateInMemory(".usda")
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    root = UsdGeom.Xform.Define(stage, ROOT)
    stage.SetDefaultPrim(root.GetPrim())
    stage.GetRootLayer().customLayerData = {
        "unitNits": float(unit_nits),
        "panorama": rig.panorama.path.name,
    }
    root.GetPrim().SetDocumentation(
        f"Dome and lights of {rig.panorama.path.name}. 1 = {unit_nits:g} cd/m2."
    )
    space = rig.panorama.space
    light = UsdLux.DomeLight.Define(stage, f"{ROOT}/dome")
    light.CreateTextureFileAttr(f"./{dome}").SetColorSpace(space)
    light.CreateTextureFormatAttr(UsdLux.Tokens.latlong)
    light.CreateIntensityAttr(1.0)
    light.CreateExposureAttr(0.0)
    for one in rig.lights:
        _add_light(stage, PlacedLight(one, distance), space)
    return str(stage.GetRootLayer().ExportToString())


def _add_light(stage: Any, placed: PlacedLight, space: str) -> None:  # noqa: ANN401 - usd-core's
    """Add one light to the stage."""
    from pxr import Gf, UsdLux  # noqa: PLC0415 - an extra

    light = placed.light
    path = f"{ROOT}/{light.name}"
    if light.shape == "distant":
        made = UsdLux.DistantLight.Define(stage, path)
        made.CreateAngleAttr(math.degrees(light.size[0]))
        made.CreateNormalizeAttr(True)
        energy = light.irradiance
    elif light.shape == "sphere":
        made = UsdLux.SphereLight.Define(stage, path)
        made.CreateRadiusAttr(placed.size[0] / 2)
        energy = light.radiance
    else:
        made = UsdLux.RectLight.Define(stage, path)
        made.CreateWidthAttr(placed.size[0])
        made.CreateHeightAttr(placed.size[1])
        energy = light.radiance
    strength = max(*energy, 1e-30)
    made.CreateIntensityAttr(strength)
    made.CreateExposureAttr(0.0)
    color = [part / strength for part in energy]
    made.CreateColorAttr(Gf.Vec3f(*color)).SetColorSpace(space)
    if light.is_invented:
        made.GetPrim().SetDocumentation("Invented: the panorama does not show it.")
    made.AddTranslateOp().Set(Gf.Vec3d(*placed.position))
    made.AddRotateXYZOp().Set(Gf.Vec3f(*placed.rotation_deg))
