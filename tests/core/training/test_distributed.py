"""Two processes, as torchrun starts them, train one model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from hdr_core.training.recipes import RECIPES

ROOT = Path(__file__).parents[3]
STEPS = 6
PROGRAM = f'''
"""Train every recipe for a few steps; write what this rank ended with."""
import json
import os
import sys
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import torch

from hdr_core.training import bank, loop, step
from hdr_core.training.data import DataConfig
from hdr_core.training.recipes import RECIPES, recipe
from hdr_core.training.start import start_model
from hdr_core.training.stream import keep_all, stream_shots


def train(name, data, folder, rank):
    config = recipe(name, corpus=data.corpus, crf=data.crf, preset="paper")
    # A code is 1/255: the first steps of Adam must be smaller than that.
    rate = config.learning_rate / 10
    config = replace(
        config, data=data, steps={STEPS}, learning_rate=rate, warmup=2
    )
    if config.bank_shots:
        config = replace(config, bank_shots=128)
    totals, a_step = [], loop.train_step

    def train_step(*arguments):
        totals.append((losses := a_step(*arguments))["total"])
        return losses

    loop.train_step = train_step
    # Another seed on each rank: weights that are the same came from the other.
    model = start_model("compact", [], crf=data.crf, seed=rank)
    result = loop.train(model, config, folder)
    loop.train_step = a_step
    torch.save(dict(model.named_parameters()), folder / f"rank{{rank}}.pt")
    report = {{"totals": totals, "steps": result.steps}}
    (folder / f"rank{{rank}}.json").write_text(json.dumps(report))


if __name__ == "__main__":
    corpus, crf, folder = map(Path, sys.argv[1:])
    rank = int(os.environ["RANK"])
    torch.set_num_threads(1)
    for keep in (bank.KeepStatistics, bank.KeepEdges):
        keep.sizes, keep.piece = ((32, 48),), 64
    # All likely curves, each time: chance would hide what is learnt.
    step.CANDIDATES = 1000
    data = DataConfig(corpus, crf, sizes=((32, 48),), batch=2, workers=0)
    # Each rank has a batch of its own, over and over: the loss must fall.
    batch = next(stream_shots(data, keep_all, rank=rank))
    loop.stream_shots = lambda *_, **__: repeat(batch)
    stream_bank = loop.stream_bank
    loop.stream_bank = lambda *args, **how: repeat(next(stream_bank(*args, **how)))
    with loop.process_group():
        for name in RECIPES:
            train(name, data, folder / name, rank)
'''


@pytest.fixture(scope="module")
def two_ranks(a_corpus, a_curve_file, tmp_path_factory):
    """The folder of two ranks' runs, one run for each recipe."""
    folder = tmp_path_factory.mktemp("distributed")
    (folder / "program.py").write_text(PROGRAM)
    environment = {
        "GLOO_SOCKET_IFNAME": "lo",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    torchrun = (sys.executable, "-m", "torch.distributed.run")
    options = ("--standalone", "--nproc-per-node", "2")
    files = (folder / "program.py", a_corpus, a_curve_file, folder)
    done = subprocess.run(
        [*torchrun, *options, *map(str, files)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
class TestTwoProcesses:
    @staticmethod
    def reports(folder):
        return [
            json.loads((folder / f"rank{rank}.json").read_text()) for rank in (0, 1)
        ]

    def test_when_two_processes_train_then_they_end_with_the_same_parameters(
        self, two_ranks, name
    ):
        ours, theirs = (
            torch.load(two_ranks / name / f"rank{rank}.pt") for rank in (0, 1)
        )

        assert len(ours) > 50
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)

    def test_when_two_processes_train_then_each_learns_from_plates_of_its_own(
        self, two_ranks, name
    ):
        first, second = (report["totals"] for report in self.reports(two_ranks / name))

        assert first[0] != second[0]
        assert first[-1] + second[-1] < first[0] + second[0]

    def test_when_two_processes_end_then_one_has_written_the_run(self, two_ranks, name):
        folder = two_ranks / name

        state = torch.load(folder / "state.pt")
        weights = load_file(folder / "model.safetensors")

        assert [report["steps"] for report in self.reports(folder)] == [STEPS, STEPS]
        assert state["step"] == STEPS
        assert weights.keys() >= torch.load(folder / "rank0.pt").keys()
        assert len(list(folder.glob("events*"))) == 1
