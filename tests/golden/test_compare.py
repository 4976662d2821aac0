"""The golden check finds every kind of difference, and never passes on nothing."""

import json

import numpy as np
import OpenImageIO as oiio
import pytest

from tests.golden.__main__ import check, main
from tests.golden.compare import MISSING, find_differences
from tests.golden.fingerprint import fingerprint_folder
from tests.golden.measure import measure, settings

GOLDEN = {"threads 1": {"png": {"a.exr/rgba.R": "1", "a.exr/rgba.G": "2"}}}


@pytest.fixture
def an_exr(tmp_path):
    """Write an EXR of one value, with one attribute, into a folder of its own."""

    def make(name, value=0.5, violations=0):
        folder = tmp_path / name
        folder.mkdir()
        spec = oiio.ImageSpec(2, 2, 3, "float")
        spec.attribute("hdr_core/violations", violations)
        spec.attribute("hdr_core/version", name)
        image = oiio.ImageBuf(spec)
        image.set_pixels(image.roi, np.full((2, 2, 3), value, np.float32))
        assert image.write(str(folder / "a.exr"))
        return fingerprint_folder(folder)

    return make


class TestFingerprint:
    def test_when_only_the_version_differs_then_the_fingerprint_is_the_same(
        self, an_exr
    ):
        assert an_exr("before") == an_exr("after")

    def test_when_a_value_changes_in_its_last_digit_then_so_does_its_channel(
        self, an_exr
    ):
        after = an_exr("after", np.nextafter(np.float32(0.5), np.float32(1)))

        before = an_exr("before")

        changed = {fact for fact in before if before[fact] != after[fact]}
        assert {fact.rpartition(".")[2] for fact in changed} == {"R", "G", "B"}

    def test_when_an_attribute_changes_then_it_is_named(self, an_exr):
        before, after = an_exr("before"), an_exr("after", violations=3)

        (changed,) = {fact for fact in before if before[fact] != after[fact]}
        assert changed.endswith("hdr_core/violations")
        assert after[changed] == "3"


class TestFindDifferences:
    def test_when_nothing_changed_then_all_facts_were_compared(self):
        assert find_differences(GOLDEN, GOLDEN) == ([], 2)

    def test_when_facts_change_come_or_go_then_each_is_named(self):
        after = {"threads 1": {"png": {"a.exr/rgba.R": "9", "a.exr/rgba.B": "3"}}}

        found, n_facts = find_differences(GOLDEN, after)

        told = {one.fact: (one.before, one.after) for one in found}
        assert n_facts == 3
        assert told == {
            "a.exr/rgba.R": ("1", "9"),
            "a.exr/rgba.G": ("2", MISSING),
            "a.exr/rgba.B": (MISSING, "3"),
        }

    @pytest.mark.parametrize("empty", [{}, {"threads 1": {"png": {}}}])
    def test_when_there_is_nothing_to_compare_then_it_is_an_error(self, empty):
        with pytest.raises(ValueError, match="nothing to compare"):
            find_differences(empty, GOLDEN)
        with pytest.raises(ValueError, match="nothing to compare"):
            find_differences(GOLDEN, empty)


class TestCheck:
    @pytest.mark.parametrize(("red", "code"), [("1", 0), ("9", 1)])
    def test_when_a_channel_differs_then_the_exit_code_is_1(
        self, tmp_path, capsys, red, code
    ):
        path = tmp_path / "golden.json"
        path.write_text(json.dumps({"packages": {"torch": "2"}, "results": GOLDEN}))
        facts = GOLDEN["threads 1"]["png"] | {"a.exr/rgba.R": red}
        after = {"threads 1": {"png": facts}}

        found = check(path, {"packages": {"torch": "2"}, "results": after})

        assert found == code
        assert ("a.exr/rgba.R: 1 -> 9" in capsys.readouterr().out) == (code == 1)

    def test_when_nothing_was_written_then_it_cannot_be_checked(self, tmp_path, capsys):
        code = main(["--check", "--file", str(tmp_path / "none.json")])

        assert code == 2
        assert "Run --write first" in capsys.readouterr().err


class TestMeasure:
    def test_when_it_is_measured_then_at_two_thread_counts_and_two_tile_sizes(self):
        assert len(set(settings())) == 4

    def test_when_the_threads_are_not_as_asked_then_it_is_an_error(self, tmp_path):
        with pytest.raises(RuntimeError, match="threads"):
            measure(tmp_path, 0)
