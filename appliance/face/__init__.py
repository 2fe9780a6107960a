"""The eye: a process of its own that makes weights of what a camera sees; no picture leaves it."""
