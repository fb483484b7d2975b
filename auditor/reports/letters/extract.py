"""Findings as CSV: chosen columns, chosen findings, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from auditor.base.errors import UsageError
from auditor.reports.cells import GUARDED
from auditor.reports.columns import cited
from auditor.reports.letters.chosen import Chosen, Sums
from auditor.reports.letters.run_folder import RunFolder
from auditor.reports.rows import Finding
from auditor.reports.unseen import REPLACED, UNSEEN
from auditor.reports.wording import SECTION_WORDS

Cell = str | int | Decimal | date | bool | None
_WIDE: Final = ("＝", "＋", "－", "＠")  # some programs take the wide forms for the plain ones
_UNSEEN: Final = re.compile(f"[\x7f{UNSEEN}]")
# A program that splits at another sign than the comma, or at the end of a line, would begin a cell within the text.
_WITHIN: Final = re.compile(r"""([;|\t\r\n]["' ]*)(?=[=+\-@＝＋－＠])""")
_LIST: Final = "; "

COLUMNS: Final[Mapping[str, Callable[[Finding], Cell]]] = {
    "finding_id": lambda f: f.finding_id,
    "rule_id": lambda f: f.rule_id,
    "rule_version": lambda f: f.rule_version,
    "catalogue_id": lambda f: f.catalogue_id,
    "title": lambda f: f.title,
    "family": lambda f: f.family,
    "verdict": lambda f: f.verdict,
    "class": lambda f: f.cls,
    "heading": lambda f: SECTION_WORDS[f.section],
    "review_priority": lambda f: f.review_priority,
    "direction": lambda f: f.direction,
    "line_of_business": lambda f: f.line_of_business,
    "payer_id": lambda f: f.payer_id,
    "patient_id": lambda f: f.patient_id,
    "billing_npi": lambda f: f.billing_npi,
    "rendering_npi": lambda f: f.rendering_npi,
    "claim_id": lambda f: f.claim_id,
    "line_no": lambda f: f.line_no,
    "service_date": lambda f: f.service_date,
    "code": lambda f: f.code,
    "modifiers": lambda f: " ".join(f.modifiers),
    "units": lambda f: f.units,
    "charge": lambda f: f.charge,
    "allowed": lambda f: f.allowed,
    "paid": lambda f: f.paid,
    "amount": lambda f: f.amount,
    "exposure": lambda f: f.exposure,
    "exposure_as_processed": lambda f: f.exposure_as_processed,
    "exposure_allowed": lambda f: f.exposure_allowed,
    "exposure_counted": lambda f: f.exposure_counted,
    "exposure_basis": lambda f: f.exposure_basis,
    "corrected": lambda f: f.corrected,
    "at_risk": lambda f: f.at_risk,
    "root_cause": lambda f: f.root_cause,
    "record_needed": lambda f: _LIST.join(f.record_needed),
    "explanation": lambda f: f.explanation,
    "reason": lambda f: f.reason,
    "suppressed_by": lambda f: f.suppressed_by,
    "authority": lambda f: _LIST.join(cited(citation) for citation in f.citations),
    "reference_rows": lambda f: _LIST.join(
        f"{row.table} {row.edition} {row.key}" for row in f.reference_rows
    ),
}
"""The columns there are, and how each is told. `amount` is what the finding adds to its heading in the report."""
USUAL: Final = tuple(
    "finding_id rule_id title class heading verdict claim_id line_no service_date code modifiers units paid amount "
    "exposure_basis rendering_npi billing_npi patient_id payer_id record_needed explanation".split()
)


def columns_named(names: Sequence[str]) -> tuple[str, ...]:
    """The columns called `names`, the usual ones for none. Raises UsageError for one that is unknown or named twice."""
    for name in names:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            raise UsageError(
                f"there is no column {name}",
                where="--columns",
                why=f"the columns are {', '.join(COLUMNS)}",
                mend=f"did you mean {near[0]}?" if near else "leave it out",
            )
    if len(set(names)) != len(names):
        raise UsageError("a column is named twice", where="--columns", mend="name each once")
    return tuple(names) or USUAL


def write_extract(
    folder: RunFolder, path: Path, chosen: Chosen, columns: Sequence[str] = USUAL, *, bom: bool = False
) -> int:
    """Write the findings that `chosen` asks for to `path`, and return their number.

    UTF-8, with a mark at the beginning when `bom` is set; commas, CRLF, a row of names. Amounts are decimals with a
    point, dates ISO, lists parted by '; '. A text that could begin a formula has an apostrophe before it (see
    `guarded`); numbers are written as they are. Raises InternalCheckFailed when all findings are asked for and their
    sums are not those of the report; OSError when `path` cannot be written.
    """
    sums = Sums()
    ways = [COLUMNS[name] for name in columns]
    number = 0
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="", errors="replace") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for finding in sums.counting(chosen.of(folder.document)):
            writer.writerow([told(way(finding)) for way in ways])
            number += 1
    if chosen == Chosen():
        sums.check("extract", folder.document.totals)
    return number


def told(value: Cell) -> str:
    """A value as a cell: numbers and dates plain, texts guarded, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    return value.isoformat() if isinstance(value, date) else guarded(value)


def guarded(text: str) -> str:
    """`text` with an apostrophe wherever a program could begin a formula: at its start, behind a tab, an end of line,
    a semicolon or a bar. Characters that are not seen are replaced. A text that cannot be mistaken stays as it is.
    """
    text = _UNSEEN.sub(REPLACED, text)
    if text.lstrip(" \"'").startswith((*GUARDED, *_WIDE)) or text.startswith("\n"):
        text = f"'{text}"
    return _WITHIN.sub(r"\1'", text)
