"""Small stored arrays of the results, and how far from them a result may be.

Digests hold on one machine only, since processors differ in the last digit. The stored
arrays hold on every machine: every third pixel of every layer (of the photograph every
17th) in both directions, as float32 for light and
as half floats for the other layers, as in the files.
"""

from pathlib import Path

import numpy as np

from tests.golden.fingerprint import read_channels

FOLDER = Path(__file__).parent / "stored"
# Of small and large pictures; coprime to the tiles and to the blocks of the networks.
STEPS = (3, 17)
LARGE_PX = 2**14
# The files hold float32 or half floats, whose steps are 6e-8 and 1e-3.
TOLERANCES = {"float32": 2e-5, "float16": 1e-3}
# Smaller values are compared absolutely. Layers of data are stops and shares, so that
# an error of 2e-5 is small beside 1, also where there are nearly no stops.
LIGHT_FLOOR, DATA_FLOOR = 1e-3, 1.0
LIGHT = ("rgba RGB", "linear")


def read_results(folder):
    """Return every layer of every EXR in ``folder``, (h, w, C), thinned, by name."""
    found = {}
    for path in sorted(folder.glob("*.exr")):
        for header, channels in read_channels(path):
            name = f"{path.stem} {header.get('name', 'image')}"
            found |= _stack_layers(name, channels)
    return found


def _stack_layers(name, channels):
    """Return channels as layers: ``gain.R``, ``gain.G``, ``gain.B`` become one."""
    layers = {}
    for channel, values in sorted(channels.items()):
        layer = channel
        if channel.rpartition(".")[2] in {"R", "G", "B"}:
            layer = channel.rpartition(".")[0] or "RGB"
        step = STEPS[values.size > LARGE_PX]
        layers.setdefault(f"{name} {layer}", []).append(values[::step, ::step])
    return {key: np.stack(planes, axis=-1) for key, planes in layers.items()}


def find_errors(found, stored):
    """Return what is wrong with the layers of a case, by name; empty: nothing.

    A matrix mixes the channels, so an error is relative to the largest of its pixel.

    Args:
        found: Layers of a result, by name.
        stored: Those that are stored.
    """
    errors = dict.fromkeys(found.keys() ^ stored.keys(), "missing, or not stored")
    for name in found.keys() & stored.keys():
        if found[name].shape != stored[name].shape:
            errors[name] = f"{found[name].shape}, stored {stored[name].shape}"
            continue
        worst = _worst_error(name, found[name], stored[name])
        # In this way NaN is an error, too.
        if not worst <= TOLERANCES[str(stored[name].dtype)]:
            errors[name] = f"off by {worst:.2g}"
    return errors


def _worst_error(name, found, stored):
    exact = stored.astype(np.float64)
    floor = LIGHT_FLOOR if name.endswith(LIGHT) else DATA_FLOOR
    scale = np.maximum(np.abs(exact).max(axis=-1, keepdims=True), floor)
    return float((np.abs(found - exact) / scale).max())


def save_results(case_name, results):
    """Store the layers of a case."""
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"{case_name}.npz", **results)


def load_results(case_name):
    """Return the stored layers of a case, by name."""
    with np.load(FOLDER / f"{case_name}.npz") as file:
        return dict(file)
