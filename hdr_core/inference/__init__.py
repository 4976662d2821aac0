"""The straight line from a plate to its reconstruction."""
