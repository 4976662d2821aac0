"""What a stream says of its colors is read, named, or refused in one line."""

from pathlib import Path

import av
import numpy as np
import pytest

from hdr_core.errors import PlateError
from hdr_core.io.movie import count_frames, read_movie
from hdr_core.io.movie_frames import is_movie
from hdr_core.io.read import read_plate
from hdr_core.plate import NOTES, TAG

BT709, BT601_525, BT601_625, BT2020, P3 = 1, 6, 5, 9, 12
UNSPECIFIED, LINEAR, SRGB, PQ, HLG = 2, 8, 13, 16, 18
YCGCO, CONSTANT, ICTCP = 8, 10, 14


@pytest.fixture
def a_tagged_movie(tmp_path):
    """Write one grey frame, tagged by the numbers of H.273."""

    def write(matrix=BT709, primaries=BT709, transfer=BT709):
        path = tmp_path / "clip.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=24)
            stream.width, stream.height, stream.pix_fmt = 32, 16, "yuv444p"
            context = stream.codec_context
            context.colorspace, context.color_range = matrix, 1
            context.color_primaries, context.color_trc = primaries, transfer
            frame = av.VideoFrame(32, 16, "yuv444p")
            for plane in frame.planes:
                plane.update(np.full(plane.buffer_size, 128, np.uint8).tobytes())
            frame.colorspace, frame.color_range = matrix, 1
            frame.color_primaries, frame.color_trc = primaries, transfer
            container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return write


class TestTag:
    @pytest.mark.parametrize(
        ("primaries", "transfer", "tag"),
        [
            pytest.param(BT709, BT709, "g24_rec709_display", id="BT.709"),
            pytest.param(BT709, UNSPECIFIED, "g24_rec709_display", id="no curve"),
            pytest.param(BT709, SRGB, "srgb_rec709_scene", id="sRGB"),
            pytest.param(BT709, LINEAR, "lin_rec709_scene", id="linear"),
            pytest.param(BT709, 4, "g22_rec709_scene", id="gamma 2.2"),
            pytest.param(P3, SRGB, "srgb_p3d65_scene", id="Display P3"),
            pytest.param(P3, BT709, "srgb_p3d65_scene", id="P3, curve of 709"),
            pytest.param(P3, 17, "g26_p3d65_display", id="P3 of cinemas"),
            pytest.param(BT2020, 14, "g24_rec2020_display", id="BT.2020"),
            pytest.param(BT2020, LINEAR, "lin_rec2020_scene", id="BT.2020 linear"),
            pytest.param(BT601_625, 6, "g24_rec601-625_display", id="625 lines"),
            pytest.param(BT601_525, 6, "g24_rec601-525_display", id="525 lines"),
            pytest.param(UNSPECIFIED, SRGB, "srgb_rec709_scene", id="curve alone"),
            pytest.param(UNSPECIFIED, UNSPECIFIED, None, id="nothing"),
        ],
    )
    def test_when_a_stream_names_its_colors_then_they_are_the_tag(
        self, a_tagged_movie, primaries, transfer, tag
    ):
        path = a_tagged_movie(primaries=primaries, transfer=transfer)

        (plate,) = read_movie(path, frames=[1])

        assert plate.metadata.get(TAG) == tag

    def test_when_primaries_are_not_709s_then_they_are_noted(self, a_tagged_movie):
        path = a_tagged_movie(BT2020, BT2020, 14)

        (plate,) = read_movie(path, frames=[1])

        assert "video matrix BT.2020" in plate.metadata[NOTES]
        assert "video primaries BT.2020, transfer BT.2020" in plate.metadata[NOTES]

    def test_when_the_matrix_is_not_named_then_that_of_the_primaries_is_taken(
        self, a_tagged_movie
    ):
        path = a_tagged_movie(UNSPECIFIED, BT2020, 14)

        (plate,) = read_movie(path, frames=[1])

        assert "BT.2020 assumed, by its primaries" in plate.metadata[NOTES]


