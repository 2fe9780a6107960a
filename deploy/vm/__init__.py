"""The image in a virtual machine: switched on, looked at, played, cut off, and judged."""
