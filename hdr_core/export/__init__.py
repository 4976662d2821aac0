"""Write the networks as graphs that other programs run: ONNX and TorchScript."""
