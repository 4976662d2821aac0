"""A process that converts keeps the blocks it frees; it starts without a search."""

import gc
import subprocess
import sys
from importlib import import_module

import pytest

from hdr_core.cli.heap import without_collecting

PAGE_FAULTS = """
import resource
import numpy as np
from hdr_core.cli.heap import keep_freed_blocks

is_kept = {keep} and keep_freed_blocks()

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(2**24)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
print(int(is_kept), faults())
"""


def second_block(*, keep):
    """Return whether blocks are kept, and page faults of a second block of 128 MiB."""
    done = subprocess.run(
        [sys.executable, "-c", PAGE_FAULTS.format(keep=keep)],
        capture_output=True,
        text=True,
        check=True,
    )
    is_kept, faults = done.stdout.split()
    return is_kept == "1", int(faults)


def test_when_blocks_are_kept_then_the_next_one_costs_no_pages():
    _, given_back = second_block(keep=False)
    is_kept, kept = second_block(keep=True)

    # Other C libraries than glibc have no such choice.
    assert kept < given_back / 10 or not is_kept


def import_what_is_not_there():
    with without_collecting():
        assert not gc.isenabled()
        import_module("hdr_core.nothing")


def test_garbage_is_sought_again_after_the_imports_even_if_they_fail():
    with pytest.raises(ModuleNotFoundError):
        import_what_is_not_there()

    assert gc.isenabled()


def test_what_a_host_turned_off_stays_off():
    gc.disable()
    try:
        with without_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
