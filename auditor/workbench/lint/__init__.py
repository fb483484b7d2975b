"""Lint of rule files: every check that is made, over files that load and files that do not."""
