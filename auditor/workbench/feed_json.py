"""An inspection as plain JSON values. Names are public, as those of run.json are; more may be added to them.

Dollars are text (``"1234.50"``), null where no line has such an amount or it was not measured; dates and months are ISO
text; counts are whole numbers.

- ``files[]``: name, format, part (``claims``, what stands beside them, or ``passed over``), why, records, lines, bytes,
  sha256.
- ``counts``: rows_read, lines_read, lines_audited, lines_superseded, lines_set_aside (lines_joined where remittances
  were joined to claims), claims, patients (within a payer), patients_across_payers, providers, billing_providers,
  lines_without_provider, lines_denied, lines_without_amount.
- ``tie_out[]``: name (charge, allowed, paid), read, audited, superseded, set_aside, joined, ties (null: not measured).
- ``period``: from, to. ``whole``: the audited lines: lines, claims, lines_denied, charge, allowed, paid.
- ``months[]``: month and the same. ``gaps[]``: first, last, months, lines, usual, at_edge.
- ``payers[]``: payer_id, line_of_business, payers (more than 1: the rest, added up), patients, from, to, the same
  amounts, ``months[]`` and ``gaps[]``. ``claim_types[]``: claim_type, setting and the same amounts.
- ``fields[]``: field, doc, in_feed, filled, lines, share (0 to 1, four places), distinct, by_claim_type {type: {filled,
  lines}}, required_by[] and read_by[] (rule ids).
- ``set_aside[]``: reason_code, reason, lines, charge, paid. ``superseded[]``: reason, lines, paid.
- ``history[]``: version_note (the word of `claim_line`), reason, lines, charge, paid.
- ``versions[]``: frequency_code, state, claims. ``payment_method``; ``payments_shared``: the amounts of lines that have
  a share of one payment of their claim. ``modifier_columns``; ``unmapped_columns[]``: headers that nothing is read of.
- ``diagnostics[]``: name, severity, says, times, claims, places[] {source_file, source_pos, byte_offset}.
- ``data_quality[]``: as in run.json. ``oddities[]``: kind, severity, says, lines, places[].
- ``remittances``: how they met claims, as run.json has it (amounts are cents), or null.
  ``unmatched[]``: side, why, times.
- ``rules``: ``counts`` by state, and ``list[]``: rule_id, title, family, state, unit, eligible, evaluated,
  dollars_eligible, dollars_evaluated, lacks[], why, reasons[] {reason, lines, dollars}.
- ``tables``: starter, ``answered[]`` {table, edition, published}, ``asked[]`` {table, quarter, lines, paid, answered,
  missing, editions[]}. ``broken_packs[]``: pack, why. ``notes[]``: what reading and tables have to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from auditor.base.money import from_cents
from auditor.claims.profile.model import Amounts, Coverage, Gap, Month, Told
from auditor.profiles.feed_fields import Use
from auditor.profiles.feed_rules import STATES, Readiness
from auditor.workbench.feed_inspection import Inspection
from auditor.workbench.feed_oddities import oddities


def as_json(found: Inspection) -> dict[str, Any]:
    """The inspection as the docstring of this module has it. The same inspection gives the same values."""
    feed, profile = found.feed, found.profile
    return {
        "files": [
            {
                "name": file.name,
                "format": file.format,
                "part": file.part,
                "why": file.why,
                "records": file.rows,
                "lines": file.lines,
                "bytes": file.bytes,
                "sha256": file.sha256,
            }
            for file in feed.files
        ],
        "counts": dict(profile.counts),
        "tie_out": [
            {
                "name": tie.name,
                **{
                    name: _usd(getattr(tie, name))
                    for name in ("read", "audited", "superseded", "set_aside", "joined")
                },
                "ties": tie.ties,
            }
            for tie in profile.tie_out
        ],
        "period": {"from": _day(profile.first), "to": _day(profile.last)},
        "whole": _amounts(profile.whole),
        "months": _months(profile.months),
        "gaps": _gaps(profile.gaps),
        "payers": [
            {
                "payer_id": payer.payer_id,
                "line_of_business": payer.line_of_business,
                "payers": payer.of,
                "patients": payer.patients,
                "from": _day(payer.first),
                "to": _day(payer.last),
                **_amounts(payer.amounts),
                "months": _months(payer.months),
                "gaps": _gaps(payer.gaps),
            }
            for payer in profile.payers
        ],
        "claim_types": [
            {"claim_type": kind.claim_type, "setting": kind.setting, **_amounts(kind.amounts)}
            for kind in profile.kinds
        ],
        "fields": [_field(item, found.uses.get(item.field, Use())) for item in profile.coverage],
        "set_aside": [
            {"reason_code": item.code, **_told(item), "charge": _usd(item.charge)}
            for item in profile.set_aside
        ],
        "superseded": [_told(item) for item in profile.superseded],
        "history": [
            {"version_note": item.code, **_told(item), "charge": _usd(item.charge)}
            for item in profile.history
        ],
        "versions": [
            {"frequency_code": code, "state": state, "claims": claims}
            for code, state, claims in profile.versions
        ],
        "payment_method": feed.payment_method,
        "payments_shared": _amounts(profile.allocated),
        "modifier_columns": feed.modifier_columns,
        "unmapped_columns": list(feed.unmapped_columns),
        "diagnostics": [
            {
                "name": item.name,
                "severity": item.severity,
                "says": item.says,
                "times": item.times,
                "claims": item.claims,
                "places": [
                    {"source_file": file, "source_pos": place, "byte_offset": byte}
                    for file, place, byte in item.places
                ],
            }
            for item in profile.diagnostics
        ],
        "data_quality": [dict(check) for check in found.checks],
        "oddities": [
            {
                "kind": item.kind,
                "severity": item.severity,
                "says": item.says,
                "lines": item.lines,
                "places": list(item.places),
            }
            for item in oddities(found)
        ],
        "remittances": _plain(getattr(feed, "remittances", None)),
        "unmatched": [{"side": side, "why": why, "times": times} for side, why, times in profile.unmatched],
        "rules": {"counts": states(found.rules), "list": [_rule(item) for item in found.rules]},
        "tables": {
            "starter": found.reference.starter,
            "answered": [
                {"table": item.table, "edition": item.edition, "published": _day(item.published)}
                for item in found.reference.tables
            ],
            "asked": [
                {
                    "table": need.table,
                    "quarter": need.quarter,
                    "lines": need.lines,
                    "paid": str(need.paid),
                    "answered": need.answered,
                    "missing": need.missing,
                    "editions": list(need.editions),
                }
                for need in found.needs
            ],
        },
        "broken_packs": [{"pack": pack, "why": why} for pack, why in found.broken],
        "notes": [*feed.notes, *found.reference.notes],
    }


def states(rules: Sequence[Readiness]) -> dict[str, int]:
    """How many rules are in each state, in the order of `STATES`."""
    counted = Counter(rule.state for rule in rules)
    return {state: counted[state] for state in STATES}


def _amounts(item: Amounts) -> dict[str, Any]:
    return {
        "lines": item.lines,
        "claims": item.claims,
        "lines_denied": item.denied,
        "charge": _usd(item.charge),
        "allowed": _usd(item.allowed),
        "paid": _usd(item.paid),
    }


def _months(months: Sequence[Month]) -> list[dict[str, Any]]:
    return [{"month": month.month, **_amounts(month.amounts)} for month in months]


def _gaps(gaps: Sequence[Gap]) -> list[dict[str, Any]]:
    return [
        {name: getattr(gap, name) for name in ("first", "last", "months", "lines", "usual", "at_edge")}
        for gap in gaps
    ]


def _field(item: Coverage, use: Use) -> dict[str, Any]:
    return {
        "field": item.field,
        "doc": item.doc,
        "in_feed": item.named,
        "filled": item.filled,
        "lines": item.lines,
        "share": str(round(Decimal(item.filled) / item.lines, 4)) if item.lines else None,
        "distinct": item.distinct,
        "by_claim_type": {
            kind: {"filled": filled, "lines": lines} for kind, (filled, lines) in item.by_type.items()
        },
        "required_by": list(use.require),
        "read_by": list(use.read),
    }


def _told(item: Told) -> dict[str, Any]:
    return {"reason": item.reason, "lines": item.lines, "paid": _usd(item.paid)}


def _rule(item: Readiness) -> dict[str, Any]:
    return {
        "rule_id": item.rule_id,
        "title": item.title,
        "family": item.family,
        "state": item.state,
        "unit": item.unit,
        "eligible": item.eligible,
        "evaluated": item.evaluated,
        "dollars_eligible": _usd(item.cents_eligible),
        "dollars_evaluated": _usd(item.cents_evaluated),
        "lacks": list(item.lacks),
        "why": item.why,
        "reasons": [
            {"reason": reason.reason, "lines": reason.lines, "dollars": _usd(reason.cents)}
            for reason in item.reasons
        ],
    }


def _plain(rates: Any) -> dict[str, Any] | None:
    """The figures of a join of remittances, by name."""
    if rates is None:
        return None
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(rates).items()}


def _usd(cents: int | None) -> str | None:
    return None if cents is None else str(from_cents(cents))


def _day(day: Any) -> str | None:
    return None if day is None else str(day)
