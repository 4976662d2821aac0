"""How often the band of likely curves holds the true curve of a real camera.

    python benchmarks/curve_spread.py FOLDER

FOLDER is that of ``hdr-core evaluate --real``. For each plate the curve and its spread
are estimated, and compared with the camera's own curve at the codes from 0.1 to 0.95 of
the range. A band of 1.28 spreads on both sides would hold 80 % if errors were normal.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from hdr_core.checkpoint import load_model
from hdr_core.develop.estimate_camera import (
    curve_spread,
    evidence_of_plate,
    likely_curve,
)
from hdr_core.evaluation.real import load_real_set
from hdr_core.io.read import read_plate
from hdr_core.networks import prepare
from hdr_core.options import Options

FROM, TO = 0.1, 0.95
# The 90 % quantile of a normal law: 80 % lie within it on both sides.
REACH = 1.2816


@torch.inference_mode()
def main(arguments: list[str]) -> int:
    """Print the share of codes whose true light lies in the band."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    options = Options(linearize="network")
    networks = prepare(load_model("compact"), options)
    shares = []
    for view in load_real_set(folder).views:
        evidence = evidence_of_plate(read_plate(view.file), networks, options)
        curve, spread = (
            likely_curve(evidence, networks),
            curve_spread(evidence, networks),
        )
        if spread is None:
            print("these weights have no likely curves", file=sys.stderr)
            return 2
        codes = np.linspace(0.0, 1.0, len(curve))
        true = np.interp(
            codes, np.linspace(0.0, 1.0, len(view.inverse_crf)), view.inverse_crf
        )
        is_counted = (codes > FROM) & (codes < TO)
        is_inside = np.abs(true - curve) < REACH * spread
        shares.append(float(is_inside[is_counted].mean()))
        print(f"{view.name}: {shares[-1]:.0%}", flush=True)
    print(f"mean of {len(shares)} plates: {np.mean(shares):.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
