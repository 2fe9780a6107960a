"""The card that is flashed: a whole system with the piece in it, made from lists."""
