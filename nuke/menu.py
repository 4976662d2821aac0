"""Nuke reads this file when it starts, once the folder is in the plug-in path."""

import hdr_core_nuke

hdr_core_nuke.add_menu()
