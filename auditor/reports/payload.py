"""The findings and their claims as the page carries them: columns of numbers, dictionaries, details in blocks.

The page unpacks the columns that it lists at once, and anything else when it is asked for: a block of details when a
finding of it is opened, a block of claims with it, patients and ids when somebody searches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from auditor.base.money import to_cents
from auditor.reports.claim_rows import ClaimLine, ShownClaim
from auditor.reports.document import SECTIONS, AuditDocument
from auditor.reports.packing import Words, column, identities, pack
from auditor.reports.rows import Citation, Finding, ReferenceRow
from auditor.reports.wording import CLASS_WORDS, VERDICT_WORDS, family_words

PAGE_FINDINGS = 500_000
PAGE_SET_ASIDE = 50_000
BLOCK = 400
CLAIM_BLOCK = 400
CLASSES: tuple[str, ...] = tuple(CLASS_WORDS)
VERDICTS: tuple[str, ...] = tuple(VERDICT_WORDS)

WORD_COLUMNS: Final = ("rule", "provider", "claim", "patient", "date", "code", "mods", "units", "payer")
COLUMNS: Final = (
    *WORD_COLUMNS, "section", "cls", "verdict", "priority", "line", "paid", "exposure", "amount",
)  # fmt: skip
"""The columns of numbers; those of `WORD_COLUMNS` are places in the dictionary of that name."""

ClaimKey = tuple[str, str, str]


def blocks(document: AuditDocument) -> Iterator[tuple[str, str]]:
    """(element id, text) of every data block.

    Claims k0, k1 ..., details d0, d1 ..., columns x_NAME, ids x_id, the dictionary of patients, then the head with all
    other dictionaries, and the lines set aside.
    """
    numbers: dict[ClaimKey, int] = {}
    yield from _claims(document, numbers)
    columns = _Columns(numbers)
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
    yield from columns.packed(document)
    yield "aside", pack(_aside(document))


def _claims(document: AuditDocument, numbers: dict[ClaimKey, int]) -> Iterator[tuple[str, str]]:
    """The blocks of claims; fills `numbers`, the place of each claim among all."""
    waiting: list[list[Any]] = []
    for number, claim in enumerate(document.claims):
        numbers[claim.key] = number
        waiting.append(_claim(claim))
        if len(waiting) == CLAIM_BLOCK:
            yield f"k{number // CLAIM_BLOCK}", pack(waiting)
            waiting = []
    if waiting:
        yield f"k{(len(numbers) - 1) // CLAIM_BLOCK}", pack(waiting)


def _claim(claim: ShownClaim) -> list[Any]:
    """A claim by place (the page's script knows the order)."""
    return [
        claim.claim_id, claim.patient_id, claim.payer_id, claim.claim_type, claim.setting, claim.billing_npi,
        claim.facility_npi, claim.tob, claim.frequency_code, claim.original_ref, claim.drg, claim.discharge_status,
        claim.prior_auth, claim.payer_icn, _day(claim.admit_date), _day(claim.discharge_date),
        _day(claim.received_date), _day(claim.paid_date), list(claim.diagnoses),
        [_claim_line(line) for line in claim.lines],
    ]  # fmt: skip


def _claim_line(line: ClaimLine) -> list[Any]:
    return [
        line.line_no, _day(line.date_from), "" if line.date_to == line.date_from else _day(line.date_to), line.pos,
        line.revenue_code, line.code, " ".join(line.modifiers), pointer_letters(line.pointers), plain(line.units),
        _cents(line.charge), _cents(line.allowed), _cents(line.paid), line.rendering_npi,
    ]  # fmt: skip


def pointer_letters(places: tuple[int, ...]) -> str:
    """Diagnosis pointers as the form has them: (1, 3) as 'AC'; beyond the twelve letters of the form as numbers."""
    if any(not 1 <= place <= 12 for place in places):
        return " ".join(map(str, places))
    return "".join("ABCDEFGHIJKL"[place - 1] for place in places)


class _Columns:
    """The columns of the table while they grow."""

    def __init__(self, claims: Mapping[ClaimKey, int]) -> None:
        self._claims = claims
        self._words = {name: Words() for name in WORD_COLUMNS}
        self._values: dict[str, list[int | None]] = {name: [] for name in COLUMNS}
        self._ids: list[str] = []
        self._citations = Words()
        self._references = Words()

    def add(self, finding: Finding) -> None:
        """One row of the table."""
        words, values = self._words, self._values
        self._ids.append(finding.finding_id)
        named = {
            "rule": (
                finding.rule_id, finding.rule_version, finding.rule_hash, finding.title, finding.catalogue_id,
                family_words(finding.family),
            ),
            "provider": finding.provider,
            "claim": finding.claim_id,
            "patient": finding.patient_id,
            "date": _day(finding.service_date),
            "code": finding.code,
            "mods": " ".join(finding.modifiers),
            "units": plain(finding.units),
            "payer": finding.payer_id,
        }  # fmt: skip
        for name, value in named.items():
            values[name].append(words[name].number(value))
        values["section"].append(SECTIONS.index(finding.section))
        values["cls"].append(CLASSES.index(finding.cls))
        values["verdict"].append(VERDICTS.index(finding.verdict))
        values["priority"].append(finding.review_priority or 0)
        values["line"].append(finding.line_no)
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
                finding.exposure_allowed, finding.exposure_counted, finding.corrected,
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
            self._claims_of(finding),
        ]  # fmt: skip

    def _claims_of(self, finding: Finding) -> list[int]:
        """The places of the claims of the finding: its own first, then those of its evidence."""
        named = dict.fromkeys((finding.claim_id, *(line.claim_id for line in finding.evidence)))
        keys = ((finding.payer_id, finding.patient_id, name) for name in named if name)
        return [self._claims[key] for key in keys if key in self._claims]

    def packed(self, document: AuditDocument) -> Iterator[tuple[str, str]]:
        """The columns, and a head with their dictionaries, the rules, their pages and the overrides."""
        kinds: dict[str, str] = {}
        for name in COLUMNS:
            kinds[name], text = column(self._values[name])
            yield f"x_{name}", text
        kinds["id"], text = identities(self._ids)
        yield "x_id", text
        words = {name: found.list() for name, found in self._words.items()}
        yield "patients", pack(words.pop("patient"))
        pages = document.paged
        yield "head", pack({
            "n": len(self._ids),
            "block": BLOCK,
            "claimBlock": CLAIM_BLOCK,
            "kinds": kinds,
            "words": words,
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
            "steps": {
                rule.id: [_step(step) for step in rule.page.steps]
                for rule in document.rules
                if rule.id in pages
            },
        })  # fmt: skip


def _step(step: Mapping[str, Any]) -> list[Any]:
    texts = [str(said) for said in step.get("text") or ()]
    return [str(step.get("kind", "")), str(step.get("title", "")), texts]


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
