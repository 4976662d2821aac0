"""The resize and the border of the authors' script, and its results in a file."""

from dataclasses import replace

import numpy as np
import pytest

from hdr_core.checkpoint import save_model
from hdr_core.cli.main import run
from hdr_core.delivery.authors_padding import crop, pad, reconstruct_padded, resize
from hdr_core.errors import OptionError
from hdr_core.io.readback import read_hdr
from hdr_core.options import Options
from hdr_core.plate import Plate
from hdr_core.presets import PRESETS
from hdr_core.reconstruction import reconstruct

FREE = Options(fidelity="free", precision="float32")


def padded(plate, model, options=FREE):
    return reconstruct_padded(plate, model, options, None, None, None)


class TestPad:
    @pytest.mark.parametrize(
        ("size", "expected"),
        [((64, 128), (128, 192)), ((1, 65), (128, 192)), ((100, 64), (192, 128))],
        ids=str,
    )
    def test_when_sides_are_no_multiples_of_64_then_the_next_ones_are_taken(
        self, size, expected
    ):
        assert pad(np.full((*size, 3), 0.5, np.float32)).shape == (*expected, 3)

    def test_when_sides_are_multiples_then_the_border_is_the_mirrored_plate(self):
        pixels = np.random.default_rng(0).random((64, 128, 3)).astype(np.float32)

        found = pad(pixels)

        np.testing.assert_array_equal(found[32:-32, 32:-32], pixels)
        # The last pixel is repeated first.
        np.testing.assert_array_equal(found[:32, 32:-32], pixels[:32][::-1])
        np.testing.assert_array_equal(found[32:-32, -32:], pixels[:, -32:][:, ::-1])


class TestResize:
    def test_when_enlarged_by_two_then_weights_are_those_of_the_bicubic(self):
        """At a quarter between two pixels, a = -0.75: worked out by hand."""
        impulse = np.zeros((1, 9), np.float32)
        impulse[0, 4] = 1.0

        row = resize(impulse, 1, 18)[0]

        near = 1.25 * 0.25**3 - 2.25 * 0.25**2 + 1.0
        far = 1.25 * 0.75**3 - 2.25 * 0.75**2 + 1.0
        beyond = -0.75 * (1.25**3 - 5 * 1.25**2 + 8 * 1.25 - 4)
        last = -0.75 * (1.75**3 - 5 * 1.75**2 + 8 * 1.75 - 4)
        expected = [last, beyond, far, near, near, far, beyond, last]
        np.testing.assert_allclose(row[5:13], expected, atol=1e-6)

    def test_when_padded_and_cropped_then_a_smooth_plate_comes_back(self):
        ramp = np.linspace(0.2, 0.8, 100, dtype=np.float32)
        pixels = np.broadcast_to(ramp[:, None, None], (100, 90, 3)).copy()

        back = crop(pad(pixels), Plate(pixels, "encoded"))

        np.testing.assert_allclose(back, pixels, atol=2e-3)


class TestReconstructPadded:
    def test_when_reconstructed_then_it_is_the_crop_of_the_padded_plates_result(
        self, a_paper_like_model, photograph
    ):
        plate = photograph(height=64, width=128)

        result = padded(plate, a_paper_like_model)

        around = replace(plate, pixels=pad(plate.pixels))
        whole = reconstruct(around, a_paper_like_model, FREE)
        inner = (slice(32, -32), slice(32, -32))
        np.testing.assert_array_equal(result.hdr.pixels, whole.hdr.pixels[inner])
        np.testing.assert_array_equal(result.clip_mask, whole.clip_mask[inner])

    def test_when_sides_are_no_multiples_then_all_layers_have_the_plates_size(
        self, a_paper_like_model, a_plate
    ):
        result = padded(a_plate, a_paper_like_model)

        size = (a_plate.height, a_plate.width)
        for layer in (result.hdr.pixels, result.gain, result.linear, result.clip_mask):
            assert layer.shape[:2] == size
        assert (result.hdr.pixels >= 0.0).all()
        assert result.promise is None

    def test_when_the_networks_are_ours_then_it_is_refused(
        self, a_small_model, a_plate
    ):
        with pytest.raises(OptionError, match="'paper' and 'released'"):
            padded(a_plate, a_small_model)

    def test_when_codes_are_promised_then_it_is_refused(
        self, a_paper_like_model, a_plate
    ):
        with pytest.raises(OptionError, match="--fidelity free"):
            padded(a_plate, a_paper_like_model, Options())

    def test_when_the_plate_is_premultiplied_then_it_is_refused(
        self, a_paper_like_model, a_plate
    ):
        alpha = np.ones(a_plate.pixels.shape[:2], np.float32)
        cutout = replace(a_plate, alpha=alpha, is_premultiplied=True)

        with pytest.raises(OptionError, match="premultiplied"):
            padded(cutout, a_paper_like_model)


class TestCommand:
    def test_when_asked_for_then_the_file_has_another_result_and_says_so(
        self, a_paper_like_model, a_picture, tmp_path, monkeypatch
    ):
        monkeypatch.setitem(PRESETS, "small", a_paper_like_model.config)
        weights = tmp_path / "small.safetensors"
        save_model(a_paper_like_model, weights)
        usual = ["convert", str(a_picture), "--weights", str(weights)]
        usual += ["--fidelity", "free", "--quiet", "-o"]

        assert run([*usual, str(tmp_path / "usual.exr")]) == 0
        assert run([*usual, str(tmp_path / "script.exr"), "--authors-padding"]) == 0

        ours, theirs = (read_hdr(tmp_path / f"{n}.exr") for n in ("usual", "script"))
        assert theirs.pixels.shape == ours.pixels.shape
        assert not np.array_equal(theirs.pixels, ours.pixels)
        assert theirs.header["hdr_core/authors_padding"] == 1
        assert "hdr_core/authors_padding" not in ours.header
