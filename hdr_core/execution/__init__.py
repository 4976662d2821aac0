"""How work is done: devices, threads, tiles and memory."""
