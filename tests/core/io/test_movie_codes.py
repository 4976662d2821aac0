"""Codes of video become R'G'B' by the integers of the standards."""

import av
import numpy as np
import pytest

from hdr_core.io.movie import read_movie
from hdr_core.video.yuv import WEIGHTS, yuv_to_rgb

BT709, BT2020 = 1, 9
LIMITED, FULL = 1, 2


def movie_of(path, planes, pix_fmt, *, colorspace=BT709, color_range=LIMITED):
    """Write the codes of one frame, without loss."""
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, pix_fmt)
    for plane, codes in zip(frame.planes, planes, strict=True):
        rows = np.zeros((len(codes), plane.line_size // codes.itemsize), codes.dtype)
        rows[:, : codes.shape[1]] = codes
        plane.update(rows.tobytes())
    frame.colorspace, frame.color_range = colorspace, color_range
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.codec_context.colorspace = colorspace
        stream.codec_context.color_range = color_range
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def read(path):
    (plate,) = read_movie(path, frames=[1])
    return plate


def kind_of(bits):
    return np.uint8 if bits == 8 else np.uint16


class TestWhiteAndBlack:
    @pytest.mark.parametrize("bits", [8, 10, 12])
    @pytest.mark.parametrize("sampling", ["420", "422", "444"])
    @pytest.mark.parametrize("color_range", [LIMITED, FULL], ids=["limited", "full"])
    def test_when_a_pixel_is_white_then_its_code_is_the_largest(
        self, tmp_path, bits, sampling, color_range
    ):
        step = 2 ** (bits - 8)
        black, white = (16, 235) if color_range == LIMITED else (0, 255 + 255 / 256)
        black, white = int(black * step), int(white * step)
        luma = np.full((8, 16), black, kind_of(bits))
        luma[:, 8:] = white
        size = {"420": (4, 8), "422": (8, 8), "444": (8, 16)}[sampling]
        grey = np.full(size, 128 * step, kind_of(bits))
        pix_fmt = f"yuv{sampling}p{'' if bits == 8 else f'{bits}le'}"

        plate = read(
            movie_of(
                tmp_path / "clip.mkv",
                [luma, grey, grey],
                pix_fmt,
                color_range=color_range,
            )
        )

        assert plate.bits == bits
        assert (plate.pixels[:, :8] == 0.0).all()
        assert (plate.pixels[:, 8:] == 1.0).all()

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            pytest.param(64, 0.0, id="black"),
            pytest.param(502, 0.5, id="middle"),
            pytest.param(939, 875 / 876, id="one below white"),
            pytest.param(940, 1.0, id="white"),
            pytest.param(1019, 1.0, id="above white"),
            pytest.param(4, 0.0, id="below black"),
        ],
    )
    def test_when_ten_bits_are_limited_then_876_steps_are_full(self, code, expected):
        luma = np.full((2, 2), code, np.uint16)
        grey = np.full((2, 2), 512, np.uint16)

        rgb = yuv_to_rgb(luma, (grey, grey), bits=10, matrix=BT709, is_full=False)

        np.testing.assert_allclose(rgb, expected, atol=1e-6)


class TestMatrix:
    @pytest.mark.parametrize("matrix", WEIGHTS, ids=lambda matrix: f"H.273 {matrix}")
    @pytest.mark.parametrize("is_full", [False, True], ids=["limited", "full"])
    @pytest.mark.parametrize("bits", [8, 10, 12])
    def test_when_a_color_is_encoded_then_it_comes_back_within_a_code(
        self, matrix, is_full, bits
    ):
        colors = np.random.default_rng(0).random((64, 64, 3))
        red_weight, blue_weight = WEIGHTS[matrix]
        weights = np.array([red_weight, 1 - red_weight - blue_weight, blue_weight])
        luma = colors @ weights
        blue = (colors[..., 2] - luma) / (2 * (1 - blue_weight))
        red = (colors[..., 0] - luma) / (2 * (1 - red_weight))
        step, top = 2 ** (bits - 8), 2**bits - 1
        gains = (top, top) if is_full else (219 * step, 224 * step)
        offset = 0 if is_full else 16 * step
        codes = np.rint(gains[0] * luma + offset).astype(np.uint16)
        chroma = tuple(
            np.clip(np.rint(gains[1] * part + 128 * step), 0, top).astype(np.uint16)
            for part in (blue, red)
        )

        rgb = yuv_to_rgb(codes, chroma, bits=bits, matrix=matrix, is_full=is_full)

        # Half a code of luma and half a code of chroma, times the gain of blue.
        assert np.abs(rgb - colors).max() < (0.5 + 0.5 * 1.9) / gains[0]

    def test_when_bt709_red_is_known_then_it_is_worked_out_by_hand(self):
        # 100 % red of BT.709 in 8 bits: Y 63, Cb 102, Cr 240 (BT.709, table of bars).
        luma, blue, red = (np.full((1, 1), code, np.uint8) for code in (63, 102, 240))

        rgb = yuv_to_rgb(luma, (blue, red), bits=8, matrix=BT709, is_full=False)

        np.testing.assert_allclose(rgb[0, 0] * 255, [255, 0, 0], atol=1.0)


