"""Files to plates and back; the only package that touches pictures on disk."""
