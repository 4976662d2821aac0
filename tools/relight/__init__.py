"""Compare a scene lit with true, 8-bit and reconstructed panoramas."""
