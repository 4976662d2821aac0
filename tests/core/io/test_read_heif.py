"""HEIC and AVIF pictures as plates (the extra "heif")."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from hdr_core.headers.heif import read_heif_items
from hdr_core.io.folder import list_folder
from hdr_core.io.read import read_plate
from hdr_core.plate import COLOR_SOURCE, LOCAL_TONES, NOTES, TAG
from hdr_core.primaries import PRIMARIES
from tests.core.io.profiles import icc

av = pytest.importorskip("av")
pillow_heif = pytest.importorskip("pillow_heif")
CASES = Path(__file__).parent / "cases"
SRGB, P3 = "srgb_rec709_scene", "srgb_p3d65_scene"
BT709, PQ, BT2020, SRGB_CURVE = 1, 16, 9, 13


@pytest.fixture
def a_picture():
    """Codes (48, 64, 3): colored parts, so that every turn is another picture."""
    codes = np.full((48, 64, 3), 90, np.uint8)
    codes[:20, :30] = 230, 30, 30
    codes[26:, 10:50] = 20, 190, 60
    codes[:8, 40:] = 255
    return codes


@pytest.fixture
def write_heic(tmp_path):
    """Write codes of 8 bits, or of 16 as 10 or 12, as HEIC without loss."""

    def write(codes, *, bits=8, name="a.heic", **options):
        height, width, n_channels = codes.shape
        mode = {1: "L", 3: "RGB", 4: "RGBA"}[n_channels] + (";16" if bits > 8 else "")
        pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
        picture = pillow_heif.from_bytes(mode, (width, height), codes.tobytes())
        choices = {"quality": -1, "chroma": "444", "full_range_flag": 1, **options}
        picture.save(tmp_path / name, **choices)
        return tmp_path / name

    return write


@pytest.fixture
def write_avif_frame(tmp_path):
    """Write a grey of one 10-bit luma as AVIF, with colors by their codes."""

    def write(luma, *, primaries, transfer, matrix):
        path = tmp_path / "a.avif"
        with av.open(str(path), "w", format="avif") as target:
            stream = target.add_stream("libsvtav1", 1)
            stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
            stream.options = {"crf": "1", "preset": "12"}
            context = stream.codec_context
            context.color_range, context.colorspace = 1, matrix
            context.color_primaries, context.color_trc = primaries, transfer
            planes = np.full(64 * 64 * 3 // 2, 512, np.uint16)
            planes[: 64 * 64] = luma
            frame = av.VideoFrame.from_ndarray(planes.reshape(96, 64), "yuv420p10le")
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                target.mux(packet)
        return path

    return write


class TestHeic:
    @pytest.mark.parametrize("bits", [8, 10, 12])
    @pytest.mark.parametrize("is_full", [0, 1], ids=["limited", "full"])
    def test_when_white_is_stored_then_it_reaches_clip(self, write_heic, bits, is_full):
        ramp = np.linspace(0, 65535, 64).round().astype(np.uint16)
        codes = np.repeat(np.repeat(ramp[None, :, None], 16, 0), 3, 2)
        stored = (codes >> 8).astype(np.uint8) if bits == 8 else codes
        path = write_heic(stored, bits=bits, full_range_flag=is_full)

        plate = read_plate(path)

        assert plate.bits == bits
        assert plate.pixels[:, -1].min() == 1.0
        # The encoder and libheif round once each.
        most = 2.1 / (2**bits - 1)
        assert plate.pixels == pytest.approx(codes / 65535.0, abs=most)

    def test_when_it_has_alpha_then_it_is_straight(self, write_heic, a_picture):
        alpha = np.linspace(0, 255, 64).round().astype(np.uint8)
        codes = np.dstack([a_picture, np.tile(alpha, (48, 1))])

        plate = read_plate(write_heic(codes))

        assert plate.alpha == pytest.approx(
            np.tile(alpha, (48, 1)) / 255.0, abs=1 / 255
        )
        assert not plate.is_premultiplied

    def test_when_it_is_a_grid_then_the_tiles_are_joined(
        self, write_heic, a_picture, monkeypatch
    ):
        monkeypatch.setattr(pillow_heif.options, "GRID_TILE_SIZE", 128)
        large = a_picture.repeat(4, 0).repeat(4, 1)

        plate = read_plate(path := write_heic(large))

        assert read_heif_items(path).kinds[1] == "grid"
        assert plate.pixels * 255 == pytest.approx(large, abs=2)

    def test_when_nclx_names_pq_then_it_is_already_hdr(
        self, write_heic, a_picture, assert_refused
    ):
        colors = {"color_primaries": BT2020, "transfer_characteristics": PQ}

        path = write_heic(a_picture, matrix_coefficients=9, **colors)

        assert_refused(path, "already HDR", "PQ by nclx")

    def test_when_nclx_names_p3_then_the_primaries_are_p3(self, write_heic, a_picture):
        path = write_heic(a_picture, color_primaries=12, transfer_characteristics=13)

        plate = read_plate(path)

        assert plate.metadata[TAG] == P3
        assert plate.metadata[COLOR_SOURCE] == "nclx"

    def test_when_a_phone_took_it_then_its_tones_are_local(self, tmp_path, a_picture):
        exif = Image.Exif()
        exif[0x010F], exif[0x8769] = "Apple", {0x829A: 0.125}
        pillow_heif.from_pillow(Image.fromarray(a_picture)).save(
            tmp_path / "a.HEIC", exif=exif.tobytes()
        )

        plate = read_plate(tmp_path / "a.HEIC")

        assert "Apple" in plate.metadata[LOCAL_TONES]
        assert plate.metadata["ExposureTime"] == 0.125

    def test_when_it_holds_two_pictures_then_the_primary_is_taken(
        self, tmp_path, a_picture
    ):
        held = pillow_heif.from_pillow(Image.fromarray(a_picture))
        held.add_from_pillow(Image.fromarray(255 - a_picture))
        held.save(tmp_path / "a.heic", quality=-1, primary_index=1)

        plate = read_plate(tmp_path / "a.heic")

        assert plate.pixels[24, 2] == pytest.approx(165 / 255, abs=0.02)
        assert "holds 2 pictures: the primary was taken" in plate.metadata[NOTES]

    def test_when_photographs_have_different_sizes_then_they_are_no_shot(
        self, write_heic, a_picture
    ):
        write_heic(a_picture, name="IMG_0001.heic")
        path = write_heic(a_picture[:, :40].copy(), name="IMG_0002.heic")

        found = list_folder(path.parent, {".heic"}).plates

        assert found == [path.with_name("IMG_0001.heic"), path]


class TestAvif:
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_when_it_is_turned_then_it_is_turned_once(
        self, tmp_path, a_picture, orientation
    ):
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = tmp_path / "a.avif"
        Image.fromarray(a_picture).save(path, quality=95, exif=exif)

        plate = read_plate(path)

        with Image.open(path) as image:
            right = np.asarray(ImageOps.exif_transpose(image))
        assert plate.pixels * 255 == pytest.approx(right, abs=2.1)

    def test_when_it_has_12_bits_then_every_code_is_kept(self, codes_of):
        ramp = np.linspace(0, 4095, 24).round()

        plate = read_plate(CASES / "ramp_12_bits.avif")

        assert plate.bits == 12
        assert (codes_of(plate)[:8] == ramp[None, :, None]).all()

    def test_when_video_range_is_white_then_it_reaches_clip(self, write_avif_frame):
        path = write_avif_frame(940, primaries=1, transfer=13, matrix=1)

        plate = read_plate(path)

        assert plate.bits == 10
        assert plate.pixels.min() == 1.0

    def test_when_nclx_names_pq_then_it_is_already_hdr(
        self, write_avif_frame, assert_refused
    ):
        path = write_avif_frame(500, primaries=BT2020, transfer=PQ, matrix=9)

        assert_refused(path, "already HDR", "PQ by nclx")

    def test_when_it_has_alpha_then_it_is_kept(self, tmp_path, a_picture):
        alpha = np.tile(np.linspace(0, 255, 64).round().astype(np.uint8), (48, 1))
        codes = np.dstack([a_picture, alpha])
        Image.fromarray(codes).save(tmp_path / "a.avif", quality=100)

        plate = read_plate(tmp_path / "a.avif")

        assert plate.alpha == pytest.approx(alpha / 255.0, abs=2 / 255)
        assert not plate.is_premultiplied

    def test_when_it_has_a_profile_then_it_counts_before_nclx(
        self, tmp_path, a_picture
    ):
        path = tmp_path / "a.avif"
        profile = icc("x", PRIMARIES["p3d65"])
        Image.fromarray(a_picture).save(path, icc_profile=profile)

        plate = read_plate(path)

        assert plate.metadata[TAG] == P3
        assert plate.metadata[COLOR_SOURCE] == "ICC profile 'x'"

    def test_when_it_is_grey_then_all_colors_are_equal(self, tmp_path, a_picture):
        Image.fromarray(a_picture[..., 0]).save(tmp_path / "a.avif", quality=100)

        pixels = read_plate(tmp_path / "a.avif").pixels

        assert (pixels == pixels[..., :1]).all()
        assert pixels[..., 0] * 255 == pytest.approx(a_picture[..., 0], abs=3)


class TestRefused:
    @pytest.mark.parametrize("suffix", ["avif", "heic"])
    def test_when_it_is_cut_short_then_one_line_says_so(
        self, tmp_path, a_picture, assert_refused, suffix
    ):
        pillow_heif.register_heif_opener()
        path = tmp_path / f"a.{suffix}"
        Image.fromarray(a_picture).save(path)
        whole = path.read_bytes()

        for size in (20, len(whole) // 3, len(whole) - 50):
            path.write_bytes(whole[:size])
            assert_refused(path, "damaged or cut short")

    @pytest.mark.parametrize(
        ("suffix", "module", "words"),
        [("heic", "pillow_heif", "needs pillow-heif"), ("avif", "av", "needs PyAV")],
    )
    def test_when_the_extra_is_missing_then_it_is_named(
        self, tmp_path, a_picture, assert_refused, monkeypatch, suffix, module, words
    ):
        pillow_heif.register_heif_opener()
        path = tmp_path / f"a.{suffix}"
        Image.fromarray(a_picture).save(path)
        monkeypatch.setitem(sys.modules, module, None)

        assert_refused(path, words, "pip install hdr-core[heif]")

    def test_when_its_coding_is_not_read_then_it_is_named(
        self, write_heic, a_picture, assert_refused
    ):
        path = write_heic(a_picture)
        path.write_bytes(path.read_bytes().replace(b"hvc1", b"j2k1"))

        assert_refused(path, "JPEG 2000", "Save it as PNG")
