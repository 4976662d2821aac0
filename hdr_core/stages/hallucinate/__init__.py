"""Stage 3: predict the light that the sensor clipped, and add it."""
