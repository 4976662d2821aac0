"""Work on the processor: parts side by side, each as if it were alone."""

import threading
import time

import numpy as np
import pytest
import torch

from hdr_core.execution.device import (
    each_on_one_thread,
    keep_threads,
    one_thread,
    side_by_side,
)
from hdr_core.options import Options, TileConfig
from hdr_core.reconstruction import reconstruct

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def threads():
    """Torch may use four threads, whatever the machine has."""
    with keep_threads():
        torch.set_num_threads(4)
        yield


@pytest.fixture
def meet():
    """A part that waits until another is worked on at the same time."""
    barrier = threading.Barrier(2, timeout=20)
    return lambda _: barrier.wait()


@pytest.mark.parametrize("n_at_once", [1, 3])
class TestSideBySide:
    def test_when_parts_are_worked_on_then_results_come_in_their_order(self, n_at_once):
        done = []

        found = side_by_side(
            lambda part: part * part,
            range(9),
            n_at_once=n_at_once,
            on_done=lambda: done.append(True),
        )

        assert found == [part * part for part in range(9)]
        assert len(done) == 9

    def test_when_a_part_fails_then_those_that_have_not_begun_are_left_out(
        self, n_at_once
    ):
        begun = []

        def work(part):
            begun.append(part)
            time.sleep(0.005)
            raise ValueError(part)

        with pytest.raises(ValueError, match="0"):
            side_by_side(work, range(100), n_at_once=n_at_once)

        assert len(begun) < 100

    def test_when_the_caller_stops_then_the_rest_is_left_out(self, n_at_once):
        begun = []

        def work(part):
            begun.append(part)
            time.sleep(0.005)

        def stop():
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            side_by_side(work, range(100), n_at_once=n_at_once, on_done=stop)

        assert len(begun) < 100

    def test_when_the_caller_infers_then_so_do_the_parts(self, n_at_once):
        with torch.inference_mode():
            found = side_by_side(
                lambda _: torch.is_inference_mode_enabled(),
                range(4),
                n_at_once=n_at_once,
            )

        assert found == [True] * 4

    def test_when_it_is_done_then_torch_has_its_threads_again(self, n_at_once):
        side_by_side(lambda _: None, range(4), n_at_once=n_at_once)

        assert torch.get_num_threads() == 4

    def test_when_there_is_nothing_to_do_then_nothing_is_done(self, n_at_once):
        assert side_by_side(pytest.fail, [], n_at_once=n_at_once) == []


class TestThreads:
    def test_when_two_may_run_at_once_then_they_do(self, meet):
        assert sorted(side_by_side(meet, range(2), n_at_once=2)) == [0, 1]

    @pytest.mark.parametrize(
        ("n_at_once", "each"), [(1, 4), (2, 2), (3, 1), (8, 1)], ids=str
    )
    def test_when_parts_share_the_threads_then_each_has_as_many(self, n_at_once, each):
        found = side_by_side(
            lambda _: torch.get_num_threads(), range(8), n_at_once=n_at_once
        )

        assert set(found) == {each}

    def test_when_jobs_get_one_thread_each_then_as_many_run_as_there_are(self, meet):
        def job():
            meet(None)
            return torch.get_num_threads()

        assert each_on_one_thread([job, job], CPU) == [1, 1]

    def test_when_there_is_one_thread_then_jobs_follow_each_other(self):
        with one_thread():
            found = each_on_one_thread([threading.get_ident] * 3, CPU)

        assert found == [threading.get_ident()] * 3


class TestReconstruct:
    @pytest.mark.parametrize("precision", ["float32", "bfloat16"])
    @pytest.mark.parametrize("kind", ["a_plate", "a_panorama"])
    def test_when_tiles_are_worked_on_side_by_side_then_no_bit_changes(
        self, request, a_small_model, kind, precision
    ):
        plate = request.getfixturevalue(kind)
        config = Options(precision=precision, tiles=TileConfig(32), memory_gib=4.0)

        beside = reconstruct(plate, a_small_model, options=config)
        with one_thread():
            alone = reconstruct(plate, a_small_model, options=config)

        assert beside.is_panorama == (kind == "a_panorama")
        np.testing.assert_array_equal(beside.inverse_crf, alone.inverse_crf)
        np.testing.assert_array_equal(beside.hdr.pixels, alone.hdr.pixels)
