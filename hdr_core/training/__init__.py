"""Data, losses, loop and recipes of training."""
