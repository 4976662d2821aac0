"""The compressions of EXR files, by OpenEXR's names."""

LOSSLESS = ("zip", "zips", "piz", "rle", "none")
# They change codes: the re-shoot promise cannot hold.
LOSSY = ("dwaa", "dwab")
