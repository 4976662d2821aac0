"""The camera: from scene-linear light to codes, and its response curve."""
