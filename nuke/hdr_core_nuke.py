"""A node that converts the plate of a Read by ``hdr-core``, outside of Nuke.

Works in Nuke without NukeX, on Python 3.10 and newer. The networks run in a process of
their own, so that Nuke needs neither torch nor hdr_core. Cancel ends the process: the
frame in hand is finished or removed, and a new run continues.
"""

import json
import os
import shlex
import subprocess
import threading

import nuke

LABEL = "HDR Reconstruct"
# Program to run, with arguments before its own, such as a wrapper of the pipeline.
PROGRAM_VARIABLE = "HDR_CORE_PROGRAM"
# Space of the written EXR as hdr-core names it, and what a Read's list may call it.
SPACES = {
    "lin_ap1_scene": ("ACEScg", "ACES - ACEScg", "scene_linear"),
    "lin_ap0_scene": ("ACES2065-1", "ACES - ACES2065-1"),
    "lin_rec709_scene": (
        "Linear Rec.709 (sRGB)",
        "Utility - Linear - sRGB",
        "lin_srgb",
        "linear",
    ),
}


def add_menu():
    """Add the commands to the toolbar of nodes."""
    menu = nuke.menu("Nodes").addMenu("hdr_core")
    menu.addCommand(LABEL, create_node)


def create_node():
    """Create a node below the selected Read, with the options of ``hdr-core``."""
    node = nuke.createNode("NoOp")
    node.setName("HdrReconstruct1")
    for knob in _make_knobs():
        node.addKnob(knob)
    return node


def _make_knobs():
    convert = nuke.PyScript_Knob(
        "convert",
        "Convert",
        "import hdr_core_nuke; hdr_core_nuke.convert(nuke.thisNode())",
    )
    knobs = [
        nuke.Tab_Knob("hdr_core", LABEL),
        _number("strength", 0.0, 1.0, 1.0, "Share of the added light in stops."),
        _number("boldness", 0.0, 1.0, 0.5, "Quantile of the light; 0.5: median."),
        _number("ceiling", 0.0, 20.0, 20.0, "Most stops above the clip; 20: no limit."),
        _number("exposure", -10.0, 10.0, 0.0, "Gain on the result, in stops."),
        nuke.Enumeration_Knob("working_space", "working space", list(SPACES)),
        nuke.String_Knob("linearize", "linearize", "auto"),
        nuke.File_Knob("output", "output"),
        convert,
    ]
    knobs[-2].setTooltip("EXR pattern with ####; empty: folder hdr beside the plate.")
    return knobs


def _number(name, low, high, value, tooltip):
    knob = nuke.Double_Knob(name, name)
    knob.setRange(low, high)
    knob.setValue(value)
    knob.setTooltip(tooltip)
    return knob


def convert(node):
    """Convert the plate of the Read at the node's input; returns the thread."""
    read = node.input(0)
    if read is None or read.Class() != "Read":
        nuke.message("HDR Reconstruct: connect the input to a Read node.")
        return None
    job = make_job(node, read)
    thread = threading.Thread(target=_run, args=(job, read), daemon=True)
    thread.start()
    return thread


def make_job(node, read):
    """Return what to run and what it writes, as a dictionary."""
    plate = read["file"].value()
    first, last = int(read["first"].value()), int(read["last"].value())
    output = node["output"].value() or _output_beside(plate)
    space = node["working_space"].value()
    program = shlex.split(os.environ.get(PROGRAM_VARIABLE, "hdr-core"))
    command = [*program, "convert", plate, "-o", output, "--json"]
    command += ["--working-space", space, "--linearize", node["linearize"].value()]
    for name in ("strength", "boldness", "exposure"):
        command += ["--" + name, repr(node[name].value())]
    if node["ceiling"].value() < 20.0:
        command += ["--ceiling", repr(node["ceiling"].value())]
    is_sequence = any(mark in plate for mark in ("#", "%"))
    if is_sequence:
        command += ["--frames", f"{first}-{last}"]
    count = last - first + 1 if is_sequence else 1
    return {
        "command": command,
        "output": output,
        "frames": (first, last),
        "count": count,
        "space": space,
    }


def _output_beside(plate):
    """Return the output pattern for a plate: folder ``hdr`` beside it."""
    folder, name = os.path.split(plate)
    stem = os.path.splitext(name)[0]
    for mark in ("#", "%"):
        place = stem.find(mark)
        if place >= 0:
            base = stem[:place].rstrip("._-")
            return "/".join((folder, "hdr", base + "_hdr." + stem[place:] + ".exr"))
    return "/".join((folder, "hdr", stem + "_hdr.exr"))


def _run(job, read):
    """Run the program, and show its progress; runs in a thread of its own."""
    task = nuke.ProgressTask(LABEL)
    try:
        process = subprocess.Popen(
            job["command"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
    except OSError as error:
        program = job["command"][0]
        _show(
            f"{LABEL}: {program} cannot be run ({error}). "
            f"Set {PROGRAM_VARIABLE} to the program."
        )
        return
    with process:
        stop = threading.Event()
        watcher = threading.Thread(target=_end_if_cancelled, args=(task, process, stop))
        watcher.start()
        problems = _follow(process, task, job["count"])
        errors = process.stderr.read()
        code = process.wait()
        stop.set()
        watcher.join()
    if task.isCancelled():
        return
    if code != 0:
        problems = problems or [line for line in errors.splitlines() if line.strip()]
        _show("HDR Reconstruct: " + (problems or [f"exit code {code}"])[0])
        return
    nuke.executeInMainThread(create_read, args=(job, read))


def _follow(process, task, count):
    """Show each finished frame; return the errors of frames that failed."""
    n_done, problems = 0, []
    for line in process.stdout:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") != "plate":
            continue
        n_done += 1
        task.setProgress(min(100, int(100 * n_done / count)))
        task.setMessage(os.path.basename(event.get("output", "")))
        if event.get("error"):
            problems.append(event["error"])
    return problems


def _end_if_cancelled(task, process, stop):
    """End the process when the artist cancels."""
    while not stop.wait(0.1):
        if task.isCancelled():
            process.terminate()
            return


def _show(text):
    nuke.executeInMainThread(nuke.message, args=(text,))


def create_read(job, read):
    """Create the Read of the result below the Read of the plate."""
    result = nuke.createNode("Read", inpanel=False)
    result["file"].setValue(job["output"])
    first, last = job["frames"]
    for name, value in (("first", first), ("last", last)):
        result[name].setValue(value)
        result["orig" + name].setValue(value)
    result.setXYpos(read.xpos(), read.ypos() + 120)
    knob = result["colorspace"]
    known = knob.values()
    for name in SPACES[job["space"]]:
        # Nuke shows families before names: "scene_linear (ACEScg)", "ACES/ACEScg".
        found = [value for value in known if _is_space(value, name)]
        if found:
            knob.setValue(found[0])
            break
    else:
        name, space = result.name(), job["space"]
        nuke.message(f"{LABEL}: set the colorspace of {name} by hand: {space}.")
    return result


def _is_space(value, name):
    plain = value.replace("\t", "/").split("/")[-1]
    return name in (value, plain) or value.endswith("(" + name + ")")
