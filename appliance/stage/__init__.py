"""Screens and hands: everything that a visitor sees and touches."""
