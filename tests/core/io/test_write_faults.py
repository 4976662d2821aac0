"""A result that cannot be written whole is not written at all."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import hdr_core
from hdr_core.errors import OptionError, OutputError, PlateError, ShapeError
from hdr_core.io.atomic import advice
from hdr_core.io.readback import read_hdr, read_parts
from hdr_core.io.write import write_hdr


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
        self, tmp_path, bad, depth, place, make_plate
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

    def test_when_the_space_cannot_be_tagged_then_it_is_refused(
        self, tmp_path, make_plate
    ):
        with pytest.raises(OptionError, match="'camera'"):
            write_hdr(tmp_path / "a.exr", make_plate(space="camera"))

    def test_when_pixels_are_encoded_then_they_are_refused(self, tmp_path, make_plate):
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

        def interrupt(_, **options):
            assert len(list(tmp_path.glob(".kept.exr.*.tmp.exr"))) == 1
            raise error

        monkeypatch.setattr("hdr_core.io.parts.read_parts", interrupt)

        with pytest.raises(error):
            write_hdr(tmp_path / "kept.exr", a_result, overwrite=True)

        left = [path.name for path in tmp_path.iterdir()]
        assert left == (["kept.exr"] if is_there else [])
        if is_there:
            assert (tmp_path / "kept.exr").read_text() == "mine"

    def test_when_it_reads_back_otherwise_then_it_is_not_kept(
        self, tmp_path, monkeypatch, a_result
    ):
        def flip_one_value(path, **options):
            parts = read_parts(path, **options)
            parts[0][1]["G"][2, 3] += 1
            return parts

        monkeypatch.setattr("hdr_core.io.parts.read_parts", flip_one_value)

        with pytest.raises(OutputError, match="reads back with other values"):
            write_hdr(tmp_path / "a.exr", a_result)

    def test_when_the_disk_is_full_then_nothing_is_kept(
        self, tmp_path, monkeypatch, make_plate
    ):
        def cut(path, **options):
            path.write_bytes(path.read_bytes()[:-40])
            return read_parts(path, **options)

        monkeypatch.setattr("hdr_core.io.parts.read_parts", cut)

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

    @pytest.mark.parametrize("moment", ["write_parts", "verify_parts"])
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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk without room")
class TestAdvice:
    def test_when_the_disk_has_no_room_then_the_advice_is_to_free_some(self, tmp_path):
        (tmp_path / "a.exr").symlink_to("/dev/full")

        assert advice(tmp_path / "a.exr") == "The disk is full: free some space."

    def test_when_the_disk_has_room_then_it_is_not_blamed(self, tmp_path):
        (tmp_path / "a.exr").write_bytes(b"half of it")

        assert advice(tmp_path / "a.exr").startswith("The disk is not full")
