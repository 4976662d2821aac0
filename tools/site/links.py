"""Links of the documents on the site: files of the repository are named, not linked."""

import os
import re
from pathlib import Path

LINK = re.compile(r"(?<!\!)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s]+)\)")
ROOTED = {"LICENSE": "LICENSE.txt"}


def keep_links(text: str, place: Path, source: Path) -> str:
    """Return a page whose links lead to pages of the site, or are only text.

    Args:
        text: The page, as Markdown.
        place: Its path on the site.
        source: Folder of all pages.
    """

    def kept(found: re.Match[str]) -> str:
        label, target = found.groups()
        path, _, anchor = target.partition("#")
        for candidate in _candidates(path, place):
            if (source / candidate).is_file():
                end = f"#{anchor}" if anchor else ""
                relative = os.path.relpath(candidate, place.parent)
                return f"[{label}]({Path(relative).as_posix()}{end})"
        return label if label.startswith("`") else f"`{label}`"

    return LINK.sub(kept, text)


def _candidates(path: str, place: Path) -> list[str]:
    """Return where a link may lead: from its page, or from the repository."""
    from_page = os.path.normpath(place.parent / path)
    from_root = re.sub(r"^(\.\./)+", "", path)
    from_root = ROOTED.get(from_root, from_root.removeprefix("docs/"))
    return [from_page, from_root]
