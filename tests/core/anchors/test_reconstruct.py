"""Results of plates with anchors, from Python and from the command line."""

import json

import jsonschema
import numpy as np
import pytest
from PIL import Image

from hdr_core.anchor_options import Anchors, Spot
from hdr_core.cli.job import checked_options
from hdr_core.cli.main import run
from hdr_core.errors import OptionError, PlateError
from hdr_core.io.readback import read_hdr
from hdr_core.options import Options
from hdr_core.reconstruction import reconstruct
from tests.core.delivery.test_sidecar import SCHEMA

CARD = Anchors(grey=(Spot(14, 14, 0.18),))


@pytest.fixture
def a_file(a_plate, tmp_path):
    codes = np.rint(a_plate.pixels * 255).astype(np.uint8)
    Image.fromarray(codes).save(tmp_path / "plate.png")
    return tmp_path / "plate.png"


class TestReconstruct:
    def test_when_a_card_is_known_then_the_result_has_its_light(
        self, a_plate, a_small_model
    ):
        result = reconstruct(a_plate, a_small_model, Options(anchors=CARD))

        card = result.hdr.pixels[11:19, 11:19]
        assert np.median(card) == pytest.approx(0.18, rel=0.05)
        assert result.violations == 0
        assert result.crf_move.anchors == ("grey",)
        assert result.crf_move.misfit_stops < 0.05

    def test_when_there_is_no_anchor_then_nothing_says_so(self, a_plate, a_small_model):
        result = reconstruct(a_plate, a_small_model, Options())

        assert result.crf_move is None

    def test_when_a_curve_is_given_too_then_it_is_an_error(
        self, a_plate, a_small_model, a_curve
    ):
        with pytest.raises(OptionError, match=r"--grey: the curve .* is known already"):
            reconstruct(
                a_plate, a_small_model, Options(anchors=CARD), inverse_crf=a_curve
            )

    def test_when_cards_contradict_then_it_is_an_error(self, a_plate, a_small_model):
        spots = Spot(14, 14, 0.05), Spot(15, 15, 0.8)

        with pytest.raises(PlateError, match="no increasing curve holds"):
            reconstruct(a_plate, a_small_model, Options(anchors=Anchors(grey=spots)))


class TestConvert:
    def test_when_a_card_is_known_then_report_and_header_say_how_far_it_moved(
        self, convert, a_file, tmp_path, capsys
    ):
        code = convert(a_file, "-o", tmp_path / "a.exr", "--grey", "14,14", "--report")

        assert code == 0
        assert "grey moved the curve by" in capsys.readouterr().out
        found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
        jsonschema.validate(found, json.loads(SCHEMA.read_text(encoding="utf-8")))
        assert found["camera"]["anchors"]["kinds"] == ["grey"]
        assert found["camera"]["anchors"]["moved_rms"] > 0.0
        assert found["parameters"]["anchors"] == {"grey": [[14, 14, 0.18]]}
        header = read_hdr(tmp_path / "a.exr").header
        assert header["hdr_core/anchors"].startswith("grey moved the curve by")

    def test_when_there_is_no_anchor_then_the_header_has_none(
        self, convert, a_file, tmp_path
    ):
        convert(a_file, "-o", tmp_path / "a.exr", "--quiet")

        header = read_hdr(tmp_path / "a.exr").header
        assert "hdr_core/anchors" not in header
        assert "anchors" not in json.loads(header["hdr_core/parameters"])

    @pytest.mark.parametrize(
        ("options", "text"),
        [
            pytest.param(["--grey", "99,1"], "outside of the plate", id="outside"),
            pytest.param(["--grey", "62,40"], "is clipped", id="clipped"),
            pytest.param(["--white", "1"], "needs X,Y", id="no pair"),
            pytest.param(
                ["--grey", "14,14", "--linearize", "ACEScct"], "Leave one", id="known"
            ),
        ],
    )
    def test_when_an_anchor_cannot_be_used_then_it_is_one_line_and_no_file(
        self, convert, a_file, tmp_path, capsys, options, text
    ):
        code = convert(a_file, "-o", tmp_path / "a.exr", *options)

        assert code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert text in line
        assert not (tmp_path / "a.exr").exists()

    def test_when_there_are_two_plates_then_it_is_one_line(
        self, convert, a_file, tmp_path, capsys
    ):
        other = tmp_path / "other.png"
        other.write_bytes(a_file.read_bytes())

        code = convert(a_file, other, "-o", tmp_path / "out", "--grey", "14,14")

        assert code == 2
        assert "belongs to one plate, found 2 plates" in capsys.readouterr().err

    def test_when_a_farms_job_has_one_then_it_is_refused(self):
        with pytest.raises(OptionError, match="--grey belongs to one plate"):
            checked_options("--grey 14,14")


class TestInfo:
    def test_when_a_card_is_known_then_info_says_how_far_it_moved(
        self, a_file, some_weights, capsys
    ):
        code = run(
            ["info", str(a_file), "--grey", "14,14", "--weights", str(some_weights)]
        )

        assert code == 0
        assert "anchors      grey moved the curve by" in capsys.readouterr().out
