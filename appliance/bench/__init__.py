"""How fast the piece is on this machine: one measure a file in `measures/`, figures with units."""
