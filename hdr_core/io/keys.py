"""What readers write into ``Plate.metadata``, beside what a file's header says."""

NOTES = "hdr_core:notes"
"""What was assumed while reading: one text, phrases parted by "; "."""
TAG = "hdr_core:tag"
"""The color space that the file says it is in; missing: it does not say."""
FRAME = "hdr_core:frame"
"""Number of a movie's frame, from 1."""
