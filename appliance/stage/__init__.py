"""Screens and hands: everything that a visitor sees and touches."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # standard output is the text's
