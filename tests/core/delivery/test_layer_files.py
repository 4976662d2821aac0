"""One EXR a layer: what is in each, and that a host can mix them."""

import time

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image, ImageCms

from hdr_core.errors import OutputError
from hdr_core.io.data import write_data
from hdr_core.io.readback import read_hdr


def read_samples(path):
    image = oiio.ImageBuf(str(path))
    return image.get_pixels(oiio.FLOAT), image.spec()


def write_tagged(path, codes, profile):
    """Write codes as a PNG whose ICC profile has this name."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    old, new = "sRGB built-in", profile.ljust(13)[:13]
    renamed = srgb.replace(old.encode("utf-16-be"), new.encode("utf-16-be"))
    Image.fromarray(codes.astype(np.uint8)).save(path, icc_profile=renamed)
    return path


class TestWriteData:
    def test_when_numbers_are_written_then_they_come_back_tagged_as_data(
        self, tmp_path
    ):
        values = np.array([[0.0, 0.5], [1.0, 2.0]], np.float32)

        write_data(tmp_path / "mask.exr", values)

        found, spec = read_samples(tmp_path / "mask.exr")
        np.testing.assert_array_equal(found[..., 0], values)
        assert spec.channelnames == ("Y",)
        assert spec["colorInteropID"] == "data"

    def test_when_it_is_written_at_another_time_then_the_bytes_are_equal(
        self, tmp_path
    ):
        paths = [tmp_path / "a.exr", tmp_path / "b.exr"]

        for path in paths:
            write_data(path, np.ones((2, 2, 3), np.float32))
            time.sleep(1.1)  # EXR dates count whole seconds

        first, second = paths
        assert first.read_bytes() == second.read_bytes()

    def test_when_there_is_a_file_then_it_stays_unless_overwritten(self, tmp_path):
        path = tmp_path / "mask.exr"
        path.write_text("made before")

        with pytest.raises(OutputError, match="exists already"):
            write_data(path, np.zeros((2, 2), np.float32))

        assert path.read_text() == "made before"


class TestLayerFiles:
    def test_when_asked_for_files_then_the_result_has_one_part(
        self, convert, a_picture, tmp_path
    ):
        output = tmp_path / "lamp.exr"

        convert(a_picture, "-o", output, "--aov-files", "--aov", "mask,gain")

        found = sorted(path.name for path in tmp_path.glob("*.exr"))
        assert found == ["lamp.exr", "lamp_gain.exr", "lamp_mask.exr"]
        assert read_hdr(output).aovs == {}
        mask, _ = read_samples(tmp_path / "lamp_mask.exr")
        assert mask.min() == 0.0
        assert mask.max() == 1.0
        assert read_samples(tmp_path / "lamp_gain.exr")[1].nchannels == 3

    @pytest.mark.parametrize("fidelity", ["plate", "free"])
    @pytest.mark.parametrize("exposure", ["0", "1"])
    def test_when_linear_is_a_file_then_it_is_the_result_of_no_strength(
        self, convert, a_picture, tmp_path, fidelity, exposure
    ):
        options = ["--fidelity", fidelity, "--exposure", exposure, "--depth", "float"]
        options += ["--working-space", "ACEScg", "--skip", "refine"]
        lit, plain = tmp_path / "lit.exr", tmp_path / "plain.exr"

        convert(a_picture, "-o", lit, "--aov-files", "--aov", "linear", *options)
        convert(a_picture, "-o", plain, "--strength", "0", *options)

        found, spec = read_samples(tmp_path / "lit_linear.exr")
        expected = read_hdr(plain).pixels
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
        assert spec["colorInteropID"] == "lin_ap1_scene"
        assert read_hdr(lit).pixels.max() > expected.max()

    @pytest.mark.parametrize("fidelity", ["plate", "free"])
    @pytest.mark.parametrize("is_file", [True, False], ids=["a file", "in part 2"])
    @pytest.mark.parametrize("profile", ["Display P3", "Adobe RGB"])
    def test_when_the_plate_is_tagged_then_linear_is_in_the_space_of_the_result(
        self, convert, some_codes, tmp_path, profile, is_file, fidelity
    ):
        picture = write_tagged(tmp_path / "lamp.png", some_codes, profile)
        options = ["--fidelity", fidelity, "--depth", "float", "--skip", "refine"]
        options += ["--working-space", "ACEScg"]
        lit, plain = tmp_path / "lit.exr", tmp_path / "plain.exr"

        files = ["--aov-files"] if is_file else []
        convert(picture, "-o", lit, *files, "--aov", "linear", *options)
        convert(picture, "-o", plain, "--strength", "0", *options)

        found = read_hdr(lit).aovs.get("linear")
        if is_file:
            found, _ = read_samples(tmp_path / "lit_linear.exr")
        np.testing.assert_allclose(found, read_hdr(plain).pixels, rtol=2e-3, atol=1e-4)

    def test_when_uncertainty_is_a_file_then_unclipped_channels_have_none(
        self, convert, a_picture, some_codes, tmp_path
    ):
        output = tmp_path / "lamp.exr"

        convert(a_picture, "-o", output, "--aov-files", "--aov", "uncertainty")

        found, _ = read_samples(tmp_path / "lamp_uncertainty.exr")
        assert (found[some_codes < 255] == 0.0).all()
        assert (found[some_codes == 255] > 0.0).any()
