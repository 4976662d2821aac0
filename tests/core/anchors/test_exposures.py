"""Other exposures of a view: their exposure, the curve, and the light they hold."""

import json

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from hdr_core.anchor_options import Anchors
from hdr_core.anchors.bracket import exposures_by, nearest_whole, read_bracket
from hdr_core.cli.anchor_options import repeat_exposures
from hdr_core.delivery.light_source import EXPOSURES, light_source
from hdr_core.errors import PlateError
from hdr_core.io.read import read_plate
from hdr_core.options import Options
from hdr_core.reconstruction import reconstruct
from tests.core.anchors.conftest import photographed

EXIF, TIME = 0x8769, 0x829A


@pytest.fixture
def write_frame(tmp_path, a_curve):
    def write(light, stops, *, has_exif=True):
        codes = np.rint(photographed(light * 2.0**stops, a_curve) * 255)
        exif = Image.Exif()
        if has_exif:
            exif[EXIF] = {TIME: IFDRational(1, 4 * 2 ** (-stops))}
        path = tmp_path / f"frame{stops}.png"
        Image.fromarray(codes.astype(np.uint8)).save(path, exif=exif)
        return path

    return write


@pytest.fixture
def some_frames(write_frame, a_scene):
    """The plate, and frames 2 and 4 stops darker: the last holds all light."""
    return [write_frame(a_scene, stops) for stops in (0, -2, -4)]


def bracket_of(frames):
    plate = read_plate(frames[0])
    return read_bracket(
        frames[1:],
        plate.pixels,
        max_code=255,
        tolerance_codes=0.0,
        exposure=float(np.log2(0.25)),
    )


class TestReadBracket:
    def test_when_frames_have_exif_then_their_exposures_are_known(self, some_frames):
        bracket = bracket_of(some_frames)

        assert [frame.stops for frame in bracket.frames] == pytest.approx([0, -2, -4])

    def test_when_the_curve_is_known_then_codes_show_the_exposures(
        self, some_frames, a_curve
    ):
        bracket = bracket_of(some_frames)

        assert exposures_by(a_curve, bracket) == pytest.approx([0, -2, -4], abs=0.03)

    def test_when_a_frame_has_another_size_then_it_is_an_error(
        self, write_frame, a_scene
    ):
        frames = [write_frame(a_scene, 0), write_frame(a_scene[1:], -2)]

        with pytest.raises(PlateError, match="64x47 pixels, and the plate 64x48"):
            bracket_of(frames)

    def test_when_a_frame_shows_another_view_then_it_is_an_error(
        self, write_frame, a_scene
    ):
        noise = np.random.default_rng(0).random(a_scene.shape)
        frames = [write_frame(a_scene, 0), write_frame(noise, -2)]

        with pytest.raises(PlateError, match="cannot be laid over the plate"):
            bracket_of(frames)


class TestNearestWhole:
    @pytest.mark.parametrize(
        ("stops", "whole"),
        [
            pytest.param([-1.8, -3.6], [-2, -4], id="by a factor"),
            pytest.param([2.1, -1.95], [2, -2], id="around the plate"),
            pytest.param([-2.5], None, id="between two"),
            pytest.param([-1.0, -1.4], None, id="not whole"),
        ],
    )
    def test_when_exposures_are_near_whole_stops_then_they_are_taken(
        self, stops, whole
    ):
        found = nearest_whole(np.array(stops))

        assert (None if found is None else list(found)) == whole


class TestReconstruct:
    def test_when_there_are_other_exposures_then_clipped_light_is_measured(
        self, some_frames, a_scene, a_small_model
    ):
        plate = read_plate(some_frames[0])
        known = Anchors(exposures=tuple(some_frames[1:]))

        result = reconstruct(plate, a_small_model, Options(anchors=known))

        is_clipped = (plate.pixels == 1.0) & (a_scene > 1.1)
        away = np.log2(result.hdr.pixels[is_clipped] / a_scene[is_clipped])
        assert is_clipped.sum() > 1000
        # This model has no likely curves: only the codes say what the curve is.
        assert np.sqrt(np.mean(away**2)) < 0.3
        assert result.violations == 0
        assert result.inverse_crf[-1] == pytest.approx(1.0)
        assert result.merge.stops == pytest.approx((0, -2, -4), abs=0.1)
        source = light_source(result)
        assert (source[(is_clipped).all(axis=2)] == EXPOSURES).all()
        assert not result.gain[is_clipped].any()

    def test_when_all_frames_clip_then_light_is_added_there_alone(
        self, write_frame, a_scene, a_small_model
    ):
        a_scene[30:40, 30:40] = 500.0
        frames = [write_frame(a_scene, stops) for stops in (0, -2)]
        known = Anchors(exposures=(frames[1],))

        result = reconstruct(
            read_plate(frames[0]), a_small_model, Options(anchors=known, boldness=0.9)
        )

        assert (result.hdr.pixels[33:37, 33:37] >= 3.5).all()
        assert result.merge.is_open[33:37, 33:37].all()
        assert not result.merge.is_open[a_scene < 3.0].any()
        assert result.violations == 0

    def test_when_something_moved_then_its_light_stays_that_of_the_plate(
        self, write_frame, a_scene, a_small_model
    ):
        moved = a_scene.copy()
        moved[5:15, 50:60] = 0.02
        frames = [write_frame(a_scene, 0), write_frame(moved, -2)]

        result = reconstruct(
            read_plate(frames[0]),
            a_small_model,
            Options(anchors=Anchors(exposures=(frames[1],)), skip=("hallucinate",)),
        )

        is_clipped = (result.dequantized == 1.0)[9:12, 54:57]
        light = result.hdr.pixels[9:12, 54:57][is_clipped]
        assert is_clipped.any()
        assert np.median(light) == pytest.approx(1.0, abs=0.1)


class TestCommand:
    def test_when_frames_follow_the_option_then_each_belongs_to_it(self):
        given = ["convert", "a.png", "--exposures", "b.png", "c.png", "-o", "d.exr"]

        repeated = repeat_exposures(given)

        assert repeated == [
            *("convert", "a.png", "--exposures", "b.png", "--exposures", "c.png"),
            *("-o", "d.exr"),
        ]

    def test_when_a_plate_is_converted_then_the_report_says_where_light_is_from(
        self, convert, some_frames, tmp_path, capsys
    ):
        plate, *others = some_frames

        code = convert(
            plate, "--exposures", *others, "-o", tmp_path / "a.exr", "--json"
        )

        assert code == 0
        found = json.loads(capsys.readouterr().out.splitlines()[0])
        assert found["anchors"].startswith("exposures moved the curve by")
        assert found["light_sources"]["exposures"] > 10.0
        assert sum(found["light_sources"].values()) == pytest.approx(100.0)
