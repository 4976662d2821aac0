"""A result becomes one whole EXR, and it is all in there."""

import time

import numpy as np
import OpenEXR
import OpenImageIO as oiio
import pytest

from hdr_core.errors import PlateError
from hdr_core.io.readback import read_hdr, read_parts
from hdr_core.io.write import LOSSLESS, WriteReport, write_hdr
from hdr_core.plate import Window


class TestWhatIsInTheFile:
    @pytest.mark.parametrize(("depth", "kind"), [("half", "f2"), ("float", "f4")])
    def test_when_a_result_is_written_then_a_second_decoder_finds_it(
        self, tmp_path, a_result, some_aovs, depth, kind
    ):
        report = write_hdr(tmp_path / "a.exr", a_result, aovs=some_aovs, depth=depth)

        found = read_hdr(tmp_path / "a.exr")
        assert report == WriteReport(tmp_path / "a.exr", 0, depth)
        assert np.array_equal(found.pixels, a_result.pixels.astype(kind))
        assert found.alpha is None
        assert found.aovs.keys() == some_aovs.keys()
        for name, values in some_aovs.items():
            assert np.array_equal(found.aovs[name], values.astype(kind))

    @pytest.mark.parametrize("space", ["lin_rec709_scene", "lin_ap1_scene"])
    def test_when_a_result_has_aovs_then_light_and_data_are_tagged_apart(
        self, tmp_path, some_aovs, space, make_plate
    ):
        write_hdr(tmp_path / "a.exr", make_plate(space=space), aovs=some_aovs)

        (light, color), (data, layers) = read_parts(tmp_path / "a.exr")
        assert (light["name"], light["colorInteropID"]) == ("rgba", space)
        assert (data["name"], data["colorInteropID"]) == ("hdr_core", "data")
        assert set(color) == {"R", "G", "B"}
        assert {"hdr_mask.mask", "hdr_linear.R"} <= set(layers)
        assert "chromaticities" not in light
        assert OpenEXR.checkColorMetadata(light) == 0

    def test_when_there_are_no_aovs_then_there_is_one_part(self, tmp_path, a_result):
        write_hdr(tmp_path / "a.exr", a_result)

        assert len(read_parts(tmp_path / "a.exr")) == 1

    @pytest.mark.parametrize("is_premultiplied", [True, False])
    def test_when_a_plate_has_alpha_then_it_and_the_color_are_untouched(
        self, tmp_path, is_premultiplied, make_plate
    ):
        alpha = (np.arange(256, dtype=np.float32) / 255).reshape(16, 16)
        pixels = np.full((16, 16, 3), 2.0, np.float32)
        plate = make_plate(pixels, alpha=alpha, is_premultiplied=is_premultiplied)

        write_hdr(tmp_path / "a.exr", plate, depth="float")

        found = read_hdr(tmp_path / "a.exr")
        kind = "premultiplied" if is_premultiplied else "straight"
        assert np.array_equal(found.alpha, alpha)
        assert (found.pixels == 2.0).all()
        assert found.header["hdr_core/alpha"] == kind

    def test_when_8_bit_alpha_is_written_as_half_then_its_codes_survive(
        self, tmp_path, make_plate
    ):
        codes = np.arange(256).reshape(16, 16)
        plate = make_plate(
            np.ones((16, 16, 3), np.float32), alpha=(codes / 255).astype(np.float32)
        )

        write_hdr(tmp_path / "a.exr", plate)

        found = read_hdr(tmp_path / "a.exr").alpha
        assert np.array_equal(np.rint(found * 255), codes)

    def test_when_a_plate_has_windows_then_all_parts_have_them(
        self, tmp_path, some_aovs, make_plate
    ):
        plate = make_plate(window=Window(2, -3, -1, 0, 20, 10))

        write_hdr(tmp_path / "a.exr", plate, aovs=some_aovs)

        for header, _ in read_parts(tmp_path / "a.exr"):
            data, display = header["dataWindow"], header["displayWindow"]
            assert np.array_equal(data, [[2, -3], [7, 0]])
            assert np.array_equal(display, [[-1, 0], [18, 9]])

    def test_when_a_header_is_given_then_it_stands_under_hdr_core(
        self, tmp_path, a_result
    ):
        header = {"version": "1.2", "n": 3, "hdr_core/gain": 0.5, "long": 2**40}

        write_hdr(tmp_path / "a.exr", a_result, header=header)

        found = read_hdr(tmp_path / "a.exr").header
        assert found["hdr_core/version"] == "1.2"
        assert found["hdr_core/n"] == 3
        assert found["hdr_core/gain"] == 0.5
        assert found["hdr_core/long"] == str(2**40)

    def test_when_a_plate_has_rate_and_time_code_then_they_are_kept(
        self, tmp_path, some_aovs, make_plate
    ):
        metadata = {
            "FramesPerSecond": "24000/1001",
            "smpte:TimeCode": "01020304 00000000",
            "PixelAspectRatio": 2.0,
            "Make": "Acme",
        }

        write_hdr(tmp_path / "a.exr", make_plate(metadata=metadata), aovs=some_aovs)

        spec = oiio.ImageInput.open(str(tmp_path / "a.exr")).spec()
        assert spec.get("FramesPerSecond") == (24000, 1001)
        assert spec.get("smpte:TimeCode") == (0x01020304, 0)
        assert spec.get("PixelAspectRatio") == 2.0
        assert spec.get("Make") == "Acme"

    @pytest.mark.parametrize("compression", LOSSLESS)
    def test_when_a_known_compression_is_chosen_then_it_is_the_one_used(
        self, tmp_path, a_result, compression
    ):
        write_hdr(tmp_path / "a.exr", a_result, compression=compression)

        spec = oiio.ImageInput.open(str(tmp_path / "a.exr")).spec()
        assert spec.get("compression") == compression

    def test_when_compression_is_lossy_then_aovs_stay_exact(
        self, tmp_path, a_result, some_aovs
    ):
        write_hdr(tmp_path / "a.exr", a_result, aovs=some_aovs, compression="dwaa")

        found = read_hdr(tmp_path / "a.exr").aovs["hdr_linear"]
        assert np.array_equal(found, some_aovs["hdr_linear"].astype("f2"))

    def test_when_it_is_written_at_another_time_then_the_bytes_are_equal(
        self, tmp_path, a_result, some_aovs
    ):
        write_hdr(tmp_path / "a.exr", a_result, aovs=some_aovs, header={"n": 1})
        time.sleep(1.1)  # EXR dates count whole seconds
        write_hdr(tmp_path / "b.exr", a_result, aovs=some_aovs, header={"n": 1})

        first, second = (tmp_path / "a.exr"), (tmp_path / "b.exr")
        assert first.read_bytes() == second.read_bytes()
        assert read_hdr(first).header["capDate"] == "1970:01:01 00:00:00"


