"""What the networks learn from: scenes to plates, and the truth about them."""

from dataclasses import replace
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hdr_core.camera.response import apply_curve
from hdr_core.camera.responses import SAMPLES, load_measured
from hdr_core.errors import PlateError, TrainingError
from hdr_core.training import data, stream, variety


def drawn(config, *, n_batches=1, **options):
    return list(
        islice(stream.stream_shots(config, stream.keep_all, **options), n_batches)
    )


def is_equal(ours, theirs):
    return torch.equal(ours.plate, theirs.plate) and torch.equal(ours.hdr, theirs.hdr)


def clipped_share(hdr):
    return float((hdr.amax(dim=0) >= 1.0).float().mean())


class TestDrawExposure:
    @staticmethod
    def shares():
        rng = np.random.default_rng(0)
        light = torch.exp2(torch.randn(3, 40, 50, generator=torch.manual_seed(0)))
        return np.array(
            [clipped_share(variety.draw_exposure(light, rng)) for _ in range(400)]
        )

    def test_when_plates_are_exposed_then_a_quarter_at_most_clips(self):
        assert self.shares().max() < 0.2505

    def test_when_plates_are_exposed_then_most_clip_two_to_fifteen_percent(self):
        shares = self.shares()

        usual = np.mean((shares > 0.0195) & (shares < 0.1505))

        # Half by intent, and some of the four in ten with any share.
        assert 0.55 < usual < 0.75

    def test_when_plates_are_exposed_then_one_in_ten_clips_nowhere(self):
        unclipped = np.mean(self.shares() == 0.0)

        assert 0.05 < unclipped < 0.15

    @pytest.mark.parametrize(
        ("value", "most"),
        [pytest.param(0.0, 0.0, id="black"), pytest.param(7.0, 1.0, id="flat")],
    )
    def test_when_a_view_has_no_range_then_its_exposure_is_finite(self, value, most):
        flat = torch.full((3, 4, 5), value)

        exposed = variety.draw_exposure(flat, np.random.default_rng(0))

        assert exposed.isfinite().all()
        assert float(exposed.max()) <= most


class TestDrawPartsExposure:
    def test_when_a_part_is_dark_then_it_is_exposed_as_the_whole_is(self):
        rng = np.random.default_rng(0)
        whole = torch.exp2(torch.randn(3, 40, 50, generator=torch.manual_seed(0)))
        dark = whole.clamp(max=0.05)

        parts = [variety.draw_exposure(dark, rng, metered=whole) for _ in range(40)]

        assert max(float(part.max()) for part in parts) < 1.0

    def test_when_a_part_is_bright_then_some_of_it_stays_below_clip(self):
        rng = np.random.default_rng(0)
        bright = torch.exp2(torch.randn(3, 40, 50, generator=torch.manual_seed(0)))
        whole = bright / 64.0

        shares = [
            clipped_share(variety.draw_exposure(bright, rng, metered=whole))
            for _ in range(40)
        ]

        assert max(shares) == pytest.approx(variety.MOST_CLIPPED, abs=0.01)


class TestStreamShots:
    def test_when_plates_are_drawn_then_they_are_whole_codes(self, a_data_config):
        for shots in drawn(a_data_config, n_batches=4):
            codes = shots.plate * 255

            torch.testing.assert_close(codes, codes.round(), rtol=0.0, atol=1e-4)
            assert 0.0 <= float(shots.plate.min()) < float(shots.plate.max()) <= 1.0

    def test_when_cameras_have_no_noise_then_only_codes_stand_in_the_way(
        self, a_data_config
    ):
        config = replace(a_data_config, jpeg_share=0.0, noiseless_share=1.0)

        for shots in drawn(config, n_batches=2):
            off_codes = (shots.plate - shots.clean).abs() * 255
            assert float(off_codes.max()) < 0.501

    @pytest.mark.parametrize("jpeg_share", [0.0, 1.0], ids=["lossless", "JPEG"])
    def test_when_a_camera_has_no_noise_then_a_lossless_plate_rounds_the_clean_one(
        self, a_data_config, jpeg_share
    ):
        quiet = replace(a_data_config, noise=0.0, jpeg_share=jpeg_share)

        (shots,) = drawn(quiet)

        is_rounded = float((shots.plate - shots.clean).abs().max()) <= 0.5001 / 255
        assert is_rounded == (jpeg_share == 0.0)

    def test_when_the_clean_plate_meets_its_curve_then_the_sensors_light_is_back(
        self, a_data_config
    ):
        for shots in drawn(a_data_config, n_batches=4):
            linear = apply_curve(shots.clean, shots.inverse_crf)

            # Straight pieces of two curves: apart by a fraction of a code.
            torch.testing.assert_close(linear, shots.linear, rtol=0.0, atol=2e-3)
            assert float(shots.linear.max()) <= 1.0

    def test_when_curves_are_drawn_then_they_rise_from_zero_to_one(self, a_data_config):
        (shots,) = drawn(replace(a_data_config, batch=8))

        assert shots.inverse_crf.shape == (8, SAMPLES)
        assert bool((shots.inverse_crf.diff(dim=1) >= 0.0).all())
        assert shots.inverse_crf[:, 0].tolist() == [0.0] * 8
        assert shots.inverse_crf[:, -1].tolist() == pytest.approx([1.0] * 8)

    @pytest.mark.parametrize("most", [0.0, 0.5])
    def test_when_a_curve_is_guessed_then_it_is_off_by_a_share_of_another_at_most(
        self, a_data_config, most
    ):
        (shots,) = drawn(replace(a_data_config, batch=16, most_curve_error=most))

        guess = shots.guessed_crf
        error = (guess - shots.inverse_crf).abs().amax(dim=1)
        assert bool((guess.diff(dim=1) >= 0.0).all())
        assert guess[:, -1].tolist() == pytest.approx([1.0] * 16)
        assert bool((error <= most).all())
        assert bool((error > 0.0).any()) == (most > 0.0)

    def test_when_scenes_are_held_out_or_unclear_then_no_plate_shows_them(
        self, a_data_config
    ):
        for shots in drawn(replace(a_data_config, batch=8), n_batches=4):
            red, green, blue = shots.hdr.mean(dim=(2, 3)).T

            # Scenes to train on are grey; held out is red, the unclear one blue.
            assert bool((red < 3 * green).all())
            assert bool((blue < 3 * green).all())

    def test_when_sizes_are_given_then_every_batch_has_one_of_them(self, a_data_config):
        sizes = ((32, 48), (64, 128))

        shapes = {
            tuple(shots.plate.shape[2:])
            for shots in drawn(replace(a_data_config, sizes=sizes), n_batches=8)
        }

        assert shapes == set(sizes)

    def test_when_a_view_is_shot_twice_then_by_another_camera(self, a_data_config):
        (shots,) = drawn(replace(a_data_config, shots_per_view=2))

        views = shots.hdr / shots.hdr.mean(dim=(1, 2, 3), keepdim=True)
        torch.testing.assert_close(views[0], views[1], rtol=1e-4, atol=1e-6)
        assert not torch.equal(shots.inverse_crf[0], shots.inverse_crf[1])

    def test_when_a_worker_keeps_a_part_then_only_that_is_given(self, a_data_config):
        def mean_code(shots):
            return float(shots.plate.mean())

        kept = next(stream.stream_shots(a_data_config, mean_code))

        assert kept == float(drawn(a_data_config)[0].plate.mean())


