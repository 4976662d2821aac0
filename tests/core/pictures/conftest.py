"""Photographs with gain maps, as in the tests of gain maps."""

from tests.core.gain_map.conftest import a_base, a_map, stated_light, write_map_file

__all__ = ["a_base", "a_map", "stated_light", "write_map_file"]
