"""What keeps the piece running unattended: hours, clock, systemd, health."""
