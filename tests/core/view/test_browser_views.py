"""Pages in a real browser: fingers, panoramas, size, and time to the first picture."""

import os

import numpy as np
import pytest
from PIL import Image

from hdr_core.cli.main import run
from hdr_core.io.write import write_hdr
from hdr_core.plate import Plate
from tests.core.view.browser import encoded

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_SECONDS = 3.0
MOST_BYTES = 12_000_000


class TestTouch:
    def test_when_a_finger_drags_then_the_picture_moves_and_a_tap_pins(
        self, open_page, a_page
    ):
        size = {"width": 390, "height": 800}
        tab = open_page(a_page, viewport=size, has_touch=True, is_mobile=True)
        before = tab.evaluate("hdrCore.state.x")
        touch = tab.context.new_cdp_session(tab)

        for kind, x in (("touchStart", 200), ("touchMove", 230), ("touchMove", 260)):
            points = [{"x": x, "y": 120}]
            touch.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
            )
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        tab.touchscreen.tap(220, 150)

        assert tab.evaluate("hdrCore.state.x") == pytest.approx(before + 60, abs=1)
        assert tab.inner_text("#where").startswith("x ")


@pytest.fixture
def a_sphere(tmp_path, view):
    """A panorama whose azimuth and elevation are in its red and green channels."""
    rows, columns = np.mgrid[0:64, 0:128]
    light = np.stack([columns / 128, rows / 64, np.zeros_like(rows)], axis=2)
    plate = Plate(light.astype(np.float32), "hdr", space="lin_rec709_scene")
    write_hdr(tmp_path / "sphere.exr", plate)
    assert view(tmp_path / "sphere.exr", "-o", tmp_path / "sphere.html") == 0
    return tmp_path / "sphere.html"


def middle_pixel(tab):
    return tab.evaluate(
        "hdrCore.pixelAt(hdrCore.canvas.clientWidth / 2 + 0.5,"
        " hdrCore.canvas.clientHeight / 2 + 0.5)"
    )


class TestPanorama:
    def test_when_it_is_dragged_then_the_view_turns(self, open_page, a_sphere):
        tab = open_page(a_sphere, "view=look")
        straight = middle_pixel(tab)

        tab.mouse.move(500, 300)
        tab.mouse.down()
        tab.mouse.move(300, 300, steps=5)
        tab.mouse.up()

        turned = middle_pixel(tab)
        assert straight == [64, 32]
        assert turned[0] > 70
        assert turned[1] == straight[1]

    @pytest.mark.parametrize("name", ["look", "ball"])
    def test_when_it_is_drawn_then_the_probe_names_the_pixel_on_the_screen(
        self, open_page, a_sphere, name
    ):
        tab = open_page(a_sphere, f"view={name}&yaw=0.4&pitch=0.2")
        tab.wait_for_timeout(100)

        for x, y in ((0.5, 0.5), (0.42, 0.4), (0.6, 0.55)):
            column, row, found = tab.evaluate(
                """([right, down]) => { const { picture: { gl }, canvas } = hdrCore;
                const x = Math.floor(right * canvas.width);
                const y = Math.floor(down * canvas.height);
                const out = new Uint8Array(4), bytes = gl.UNSIGNED_BYTE;
                gl.readPixels(x, canvas.height - 1 - y, 1, 1, gl.RGBA, bytes, out);
                return [...hdrCore.pixelAt(x + 0.5, y + 0.5), [...out]]; }""",
                [x, y],
            )
            red, green = encoded([column / 128, row / 64])
            assert found[0] == pytest.approx(red, abs=4)
            assert found[1] == pytest.approx(green, abs=4)

    def test_when_the_ball_is_looked_at_then_its_middle_mirrors_what_is_behind(
        self, open_page, a_sphere
    ):
        tab = open_page(a_sphere, "view=ball")

        column, row = middle_pixel(tab)

        assert min(column, 127 - column) <= 1
        assert row == 32


def seconds_of_process(tab):
    """Time that the page has taken of the processor, its threads together."""
    asked = tab.context.new_cdp_session(tab)
    asked.send("Performance.enable", {"timeDomain": "threadTicks"})
    found = asked.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] for one in found}["ProcessTime"]


class TestSpeed:
    @pytest.fixture
    def make_page(self, tmp_path, view, request):
        """A page with a plate: a photograph enlarged, with the noise of a camera."""

        def make(width, height):
            file = request.config.rootpath / "examples" / "dandelion.jpg"
            image = Image.open(file).resize((width, height), Image.Resampling.LANCZOS)
            noise = np.random.default_rng(0).normal(0.0, 1.5, (height, width, 3))
            codes = np.clip(np.rint(np.asarray(image) + noise), 0, 255).astype(np.uint8)
            Image.fromarray(codes).save(tmp_path / "plate.png")
            within = np.random.default_rng(1).uniform(-0.4, 0.4, codes.shape)
            light = ((codes + within).clip(0) / 255.0) ** 2.2
            light[codes == 255] *= 8.0
            plate = Plate(light.astype(np.float32), "hdr", space="lin_rec709_scene")
            write_hdr(tmp_path / "plate_hdr.exr", plate, depth="half")
            page = tmp_path / "page.html"
            assert (
                view(tmp_path / "plate_hdr.exr", tmp_path / "plate.png", "-o", page)
                == 0
            )
            return page

        return make

    def test_when_the_plate_has_1920_columns_then_its_page_is_below_12_mb(
        self, make_page, view, tmp_path
    ):
        make_page(1920, 1080)
        plate, result = tmp_path / "plate.png", tmp_path / "real.exr"
        assert run(["convert", str(plate), "-o", str(result), "--quiet"]) == 0

        view(result, plate, "-o", tmp_path / "real.html")

        assert (tmp_path / "real.html").stat().st_size < MOST_BYTES

    def test_when_the_plate_has_4096_columns_then_its_picture_comes_in_3_seconds(
        self, make_page, open_page, record_property
    ):
        page = make_page(4096, 2048)

        times, computing = [], []
        for _ in range(3):
            tab = open_page(page)
            times.append(tab.evaluate("hdrCore.firstPictureMs / 1000"))
            computing.append(seconds_of_process(tab))

        record_property("seconds", times)
        record_property("seconds of the processor", computing)
        assert min(computing) < MOST_SECONDS, computing
        # Where other programs fill all cores, the clock shows them and not the page.
        if os.getloadavg()[0] < (os.cpu_count() or 1):
            assert min(times) < MOST_SECONDS, times
