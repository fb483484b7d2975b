"""One finding and one line set aside as a report shows them, streamed from Parquet in a stable order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from auditor.base.dates import OPEN_END as OPEN_DATE
from auditor.base.money import from_cents
from auditor.base.scratch import scratch_folder
from auditor.findings.model import LINE_KEY
from auditor.reports.database import BATCH, connect, streamed

_JSON = json.JSONDecoder(parse_float=Decimal)
PASS: Final = 40_000
"""Findings taken out of the file at once, by reading it whole each time and in a connection of its own, which gives its
memory back: so their number does not bound memory."""

# Where a row of findings.parquet is counted: each row stands in exactly one section of the report.
SECTION_SQL: Final = """CASE WHEN verdict <> 'fail' THEN verdict
    WHEN class = 'risk' OR coalesce(at_risk, false) THEN 'at_risk'
    WHEN direction IN ('over', 'under') THEN direction || '_' || class
    ELSE 'no_amount' END"""
# What the row adds to its section: after precedence and the cap, or what is at risk. Of several amounts at risk on
# one line the largest counts: each row adds what it has above those before it.
_AT_RISK: Final = f"""greatest(0, coalesce(exposure, 0) - coalesce(max(coalesce(exposure, 0)) OVER (
    PARTITION BY {SECTION_SQL}, {LINE_KEY} ORDER BY rule_id, finding_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))"""
AMOUNT_SQL: Final = f"""CASE ({SECTION_SQL}) WHEN 'at_risk' THEN {_AT_RISK}
    WHEN 'bypassed' THEN 0 WHEN 'suppressed' THEN 0 WHEN 'not_evaluated' THEN 0
    ELSE coalesce(exposure_counted, 0) END"""
ORDER_SQL: Final = """CASE verdict WHEN 'fail' THEN 0 WHEN 'not_evaluated' THEN 1 WHEN 'bypassed' THEN 2 ELSE 3 END,
    CASE class WHEN 'definite' THEN 0 WHEN 'probable' THEN 1 ELSE 2 END,
    review_priority NULLS LAST, coalesce(exposure_counted, 0) DESC, coalesce(exposure, 0) DESC,
    rule_id, service_date NULLS LAST, claim_id NULLS LAST, line_no NULLS LAST, finding_id, told"""
ROWS_SQL: Final = "read_parquet($path, hive_partitioning = false, file_row_number = true)"
# Columns without which findings can be sorted and summed: the explanations of 200,000 alone are 200 MB.
WIDE_SQL: Final = "explanation, evidence, reference_rows, citations, record_needed, premises"
# What ORDER_SQL orders.
NARROW_SQL: Final = f"(SELECT * EXCLUDE ({WIDE_SQL}), md5_number_lower(explanation) AS told FROM {ROWS_SQL})"
# The place of each finding in the report, by its row in the file.
_PLACES: Final = f"""SELECT file_row_number AS row_at, {SECTION_SQL} AS section,
    CAST({AMOUNT_SQL} AS DECIMAL(18, 2)) AS amount, row_number() OVER (ORDER BY {ORDER_SQL}) AS place
    FROM {NARROW_SQL}"""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A claim line that the finding rests on, and the part it plays (`column_1`, `addon`, ...)."""

    role: str
    claim_id: str
    line_no: int | None
    service_date: date | None
    code: str
    modifiers: tuple[str, ...]
    units: Decimal | None
    paid: Decimal | None
    charge: Decimal | None = None
    allowed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """The row of a reference table that was in force; `deleted` None means that it has no end."""

    table: str
    edition: str
    key: str
    effective: date | None
    deleted: date | None


@dataclass(frozen=True, slots=True)
class Citation:
    """The authority: document, section and revision; `verified` says whether the text was read."""

    document: str
    section: str
    revision: str
    url: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of findings.parquet; money is in dollars."""

    finding_id: str
    rule_id: str
    rule_version: int | None
    rule_hash: str
    catalogue_id: str
    title: str
    family: str
    section: str
    amount: Decimal
    verdict: str
    cls: str
    review_priority: int | None
    direction: str
    line_of_business: str
    payer_id: str
    patient_id: str
    billing_npi: str
    rendering_npi: str
    claim_id: str
    line_no: int | None
    service_date: date | None
    code: str
    modifiers: tuple[str, ...]
    units: Decimal | None
    charge: Decimal | None
    allowed: Decimal | None
    paid: Decimal | None
    exposure: Decimal | None
    exposure_as_processed: Decimal | None
    exposure_allowed: Decimal | None
    exposure_counted: Decimal | None
    exposure_basis: str
    at_risk: bool
    split_claim: bool
    explanation: str
    root_cause: str
    suppressed_by: str
    reason: str
    record_needed: tuple[str, ...]
    premises: tuple[str, ...]
    evidence: tuple[EvidenceLine, ...]
    reference_rows: tuple[ReferenceRow, ...]
    citations: tuple[Citation, ...]
    corrected: Decimal | None = None

    @property
    def provider(self) -> str:
        """The provider it is counted under: the rendering NPI, else the billing NPI, else empty."""
        return self.rendering_npi or self.billing_npi


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """An input row that was not audited: where it stands, why, and its dollars where they could be read."""

    source_file: str
    source_pos: int | None
    claim_id: str
    line_no: str
    reason_code: str
    reason: str
    charge: Decimal | None
    paid: Decimal | None


_TEXTS = (
    "rule_hash", "catalogue_id", "title", "family", "verdict", "class", "direction", "line_of_business", "payer_id",
    "patient_id", "billing_npi", "rendering_npi", "claim_id", "code", "exposure_basis", "explanation", "root_cause",
    "suppressed_by", "reason", "finding_id", "rule_id",
)  # fmt: skip
_PLAIN = (
    "rule_version", "review_priority", "line_no", "service_date", "units", "charge", "allowed", "paid", "exposure",
    "exposure_as_processed", "exposure_allowed", "exposure_counted", "corrected",
)  # fmt: skip
_FLAGS = ("at_risk", "split_claim")
_LISTS = ("modifiers", "record_needed", "premises")
_NESTED = ("evidence", "reference_rows", "citations")


@dataclass(frozen=True, slots=True)
class FindingRows:
    """All findings of a run in report order, read batch by batch, so that their number does not bound memory."""

    path: Path
    count: int
    evidence_lines: int

    def __iter__(self) -> Iterator[Finding]:
        """Yield every finding; two passes yield the same order."""
        return self.first(None)

    def __len__(self) -> int:
        return self.count

    def first(self, limit: int | None) -> Iterator[Finding]:
        """Yield the first `limit` findings, all of them for None."""
        names = [*_TEXTS, *_PLAIN, *_FLAGS, *_LISTS, *_NESTED]
        selected = [
            *(f"coalesce(CAST({name} AS VARCHAR), '')" for name in _TEXTS),
            *_PLAIN,
            *(f"coalesce({name}, false)" for name in _FLAGS),
            *(f"list_filter({name}, lambda x: x IS NOT NULL)" for name in _LISTS),
            *(f"CAST(to_json({name}) AS VARCHAR)" for name in _NESTED),
        ]
        columns = ", ".join(f'{what} AS "{name}"' for name, what in zip(names, selected, strict=True))
        names += ["section", "amount"]
        with scratch_folder() as scratch:
            places = {"path": str(self.path), "places": str(scratch / "places.parquet")}
            with connect() as con:
                con.execute(f"COPY ({_PLACES}) TO $places (FORMAT parquet)", places)
            wanted = self.count if limit is None else min(limit, self.count)
            for begin in range(0, wanted, PASS):
                with connect() as con:
                    result = con.execute(
                        f"SELECT {columns}, section, amount FROM {ROWS_SQL} f "
                        "JOIN read_parquet($places, hive_partitioning = false) ON row_at = f.file_row_number "
                        "WHERE place > $begin AND place <= $end ORDER BY place",
                        {**places, "begin": begin, "end": min(begin + PASS, wanted)},
                    )
                    while batch := result.fetchmany(BATCH):
                        for values in batch:
                            yield _finding(dict(zip(names, values, strict=True)))


@dataclass(frozen=True, slots=True)
class SetAsideRows:
    """All rows set aside, by file and place."""

    path: Path
    count: int

    def __iter__(self) -> Iterator[SetAsideRow]:
        """Yield every row set aside, ordered by source file, place, claim and line."""
        sql = """SELECT coalesce(source_file, ''), source_pos, coalesce(CAST(claim_id AS VARCHAR), ''),
                coalesce(CAST(line_no AS VARCHAR), ''), coalesce(reason_code, ''), coalesce(reason, ''), charge, paid
            FROM read_parquet($path, hive_partitioning = false)
            ORDER BY source_file NULLS LAST, source_pos NULLS LAST, claim_id NULLS LAST, line_no NULLS LAST,
                reason_code, reason"""
        for values in streamed(sql, self.path):
            file, place, claim, line, code, reason, charge, paid = values
            yield SetAsideRow(file, place, claim, line, code, reason, dollars(charge), dollars(paid))

    def __len__(self) -> int:
        return self.count


def dollars(value: int | Decimal | None) -> Decimal | None:
    """Dollars from a money column: an integer column holds cents, a decimal one dollars."""
    return from_cents(value) if isinstance(value, int) else value


def as_date(value: Any) -> date | None:
    """A date from a date or its ISO text; None for nothing, for other text and for the open end."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value[:10])
        except ValueError:
            return None
    return None if not isinstance(value, date) or value == OPEN_DATE else value


def _finding(row: dict[str, Any]) -> Finding:
    for name in _LISTS:
        row[name] = tuple(row[name] or ())
    row["cls"] = row.pop("class")
    row["evidence"] = tuple(_evidence(entry) for entry in _nested(row["evidence"]))
    row["reference_rows"] = tuple(_reference(entry) for entry in _nested(row["reference_rows"]))
    row["citations"] = citations_of(row["citations"] or "[]")
    return Finding(**row)


def _nested(value: str | None) -> list[dict[str, Any]]:
    """A list of structs by way of JSON, which DuckDB hands over three times as fast; decimals stay exact."""
    entries = _JSON.decode(value) if value else None
    return [entry for entry in entries or () if entry]


@lru_cache(maxsize=4096)
def citations_of(value: str) -> tuple[Citation, ...]:
    """The citations of a finding from their JSON."""
    return tuple(citation(entry) for entry in _nested(value))


def _evidence(entry: Mapping[str, Any]) -> EvidenceLine:
    return EvidenceLine(
        role=entry["role"] or "",
        claim_id=entry["claim_id"] or "",
        line_no=entry["line_no"],
        service_date=as_date(entry["service_date"]),
        code=entry["code"] or "",
        modifiers=tuple(entry["modifiers"] or ()),
        units=None if entry["units"] is None else Decimal(entry["units"]),
        paid=None if entry["paid"] is None else Decimal(entry["paid"]),
        charge=None if entry.get("charge") is None else Decimal(entry["charge"]),
        allowed=None if entry.get("allowed") is None else Decimal(entry["allowed"]),
    )


def _reference(entry: Mapping[str, Any]) -> ReferenceRow:
    return ReferenceRow(
        table=entry["table"] or "",
        edition=str(entry["edition"] or ""),
        key=str(entry["key"] or ""),
        effective=as_date(entry["effective"]),
        deleted=as_date(entry["deleted"]),
    )


def citation(entry: Mapping[str, Any]) -> Citation:
    """A citation from a finding's struct or from a rule's entry in run.json (which may name a table instead)."""

    def text(*names: str) -> str:
        return next((str(entry[name]) for name in names if entry.get(name)), "")

    return Citation(
        document=text("document", "table"),
        section=text("section", "locator"),
        revision=text("revision", "edition"),
        url=text("url"),
        # A row of a loaded table is at hand in its edition; there is no further text to verify.
        verified=bool(entry.get("verified")) or bool(entry.get("table") and not entry.get("document")),
    )
