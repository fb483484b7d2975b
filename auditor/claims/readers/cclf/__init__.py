"""The Claim and Claim Line Feed that CMS sends to accountable care organisations.

Fixed-width files as delivered, or exports with the names of the columns: CCLF1 to 4 (Part A), CCLF5 (physicians), CCLF6
(suppliers), CCLF8 (demographics), CCLF9 (former numbers), CCLF0 (numbers of records). CCLF7 holds drug events.
"""

from __future__ import annotations

from auditor.claims.readers.cclf.reader import CclfReader

__all__ = ["CclfReader"]
