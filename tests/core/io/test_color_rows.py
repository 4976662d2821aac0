"""The last rows of the table of colors in docs/files.md, and the table itself."""

from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image

from hdr_core.delivery.outputs import PICTURES
from hdr_core.headers.raw_names import RAW_SUFFIXES
from hdr_core.io.movie_frames import SUFFIXES as MOVIES
from hdr_core.io.read import read_plate
from hdr_core.plate import PRIMARIES, TAG
from hdr_core.primaries import PRIMARIES as KNOWN

ROOT = Path(__file__).parents[3]
SRGB = "srgb_rec709_scene"


class TestInteropId:
    @pytest.mark.parametrize("name", ["srgb_p3d65_scene", "g22_adobergb_scene"])
    def test_when_an_exr_has_one_then_it_is_its_space(
        self, tmp_path, write_samples, name
    ):
        samples = np.full((4, 4, 3), 0.5, np.float32)
        path = write_samples(tmp_path / "a.exr", samples, "half", colorInteropID=name)

        assert read_plate(path).metadata[TAG] == name

    def test_when_an_exr_has_chromaticities_too_then_the_id_counts(self, tmp_path):
        samples = np.full((4, 4, 3), 0.5, np.float32)
        spec = oiio.ImageSpec(4, 4, 3, "half")
        spec.attribute("colorInteropID", "srgb_p3d65_scene")
        ap1 = tuple(map(float, KNOWN["ap1"]))
        spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), ap1)
        target = oiio.ImageOutput.create("a.exr")
        assert target.open(str(tmp_path / "a.exr"), spec)
        assert target.write_image(samples)
        assert target.close()

        metadata = read_plate(tmp_path / "a.exr").metadata

        assert metadata[TAG] == "srgb_p3d65_scene"
        assert PRIMARIES not in metadata

    def test_when_an_exr_is_tagged_linear_then_it_is_refused(
        self, tmp_path, write_samples, assert_refused
    ):
        samples = np.full((4, 4, 3), 0.5, np.float32)
        path = write_samples(
            tmp_path / "a.exr", samples, "half", colorInteropID="lin_rec2020_scene"
        )

        assert_refused(path, "already HDR", "lin_rec2020_scene")


class TestStandards:
    @pytest.mark.parametrize(
        ("suffix", "tag"),
        [
            *((suffix, SRGB) for suffix in ("jpg", "png", "webp", "gif", "bmp")),
            *((suffix, None) for suffix in ("tif", "tga")),
        ],
    )
    def test_when_a_file_says_nothing_then_its_standard_does(
        self, tmp_path, suffix, tag
    ):
        Image.new("RGB", (8, 8), (9, 99, 199)).save(tmp_path / f"a.{suffix}")

        assert read_plate(tmp_path / f"a.{suffix}").metadata.get(TAG) == tag

    @pytest.mark.parametrize("suffix", ["exr", "dpx"])
    def test_when_such_a_file_says_nothing_then_nothing_is_known(
        self, tmp_path, write_samples, suffix
    ):
        kind = "half" if suffix == "exr" else "uint16"
        samples = np.full((4, 4, 3), 0.5, np.float32)
        path = write_samples(tmp_path / f"a.{suffix}", samples, kind)

        assert TAG not in read_plate(path).metadata


class TestDocument:
    def test_when_a_suffix_is_read_then_the_table_of_files_has_it(self):
        text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")

        missing = [suffix for suffix in (*PICTURES, *MOVIES) if suffix not in text]

        assert missing == []
        assert {".dng", ".nef", ".cr2", ".arw"} <= set(RAW_SUFFIXES)
