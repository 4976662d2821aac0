"""What goes wrong on the command line: one line, an exit code, nothing half made."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hdr_core.cli.main import run
from hdr_core.io.readback import read_hdr

PROGRAM = [sys.executable, "-m", "hdr_core.cli.main"]
ROOT = Path(__file__).parents[3]
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


class TestBadInput:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            pytest.param("text.png", b"no picture", id="not a picture"),
            pytest.param("empty.jpg", b"", id="0 bytes"),
            pytest.param("missing.png", None, id="no such file"),
        ],
    )
    def test_when_a_plate_is_unreadable_then_one_line_tells_and_nothing_is_left(
        self, convert, tmp_path, capsys, name, content
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)

        code = convert(tmp_path / name, "-o", tmp_path / "out" / "a.exr")

        printed = capsys.readouterr()
        assert code == 2
        assert printed.err.count("\n") == 1
        assert printed.err.startswith(f"hdr-core: {tmp_path / name}: ")
        assert printed.out == ""
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ("--strength 2", "strength: needs 0 to 1, found 2"),
            ("--strength much", "--strength"),
            ("--fidelity full", "--fidelity"),
            ("--skip linearize", "skip: unknown linearize"),
            ("--aov depth", "aov: unknown depth"),
            ("--compression htj2k", "compression: unknown 'htj2k'"),
            ("--working-space Rec.2020", "--working-space: no color space 'Rec.2020'"),
            ("--working-space srgb_display", "'sRGB - Display' is not scene-linear"),
            ("--linearize Kodak", "--linearize: no color space 'Kodak'"),
            ("--linearize Raw", "'Raw' is data"),
            ("--config gone.ocio", "--config gone.ocio: no such file"),
            ("--tile 0", "tile: needs 64"),
            ("--device tpu", "--device"),
            ("--preset huge", "--preset"),
            ("--preset compact", "--preset and --weights"),
            ("--panorama on", "a panorama is twice as wide as high, found 48x32"),
            ("-o second.png", "results are EXR files"),
        ],
    )
    def test_when_an_option_means_nothing_then_one_line_tells(
        self, convert, a_picture, tmp_path, capsys, options, said
    ):
        code = convert(a_picture, "-o", tmp_path / "out.exr", *options.split())

        printed = capsys.readouterr()
        assert code == 2
        assert printed.err.count("\n") == 1
        assert printed.err.startswith("hdr-core: ")
        assert said in printed.err
        assert list(tmp_path.iterdir()) == [a_picture]

    def test_when_two_plates_would_have_one_result_then_it_is_refused(
        self, convert, a_picture, some_codes, write_picture, tmp_path, capsys
    ):
        (tmp_path / "b").mkdir()
        twin = write_picture(tmp_path / "b" / "lamp.tif", some_codes)

        into_folder = convert(a_picture, twin, "-o", tmp_path / "out")
        into_file = convert(a_picture, twin, "-o", tmp_path / "out.exr")

        lines = capsys.readouterr().err.splitlines()
        assert (into_folder, into_file) == (2, 2)
        assert "is the result of 2 plates" in lines[0]
        assert "Name a folder" in lines[1]

    def test_when_the_result_would_replace_the_plate_then_it_is_refused(
        self, convert, some_codes, write_picture, tmp_path, capsys
    ):
        codes = some_codes.astype(np.float32) / 255
        plate = write_picture(tmp_path / "plate.exr", codes)

        code = convert(plate, "-o", plate, "--overwrite")

        assert code == 2
        assert "would replace a plate" in capsys.readouterr().err

    def test_when_the_folder_is_a_file_then_it_is_told_before_any_work(
        self, convert, a_picture, capsys
    ):
        code = convert(a_picture, "-o", a_picture / "out.exr")

        assert code == 2
        assert "is a file, not a folder" in capsys.readouterr().err

    def test_when_weights_are_no_weights_then_one_line_tells(
        self, a_picture, tmp_path, capsys
    ):
        output = str(tmp_path / "a.exr")

        code = run(["convert", str(a_picture), "-o", output, "--weights", "none.st"])

        assert code == 2
        assert capsys.readouterr().err.startswith("hdr-core: none.st: ")


class TestUnexpected:
    @pytest.fixture
    def a_fault(self, monkeypatch):
        def fail(*arguments, **options):
            raise ZeroDivisionError("of all things")

        monkeypatch.setattr("hdr_core.delivery.convert.reconstruct", fail)

    def test_when_something_unforeseen_happens_then_one_line_asks_for_a_report(
        self, convert, a_picture, tmp_path, capsys, a_fault
    ):
        code = convert(a_picture, "-o", tmp_path / "a.exr")

        told = capsys.readouterr().err
        assert code == 2
        assert told.count("\n") == 1
        assert "unexpected ZeroDivisionError: of all things" in told
        assert "report it" in told

    def test_when_debugging_then_the_traceback_is_shown(
        self, convert, a_picture, tmp_path, capsys, a_fault, monkeypatch
    ):
        monkeypatch.setenv("HDR_CORE_DEBUG", "1")

        convert(a_picture, "-o", tmp_path / "a.exr")

        assert "Traceback" in capsys.readouterr().err


class TestProgram:
    def test_when_asked_for_help_then_torch_is_not_loaded(self):
        code = (
            "import sys; from hdr_core.cli.main import run; "
            "assert run(['--help']) == 0; "
            "assert run(['convert', '--help']) == 0; print(*sys.modules)"
        )

        done = subprocess.run(
            [sys.executable, "-c", code],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=True,
        )

        assert "convert" in done.stdout
        assert not set(done.stdout.split()) & {"torch", "OpenImageIO", "numpy"}

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [([], "Missing command"), (["paint"], "No such command 'paint'")],
    )
    def test_when_no_command_is_meant_then_one_line_tells(
        self, capsys, arguments, said
    ):
        code = run(arguments)

        assert code == 2
        assert said in capsys.readouterr().err

    def test_when_run_as_a_process_then_it_ends_with_the_exit_code(self, tmp_path):
        command = [*PROGRAM, "convert", "no.png", "-o", "out.exr", "--boldness", "9"]

        done = subprocess.run(
            command,
            env=ENVIRONMENT,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 2
        assert done.stderr == "hdr-core: boldness: needs 0 to 1, found 9.\n"
        assert list(tmp_path.iterdir()) == []

    def test_when_terminated_then_the_finished_stay_and_nothing_half_is_left(
        self, some_weights, a_picture, some_codes, write_picture, tmp_path
    ):
        large = np.tile(some_codes, (25, 17, 1))
        large = write_picture(tmp_path / "large.png", large)
        out = tmp_path / "out"
        command = [*PROGRAM, "convert", str(a_picture), str(large), "-o", str(out)]
        options = ["--weights", str(some_weights), "--json", "--tile", "64"]
        process = subprocess.Popen(
            [*command, *options],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = process.stdout.readline()

        process.send_signal(signal.SIGTERM)
        rest, told = process.communicate(timeout=60)

        assert json.loads(first)["status"] == "done"
        assert process.returncode == 143
        assert [path.name for path in out.iterdir()] == ["lamp_hdr.exr"]
        assert read_hdr(out / "lamp_hdr.exr").pixels.shape == (32, 48, 3)
        assert json.loads(rest.splitlines()[-1])["exit_code"] == 143
        assert told.startswith("hdr-core: terminated")
