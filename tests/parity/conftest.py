"""graph.py is run by a Python that has TensorFlow; the one of pytest has none."""

collect_ignore = ["graph.py", "networks.py"]
