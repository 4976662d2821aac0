"""Other people's formats: weights that other programs trained."""
