"""Anchors: what an artist knows about a plate pins the estimate of its curve."""
