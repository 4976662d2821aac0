"""Recognize the output transform of a picture that no camera took."""
