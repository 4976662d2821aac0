"""Which plates are converted, and where their results go."""

from pathlib import Path

import pytest

from hdr_core.delivery.outputs import plan_outputs
from hdr_core.errors import OptionError


def names_of(plan):
    return [(task.plate.name, task.output.name) for task in plan.tasks]


class TestPlanOutputs:
    def test_when_a_folder_is_converted_into_itself_twice_then_results_are_no_plates(
        self, tmp_path
    ):
        for name in ("a.png", "b.0001.png", "b.0002.png"):
            (tmp_path / name).touch()
        first = plan_outputs([tmp_path], tmp_path)
        for task in first.tasks:
            task.output.touch()
        for name in ("a_hdr_gain.exr", "a_hdr_ev+0.png", "b_hdr.0001_sheet.png"):
            (tmp_path / name).touch()

        second = plan_outputs([tmp_path], tmp_path)

        assert second.tasks == first.tasks
        assert len(second.left_out) == 6
        assert {reason for _, reason in second.left_out} == {
            "is a result of a",
            "is a result of b",
        }

    def test_when_photographs_stand_alone_then_they_too_are_found_again(self, tmp_path):
        from PIL import Image

        for number in (1, 2):
            path = tmp_path / f"DSC-000{number}.png"
            Image.new("RGB", (8 * number, 8)).save(path)
        first = plan_outputs([tmp_path], tmp_path)
        for task in first.tasks:
            task.output.touch()

        second = plan_outputs([tmp_path], tmp_path)

        assert names_of(second) == [
            ("DSC-0001.png", "DSC-0001_hdr.exr"),
            ("DSC-0002.png", "DSC-0002_hdr.exr"),
        ]
        assert second.shots == []

    def test_when_a_plate_only_ends_like_a_result_then_it_is_a_plate(self, tmp_path):
        for name in ("a.png", "a_hdr.png", "c_hdr.exr"):
            (tmp_path / name).touch()

        plan = plan_outputs([tmp_path], tmp_path / "out")

        assert [plate for plate, _ in names_of(plan)] == [
            "a.png",
            "a_hdr.png",
            "c_hdr.exr",
        ]

    @pytest.mark.parametrize(
        ("plate", "out", "result"),
        [
            ("plate.0007.png", "r.####.exr", "r.0007.exr"),
            ("DSC-0012.png", "r.@@@.exr", "r.012.exr"),
            ("clip.mov#3", "r.%04d.exr", "r.0003.exr"),
        ],
    )
    def test_when_one_frame_goes_to_a_sequence_then_its_number_is_kept(
        self, tmp_path, plate, out, result
    ):
        plan = plan_outputs([tmp_path / plate], tmp_path / out)

        assert plan.tasks[0].output == tmp_path / result

    def test_when_a_still_goes_to_a_sequence_then_it_is_refused(self, tmp_path):
        with pytest.raises(OptionError, match="has no frame number"):
            plan_outputs([Path("still.png")], tmp_path / "r.####.exr")

    @pytest.mark.parametrize("suffix", ["JPG", "jfif", "jpe", "jxl", "TIF", "dib"])
    def test_when_a_suffix_is_rare_then_the_plate_is_converted(self, tmp_path, suffix):
        (tmp_path / f"a.{suffix}").touch()

        assert len(plan_outputs([tmp_path], tmp_path / "out").tasks) == 1
