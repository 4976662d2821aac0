"""Stages 1 and 2 on a whole plate: values between the codes, and the camera."""
