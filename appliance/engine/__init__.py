"""Models, mixture, sampling: everything that turns weights into the next character."""