class TestHdr:
    @pytest.mark.parametrize(("transfer", "name"), [(PQ, "PQ"), (HLG, "HLG")])
    def test_when_video_is_hdr_then_it_is_refused_unless_forced(
        self, a_tagged_movie, transfer, name
    ):
        path = a_tagged_movie(BT2020, BT2020, transfer)

        with pytest.raises(PlateError, match=rf"already HDR \({name} .*--force"):
            read_plate(path)

        forced = read_plate(path, force=True)
        assert f"forced: {name} video" in forced.metadata[NOTES]
        assert forced.metadata[TAG] == f"{name.lower()}_rec2020_display"


class TestMatrix:
    @pytest.mark.parametrize(
        ("matrix", "name"),
        [(YCGCO, "YCgCo"), (CONSTANT, "BT.2020 constant luminance"), (ICTCP, "ICtCp")],
    )
    def test_when_a_matrix_is_not_known_then_it_is_named(
        self, a_tagged_movie, matrix, name
    ):
        path = a_tagged_movie(matrix, BT2020, 14)

        with pytest.raises(PlateError, match=f"video matrix {name}, which"):
            read_plate(path)


class TestFiles:
    @pytest.mark.parametrize(
        "suffix", ["mts", "M2TS", "mpg", "ts", "3gp", "wmv", "webm", "mxf", "MOV"]
    )
    def test_when_a_suffix_is_of_a_movie_then_it_is_one(self, suffix):
        assert is_movie(Path(f"clip.{suffix}"))

    @pytest.mark.parametrize(
        ("suffix", "codec", "pix_fmt"),
        [
            ("mts", "mpeg2video", "yuv420p"),
            ("mpg", "mpeg2video", "yuv420p"),
            ("ts", "libx264", "yuv420p"),
            ("wmv", "wmv2", "yuv420p"),
            ("webm", "libvpx-vp9", "yuv420p"),
            ("mxf", "mpeg2video", "yuv420p"),
        ],
    )
    def test_when_a_rare_container_is_read_then_its_frames_are_plates(
        self, tmp_path, suffix, codec, pix_fmt
    ):
        path = tmp_path / f"clip.{suffix}"
        kind = {"mts": "mpegts", "wmv": "asf"}.get(suffix)
        with av.open(str(path), "w", format=kind) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 32, pix_fmt
            # FFmpeg finds a transport stream only in a file of some size.
            stream.options = {"b": "20M", "crf": "1"}
            noise = np.random.default_rng(0)
            for _ in range(8):
                codes = noise.integers(64, 192, (32, 64, 1), dtype=np.uint8)
                grey = np.repeat(codes, 3, axis=2)
                frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
                container.mux(stream.encode(frame.reformat(format=pix_fmt)))
            container.mux(stream.encode())

        plate = read_plate(path)

        assert count_frames(path) == 8
        assert (plate.height, plate.width) == (32, 64)
        assert plate.pixels.mean() == pytest.approx(0.5, abs=0.02)

    @pytest.mark.parametrize("kind", ["gbrpf32le", "bayer_rggb8", "xyz12le"])
    def test_when_samples_are_of_no_camera_then_one_line_says_so(self, kind):
        from hdr_core.video.samples import take_samples

        frame = av.VideoFrame(16, 16, kind)

        with pytest.raises(PlateError, match=r"32 bits a channel|pixel format"):
            take_samples(Path("clip.mov"), frame, matrix=BT709)

    def test_when_a_movie_is_cut_short_then_no_error_is_unexpected(
        self, a_tagged_movie
    ):
        path = a_tagged_movie()
        content = path.read_bytes()

        for size in range(0, len(content), 97):
            path.write_bytes(content[:size])
            with pytest.raises(PlateError):
                list(read_movie(path, frames=[1, 2]))
