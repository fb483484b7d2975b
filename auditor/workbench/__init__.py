"""The rule author's tools."""
