"""Steps of OpenColorIO from which a transform with tables is built, and their sum.

Tables are computed from formulas when they are first needed. OpenColorIO interpolates
them, as the programs do whose transforms they are.
"""

from collections.abc import Sequence

import numpy as np
import PyOpenColorIO

from hdr_core.color.ocio import Conversion
from hdr_core.color.output_transforms.arrays import Values

_INVERSE = PyOpenColorIO.TRANSFORM_DIR_INVERSE


def conversion(steps: Sequence[PyOpenColorIO.Transform]) -> Conversion:
    """Return the conversion of pixels by all steps, one after the other."""
    group = PyOpenColorIO.GroupTransform(list(steps))
    return Conversion(PyOpenColorIO.Config.CreateRaw().getProcessor(group))


def matrix(rows: Values) -> PyOpenColorIO.Transform:
    """Return a matrix (3, 3) for rows: ``light @ rows``."""
    full = np.eye(4)
    full[:3, :3] = rows.T
    return PyOpenColorIO.MatrixTransform(matrix=full.ravel().tolist())


def log2(low: float, high: float) -> PyOpenColorIO.Transform:
    """Return the base-2 logarithm, from ``low`` at 0 to ``high`` at 1."""
    return PyOpenColorIO.AllocationTransform(
        allocation=PyOpenColorIO.ALLOCATION_LG2, vars=[low, high]
    )


def exp2(low: float, high: float) -> PyOpenColorIO.Transform:
    """Return the inverse of ``log2``."""
    step = log2(low, high)
    step.setDirection(_INVERSE)
    return step


def scale(high: float) -> PyOpenColorIO.Transform:
    """Return a division by ``high``."""
    return matrix(np.eye(3) / high)


def power(exponent: float) -> PyOpenColorIO.Transform:
    """Return a power; values below 0 become 0."""
    return PyOpenColorIO.ExponentTransform([exponent] * 3 + [1.0])


def srgb() -> PyOpenColorIO.Transform:
    """Return sRGB's encoding of light."""
    return PyOpenColorIO.ExponentWithLinearTransform(
        gamma=[2.4] * 3 + [1.0], offset=[0.055] * 3 + [0.0], direction=_INVERSE
    )


def curve(values: Values) -> PyOpenColorIO.Transform:
    """Return a curve for each channel by its samples on [0, 1], (N,)."""
    samples = np.repeat(values[:, None], 3, axis=1).astype(np.float32)
    step = PyOpenColorIO.Lut1DTransform(len(values), inputHalfDomain=False)
    step.setData(samples.ravel())
    step.setInterpolation(PyOpenColorIO.INTERP_LINEAR)
    return step


def cube(values: Values) -> PyOpenColorIO.Transform:
    """Return a table of colors on the unit cube.

    Args:
        values: (N, N, N, 3), indexed by red, green and blue.
    """
    step = PyOpenColorIO.Lut3DTransform(len(values))
    step.setData(np.ascontiguousarray(values, np.float32).ravel())
    step.setInterpolation(PyOpenColorIO.INTERP_TETRAHEDRAL)
    return step


def cube_nodes(size: int) -> Values:
    """Return the places of a table's values, (N, N, N, 3), in [0, 1]."""
    axis = np.linspace(0.0, 1.0, size)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
