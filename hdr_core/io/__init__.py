"""Read plates from files and write results; no other package reads or writes images."""
