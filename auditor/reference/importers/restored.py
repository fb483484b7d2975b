"""What a spreadsheet spoilt and can be restored for certain, and dates of lists that have none."""

from __future__ import annotations

from datetime import date

from auditor.reference.importers.interface import Job, Staged

OPEN_BEGIN = date(1900, 1, 1)
"""First day for which a list without dates answers: CMS itself writes it for an open beginning."""


def restore_zeros(job: Job, staged: Staged, column: str, width: int, what: str) -> None:
    """Put lost leading zeros back into the digits of a column of the table `staged`, and remark how many.

    Only for codes that all have `width` characters: there 1 cannot be anything but 01.
    """
    spoilt = f"regexp_full_match({column}, '[0-9]{{1,{width - 1}}}')"
    changed = job.con.execute(f"UPDATE staged SET {column} = lpad({column}, {width}, '0') WHERE {spoilt}")
    count = int(changed.fetchall()[0][0])
    if count:
        staged.remarks.append(f"{count:,} {what} had lost a leading zero, which was put back")


def counted(job: Job, **conditions: str) -> dict[str, int]:
    """How many rows of the table `staged` meet each condition."""
    picked = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in conditions.values())
    found = job.con.execute(f"SELECT {picked} FROM staged").fetchall()[0]
    return dict(zip(conditions, (int(n) for n in found), strict=True))
