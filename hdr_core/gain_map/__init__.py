"""Files that carry a gain map: find it, read it, write it."""
