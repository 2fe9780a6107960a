"""The card of a Raspberry Pi 5: not yet built, see README.md."""
