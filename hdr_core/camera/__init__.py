"""The camera: scene-linear light to codes, and what codes say about the light."""
