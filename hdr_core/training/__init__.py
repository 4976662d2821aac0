"""Training: data, losses, loop and recipes."""
