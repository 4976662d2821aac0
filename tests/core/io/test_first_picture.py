"""Files that hold several pictures: the first is taken, and said."""

import struct

import numpy as np
import pytest
from PIL import Image

from hdr_core.io.read import read_plate
from hdr_core.plate import NOTES

SEVERAL = "the file holds several pictures: the first was taken"
ANIMATION = "an animation: the first picture was taken"


@pytest.fixture
def two_pictures(some_codes):
    first = Image.fromarray(some_codes[..., :3])
    return first, Image.fromarray(255 - some_codes[..., :3])


class TestFirst:
    @pytest.mark.parametrize(
        ("name", "note", "options"),
        [
            ("a.tif", SEVERAL, {}),
            ("a.webp", SEVERAL, {"lossless": True}),
            ("a.png", ANIMATION, {}),
        ],
    )
    def test_when_there_are_two_then_the_first_is_taken_and_said(
        self, tmp_path, two_pictures, codes_of, name, note, options
    ):
        first, second = two_pictures
        path = tmp_path / name
        first.save(path, save_all=True, append_images=[second], **options)

        plate = read_plate(path)

        assert (codes_of(plate) == np.asarray(first)).all()
        assert note in plate.metadata[NOTES]

    def test_when_an_avif_is_animated_then_the_first_is_taken_and_said(self, tmp_path):
        pytest.importorskip("av")
        first, second = (Image.new("RGB", (16, 16), grey) for grey in ("gray", "red"))
        first.save(tmp_path / "a.avif", save_all=True, append_images=[second])

        plate = read_plate(tmp_path / "a.avif")

        assert plate.pixels * 255 == pytest.approx(128, abs=3)
        assert ANIMATION in plate.metadata[NOTES]

    def test_when_a_gif_holds_two_then_the_first_is_taken_and_said(self, tmp_path):
        first = Image.new("RGB", (8, 6), (200, 100, 0))
        second = Image.new("RGB", (8, 6), (0, 0, 255))
        first.save(tmp_path / "a.gif", save_all=True, append_images=[second])

        plate = read_plate(tmp_path / "a.gif")

        assert plate.pixels[0, 0] * 255 == pytest.approx([200, 100, 0], abs=0.01)
        assert SEVERAL in plate.metadata[NOTES]

    @pytest.mark.parametrize("name", ["a.png", "a.webp", "a.gif", "a.tif"])
    def test_when_there_is_one_then_nothing_is_said(self, tmp_path, two_pictures, name):
        two_pictures[0].save(tmp_path / name)

        notes = read_plate(tmp_path / name).metadata[NOTES]

        assert "first" not in notes


class TestDpxOffset:
    @pytest.fixture
    def a_dpx(self, tmp_path, write_samples):
        def write(element=None, generic=None):
            samples = np.linspace(0, 1, 6 * 8 * 3, dtype=np.float32).reshape(6, 8, 3)
            path = write_samples(
                tmp_path / "a.dpx", samples, "uint16", oiio__BitsPerSample=10
            )
            data = bytearray(path.read_bytes())
            order = ">" if data[:4] == b"SDPX" else "<"
            for place, value in ((808, element), (4, generic)):
                if value is not None:
                    struct.pack_into(f"{order}I", data, place, value)
            path.write_bytes(data)
            return path

        return write

    @pytest.mark.parametrize("offset", [0, 0xFFFFFFFF, 100])
    def test_when_the_element_has_none_then_that_of_the_file_counts(
        self, a_dpx, offset
    ):
        right = read_plate(a_dpx()).pixels

        assert (read_plate(a_dpx(offset)).pixels == right).all()

    def test_when_neither_has_one_then_it_is_refused(self, a_dpx, assert_refused):
        assert_refused(a_dpx(0, 0), "does not say where its pixels begin")


class TestVariants:
    @pytest.mark.parametrize("compression", ["zstd", "lzma"])
    def test_when_a_compression_is_not_read_here_then_it_is_named(
        self, tmp_path, two_pictures, assert_refused, compression
    ):
        path = tmp_path / "a.tif"
        two_pictures[0].save(path, compression=compression)

        assert_refused(path, "not read here", compression.upper(), "save it with")

    @pytest.mark.parametrize(
        ("change", "words"),
        [((4, 12), "precision 12"), ((1, 0xC5), "SOF type 0xc5")],
        ids=["12 bits", "hierarchical"],
    )
    def test_when_a_jpeg_is_of_a_rare_kind_then_it_is_named(
        self, tmp_path, two_pictures, assert_refused, change, words
    ):
        path = tmp_path / "a.jpg"
        two_pictures[0].save(path)
        data = bytearray(path.read_bytes())
        place, value = change
        data[data.index(b"\xff\xc0") + place] = value
        path.write_bytes(data)

        assert_refused(path, "not read here", words, "save it with")

    def test_when_a_tga_holds_two_channels_then_they_are_grey_and_alpha(
        self, tmp_path, two_pictures
    ):
        grey = two_pictures[0].convert("LA")
        grey.save(tmp_path / "a.tga")

        plate = read_plate(tmp_path / "a.tga")

        assert plate.pixels[..., 1] * 255 == pytest.approx(np.asarray(grey)[..., 0])
        assert plate.alpha is not None
