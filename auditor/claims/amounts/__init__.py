"""Payments and charges of a whole claim that stand on its lines: counted once, and shared."""
