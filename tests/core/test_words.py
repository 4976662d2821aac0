"""The glossary: no name in hdr_core is a word that the project has retired."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "hdr_core"

# No identifier of hdr_core has one of these words in it, and what to say instead.
RETIRED_WORDS = {
    "told": "maps, payload, metadata",
    "tell": "report",
    "tells": "report",
    "teller": "reporter",
    "see": "crop, predict",
    "sees": "crop, predict",
    "seen": "crop, features",
    "look": "predict, predict_crop",
    "looks": "predictions",
    "twofold": "flip_average",
    "gather": "concentrate_highlights",
    "gathered": "concentrated",
    "settle": "regularize_gain, denoise_masks, finish_writing",
    "settled": "regularized, denoised",
    "pit": "clip_undershoot",
    "pits": "clip_undershoot",
    "lit": "HdrLayers, clipped_boxes",
    "steady": "deflicker",
    "room": "scratch",
}
# Whole names: parts of them are plain words (`evidence` is also in the weights files).
RETIRED_NAMES = {
    "Context": "GainMaps",
    "light_controls": "limit_light",
    "readers": "StatisticsRegressor",
    "Reading": "StatisticsRegressor",
    "Evidence": "ResponseEvidence, EdgeLikelihood",
    "How": "BatchSettings",
    "decode_color": "unpremultiply",
    "encode_color": "to_working_space",
}
# Names that stay although a retired word is in them, and why.
KEPT = {
    "sees_codes": "part of the model config in every weights file",
    "look_up": "the standard term for reading a table",
}
# As a variable, `near` says what it holds; as a function, it does not say what it does.
RETIRED_FUNCTIONS = {"near": "crop_maps"}


def words_of(name):
    """Return the words of a snake_case or CamelCase name, in small letters."""
    for kept in KEPT:
        name = name.replace(kept, "")
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower() for word in words}


def retired_in(source):
    """Return the retired names that the code of a module gives to its own things.

    Only what is given a name here counts: a function, class, parameter, variable or
    attribute. ``file.tell()``, ``torch.gather()`` and ``typer.Context`` are used here,
    but other projects named them.
    """
    found = set()
    for node in ast.walk(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = node.name
            found |= {name} & RETIRED_FUNCTIONS.keys()
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr
        elif isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(node, ast.alias) and node.asname:
            name = node.asname
        else:
            continue
        if name in RETIRED_NAMES or words_of(name) & RETIRED_WORDS.keys():
            found.add(name)
    return found


class TestWords:
    @pytest.mark.parametrize(
        "code",
        [
            "def told_of(): pass",
            "class Evidence: pass",
            "def f(*, told): pass",
            "seen = 1",
            "for looks in (): pass",
            "self.lit = 1",
            "N_SEEN = 1",
            "class LitParts: pass",
            "import predict as look",
            "def near(): pass",
        ],
    )
    def test_when_a_retired_word_is_a_name_then_it_is_found(self, code):
        assert len(retired_in(ast.parse(code))) == 1

    @pytest.mark.parametrize(
        "code",
        [
            "file.tell()",
            "values.gather(0, index)",
            "def f(context: typer.Context): pass",
            "self.evidence = 1",
            "near = 1",
            "split = seed = 1",
            "def look_up_rows(): pass",
        ],
    )
    def test_when_another_project_chose_the_name_or_it_is_a_word_then_it_may_stay(
        self, code
    ):
        assert retired_in(ast.parse(code)) == set()

    def test_when_code_names_its_things_then_by_no_retired_word(self):
        paths = sorted(PACKAGE.rglob("*.py"))

        found = {p: retired_in(ast.parse(p.read_text(encoding="utf-8"))) for p in paths}
        left = [
            f"{path.relative_to(PACKAGE)}: {', '.join(sorted(names))}"
            for path, names in found.items()
            if names
        ]

        assert len(found) > 100
        assert left == [], "\n" + "\n".join(left)

    def test_when_a_module_is_named_then_by_no_retired_word(self):
        stems = {path.stem for path in PACKAGE.rglob("*")}

        assert "reconstruction" in stems
        assert {s for s in stems if words_of(s) & RETIRED_WORDS.keys()} == set()
