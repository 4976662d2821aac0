"""Color spaces, through OpenColorIO."""
