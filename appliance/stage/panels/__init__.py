"""What stands on the screen: one panel a file, each with its picture and its touch."""
