"""Foundations that every room may import: errors, money, dates, code shapes, progress."""
