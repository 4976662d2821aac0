"""What runs in other programs' Python is no test of this one's."""

collect_ignore = ["in_blender.py", "in_blender_views.py", "in_ocio.py"]
