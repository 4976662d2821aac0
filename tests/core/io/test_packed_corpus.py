"""Scenes in few bytes: how far they are off, and what is refused."""

import numpy as np
import pytest

from hdr_core.errors import PlateError
from hdr_core.io.corpus import load_scenes
from hdr_core.io.packed_corpus import (
    read_display_curves,
    read_entries,
    read_scene,
    write_packed,
)
from hdr_core.io.scene_codec import (
    decode_scene,
    encode_scene,
    reference_clip,
    to_codes,
    to_light,
)
from hdr_core.io.wavelet import restore, transform

ENTRY = {
    "id": "hall",
    "split": "train",
    "kind": "panorama_equirect",
    "tags": ["indoor"],
    "train_ok": True,
    "licence": "CC0",
    "origin": "left out",
}
SUN = 200_000.0


@pytest.fixture
def a_hall():
    """Slopes, texture, black, and a sun of two pixels, (3, 75, 130)."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[0:75, 0:130]
    light = 0.02 + np.exp(columns / 30.0 - rows / 40.0)
    light = light * np.array([1.0, 0.8, 0.5])[:, None, None]
    light *= rng.uniform(0.97, 1.03, light.shape)
    light[:, 60:, :10] = 0.0
    light[:, 20, 40:42] = SUN
    return light.astype(np.float32)


@pytest.fixture
def a_pack(tmp_path, a_hall):
    path = tmp_path / "corpus.safetensors"
    entries = [ENTRY, ENTRY | {"id": "unclear", "train_ok": False}]
    scenes = [(entry, encode_scene(a_hall)) for entry in entries]
    write_packed(path, scenes, np.eye(2))
    return path


class TestWavelet:
    def test_what_is_transformed_comes_back(self):
        planes = np.random.default_rng(1).random((3, 64, 96), dtype=np.float32)

        coarse, details = transform(planes, levels=4)

        assert coarse.shape == (3, 4, 6)
        np.testing.assert_allclose(restore(coarse, details), planes, atol=1e-5)

    def test_even_light_has_no_details(self):
        _, details = transform(np.full((1, 32, 32), 7.0, np.float32), levels=3)

        assert all(np.abs(part).max() < 1e-4 for level in details for part in level)


class TestCodes:
    def test_the_clip_is_code_255_and_light_comes_back(self):
        light = np.array([0.0, 0.001, 0.2, 1.0, 3.0, 1e5], np.float32)

        codes = to_codes(light, 1.0)

        assert codes[3] == pytest.approx(255.0)
        np.testing.assert_allclose(to_light(codes, 1.0), light, rtol=2e-4, atol=1e-7)


class TestScene:
    def test_it_is_off_by_part_of_a_code_and_by_one_percent_above_the_clip(
        self, a_hall
    ):
        data = encode_scene(a_hall)

        found = decode_scene(data)

        clip, is_above = reference_clip(a_hall), a_hall > reference_clip(a_hall)
        codes = np.abs(to_codes(found, clip) - to_codes(a_hall, clip))[~is_above]
        shares = np.abs(found / np.maximum(a_hall, 1e-9) - 1.0)[is_above]
        assert found.shape == a_hall.shape
        assert len(data) < a_hall.size
        assert np.median(codes) < 0.35
        assert codes.max() < 3.0
        assert np.percentile(shares, 99) < 0.011
        assert found.max() == pytest.approx(SUN, rel=0.03)

    def test_a_finer_step_has_a_smaller_error(self, a_hall):
        coarse, fine = (
            np.abs(decode_scene(encode_scene(a_hall, step=step)) - a_hall).mean()
            for step in (2.0, 0.2)
        )

        assert fine < coarse / 4

    def test_black_stays_black(self):
        black = np.zeros((3, 40, 40), np.float32)

        assert not decode_scene(encode_scene(black)).any()

    @pytest.mark.parametrize("cut", [3, 40, 400])
    def test_when_bytes_are_missing_then_one_line_says_so(self, a_hall, cut):
        data = encode_scene(a_hall)

        with pytest.raises(PlateError, match="packed scene: damaged"):
            decode_scene(data[:cut])


class TestPackedCorpus:
    def test_it_is_loaded_as_a_folder_is(self, a_pack, a_hall):
        (scene,) = load_scenes(a_pack, split="train", needs_train_ok=True)

        assert (scene.name, scene.is_panorama, scene.tags) == (
            "hall",
            True,
            ("indoor",),
        )
        np.testing.assert_array_equal(scene.pixels, decode_scene(encode_scene(a_hall)))
        np.testing.assert_array_equal(read_display_curves(a_pack), np.eye(2))
        assert "origin" not in read_entries(a_pack)[0]

    def test_when_it_has_no_such_split_then_one_line_says_so(self, a_pack):
        with pytest.raises(PlateError, match="no scene of split 'val'"):
            load_scenes(a_pack, split="val")

    def test_when_a_scene_is_missing_then_it_is_named(self, a_pack):
        with pytest.raises(PlateError, match="scene/attic cannot be read"):
            read_scene(a_pack, "attic")

    def test_when_the_file_is_another_one_then_one_line_says_so(self, tmp_path):
        (tmp_path / "a.txt").write_text("not a corpus")

        with pytest.raises(PlateError, match="not a packed corpus"):
            load_scenes(tmp_path / "a.txt", split="train")
