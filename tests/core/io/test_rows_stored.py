"""Light of pictures that are stored in other ways: tiles, windows, turns, exposure."""

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.errors import PlateError
from hdr_core.io.rows import open_linear, read_through
from hdr_core.panorama.irradiance import measure_light
from hdr_core.primaries import to_rec709

HEIGHT, WIDTH = 8, 16
EQUAL_ENERGY = (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, 0.3333, 0.3333)


@pytest.fixture
def some_light():
    """Light (8, 16, 3) that rises from the first row to the last."""
    return np.linspace(0.1, 3.0, HEIGHT * WIDTH * 3, dtype=np.float32).reshape(
        HEIGHT, WIDTH, 3
    )


@pytest.fixture
def write_exr(tmp_path):
    def write(light, *, tile=0, data=None, **attributes):
        height, width, _ = light.shape
        spec = oiio.ImageSpec(width, height, 3, "float")
        spec.tile_width = spec.tile_height = tile
        if data is not None:
            spec.x, spec.y = data
            spec.full_x, spec.full_y = 0, 0
            spec.full_width, spec.full_height = WIDTH, HEIGHT
        for name, value in attributes.items():
            spec.attribute(name.replace("__", ":"), value)
        target = oiio.ImageOutput.create(str(tmp_path / "a.exr"))
        assert target.open(str(tmp_path / "a.exr"), spec)
        assert target.write_image(light)
        assert target.close()
        return tmp_path / "a.exr"

    return write


@pytest.fixture
def write_hdr(tmp_path):
    """Write a flat Radiance picture of rows of bytes, with lines of a header."""

    def write(*lines, order="-Y 8 +X 16"):
        path = tmp_path / "a.hdr"
        rows = [bytes([8 * row + 128, 128, 64, 129]) * WIDTH for row in range(HEIGHT)]
        kind = (
            [] if any("FORMAT" in one for one in lines) else ["FORMAT=32-bit_rle_rgbe"]
        )
        head = "\n".join(["#?RADIANCE", *kind, *lines])
        path.write_bytes(f"{head}\n\n{order}\n".encode() + b"".join(rows))
        return path

    return write


def whole(path):
    with open_linear(path) as source:
        return source.read(slice(0, source.height)), source.notes


class TestExr:
    def test_when_it_is_tiled_then_its_light_is_that_of_scanlines(
        self, write_exr, some_light
    ):
        path = write_exr(some_light, tile=3)

        with open_linear(path) as source:
            parts = [source.read(slice(top, top + 2)) for top in range(0, HEIGHT, 2)]

        assert np.concatenate(parts) == pytest.approx(some_light)
        assert "compression" in read_through(path)

    def test_when_the_data_window_is_a_part_then_the_rest_is_black(
        self, write_exr, some_light
    ):
        path = write_exr(some_light[2:6, 4:12].copy(), data=(4, 2))

        light, notes = whole(path)

        assert light.shape == (HEIGHT, WIDTH, 3)
        assert light[2:6, 4:12] == pytest.approx(some_light[2:6, 4:12])
        assert light.sum() == pytest.approx(some_light[2:6, 4:12].sum(), rel=1e-5)
        assert "data window 8x4 in a display window of 16x8" in notes[0]

    def test_when_the_data_window_is_larger_then_it_is_cut(self, write_exr, some_light):
        larger = np.pad(some_light, ((3, 3), (2, 2), (0, 0)), constant_values=99.0)

        light, _ = whole(write_exr(larger, data=(-2, -3)))

        assert light == pytest.approx(some_light)

    def test_when_it_is_half_a_panorama_then_it_is_refused(self, write_exr, some_light):
        with pytest.raises(PlateError, match="twice as wide as high, found 8x8"):
            measure_light(write_exr(some_light[:, :8].copy()))


class TestRadiance:
    def test_when_rows_are_stored_from_below_then_it_is_turned_upright(self, write_hdr):
        upright, _ = whole(write_hdr())

        turned, notes = whole(write_hdr(order="+Y 8 +X 16"))

        assert turned == pytest.approx(upright[::-1])
        assert notes == ("turned upright (orientation 4)",)

    @pytest.mark.parametrize(
        ("lines", "divisor"),
        [
            (["EXPOSURE=4.0"], (4.0, 4.0, 4.0)),
            (["EXPOSURE=4.0", "EXPOSURE= 0.5"], (2.0, 2.0, 2.0)),
            (["EXPOSURE=2", "COLORCORR=1 2 4"], (2.0, 4.0, 8.0)),
            (["EXPOSURE=0", "COLORCORR=1 two 3"], (1.0, 1.0, 1.0)),
        ],
        ids=["once", "twice", "with color", "no numbers"],
    )
    def test_when_it_has_an_exposure_then_light_is_divided_by_it(
        self, write_hdr, lines, divisor
    ):
        plain, _ = whole(write_hdr())

        light, notes = whole(write_hdr(*lines))

        assert light * np.array(divisor) == pytest.approx(plain, rel=1e-6)
        assert bool(notes) == (divisor != (1.0, 1.0, 1.0))

    def test_when_it_names_primaries_then_light_becomes_rec709(self, write_hdr):
        plain, _ = whole(write_hdr())
        text = " ".join(map(str, EQUAL_ENERGY))

        light, _ = whole(write_hdr(f"PRIMARIES={text}", "EXPOSURE=2"))

        right = plain / 2 @ to_rec709(EQUAL_ENERGY)
        assert light == pytest.approx(right, abs=1e-5)

    def test_when_it_holds_xyz_then_it_is_refused(self, write_hdr):
        path = write_hdr("FORMAT=32-bit_rle_xyze")

        with pytest.raises(PlateError, match="XYZ"), open_linear(path):
            pass
