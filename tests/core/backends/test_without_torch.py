"""What ``--backend onnxruntime`` imports is free of torch."""

import subprocess
import sys

import pytest

# None in sys.modules makes an import fail, as where torch is not installed.
BLOCKED = "import sys; sys.modules['torch'] = None; import {}"


@pytest.mark.parametrize(
    "modules",
    [
        "hdr_core.cli.convert, hdr_core.delivery.batch, hdr_core.backends.onnx_backend",
        "hdr_core.cli.worker",
    ],
    ids=["convert", "worker"],
)
def test_when_there_is_no_torch_then_the_command_can_be_imported(modules):
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED.format(modules)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
