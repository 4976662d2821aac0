"""From a plate file to a result file: convert, batch, write, check, inspect."""
