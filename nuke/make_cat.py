"""Make hdr_core.cat in NukeX: run this file in its Script Editor.

    import runpy; runpy.run_path("/path/to/nuke/make_cat.py", run_name="__main__")

It needs ``hdr_core.pt`` beside it: ``hdr-core export torchscript -o FOLDER --graph
plate``, then rename ``plate.pt``. The knobs have the names of the model's attributes.
"""

import os

import nuke

HERE = os.path.dirname(os.path.abspath(__file__))
CHANNELS = "rgba.red,rgba.green,rgba.blue"
# Attribute of the model, least and largest value, default.
KNOBS = (
    ("exposure", -10.0, 10.0, 0.0),
    ("strength", 0.0, 1.0, 1.0),
    ("boldness", 0.0, 1.0, 0.5),
    ("ceiling", 0.0, 20.0, 20.0),
)


def make_cat(folder=HERE):
    """Create hdr_core.cat in ``folder``; return the CatFileCreator node."""
    creator = nuke.createNode("CatFileCreator", inpanel=False)
    values = {
        "torchScriptFile": os.path.join(folder, "hdr_core.pt"),
        "catFile": os.path.join(folder, "hdr_core.cat"),
        "channelsIn": CHANNELS,
        "channelsOut": CHANNELS,
        "modelId": "hdr_core",
    }
    for name, value in values.items():
        creator[name].setValue(value.replace("\\", "/"))
    creator["outputScale"].setValue(1)
    for name, low, high, value in KNOBS:
        knob = nuke.Double_Knob(name, name)
        knob.setRange(low, high)
        creator.addKnob(knob)
        knob.setValue(value)
    creator["createCatFile"].execute()
    return creator


if __name__ == "__main__":
    make_cat()
