"""The options of the commands: written once, with the defaults of the library."""

import ast
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from hdr_core.cli.hello import known_options
from hdr_core.cli.main import run
from hdr_core.cli.options import TILE_PX
from hdr_core.io.readback import read_hdr
from hdr_core.options import MOST_GIB, Options, TileConfig

ADDON = Path(__file__).parents[3] / "blender_addon" / "props.py"
COMMANDS = ("analyze", "check", "convert", "crf", "info", "job", "light")
# Each command says for itself where its results go, and which networks it loads.
OWN = {"-o", "--output", "--weights", "plates", "--split"}


def addon_settings(kind):
    """Return keyword arguments of the add-on's settings of one kind, by name."""
    tree = ast.parse(ADDON.read_text("utf-8"))
    return {
        node.target.id: {k.arg: k.value for k in node.annotation.keywords}
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.annotation, ast.Call)
        and node.annotation.func.id == kind
    }


@pytest.fixture
def show_help(capsys, monkeypatch):
    def show(command):
        monkeypatch.setenv("COLUMNS", "200")
        assert run([command, "--help"]) == 0
        return capsys.readouterr().out

    return show


class TestOptions:
    def test_when_commands_share_an_option_then_they_describe_it_alike(self):
        texts = {}
        for command in COMMANDS:
            for flag, described in known_options(command).items():
                texts.setdefault(flag, set()).add(described["help"])

        differing = {f for f, found in texts.items() if len(found) > 1} - OWN

        assert {"--device", "--force", "--json", "--overwrite"} < set(texts)
        assert differing == set()

    @pytest.mark.parametrize("command", COMMANDS)
    def test_when_a_command_has_an_option_then_its_help_is_not_empty(self, command):
        undescribed = [f for f, d in known_options(command).items() if not d["help"]]

        assert undescribed == []

    def test_when_no_option_is_given_then_the_defaults_are_those_of_the_library(
        self, convert, a_picture, tmp_path
    ):
        convert(a_picture, "-o", tmp_path / "a.exr", "--quiet")

        header = read_hdr(tmp_path / "a.exr").header
        written = json.loads(header["hdr_core/parameters"])
        # Only the program takes the working space from the config's role.
        expected = asdict(Options(working_space="scene_linear"))
        expected = {name: expected[name] for name in written}
        assert written == json.loads(json.dumps(expected))

    def test_when_help_is_shown_then_it_has_the_limit_of_memory(self, show_help):
        assert f"a quarter of what is free, {MOST_GIB:g} at most" in show_help(
            "convert"
        )

    def test_when_help_is_shown_then_it_says_what_auto_does_with_phones(
        self, show_help
    ):
        text = " ".join(show_help("info").replace("│", " ").split())

        assert "auto|SPACE" in text
        assert "network always estimates" in text


class TestAddOn:
    """Blender's add-on cannot import hdr_core, so its settings are compared."""

    def test_when_the_tile_is_a_setting_then_it_is_that_of_the_program(self):
        tile = addon_settings("IntProperty")["tile"]

        found = {
            name: ast.literal_eval(tile[name]) for name in ("default", "min", "max")
        }

        assert found["default"] == TileConfig.size_px
        assert (found["min"], found["max"]) == TILE_PX

    @pytest.mark.parametrize("name", ["device", "fidelity"])
    def test_when_a_choice_is_a_setting_then_its_first_word_is_the_default(self, name):
        items = addon_settings("EnumProperty")[name]["items"]
        if isinstance(items, ast.Name):
            tree = ast.parse(ADDON.read_text("utf-8"))
            (items,) = (
                node.value
                for node in tree.body
                if isinstance(node, ast.Assign) and node.targets[0].id == items.id
            )
        words = [word for word, *_ in ast.literal_eval(items)]

        assert words[0] == known_options("convert")[f"--{name}"]["default"]