class TestChance:
    def test_when_the_seed_is_the_same_then_the_batches_are(self, a_data_config):
        ours, theirs = (drawn(a_data_config, n_batches=2) for _ in range(2))

        assert all(is_equal(*pair) for pair in zip(ours, theirs, strict=True))

    @pytest.mark.parametrize(
        ("seed", "options"),
        [
            pytest.param(1, {}, id="seed"),
            pytest.param(0, {"rank": 1}, id="rank"),
            pytest.param(0, {"start": 1}, id="start"),
        ],
    )
    def test_when_anything_is_another_then_the_batches_are(
        self, a_data_config, seed, options
    ):
        (ours,) = drawn(a_data_config)

        (theirs,) = drawn(replace(a_data_config, seed=seed), **options)

        assert not is_equal(ours, theirs)

    def test_when_workers_draw_then_each_draws_its_own(
        self, a_data_config, monkeypatch
    ):
        batches_of = stream.ShotStream(a_data_config, stream.keep_all)
        monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
        batches = []

        for worker in (0, 1):
            info = SimpleNamespace(id=worker)
            monkeypatch.setattr(stream, "get_worker_info", lambda info=info: info)
            batches.append(next(iter(batches_of)))

        assert not is_equal(*batches)

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
    def test_when_real_workers_draw_then_all_batches_differ(self, a_data_config):
        workers = replace(a_data_config, workers=2)

        ours, theirs = (drawn(workers, n_batches=4) for _ in range(2))

        assert all(is_equal(*pair) for pair in zip(ours, theirs, strict=True))
        assert len({float(shots.plate.mean()) for shots in ours}) == 4


class TestBadInput:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            pytest.param("corpus", PlateError, id="scenes"),
            pytest.param("crf", TrainingError, id="curves"),
        ],
    )
    def test_when_a_file_is_missing_then_one_line_says_how_to_point_at_it(
        self, a_data_config, tmp_path, name, kind
    ):
        config = replace(a_data_config, **{name: tmp_path / "nowhere"})

        with pytest.raises(kind, match=rf"nowhere.*Point --{name} at the"):
            drawn(config)

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
    def test_when_a_worker_meets_a_damaged_scene_then_one_line_names_it(
        self, a_data_config, a_corpus, tmp_path
    ):
        line = (a_corpus / "manifest.jsonl").read_text().splitlines()[0]
        (tmp_path / "manifest.jsonl").write_text(line)
        (tmp_path / "hall.exr").write_bytes(b"not a picture")
        config = replace(a_data_config, corpus=tmp_path, workers=1)

        with pytest.raises(PlateError) as caught:
            drawn(config)

        assert (
            str(caught.value) == f"{tmp_path / 'hall.exr'}: not a readable RGB image."
        )

    def test_when_scenes_are_coarser_than_the_plates_then_nothing_is_drawn(
        self, a_data_config
    ):
        # The first batch may be of the other size: it must not come either.
        config = replace(a_data_config, sizes=((32, 48),) * 9 + ((256, 512),))

        with pytest.raises(TrainingError, match="no training scene"):
            drawn(config)


class TestTrainingPool:
    def test_when_curves_are_held_out_then_training_never_sees_them(self, a_curve_file):
        pool = data.training_pool(a_curve_file)
        _, held_out = load_measured(a_curve_file)

        assert len(pool.measured) == 10
        assert len(held_out) == 20
        gaps = np.abs(pool.measured[:, None] - held_out[None]).max(axis=2)
        assert float(gaps.min()) > 1e-3

    def test_when_displays_are_asked_for_then_their_curves_rise_to_one(self):
        curves = data.display_curves()

        assert curves.shape[1] == SAMPLES
        assert (np.diff(curves, axis=1) >= 0.0).all()
        assert (curves[:, 0] == 0.0).all()
        assert curves[:, -1] == pytest.approx(1.0)
