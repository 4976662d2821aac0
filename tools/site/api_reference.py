"""The page of the Python API: the names that ``hdr_core.__all__`` promises."""

import hdr_core

HEAD = """\
# Python API

`import hdr_core` promises these names, and no others. Each has type information.
"""
OPTIONS = """\
    options:
      heading_level: 2
      show_root_heading: true
      show_root_full_path: false
      show_source: false
"""


def api_page() -> str:
    """Return the page as Markdown, for mkdocstrings."""
    parts = [HEAD]
    for name in hdr_core.__all__:
        value = getattr(hdr_core, name)
        if hasattr(value, "__module__"):
            parts.append(f"::: {value.__module__}.{name}\n{OPTIONS}")
    return "\n".join(parts)
