"""Remittances (835) joined to the claims that they answer."""
