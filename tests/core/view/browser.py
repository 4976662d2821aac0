"""Chromium for the tests: where it is, and what it shows."""

import os
import shutil

import numpy as np

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Without a graphics card: the software one that Chromium brings.
SWITCHES = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def find_browser():
    if named := os.environ.get("CHROMIUM"):
        return named
    return next(filter(None, map(shutil.which, NAMES)), None)


def foreign(url):
    return [] if url.startswith(("file:", "data:", "blob:")) else [url]


def color_at(tab, column, row):
    """The color on the screen of a pixel of the picture, 0 to 255."""
    return tab.evaluate(
        """([column, row]) => new Promise((done) => requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          const { picture, state, canvas } = hdrCore;
          const x = Math.round(state.x + (column + 0.5) * state.scale);
          const y = Math.round(state.y + (row + 0.5) * state.scale);
          const out = new Uint8Array(4);
          const gl = picture.gl;
          gl.readPixels(x, canvas.height - 1 - y, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, out);
          done([...out.slice(0, 3)]);
        })))""",
        [column, row],
    )


def encoded(light):
    light = np.clip(np.asarray(light, np.float64), 0.0, 1.0)
    small = light <= 0.0031308
    return np.where(small, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255.0
