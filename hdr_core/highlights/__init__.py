"""The light above the clip: predict it, correct the prediction, add it to the plate."""
