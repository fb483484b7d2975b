"""X12 transactions: claims (837) and remittances (835)."""

from auditor.claims.readers.x12.reader import X12Reader

__all__ = ["X12Reader"]
