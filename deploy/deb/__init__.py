"""The Debian package: what is in it, what it asks of the system, and how it is put together."""
