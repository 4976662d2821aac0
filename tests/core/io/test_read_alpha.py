"""What the fourth channel is, and what lies under it."""

import struct

import numpy as np
import pytest

from hdr_core.color.plate_color import unpremultiply
from hdr_core.delivery.header import clipped_percent
from hdr_core.io.read import read_plate
from hdr_core.plate import Plate

RED, GREEN, BLUE, ALPHA = 0xFF0000, 0xFF00, 0xFF, 0xFF000000
# The place of the bit "alpha_associated" in a 16-bit JPEG XL of 24 by 16 pixels with
# alpha, as OpenImageIO writes it. A change of the bits around it breaks the file; this
# one changes no sample.
ASSOCIATED_BIT = 55


def write_bmp(path, words, *, bits, masks=(), size=40, compression=None, flip=False):
    """Write pixels (H, W) of 16 or 32 bits as a BMP; V4 for a header of 108 bytes."""
    height, width = words.shape
    compression = compression if compression is not None else (3 if masks else 0)
    row_bytes = (width * bits + 31) // 32 * 4
    kind = "<u2" if bits == 16 else "<u4"
    rows = np.zeros((height, row_bytes // (bits // 8)), kind)
    rows[:, :width] = words if flip else words[::-1]
    header = struct.pack(
        "<IiiHHIIiiII",
        *(size, width, -height if flip else height, 1, bits, compression),
        *(rows.nbytes, 2835, 2835, 0, 0),
    )
    header += struct.pack(f"<{len(masks)}I", *masks)
    header += bytes(max(0, size - len(header)))
    start = 14 + len(header)
    head = b"BM" + struct.pack("<IHHI", start + rows.nbytes, 0, 0, start)
    path.write_bytes(head + header + rows.tobytes())
    return path


def packed(codes, masks):
    """Return codes (H, W, C) of 8 bits as words, where the masks say."""
    shifts = [(mask & -mask).bit_length() - 1 for mask in masks]
    return sum(
        codes[..., place].astype(np.uint32) << shift
        for place, shift in enumerate(shifts)
    )


def write_tga(path, codes, *, descriptor, kind=None):
    """Write codes (H, W, 4) as a TGA; ``kind`` makes an extension area."""
    height, width, _ = codes.shape
    head = struct.pack("<3B5x4HBB", 0, 0, 2, 0, 0, width, height, 32, descriptor)
    data = head + codes[::-1, :, [2, 1, 0, 3]].tobytes()
    if kind is not None:
        start = len(data)
        data += struct.pack("<H", 495) + bytes(492) + bytes([kind])
        data += struct.pack("<II", start, 0) + b"TRUEVISION-XFILE.\0"
    path.write_bytes(data)
    return path


class TestBmp:
    @pytest.mark.parametrize("flip", [False, True], ids=["bottom first", "top first"])
    def test_when_no_mask_is_given_then_the_fourth_byte_is_no_alpha(
        self, tmp_path, some_codes, codes_of, flip
    ):
        words = packed(some_codes, (RED, GREEN, BLUE, ALPHA))

        plate = read_plate(write_bmp(tmp_path / "a.bmp", words, bits=32, flip=flip))

        assert plate.alpha is None
        assert np.array_equal(codes_of(plate), some_codes[..., :3])

    @pytest.mark.parametrize(
        "masks",
        [
            (BLUE, GREEN, RED),
            (RED, GREEN, BLUE),
            (ALPHA, RED, GREEN),
            (GREEN, RED, ALPHA),
        ],
        ids=["rgb", "bgr", "xbgr", "any order"],
    )
    def test_when_masks_say_where_channels_lie_then_they_are_read_there(
        self, tmp_path, some_codes, codes_of, masks
    ):
        words = packed(some_codes[..., :3], masks)

        plate = read_plate(write_bmp(tmp_path / "a.bmp", words, bits=32, masks=masks))

        assert plate.alpha is None
        assert np.array_equal(codes_of(plate), some_codes[..., :3])

    @pytest.mark.parametrize("size", [56, 108, 124])
    def test_when_there_is_a_mask_of_alpha_then_alpha_is_straight(
        self, tmp_path, some_codes, codes_of, size
    ):
        masks = (BLUE, GREEN, RED, ALPHA)
        words = packed(some_codes, masks)

        plate = read_plate(
            write_bmp(tmp_path / "a.bmp", words, bits=32, masks=masks, size=size)
        )

        assert not plate.is_premultiplied
        assert np.array_equal(codes_of(plate), some_codes[..., :3])
        assert np.array_equal(np.rint(plate.alpha * 255), some_codes[..., 3])

    @pytest.mark.parametrize(
        ("masks", "largest"),
        [((), (31, 31, 31)), ((0xF800, 0x7E0, 0x1F), (31, 63, 31))],
        ids=["555", "565"],
    )
    def test_when_a_pixel_has_16_bits_then_its_largest_code_is_the_clip(
        self, tmp_path, codes_of, masks, largest
    ):
        places = masks or (0x7C00, 0x3E0, 0x1F)
        codes = np.array([[(0, 0, 0), largest, (1, 2, 3)]])
        words = packed(codes, places)

        plate = read_plate(write_bmp(tmp_path / "a.bmp", words, bits=16, masks=masks))

        right = np.rint(codes * (255 / np.array(largest)))
        assert np.array_equal(codes_of(plate), right)

    @pytest.mark.parametrize(
        "masks",
        [(0x3FF00000, 0xFFC00, 0x3FF), (0, GREEN, BLUE), (0xF0F000, GREEN, BLUE)],
        ids=["10 bits", "empty", "a gap"],
    )
    def test_when_a_mask_cannot_be_read_then_the_line_names_it(
        self, tmp_path, assert_refused, masks
    ):
        words = np.zeros((2, 2), np.uint32)

        path = write_bmp(tmp_path / "a.bmp", words, bits=32, masks=masks)

        assert_refused(path, f"{masks[0]:08X}", "PNG")


class TestTga:
    @pytest.mark.parametrize(
        ("descriptor", "kind"), [(0, None), (8, 0), (8, 1), (8, 2)]
    )
    def test_when_a_tga_says_that_it_has_no_alpha_then_there_is_none(
        self, tmp_path, some_codes, codes_of, descriptor, kind
    ):
        path = tmp_path / "a.tga"
        write_tga(path, some_codes, descriptor=descriptor, kind=kind)

        plate = read_plate(path)

        assert plate.alpha is None
        assert np.array_equal(codes_of(plate), some_codes[..., :3])

    @pytest.mark.parametrize("kind", [None, 3, 4])
    def test_when_a_tga_has_alpha_then_it_is_straight_unless_it_says_otherwise(
        self, tmp_path, some_codes, codes_of, kind
    ):
        path = write_tga(tmp_path / "a.tga", some_codes, descriptor=8, kind=kind)

        plate = read_plate(path)

        assert plate.is_premultiplied == (kind == 4)
        assert np.array_equal(np.rint(plate.alpha * 255), some_codes[..., 3])
        assert np.array_equal(codes_of(plate), some_codes[..., :3])


class TestJpegXl:
    @pytest.fixture
    def a_jpeg_xl(self, tmp_path, write_samples):
        """A 16-bit JPEG XL with alpha, and the place of its codestream."""
        samples = np.random.default_rng(7).random((16, 24, 4), np.float32)
        path = write_samples(tmp_path / "a.jxl", samples, "uint16")
        return path, path.read_bytes().index(b"\xff\x0a")

    def test_when_a_jpeg_xl_does_not_say_associated_then_alpha_is_straight(
        self, a_jpeg_xl
    ):
        assert not read_plate(a_jpeg_xl[0]).is_premultiplied

    def test_when_a_jpeg_xl_says_associated_then_it_is_premultiplied(self, a_jpeg_xl):
        path, start = a_jpeg_xl
        straight = read_plate(path)
        raw = bytearray(path.read_bytes())
        raw[start + ASSOCIATED_BIT // 8] |= 1 << ASSOCIATED_BIT % 8
        path.write_bytes(raw)

        plate = read_plate(path)

        assert plate.is_premultiplied
        assert np.array_equal(plate.pixels, straight.pixels)


class TestHiddenColor:
    @pytest.fixture
    def a_plate(self):
        """A white plate, the left half of which is hidden."""
        alpha = np.repeat(np.array([[0.0, 1.0]], np.float32), 4, axis=0)
        return Plate(np.ones((4, 2, 3), np.float32), "encoded", alpha=alpha)

    def test_when_alpha_hides_color_then_it_is_black_and_not_clipped(self, a_plate):
        assert unpremultiply(a_plate)[0, :, 0].tolist() == [0.0, 1.0]
        assert clipped_percent(a_plate) == 50.0

    def test_when_color_is_premultiplied_then_what_glows_under_alpha_0_stays(
        self, a_plate
    ):
        glow = Plate(
            a_plate.pixels, "encoded", alpha=a_plate.alpha, is_premultiplied=True
        )

        assert unpremultiply(glow)[0, :, 0].tolist() == [1.0, 1.0]
        assert clipped_percent(glow) == 100.0

    def test_when_nothing_is_hidden_then_pixels_are_the_same_object(self, a_plate):
        plate = Plate(a_plate.pixels, "encoded", alpha=np.ones((4, 2), np.float32))

        assert plate.visible() is not None
        assert np.shares_memory(plate.visible(), plate.pixels)
