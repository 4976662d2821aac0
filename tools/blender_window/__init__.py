"""The add-on in a Blender window: pictures for the docs, and the longest stall."""
