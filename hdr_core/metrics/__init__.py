"""How far a result is from the truth: pixels, looks, energy, hue."""
