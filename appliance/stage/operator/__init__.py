"""The operator's panel: opened by a long press and a PIN, on the stage itself."""
