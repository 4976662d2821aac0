"""What can go wrong, as one line an artist can act on."""


class AddonError(Exception):
    """One line: what is wrong, what was found, what to do."""
