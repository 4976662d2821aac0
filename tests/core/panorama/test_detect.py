"""A panorama is told from a plate that only has its shape, and it is said why."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hdr_core.errors import PlateError
from hdr_core.io.read import read_plate
from hdr_core.panorama.detect import (
    clipped_sphere_percent,
    find_panorama,
    panorama_notes,
)
from hdr_core.plate import Plate

ROCKET = Path(__file__).parents[3] / "examples" / "rocket.jpg"
GPANO = "GPano:ProjectionType"


@pytest.fixture
def a_photograph_2_to_1():
    pixels = read_plate(ROCKET).pixels[:200, :400]
    return Plate(np.ascontiguousarray(pixels), "encoded")


class TestFindPanorama:
    def test_when_edges_join_and_poles_are_points_then_it_is_one(self, a_panorama):
        found = find_panorama(a_panorama)

        assert found == (True, "2:1, and its edges join")

    def test_when_a_photograph_has_the_shape_then_it_is_none(self, a_photograph_2_to_1):
        found = find_panorama(a_photograph_2_to_1)

        assert found == (False, "2:1, but its edges do not join")

    def test_when_edges_join_but_a_pole_is_no_point_then_it_is_none(self, a_panorama):
        pixels = a_panorama.pixels.copy()
        pixels[0, 10:-10:2] = 1.0 - pixels[0, 10:-10:2]

        found = find_panorama(replace(a_panorama, pixels=pixels))

        assert found == (False, "2:1, but its poles are not points")

    def test_when_the_edges_are_black_then_they_prove_nothing(self):
        letterbox = np.zeros((64, 128, 3), np.float32)
        letterbox[20:40, 30:90] = 0.5

        found = find_panorama(Plate(letterbox, "encoded"))

        assert not found.is_panorama
        assert "flat" in found.reason

    @pytest.mark.parametrize(
        "name",
        [
            *("studio_equirect.jpg", "Forest-LatLong.png", "hall_360.tif"),
            *("lat_long_01.png", "ForestPano.jpg", "pano0001.jpg", "sky_HDRI.png"),
            *("equirectangular.0360.png", "360deg_roof.jpg", "360_roof.jpg"),
        ],
    )
    def test_when_its_edges_are_flat_then_its_name_decides(self, name):
        plate = Plate(np.zeros((32, 64, 3), np.float32), "encoded", path=Path(name))

        assert find_panorama(plate) == (True, "2:1, and its name")

    @pytest.mark.parametrize(
        "name",
        [
            *("sc.1360.png", "sc.0360.png", "sc.360.png", "IMG_360.jpg", "A360.png"),
            *("DSC_1360.jpg", "DSC-0360.jpg", "DSC360.jpg", "shot_1360_v2.png"),
            *("company.png", "hispano.jpg", "13601.png", "plate_360.png"),
        ],
    )
    def test_when_a_number_or_a_part_of_a_word_matches_then_it_is_no_name(self, name):
        plate = Plate(np.zeros((32, 64, 3), np.float32), "encoded", path=Path(name))

        assert not find_panorama(plate).is_panorama

    def test_when_other_numbers_are_beside_it_then_360_is_a_frame(self, tmp_path):
        (tmp_path / "hall_359.png").touch()
        path = tmp_path / "hall_360.png"
        plate = Plate(np.zeros((32, 64, 3), np.float32), "encoded", path=path)

        assert not find_panorama(plate).is_panorama

    def test_when_its_edges_contradict_its_name_then_they_decide(
        self, a_photograph_2_to_1
    ):
        named = replace(a_photograph_2_to_1, path=Path("studio_equirect.jpg"))

        found = find_panorama(named)

        assert not found.is_panorama
        assert found.reason == "2:1, but its edges do not join, whatever its name says"

    def test_when_only_its_poles_contradict_its_name_then_it_is_one(self, a_panorama):
        pixels = a_panorama.pixels.copy()
        pixels[0, 10:-10:2] = 1.0 - pixels[0, 10:-10:2]
        named = replace(a_panorama, pixels=pixels, path=Path("roof_pano.jpg"))

        assert find_panorama(named).is_panorama

    @pytest.mark.parametrize(
        ("told", "is_one"),
        [
            pytest.param({GPANO: "equirectangular"}, True, id="whole"),
            pytest.param({GPANO: "cylindrical"}, False, id="another projection"),
            pytest.param(
                {
                    GPANO: "equirectangular",
                    "GPano:FullPanoWidthPixels": 800,
                    "GPano:CroppedAreaImageWidthPixels": 400,
                },
                False,
                id="a part of the sphere",
            ),
        ],
    )
    def test_when_the_file_says_what_it_is_then_its_name_and_edges_do_not_matter(
        self, a_photograph_2_to_1, told, is_one
    ):
        plate = replace(a_photograph_2_to_1, path=Path("360.jpg"), metadata=told)

        assert find_panorama(plate).is_panorama is is_one

    def test_when_a_codec_padded_it_then_the_name_still_counts(self):
        plate = Plate(np.zeros((322, 640, 3), np.float32), "encoded")

        assert find_panorama(replace(plate, path=Path("pano.jpg"))).is_panorama

    def test_when_asked_then_that_settles_it(self, a_panorama, a_photograph_2_to_1):
        assert not find_panorama(a_panorama, "off").is_panorama
        assert find_panorama(a_photograph_2_to_1, "on").is_panorama

    def test_when_it_cannot_be_one_then_on_is_refused(self, a_plate):
        with pytest.raises(PlateError, match=r"twice as wide as high, found 88x72"):
            find_panorama(a_plate, "on")

        assert find_panorama(a_plate).reason == "not twice as wide as high"

    def test_when_it_is_tiny_then_nothing_is_claimed(self):
        plate = Plate(np.ones((1, 2, 3), np.float32), "encoded")

        assert not find_panorama(plate).is_panorama

    def test_when_xmp_holds_gpano_then_it_is_read(self, tmp_path):
        from PIL import Image

        namespace = "http://ns.google.com/photos/1.0/panorama/"
        xmp = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org'
            '/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:GPano="'
            f'{namespace}"><GPano:ProjectionType>equirectangular</GPano:ProjectionType>'
            "</rdf:Description></rdf:RDF></x:xmpmeta>"
        )
        path = tmp_path / "room.jpg"
        Image.fromarray(np.zeros((32, 64, 3), np.uint8)).save(path, xmp=xmp.encode())

        assert find_panorama(read_plate(path)) == (True, "XMP GPano")


class TestSphere:
    def test_when_only_the_upper_hemisphere_clips_then_it_is_half_the_sphere(self):
        pixels = np.zeros((8, 16, 3), np.float32)
        pixels[:4, :, 1] = 1.0

        assert clipped_sphere_percent(Plate(pixels, "encoded")) == pytest.approx(50.0)

    def test_when_a_pole_clips_then_its_row_counts_for_its_solid_angle(self):
        pixels = np.zeros((8, 16, 3), np.float32)
        pixels[0] = 1.0

        found = clipped_sphere_percent(Plate(pixels, "encoded"))

        assert found == pytest.approx(50.0 * (1.0 - math.cos(math.pi / 8)))

    def test_when_it_is_a_panorama_then_it_is_said(self, a_panorama, a_plate):
        (note,) = panorama_notes(a_panorama, "auto")

        assert note.startswith("panorama (2:1, and its edges join): ")
        assert panorama_notes(a_plate, "auto") == ()
