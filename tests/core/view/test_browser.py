"""Pages in a real browser: what is drawn, and what the probe reads.

`python tasks.py browser` runs these. They need Chromium (``CHROMIUM`` names another
one than that on the path) and the extra "browser".
"""

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.cli.main import run
from hdr_core.io.corpus import read_light
from tests.core.view.browser import color_at, encoded

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class TestPicture:
    def test_when_exposure_changes_then_the_screen_shows_that_light(
        self, open_page, a_page, some_light
    ):
        tab = open_page(a_page)

        for stops in (-6.0, -3.0, 0.0, 1.0):
            tab.locator("#stops").fill(str(stops))
            for column, row in ((10, 20), (22, 5)):
                expected = encoded(some_light[row, column] * 2.0**stops)
                found = color_at(tab, column, row)
                np.testing.assert_allclose(found, expected, atol=1.6)

    def test_when_it_is_swept_then_the_exposure_moves_by_itself(
        self, open_page, a_page
    ):
        tab = open_page(a_page)

        tab.click("#sweep")
        tab.wait_for_function("hdrCore.state.stops < -4")
        tab.wait_for_function("hdrCore.state.stops > -2")
        tab.click("#sweep")
        stopped = tab.evaluate("hdrCore.state.stops")
        tab.wait_for_timeout(100)

        assert tab.evaluate("hdrCore.state.stops") == stopped

    def test_when_the_wipe_is_dragged_then_left_is_the_plate(
        self, open_page, a_page, some_light
    ):
        tab = open_page(a_page, "stops=-3&show=wipe")
        before = color_at(tab, 22, 5)
        box = tab.locator("#wipe").bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

        tab.mouse.move(*middle)
        tab.mouse.down()
        tab.mouse.move(box["x"] + 260, middle[1], steps=4)
        tab.mouse.up()

        after = color_at(tab, 22, 5)
        np.testing.assert_allclose(before, encoded(some_light[5, 22] / 8), atol=1.6)
        np.testing.assert_allclose(after, encoded(np.full(3, 1 / 8)), atol=1.6)

    def test_when_space_is_held_then_the_plate_is_shown(self, open_page, a_page):
        tab = open_page(a_page, "stops=-3")
        free = color_at(tab, 22, 5)

        tab.keyboard.down(" ")
        held = color_at(tab, 22, 5)
        tab.keyboard.up(" ")

        assert color_at(tab, 22, 5) == free != held

    def test_when_false_color_is_on_then_light_above_clip_has_another_color(
        self, open_page, a_page
    ):
        tab = open_page(a_page)

        tab.keyboard.press("f")

        assert color_at(tab, 22, 5) != color_at(tab, 30, 20) != color_at(tab, 1, 1)
        assert "Stops from the clip" in tab.inner_text("#legend")

    @pytest.mark.parametrize("name", ["invented", "uncertainty"])
    def test_when_an_overlay_is_on_then_only_invented_pixels_have_color(
        self, open_page, a_page, name
    ):
        tab = open_page(a_page)

        tab.click(f"[data-overlay={name}]")

        lamp, wall = color_at(tab, 22, 5), color_at(tab, 8, 8)
        assert max(lamp) - min(lamp) > 40
        assert max(wall) - min(wall) <= 1

    def test_when_the_plate_is_missing_then_the_clipped_result_takes_its_place(
        self, open_page, view, a_result, tmp_path
    ):
        view(a_result, "-o", tmp_path / "alone.html")

        tab = open_page(tmp_path / "alone.html", "stops=-3&show=plate")

        assert tab.inner_text("[data-show=plate]") == "Clipped"
        expected = encoded(np.full(3, 1 / 8))
        np.testing.assert_allclose(color_at(tab, 22, 5), expected, atol=1.6)


class TestProbe:
    def test_when_every_pixel_is_probed_then_it_is_that_of_the_exr(
        self, open_page, a_page, a_result, a_plate_file
    ):
        tab = open_page(a_page)

        found = tab.evaluate(
            """() => { const all = []; const { width, height } = hdrCore.meta;
            for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
              const { light, code } = hdrCore.probe.read(x, y); all.push([light, code]);
            } return all; }"""
        )

        stored = oiio.ImageBuf(str(a_result)).get_pixels(oiio.HALF).reshape(-1, 3)
        codes = oiio.ImageBuf(str(a_plate_file)).get_pixels(oiio.UINT8).reshape(-1, 3)
        light = np.array([pair[0] for pair in found], np.float16)
        np.testing.assert_array_equal(light, stored)
        np.testing.assert_array_equal([pair[1] for pair in found], codes)

    def test_when_a_real_photograph_is_probed_then_it_is_that_of_the_exr(
        self, open_page, view, tmp_path, request
    ):
        photograph = request.config.rootpath / "examples" / "rocket.jpg"
        result, page = tmp_path / "rocket.exr", tmp_path / "rocket.html"
        assert run(["convert", str(photograph), "-o", str(result), "--quiet"]) == 0
        assert view(result, photograph, "-o", page) == 0
        tab = open_page(page)

        found = tab.evaluate("Array.from(hdrCore.probe.halves)")

        assert tab.evaluate("hdrCore.meta.code_light !== null")
        light = np.array(found, np.uint16).view(np.float16)
        np.testing.assert_array_equal(light, read_light(result).ravel())

    def test_when_a_lamp_is_pointed_at_then_the_interval_is_that_of_the_law(
        self, open_page, a_page
    ):
        tab = open_page(a_page)
        box = tab.locator("#picture").bounding_box()
        x, y = tab.evaluate(
            "[hdrCore.state.x + 22.5 * hdrCore.state.scale,"
            " hdrCore.state.y + 5.5 * hdrCore.state.scale]"
        )

        tab.mouse.move(box["x"] + x, box["y"] + y)

        found = tab.evaluate("hdrCore.probe.read(22, 5)")
        median, reach = np.log2(50.0), 0.75 * np.log(5.0)
        np.testing.assert_allclose(
            found["interval"], [median - reach, median + reach], atol=1e-3
        )
        assert tab.inner_text("#where") == "x 22, y 5"
        assert "80 % interval of red: +4.4 to +6.9 stops" in tab.inner_text("#probe")
        assert "+5.64" in tab.inner_text("#probe-stops")

    def test_when_a_pixel_is_pinned_then_the_mouse_does_not_move_it(
        self, open_page, a_page
    ):
        tab = open_page(a_page)

        tab.mouse.click(300, 300)
        pinned = tab.inner_text("#where")
        tab.mouse.move(500, 400)
        kept = tab.inner_text("#where")
        tab.keyboard.press("Escape")
        tab.mouse.move(520, 420)

        assert pinned == kept != tab.inner_text("#where")
