"""The handbook on paper: pages of docs/, and the wiring drawing from what the code wires."""
