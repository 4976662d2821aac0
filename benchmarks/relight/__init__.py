"""A scene lit by the true panorama, by its 8 bits, and by the reconstruction."""
