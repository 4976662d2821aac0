"""Many plates: one is read and another written while a third is reconstructed."""

import threading

import pytest

from hdr_core.delivery import converter as steps
from hdr_core.delivery.converter import BatchSettings, Converter
from hdr_core.delivery.outputs import Task
from hdr_core.delivery.shots import Shots
from hdr_core.delivery.stop import Stop, Terminated
from hdr_core.delivery.write_config import WriteConfig
from hdr_core.options import Options

LONG_S = 30.0


@pytest.fixture
def tasks(tmp_path, some_codes, write_picture):
    plates = [
        write_picture(tmp_path / f"{name}.png", some_codes[:, 4 * place :])
        for place, name in enumerate("abc")
    ]
    return [Task(plate, plate.with_suffix(".exr")) for plate in plates]


@pytest.fixture
def make_converter(a_small_model):
    def make(*, stop=None, is_alone=False):
        outcomes = []
        settings = BatchSettings(
            model=a_small_model,
            weights_sha256="5a",
            config=Options(panorama="off"),
            writing=WriteConfig(),
            shots=Shots([], asked="none"),
        )
        converter = Converter(
            settings, stop or Stop(), outcomes.append, is_alone=is_alone
        )
        return converter, outcomes

    return make


def convert_all(made, tasks):
    converter, outcomes = made
    for place, task in enumerate(tasks):
        following = [*tasks, None][place + 1]
        converter.convert(task, following, lambda share: None)
    converter.finish_writing()
    converter.close()
    return outcomes


class TestConverter:
    def test_when_plates_overlap_then_files_are_those_of_one_after_the_other(
        self, make_converter, tasks
    ):
        at_once = convert_all(make_converter(), tasks)
        bytes_at_once = [task.output.read_bytes() for task in tasks]
        convert_all(make_converter(is_alone=True), tasks)

        assert [outcome.status for outcome in at_once] == ["done"] * 3
        assert [outcome.output for outcome in at_once] == [t.output for t in tasks]
        assert [task.output.read_bytes() for task in tasks] == bytes_at_once

    def test_when_a_plate_is_reconstructed_then_the_next_has_been_asked_for(
        self, make_converter, tasks, monkeypatch
    ):
        is_read = {task.plate: threading.Event() for task in tasks}
        read, reconstruct = steps.open_plate, steps.reconstruct_frame

        def note(source, **options):
            is_read[source].set()
            return read(source, **options)

        def wait(plate, *options):
            following = {tasks[0].plate: tasks[1], tasks[1].plate: tasks[2]}
            if plate.path in following:
                # One after the other, nobody would ever read it.
                assert is_read[following[plate.path].plate].wait(LONG_S)
            return reconstruct(plate, *options)

        monkeypatch.setattr(steps, "open_plate", note)
        monkeypatch.setattr(steps, "reconstruct_frame", wait)

        outcomes = convert_all(make_converter(), tasks)

        assert [outcome.error for outcome in outcomes] == [None] * 3

    def test_when_a_plate_is_written_then_the_next_is_reconstructed_already(
        self, make_converter, tasks, monkeypatch
    ):
        is_begun = {task.plate: threading.Event() for task in tasks}
        write, reconstruct = steps.write_result, steps.reconstruct_frame

        def begin(plate, *options):
            is_begun[plate.path].set()
            return reconstruct(plate, *options)

        def wait(target, *arguments, **options):
            if target == tasks[0].output:
                assert is_begun[tasks[1].plate].wait(LONG_S)
            return write(target, *arguments, **options)

        monkeypatch.setattr(steps, "reconstruct_frame", begin)
        monkeypatch.setattr(steps, "write_result", wait)

        outcomes = convert_all(make_converter(), tasks)

        assert [outcome.error for outcome in outcomes] == [None] * 3

    def test_when_a_plate_in_the_middle_is_damaged_then_it_alone_fails(
        self, make_converter, tasks
    ):
        tasks[1].plate.write_bytes(b"\x89PNG\r\n")

        outcomes = convert_all(make_converter(), tasks)

        assert [o.status for o in outcomes] == ["done", "failed", "done"]
        assert outcomes[1].error.startswith(str(tasks[1].plate))
        assert not tasks[1].output.exists()

    def test_when_it_is_stopped_then_the_plate_before_is_written_to_its_end(
        self, make_converter, tasks
    ):
        stop = Stop()
        converter, outcomes = make_converter(stop=stop)
        converter.convert(tasks[0], tasks[1], lambda share: None)
        stop.is_asked = True

        with pytest.raises(Terminated):
            converter.convert(tasks[1], tasks[2], lambda share: None)
        converter.finish_writing()
        converter.close()

        assert [outcome.status for outcome in outcomes] == ["done"]
        assert [task.output.exists() for task in tasks] == [True, False, False]
