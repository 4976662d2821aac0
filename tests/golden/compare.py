"""What differs between two golden files."""

from typing import NamedTuple

MISSING = "nothing"


class Difference(NamedTuple):
    """One fact that is not what it was.

    Attributes:
        setting: Threads and tile size.
        case: Name of the case.
        fact: File, and channel or attribute in it.
        before: In the first file, or MISSING.
        after: In the second file, or MISSING.
    """

    setting: str
    case: str
    fact: str
    before: str
    after: str


def find_differences(before, after):
    """Return (differences, number of facts compared) of two golden files.

    Args:
        before: Fingerprints by setting and case.
        after: The same, measured later.

    Raises:
        ValueError: There is nothing to compare.
    """
    old, new = _flat(before), _flat(after)
    if not (old and new):
        raise ValueError("golden: there is nothing to compare.")
    places = sorted(old.keys() | new.keys())
    pairs = [
        Difference(*place, old.get(place, MISSING), new.get(place, MISSING))
        for place in places
    ]
    return [pair for pair in pairs if pair.before != pair.after], len(places)


def _flat(golden):
    return {
        (setting, case, fact): value
        for setting, cases in golden.items()
        for case, facts in cases.items()
        for fact, value in facts.items()
    }
