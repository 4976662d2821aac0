"""Equirectangular panoramas: their geometry, their light and its calibration."""
