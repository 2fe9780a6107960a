"""static-unsigned-love: a text instrument whose mixture of writers is played live."""

__version__ = "0.1.0"