class TestOverflow:
    def test_when_light_is_beyond_half_then_it_is_clamped_and_counted(
        self, tmp_path, make_plate
    ):
        pixels = np.array([[[1e6, -1e6, 65504.0]]], np.float32)

        report = write_hdr(tmp_path / "a.exr", make_plate(pixels))

        found = read_hdr(tmp_path / "a.exr").pixels
        assert report.clamped_values == 2
        assert found.tolist() == [[[65504.0, -65504.0, 65504.0]]]

    def test_when_depth_is_float_then_nothing_is_clamped(self, tmp_path, make_plate):
        pixels = np.array([[[1e6, 0.0, 3e38]]], np.float32)

        report = write_hdr(tmp_path / "a.exr", make_plate(pixels), depth="float")

        assert report.clamped_values == 0
        assert np.array_equal(read_hdr(tmp_path / "a.exr").pixels, pixels)


class TestReadHdr:
    def test_when_the_file_is_missing_then_it_is_told(self, tmp_path):
        with pytest.raises(PlateError, match="no such file"):
            read_hdr(tmp_path / "gone.exr")

    def test_when_the_file_is_no_exr_then_it_is_told(self, tmp_path):
        (tmp_path / "a.exr").write_text("hello" * 100)

        with pytest.raises(PlateError, match="not a complete EXR"):
            read_hdr(tmp_path / "a.exr")
