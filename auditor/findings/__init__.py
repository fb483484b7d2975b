"""Verdicts become findings: rows with dollars, evidence, reference rows and citations."""
