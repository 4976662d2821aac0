"""Weights in file formats of other programs."""
