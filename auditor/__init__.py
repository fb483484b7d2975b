"""Audit of medical claims against dated CMS tables and rules written in YAML."""

__version__ = "0.1.0"
