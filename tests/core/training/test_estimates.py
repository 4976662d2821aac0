"""Stages 3 and 4 learn from what stage 2 takes a camera for."""

import torch

from hdr_core.training import loop
from hdr_core.training.estimates import KeepEstimates
from hdr_core.training.stream import stream_shots


def rms(ours, theirs):
    return (ours - theirs).square().mean(dim=1).sqrt()


def test_when_shots_are_kept_then_their_guesses_are_what_stage_2_says(
    a_compact_model, a_batch
):
    model = a_compact_model.eval()

    kept = KeepEstimates(model)(a_batch)

    assert kept.plate is a_batch.plate
    assert kept.inverse_crf is a_batch.inverse_crf
    # A quarter of the likely curves says about what all of them do.
    said = model.linearize(a_batch.plate)
    off = rms(kept.guessed_crf, said)
    assert (off < rms(a_batch.guessed_crf, said) / 2).all()


def test_when_the_preset_has_no_likely_curves_then_it_is_asked_as_it_is(
    a_paper_like_model, a_batch
):
    model = a_paper_like_model.eval()

    kept = KeepEstimates(model)(a_batch)

    wanted = model.linearize(model.dequantize(a_batch.plate))
    torch.testing.assert_close(kept.guessed_crf, wanted)


def test_when_finish_runs_then_the_workers_estimate(
    monkeypatch, short, a_compact_model, tmp_path
):
    keeps = []

    def stream(config, keep, **options):
        keeps.append(keep)
        return stream_shots(config, keep, **options)

    monkeypatch.setattr(loop, "stream_shots", stream)

    loop.train(a_compact_model, short("finish", steps=1), tmp_path / "run")

    assert isinstance(keeps[0], KeepEstimates)
