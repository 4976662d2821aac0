"""``hdr-core view``: what is in a page, and how it refuses."""

import json
import re

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.io.write import write_hdr
from hdr_core.plate import Plate
from hdr_core.view.page import laplace_quantile
from hdr_core.view.source import read_result, reduce


def meta_of(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="meta">(.*?)</script>', text).group(1))


class TestPage:
    def test_when_a_result_is_shown_then_the_page_holds_all_that_is_known(
        self, view, a_result, a_plate_file, tmp_path, capsys
    ):
        code = view(a_result, a_plate_file, "-o", tmp_path / "page.html")

        meta = meta_of(tmp_path / "page.html")
        facts = dict(meta["facts"])
        assert code == 0
        assert (meta["width"], meta["height"]) == (36, 24)
        assert meta["overlays"] == ["invented", "uncertainty"]
        assert set(meta["planes"]) == {"light", "plate", "mask", "gain", "uncertainty"}
        assert facts["Promise"] == "every value photographs back to its code"
        assert facts["Brightest"] == "50, +5.6 stops from the clip"
        assert len(meta["curve"]["light"]) == len(meta["curve"]["spread"]) == 129
        assert "36x24" in capsys.readouterr().out

    def test_when_it_is_opened_then_it_asks_for_nothing_else(
        self, view, a_result, tmp_path
    ):
        view(a_result, "-o", tmp_path / "page.html")

        text = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert (
            re.findall(r'(?:src|href)="[^"]*"|url\(|https?://(?!www\.w3\.org)', text)
            == []
        )
        assert "{{" not in text

    def test_when_a_pixel_is_counted_then_it_is_in_the_bin_of_its_stops(
        self, view, a_result, tmp_path
    ):
        view(a_result, "-o", tmp_path / "page.html")

        found = meta_of(tmp_path / "page.html")["histogram"]
        above = [
            number
            for number, count in enumerate(found["counts"][0])
            if count and found["low"] + number * found["step"] > 1
        ]
        assert [found["low"] + bin_ * found["step"] for bin_ in above] == [5.5]
        assert found["counts"][0][above[0]] == 24

    def test_when_the_exr_is_of_another_program_then_it_is_shown_without_layers(
        self, view, some_light, write_picture, tmp_path
    ):
        write_picture(tmp_path / "render.exr", some_light)

        code = view(tmp_path / "render.exr", "-o", tmp_path / "page.html")

        meta = meta_of(tmp_path / "page.html")
        assert code == 0
        assert (meta["overlays"], meta["curve"]) == ([], None)
        assert "not made by hdr-core" in dict(meta["facts"])["Origin"]

    def test_when_a_name_holds_markup_then_it_is_text(self, view, a_result, tmp_path):
        odd = a_result.rename(tmp_path / "a<b>&c.exr")

        view(odd, "-o", tmp_path / "page.html")

        text = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert "<title>a&lt;b&gt;&amp;c</title>" in text
        assert dict(meta_of(tmp_path / "page.html")["facts"])["File"].startswith("a<b>")

    def test_when_the_picture_is_large_then_it_is_reduced_and_that_is_noted(
        self, view, tmp_path, capsys
    ):
        light = np.random.default_rng(0).random((100, 200, 3)).astype(np.float32)
        write_hdr(tmp_path / "a.exr", Plate(light, "hdr", space="lin_rec709_scene"))

        view(tmp_path / "a.exr", "-o", tmp_path / "page.html", "--largest", "64")

        meta = meta_of(tmp_path / "page.html")
        assert (meta["width"], meta["height"], meta["reduced"]) == (50, 25, 4)
        assert "shown at 1/4 of 200x100" in dict(meta["facts"])["Assumed"]
        assert "reduced to 1/4" in capsys.readouterr().out


class TestRefusals:
    @pytest.fixture
    def some_files(self, a_result, a_plate_file, write_picture, monkeypatch):
        """The folder of the result, its plate and another plate: the working folder."""
        monkeypatch.chdir(a_result.parent)
        write_picture(a_result.with_name("small.png"), np.zeros((4, 5, 3), np.uint8))
        return a_result.parent

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (["gone.exr", "-o", "page.html"], "no such file"),
            (["lamp_hdr.exr", "-o", "page.exr"], "is not a page. Name it page.html"),
            (["lamp.png", "-o", "page.html"], "holds no light above clip"),
            (["lamp_hdr.exr", "small.png", "-o", "page.html"], "is 5x4, but"),
            (["lamp_hdr.exr", ".", "-o", "page.html"], "give a plate for one result"),
            (["lamp_hdr.exr", "-o", "page.html", "--largest", "9"], "largest"),
        ],
    )
    def test_when_it_cannot_be_shown_then_one_line_says_why(
        self, view, some_files, arguments, reason, capsys
    ):
        code = view(*arguments)

        printed = capsys.readouterr().err
        assert code == 2
        assert reason in printed
        assert printed.count("\n") == 1
        assert not (some_files / "page.html").exists()

    def test_when_the_page_exists_then_it_stays_unless_overwritten(
        self, view, a_result, tmp_path
    ):
        page = tmp_path / "page.html"
        page.write_text("mine")

        codes = view(a_result, "-o", page), page.read_text()
        again = view(a_result, "-o", page, "--overwrite")

        assert codes == (2, "mine")
        assert again == 0


