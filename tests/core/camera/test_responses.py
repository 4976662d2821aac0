"""The cameras there are: today's encodings by hand, measured ones from a file."""

import numpy as np
import pytest

from hdr_core.camera.responses import (
    CurvePool,
    draw_curve,
    filmic,
    grid,
    inverse_srgb,
    load_measured,
    load_real,
    measured_curve,
    picture_profile,
    real_curve,
    rec709,
    s_shaped,
    srgb,
    todays_curve,
)
from hdr_core.errors import TrainingError

ENCODINGS = [
    pytest.param(srgb, id="sRGB"),
    pytest.param(rec709, id="Rec.709"),
    pytest.param(lambda x: s_shaped(x, contrast=0.9), id="S"),
    pytest.param(lambda x: filmic(x, white=2.0, toe=1.0), id="film without toe"),
    pytest.param(lambda x: filmic(x, white=8.0, toe=1.25), id="film"),
    pytest.param(lambda x: picture_profile(x, knee=0.7, slope=0.2), id="knee"),
]


def gammas(n_curves):
    """Rows that no two of are the same."""
    return grid() ** np.linspace(0.3, 0.9, n_curves)[:, None]


@pytest.fixture
def a_curve_file(tmp_path):
    """25 measured curves of 64 samples each."""
    irradiance = np.linspace(0.0, 1.0, 64)
    brightness = irradiance ** np.linspace(0.3, 0.9, 25)[:, None]
    path = tmp_path / "curves.npz"
    np.savez(path, irradiance=irradiance, brightness=brightness)
    return path


@pytest.fixture
def a_pool():
    return CurvePool(measured=gammas(7), display=srgb(grid())[None])


class TestEncodings:
    @pytest.mark.parametrize("encode", ENCODINGS)
    def test_when_encoded_then_black_and_white_stay_and_all_between_rises(self, encode):
        curve = encode(grid())

        assert curve[0] == pytest.approx(0.0, abs=1e-12)
        assert curve[-1] == pytest.approx(1.0, abs=1e-12)
        assert (np.diff(curve) > 0).all()

    @pytest.mark.parametrize(
        ("linear", "encoded"),
        [(0.0, 0.0), (0.002, 0.02584), (0.18, 0.461356), (0.5, 0.735357), (1.0, 1.0)],
    )
    def test_when_srgb_then_it_is_what_the_standard_says(self, linear, encoded):
        assert float(srgb(np.array(linear))) == pytest.approx(encoded, abs=1e-6)
        assert float(inverse_srgb(np.array(encoded))) == pytest.approx(linear, abs=1e-6)

    @pytest.mark.parametrize(
        ("linear", "encoded"), [(0.01, 0.045), (0.018, 0.081), (0.5, 0.705515)]
    )
    def test_when_rec709_then_it_is_what_the_standard_says(self, linear, encoded):
        assert float(rec709(np.array(linear))) == pytest.approx(encoded, abs=3e-4)

    def test_when_contrast_is_none_then_the_s_is_srgb(self):
        np.testing.assert_array_equal(s_shaped(grid(), contrast=0.0), srgb(grid()))

    def test_when_contrast_rises_then_shadows_fall_and_lights_rise(self):
        soft, hard = (s_shaped(grid(), contrast=c) for c in (0.2, 0.8))

        base = srgb(grid())
        inner = slice(1, -1)
        assert (hard < soft)[inner][base[inner] < 0.5].all()
        assert (hard > soft)[inner][base[inner] > 0.5].all()

    def test_when_a_knee_is_set_then_lights_above_it_are_compressed(self):
        curve = picture_profile(grid(), knee=0.8, slope=0.25)

        # Both are scaled alike to end at 1, so only the ratio of slopes tells.
        ratio = np.gradient(curve) / np.gradient(rec709(grid()))
        assert ratio[-2] / ratio[100] == pytest.approx(0.25, rel=1e-6)


