"""``python -m tools.site``: put the pages of the site together, and build it.

    python -m tools.site -o out/site

Pages come from docs/. The command line is described by the program itself, the Python
API by its docstrings. MkDocs then builds the site, and stops at any warning or dead
link. Nothing is fetched from a network. Needs the extra "site".
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.site.api_reference import api_page
from tools.site.cli_reference import cli_page
from tools.site.figures import without_marks
from tools.site.links import keep_links
from tools.site.shown import build_gallery

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
# Documents beside docs/ that the site holds too.
BESIDE = ("CHANGELOG.md", "CONTRIBUTING.md")


def main(arguments: list[str]) -> int:
    """Build the site and return the exit code."""
    parser = argparse.ArgumentParser(prog="tools.site", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "out" / "site")
    meaning = "leave out the pages of hdr-core view, which take minutes"
    parser.add_argument("--no-gallery", action="store_true", help=meaning)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "docs"
        assemble(source)
        if not options.no_gallery:
            build_gallery(source / "gallery")
        return build(source, options.output.resolve())


def assemble(source: Path) -> None:
    """Write the pages of the site to the folder ``source``."""
    shutil.copytree(DOCS, source)
    for name in BESIDE:
        shutil.copy(ROOT / name, source / name)
    shutil.copy(ROOT / "LICENSE", source / "LICENSE.txt")
    (source / "cli.md").write_text(cli_page(), encoding="utf-8")
    (source / "api.md").write_text(api_page(), encoding="utf-8")
    for page in sorted(source.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        place = page.relative_to(source)
        # A document beside docs/ links to docs/x.md, which is x.md on the site.
        if place.name in BESIDE:
            text = text.replace("](docs/", "](")
        text = keep_links(without_marks(text), place, source)
        page.write_text(text, encoding="utf-8")


def build(source: Path, output: Path) -> int:
    """Run MkDocs on ``source``; a warning is an error."""
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    settings = settings.replace("docs_dir: docs", f"docs_dir: {source}")
    settings = settings.replace("paths: [.]", f"paths: [{ROOT}]")
    config = source.parent / "mkdocs.yml"
    config.write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    command += ["--config-file", str(config), "--site-dir", str(output)]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
