"""A result becomes one whole EXR, or none."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import OpenEXR
import OpenImageIO as oiio
import pytest

import hdr_core
from hdr_core.errors import OptionError, OutputError, PlateError, ShapeError
from hdr_core.io.readback import read_hdr, read_parts
from hdr_core.io.write import LOSSLESS, WriteReport, write_hdr
from hdr_core.plate import Plate, Window


def make_plate(pixels=None, **options):
    if pixels is None:
        rng = np.random.default_rng(5)
        pixels = rng.random((4, 6, 3), dtype=np.float32) * 30
    return Plate(
        **{
            "pixels": pixels,
            "state": "hdr",
            "space": "lin_rec709_scene",
            "bits": None,
            **options,
        }
    )


@pytest.fixture
def a_result():
    return make_plate()


@pytest.fixture
def some_aovs():
    rng = np.random.default_rng(6)
    return {
        "hdr_mask.mask": rng.random((4, 6), dtype=np.float32),
        "hdr_linear": rng.random((4, 6, 3), dtype=np.float32),
    }


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
        self, tmp_path, some_aovs, space
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
        self, tmp_path, is_premultiplied
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

    def test_when_8_bit_alpha_is_written_as_half_then_its_codes_survive(self, tmp_path):
        codes = np.arange(256).reshape(16, 16)
        plate = make_plate(
            np.ones((16, 16, 3), np.float32), alpha=(codes / 255).astype(np.float32)
        )

        write_hdr(tmp_path / "a.exr", plate)

        found = read_hdr(tmp_path / "a.exr").alpha
        assert np.array_equal(np.rint(found * 255), codes)

    def test_when_a_plate_has_windows_then_all_parts_have_them(
        self, tmp_path, some_aovs
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
        self, tmp_path, some_aovs
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
    def test_when_light_is_beyond_half_then_it_is_clamped_and_counted(self, tmp_path):
        pixels = np.array([[[1e6, -1e6, 65504.0]]], np.float32)

        report = write_hdr(tmp_path / "a.exr", make_plate(pixels))

        found = read_hdr(tmp_path / "a.exr").pixels
        assert report.clamped_values == 2
        assert found.tolist() == [[[65504.0, -65504.0, 65504.0]]]

    def test_when_depth_is_float_then_nothing_is_clamped(self, tmp_path):
        pixels = np.array([[[1e6, 0.0, 3e38]]], np.float32)

        report = write_hdr(tmp_path / "a.exr", make_plate(pixels), depth="float")

        assert report.clamped_values == 0
        assert np.array_equal(read_hdr(tmp_path / "a.exr").pixels, pixels)


class TestRefusals:
    @pytest.fixture(autouse=True)
    def nothing_is_left(self, tmp_path):
        yield
        files = [path.name for path in tmp_path.rglob("*.exr") if path.is_file()]
        assert files in ([], ["kept.exr"])

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("depth", ["half", "float"])
    @pytest.mark.parametrize("place", ["pixels", "alpha", "aov"])
    def test_when_a_value_is_not_finite_then_nothing_is_written(
        self, tmp_path, bad, depth, place
    ):
        pixels, alpha = np.ones((2, 2, 3), np.float32), np.ones((2, 2), np.float32)
        aov = np.ones((2, 2), np.float32)
        {"pixels": pixels[..., 0], "alpha": alpha, "aov": aov}[place][1, 1] = bad
        plate = make_plate(pixels, alpha=alpha)

        with pytest.raises(PlateError, match="1 values are NaN or infinite"):
            write_hdr(tmp_path / "a.exr", plate, aovs={"m": aov}, depth=depth)

    @pytest.mark.parametrize("name", ["htj2k", "ZIP", "b44", "", "zip:9"])
    def test_when_compression_is_unknown_then_the_known_are_listed(
        self, tmp_path, a_result, name
    ):
        with pytest.raises(OptionError, match="zip, zips, piz"):
            write_hdr(tmp_path / "a.exr", a_result, compression=name)

    def test_when_depth_is_unknown_then_it_is_refused(self, tmp_path, a_result):
        with pytest.raises(OptionError, match="half or float"):
            write_hdr(tmp_path / "a.exr", a_result, depth="double")

    def test_when_the_space_cannot_be_tagged_then_it_is_refused(self, tmp_path):
        with pytest.raises(OptionError, match="'camera'"):
            write_hdr(tmp_path / "a.exr", make_plate(space="camera"))

    def test_when_pixels_are_encoded_then_they_are_refused(self, tmp_path):
        with pytest.raises(PlateError, match="encoded"):
            write_hdr(tmp_path / "a.exr", make_plate(state="encoded"))

    def test_when_the_name_is_no_exr_then_it_is_refused(self, tmp_path, a_result):
        with pytest.raises(OutputError, match=r"End the name in \.exr"):
            write_hdr(tmp_path / "a.png", a_result)

    @pytest.mark.parametrize("shape", [(4, 5), (4, 6, 1), (4, 6, 4)])
    def test_when_an_aov_does_not_fit_then_it_is_refused(
        self, tmp_path, a_result, shape
    ):
        aov = np.zeros(shape, np.float32)

        with pytest.raises(ShapeError, match="AOV m"):
            write_hdr(tmp_path / "a.exr", a_result, aovs={"m": aov})

    def test_when_two_aovs_share_a_channel_then_it_is_refused(self, tmp_path, a_result):
        aovs = {
            "m": np.zeros((4, 6, 3), np.float32),
            "m.R": np.zeros((4, 6), np.float32),
        }

        with pytest.raises(OptionError, match="given twice"):
            write_hdr(tmp_path / "a.exr", a_result, aovs=aovs)

    def test_when_a_header_value_is_a_list_then_it_is_refused(self, tmp_path, a_result):
        with pytest.raises(OptionError, match="header x"):
            write_hdr(tmp_path / "a.exr", a_result, header={"x": [1]})

    def test_when_the_output_exists_then_it_stays_as_it_was(self, tmp_path, a_result):
        (tmp_path / "kept.exr").write_text("mine")

        with pytest.raises(OutputError, match="exists already"):
            write_hdr(tmp_path / "kept.exr", a_result)

        assert (tmp_path / "kept.exr").read_text() == "mine"

    def test_when_the_folder_is_a_file_then_it_is_told(self, tmp_path, a_result):
        (tmp_path / "file").touch()

        with pytest.raises(OutputError, match="cannot be written") as caught:
            write_hdr(tmp_path / "file" / "a.exr", a_result)

        assert "\n" not in str(caught.value)

    def test_when_the_output_is_a_folder_then_it_is_told(self, tmp_path, a_result):
        (tmp_path / "a.exr").mkdir()

        with pytest.raises(OutputError, match="is a folder"):
            write_hdr(tmp_path / "a.exr", a_result, overwrite=True)

    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
    @pytest.mark.parametrize("is_there", [False, True])
    def test_when_it_is_interrupted_then_the_hidden_file_goes(
        self, tmp_path, monkeypatch, a_result, error, is_there
    ):
        if is_there:
            (tmp_path / "kept.exr").write_text("mine")

        def interrupt(_):
            assert len(list(tmp_path.glob(".kept.exr.*.tmp.exr"))) == 1
            raise error

        monkeypatch.setattr("hdr_core.io.write.read_parts", interrupt)

        with pytest.raises(error):
            write_hdr(tmp_path / "kept.exr", a_result, overwrite=True)

        left = [path.name for path in tmp_path.iterdir()]
        assert left == (["kept.exr"] if is_there else [])
        if is_there:
            assert (tmp_path / "kept.exr").read_text() == "mine"

    def test_when_it_reads_back_otherwise_then_it_is_not_kept(
        self, tmp_path, monkeypatch, a_result
    ):
        def flip_one_value(path):
            parts = read_parts(path)
            parts[0][1]["G"][2, 3] += 1
            return parts

        monkeypatch.setattr("hdr_core.io.write.read_parts", flip_one_value)

        with pytest.raises(OutputError, match="reads back otherwise"):
            write_hdr(tmp_path / "a.exr", a_result)

    def test_when_the_disk_is_full_then_nothing_is_kept(self, tmp_path, monkeypatch):
        def cut(path):
            path.write_bytes(path.read_bytes()[:-40])
            return read_parts(path)

        monkeypatch.setattr("hdr_core.io.write.read_parts", cut)

        with pytest.raises(OutputError, match="reads back"):
            write_hdr(tmp_path / "a.exr", make_plate())


class TestWholeOrNotAtAll:
    def test_when_folders_are_missing_then_they_are_made(self, tmp_path, a_result):
        path = tmp_path / "new" / "deep" / "a.exr"

        write_hdr(path, a_result)

        assert [held.name for held in path.parent.iterdir()] == ["a.exr"]

    def test_when_overwrite_is_chosen_then_the_old_file_is_replaced(
        self, tmp_path, a_result
    ):
        (tmp_path / "a.exr").write_text("old")

        write_hdr(tmp_path / "a.exr", a_result, overwrite=True)

        assert read_hdr(tmp_path / "a.exr").pixels.shape == (4, 6, 3)

    @pytest.mark.parametrize("moment", ["_write_parts", "_verify"])
    def test_when_the_process_is_killed_then_the_name_is_never_half_a_file(
        self, tmp_path, moment
    ):
        kill = getattr(signal, "SIGKILL", signal.SIGTERM)
        script = textwrap.dedent(f"""
            import os
            from pathlib import Path
            import numpy as np
            from hdr_core.io import write
            from hdr_core.plate import Plate

            real = write.{moment}
            def then_die(*arguments, **options):
                real(*arguments, **options)
                os.kill(os.getpid(), {int(kill)})
            write.{moment} = then_die
            pixels = np.ones((64, 64, 3), np.float32)
            plate = Plate(pixels, "hdr", "lin_rec709_scene")
            write.write_hdr(Path({os.fspath(tmp_path / "a.exr")!r}), plate)
        """)

        home = Path(hdr_core.__file__).parents[1]

        ended = subprocess.run([sys.executable, "-c", script], cwd=home, check=False)

        assert ended.returncode != 0
        left = [path.name for path in tmp_path.iterdir()]
        assert len(left) == 1
        assert left[0].startswith(".a.exr.")
        assert left[0].endswith(".tmp.exr")


class TestReadHdr:
    def test_when_the_file_is_missing_then_it_is_told(self, tmp_path):
        with pytest.raises(PlateError, match="no such file"):
            read_hdr(tmp_path / "gone.exr")

    def test_when_the_file_is_no_exr_then_it_is_told(self, tmp_path):
        (tmp_path / "a.exr").write_text("hello" * 100)

        with pytest.raises(PlateError, match="not a whole EXR"):
            read_hdr(tmp_path / "a.exr")