class TestLoadMeasured:
    def test_when_loaded_then_20_are_held_out_and_none_is_in_both(self, a_curve_file):
        train, held_out = load_measured(a_curve_file)

        assert train.shape == (5, 1024)
        assert held_out.shape == (20, 1024)
        assert len(np.unique(np.concatenate([train, held_out]), axis=0)) == 25

    def test_when_loaded_again_then_the_same_are_held_out(self, a_curve_file):
        first, second = load_measured(a_curve_file), load_measured(a_curve_file)

        np.testing.assert_array_equal(first[1], second[1])

    def test_when_there_is_no_file_then_the_error_names_the_option(self, tmp_path):
        with pytest.raises(TrainingError, match=r"none\.npz: no such file.*--crf"):
            load_measured(tmp_path / "none.npz")

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"not curves at all", id="text"),
            pytest.param(b"PK\x03\x04 cut off", id="truncated"),
        ],
    )
    def test_when_the_file_is_no_npz_then_it_is_told_so(self, tmp_path, content):
        path = tmp_path / "curves.npz"
        path.write_bytes(content)

        with pytest.raises(TrainingError, match=r"curves\.npz: no \.npz with"):
            load_measured(path)

    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    @pytest.mark.parametrize("place", [0.0, 0.3, 0.6])
    def test_when_a_stretch_of_the_file_is_damaged_then_it_is_told_so(
        self, tmp_path, save, place
    ):
        path = tmp_path / "curves.npz"
        save(path, irradiance=grid(), brightness=gammas(25))
        damaged = bytearray(path.read_bytes())
        start = int(len(damaged) * place)
        damaged[start : start + 64] = b"\xa5" * 64
        path.write_bytes(damaged)

        with pytest.raises(TrainingError, match=r"curves\.npz: no \.npz with"):
            load_measured(path)

    @pytest.mark.parametrize(
        ("irradiance", "brightness", "said"),
        [
            pytest.param(grid(), gammas(25)[0], "must be .* are", id="one curve"),
            pytest.param(grid()[:9], gammas(25), "must be .* are", id="lengths"),
            pytest.param(np.array(1.0), gammas(25), "must be .* are", id="scalar"),
            pytest.param(gammas(25), gammas(25), "must be .* are", id="a grid a row"),
            pytest.param(grid()[:0], gammas(25)[:, :0], "'irradiance'", id="nothing"),
            pytest.param(grid(), gammas(20), "none to train on", id="too few"),
            pytest.param(grid()[::-1], gammas(25), "'irradiance'", id="turned round"),
            pytest.param(grid() * 255, gammas(25), "'irradiance'", id="codes"),
            pytest.param(grid(), 1 - gammas(25), "'brightness'", id="negatives"),
            pytest.param(grid(), gammas(25) * np.nan, "'brightness'", id="NaN"),
            pytest.param(grid(), gammas(25).astype(str), "'brightness'", id="text"),
            pytest.param(grid(), gammas(25) * 1j, "'brightness'", id="complex"),
        ],
    )
    def test_when_the_arrays_are_no_curves_then_it_is_told_what_is_wrong(
        self, tmp_path, irradiance, brightness, said
    ):
        path = tmp_path / "curves.npz"
        np.savez(path, irradiance=irradiance, brightness=brightness)

        with pytest.raises(TrainingError, match=said) as caught:
            load_measured(path)

        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)

    def test_when_the_npz_holds_something_else_then_it_is_told_so(self, tmp_path):
        path = tmp_path / "curves.npz"
        np.savez(path, irradiance=grid())

        with pytest.raises(TrainingError, match="'brightness'"):
            load_measured(path)

    def test_when_the_file_is_a_bare_array_then_it_is_told_so(self, tmp_path):
        path = tmp_path / "curves.npy"
        np.save(path, grid())

        with pytest.raises(TrainingError, match=r"no \.npz"):
            load_measured(path)


