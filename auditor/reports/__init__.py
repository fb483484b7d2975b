"""The reports of an audit: a frozen document of one run, laid out as a page and as a workbook that cannot disagree."""

from __future__ import annotations

import os

# openpyxl writes other bytes where lxml happens to be installed; the same inputs must give the same workbook.
os.environ.setdefault("OPENPYXL_LXML", "False")

from auditor.reports.building import build_document
from auditor.reports.document import AuditDocument
from auditor.reports.dress import UNDRESSED
from auditor.reports.excel import write_xlsx
from auditor.reports.html import write_html
from auditor.reports.laying_out import lay_out, profiled
from auditor.reports.trend import trend_against

__all__ = [
    "UNDRESSED",
    "AuditDocument",
    "build_document",
    "lay_out",
    "profiled",
    "trend_against",
    "write_html",
    "write_xlsx",
]
