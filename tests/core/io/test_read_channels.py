"""Grey, alpha, further channels: what becomes of them in a plate."""

import numpy as np
import pytest
from PIL import Image

from hdr_core.io.read import read_plate
from hdr_core.plate import NOTES


class TestChannels:
    @pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
    def test_when_a_plate_is_grey_then_it_has_three_equal_channels(
        self, tmp_path, some_codes, suffix
    ):
        Image.fromarray(some_codes[..., 0]).save(tmp_path / f"a.{suffix}")

        plate = read_plate(tmp_path / f"a.{suffix}")

        assert plate.pixels.shape == (5, 7, 3)
        assert (plate.pixels == plate.pixels[..., :1]).all()
        assert plate.alpha is None
        assert "grey" in plate.metadata[NOTES]

    def test_when_grey_has_alpha_then_alpha_is_kept_apart(
        self, tmp_path, some_codes, codes_of
    ):
        Image.fromarray(some_codes[..., :2], "LA").save(tmp_path / "a.png")

        plate = read_plate(tmp_path / "a.png")

        assert np.array_equal(codes_of(plate)[..., 2], some_codes[..., 0])
        assert np.array_equal(np.rint(plate.alpha * 255), some_codes[..., 1])

    @pytest.mark.parametrize("suffix", ["png", "tif", "tga", "webp"])
    def test_when_alpha_is_straight_then_nothing_is_premultiplied(
        self, tmp_path, some_codes, suffix, codes_of
    ):
        some_codes[0, :, 3] = 0
        options = {"lossless": True, "exact": True} if suffix == "webp" else {}
        Image.fromarray(some_codes).save(tmp_path / f"a.{suffix}", **options)

        plate = read_plate(tmp_path / f"a.{suffix}")

        assert not plate.is_premultiplied
        assert np.array_equal(codes_of(plate), some_codes[..., :3])
        assert np.array_equal(np.rint(plate.alpha * 255), some_codes[..., 3])

    def test_when_16_bit_alpha_is_straight_then_its_codes_are_kept(
        self, tmp_path, some_codes, write_samples, codes_of
    ):
        deep = some_codes.astype(np.uint16) * 211
        path = write_samples(
            tmp_path / "a.png", deep, "uint16", oiio__UnassociatedAlpha=1
        )

        plate = read_plate(path)

        assert np.array_equal(codes_of(plate), deep[..., :3])
        assert np.array_equal(np.rint(plate.alpha * 65535), deep[..., 3])

    @pytest.mark.parametrize(("suffix", "kind"), [("exr", "half"), ("tif", "uint8")])
    def test_when_alpha_is_associated_then_the_plate_says_premultiplied(
        self, tmp_path, suffix, kind, write_samples
    ):
        samples = np.full((2, 3, 4), 0.25, np.float32)

        plate = read_plate(write_samples(tmp_path / f"a.{suffix}", samples, kind))

        assert plate.is_premultiplied
        assert plate.pixels == pytest.approx(0.25, abs=0.002)

    def test_when_an_exr_has_further_channels_then_they_are_noted(
        self, tmp_path, write_samples
    ):
        names = ("R", "G", "B", "Z", "diff.R")
        samples = np.full((2, 3, 5), 0.5, np.float32)

        plate = read_plate(
            write_samples(tmp_path / "a.exr", samples, "half", names=names)
        )

        assert "2 further channels" in plate.metadata[NOTES]

    def test_when_rgb_is_missing_then_the_found_channels_are_named(
        self, tmp_path, write_samples, assert_refused
    ):
        names = ("diff.R", "diff.G", "diff.B")
        samples = np.zeros((2, 3, 3), np.float32)

        path = write_samples(tmp_path / "a.exr", samples, "half", names=names)

        assert_refused(path, "diff.R, diff.G, diff.B")

    @pytest.mark.parametrize(
        ("suffix", "mode"), [("jpg", "CMYK"), ("tif", "CMYK"), ("tif", "LAB")]
    )
    def test_when_colors_are_for_print_then_the_plate_is_refused(
        self, tmp_path, suffix, mode, assert_refused
    ):
        path = tmp_path / f"a.{suffix}"
        Image.new(mode, (4, 4)).save(path)

        assert_refused(path, mode, "Convert it to RGB")

    def test_when_samples_are_32_bit_integers_then_the_plate_is_refused(
        self, tmp_path, some_codes, assert_refused
    ):
        path = tmp_path / "a.tif"
        Image.fromarray(some_codes[..., 0].astype(np.int32)).save(path)

        assert_refused(path, "int32", "8 or 16 bits")
