"""Layers and backbones that several stages share."""