class TestDraw:
    def test_when_today_is_drawn_then_every_curve_is_a_camera(self, a_pool):
        rng = np.random.default_rng(0)

        curves = np.stack([todays_curve(rng, a_pool.display) for _ in range(60)])

        assert curves.shape == (60, 1024)
        assert (np.diff(curves, axis=1) >= 0).all()
        np.testing.assert_allclose(curves[:, 0], 0.0, atol=1e-9)
        np.testing.assert_allclose(curves[:, -1], 1.0, atol=1e-9)
        assert len(np.unique(curves, axis=0)) > 20

    def test_when_nothing_is_mixed_then_a_measured_curve_is_one_of_the_pool(
        self, a_pool
    ):
        rng = np.random.default_rng(0)

        for _ in range(10):
            curve = measured_curve(rng, a_pool.measured, mix=0.0)
            assert (a_pool.measured == curve).all(axis=1).any()

    def test_when_mixed_then_a_curve_lies_between_two_of_the_pool(self, a_pool):
        rng = np.random.default_rng(0)

        curves = [measured_curve(rng, a_pool.measured, mix=1.0) for _ in range(10)]

        inside = np.stack(curves)
        assert (inside <= a_pool.measured.max(axis=0) + 1e-12).all()
        assert (inside >= a_pool.measured.min(axis=0) - 1e-12).all()
        assert not any((a_pool.measured == c).all(axis=1).any() for c in curves)

    def test_when_many_are_drawn_then_half_are_measured(self, a_pool):
        rng = np.random.default_rng(0)

        draws = [draw_curve(rng, a_pool) for _ in range(400)]

        n_measured = sum((a_pool.measured == c).all(axis=1).any() for c in draws)
        assert 160 < n_measured < 240

    def test_when_the_seed_is_the_same_then_so_are_the_curves(self, a_pool):
        first, second = (
            [draw_curve(rng, a_pool, mix=0.5) for _ in range(8)]
            for rng in (np.random.default_rng(5), np.random.default_rng(5))
        )

        np.testing.assert_array_equal(first, second)


class TestRealCurve:
    def test_when_there_are_no_curves_then_film_like_ones_stand_in(self):
        rng = np.random.default_rng(0)

        curves = np.stack([real_curve(rng, np.empty((0, 1024))) for _ in range(100)])

        # Code 0.5 is darker than with sRGB, as 95 % of cameras in use have it.
        darkness = [np.interp(0.5, curve, grid()) for curve in curves]
        assert np.median(darkness) == pytest.approx(0.147, abs=0.015)
        assert np.mean(np.array(darkness) < 0.214) > 0.85
        assert (np.diff(curves, axis=1) >= 0.0).all()

    def test_when_there_are_curves_then_half_are_blends_of_them(self):
        rng = np.random.default_rng(0)
        real = np.stack([grid() ** power for power in (0.3, 0.5)])

        curves = np.stack([real_curve(rng, real) for _ in range(200)])

        is_blend = (curves >= real.min(axis=0) - 1e-12).all(axis=1)
        is_blend &= (curves <= real.max(axis=0) + 1e-12).all(axis=1)
        assert 70 < is_blend.sum() < 130


class TestLoadReal:
    def test_when_channels_differ_then_their_mean_is_taken(self, tmp_path):
        rows = np.stack([grid() ** power for power in (0.4, 0.5, 0.6)])
        np.savez(tmp_path / "real.npz", linear=grid(), forward=rows[None])

        curves = load_real(tmp_path / "real.npz")

        np.testing.assert_allclose(curves, rows.mean(axis=0)[None])

    @pytest.mark.parametrize(
        "content",
        [
            {"linear": grid()},
            {"linear": grid(), "forward": grid()[None]},
            {"linear": grid(), "forward": np.ones((2, 3, 1024))},
        ],
        ids=["no curves", "one channel", "flat"],
    )
    def test_when_it_is_something_else_then_one_line_says_what(self, tmp_path, content):
        np.savez(tmp_path / "real.npz", **content)

        with pytest.raises(TrainingError, match=r"real\.npz"):
            load_real(tmp_path / "real.npz")

    def test_when_it_is_missing_then_the_option_is_named(self, tmp_path):
        with pytest.raises(TrainingError, match="--real"):
            load_real(tmp_path / "none.npz")
