"""The findings as the page carries them: dictionary-encoded columns for the table, details in blocks.

The page unpacks the columns at once and a block of details only when a finding of it is opened. Everything is gzip
in base64, which holds no character that could end a script element. The bytes depend on the document alone.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from auditor.base.money import to_cents
from auditor.reports.document import SECTIONS, AuditDocument
from auditor.reports.rows import Citation, Finding, ReferenceRow
from auditor.reports.wording import CLASS_WORDS, VERDICT_WORDS

PAGE_FINDINGS = 300_000
PAGE_SET_ASIDE = 50_000
BLOCK = 400
CLASSES: tuple[str, ...] = tuple(CLASS_WORDS)
VERDICTS: tuple[str, ...] = tuple(VERDICT_WORDS)


_COLUMNS = (
    "id", "rule", "section", "cls", "verdict", "priority", "provider", "claim", "line", "patient", "date", "code",
    "mods", "units", "paid", "exposure", "amount",
)  # fmt: skip


class Words:
    """A dictionary of texts: each gets a number on its first use."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        """The number of `value`."""
        return self._numbers.setdefault(value, len(self._numbers))

    def list(self) -> list[Any]:
        """All values by number."""
        return list(self._numbers)


def blocks(document: AuditDocument) -> Iterator[tuple[str, str]]:
    """(element id, text) of every data block: details d0, d1 ..., then the columns, then the lines set aside."""
    columns = _Columns()
    waiting: list[list[Any]] = []
    number = 0
    for finding in document.findings.first(PAGE_FINDINGS):
        columns.add(finding)
        waiting.append(columns.detail(finding))
        if len(waiting) == BLOCK:
            yield f"d{number}", pack(waiting)
            waiting = []
            number += 1
    if waiting:
        yield f"d{number}", pack(waiting)
    yield "columns", pack(columns.packed(document))
    yield "aside", pack(_aside(document))


def pack(value: object) -> str:
    """Compact JSON, gzip without a time stamp, base64."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8", "replace"), 6, mtime=0)).decode("ascii")


class _Columns:
    """The columns of the table while they grow."""

    def __init__(self) -> None:
        self._words = {
            name: Words() for name in ("rule", "provider", "claim", "patient", "date", "code", "mods")
        }
        self._values: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
        self._citations = Words()
        self._references = Words()

    def add(self, finding: Finding) -> None:
        """One row of the table."""
        rule = (
            finding.rule_id, finding.rule_version, finding.rule_hash, finding.title, finding.catalogue_id,
        )  # fmt: skip
        words, values = self._words, self._values
        values["id"].append(finding.finding_id)
        values["rule"].append(words["rule"].number(rule))
        values["section"].append(SECTIONS.index(finding.section))
        values["cls"].append(CLASSES.index(finding.cls))
        values["verdict"].append(VERDICTS.index(finding.verdict))
        values["priority"].append(finding.review_priority or 0)
        values["provider"].append(words["provider"].number(finding.provider))
        values["claim"].append(words["claim"].number(finding.claim_id))
        values["line"].append(finding.line_no)
        values["patient"].append(words["patient"].number(finding.patient_id))
        values["date"].append(words["date"].number(_day(finding.service_date)))
        values["code"].append(words["code"].number(finding.code))
        values["mods"].append(words["mods"].number(" ".join(finding.modifiers)))
        values["units"].append(plain(finding.units))
        values["paid"].append(_cents(finding.paid))
        values["exposure"].append(_cents(finding.exposure))
        values["amount"].append(_cents(finding.amount))

    def detail(self, finding: Finding) -> list[Any]:
        """What is shown when the finding is opened, by place (the page's script knows the order)."""
        return [
            finding.explanation,
            [
                [line.role, line.claim_id, line.line_no, _day(line.service_date), line.code,
                 " ".join(line.modifiers), plain(line.units), _cents(line.paid), _cents(line.charge),
                 _cents(line.allowed)]
                for line in finding.evidence
            ],
            [self._references.number(row) for row in finding.reference_rows],
            [self._citations.number(entry) for entry in finding.citations],
            [_cents(value) for value in (
                finding.charge, finding.allowed, finding.paid, finding.exposure, finding.exposure_as_processed,
                finding.exposure_allowed, finding.exposure_counted,
            )],
            finding.exposure_basis,
            finding.direction,
            finding.billing_npi,
            finding.rendering_npi,
            finding.payer_id,
            finding.line_of_business,
            list(finding.record_needed),
            list(finding.premises),
            finding.reason,
            finding.suppressed_by,
            finding.root_cause,
            int(finding.at_risk),
            int(finding.split_claim),
        ]  # fmt: skip

    def packed(self, document: AuditDocument) -> dict[str, Any]:
        """All columns with their dictionaries, the rules' known false positives, their pages, and the overrides."""
        pages = document.paged
        return {
            "n": len(self._values["id"]),
            "block": BLOCK,
            "columns": self._values,
            "words": {name: words.list() for name, words in self._words.items()},
            "citations": [_citation(entry) for entry in self._citations.list()],
            "references": [_reference(row, document) for row in self._references.list()],
            "meanings": dict(document.descriptors),
            "overrides": {item.id: item.does for item in document.overrides},
            "register": {
                name: [
                    rule.status,
                    list(rule.false_positives),
                    rule.carc,
                    rule.id if rule.id in pages else "",
                    [item.id for item in document.overrides_of(rule.id)],
                ]
                for name, rule in document.rule_index.items()
            },
        }


def _aside(document: AuditDocument) -> list[list[Any]]:
    taken: list[list[Any]] = []
    for row in document.set_aside:
        if len(taken) == PAGE_SET_ASIDE:
            break
        taken.append(
            [row.source_file, row.source_pos, row.claim_id, row.line_no, row.reason_code, row.reason,
             _cents(row.charge), _cents(row.paid)]
        )  # fmt: skip
    return taken


def plain(value: Decimal | None) -> str:
    """Units without needless zeros: '2', '1.5'."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def safe_url(url: str) -> str:
    """The address if it is a web address, else nothing: no other scheme may become a link."""
    return url if url.startswith(("https://", "http://")) else ""


def _citation(entry: Citation) -> list[Any]:
    return [
        entry.document,
        entry.section,
        entry.revision,
        entry.url,
        int(entry.verified),
        int(bool(safe_url(entry.url))),
    ]


def _reference(row: ReferenceRow, document: AuditDocument) -> list[str]:
    return [document.table_words(row.table), row.edition, row.key, _day(row.effective), _day(row.deleted)]


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _cents(value: Decimal | None) -> int | None:
    return None if value is None else to_cents(value)
