"""Bundles: an update as one signed file, made of the Debian package; docs/updates.md."""
