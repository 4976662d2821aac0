"""Stage 2: estimate the inverse response of the camera."""
