"""``hdr-core convert`` and ``info``: what they make and what they say."""

import json

import numpy as np
import OpenImageIO as oiio

from hdr_core.camera.capture import reshoot
from hdr_core.camera.curve_text import unpack_curve
from hdr_core.cli.main import run
from hdr_core.io.readback import read_hdr
from hdr_core.panorama.irradiance import to_rec709


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


class TestConvert:
    def test_when_a_plate_is_converted_then_the_file_photographs_back_to_it(
        self, convert, a_picture, some_codes, tmp_path, capsys
    ):
        code = convert(a_picture, "-o", tmp_path / "lamp.exr")

        found = read_hdr(tmp_path / "lamp.exr")
        curve = unpack_curve(found.header["hdr_core/inverse_crf"])
        light = to_rec709(found.pixels, found.header["colorInteropID"])
        shot = reshoot(light, curve, max_code=255)
        np.testing.assert_array_equal(shot, some_codes)
        assert code == 0
        assert found.pixels.max() > 1.0
        assert set(found.aovs) == {"mask", "gain", "uncertainty"}
        printed = capsys.readouterr().out
        assert "0 re-shoot violations" in printed
        assert "megapixels/s" in printed

    def test_when_there_are_several_plates_then_one_bad_stops_none(
        self, convert, a_picture, some_codes, write_picture, tmp_path, capsys
    ):
        street = write_picture(tmp_path / "street.png", some_codes[:, :9].copy())
        bad = tmp_path / "bad.png"
        bad.write_text("no picture")

        code = convert(a_picture, bad, street, "-o", tmp_path / "out", "--json")

        assert code == 1
        found = sorted(path.name for path in (tmp_path / "out").iterdir())
        assert found == ["lamp_hdr.exr", "street_hdr.exr"]
        printed = capsys.readouterr()
        told = objects(printed.out)
        assert [one.get("status") for one in told[:-1]] == ["done", "failed", "done"]
        assert told[-1]["event"] == "summary"
        assert (told[-1]["done"], told[-1]["failed"], told[-1]["exit_code"]) == (
            2,
            1,
            1,
        )
        assert printed.err.startswith(f"hdr-core: {bad}")

    def test_when_the_result_is_there_then_it_is_skipped_unless_overwritten(
        self, convert, a_picture, tmp_path, capsys
    ):
        output = tmp_path / "lamp.exr"
        output.write_text("made before")

        first = convert(a_picture, "-o", output)
        kept = output.read_text()
        second = convert(a_picture, "-o", output, "--overwrite", "--quiet")

        assert (first, kept) == (0, "made before")
        assert second == 0
        assert read_hdr(output).pixels.shape == (32, 48, 3)
        assert "skipped" in capsys.readouterr().out

    def test_when_run_twice_then_the_bytes_are_the_same(
        self, convert, a_picture, tmp_path
    ):
        for name in ("one.exr", "two.exr"):
            convert(a_picture, "-o", tmp_path / name, "--quiet")

        one, two = ((tmp_path / name).read_bytes() for name in ("one.exr", "two.exr"))
        assert one == two

    def test_when_only_the_report_is_missing_then_a_dry_run_plans_the_plate(
        self, convert, a_picture, tmp_path, capsys
    ):
        arguments = a_picture, "-o", tmp_path / "out.exr", "--report"
        convert(*arguments)
        (tmp_path / "out.json").unlink()
        capsys.readouterr()

        code = convert(*arguments, "--dry-run")

        assert code == 0
        assert "planned" in capsys.readouterr().out

    def test_when_run_dry_then_nothing_is_written(
        self, convert, a_picture, tmp_path, capsys
    ):
        code = convert(a_picture, "-o", tmp_path / "out", "--dry-run")

        assert code == 0
        assert not (tmp_path / "out").exists()
        assert "planned" in capsys.readouterr().out

    def test_when_options_are_given_then_the_file_shows_them(
        self, convert, a_picture, tmp_path
    ):
        options = "--working-space ACEScg --depth float --aov linear,mask"
        convert(a_picture, "-o", tmp_path / "a.exr", *options.split(), "--preview")

        found = read_hdr(tmp_path / "a.exr")
        assert found.header["colorInteropID"] == "lin_ap1_scene"
        assert oiio.ImageBuf(str(tmp_path / "a.exr")).spec().format == "float"
        assert set(found.aovs) == {"linear", "mask"}
        previews = sorted(path.name for path in tmp_path.glob("a_*.png"))
        expected = ["a_ev+0.png", "a_ev-3.png", "a_ev-6.png", "a_sheet.png"]
        assert previews == expected

    def test_when_the_compression_is_lossy_then_no_code_is_promised(
        self, convert, a_picture, tmp_path, capsys
    ):
        output = tmp_path / "a.exr"

        code = convert(a_picture, "-o", output, "--compression", "dwaa", "--json")

        told = objects(capsys.readouterr().out)[0]
        assert code == 0
        assert told["violations"] is None
        assert "dwaa is lossy: codes are not promised" in told["notes"]

    def test_when_alpha_is_straight_then_it_is_told_and_kept(
        self, convert, some_codes, write_picture, tmp_path, capsys
    ):
        alpha = np.arange(32 * 48, dtype=np.uint8).reshape(32, 48, 1)
        codes = np.concatenate([some_codes, alpha], axis=2)
        plate = write_picture(tmp_path / "leaf.tif", codes)

        convert(plate, "-o", tmp_path / "leaf.exr", "--json")

        told = objects(capsys.readouterr().out)[0]
        found = read_hdr(tmp_path / "leaf.exr")
        np.testing.assert_allclose(found.alpha, alpha[..., 0] / 255, atol=1e-3)
        assert told["violations"] == 0

    def test_when_a_plate_is_hdr_already_then_it_is_left_alone_unless_forced(
        self, convert, some_codes, write_picture, tmp_path, capsys
    ):
        light = some_codes.astype(np.float32) / 100
        plate = write_picture(tmp_path / "light.exr", light)

        refused = convert(plate, "-o", tmp_path / "out.exr")
        told = capsys.readouterr().err
        forced = convert(plate, "-o", tmp_path / "out.exr", "--force")

        assert refused == 2
        assert "already HDR" in told
        assert forced == 0


class TestInfo:
    def test_when_asked_then_it_tells_what_is_in_a_plate(
        self, some_weights, write_picture, tmp_path, capsys
    ):
        codes = np.zeros((10, 20, 3), np.uint8)
        codes[:5, :, 0] = 255
        plate = write_picture(tmp_path / "half.png", codes)
        plot = tmp_path / "curve.png"
        options = ["--weights", str(some_weights), "--json", "--plot", str(plot)]

        code = run(["info", str(plate), *options])

        (told,) = objects(capsys.readouterr().out)
        assert code == 0
        assert (told["width"], told["height"], told["bits"]) == (20, 10, 8)
        assert told["clipped_percent"] == 50.0
        assert told["is_panorama"] is True
        assert told["lossy_quality"] is None
        curve = list(told["inverse_crf"].values())
        assert curve == sorted(curve)
        assert 0.0 < told["srgb_rmse"] < 0.5
        assert plot.read_bytes().startswith(b"\x89PNG")

    def test_when_asked_in_words_then_every_line_has_a_name(
        self, some_weights, a_picture, capsys
    ):
        run(["info", str(a_picture), "--weights", str(some_weights)])

        lines = capsys.readouterr().out.splitlines()
        assert f"plate        {a_picture}, 48x32" in lines
        assert "lossy        no" in lines
