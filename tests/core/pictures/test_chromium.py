"""A browser shows our pictures: the base of Ultra HDR, and PQ in PNG and AVIF."""

import base64
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from hdr_core.io.read import read_plate
from hdr_core.pictures.write_avif import write_pq_avif
from hdr_core.pictures.write_png import write_pq_png
from hdr_core.pictures.write_uhdr import write_uhdr
from hdr_core.plate import Plate
from tests.core.gain_map.conftest import jpeg

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".avif": "image/avif"}
PAGE = """<body><pre id="found"></pre><script>
async function show() {
  const bytes = Uint8Array.from(atob("%s"), (one) => one.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], {type: "%s"}));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.drawImage(bitmap, 0, 0);
  const row = context.getImageData(0, 16, bitmap.width, 1).data;
  document.getElementById("found").textContent =
    JSON.stringify([bitmap.width, bitmap.height, Array.from(row)]);
}
show().catch((error) => document.getElementById("found").textContent = error);
</script></body>"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium"),
]


def drawn(path):
    """Return width, height, and codes (W, 4) of row 16 as Chromium draws a picture."""
    page = path.with_suffix(".html")
    data = base64.b64encode(path.read_bytes()).decode()
    page.write_text(PAGE % (data, TYPES[path.suffix]))
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    home = f"--user-data-dir={path.parent / 'profile'}"
    command = [CHROMIUM, *options, home, "--virtual-time-budget=20000", page.as_uri()]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    width, height, row = json.loads(found[1])
    return width, height, np.array(row).reshape(-1, 4)


@pytest.fixture
def a_plate(tmp_path, a_base):
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg(a_base))
    return read_plate(path)


@pytest.fixture
def a_result(a_plate):
    return Plate(a_plate.pixels * np.float32(4.0), "hdr", "lin_rec709_scene", bits=None)


class TestChromium:
    def test_when_ultra_hdr_is_drawn_then_it_is_the_base(
        self, tmp_path, a_plate, a_result
    ):
        write_uhdr(tmp_path / "a.jpg", a_plate, a_result)

        width, height, row = drawn(tmp_path / "a.jpg")

        assert (width, height) == (64, 32)
        codes = np.rint(a_plate.pixels[16] * 255)
        assert np.abs(row[:, :3] - codes).max() <= 2

    @pytest.mark.parametrize("suffix", [".png", ".avif"])
    def test_when_a_pq_picture_is_drawn_then_brighter_light_is_not_darker(
        self, suffix, tmp_path, a_result
    ):
        write = write_pq_png if suffix == ".png" else write_pq_avif
        write(tmp_path / f"a{suffix}", a_result)

        width, height, row = drawn(tmp_path / f"a{suffix}")

        assert (width, height) == (64, 32)
        assert (np.diff(row[[8, 24, 40], 1]) >= 0).all()
        assert row[40, 1] > row[8, 1] > 0
