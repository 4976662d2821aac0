"""Files to read, refusals, and results to write."""

import struct
import zlib

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image

from hdr_core.errors import PlateError
from hdr_core.io.read import read_plate
from hdr_core.plate import Plate


@pytest.fixture
def some_codes():
    """8-bit codes (5, 7, 4) of noise."""
    return np.random.default_rng(7).integers(0, 256, (5, 7, 4), dtype=np.uint8)


@pytest.fixture
def write_samples():
    """Write samples (H, W, C) as OpenImageIO does, with windows and attributes."""

    def write(path, samples, kind, *, names=None, window=None, **attributes):
        height, width, channels = samples.shape
        spec = oiio.ImageSpec(width, height, channels, kind)
        if names:
            spec.channelnames = names
        if window:
            spec.x, spec.y = window.x, window.y
            spec.full_x, spec.full_y = window.full_x, window.full_y
            spec.full_width, spec.full_height = window.full_width, window.full_height
        for name, value in attributes.items():
            spec.attribute(name.replace("__", ":"), value)
        target = oiio.ImageOutput.create(str(path))
        assert target.open(str(path), spec), target.geterror()
        assert target.write_image(samples), target.geterror()
        assert target.close()
        return path

    return write


@pytest.fixture
def a_png(tmp_path):
    """Write a PNG of one color with further chunks, (kind, bytes) each."""

    def write(*chunks):
        path = tmp_path / "a.png"
        Image.new("RGB", (4, 4), (1, 2, 3)).save(path)
        whole = path.read_bytes()
        added = b"".join(
            struct.pack(">I", len(body))
            + kind
            + body
            + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
        path.write_bytes(whole[:33] + added + whole[33:])
        return path

    return write


@pytest.fixture
def codes_of():
    """Give the integer codes that a plate's pixels stand for."""
    return lambda plate: np.rint(plate.pixels * np.float32(plate.max_code)).astype(
        np.int64
    )


@pytest.fixture
def assert_refused():
    """Read a file and see one line, with words in it, instead of a plate."""

    def refused(path, *words, **options):
        with pytest.raises(PlateError) as caught:
            read_plate(path, **options)
        line = str(caught.value)
        assert "\n" not in line
        assert line.startswith(str(path))
        for word in words:
            assert word in line

    return refused


@pytest.fixture
def make_plate():
    """Make a result of pixels, or of noise (4, 6, 3)."""

    def make(pixels=None, **options):
        if pixels is None:
            rng = np.random.default_rng(5)
            pixels = rng.random((4, 6, 3), dtype=np.float32) * 30
        return Plate(
            **{
                "pixels": pixels,
                "state": "hdr",
                "space": "lin_rec709_scene",
                "bits": None,
                **options,
            }
        )

    return make


@pytest.fixture
def a_result(make_plate):
    return make_plate()


@pytest.fixture
def some_aovs():
    rng = np.random.default_rng(6)
    return {
        "hdr_mask.mask": rng.random((4, 6), dtype=np.float32),
        "hdr_linear": rng.random((4, 6, 3), dtype=np.float32),
    }
