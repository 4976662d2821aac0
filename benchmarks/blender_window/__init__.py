"""Blender with a window: its pictures for the docs, and its longest stall."""
