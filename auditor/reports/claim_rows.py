"""The claims that findings stand on, as a report shows them: header and lines, streamed from claim_lines.parquet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from auditor.reports.database import connect, streamed

_SOURCE: Final = "read_parquet($path, hive_partitioning = false)"
_HEADER: Final = (
    "payer_id", "patient_id", "claim_id", "payer_icn", "claim_type", "setting", "billing_npi", "facility_npi", "tob",
    "frequency_code", "original_ref", "drg", "discharge_status", "prior_auth",
)  # fmt: skip
_HEADER_DATES: Final = ("admit_date", "discharge_date", "received_date", "paid_date")
_LINE: Final = ("rendering_npi", "pos", "revenue_code", "code")
_LINE_PLAIN: Final = ("line_no", "date_from", "date_to", "units", "charge", "allowed", "paid")
_LISTS: Final = ("dx", "modifiers", "dx_ptr")
_NAMES: Final = (*_HEADER, *_HEADER_DATES, *_LISTS, *_LINE, *_LINE_PLAIN)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One line as the claim form shows it; `pointers` are 1-based places among the claim's diagnoses."""

    line_no: int | None
    date_from: date | None
    date_to: date | None
    pos: str
    revenue_code: str
    code: str
    modifiers: tuple[str, ...]
    pointers: tuple[int, ...]
    units: Decimal | None
    charge: Decimal | None
    allowed: Decimal | None
    paid: Decimal | None
    rendering_npi: str


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A claim with its audited lines. Payer, patient and number together tell one claim from another."""

    payer_id: str
    patient_id: str
    claim_id: str
    payer_icn: str
    claim_type: str
    setting: str
    billing_npi: str
    facility_npi: str
    tob: str
    frequency_code: str
    original_ref: str
    drg: str
    discharge_status: str
    prior_auth: str
    admit_date: date | None
    discharge_date: date | None
    received_date: date | None
    paid_date: date | None
    diagnoses: tuple[str, ...]
    lines: tuple[ClaimLine, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What a finding tells its claim by."""
        return self.payer_id, self.patient_id, self.claim_id


@dataclass(frozen=True, slots=True)
class ClaimRows:
    """All claims of the file at `path` in its order, read batch by batch; none where it is None."""

    path: Path | None = None
    lines: int = 0

    def __iter__(self) -> Iterator[ShownClaim]:
        """Yield every claim; two passes yield the same order."""
        if self.path is None:
            return
        listed = ", ".join(
            f"coalesce({name}, '')" if name in _HEADER or name in _LINE else name for name in _NAMES
        )
        sql = (
            f"SELECT {listed} FROM {_SOURCE} ORDER BY payer_id NULLS FIRST, patient_id, claim_id, "
            "payer_icn NULLS LAST, line_no, code, date_from, charge, paid"
        )
        for _, rows in groupby(streamed(sql, self.path), key=lambda row: row[:3]):
            yield _claim(list(rows))


def claim_rows(path: Path) -> ClaimRows:
    """The claims of ``claim_lines.parquet``; of a run that has no such file, none."""
    if not path.is_file():
        return ClaimRows()
    with connect() as con:
        found: Any = con.execute(f"SELECT count(*) FROM {_SOURCE}", {"path": str(path)}).fetchone()
    return ClaimRows(path, int(found[0]))


_HEADERS: Final = (*_HEADER, *_HEADER_DATES)


def _claim(rows: list[tuple[Any, ...]]) -> ShownClaim:
    at = len(_HEADERS)
    header: dict[str, Any] = dict(zip(_HEADERS, rows[0][:at], strict=True))
    lines = tuple(_line(row[at + 1 :]) for row in rows)
    return ShownClaim(**header, diagnoses=tuple(rows[0][at] or ()), lines=lines)


def _line(values: tuple[Any, ...]) -> ClaimLine:
    modifiers, pointers, rendering, pos, revenue, code, number, first, last, units, charge, allowed, paid = (
        values
    )
    return ClaimLine(
        line_no=number,
        date_from=first,
        date_to=last,
        pos=pos,
        revenue_code=revenue,
        code=code,
        modifiers=tuple(modifiers or ()),
        pointers=tuple(pointers or ()),
        units=units,
        charge=charge,
        allowed=allowed,
        paid=paid,
        rendering_npi=rendering,
    )
