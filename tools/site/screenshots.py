"""``python -m tools.site.screenshots``: pictures of the pages of ``hdr-core view``.

    python -m tools.site.screenshots dandelion.html panorama.html

Writes docs/images/view-*.jpg. The first page is that of examples/dandelion.jpg, the
second that of a panorama. Needs Chromium and the extra "browser".
"""

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZE = {"width": 1440, "height": 900}
SWITCHES = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
# For each picture: which page, its state, and where the mouse points.
SHOTS = {
    "view-wipe": (0, "stops=-3&show=wipe&wipe=0.5", (640, 139)),
    "view-invented": (0, "overlay=invented", (634, 136)),
    "view-ball": (1, "view=ball&show=false", (600, 300)),
    "view-look": (1, "view=look&stops=-1&yaw=0.6", (600, 300)),
}


def main(arguments: list[str]) -> int:
    """Take the pictures and return the exit code."""
    parser = argparse.ArgumentParser(prog="tools.site.screenshots", description=__doc__)
    parser.add_argument("pages", nargs=2, type=Path)
    pages = parser.parse_args(arguments).pages
    with sync_playwright() as opened:
        path = shutil.which("chromium")
        browser = opened.chromium.launch(executable_path=path, args=SWITCHES)
        for name, (place, state, mouse) in SHOTS.items():
            tab = browser.new_page(viewport=SIZE)
            tab.goto(f"{pages[place].resolve().as_uri()}#{state}")
            tab.wait_for_selector("body[data-ready=yes]", timeout=60_000)
            tab.mouse.move(*mouse)
            tab.wait_for_timeout(500)
            path = IMAGES / f"{name}.jpg"
            tab.screenshot(path=path, type="jpeg", quality=90)
            tab.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
