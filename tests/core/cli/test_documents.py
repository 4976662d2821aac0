"""Every command that a document shows: the program knows it, and the first ones run."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image

from hdr_core.cli.main import app, run

ROOT = Path(__file__).parents[3]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# What a newcomer tries first. Each runs from top to bottom in one folder.
JOURNEYS = ["README.md", "compositor.md", "lighting.md", "pipeline.md", "view.md"]
# They need another program's files, or a movie.
NOT_RUN = ("log.dpx", "clip.mov")


def commands_of(document):
    """The lines of its sh blocks that call hdr-core, as lists of words."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    # A ``#`` in a file name stands for a digit; a comment has a space before it.
    bare = [re.sub(r"\s#\s.*", "", line) for line in lines]
    return [shlex.split(line) for line in bare if line.startswith("hdr-core ")]


ALL = [
    pytest.param(words[1:], id=f"{document.name}: {' '.join(words[1:5])}")
    for document in DOCUMENTS
    for words in commands_of(document)
]


def parsed(command, arguments):
    """Parse a command line without running it; typer raises what it would print."""
    while commands := getattr(command, "commands", None):
        command = commands[arguments[0]]
        arguments = arguments[1:]
    return command.make_context(command.name, list(arguments))


class TestCommands:
    @pytest.mark.parametrize("arguments", ALL)
    def test_when_a_document_shows_a_command_then_the_program_knows_it(self, arguments):
        numbers = {"<RANGE>": "1-2", "$DATA": "--corpus=a --crf=b"}
        filled = [
            word
            for argument in arguments
            for word in numbers.get(argument, argument).split()
        ] if "--convert" not in arguments else arguments  # fmt: skip

        context = parsed(typer.main.get_command(app), filled)

        assert context.params

    def test_when_documents_are_read_then_there_are_many_commands(self):
        assert len(ALL) > 40


@pytest.fixture
def a_folder_of_plates(tmp_path, monkeypatch):
    """The files that the documents name: small, with a clipped lamp."""
    rows, columns = np.mgrid[0:64, 0:128]
    ramp = ((rows + columns) / 200.0)[..., None] * np.array([1.0, 0.9, 0.8])
    ramp[20:30, 60:75] = 1.0
    image = Image.fromarray(np.rint(ramp.clip(0, 1) * 255).astype(np.uint8))
    names = ["plate.jpg", "plate.png", "frame1.jpg", "frame2.jpg", "panorama.jpg"]
    names += ["plates/plate.png", "shot/plate.1001.png", "shot/plate.1002.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        image.save(tmp_path / name, quality=95)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
class TestJourneys:
    @pytest.mark.parametrize("name", JOURNEYS)
    def test_when_a_journey_is_walked_then_every_command_ends_well(
        self, a_folder_of_plates, name
    ):
        document = next(held for held in DOCUMENTS if held.name == name)
        run(["convert", "panorama.jpg", "-o", "panorama.exr", "--panorama", "on"])
        (a_folder_of_plates / "results").mkdir()
        run(["convert", "plate.png", "-o", "results", "--quiet"])
        run(["convert", "plate.jpg", "-o", "plate.exr", "--quiet"])

        codes = {}
        for words in commands_of(document):
            if any(name in words for name in NOT_RUN):
                continue
            # Pages of one document replace those of another.
            again = ["--overwrite"] if words[1] == "convert" else []
            codes[" ".join(words)] = run([*words[1:], *again])

        assert len(codes) >= 2
        assert {words: code for words, code in codes.items() if code} == {}
