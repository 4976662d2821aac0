"""The files of a rig, as other programs read them."""

import json

import numpy as np
import pytest

from hdr_core.errors import OptionError, OutputError
from hdr_core.io.readback import read_hdr
from hdr_core.rig.as_table import COLUMNS
from hdr_core.rig.split import SplitOptions, split
from hdr_core.rig.write import FORMATS, RigFiles, write_rig

pxr = pytest.importorskip("pxr", reason="needs the extra usd")


@pytest.fixture
def a_rig(a_room, in_memory):
    return split(in_memory(a_room), SplitOptions())


@pytest.fixture
def written(a_rig, tmp_path):
    return write_rig(a_rig, tmp_path / "rig", RigFiles(distance=2.0)).folder


def stage_of(folder):
    from pxr import Usd

    return Usd.Stage.Open(str(folder / "rig.usda"))


class TestWriteRig:
    def test_when_nothing_is_chosen_then_every_format_is_there(self, written):
        names = {path.name for path in written.iterdir()}

        assert names == {"dome.exr", "rig.json", "rig.txt", "rig.gltf", "rig.usda"}

    def test_when_the_dome_is_read_then_it_is_that_of_the_rig(self, written, a_rig):
        np.testing.assert_array_equal(read_hdr(written / "dome.exr").pixels, a_rig.dome)

    def test_when_a_format_is_chosen_then_only_that_is_written(self, a_rig, tmp_path):
        made = write_rig(a_rig, tmp_path / "rig", RigFiles(formats=("txt",)))

        assert made.files == ("dome.exr", "rig.txt")

    def test_when_the_folder_has_files_then_they_are_kept(self, a_rig, written):
        with pytest.raises(OutputError, match="already contains files"):
            write_rig(a_rig, written, RigFiles())

    @pytest.mark.parametrize(
        ("asked", "match"),
        [
            ({"formats": ("fbx",)}, "unknown fbx. Choose from json"),
            ({"distance": 0.0}, "distance: needs"),
            ({"unit_nits": 0.0}, "unit-nits: must be above 0"),
        ],
        ids=["format", "distance", "unit"],
    )
    def test_when_an_option_is_wrong_then_it_is_refused(self, asked, match):
        with pytest.raises(OptionError, match=match):
            RigFiles(**asked)


class TestJson:
    def test_when_it_is_read_then_energy_and_size_agree(self, written, a_rig):
        found = json.loads((written / "rig.json").read_text())

        assert found["dome"]["file"] == "dome.exr"
        assert found["color_space"] == "lin_rec709_scene"
        assert found["check"]["worst"] < 0.01
        window = next(one for one in found["lights"] if one["shape"] == "rect")
        assert window["size_m"][0] == pytest.approx(
            2 * 2.0 * np.tan(np.radians(window["angular_size_deg"][0] / 2))
        )
        assert window["lux"] == pytest.approx(
            np.dot(window["irradiance"], [0.2126, 0.7152, 0.0722]), rel=1e-3
        )


class TestTable:
    def test_when_it_is_read_then_each_light_is_a_line_of_all_columns(
        self, written, a_rig
    ):
        lines = (written / "rig.txt").read_text().splitlines()
        rows = [line.split() for line in lines if not line.startswith("#")]

        assert [row[0] for row in rows] == [light.name for light in a_rig.lights]
        assert {len(row) for row in rows} == {len(COLUMNS)}
        row = dict(zip(COLUMNS, rows[0], strict=True))
        place = [float(row[name]) for name in ("tx", "ty", "tz")]
        assert np.linalg.norm(place) == pytest.approx(2.0, rel=1e-5)


class TestGltf:
    def test_when_it_is_read_then_lamps_are_points_of_the_same_illuminance(
        self, written, a_rig
    ):
        found = json.loads((written / "rig.gltf").read_text())

        lights = found["extensions"]["KHR_lights_punctual"]["lights"]
        assert found["extensionsUsed"] == ["KHR_lights_punctual"]
        assert len(found["nodes"]) == len(lights) == len(a_rig.lights)
        for light, meant in zip(lights, a_rig.lights, strict=True):
            energy = np.array(light["color"]) * light["intensity"] / 2.0**2
            np.testing.assert_allclose(energy, meant.irradiance, rtol=1e-6)


class TestUsd:
    def test_when_it_is_opened_then_every_validator_of_usd_passes(self, written):
        from pxr import UsdValidation

        registry = UsdValidation.ValidationRegistry()
        names = [one.name for one in registry.GetAllValidatorMetadata()]
        validators = registry.GetOrLoadValidatorsByName(names)
        stage = stage_of(written)

        errors = UsdValidation.ValidationContext(validators).Validate(stage)

        assert len(validators) > 20
        assert [error.GetMessage() for error in errors] == []

    def test_when_it_is_opened_then_the_stage_is_in_meters_with_y_up(self, written):
        from pxr import UsdGeom

        stage = stage_of(written)

        assert UsdGeom.GetStageUpAxis(stage) == "Y"
        assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
        assert stage.GetDefaultPrim().GetName() == "rig"
        assert stage.GetRootLayer().customLayerData["unitNits"] == 1.0

    def test_when_the_dome_is_read_then_it_is_a_latlong_map_in_its_color_space(
        self, written
    ):
        from pxr import UsdGeom, UsdLux

        stage = stage_of(written)
        dome = UsdLux.DomeLight(stage.GetPrimAtPath("/rig/dome"))

        texture = dome.GetTextureFileAttr()
        assert texture.Get().resolvedPath == str(written / "dome.exr")
        assert texture.GetColorSpace() == "lin_rec709_scene"
        assert dome.GetTextureFormatAttr().Get() == UsdLux.Tokens.latlong
        assert dome.GetExposureAttr().Get() == 0.0
        # A turn would move the middle column away from +Z.
        matrix = UsdGeom.Xformable(dome).ComputeLocalToWorldTransform(0.0)
        np.testing.assert_array_equal(np.array(matrix), np.eye(4))

    def test_when_a_light_is_read_then_it_shines_to_the_middle_with_its_radiance(
        self, written, a_rig
    ):
        from pxr import Gf, UsdGeom, UsdLux

        stage = stage_of(written)

        for meant in a_rig.lights:
            prim = stage.GetPrimAtPath(f"/rig/{meant.name}")
            light = UsdLux.LightAPI(prim)
            matrix = UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(0.0)
            shines = np.array(matrix.TransformDir(Gf.Vec3d(0, 0, -1)))
            x, y, z = meant.direction
            np.testing.assert_allclose(shines, [-y, -z, -x], atol=1e-6)
            energy = light.GetIntensityAttr().Get() * np.array(
                light.GetColorAttr().Get()
            )
            np.testing.assert_allclose(energy, meant.radiance, rtol=1e-5)

    def test_when_a_sun_is_read_then_it_is_normalized_to_its_irradiance(
        self, a_sunny_sky, in_memory, tmp_path
    ):
        from pxr import UsdLux

        rig = split(in_memory(a_sunny_sky), SplitOptions(lights="sun"))
        folder = write_rig(rig, tmp_path / "rig", RigFiles(formats=("usd",))).folder

        stage = stage_of(folder)
        sun = UsdLux.DistantLight(stage.GetPrimAtPath("/rig/sun"))

        assert sun.GetAngleAttr().Get() == pytest.approx(0.53)
        assert sun.GetNormalizeAttr().Get()
        strength = max(rig.lights[0].irradiance)
        assert sun.GetIntensityAttr().Get() == pytest.approx(strength)

    def test_when_every_format_is_known_then_usd_is_one(self):
        assert "usd" in FORMATS
