"""Suffixes of raw files. It needs no other library, so that names alone are quick."""

import importlib.util

RAW_SUFFIXES = tuple(
    f".{name}"
    for names in (
        "3fr arw cr2 cr3 crw dcr dng erf fff iiq k25 kdc mef mos mrw nef",
        "nrw orf pef raf rw2 rwl sr2 srf srw x3f",
    )
    for name in names.split()
)
"""In lower case, with their point."""


def can_develop() -> bool:
    """Return whether rawpy is installed."""
    return importlib.util.find_spec("rawpy") is not None
