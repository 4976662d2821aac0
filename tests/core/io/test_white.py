"""A white below the largest code: reported, and taken where the artist says it."""

import numpy as np
import pytest
from PIL import Image

from hdr_core.cli.main import run
from hdr_core.decisions import decide
from hdr_core.errors import PlateError
from hdr_core.io.read import read_plate
from hdr_core.io.readback import read_hdr
from hdr_core.io.white import white_note
from hdr_core.options import Options
from hdr_core.plate import NOTES, Plate
from hdr_core.reconstruction import reconstruct


def generated_codes(*, white=250, size=(48, 64)):
    """Return codes of a smooth picture with a white square of one code."""
    height, width = size
    down, across = np.mgrid[0:height, 0:width]
    codes = np.stack([40 + 2 * across, 60 + 2 * down, 30 + across + down], axis=2)
    codes = np.minimum(codes, white - 30)
    codes[10:22, 12:30] = white
    return codes.astype(np.uint8)


@pytest.fixture
def a_file(tmp_path):
    path = tmp_path / "generated.png"
    Image.fromarray(generated_codes()).save(path)
    return path


class TestWhiteNote:
    def test_a_white_below_the_largest_code_is_reported(self, a_file):
        notes = read_plate(a_file).metadata[NOTES]

        assert "--clip-level 250" in notes
        assert "7.0%" in notes

    @pytest.mark.parametrize("white", [255, 150])
    def test_a_clipped_and_a_dark_picture_need_no_note(self, white):
        pixels = (generated_codes(white=white) / 255).astype(np.float32)

        assert white_note(pixels, 255) is None

    def test_a_smooth_ramp_has_no_white(self):
        ramp = np.linspace(0.0, 0.95, 4096, dtype=np.float32).reshape(64, 64, 1)

        assert white_note(ramp.repeat(3, axis=2), 255) is None


class TestClippedAt:
    def test_all_codes_from_there_on_are_white(self):
        pixels = np.array([[[100, 250, 255]]], np.float32) / 255
        plate = Plate(pixels, state="encoded", bits=8).clipped_at(250)

        assert plate.max_code == 250
        assert plate.pixels[0, 0] == pytest.approx([0.4, 1.0, 1.0])
        assert plate.clipped_at(250) is plate

    def test_premultiplied_white_is_alpha(self):
        pixels = np.full((1, 1, 3), 0.5, np.float32)
        plate = Plate(
            pixels,
            state="encoded",
            bits=8,
            alpha=np.full((1, 1), 0.5, np.float32),
            is_premultiplied=True,
        )

        assert plate.clipped_at(200).pixels[0, 0] == pytest.approx([0.5] * 3)

    @pytest.mark.parametrize("code", [0, 1, 256])
    def test_a_code_that_does_not_exist_is_refused(self, code):
        plate = Plate(np.zeros((2, 2, 3), np.float32), state="encoded", bits=8)

        with pytest.raises(PlateError, match="--clip-level from 2 to 255"):
            plate.clipped_at(code)

    def test_a_known_encoding_has_its_own_clip(self, a_file):
        plate = read_plate(a_file).clipped_at(250)

        with pytest.raises(PlateError, match="Leave --clip-level out"):
            decide(plate, Options(linearize="srgb"))


class TestReconstruct:
    def test_white_gets_light_and_the_promise_holds(self, a_small_model, a_file):
        plate = read_plate(a_file)
        before = reconstruct(plate, a_small_model, Options(linearize="network"))
        found = reconstruct(plate.clipped_at(250), a_small_model, Options())

        assert before.clip_mask.max() < 1.0
        assert found.clip_mask[12:20, 14:28].min() == 1.0
        assert found.violations == 0

    def test_by_the_command_the_header_says_it(self, a_file, tmp_path):
        target = tmp_path / "out.exr"
        told = ["convert", str(a_file), "-o", str(target), "--clip-level", "250"]

        assert run([*told, "--quiet"]) == 0
        header = read_hdr(target).header
        assert header["hdr_core/clip_code"] == 250
        assert header["hdr_core/violations"] == 0
        assert header["hdr_core/clipped_percent"] == pytest.approx(7.03, abs=0.05)
