"""Frames stand upright, with their pixel aspect and time code."""

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from hdr_core.io.movie import read_movie
from hdr_core.plate import NOTES
from hdr_core.video.display import Turn, turn_of


@pytest.fixture
def a_movie(tmp_path):
    """Write two frames with a bright upper left corner."""

    def write(*, turn=None, hflip=False, aspect=None, rate=24, options=None, **codec):
        path = tmp_path / "clip.mov"
        codes = np.zeros((32, 64), np.uint8)
        codes[:16, :16] = 255
        codes = np.repeat(codes[..., None], 3, axis=2)
        with av.open(str(path), "w", container_options=options or {}) as container:
            stream = container.add_stream(codec.pop("codec", "png"), rate=rate)
            stream.width, stream.height = 64, 32
            stream.pix_fmt = codec.pop("pix_fmt", "rgb24")
            stream.options = codec.pop("stream_options", {})
            stream.metadata.update(codec.pop("metadata", {}))
            if aspect is not None:
                stream.sample_aspect_ratio = aspect
            if turn is not None:
                stream.set_display_rotation(turn, hflip=hflip)
            for _ in range(2):
                frame = av.VideoFrame.from_ndarray(codes, format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return write


def bright_corner(plate):
    """Return which corner is bright: (is it lower, is it right)."""
    height, width = plate.height, plate.width
    rows, columns = np.nonzero(plate.pixels[..., 1] > 0.9)
    return bool(rows.mean() > height / 2), bool(columns.mean() > width / 2)


class TestRotation:
    @pytest.mark.parametrize(
        ("turn", "size", "corner"),
        [
            pytest.param(0, (32, 64), (False, False), id="upright"),
            pytest.param(90, (64, 32), (True, False), id="a quarter, left"),
            pytest.param(-90, (64, 32), (False, True), id="a quarter, right"),
            pytest.param(180, (32, 64), (True, True), id="upside down"),
        ],
    )
    def test_when_a_movie_is_turned_then_it_is_read_upright(
        self, a_movie, turn, size, corner
    ):
        (plate,) = read_movie(a_movie(turn=turn), frames=[1])

        assert (plate.height, plate.width) == size
        assert bright_corner(plate) == corner
        assert ("turned upright" in plate.metadata[NOTES]) is (turn != 0)

    def test_when_a_movie_is_mirrored_then_it_is_read_upright(self, a_movie):
        (plate,) = read_movie(a_movie(turn=0, hflip=True), frames=[1])

        assert bright_corner(plate) == (False, True)

    def test_when_the_turn_is_odd_then_it_is_left_and_noted(self, a_movie):
        (plate,) = read_movie(a_movie(turn=30), frames=[1])

        assert bright_corner(plate) == (False, False)
        assert "not here" in plate.metadata[NOTES]

    def test_when_both_axes_swap_then_rows_become_columns(self):
        values = np.arange(6, dtype=np.float32).reshape(2, 3)

        np.testing.assert_array_equal(Turn(True).apply(values), values.T)


class TestPixelAspect:
    def test_when_pixels_are_wide_then_the_plate_has_their_aspect(self, a_movie):
        (plate,) = read_movie(a_movie(aspect=Fraction(2, 1)), frames=[1])

        assert plate.metadata["PixelAspectRatio"] == 2.0

    def test_when_the_movie_is_turned_then_pixels_are_high(self, a_movie):
        (plate,) = read_movie(a_movie(aspect=Fraction(2, 1), turn=90), frames=[1])

        assert plate.metadata["PixelAspectRatio"] == 0.5

    def test_when_pixels_are_square_or_unknown_then_nothing_is_kept(self, a_movie):
        (plate,) = read_movie(a_movie(), frames=[1])

        assert "PixelAspectRatio" not in plate.metadata


class TestInterlacing:
    def test_when_frames_hold_two_fields_then_it_is_noted(self, a_movie):
        path = a_movie(
            codec="mpeg2video",
            pix_fmt="yuv420p",
            stream_options={"flags": "+ildct+ilme"},
        )

        (plate,) = read_movie(path, frames=[1])

        assert "interlaced: each frame holds two moments" in plate.metadata[NOTES]

    def test_when_fields_have_other_colors_then_each_keeps_its_own(self, tmp_path):
        planes = np.full((48, 64), 128, np.uint8)
        chroma = planes[32:].reshape(2, 16, 32)
        chroma[0, 0::2], chroma[0, 1::2] = 90, 180
        path = tmp_path / "a.mp4"
        with av.open(str(path), "w") as target:
            stream = target.add_stream("mpeg2video", 25)
            stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
            stream.options = {"flags": "+ildct+ilme", "qmin": "1", "qmax": "1"}
            frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
            target.mux([*stream.encode(frame), *stream.encode(None)])

        (plate,) = read_movie(path, frames=[1])

        upper, lower = plate.pixels[0::2], plate.pixels[1::2]
        assert upper.max(axis=(0, 1)) == pytest.approx(upper.min(axis=(0, 1)), abs=0.02)
        blue_per_code = 2 * (1 - 0.0722) / 224
        difference = (lower - upper)[..., 2]
        assert difference == pytest.approx(90 * blue_per_code, abs=0.02)

    def test_when_side_data_is_of_an_unknown_kind_then_the_frame_is_read(
        self, tmp_path
    ):
        exif = Image.Exif()
        exif[0x010F] = "Maker"
        Image.new("RGB", (16, 16)).save(tmp_path / "a.avif", exif=exif)
        with av.open(str(tmp_path / "a.avif")) as container:
            frame = next(container.decode(video=0))
        notes = []

        assert turn_of(frame, notes) == Turn()


class TestTimeCode:
    @pytest.mark.parametrize(
        ("text", "rate", "expected"),
        [
            pytest.param("01:02:03:23", 24, "01020400 00000000", id="24"),
            pytest.param("23:59:59:24", 25, "00000000 00000000", id="midnight"),
            pytest.param(
                "00:00:59;29", Fraction(30000, 1001), "00010042 00000000", id="drop"
            ),
            pytest.param(
                "00:09:59;29", Fraction(30000, 1001), "00100040 00000000", id="tenth"
            ),
        ],
    )
    def test_when_the_movie_has_one_then_each_frame_has_its_own(
        self, a_movie, text, rate, expected
    ):
        path = a_movie(rate=rate, metadata={"timecode": text})

        _, second = read_movie(path, frames=[1, 2])

        assert second.metadata["smpte:TimeCode"] == expected

    def test_when_there_are_fifty_frames_a_second_then_there_is_none(self, a_movie):
        path = a_movie(rate=50, metadata={"timecode": "01:00:00:00"})

        (plate,) = read_movie(path, frames=[1])

        assert "smpte:TimeCode" not in plate.metadata
