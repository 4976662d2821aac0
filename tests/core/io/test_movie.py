"""Frames of movies become plates."""

from fractions import Fraction

import av
import numpy as np
import pytest

from hdr_core.errors import PlateError
from hdr_core.io.movie import count_frames, read_movie
from hdr_core.io.read import read_plate
from hdr_core.plate import FRAME, NOTES, TAG

BT601, BT709 = 5, 1


@pytest.fixture
def a_movie(tmp_path):
    """Write five frames; frame n is grey n * 40, with a red half."""

    def write(pix_fmt="bgr0", *, colorspace=None, bits=8, name="clip.mkv"):
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream("ffv1", rate=Fraction(24000, 1001))
            stream.width, stream.height, stream.pix_fmt = 32, 16, pix_fmt
            if colorspace is not None:
                stream.codec_context.colorspace = colorspace
                stream.codec_context.color_primaries = BT709
            for number in range(1, 6):
                codes = np.full((16, 32, 3), number * 40 << (bits - 8), np.uint16)
                codes[:, 16:] = (np.array([200, 40, 30]) << (bits - 8)).astype(
                    np.uint16
                )
                kind = {8: "gbrp", 10: "gbrp10le"}[bits]
                planes = codes.astype(np.uint8 if bits == 8 else np.uint16)
                frame = av.VideoFrame.from_ndarray(planes, format=kind)
                to = {"dst_colorspace": colorspace} if colorspace else {}
                frame = frame.reformat(format=pix_fmt, **to)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return write


class TestReadMovie:
    @pytest.mark.parametrize(("kind", "bits"), [("bgr0", 8), ("gbrp10le", 10)])
    def test_when_it_is_lossless_rgb_then_codes_are_exact(self, a_movie, kind, bits):
        path = a_movie(kind, bits=bits)

        plates = list(read_movie(path, frames=range(2, 5)))

        greys = [plate.pixels[0, 0, 1] * plate.max_code for plate in plates]
        expected = [number * 40 << (bits - 8) for number in (2, 3, 4)]
        np.testing.assert_allclose(greys, expected, rtol=1e-6)
        assert [plate.metadata[FRAME] for plate in plates] == [2, 3, 4]
        assert plates[0].bits == bits
        assert plates[0].lossy_quality is None
        assert plates[0].metadata["FramesPerSecond"] == "24000/1001"
        assert plates[0].metadata[NOTES] == ""

    def test_when_video_is_tagged_709_then_colors_and_tag_are_kept(self, a_movie):
        path = a_movie("yuv444p", colorspace=BT709)

        (plate,) = read_movie(path, frames=[1])

        red = plate.pixels[8, 24] * 255
        np.testing.assert_allclose(red, [200, 40, 30], atol=3)
        assert plate.metadata[TAG] == "g24_rec709_display"
        assert "assumed" not in plate.metadata[NOTES].split("quality")[0]
        assert plate.lossy_quality is not None

    def test_when_video_is_untagged_then_709_is_assumed_and_said_so(self, a_movie):
        tagged, untagged = (
            a_movie("yuv444p", name=name, colorspace=space)
            for name, space in (("a.mkv", BT709), ("b.mkv", None))
        )

        (plate,) = read_movie(untagged, frames=[1])

        assert "untagged video: BT.709 assumed" in plate.metadata[NOTES]
        # Written by BT.601's matrix, it is read by BT.709's: not what FFmpeg would do.
        (right,) = read_movie(tagged, frames=[1])
        assert np.abs(plate.pixels - right.pixels).max() > 5 / 255

    def test_when_video_is_601_then_it_is_decoded_by_that_and_noted(self, a_movie):
        path = a_movie("yuv444p", colorspace=BT601)

        (plate,) = read_movie(path, frames=[1])

        np.testing.assert_allclose(plate.pixels[8, 24] * 255, [200, 40, 30], atol=3)
        assert "video matrix BT.601" in plate.metadata[NOTES]

    def test_when_a_frame_is_beyond_the_end_then_those_before_come_first(self, a_movie):
        frames = read_movie(a_movie(), frames=[5, 6])

        assert next(frames).metadata[FRAME] == 5
        with pytest.raises(PlateError, match="has no frame 6"):
            next(frames)

    @pytest.mark.parametrize("frames", [[], [0], [3, 2], [2, 2]])
    def test_when_frames_do_not_rise_then_they_are_refused(self, a_movie, frames):
        with pytest.raises(PlateError, match="must increase and start at 1"):
            next(read_movie(a_movie(), frames=frames))

    @pytest.mark.parametrize(
        ("content", "said"), [(b"no movie", "not a readable movie"), (None, "no such")]
    )
    def test_when_it_is_no_movie_then_one_line_tells(self, tmp_path, content, said):
        path = tmp_path / "clip.mov"
        if content:
            path.write_bytes(content)

        with pytest.raises(PlateError, match=said):
            next(read_movie(path, frames=[1]))


class TestCountFrames:
    @pytest.mark.parametrize("name", ["clip.mkv", "clip.avi"], ids=["no", "yes"])
    def test_when_frames_are_counted_then_the_header_need_not_say_it(
        self, a_movie, name
    ):
        assert count_frames(a_movie(name=name)) == 5


class TestReadPlate:
    def test_when_a_plate_is_a_movie_then_its_first_frame_is_taken(self, a_movie):
        plate = read_plate(a_movie())

        assert plate.metadata[FRAME] == 1
        assert plate.pixels[0, 0, 0] * 255 == pytest.approx(40)
        assert "first frame" in plate.metadata[NOTES]
