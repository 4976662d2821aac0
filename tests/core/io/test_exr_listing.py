"""docs/exr.md lists what is in the file, attribute by attribute."""

import re
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from hdr_core.cli.main import run
from hdr_core.interop_ids import INTEROP_IDS, UNKNOWN_SPACE
from hdr_core.io.readback import read_parts
from hdr_core.io.write import write_hdr

DOCUMENT = Path(__file__).parents[3] / "docs" / "exr.md"
KINDS = {str: "string", int: "int", float: "float"}


def listing(path):
    """Lines of name, kind and value, as the document has them."""
    lines = []
    for place, (header, channels) in enumerate(read_parts(path)):
        lines.append(f"part {place}")
        kinds = {"float16": "half", "float32": "float"}
        told = ", ".join(
            f"{name} {kinds[str(channels[name].dtype)]}" for name in channels
        )
        lines.append(f"channels chlist {told}")
        names = sorted(header.keys() - {"channels", "chunkCount"}, key=str.lower)
        lines += [" ".join((name, *attribute(header[name]))) for name in names]
    return lines


def attribute(value):
    """Kind and value of a header's attribute."""
    if type(value) in KINDS:
        told = f"{value:g}" if isinstance(value, float) else str(value)
        return KINDS[type(value)], told
    if isinstance(value, tuple):
        return "box2i", " ".join(str(edge) for corner in value for edge in corner)
    if isinstance(value, np.ndarray):
        return "v2f", " ".join(f"{number:g}" for number in value)
    kind = {"Storage": "string", "Compression": "compression"}
    return kind.get(type(value).__name__, "lineOrder"), value.name


class TestListing:
    def test_when_a_plate_is_converted_then_its_header_is_the_documents(
        self, write_picture, tmp_path, monkeypatch
    ):
        monkeypatch.delenv("OCIO", raising=False)
        rows, columns = np.mgrid[0:32, 0:48]
        codes = np.repeat((rows + columns)[..., None] * 4, 3, axis=2)
        plate = write_picture(tmp_path / "plate.png", codes.clip(0, 255).astype("u1"))

        assert run(["convert", str(plate), "-o", str(tmp_path / "plate.exr")]) == 0

        document = DOCUMENT.read_text(encoding="utf-8").split("```")[1]
        expected = [" ".join(line.split()) for line in document.strip().splitlines()]
        found = listing(tmp_path / "plate.exr")
        assert len(found) == len(expected)
        for line, pattern in zip(found, expected, strict=True):
            assert re.fullmatch(re.escape(pattern).replace("…", ".+"), line), pattern


class TestMetadata:
    @pytest.mark.parametrize("space", [*INTEROP_IDS, UNKNOWN_SPACE])
    def test_when_openexr_checks_it_then_it_has_no_warning(
        self, tmp_path, make_plate, some_aovs, space
    ):
        write_hdr(tmp_path / "a.exr", make_plate(space=space), aovs=some_aovs)

        for header, _ in read_parts(tmp_path / "a.exr"):
            assert OpenEXR.checkColorMetadata(header) == 0