class TestChromaSiting:
    def test_when_chroma_lies_left_then_odd_columns_are_between_two(self):
        luma = np.full((2, 8), 126, np.uint8)
        blue = np.full((2, 4), 128, np.uint8)
        red = np.tile(np.array([128, 144, 160, 176], np.uint8), (2, 1))

        rgb = yuv_to_rgb(luma, (blue, red), bits=8, matrix=BT709, is_full=False)

        chroma = (rgb[0, :, 0] - rgb[0, 0, 0]) * 224 / (2 * (1 - 0.2126))
        np.testing.assert_allclose(chroma, [0, 8, 16, 24, 32, 40, 48, 48], atol=1e-3)

    def test_when_chroma_lies_between_then_a_quarter_comes_from_the_neighbor(self):
        luma = np.full((2, 8), 126, np.uint8)
        blue = np.full((2, 4), 128, np.uint8)
        red = np.tile(np.array([128, 144, 160, 176], np.uint8), (2, 1))

        rgb = yuv_to_rgb(
            luma, (blue, red), bits=8, matrix=BT709, is_full=False, siting="center"
        )

        chroma = (rgb[0, :, 0] - rgb[0, 0, 0]) * 224 / (2 * (1 - 0.2126))
        np.testing.assert_allclose(chroma, [0, 4, 12, 20, 28, 36, 44, 48], atol=1e-3)

    def test_when_rows_are_reduced_then_chroma_lies_between_two_rows(self):
        luma = np.full((8, 2), 126, np.uint8)
        blue = np.full((4, 1), 128, np.uint8)
        red = np.array([[128], [144], [160], [176]], np.uint8)

        rgb = yuv_to_rgb(luma, (blue, red), bits=8, matrix=BT709, is_full=False)

        chroma = (rgb[:, 0, 0] - rgb[0, 0, 0]) * 224 / (2 * (1 - 0.2126))
        np.testing.assert_allclose(chroma, [0, 4, 12, 20, 28, 36, 44, 48], atol=1e-3)

    def test_when_the_size_is_odd_then_every_pixel_has_chroma(self):
        luma = np.full((5, 7), 126, np.uint8)
        grey = np.full((3, 4), 128, np.uint8)

        rgb = yuv_to_rgb(luma, (grey, grey), bits=8, matrix=BT709, is_full=False)

        np.testing.assert_allclose(rgb, 110 / 219, atol=1e-6)


class TestLayouts:
    @pytest.mark.parametrize("pix_fmt", ["gray", "gray10le"])
    def test_when_video_is_grey_then_three_channels_are_equal(self, tmp_path, pix_fmt):
        bits = 8 if pix_fmt == "gray" else 10
        luma = np.full((8, 16), 235 << (bits - 8), kind_of(bits))

        plate = read(movie_of(tmp_path / "clip.mkv", [luma], pix_fmt))

        assert plate.bits == bits
        assert (plate.pixels == 1.0).all()

    @pytest.mark.parametrize(
        ("codec", "suffix", "pix_fmt"),
        [
            pytest.param("png", ".mov", "rgba", id="PNG"),
            pytest.param("qtrle", ".mov", "argb", id="QuickTime Animation"),
            pytest.param("prores_ks", ".mov", "yuva444p10le", id="ProRes 4444"),
            pytest.param("ffv1", ".mkv", "yuva420p", id="FFV1 4:2:0 with alpha"),
            pytest.param("png", ".mov", "ya8", id="grey with alpha"),
        ],
    )
    def test_when_video_has_alpha_then_it_is_kept(
        self, tmp_path, codec, suffix, pix_fmt
    ):
        ramp = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (32, 1))
        codes = np.dstack([np.full((32, 64, 3), 128, np.uint8), ramp])
        path = tmp_path / f"clip{suffix}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=24)
            stream.width, stream.height, stream.pix_fmt = 64, 32, pix_fmt
            if codec == "prores_ks":
                stream.options = {"profile": "4444"}
            frame = av.VideoFrame.from_ndarray(codes, format="rgba")
            container.mux(stream.encode(frame.reformat(format=pix_fmt)))
            container.mux(stream.encode())

        plate = read(path)

        assert plate.alpha is not None
        assert not plate.is_premultiplied
        np.testing.assert_allclose(plate.alpha, ramp / 255, atol=1 / 255)
        np.testing.assert_allclose(plate.pixels, 128 / 255, atol=3 / 255)
