"""Light of a scene-linear picture, in the primaries that its file names."""

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.errors import PlateError
from hdr_core.io.rows import open_linear
from hdr_core.primaries import PRIMARIES, to_rec709


@pytest.fixture
def write_light(tmp_path):
    """Write light of (0.5, 0.25, 2) with chromaticities, and maybe an interop ID."""

    def write(chromaticities, interop_id=None):
        spec = oiio.ImageSpec(4, 2, 3, "float")
        numbers = tuple(map(float, chromaticities))
        spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), numbers)
        if interop_id:
            spec.attribute("colorInteropID", interop_id)
        target = oiio.ImageOutput.create(str(tmp_path / "a.exr"))
        assert target.open(str(tmp_path / "a.exr"), spec)
        light = np.broadcast_to(np.array([0.5, 0.25, 2.0], np.float32), (2, 4, 3))
        assert target.write_image(np.ascontiguousarray(light))
        assert target.close()
        return tmp_path / "a.exr"

    return write


class TestPrimariesOfLight:
    @pytest.mark.parametrize("name", ["rec709", "rec2020", "ap1", "ap0", "p3d65"])
    def test_when_chromaticities_are_those_of_a_space_then_it_is_the_space(
        self, write_light, name
    ):
        with open_linear(write_light(PRIMARIES[name])) as source:
            assert source.space == f"lin_{name}_scene"
            assert source.read(slice(0, 1))[0, 0].tolist() == [0.5, 0.25, 2.0]

    def test_when_they_are_of_no_such_space_then_light_becomes_rec709(
        self, write_light
    ):
        with open_linear(write_light(PRIMARIES["prophoto"])) as source:
            light = source.read(slice(0, 1))[0, 0]

        assert source.space == "lin_rec709_scene"
        right = np.array([0.5, 0.25, 2.0]) @ to_rec709(PRIMARIES["prophoto"])
        assert light == pytest.approx(right, rel=1e-6)

    def test_when_an_interop_id_stands_beside_them_then_it_counts(self, write_light):
        path = write_light(PRIMARIES["rec709"], "lin_ap1_scene")

        with open_linear(path) as source:
            assert source.space == "lin_ap1_scene"

    def test_when_they_are_no_primaries_then_one_line_says_so(self, write_light):
        with (
            pytest.raises(PlateError, match="chromaticities 0 0 0"),
            open_linear(write_light((0.0,) * 8)),
        ):
            pass
