"""The error of the add-on: one line that an artist can act on."""


class AddonError(Exception):
    """One line that says what is wrong, what was found, and what to do."""
