"""What runs the networks: torch, or onnxruntime without torch."""