class TestReadResult:
    def test_when_layers_are_files_then_they_are_found_beside_the_result(
        self, some_light, write_picture, tmp_path
    ):
        write_picture(tmp_path / "a.exr", some_light)
        write_picture(tmp_path / "a_light_source.exr", some_light[..., :1] * 0 + 2)

        found = read_result(tmp_path / "a.exr", largest_px=4096)

        assert list(found.layers) == ["light_source"]
        assert (found.layers["light_source"] == 2).all()

    def test_when_the_space_is_ap1_then_white_stays_white(self, some_light, tmp_path):
        plate = Plate(some_light, "hdr", space="lin_ap1_scene")
        write_hdr(tmp_path / "a.exr", plate)

        found = read_result(tmp_path / "a.exr", largest_px=4096)

        np.testing.assert_allclose(found.to_rec709.sum(axis=0), 1.0, atol=1e-4)
        assert found.to_rec709[0, 0] > 1.5

    def test_when_exposure_was_chosen_then_the_clip_moves_with_it(
        self, a_result, tmp_path
    ):
        image = oiio.ImageBuf(str(a_result))
        image.specmod().attribute("hdr_core/parameters", '{"exposure_stops": 2}')
        image.write(str(tmp_path / "b.exr"))

        assert read_result(tmp_path / "b.exr", largest_px=4096).clip == 4.0

    def test_when_squares_are_cut_at_the_border_then_means_are_of_what_is_there(self):
        reduced = reduce(np.array([[1.0, 3.0, 8.0]], np.float32), 2)

        assert reduced.tolist() == [[2.0, 8.0]]


class TestLaplaceQuantile:
    def test_when_the_median_is_chosen_then_nothing_moves(self):
        assert laplace_quantile(0.5) == 0.0

    def test_when_90_percent_lie_below_then_it_is_the_log_of_5(self):
        assert laplace_quantile(0.9) == pytest.approx(np.log(5.0))
        assert laplace_quantile(0.1) == pytest.approx(-np.log(5.0))


class TestContact:
    def test_when_a_folder_is_shown_then_every_result_has_a_page(
        self, view, a_result, a_plate_file, tmp_path
    ):
        (tmp_path / "lamp_hdr_mask.exr").write_bytes(b"a layer, not a result")
        pages = tmp_path / "pages"

        code = view(tmp_path, tmp_path, "-o", pages / "all.html")

        text = (pages / "all.html").read_text(encoding="utf-8")
        assert code == 0
        assert re.findall(r'href="([^"]*)"', text) == ["all/lamp_hdr.html"]
        assert "plate" in meta_of(pages / "all" / "lamp_hdr.html")["planes"]
        assert text.count("data:image/jpeg") == 2

    def test_when_one_is_damaged_then_the_others_are_shown(
        self, view, a_result, tmp_path, capsys
    ):
        (tmp_path / "bad.exr").write_text("no picture")

        code = view(tmp_path, "-o", tmp_path / "all.html")

        assert code == 1
        assert (tmp_path / "all" / "lamp_hdr.html").is_file()
        assert "bad.exr" in capsys.readouterr().err

    def test_when_there_is_no_result_then_it_is_refused(self, view, tmp_path, capsys):
        (tmp_path / "empty").mkdir()

        code = view(tmp_path / "empty", "-o", tmp_path / "all.html")

        assert code == 2
        assert "holds no EXR" in capsys.readouterr().err
