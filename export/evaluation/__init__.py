"""What the shipped model files are worth, measured on text that they were never trained on."""
