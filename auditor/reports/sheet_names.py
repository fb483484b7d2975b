"""The names of the workbook's sheets, in one place, since links and formulas bear them too."""

from __future__ import annotations

import re
from typing import Final

COVER: Final = "Cover & scope"
SUMMARY: Final = "Executive summary"
BY_RULE: Final = "Findings by rule"
FINDINGS: Final = "Finding lines"
EVIDENCE: Final = "Evidence lines"
PROVIDERS: Final = "Provider scorecards"
TREND: Final = "Trend"
EXPOSURE: Final = "Exposure"
SAMPLE: Final = "Sample & estimate"
UNDER: Final = "Underpayments"
GAPS: Final = "Not evaluated"
RULES: Final = "Rule register"
LOGIC: Final = "Rule logic"
TABLES: Final = "Reference-data register"
QUALITY: Final = "Data quality & reconciliation"
ASIDE: Final = "Set aside"
GONE: Final = "Superseded"
REMITTANCES: Final = "Remittances"
UNMATCHED: Final = "Unmatched"
RUN: Final = "Run manifest"


def quoted(sheet: str) -> str:
    """A sheet's name as it stands in a formula before the `!`."""
    return "'" + sheet.replace("'", "''") + "'"


def table_name(sheet: str, part: str = "") -> str:
    """The name of an Excel table on `sheet`: letters and digits only, so 'Finding lines 2' gives 'FindingLines2'.

    `part` tells several tables of one sheet apart.
    """
    words = re.findall(r"[A-Za-z0-9]+", f"{sheet} {part}")
    return "".join(word[0].upper() + word[1:] for word in words)
