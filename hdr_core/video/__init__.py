"""A decoded frame of video: its samples, its colors, and how it is shown."""
