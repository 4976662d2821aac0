"""The four stages of the model, and the layers that they share."""
