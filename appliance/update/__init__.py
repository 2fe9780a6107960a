"""Updates that cannot strand the piece: from a signed bundle to a release that is kept."""
