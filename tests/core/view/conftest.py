"""A result with layers, written without networks, its plate, and its page."""

import json
import os

import numpy as np
import pytest

from hdr_core.camera.curve_text import pack_curve
from hdr_core.cli.main import run
from hdr_core.io.write import write_hdr
from hdr_core.plate import Plate
from tests.core.view.browser import SWITCHES, find_browser, foreign

SIZE = (24, 36)


@pytest.fixture
def some_light():
    """A ramp with a lamp of 50 times the clip, (H, W, 3)."""
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    ramp = ((rows + columns) / 80.0)[..., None] * np.array([1.0, 0.8, 0.6])
    ramp[4:8, 20:26] = (50.0, 40.0, 30.0)
    return ramp.astype(np.float32)


@pytest.fixture
def a_result(tmp_path, some_light):
    """An EXR with the layers and the header of a conversion."""
    mask = (some_light.max(axis=2) > 1.0).astype(np.float32)
    gain = np.log2(np.maximum(some_light, 1.0))
    header = {
        "hdr_core/version": "0.0",
        "hdr_core/weights_sha256": "ab" * 32,
        "hdr_core/parameters": json.dumps({"boldness": 0.5, "strength": 1.0}),
        "hdr_core/working_space": "Linear Rec.709",
        "hdr_core/plate_space": "camera, primaries of Rec.709",
        "hdr_core/clip_level": 1.0,
        "hdr_core/tolerance_codes": 0.0,
        "hdr_core/clipped_percent": 2.78,
        "hdr_core/violations": 0,
        "hdr_core/inverse_crf": pack_curve(np.linspace(0, 1, 1024) ** 2.0),
        "hdr_core/inverse_crf_spread": pack_curve(np.full(34, 0.02)),
    }
    plate = Plate(some_light, "hdr", space="lin_rec709_scene")
    write_hdr(
        tmp_path / "lamp_hdr.exr",
        plate,
        aovs={"mask": mask, "gain": gain, "uncertainty": mask * 0.75},
        header=header,
        depth="half",
    )
    return tmp_path / "lamp_hdr.exr"


@pytest.fixture
def a_plate_file(tmp_path, some_light, write_picture):
    codes = np.rint(np.clip(some_light, 0.0, 1.0) ** 0.5 * 255.0).astype(np.uint8)
    return write_picture(tmp_path / "lamp.png", codes)


@pytest.fixture
def view():
    def call(*arguments):
        return run(["view", *map(str, arguments)])

    return call


@pytest.fixture(scope="module")
def a_browser():
    path = find_browser()
    if path is None and "HDR_CORE_NEEDS_BROWSER" not in os.environ:
        pytest.skip("no Chromium: python tasks.py browser installs it")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as opened:
        browser = opened.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def open_page(a_browser):
    """Open a page and wait for its picture; any error of the script fails the test."""
    errors, tabs = [], []

    def call(path, address="", **options):
        options.setdefault("viewport", {"width": 1200, "height": 800})
        tab = a_browser.new_page(**options)
        tabs.append(tab)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("request", lambda asked: errors.extend(foreign(asked.url)))
        tab.goto(f"{path.as_uri()}#{address}")
        tab.wait_for_selector("body[data-ready]", timeout=60_000)
        assert tab.get_attribute("body", "data-ready") == "yes"
        return tab

    yield call
    for tab in tabs:
        tab.close()
    assert errors == []


@pytest.fixture
def a_page(view, a_result, a_plate_file, tmp_path):
    assert view(a_result, a_plate_file, "-o", tmp_path / "page.html") == 0
    return tmp_path / "page.html"
