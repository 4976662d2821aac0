"""The layer ``linear``: a result without added light, in the result's own space."""

from hdr_core.color.plate_color import to_working_space
from hdr_core.fidelity.camera import CodeValues
from hdr_core.plate import Plate
from hdr_core.reconstruction import Reconstruction


def without_light(result: Reconstruction) -> Plate:
    """Return what a strength of 0 would have given.

    It has the result's primaries, exposure and alpha, and is as true to its codes: a
    host can mix it with the result.
    """
    light = result.linear.copy()
    if (promise := result.promise) is not None:
        values = CodeValues(promise.encoded, promise.encoded, promise.encoded)
        promise.camera.project(light, values, result.linear)
    return to_working_space(
        light, result.hdr, colors=result.colors, stops=result.exposure_stops
    )
