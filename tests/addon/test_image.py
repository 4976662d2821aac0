"""The image editor: a float image, its histogram, its camera."""

import bpy
import numpy as np
import pytest
from bl_ext.user_default.hdr_core import bridge
from bl_ext.user_default.hdr_core.errors import AddonError

from tests.addon.blender import convert


class TestReconstructImage:
    def test_when_an_image_is_reconstructed_then_there_is_a_float_one(
        self, scene, a_plate, tmp_path
    ):
        image = bpy.data.images.load(str(a_plate))

        bpy.ops.hdr_core.reconstruct_image(image=image.name)

        made = bpy.data.images["HDR lamp"]
        expected = convert(a_plate, tmp_path / "expected.exr")
        pixels = bridge.read_pixels(made)[..., :3]
        np.testing.assert_allclose(pixels, expected, rtol=1e-3, atol=1e-6)
        assert made.is_float
        above = expected.max(axis=2) > 1.0
        assert sum(made["hdr_core_histogram"]) == pytest.approx(above.mean())

    def test_when_its_response_is_asked_for_then_there_is_a_picture(
        self, scene, a_plate
    ):
        image = bpy.data.images.load(str(a_plate))

        bpy.ops.hdr_core.show_response(image=image.name)

        assert min(bpy.data.images["Response lamp"].size) > 100

    def test_when_there_is_no_image_then_it_says_so(self, scene):
        with pytest.raises(RuntimeError, match=r"No image\. Open one"):
            bpy.ops.hdr_core.reconstruct_image()

    def test_when_a_camera_has_no_folder_then_it_says_so(self, scene):
        with pytest.raises(RuntimeError, match=r"No folder\. Choose a folder"):
            bpy.ops.hdr_core.save_camera(image="lamp")

    def test_when_it_is_exported_then_the_picture_has_base_and_gain_map(
        self, scene, a_plate, tmp_path
    ):
        image = bpy.data.images.load(str(a_plate))
        target = tmp_path / "lamp.jpg"

        bpy.ops.hdr_core.export_picture(
            image=image.name, filepath=str(target), kind="uhdr"
        )

        data = target.read_bytes()
        assert data.startswith(b"\xff\xd8")
        assert b"hdr-gain-map" in data
        assert data.count(b"urn:iso:std:iso:ts:21496") == 2

    def test_when_it_is_exported_without_a_name_then_it_says_so(self, scene):
        with pytest.raises(RuntimeError, match=r"No file\. Choose a name"):
            bpy.ops.hdr_core.export_picture(image="lamp")

    def test_when_looked_at_darker_then_only_the_view_changes(self, scene):
        bpy.ops.hdr_core.view_exposure(stops=-4.0)

        assert scene.view_settings.exposure == -4.0


class TestBridge:
    @pytest.mark.parametrize("channels", [3, 4], ids=["opaque", "transparent"])
    @pytest.mark.parametrize("kind", [np.uint8, np.uint16], ids=["8 bit", "16 bit"])
    def test_when_codes_are_written_as_png_then_blender_reads_them_back(
        self, scene, tmp_path, kind, channels
    ):
        largest = np.iinfo(kind).max
        random = np.random.default_rng(0)
        codes = random.integers(0, largest, (5, 7, channels), kind, endpoint=True)
        path = tmp_path / "codes.png"

        path.write_bytes(bridge.png(codes))

        image = bpy.data.images.load(str(path))
        image.alpha_mode = "CHANNEL_PACKED"
        image.colorspace_settings.is_data = True
        found = bridge.read_pixels(image)[..., :channels]
        np.testing.assert_allclose(found, codes / largest, atol=1e-6)

    def test_when_light_lies_on_codes_then_it_is_encoded_in_8_bits(self):
        encoded = np.arange(256, dtype=np.float32)[None, :, None] / 255
        low, high = encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4
        light = np.where(encoded <= 0.04045, low, high).repeat(4, axis=2)
        light[..., 3] = 1.0

        codes = bridge.encode_light(light.astype(np.float32))

        assert codes.dtype == np.uint8
        np.testing.assert_array_equal(codes[0, :, 0], np.arange(256))

    def test_when_light_lies_between_codes_then_it_is_encoded_in_16_bits(self):
        light = np.full((2, 2, 4), 0.5, np.float32)

        codes = bridge.encode_light(light)

        assert codes.dtype == np.uint16
        # Premultiplied by a half: light of 1 under half a pixel.
        assert (codes[..., :3] == 65535).all()
        assert (codes[..., 3] == 32768).all()

    def test_when_light_is_not_finite_then_it_is_refused(self):
        light = np.full((2, 2, 4), np.nan, np.float32)

        with pytest.raises(AddonError, match="NaN or infinite pixels"):
            bridge.encode_light(light)

    def test_when_light_is_above_clip_then_each_stop_is_counted(self):
        light = np.ones((1, 8, 4), np.float32)
        light[0, :, 0] = [0.5, 1.0, 1.5, 1.9, 2.5, 9.0, 0.0, 0.1]

        shares = bridge.light_histogram(light)

        assert shares == [2 / 8, 1 / 8, 0.0, 1 / 8]


class TestPicks:
    def test_when_grey_is_picked_then_the_result_has_its_light(
        self, scene, a_plate, tmp_path
    ):
        image = bpy.data.images.load(str(a_plate))

        bpy.ops.hdr_core.pick_grey(image=image.name, x=20, y=10, value=0.1)
        bpy.ops.hdr_core.reconstruct_image(image=image.name)

        pixels = bridge.read_pixels(bpy.data.images["HDR lamp"])[..., :3]
        known = "--grey", "20,10:0.1"
        expected = convert(a_plate, tmp_path / "expected.exr", *known)
        np.testing.assert_allclose(pixels, expected, rtol=1e-3, atol=1e-6)
        patch = pixels[8:13, 18:23].reshape(-1, 3)
        stops = np.log2(np.median(patch, axis=0)).mean()
        assert stops == pytest.approx(np.log2(0.1), abs=0.1)

    def test_when_picks_are_cleared_then_nothing_is_known(self, scene, a_plate):
        image = bpy.data.images.load(str(a_plate))
        bpy.ops.hdr_core.pick_grey(image=image.name, x=2, y=3)
        bpy.ops.hdr_core.pick_white(image=image.name, x=4, y=5)
        assert image["hdr_core_white"] == "4,5:0.9"

        bpy.ops.hdr_core.clear_picks(image=image.name)

        assert not [key for key in image.keys() if key.startswith("hdr_core_")]  # noqa: SIM118 - not a dict

    def test_when_a_pixel_is_outside_then_it_says_so(self, scene, a_plate):
        image = bpy.data.images.load(str(a_plate))

        with pytest.raises(RuntimeError, match="No pixel at 999,3"):
            bpy.ops.hdr_core.pick_grey(image=image.name, x=999, y=3)
