"""What `add-style` does on the way from an artist's texts to a voice."""
