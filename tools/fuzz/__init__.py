"""Damaged files of every format, given to the readers by the thousand."""
