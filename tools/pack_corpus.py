"""Pack the training scenes of a corpus into one file, which needs no OpenImageIO.

    python -m tools.pack_corpus --corpus CORPUS -o corpus.safetensors [--step 1.2]

Only scenes of the split "train" with ``train_ok`` are packed. ``hdr-core train --corpus
corpus.safetensors`` takes the file in place of the folder. Printed are the size of each
scene and its error: in codes of an 8-bit sRGB plate of which 5 % clip, and above that
clip as a share of the light. How scenes are packed: hdr_core/io/scene_codec.py.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hdr_core.io.corpus import load_scene, read_manifest
from hdr_core.io.packed_corpus import write_packed
from hdr_core.io.scene_codec import (
    STEP,
    Light,
    decode_scene,
    encode_scene,
    reference_clip,
    to_codes,
)
from hdr_core.training.data import display_curves

PERCENTILES = (50, 99)


def errors_of(light: Light, found: Light) -> tuple[list[float], list[float]]:
    """Return error percentiles below the clip in codes, and above it as shares."""
    clip = reference_clip(light)
    codes, wanted = to_codes(found, clip), to_codes(light, clip)
    is_above = light > clip
    below = np.abs(codes - wanted)[~is_above]
    above = np.abs(found[is_above] / light[is_above] - 1.0)
    first, second = (
        [float(part) for part in np.percentile(each, PERCENTILES)]
        if each.size
        else [0.0, 0.0]
        for each in (below, above)
    )
    return first, second


def main() -> None:
    """Pack all training scenes, and print what each costs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--step", type=float, default=STEP)
    parser.add_argument("--overwrite", action="store_true")
    options = parser.parse_args()
    rows = []

    def pack() -> Iterator[tuple[dict[str, Any], bytes]]:
        for entry in read_manifest(options.corpus):
            if entry["split"] == "train" and entry["train_ok"]:
                light = load_scene(options.corpus, entry).pixels
                data = encode_scene(light, step=options.step)
                below, above = errors_of(light, decode_scene(data))
                rows.append((len(data), *below, *above))
                print(
                    f"{entry['id']:32} {len(data) / 1e3:7.0f} kB  codes {below[0]:.2f} "
                    f"{below[1]:.2f}  above clip {above[0]:.2%} {above[1]:.2%}",
                    flush=True,
                )
                yield entry, data

    size = write_packed(
        options.output, pack(), display_curves(), overwrite=options.overwrite
    )
    middle = np.median(np.array(rows), axis=0)
    print(f"{options.output}: {len(rows)} scenes, {size / 1e6:.1f} MB")
    print(
        f"median scene: error {middle[1]:.2f} codes in the median, {middle[2]:.2f} at "
        f"the 99th percentile; above the clip {middle[3]:.2%} and {middle[4]:.2%}"
    )


if __name__ == "__main__":
    main()
