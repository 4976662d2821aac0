"""What the header of a file says, where its decoder does not say it."""
