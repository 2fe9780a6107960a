"""Hands: each control turns a gesture into values from 0 to 1, and knows no engine."""
