"""The four networks, one file each, and their common blocks."""
