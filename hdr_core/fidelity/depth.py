"""Choose the bit depth of a result: the smallest one that keeps the promise."""

from typing import NamedTuple

from hdr_core.execution.scratch import extent
from hdr_core.fidelity.promise import Promise
from hdr_core.plate import HALF_MAX, Depth, Plate

# Half floats keep all codes of this number of bits apart, for any curve.
HALF_BITS = 10
# Light, as a multiple of the clip, that only suns and bare lamps reach. An artist
# exposes a panorama up and down as a light, which may exceed the range of half floats.
SUN = 1000.0


class DepthChoice(NamedTuple):
    """The bit depth of a result, and its reason.

    Attributes:
        depth: Half or float.
        reason: Why this depth is chosen, as a phrase for the artist.
        violations: Number of values that break the promise at this depth; None means
            that they were not counted.
    """

    depth: Depth
    reason: str
    violations: int | None = None


def choose_depth(
    hdr: Plate, promise: Promise | None, *, is_panorama: bool = False
) -> DepthChoice:
    """Return the smallest depth that keeps the promise.

    Args:
        hdr: The result, in the working space.
        promise: The promise that the result must keep; None means that there is none.
        is_panorama: Whether the result is a panorama, which may light a scene.
    """
    _, brightest = extent(hdr.pixels)
    if brightest > HALF_MAX:
        why = f"light of {brightest:.0f} is more than half floats hold"
        return DepthChoice("float", why)
    if is_panorama and brightest > SUN:
        why = f"a panorama with light of {brightest:.0f}, as of a sun"
        return DepthChoice("float", why)
    if promise is None:
        return DepthChoice("half", "no code is promised")
    if promise.max_code >= 2**HALF_BITS:
        why = f"half floats do not hold more than {HALF_BITS} bits"
        return DepthChoice("float", why)
    if n_broken := promise.count_violations(hdr, depth="half"):
        why = f"half floats would move {n_broken} values to another code"
        return DepthChoice("float", why)
    return DepthChoice("half", "half floats keep every code", violations=0)
