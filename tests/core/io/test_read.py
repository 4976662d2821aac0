"""A file becomes a plate: every code, and what rides along."""

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image, ImageCms, ImageOps

from hdr_core.io.read import read_plate
from hdr_core.plate import LOCAL_TONES, NOTES, TAG, Window


class TestCodes:
    @pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "tga"])
    def test_when_a_file_holds_every_8_bit_code_then_each_is_kept(
        self, tmp_path, suffix, codes_of
    ):
        ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
        path = tmp_path / f"ramp.{suffix}"
        Image.fromarray(ramp).save(path)

        plate = read_plate(path)

        assert plate.bits == 8
        assert plate.pixels.dtype == np.float32
        assert np.array_equal(plate.pixels, (ramp / 255.0).astype(np.float32))
        assert np.array_equal(codes_of(plate), ramp)

    @pytest.mark.parametrize("suffix", ["png", "tif"])
    def test_when_a_file_holds_every_16_bit_code_then_each_is_kept(
        self, tmp_path, suffix, write_samples, codes_of
    ):
        ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1).repeat(3, axis=2)

        plate = read_plate(write_samples(tmp_path / f"ramp.{suffix}", ramp, "uint16"))

        assert plate.bits == 16
        assert np.array_equal(plate.pixels, (ramp / 65535.0).astype(np.float32))
        assert np.array_equal(codes_of(plate), ramp)

    @pytest.mark.parametrize("suffix", ["dpx", "tif"])
    @pytest.mark.parametrize("bits", [10, 12])
    def test_when_codes_have_10_or_12_bits_then_each_is_gathered_again(
        self, tmp_path, suffix, bits, write_samples, codes_of
    ):
        n = 2**bits
        ramp = np.arange(n, dtype=np.int64).reshape(32, -1, 1).repeat(3, axis=2)
        spread = (ramp << (16 - bits) | ramp >> (2 * bits - 16)).astype(np.uint16)
        path = write_samples(
            tmp_path / f"ramp.{suffix}", spread, "uint16", oiio__BitsPerSample=bits
        )

        plate = read_plate(path)

        assert plate.bits == bits
        assert np.array_equal(codes_of(plate), ramp)
        assert np.array_equal(plate.pixels, (ramp / (n - 1)).astype(np.float32))

    def test_when_a_10_bit_dpx_is_read_then_the_words_on_disk_are_its_codes(
        self, tmp_path, write_samples, codes_of
    ):
        ramp = np.arange(1024, dtype=np.uint16).reshape(32, 32, 1).repeat(3, axis=2)
        spread = ramp << 6 | ramp >> 4
        path = write_samples(
            tmp_path / "a.dpx", spread, "uint16", oiio__BitsPerSample=10
        )
        raw = path.read_bytes()
        order = ">u4" if raw[:4] == b"SDPX" else "<u4"
        start = int(np.frombuffer(raw[4:8], order)[0])
        words = np.frombuffer(raw[start : start + 4096], order)

        plate = read_plate(path)

        assert np.array_equal(codes_of(plate)[..., 0].ravel(), words >> 22)

    def test_when_an_exr_holds_encoded_floats_then_it_has_no_bits(
        self, tmp_path, write_samples
    ):
        values = np.linspace(0, 1, 30, dtype=np.float32).reshape(2, 5, 3)

        plate = read_plate(write_samples(tmp_path / "a.exr", values, "float"))

        assert plate.bits is None
        assert np.array_equal(plate.pixels, values)
        assert "not scene-linear" in plate.metadata[NOTES]

    def test_when_a_plate_is_one_pixel_then_it_is_read(self, tmp_path, codes_of):
        Image.new("RGB", (1, 1), (1, 2, 3)).save(tmp_path / "a.png")

        plate = read_plate(tmp_path / "a.png")

        assert codes_of(plate).tolist() == [[[1, 2, 3]]]


