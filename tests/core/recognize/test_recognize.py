"""When a plate is asked for its output transform, and what the report says."""

from dataclasses import replace

import numpy as np
import pytest

from hdr_core.color.output_transforms import find_output_transform
from hdr_core.color.recognized import Recognized
from hdr_core.decisions import decide
from hdr_core.options import Options
from hdr_core.plate import LOCAL_TONES, PRIMARIES, Plate
from hdr_core.presets import preset
from hdr_core.recognize.classes import CAMERA, CLASSES
from hdr_core.recognize.classifier import load_classifier
from hdr_core.recognize.recognize import SURE, Recognition, recognize, recognize_plate
from hdr_core.recognize.torch_recognizer import TorchRecognizer

COMPACT, PAPER = preset("compact"), preset("paper")
AUTO = Options(linearize="auto")
# x, y of red, green, blue and white.
DISPLAY_P3 = "0.68 0.32 0.265 0.69 0.15 0.06 0.3127 0.329"


def a_plate(codes=None, **changes):
    if codes is None:
        codes = np.random.default_rng(0).uniform(0.0, 1.0, (64, 96, 3))
    pixels = (np.rint(codes * 255) / 255).astype(np.float32)
    return Plate(pixels, state="encoded", bits=8, **changes)


def recognized_of(plate, options=AUTO, config=COMPACT):
    return recognize_plate(plate, plate.pixels, options, config, TorchRecognizer())


class TestRecognizePlate:
    def test_auto_says_what_it_found(self):
        found = recognized_of(a_plate())

        assert found is not None
        assert "%" in found.why

    @pytest.mark.parametrize(
        "plate",
        [
            a_plate(metadata={LOCAL_TONES: "it is by a phone"}),
            a_plate(metadata={"Make": "NIKON", "Model": "D90"}),
            a_plate(metadata={PRIMARIES: DISPLAY_P3}),
            replace(a_plate(), bits=10),
            a_plate(np.zeros((20, 90, 3))),
        ],
        ids=["a phone", "a camera", "Display P3", "10 bits", "a tiny plate"],
    )
    def test_plates_of_known_kind_are_not_asked(self, plate):
        assert recognized_of(plate) is None

    @pytest.mark.parametrize("name", ["network", "agx"])
    def test_the_artist_has_the_last_word(self, name):
        assert recognized_of(a_plate(), Options(linearize=name)) is None

    def test_the_presets_of_the_paper_always_estimate(self):
        assert recognized_of(a_plate(), config=PAPER) is None


class TestRecognition:
    def test_a_sure_transform_is_taken(self):
        found = Recognition((("agx", SURE), (CAMERA, 1.0 - SURE))).recognized

        assert found.taken == ("agx", found.why)
        assert "next camera" in found.why

    @pytest.mark.parametrize(
        ("name", "share", "is_lossy", "is_taken"),
        [
            ("hable", 0.55, False, True),
            ("hable", 0.55, True, False),
            ("hable", 0.45, False, False),
            ("srgb", 0.85, False, False),
            ("srgb", 0.92, False, True),
            ("srgb", 0.92, True, False),
        ],
    )
    def test_codecs_and_display_curves_need_more(self, name, share, is_lossy, is_taken):
        pairs = ((name, share), (CAMERA, 1.0 - share))

        assert bool(Recognition(pairs, is_lossy).recognized.name) == is_taken

    def test_a_family_is_sure_together(self):
        pairs = (("agx", 0.5), ("agx-punchy", 0.4), (CAMERA, 0.1))
        found = Recognition(pairs).recognized

        assert found.name == "agx"
        assert "90%" in found.why

    @pytest.mark.parametrize(
        "first", [("agx", SURE - 0.01), (CAMERA, 0.99)], ids=["unsure", "a camera"]
    )
    def test_else_none_is_taken_and_both_are_named(self, first):
        found = Recognition((first, ("hable", 0.01))).recognized

        assert found.taken is None
        assert first[0] in found.why
        assert "hable" in found.why

    def test_probabilities_sum_to_one(self):
        found = recognize(a_plate().pixels, TorchRecognizer())

        assert sum(share for _, share in found.likeliest) == pytest.approx(1.0)
        assert {name for name, _ in found.likeliest} == set(CLASSES)


class TestDecide:
    def test_a_recognized_plate_is_decoded_by_its_transform(self):
        known = Recognized("hable", "recognized with 90 %")
        decisions = decide(a_plate(), AUTO, known)

        codes = np.linspace(0.0, 1.0, 511)[:, None].repeat(3, axis=1)
        light = find_output_transform("hable").decode(codes)[:, 1]
        assert decisions.camera is not None
        assert decisions.colors.assumed == "hable"
        assert "recognized with 90 %" in decisions.colors.note
        assert decisions.camera.inverse_crf == pytest.approx(light / light[-1])

    def test_a_plate_without_one_is_estimated_and_the_note_says_why(self):
        decisions = decide(a_plate(), AUTO, Recognized(None, "nothing is sure"))

        assert decisions.camera is None
        assert "nothing is sure" in decisions.colors.note


def test_the_networks_are_those_of_the_transforms_there_are():
    assert len(CLASSES) == load_classifier().members[0][-1].out_features
