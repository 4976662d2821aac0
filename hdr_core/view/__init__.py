"""A result as one page for a browser: its light, and what is known about it."""
