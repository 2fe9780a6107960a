"""From this repository to a machine in a gallery; nothing here is part of what is installed."""
