"""Versions of a claim, and which of them stands."""
