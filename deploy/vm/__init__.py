"""The image in a virtual machine: switched on, looked at, played, cut off, and judged."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # standard output is the table's
