"""Files with gain maps: of other encoders, and built here part by part."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hdr_core.gain_map import iso, xmp
from hdr_core.gain_map.base import base_light
from hdr_core.gain_map.write_jpeg import join
from hdr_core.io.read import read_plate
from hdr_core.known_light import GainFormula

CASES = Path(__file__).parent / "cases"
HEADROOM = 3.0
APPLE_XMP = (
    '<rdf:Description rdf:about="" '
    f'xmlns:HDRGainMap="{xmp.APPLE}" HDRGainMap:HDRGainMapVersion="65536" '
)


def triple(value):
    return (value, value, value)


def formula(**changes):
    values = {
        "least": triple(0.0),
        "most": triple(HEADROOM),
        "alternate_headroom": HEADROOM,
    }
    return GainFormula(**(values | changes))


def jpeg(codes, **options):
    """Return codes as a JPEG of the best quality."""
    buffer = io.BytesIO()
    picture = Image.fromarray(np.asarray(codes, np.uint8))
    picture.save(buffer, "JPEG", quality=100, subsampling=0, **options)
    return buffer.getvalue()


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(data, *segments):
    """Return a JPEG with segments behind JFIF."""
    at = 4 + int.from_bytes(data[4:6], "big")
    return data[:at] + b"".join(segments) + data[at:]


def iso_segment(found, n_channels=1):
    return segment(0xE2, iso.NAME + iso.write_iso(found, n_channels))


def xmp_segment(packet):
    return segment(0xE1, xmp.NAME + packet)


def map_jpeg(codes, *segments):
    return with_segments(jpeg(codes), *segments)


@pytest.fixture
def a_base():
    """Four patches of 16 columns: dark, middle, white, white."""
    codes = np.zeros((32, 64, 3), np.uint8)
    for place, code in enumerate((64, 188, 255, 255)):
        codes[:, 16 * place : 16 * place + 16] = code
    return codes


@pytest.fixture
def a_map():
    """Codes of a map for them: no gain, a third, two thirds, all."""
    codes = np.zeros((32, 64), np.uint8)
    for place, code in enumerate((0, 85, 170, 255)):
        codes[:, 16 * place : 16 * place + 16] = code
    return codes


@pytest.fixture
def write_map_file(tmp_path, a_base, a_map):
    """Write base and map as one file; the map's metadata are these segments."""

    def write(*segments, base=None, codes=None, name="phone.jpg"):
        data = map_jpeg(a_map if codes is None else codes, *segments)
        path = tmp_path / name
        path.write_bytes(join(jpeg(a_base) if base is None else base, data))
        return path

    return write


@pytest.fixture
def stated_light():
    """Give the light that a file states, (H, W, 3), 1 = the base's white."""

    def light(path):
        plate = read_plate(path)
        rows = slice(0, plate.height)
        base = base_light(plate.pixels, plate)
        return plate.gain_map.light(base, rows, (plate.height, plate.width))

    return light
