"""A panorama as a light rig: a dome without its suns and lamps, and lights instead."""
