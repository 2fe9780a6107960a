"""The verbs of the command line, one file each; only the one that is called is imported."""
