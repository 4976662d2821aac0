"""Run by the Python of another OpenColorIO, not by pytest: do configs load there?

Usage: python in_ocio.py SPACE CONFIG...; prints version and scene-linear light of ten
codes, one line of JSON.
"""

import json
import sys

import PyOpenColorIO


def main(space, *configs):
    """Print what each config makes of grey codes, or why it does not load."""
    told = {"version": PyOpenColorIO.__version__}
    for path in configs:
        try:
            config = PyOpenColorIO.Config.CreateFromFile(path)
            config.validate()
            cpu = config.getProcessor(space, "lin_rec709_srgb").getDefaultCPUProcessor()
            told[path] = [cpu.applyRGB([code / 9] * 3)[1] for code in range(10)]
        except PyOpenColorIO.Exception as error:
            told[path] = str(error)
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
