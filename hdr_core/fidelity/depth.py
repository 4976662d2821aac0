"""How deep the pixels of a result are stored: the smallest depth that is safe."""

from typing import NamedTuple

from hdr_core.execution.scratch import extent
from hdr_core.fidelity.promise import Promise
from hdr_core.plate import HALF_MAX, Depth, Plate

# Half floats tell all codes of so many bits apart, whatever the curve.
HALF_BITS = 10
# Light, as a multiple of the clip, that only suns and bare lamps reach. A panorama that
# lights a scene is exposed up and down, and must not meet the end of half floats.
SUN = 1000.0


class DepthChoice(NamedTuple):
    """How deep pixels are stored.

    Attributes:
        depth: Half or float.
        reason: Why.
        violations: Values that break the promise at this depth; None: not counted.
    """

    depth: Depth
    reason: str
    violations: int | None = None


def choose_depth(
    hdr: Plate, promise: Promise | None, *, is_panorama: bool = False
) -> DepthChoice:
    """Return the smallest depth which keeps the promise.

    Args:
        hdr: The result.
        promise: What it must keep; None: nothing.
        is_panorama: It lights a scene.
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
