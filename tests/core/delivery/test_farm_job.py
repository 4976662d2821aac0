"""A farm's job: run by Open Job Description's own program, killed, and resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hdr_core.cli.job import checked_options
from hdr_core.cli.main import run
from hdr_core.delivery.farm_job import farm_range
from hdr_core.errors import OptionError
from hdr_core.io.readback import read_hdr

BIN = Path(sys.executable).parent
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


@pytest.fixture
def a_shot(tmp_path, write_picture, some_codes):
    for frame in range(1, 6):
        codes = np.roll(some_codes, frame, axis=1)
        (tmp_path / "in").mkdir(exist_ok=True)
        write_picture(tmp_path / "in" / f"plate.{frame:04d}.png", codes)
    return tmp_path / "in" / "plate.####.png"


@pytest.fixture
def write_job(a_shot, some_weights, tmp_path):
    def write(*options):
        told = ["--job", str(tmp_path / "job"), "--chunk", "2", *options]
        told += ["--program", str(BIN / "hdr-core")]
        told += ["--convert", f"--weights {some_weights}"]
        out = str(tmp_path / "out" / "plate.####.exr")
        return run(["job", str(a_shot), "-o", out, *told])

    return write


@pytest.fixture
def openjd(tmp_path):
    """Run steps of the job with ``openjd run``."""

    def run_openjd(step, *options):
        values = json.loads((tmp_path / "job" / "parameter_values.json").read_text())
        given = [f"-p{v['name']}={v['value']}" for v in values["parameterValues"]]
        template = str(tmp_path / "job" / "template.json")
        command = [str(BIN / "openjd"), "run", template, "--step", step]
        return subprocess.run(
            [*command, *options, *given],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )

    return run_openjd


def bytes_of(folder):
    # A killed process may leave what it had not finished, under a hidden name.
    results = sorted(folder.glob("[!.]*.exr"))
    return {path.name: path.read_bytes() for path in results}


class TestJob:
    @pytest.mark.slow
    def test_when_run_by_openjd_then_all_frames_are_analyzed_converted_and_checked(
        self, write_job, openjd, a_shot, convert, tmp_path
    ):
        assert write_job("--frames", "1-5") == 0

        done = openjd("Check", "--run-dependencies")

        assert done.returncode == 0, done.stdout + done.stderr
        assert "openjd_progress: 100" in done.stdout
        assert "5 of 5 results are good" in done.stdout
        convert(a_shot, "-o", tmp_path / "whole" / "plate.####.exr", "--quiet")
        assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")

    @pytest.mark.slow
    def test_when_a_result_is_missing_after_a_kill_then_a_second_run_makes_it(
        self, write_job, openjd, tmp_path
    ):
        write_job()
        openjd("Convert", "--run-dependencies")
        first = bytes_of(tmp_path / "out")
        (tmp_path / "out" / "plate.0003.exr").unlink()
        (tmp_path / "out" / "plate.0004.exr").write_bytes(b"cut short")

        wrong = openjd("Check")
        (tmp_path / "out" / "plate.0004.exr").unlink()
        again = openjd("Check", "--run-dependencies")

        assert wrong.returncode != 0
        assert "plate.0003.exr: no such file" in wrong.stdout
        assert "plate.0004.exr: not a readable picture" in wrong.stdout
        assert again.returncode == 0
        assert bytes_of(tmp_path / "out") == first

    def test_when_written_then_it_tells_how_to_run_it(
        self, write_job, tmp_path, capsys
    ):
        code = write_job("--frames", "1-5x2")

        template = json.loads((tmp_path / "job" / "template.json").read_text())
        names = [step["name"] for step in template["steps"]]
        defaults = {
            p["name"]: p.get("default") for p in template["parameterDefinitions"]
        }
        assert code == 0
        assert names == ["Analyze", "Convert", "Check"]
        assert defaults["Frames"] == "1-5:2"
        assert defaults["ChunkSize"] == 2
        assert defaults["PlateFolder"] is None
        told = capsys.readouterr().out
        assert told.startswith("openjd run ")
        assert f"-pPlateFolder={tmp_path / 'in'}" in told

    def test_when_a_job_is_there_then_it_is_kept(self, write_job, capsys):
        write_job()

        assert write_job() == 2
        assert "exists already" in capsys.readouterr().err
        assert write_job("--overwrite") == 0

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ("--dept float", "No such option"),
            ("--boldness much", "--boldness"),
            ("--frames 1-5", "--frames is set by the job itself"),
            ("--shot=none", "--shot is set by the job itself"),
        ],
    )
    def test_when_options_of_convert_are_wrong_then_it_is_told_before_the_farm(
        self, options, said
    ):
        with pytest.raises(OptionError, match=said):
            checked_options(options)


class TestFarmRange:
    @pytest.mark.parametrize(
        ("numbers", "written"),
        [
            ((1,), "1"),
            ((1, 2, 3), "1-3"),
            ((1, 4, 7, 10), "1-10:3"),
            ((1, 2, 3, 10, 20), "1-3,10,20"),
        ],
    )
    def test_when_frames_are_written_for_a_farm_then_steps_are_its_own(
        self, numbers, written
    ):
        assert farm_range(numbers) == written


class TestCheck:
    def test_when_all_is_well_then_it_says_so(
        self, convert, a_picture, tmp_path, capsys
    ):
        convert(a_picture, "-o", tmp_path / "a.exr", "--quiet")

        code = run(["check", str(a_picture), "-o", str(tmp_path / "a.exr")])

        assert code == 0
        assert capsys.readouterr().out == "1 of 1 results are good\n"

    def test_when_a_result_is_of_another_plate_then_it_is_told(
        self, convert, a_picture, some_codes, write_picture, tmp_path, capsys
    ):
        convert(a_picture, "-o", tmp_path / "a.exr", "--quiet")
        write_picture(a_picture, some_codes[::-1].copy())

        command = ["check", str(a_picture), "-o", str(tmp_path / "a.exr"), "--json"]
        code = run(command)

        told = json.loads(capsys.readouterr().out)
        assert code == 1
        assert "made from another picture" in told["error"]

    def test_when_a_result_is_cut_at_any_byte_then_it_is_told(
        self, convert, a_picture, tmp_path
    ):
        from hdr_core.delivery.check import find_problem

        output = tmp_path / "a.exr"
        convert(a_picture, "-o", output, "--quiet")
        whole = output.read_bytes()

        for end in range(0, len(whole), max(1, len(whole) // 23)):
            output.write_bytes(whole[:end])
            assert find_problem(a_picture, output)

        output.write_bytes(whole)
        assert find_problem(a_picture, output) is None


def start_converting(shot, out, weights):
    """Start ``hdr-core convert`` in a process of its own."""
    command = [str(BIN / "hdr-core"), "convert", str(shot), "-o", str(out)]
    return subprocess.Popen(
        [*command, "--json", "--weights", str(weights)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
class TestTermination:
    def test_when_a_shot_is_terminated_then_a_second_run_makes_the_same_bytes(
        self, a_shot, some_weights, convert, tmp_path
    ):
        out = tmp_path / "out"
        process = start_converting(a_shot, out, some_weights)
        first = json.loads(process.stdout.readline())

        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

        assert first["status"] == "done"
        assert process.returncode == 143
        assert 0 < len(bytes_of(out)) < 5
        assert convert(a_shot, "-o", out, "--quiet") == 0
        convert(a_shot, "-o", tmp_path / "calm", "--quiet")
        assert bytes_of(out) == bytes_of(tmp_path / "calm")

    def test_when_killed_outright_then_a_second_run_makes_the_same_bytes(
        self, a_shot, some_weights, convert, tmp_path
    ):
        out = tmp_path / "out"
        process = start_converting(a_shot, out, some_weights)
        process.stdout.readline()
        time.sleep(0.05)

        process.kill()
        process.communicate(timeout=60)

        for path in out.glob("plate*.exr"):
            assert read_hdr(path).pixels.shape == (32, 48, 3)
        assert convert(a_shot, "-o", out, "--quiet") == 0
        convert(a_shot, "-o", tmp_path / "calm", "--quiet")
        assert bytes_of(out) == bytes_of(tmp_path / "calm")
