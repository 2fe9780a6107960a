"""Cleaners, one for each kind of source file."""