class TestWhatRidesAlong:
    @pytest.mark.parametrize("turn", range(1, 9))
    def test_when_exif_turns_a_plate_then_it_stands_upright(
        self, tmp_path, some_codes, turn, codes_of
    ):
        image = Image.fromarray(some_codes)
        exif = image.getexif()
        exif[0x0112] = turn
        image.save(tmp_path / "a.png", exif=exif)
        with Image.open(tmp_path / "a.png") as stored:
            upright = np.asarray(ImageOps.exif_transpose(stored))

        plate = read_plate(tmp_path / "a.png")

        assert np.array_equal(codes_of(plate), upright[..., :3])
        assert np.array_equal(np.rint(plate.alpha * 255), upright[..., 3])
        assert (f"orientation {turn}" in plate.metadata[NOTES]) == (turn > 1)

    @pytest.mark.parametrize(("suffix", "kind"), [("exr", "half"), ("tif", "uint8")])
    def test_when_data_is_smaller_than_the_display_then_both_windows_are_kept(
        self, tmp_path, suffix, kind, write_samples
    ):
        window = Window(2, 3, 0, 0, 20, 10)
        samples = np.full((4, 6, 3), 0.5, np.float32)

        plate = read_plate(
            write_samples(tmp_path / f"a.{suffix}", samples, kind, window=window)
        )

        assert plate.window == window

    def test_when_the_image_fills_its_display_then_there_is_no_window(self, tmp_path):
        Image.new("RGB", (4, 4)).save(tmp_path / "a.png")

        assert read_plate(tmp_path / "a.png").window is None

    def test_when_a_dpx_has_a_time_code_then_the_plate_carries_it(self, tmp_path):
        spec = oiio.ImageSpec(4, 4, 3, "uint16")
        spec.attribute("oiio:BitsPerSample", 10)
        spec.attribute("smpte:TimeCode", oiio.TypeTimeCode, (0x01020304, 0))
        target = oiio.ImageOutput.create(str(tmp_path / "a.dpx"))
        assert target.open(str(tmp_path / "a.dpx"), spec)
        assert target.write_image(np.zeros((4, 4, 3), np.uint16))
        assert target.close()

        plate = read_plate(tmp_path / "a.dpx")

        assert plate.metadata["smpte:TimeCode"] == "01020304 00000000"

    def test_when_an_icc_profile_is_not_srgb_then_it_is_named(self, tmp_path):
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        Image.new("RGB", (4, 4)).save(tmp_path / "a.tif", icc_profile=lab)

        notes = read_plate(tmp_path / "a.tif").metadata[NOTES]

        assert "ICC profile" in notes
        assert "Lab" in notes

    def test_when_an_icc_profile_is_srgb_then_nothing_is_noted(self, tmp_path):
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        Image.new("RGB", (4, 4)).save(tmp_path / "a.png", icc_profile=srgb)

        assert read_plate(tmp_path / "a.png").metadata[NOTES] == ""

    @pytest.mark.parametrize(
        ("maker", "is_phone"), [("Apple", True), ("samsung ", True), ("Canon", False)]
    )
    def test_when_a_phone_took_the_picture_then_it_is_known_to_map_tones_locally(
        self, tmp_path, write_samples, maker, is_phone
    ):
        grey = np.full((8, 8, 3), 99, np.uint8)
        path = write_samples(tmp_path / "a.jpg", grey, "uint8", Make=maker)

        plate = read_plate(path)

        assert (LOCAL_TONES in plate.metadata) == is_phone

    def test_when_a_tiff_has_no_color_tag_then_nothing_is_made_up(self, tmp_path):
        Image.new("RGB", (4, 4)).save(tmp_path / "a.tif")

        assert TAG not in read_plate(tmp_path / "a.tif").metadata

    def test_when_a_tiff_has_two_pages_then_the_first_is_taken(
        self, tmp_path, codes_of
    ):
        pages = [Image.new("RGB", (4, 4), (code,) * 3) for code in (10, 20)]
        pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])

        plate = read_plate(tmp_path / "a.tif")

        assert (codes_of(plate) == 10).all()
        assert "several pictures" in plate.metadata[NOTES]
