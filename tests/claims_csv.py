"""Small claims files in the plain form, for whole audits against the starter edition (2024Q3)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NEVER_TOGETHER = ("45385", "45378")
"""A pair of the starter edition that no modifier lifts."""
UNLESS_MODIFIED = ("45385", "45380")
ONCE_A_DAY = "17000"

ONE_LINE = {
    "claim_id": "C1", "line_no": "1", "payer_id": "PAYER", "patient_id": "P1", "birth_date": "1950-03-01", "sex": "F",
    "claim_type": "professional", "billing_npi": "1000000004", "billing_tin": "T1", "rendering_npi": "1000000012",
    "rendering_specialty": "10", "pos": "11", "date_from": "2024-08-05", "date_to": "2024-08-05", "code": "99213",
    "mod1": "", "mod2": "", "mod3": "", "mod4": "", "units": "1", "charge": "200.00", "allowed": "100.00",
    "paid": "80.00", "dx1": "I10", "dx_ptr": "1", "frequency_code": "1", "original_ref": "", "paid_date": "2024-09-20",
}  # fmt: skip


def row(**cells: object) -> dict[str, str]:
    """A row of the file; what is not named is that of a plain visit."""
    assert cells.keys() <= ONE_LINE.keys(), cells
    return ONE_LINE | {name: str(value) for name, value in cells.items()}


def pair_of(patient: str, codes: tuple[str, str] = NEVER_TOGETHER, **cells: object) -> list[dict[str, str]]:
    """Two lines of one claim."""
    return [
        row(claim_id=f"C-{patient}", patient_id=patient, line_no=n + 1, code=codes[n], **cells)
        for n in (0, 1)
    ]


def write_claims(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """The rows as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def some_claims(path: Path, patients: int = 12) -> Path:
    """A file with something of everything that the starter edition judges, and rows that cannot be audited."""
    rows = []
    for number in range(patients):
        who, day = f"P{number}", f"2024-08-{number % 20 + 1:02}"
        when: dict[str, Any] = {"date_from": day, "date_to": day}
        if number % 4 == 0:
            rows += pair_of(who, **when)
        elif number % 4 == 1:
            rows += pair_of(who, UNLESS_MODIFIED, mod1="59", **when)
        elif number % 4 == 2:
            rows.append(row(claim_id=f"C-{who}", patient_id=who, code=ONCE_A_DAY, units=3, **when))
        else:
            rows.append(row(claim_id=f"C-{who}", patient_id=who, mod1="GA", **when))
    rows.append(row(claim_id="C-bad", patient_id="P-bad", date_from="2024-02-30"))
    rows.append(
        row(
            claim_id="C-old",
            patient_id="P-old",
            code=ONCE_A_DAY,
            units=9,
            date_from="2023-01-05",
            date_to="2023-01-05",
        )
    )
    rows += [
        row(claim_id="C-1st", patient_id="P-r", code=ONCE_A_DAY, units=5),
        row(
            claim_id="C-2nd", patient_id="P-r", frequency_code=7, original_ref="C-1st", paid_date="2024-10-20"
        ),
    ]
    return write_claims(path, rows)
