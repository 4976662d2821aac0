"""Scenes of an HDR corpus: what the manifest says, and what the files hold."""

import json

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.errors import PlateError
from hdr_core.io.corpus import load_scenes, read_manifest

LIGHT = np.arange(24, dtype=np.float32).reshape(2, 4, 3)


def write_exr(path, pixels):
    height, width, n_channels = pixels.shape
    image = oiio.ImageBuf(oiio.ImageSpec(width, height, n_channels, oiio.FLOAT))
    image.set_pixels(oiio.ROI(), pixels)
    assert image.write(str(path)), image.geterror()


def entry(name, **more):
    told = {
        "id": name,
        "file": f"{name}.exr",
        "split": "train",
        "kind": "panorama_equirect",
        "tags": ["indoor", "sun"],
        "train_ok": True,
    }
    return told | more


@pytest.fixture
def write_corpus(tmp_path):
    """Write entries and, for each, the pixels given or a small ramp."""

    def write(*entries, pixels=LIGHT):
        for told in entries:
            write_exr(tmp_path / told["file"], pixels)
        lines = "".join(json.dumps(told) + "\n\n" for told in entries)
        (tmp_path / "manifest.jsonl").write_text(lines, encoding="utf-8")
        return tmp_path

    return write


class TestReadManifest:
    def test_when_lines_are_blank_then_only_entries_are_read(self, write_corpus):
        entries = read_manifest(
            write_corpus(entry("hall"), entry("yard", licence="CC0"))
        )

        assert [told["id"] for told in entries] == ["hall", "yard"]
        assert entries[1]["licence"] == "CC0"

    def test_when_there_is_none_then_the_error_names_the_option(self, tmp_path):
        with pytest.raises(PlateError, match=r"no manifest.*--corpus"):
            read_manifest(tmp_path)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            pytest.param("{not json", r"jsonl:2: not JSON", id="no JSON"),
            pytest.param('{"id": "x"}', r"jsonl:2: lacks file, kind", id="no keys"),
            pytest.param("7", r"jsonl:2: lacks file, id", id="no object"),
            pytest.param("[" * 200_000, r"jsonl:2: not JSON", id="too deep"),
        ],
    )
    def test_when_a_line_is_no_entry_then_the_error_tells_which(
        self, write_corpus, line, said
    ):
        corpus = write_corpus()
        manifest = corpus / "manifest.jsonl"
        manifest.write_text(json.dumps(entry("hall")) + "\n" + line, encoding="utf-8")

        with pytest.raises(PlateError, match=said):
            read_manifest(corpus)

    def test_when_the_manifest_is_no_text_then_the_error_tells_where(self, tmp_path):
        (tmp_path / "manifest.jsonl").write_bytes(b'\n{"id": "caf\xe9"}\n')

        with pytest.raises(PlateError, match=r"jsonl:2: not JSON \('utf-8' codec"):
            read_manifest(tmp_path)

    @pytest.mark.parametrize(
        ("told", "said"),
        [
            pytest.param({"file": 7}, "file must be a str, is 7", id="file"),
            pytest.param({"tags": None}, "tags must be a list, is None", id="tags"),
            pytest.param(
                {"train_ok": "no"}, "train_ok must be a bool, is 'no'", id="train_ok"
            ),
            pytest.param({"clamped_to_65504": True}, "max_value", id="no peak"),
            pytest.param(
                {"clamped_to_65504": True, "max_value": 2.0}, "max_value", id="low peak"
            ),
        ],
    )
    def test_when_a_value_is_of_another_kind_then_the_error_tells_which(
        self, write_corpus, told, said
    ):
        corpus = write_corpus()
        line = json.dumps(entry("hall", **told))
        (corpus / "manifest.jsonl").write_text(line, encoding="utf-8")

        with pytest.raises(PlateError, match=f"jsonl:1: .*{said}"):
            read_manifest(corpus)


