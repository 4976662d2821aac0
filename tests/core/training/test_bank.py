"""The bank of statistics: drawn once, learnt from over and over."""

import pytest
import torch
from safetensors.torch import load_file

from hdr_core.training import bank
from hdr_core.training.loop import train
from hdr_core.training.stream import keep_all


def mean_color(plates):
    """The simplest statistics there are."""
    return plates.mean(dim=(2, 3))


KEEP = bank.KeepStatistics(mean_color)


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    for keep in (bank.KeepStatistics, bank.KeepEdges):
        monkeypatch.setattr(keep, "sizes", ((32, 48),))
        monkeypatch.setattr(keep, "piece", 64)


class TestStatisticsRun:
    def test_when_perceptrons_are_trained_then_they_know_what_is_usual(
        self, a_compact_model, short, tmp_path
    ):
        config = short("statistics", steps=2, bank_shots=100)

        train(a_compact_model, config, tmp_path / "run")

        pieces = sorted((tmp_path / "bank").iterdir())
        known = torch.cat([load_file(piece)["statistics"] for piece in pieces]).float()
        assert [piece.name for piece in pieces] == [
            "0000.safetensors",
            "0001.safetensors",
        ]
        net = a_compact_model.linearize.statistics
        torch.testing.assert_close(net.mean, known.mean(dim=0), rtol=1e-3, atol=1e-4)

    def test_when_a_bank_is_there_then_it_is_read_and_not_drawn(
        self, a_compact_model, short, tmp_path, monkeypatch
    ):
        config = short("statistics", steps=1, bank_shots=64)
        train(a_compact_model, config, tmp_path / "run")

        def draw(*_, **__):
            yield pytest.fail("drawn again")

        monkeypatch.setattr(bank, "stream_shots", draw)

        result = train(a_compact_model, config, tmp_path / "again")

        assert result.steps == 1

    def test_when_a_bank_is_gone_on_with_then_its_shots_are_new(
        self, a_data_config, tmp_path
    ):
        bank.draw_bank(a_data_config, tmp_path, KEEP, n_shots=64)

        drawn = bank.draw_bank(a_data_config, tmp_path, KEEP, n_shots=128)

        first, second = drawn.statistics.chunk(2)
        assert len(drawn.inverse_crf) == 128
        assert not torch.equal(first, second)

    def test_when_ranks_draw_then_each_has_shots_of_its_own(
        self, a_data_config, tmp_path
    ):
        ours, theirs = (
            bank.draw_bank(
                a_data_config,
                tmp_path / str(rank),
                KEEP,
                n_shots=64,
                rank=rank,
            )
            for rank in (0, 1)
        )

        assert not torch.equal(ours.statistics, theirs.statistics)

    def test_when_batches_stream_then_every_shot_comes_once_a_round(self):
        shots = bank.StatisticsBatch(
            torch.arange(10.0)[:, None], torch.arange(10.0)[:, None]
        )
        stream = bank.stream_bank(shots, batch=4, seed=0)

        batches = [next(stream) for _ in range(3)]

        found = torch.cat([batch.statistics for batch in batches]).flatten()
        truth = torch.cat([batch.inverse_crf for batch in batches]).flatten()
        assert sorted(found.tolist()) == [float(index) for index in range(10)]
        assert torch.equal(found, truth)
        assert found.tolist() != sorted(found.tolist())


class TestEdgesRun:
    def test_when_evidence_is_trained_then_it_knows_what_is_usual(
        self, a_compact_model, short, tmp_path
    ):
        config = short("evidence", steps=2, bank_shots=64)

        train(a_compact_model, config, tmp_path / "run")

        (piece,) = (tmp_path / "edges").iterdir()
        known = load_file(piece)
        assert known["patches"].dtype == torch.uint8
        assert known["counts"].max() > 0
        evidence = a_compact_model.linearize.evidence
        torch.testing.assert_close(evidence.mean, known["plate"].mean(dim=0))

    def test_when_edges_are_kept_then_they_say_the_same_as_the_plate(
        self, a_compact_model, a_data_config
    ):
        shots = next(bank.stream_shots(a_data_config, keep_all))
        stage = a_compact_model.linearize

        kept = bank.KeepEdges(a_compact_model)(shots)

        said = stage.weigh(kept.edges)
        torch.testing.assert_close(said, stage.weigh(stage.edges_of(shots.plate)))
