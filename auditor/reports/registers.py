"""The registers of a report read out of run.json: rules, tables, coverage, inputs, reconciliation, versions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from auditor.reports.document import (
    CLAIM_LINES,
    CoverageEntry,
    InputFile,
    OddValues,
    ReasonCount,
    Reconciliation,
    ReconciliationRow,
    RuleEntry,
    TableEntry,
)
from auditor.reports.rows import citation
from auditor.reports.rule_pages import page_of
from auditor.reports.wording import PRIORITY_OF_SEVERITY

Entry = Mapping[str, Any]


def rules(entries: Iterable[Entry]) -> tuple[RuleEntry, ...]:
    """The rule register, by id."""
    return tuple(sorted((_rule(entry) for entry in entries), key=lambda rule: rule.id))


def tables(entries: Iterable[Entry]) -> tuple[TableEntry, ...]:
    """The reference-data register, in the order of the run."""
    return tuple(
        TableEntry(
            table=text(entry.get("table")),
            edition=text(entry.get("edition")),
            edition_id=text(entry.get("edition_id")),
            files=tuple(
                (text(file.get("name")), text(file.get("sha256"))) for file in entry.get("files") or ()
            ),
            rows=whole(entry.get("rows")),
            published=text(entry.get("published")),
            imported=text(entry.get("imported")),
            valid_from=text(entry.get("valid_from")),
            valid_to=text(entry.get("valid_to")),
            layout=text(entry.get("layout")),
            carried_forward=bool(entry.get("carried_forward")),
            notes=texts(entry.get("notes")),
        )
        for entry in entries
    )


def coverage(entries: Iterable[Entry]) -> tuple[CoverageEntry, ...]:
    """Coverage by rule, in the order of the run."""

    def reasons(entry: Entry) -> tuple[ReasonCount, ...]:
        return tuple(
            ReasonCount(text(reason.get("reason")), whole(reason.get("lines")), amount(reason.get("dollars")))
            for reason in entry.get("reasons") or ()
        )

    def count(entry: Entry, name: str) -> int:
        return whole(entry.get(name)) or 0

    return tuple(
        CoverageEntry(
            rule_id=text(entry.get("rule_id")),
            title=text(entry.get("title")),
            family=text(entry.get("family")),
            unit=text(entry.get("unit")) or CLAIM_LINES,
            eligible=whole(entry.get("eligible")),
            evaluated=count(entry, "evaluated"),
            fail=count(entry, "fail"),
            bypassed=count(entry, "bypassed"),
            suppressed=count(entry, "suppressed"),
            not_evaluated=whole(entry.get("not_evaluated")),
            dollars_eligible=amount(entry.get("dollars_eligible")),
            dollars_evaluated=amount(entry.get("dollars_evaluated")),
            reasons=reasons(entry),
        )
        for entry in entries
    )


def odd_values(entries: Iterable[Entry]) -> tuple[OddValues, ...]:
    """Odd values on audited lines, by check, in the order of the run."""
    return tuple(
        OddValues(
            says=text(entry.get("says")),
            catalogue_id=text(entry.get("catalogue_id")),
            treated=text(entry.get("treated")),
            lines=whole(entry.get("lines")) or 0,
            paid=amount(entry.get("paid")),
            places=tuple(
                (text(place.get("source_file")), whole(place.get("source_pos")))
                for place in entry.get("places") or ()
            ),
        )
        for entry in entries
    )


def inputs(entries: Iterable[Entry]) -> tuple[InputFile, ...]:
    """The claims files that were read."""
    return tuple(
        InputFile(
            name=text(entry.get("name")),
            format=text(entry.get("format")),
            sha256=text(entry.get("sha256")),
            bytes=whole(entry.get("bytes")),
            rows=whole(entry.get("rows")),
        )
        for entry in entries
    )


def reconciliation(run: Entry, set_aside_rows: int) -> Reconciliation:
    """Lines and dollars in, and the three parts that they fall into; the checks are made elsewhere."""
    given: Entry = run.get("reconciliation") or {}
    counts: Entry = run.get("counts") or {}

    def row(label: str, lines: str, suffix: str) -> ReconciliationRow:
        number = whole(given.get(lines))
        number = whole(counts.get(lines)) if number is None else number
        if number is None and suffix == "set_aside":
            number = set_aside_rows
        return ReconciliationRow(
            label, number, amount(given.get(f"paid_{suffix}")), amount(given.get(f"charge_{suffix}"))
        )

    joined = row("Remittances joined to the claim lines that they answer", "lines_joined", "joined")
    rows_read = whole(given.get("rows_read"))
    return Reconciliation(
        rows_read=whole(counts.get("rows_read")) if rows_read is None else rows_read,
        whole=row("Read from the input", "lines_read", "in"),
        parts=(
            row("Audited", "lines_audited", "audited"),
            row("Superseded by a later version, or taken back", "lines_superseded", "superseded"),
            *([joined] if joined.lines else []),
            row("Set aside with a reason", "lines_set_aside", "set_aside"),
        ),
        checks=(),
    )


_ENGINE = ("cases", "firings", "checked", "too_large_to_check", "disagreements", "quarantined")


def engine(value: object) -> tuple[tuple[str, str], ...]:
    """What the engine did, without anything that two runs of the same inputs could differ in."""
    return (
        tuple((name, text(value[name])) for name in _ENGINE if name in value)
        if isinstance(value, Mapping)
        else ()
    )


_SIGNED = {
    "bundled": "comes with the program",
    "none": "not signed",
    "verified": "signed, signer accepted",
    "unknown signer": "signed, signer not known here",
    "broken": "not as it was signed",
}


def packs(entries: Iterable[Entry]) -> tuple[tuple[str, str], ...]:
    """The rule packs: (id and version, what is known of it in words), in the order of the run."""
    found = []
    for entry in entries:
        rules = whole(entry.get("rules")) or 0
        parts = [
            text(entry.get("title")) + (" (invented)" if entry.get("invented") else ""),
            text(entry.get("publisher")),
            f"{rules:,} rules",
            _SIGNED.get(text(entry.get("signature")), ""),
            f"key {text(entry.get('signer'))}" if entry.get("signer") else "",
            f"hash {text(entry.get('hash'))}" if entry.get("hash") else "",
        ]
        said = "; ".join(part for part in parts if part)
        if entry.get("broken"):
            said = f"LEFT OUT, not evaluated: {text(entry.get('broken'))} {said}"
        found.append((f"{text(entry.get('id'))} {text(entry.get('version'))}", said))
    return tuple(found)


def pack_tables(entries: Iterable[Entry]) -> dict[str, str]:
    """What packs call their own tables, by the name of the table."""
    return {
        text(table.get("name")): text(table.get("title"))
        for entry in entries
        for table in entry.get("tables") or ()
        if isinstance(table, Mapping) and table.get("title")
    }


def pairs(value: object) -> tuple[tuple[str, str], ...]:
    """A mapping as sorted (name, value) texts; nested values as compact JSON."""
    if not isinstance(value, Mapping):
        return ()
    return tuple((str(name), text(value[name])) for name in sorted(value, key=str))


def _parameters(value: object) -> tuple[tuple[str, str], ...]:
    """Parameters with the dates from which their values are in force: 'from 1996-01-01: 99214, 99215'."""
    if not isinstance(value, Mapping):
        return ()
    found = []
    for name in sorted(value, key=str):
        held = value[name]
        if (
            isinstance(held, list)
            and held
            and all(isinstance(item, Mapping) and "value" in item for item in held)
        ):
            held = "; ".join(f"from {text(item.get('from'))}: {_listed(item['value'])}" for item in held)
        found.append((str(name), _listed(held)))
    return tuple(found)


def _listed(value: object) -> str:
    return ", ".join(text(item) for item in value) if isinstance(value, list) else text(value)


def text(value: object) -> str:
    """Anything as one text: nothing as '', a list or mapping as compact JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return json.dumps(items, ensure_ascii=False, sort_keys=True, default=str) if items else ""
    return str(value)


