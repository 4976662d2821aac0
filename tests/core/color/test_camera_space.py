"""The estimated camera as a color space that other programs read."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import PyOpenColorIO
import pytest

from hdr_core.camera.responses import inverse_srgb
from hdr_core.color.camera_space import (
    BASES,
    SPACE,
    CameraSpace,
    write_clf,
    write_config,
    write_spi1d,
)
from hdr_core.color.ocio import open_config
from hdr_core.errors import ColorError

PINNED = BASES["2.5"]
P3_TO_709 = np.array(
    [[1.2249, -0.0420, -0.0196], [-0.2249, 1.0420, -0.0786], [0.0, 0.0, 1.0982]]
)


@pytest.fixture
def a_camera():
    grid = np.linspace(0.0, 1.0, 1024)
    return CameraSpace(
        0.7 * inverse_srgb(grid) + 0.3 * grid**3, None, "A lens & a box."
    )


@pytest.fixture
def some_codes():
    codes = np.random.default_rng(2).integers(0, 256, (9, 7, 3))
    return (codes / 255).astype(np.float32)


def light_of(camera, codes):
    grid = np.linspace(0.0, 1.0, len(camera.inverse_crf))
    light = np.interp(codes, grid, camera.inverse_crf)
    return light if camera.to_network is None else light @ camera.to_network


class TestLuts:
    @pytest.mark.parametrize(
        ("write", "name"), [(write_clf, "a.clf"), (write_spi1d, "a.spi1d")]
    )
    def test_when_a_lut_is_read_by_ocio_then_it_gives_the_cameras_light(
        self, a_camera, some_codes, tmp_path, write, name
    ):
        write(tmp_path / name, a_camera)

        lut = PyOpenColorIO.FileTransform(
            str(tmp_path / name), interpolation=PyOpenColorIO.INTERP_LINEAR
        )
        raw = PyOpenColorIO.Config.CreateRaw()
        light = some_codes.copy()
        raw.getProcessor(lut).getDefaultCPUProcessor().applyRGB(light)
        np.testing.assert_allclose(light, light_of(a_camera, some_codes), atol=1e-6)

    def test_when_written_again_then_the_bytes_are_equal(self, a_camera, tmp_path):
        for name in ("a", "b"):
            write_clf(tmp_path / name, a_camera)
            write_spi1d(tmp_path / f"{name}.spi1d", a_camera)

        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
        first, second = sorted(tmp_path.glob("*.spi1d"))
        assert first.read_bytes() == second.read_bytes()


class TestWriteConfig:
    @pytest.mark.parametrize("profile", BASES)
    def test_when_written_then_it_is_of_the_profile_valid_and_keeps_its_base(
        self, a_camera, tmp_path, profile
    ):
        base = open_config(BASES[profile])

        path = write_config(tmp_path / "a", base, a_camera)

        config = PyOpenColorIO.Config.CreateFromFile(str(path))
        config.validate()
        found = f"{config.getMajorVersion()}.{config.getMinorVersion()}"
        assert found == profile
        names = open_config(str(path)).names()
        assert set(names) == {*base.names(), SPACE}
        assert ("interop_id: hdr_core:crf_" in path.read_text()) == (profile == "2.5")

    @pytest.mark.parametrize("matrix", [None, P3_TO_709], ids=["Rec.709", "P3"])
    def test_when_the_folder_is_moved_then_openimageio_converts_a_plate_by_it(
        self, a_camera, some_codes, tmp_path, matrix
    ):
        camera = CameraSpace(a_camera.inverse_crf, matrix, "A lens.")
        write_config(tmp_path / "a", open_config(PINNED), camera)
        shutil.move(tmp_path / "a", tmp_path / "elsewhere")

        plate = oiio.ImageBuf(np.ascontiguousarray(some_codes))
        light = oiio.ImageBufAlgo.colorconvert(
            plate,
            SPACE,
            "lin_rec709_scene",
            colorconfig=str(tmp_path / "elsewhere" / "config.ocio"),
        )

        assert not light.has_error, light.geterror()
        np.testing.assert_allclose(
            light.get_pixels(), light_of(camera, some_codes), atol=1e-4
        )

    def test_when_taken_back_then_codes_come_out(self, a_camera, some_codes, tmp_path):
        path = write_config(tmp_path / "a", open_config(PINNED), a_camera)
        config = open_config(str(path))

        light = config.conversion(SPACE, "ACEScg")(some_codes)
        codes = config.conversion("ACEScg", SPACE)(light)

        np.testing.assert_allclose(codes, some_codes, atol=1e-3)

    def test_when_the_config_in_use_has_luts_then_they_come_along(
        self, a_camera, tmp_path
    ):
        first = CameraSpace(np.linspace(0.0, 1.0, 16), None, "Straight.")
        base = write_config(tmp_path / "base", open_config(PINNED), first)
        renamed = base.read_text().replace(SPACE, "Lamp").replace("camera_", "lamp_")
        base.write_text(renamed.replace("src: camera.clf", "src: lamp.clf"))
        (tmp_path / "base/luts/camera.clf").rename(tmp_path / "base/luts/lamp.clf")

        path = write_config(tmp_path / "a", open_config(str(base)), a_camera)

        shutil.rmtree(tmp_path / "base")
        grey = np.full((1, 1, 3), 0.5, np.float32)
        light = open_config(str(path)).conversion("Lamp", "lin_rec709_scene")(grey)
        np.testing.assert_allclose(light, 0.5, atol=1e-6)

    def test_when_a_config_has_the_camera_already_then_it_is_refused(
        self, a_camera, tmp_path
    ):
        path = write_config(tmp_path / "a", open_config(PINNED), a_camera)

        with pytest.raises(ColorError, match="already"):
            write_config(tmp_path / "b", open_config(str(path)), a_camera)

    def test_when_checked_by_ociocheck_then_it_has_no_complaint(
        self, a_camera, tmp_path
    ):
        path = write_config(tmp_path / "a", open_config(PINNED), a_camera)

        checked = subprocess.run(
            [str(Path(sys.executable).with_name("ociocheck")), "--iconfig", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )

        assert checked.returncode == 0, checked.stdout
