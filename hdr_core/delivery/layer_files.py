"""Write each layer as an EXR, for programs that read only the first part of a file."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hdr_core.color.plate_color import to_working_space
from hdr_core.execution.scratch import bands
from hdr_core.fidelity.bins import project
from hdr_core.fidelity.promise import Promise, plate_codes
from hdr_core.io.data import write_data
from hdr_core.io.write import write_hdr
from hdr_core.networks import Array
from hdr_core.plate import Depth, Plate
from hdr_core.reconstruction import Reconstruction


def write_layer_files(
    target: Path,
    result: Reconstruction,
    layers: Mapping[str, Array],
    *,
    depth: Depth,
    exposure_stops: float = 0.0,
) -> dict[str, Path]:
    """Write ``layers`` beside ``target``, each to ``{stem}_{layer}.exr``.

    A host program can mix the result with the layers "linear" and "uncertainty":

    - "linear" is the result of strength 0, in the same color space and exposure.
    - "uncertainty" has a value for each channel. With a promise, it is 0 where the
      channel is not clipped.

    Args:
        target: Path of the result's EXR.
        result: The reconstruction.
        layers: Arrays (H, W) or (H, W, 3), by name.
        depth: Number format of "linear"; all other layers are half floats.
        exposure_stops: Gain that was applied to the result, in stops.

    Returns:
        Paths of the files, by the layer's name.

    Raises:
        OutputError: A file cannot be written.
    """
    files = {}
    for name, values in layers.items():
        path = target.with_name(f"{target.stem}_{name}.exr")
        if name == "linear":
            plate = without_added_light(result, exposure_stops)
            write_hdr(path, plate, depth=depth, overwrite=True)
        elif name == "uncertainty":
            write_data(path, channel_uncertainty(result), overwrite=True)
        else:
            write_data(path, values, overwrite=True)
        files[name] = path
    return files


def without_added_light(result: Reconstruction, exposure_stops: float) -> Plate:
    """Return the result without added light; it keeps the same promise."""
    linear = result.linear.copy()
    if (promise := result.promise) is not None:
        for band in bands(linear):
            linear[band] = project_band(linear[band], promise, band)
    return to_working_space(
        linear, result.hdr, colors=result.colors, stops=exposure_stops
    )


def channel_uncertainty(result: Reconstruction) -> Array:
    """Return the uncertainty of each channel in stops; unclipped ones may have 0."""
    each = np.repeat(result.uncertainty[..., None], 3, axis=2)
    if (promise := result.promise) is not None:
        clipped_from = promise.max_code - promise.tolerance_codes
        for band in bands(each):
            codes = plate_codes(promise.encoded[band], promise.max_code)
            each[band] *= codes >= clipped_from
    return each


def project_band(linear: Array, promise: Promise, band: slice) -> Array:
    """Return rows of ``linear``, projected onto the codes of the plate."""
    projected = project(
        linear,
        plate_codes(promise.encoded[band], promise.max_code),
        promise.inverse_crf,
        max_code=promise.max_code,
        tolerance_codes=promise.tolerance_codes,
    )
    return np.asarray(projected, np.float32)
