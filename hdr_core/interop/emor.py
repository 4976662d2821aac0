"""The curve basis EMoR, read from its authors' text file ``invemor.txt``.

    g0 =              N numbers, four a line: the mean of the inverse curves
    hinv(k)=          N numbers: the k-th principal component

Source: Grossberg & Nayar 2003, "What is the space of camera response functions?". Liu
et al. 2020 publish the same file with their code.
Differs: nothing; the components are unit vectors, as in the file.
"""

from pathlib import Path

import numpy as np

from hdr_core.camera.response import Curve, CurveBasis
from hdr_core.errors import WeightsError

MEAN = "g0"


def read_basis(path: Path, *, n_components: int, samples: int) -> CurveBasis:
    """Return the basis of inverse curves.

    Args:
        path: Path of ``invemor.txt``.
        n_components: Number of components to read.
        samples: Number of samples N of each curve.

    Raises:
        WeightsError: The file cannot be read, or a curve is missing.
    """
    try:
        sections = _sections(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(f"{path}: cannot be read ({reason}).") from error
    except ValueError as error:
        raise WeightsError(f"{path}: not an EMoR basis ({error}).") from error
    names = [MEAN, *(f"hinv({k})" for k in range(1, n_components + 1))]
    for name in names:
        n_found = len(sections.get(name, ()))
        if n_found != samples:
            raise WeightsError(
                f"{path}: {name} has {n_found} numbers, needs {samples}. Use the "
                "authors' invemor.txt."
            )
    mean, *components = (sections[name] for name in names)
    return CurveBasis(mean=mean, components=np.stack(components))


def _sections(text: str) -> dict[str, Curve]:
    """Return the numbers below each name; ValueError for text that is not a number."""
    found: dict[str, list[float]] = {}
    numbers: list[float] = []
    for line in text.splitlines():
        if "=" in line:
            numbers = found.setdefault(line.partition("=")[0].strip(), [])
        else:
            numbers += map(float, line.split())
    sections = {name: np.asarray(values) for name, values in found.items()}
    if not all(np.isfinite(values).all() for values in sections.values()):
        raise ValueError("a number is not finite")
    return sections
