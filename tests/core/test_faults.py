"""Faults of disks, frames and processes: a named error, and nothing half written."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BIN = Path(sys.executable).parent / "hdr-core"
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}
LIMIT = (
    "import resource, runpy, signal, sys; "
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)); "
    "sys.argv = ['hdr-core', *sys.argv[1:]]; "
    "runpy.run_module('hdr_core.cli.main', run_name='__main__')"
)


def command(weights, plate, output):
    told = [str(plate), "-o", str(output), "--weights", str(weights), "--overwrite"]
    return ["convert", *told, "--quiet"]


class TestDisk:
    @pytest.mark.slow
    @pytest.mark.skipif(sys.platform == "win32", reason="no file size limit there")
    def test_when_the_disk_takes_no_more_then_nothing_is_left_and_a_second_run_mends(
        self, some_weights, a_picture, convert, tmp_path
    ):
        output = tmp_path / "out" / "a.exr"
        arguments = command(some_weights, a_picture, output)

        done = subprocess.run(
            [sys.executable, "-c", LIMIT, *arguments],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 2
        assert done.stderr.startswith(f"hdr-core: {output}: ")
        assert done.stderr.count("\n") == 1
        assert list(output.parent.iterdir()) == []
        assert convert(a_picture, "-o", output, "--quiet") == 0

    @pytest.mark.skipif(sys.platform != "linux", reason="a folder nobody can write")
    def test_when_the_folder_cannot_be_written_then_one_line_tells(
        self, convert, a_picture, capsys
    ):
        code = convert(a_picture, "-o", "/proc/out/a.exr")

        told = capsys.readouterr().err
        assert code == 2
        assert told.startswith("hdr-core: /proc/out")
        assert told.count("\n") == 1


class TestProcesses:
    @pytest.mark.slow
    def test_when_two_processes_make_one_result_then_it_is_whole_and_the_same(
        self, some_weights, a_picture, convert, tmp_path
    ):
        output = tmp_path / "out" / "a.exr"
        both = [
            subprocess.Popen(
                [str(BIN), *command(some_weights, a_picture, output)], env=ENVIRONMENT
            )
            for _ in range(2)
        ]

        codes = [process.wait(timeout=300) for process in both]

        convert(a_picture, "-o", tmp_path / "alone.exr", "--quiet")
        assert codes == [0, 0]
        assert [path.name for path in output.parent.iterdir()] == ["a.exr"]
        assert output.read_bytes() == (tmp_path / "alone.exr").read_bytes()


class TestWeights:
    @pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
    def test_when_weights_are_cut_short_then_one_line_tells(
        self, some_weights, a_picture, tmp_path, capsys, share
    ):
        from hdr_core.cli.main import run

        whole = some_weights.read_bytes()
        cut = tmp_path / "cut.safetensors"
        cut.write_bytes(whole[: int(len(whole) * share)])

        code = run(command(cut, a_picture, tmp_path / "a.exr"))

        told = capsys.readouterr().err
        assert code == 2
        assert told.startswith(f"hdr-core: {cut}: damaged")
        assert not (tmp_path / "a.exr").exists()

    def test_when_weights_hold_nan_then_one_line_tells(
        self, some_weights, a_picture, tmp_path, capsys
    ):
        from safetensors import safe_open
        from safetensors.torch import save_file

        from hdr_core.cli.main import run

        with safe_open(some_weights, framework="pt") as file:
            metadata = file.metadata()
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        tensors["dequantize.unet.last.weight"][0, 0] = np.nan
        bad = tmp_path / "bad.safetensors"
        save_file(tensors, bad, metadata=metadata)

        code = run(command(bad, a_picture, tmp_path / "a.exr"))

        assert code == 2
        assert "holds NaN or infinite weights" in capsys.readouterr().err