def texts(value: object) -> tuple[str, ...]:
    """A list of texts; a single text as a list of one."""
    if isinstance(value, (list, tuple)):
        return tuple(text(item) for item in value if text(item))
    return (text(value),) if text(value) else ()


def whole(value: object) -> int | None:
    """An integer, or None for nothing and for what is none."""
    try:
        return None if value is None or value == "" else int(str(value))
    except ValueError:
        return None


def amount(value: object) -> Decimal | None:
    """Dollars from a text or number such as '123.45', to the cent; None for nothing and for what is no number."""
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None


def _rule(entry: Entry) -> RuleEntry:
    severity = text(entry.get("severity"))
    cls = entry.get("class")
    return RuleEntry(
        id=text(entry.get("id")),
        version=text(entry.get("version")),
        hash=text(entry.get("hash")),
        title=text(entry.get("title")),
        family=text(entry.get("family")),
        cls=text(cls.get("is") if isinstance(cls, Mapping) else cls),
        review_priority=PRIORITY_OF_SEVERITY.get(severity),
        status=text(entry.get("status")),
        catalogue_ids=texts(entry.get("catalogue_ids")),
        citations=tuple(citation(item) for item in entry.get("citations") or () if isinstance(item, Mapping)),
        false_positives=texts(entry.get("false_positives")),
        explanation_template=text(entry.get("explanation_template")),
        requires=texts(entry.get("requires")),
        parameters=_parameters(entry.get("parameters")),
        carc=text(entry.get("carc_analogue")),
        variants=tuple(
            (text(item.get("id")), text(item.get("catalogue_id")), text(item.get("title")))
            for item in entry.get("variants") or ()
        ),
        page=page_of(entry),
    )