class TestLoadScenes:
    def test_when_loaded_then_light_comes_channel_first_as_it_was(self, write_corpus):
        (scene,) = load_scenes(write_corpus(entry("hall")), split="train")

        np.testing.assert_array_equal(scene.pixels, LIGHT.transpose(2, 0, 1))
        assert scene.pixels.dtype == np.float32
        assert scene.pixels.flags.c_contiguous
        assert (scene.name, scene.tags) == ("hall", ("indoor", "sun"))

    @pytest.mark.parametrize(
        ("kind", "is_panorama"), [("panorama_equirect", True), ("photo", False)]
    )
    def test_when_a_scene_is_a_panorama_then_it_says_so(
        self, write_corpus, kind, is_panorama
    ):
        (scene,) = load_scenes(write_corpus(entry("hall", kind=kind)), split="train")

        assert scene.is_panorama is is_panorama

    def test_when_a_split_is_asked_for_then_no_other_scene_comes(self, write_corpus):
        corpus = write_corpus(
            entry("hall"), entry("yard", split="val"), entry("attic", train_ok=False)
        )

        def names(**asked):
            return [scene.name for scene in load_scenes(corpus, **asked)]

        assert names(split="val") == ["yard"]
        assert names(split="train") == ["hall", "attic"]
        assert names(split="train", needs_train_ok=True) == ["hall"]

    def test_when_there_is_alpha_then_it_is_left_out(self, write_corpus):
        rgba = np.dstack([LIGHT, np.full((2, 4), 0.5, np.float32)])

        (scene,) = load_scenes(write_corpus(entry("hall"), pixels=rgba), split="train")

        np.testing.assert_array_equal(scene.pixels, LIGHT.transpose(2, 0, 1))

    def test_when_light_is_broken_then_negative_and_nan_are_black_and_inf_is_most(
        self, write_corpus
    ):
        broken = np.float32([[[-1.0, np.nan, np.inf], [-np.inf, 0.25, 2.0]]])

        (scene,) = load_scenes(
            write_corpus(entry("hall"), pixels=broken), split="train"
        )

        assert scene.pixels[:, 0].T.tolist() == [[0.0, 0.0, 65504.0], [0.0, 0.25, 2.0]]

    def test_when_half_could_not_hold_the_sun_then_its_peak_is_put_back(
        self, write_corpus
    ):
        sun = np.float32([[[65504.0, 65504.0, 65000.0], [1.0, 2.0, 3.0]]])
        told = entry("noon", clamped_to_65504=True, max_value=2.5e6)

        (scene,) = load_scenes(write_corpus(told, pixels=sun), split="train")

        assert scene.pixels[:, 0, 0].tolist() == [2.5e6, 2.5e6, 65000.0]
        assert scene.pixels[:, 0, 1].tolist() == [1.0, 2.0, 3.0]

    def test_when_no_scene_is_of_the_split_then_the_error_names_it(self, write_corpus):
        with pytest.raises(PlateError, match="no scene of split 'val'"):
            load_scenes(write_corpus(entry("hall")), split="val")

    @pytest.mark.parametrize(
        "content", [None, b"", b"no image"], ids=["missing", "empty", "text"]
    )
    def test_when_a_scene_cannot_be_read_then_the_error_names_its_file(
        self, write_corpus, content
    ):
        corpus = write_corpus(entry("hall"))
        (corpus / "hall.exr").unlink()
        if content is not None:
            (corpus / "hall.exr").write_bytes(content)

        with pytest.raises(PlateError, match=r"hall\.exr: not a readable RGB image"):
            load_scenes(corpus, split="train")

    @pytest.mark.parametrize("share", [0.5, 0.9])
    def test_when_a_scene_is_cut_short_then_it_is_not_filled_with_black(
        self, write_corpus, share
    ):
        noise = np.random.default_rng(0).random((64, 128, 3), dtype=np.float32)
        scene = write_corpus(entry("hall"), pixels=noise) / "hall.exr"
        whole = scene.read_bytes()
        scene.write_bytes(whole[: int(len(whole) * share)])

        with pytest.raises(PlateError, match=r"hall\.exr: damaged") as caught:
            load_scenes(scene.parent, split="train")

        assert "\n" not in str(caught.value)

    def test_when_a_scene_is_grey_then_it_is_refused(self, write_corpus):
        corpus = write_corpus(entry("hall"), pixels=LIGHT[..., :1])

        with pytest.raises(PlateError, match="RGB"):
            load_scenes(corpus, split="train")
