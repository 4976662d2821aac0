"""The Nuke folder, without a Nuke: on a stub made from Nuke's published type stubs.

The stub has exactly the names of the published stubs, so a name that Nuke has not is
an AttributeError. How Nuke behaves is not in the stubs: the few classes below do what
its documentation says.
"""

import ast
import importlib.metadata
import importlib.util
import json
import re
import stat
import sys
import types
from pathlib import Path

import pytest

from hdr_core.export.pieces import CONTROLS

FOLDER = Path(__file__).parents[2] / "nuke"


def published():
    """Return the classes of Nuke with their methods, and the names of functions."""
    files = importlib.metadata.files("types-nuke")
    classes, functions = {}, set()
    for file in files:
        if file.suffix != ".pyi":
            continue
        for node in ast.parse(file.locate().read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                methods = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
                bases = [ast.unparse(base) for base in node.bases]
                classes[node.name] = (bases, methods)
            elif isinstance(node, ast.FunctionDef):
                functions.add(node.name)
    return classes, functions


def methods_of(classes, name):
    bases, methods = classes[name]
    inherited = [methods_of(classes, base) for base in bases if base in classes]
    return methods.union(*inherited)


class Thing:
    """A knob or a node: only methods of its published class can be called."""

    def __init__(self, kind, allowed, *args):
        self.kind, self._allowed, self.args = kind, allowed, args
        self.knobs, self.inputs, self.calls, self.content = {}, [], [], None
        if len(args) > 2 and isinstance(args[2], str):
            self.content = args[2]
        if len(args) > 2 and isinstance(args[2], list):
            self.content = args[2][0]

    def __getattr__(self, name):
        if name.startswith("__") or name not in self._allowed:
            raise AttributeError(f"nuke.{self.kind} has no {name}")
        return lambda *args, **kwargs: self._called(name, args)

    def _called(self, name, args):
        self.calls.append((name, *args))
        if name == "setValue":
            self.content = args[0]
        answers = {
            "value": self.content if self.content is not None else "",
            "values": ["scene_linear (ACEScg)", "Linear Rec.709 (sRGB)", "sRGB"],
            "Class": self.kind,
            "xpos": 10,
            "ypos": 20,
            "name": self.kind + "1",
            "addMenu": self,
            "isCancelled": False,
        }
        if name == "input":
            return self.inputs[args[0]] if self.inputs else None
        if name == "addKnob":
            self.knobs[args[0].args[0]] = args[0]
        return answers.get(name)

    def __getitem__(self, name):
        return self.knobs[name]


READ_KNOBS = ("file", "first", "last", "origfirst", "origlast", "colorspace")
CAT_KNOBS = (
    *("torchScriptFile", "catFile", "channelsIn", "channelsOut"),
    *("modelId", "outputScale", "createCatFile"),
)


@pytest.fixture
def nuke(monkeypatch):
    classes, functions = published()
    module = types.ModuleType("nuke")
    module.nodes_made, module.messages, module.tasks = [], [], []

    def make(kind, *args):
        thing = Thing(kind, methods_of(classes, kind), *args)
        if kind == "ProgressTask":
            module.tasks.append(thing)
        return thing

    def create_node(kind, knobs="", inpanel=True):
        node = Thing(kind, methods_of(classes, "Node"))
        names = {"Read": READ_KNOBS, "CatFileCreator": CAT_KNOBS}.get(kind, ())
        allowed = methods_of(classes, "Enumeration_Knob") | {"execute"}
        node.knobs = {name: Thing("knob", allowed) for name in names}
        module.nodes_made.append(node)
        return node

    for name in classes:
        setattr(module, name, lambda *args, kind=name: make(kind, *args))
    behaviour = {
        "createNode": create_node,
        "message": module.messages.append,
        "menu": lambda name: make("Menu"),
        "executeInMainThread": lambda call, args=(): call(*args),
    }
    assert set(behaviour) <= functions
    for name, function in behaviour.items():
        setattr(module, name, function)
    monkeypatch.setitem(sys.modules, "nuke", module)
    return module


@pytest.fixture
def load(nuke, monkeypatch):
    def run(name):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return run


@pytest.fixture
def a_read(nuke):
    def make(path, first=1, last=1):
        read = nuke.createNode("Read")
        for name, value in (("file", path), ("first", first), ("last", last)):
            read[name].setValue(value)
        return read

    return make


@pytest.fixture
def a_program(tmp_path, monkeypatch):
    """A program that answers as ``hdr-core convert --json`` does, or fails."""

    def make(*events, code=0, error=""):
        path = tmp_path / "program.py"
        lines = [f"print({json.dumps(json.dumps(event))})" for event in events]
        lines += [f"import sys; sys.stderr.write({error!r}); sys.exit({code})"]
        path.write_text("\n".join(lines))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("HDR_CORE_PROGRAM", f"{sys.executable} {path}")

    return make


class TestNode:
    def test_when_nuke_starts_then_the_menu_has_the_command(self, load):
        load("hdr_core_nuke")

        load("menu")

    def test_when_a_shot_is_converted_then_the_command_names_frames_and_options(
        self, load, a_read
    ):
        module = load("hdr_core_nuke")
        node = module.create_node()
        read = a_read("/shots/a/plate.####.png", 1001, 1004)

        job = module.make_job(node, read)

        text = " ".join(job["command"])
        assert text.startswith("hdr-core convert /shots/a/plate.####.png")
        assert "-o /shots/a/hdr/plate_hdr.####.exr" in text
        assert "--frames 1001-1004" in text
        assert "--strength 1.0 --boldness 0.5 --exposure 0.0" in text
        assert "--working-space lin_ap1_scene" in text
        assert "--ceiling" not in text

    def test_when_the_options_are_run_then_hdr_core_knows_all_of_them(
        self, load, a_read
    ):
        from hdr_core.cli.hello import known_options

        module = load("hdr_core_nuke")
        node = module.create_node()
        node["ceiling"].setValue(4.0)

        job = module.make_job(node, a_read("/a/plate.%04d.png", 1, 2))

        flags = {word for word in job["command"] if word.startswith("--")}
        assert flags <= set(known_options("convert"))
        assert "--ceiling" in flags

    def test_when_the_result_is_there_then_a_read_of_its_space_is_made(
        self, load, nuke, a_read, a_program
    ):
        module = load("hdr_core_nuke")
        node = module.create_node()
        node.inputs = [a_read("/shots/a.png")]
        a_program({"event": "plate", "output": "/shots/hdr/a_hdr.exr"})

        module.convert(node).join()

        result = nuke.nodes_made[-1]
        assert result["file"].content == "/shots/hdr/a_hdr.exr"
        assert result["colorspace"].content == "scene_linear (ACEScg)"
        assert ("setProgress", 100) in nuke.tasks[0].calls
        assert nuke.messages == []

    def test_when_a_frame_fails_then_the_artist_reads_why(
        self, load, nuke, a_read, a_program
    ):
        module = load("hdr_core_nuke")
        node = module.create_node()
        node.inputs = [a_read("/shots/a.png")]
        a_program({"event": "plate", "error": "a.png: no such plate."}, code=1)

        module.convert(node).join()

        assert nuke.messages == ["HDR Reconstruct: a.png: no such plate."]

    def test_when_the_program_is_missing_then_the_variable_is_named(
        self, load, nuke, a_read, monkeypatch
    ):
        module = load("hdr_core_nuke")
        node = module.create_node()
        node.inputs = [a_read("/shots/a.png")]
        monkeypatch.setenv("HDR_CORE_PROGRAM", "/no/such/program")

        module.convert(node).join()

        assert "Set HDR_CORE_PROGRAM" in nuke.messages[0]

    def test_when_the_artist_cancels_then_the_process_ends(
        self, load, nuke, a_read, monkeypatch
    ):
        module = load("hdr_core_nuke")
        node = module.create_node()
        node.inputs = [a_read("/shots/a.png")]
        slow = f"{sys.executable} -c 'import time; time.sleep(60)'"
        monkeypatch.setenv("HDR_CORE_PROGRAM", slow)
        monkeypatch.setattr(Thing, "isCancelled", lambda _: True, raising=False)

        thread = module.convert(node)
        thread.join(timeout=20)

        assert not thread.is_alive()
        assert nuke.messages == []

    def test_when_no_read_is_connected_then_nothing_runs(self, load, nuke):
        module = load("hdr_core_nuke")

        assert module.convert(module.create_node()) is None
        assert "connect the input to a Read" in nuke.messages[0]


class TestCat:
    def test_when_the_cat_is_made_then_its_knobs_are_the_attributes_of_the_model(
        self, load
    ):
        creator = load("make_cat").make_cat()

        made = {name: knob.content for name, knob in creator.knobs.items()}
        assert {name: made[name] for name in CONTROLS} == CONTROLS
        assert ("execute",) in creator["createCatFile"].calls
        assert creator["outputScale"].content == 1

    def test_when_the_gizmo_is_read_then_it_links_all_controls(self):
        text = (FOLDER / "hdr_core.gizmo").read_text("utf-8")

        assert text.count("{") == text.count("}")
        for name in CONTROLS:
            assert f"addUserKnob {{7 {name} " in text
            assert f"{name} {{{{parent.{name}}}}}" in text
        assert set(re.findall(r"push \$(\w+)", text)) <= set(
            re.findall(r"^set (\w+)", text, re.M)
        )

    def test_when_the_cattery_reads_the_folder_then_the_gizmo_is_there(self):
        about = json.loads((FOLDER / "cat.json").read_text("utf-8"))

        assert about["minimum_nuke_version_required"] == 15.1
        assert (FOLDER / about["nodes"][0]["filepath"]).is_file()
