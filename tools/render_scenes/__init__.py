"""Render scenes with true light, for plates that no camera took."""
