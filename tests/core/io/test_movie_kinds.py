"""Rarer kinds of video: alpha beside packets, XYZ, log curves."""

import av
import numpy as np
import pytest

from hdr_core.io.movie import read_movie
from hdr_core.io.read import read_plate
from hdr_core.plate import NOTES, TAG

XYZ, BT709, EBU3213, LOG, RGB = 10, 1, 22, 9, 0


@pytest.fixture
def write_movie(tmp_path):
    def write(name, codec, layout, codes, *, matrix=2, primaries=2, transfer=2):
        kind = "rgba" if codes.shape[2] == 4 else "rgb24"
        with av.open(str(tmp_path / name), "w") as target:
            stream = target.add_stream(codec, 25)
            stream.width, stream.height = codes.shape[1], codes.shape[0]
            stream.pix_fmt = layout
            context = stream.codec_context
            context.colorspace, context.color_trc = matrix, transfer
            context.color_primaries = primaries
            frame = av.VideoFrame.from_ndarray(codes, kind)
            if frame.format.name != layout:
                frame = frame.reformat(format=layout)
            target.mux([*stream.encode(frame), *stream.encode(None)])
        return tmp_path / name

    return write


@pytest.fixture
def some_rgb():
    return np.full((32, 64, 3), 100, np.uint8)


class TestKinds:
    def test_when_vp9_has_alpha_then_it_is_kept(self, write_movie, some_rgb):
        ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (32, 1))
        codes = np.dstack([some_rgb, ramp])
        path = write_movie("a.webm", "libvpx-vp9", "yuva420p", codes)

        (plate,) = read_movie(path, frames=[1])

        assert plate.alpha == pytest.approx(ramp / 255.0, abs=0.1)

    def test_when_it_holds_xyz_then_it_is_refused_by_name(
        self, write_movie, some_rgb, assert_refused
    ):
        path = write_movie(
            "a.mkv", "ffv1", "gbrp10le", some_rgb, matrix=RGB, primaries=XYZ
        )

        assert_refused(path, "CIE XYZ", "Convert it")

    def test_when_its_curve_is_a_log_then_it_is_noted(self, write_movie, some_rgb):
        path = write_movie(
            "a.mkv",
            "ffv1",
            "gbrp10le",
            some_rgb,
            matrix=RGB,
            primaries=BT709,
            transfer=LOG,
        )

        assert "transfer log 100:1" in read_plate(path).metadata[NOTES]

    def test_when_its_primaries_are_ebu_s_then_they_are_its_tag(
        self, write_movie, some_rgb
    ):
        path = write_movie(
            "a.mkv", "ffv1", "gbrp10le", some_rgb, matrix=RGB, primaries=EBU3213
        )

        assert read_plate(path).metadata[TAG] == "g24_ebu3213_display"
