"""`audit.json`: the document as plain data, for programs. Rows of findings stay in findings.parquet.

Money is decimal text, a date is ISO text. Field names are those of `AuditDocument`; the texts of the rules, which
run.json holds, are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from auditor.reports.claim_rows import ClaimRows
from auditor.reports.document import AuditDocument, Breakdown
from auditor.reports.listed_rows import ListedRows
from auditor.reports.rows import FindingRows, SetAsideRows
from auditor.reports.wording import SECTION_WORDS

LAYOUT: Final = 1
"""Raised when a name of audit.json changes its meaning."""
_LEFT_OUT: Final = frozenset({"rule_index", "page", "logic"})


def write_json(document: AuditDocument, path: Path) -> None:
    """Write the document to `path`; the same document gives the same bytes. Raises OSError when it cannot be."""
    held = {"layout": LAYOUT, "headings": dict(SECTION_WORDS), **as_plain(document)}
    path.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")


def as_plain(value: Any) -> Any:
    """A value of the document as JSON takes it; of rows that stay in a file, how many there are and in which."""
    if isinstance(value, ClaimRows):
        return {"lines": value.lines, "file": value.path.name if value.path is not None else None}
    if isinstance(value, FindingRows | SetAsideRows | ListedRows):
        return {"count": len(value), "file": value.path.name if value.path is not None else None}
    if isinstance(value, Breakdown):
        return {
            "key": value.key,
            "label": value.label,
            "findings": value.findings,
            "under": str(value.under),
            "sections": {name: as_plain(amount) for name, amount in value.sections.items()},
            "pooled": list(value.pooled),
        }
    if is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: as_plain(getattr(value, item.name))
            for item in fields(value)
            if item.name not in _LEFT_OUT
        }
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(as_plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
