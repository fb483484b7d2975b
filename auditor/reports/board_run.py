"""run.json of a board report, made of the document as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from auditor.base.pseudonyms import Pseudonyms
from auditor.reports.document import AuditDocument, CoverageEntry
from auditor.reports.free_text import FreeText, walked
from auditor.reports.profile import BOARD

_KEPT: Final = ("versions", "payment_method", "tables", "counsel_header")
_RULES: Final = ("packs", "rules", "retired", "overrides")


def board_run(
    run: Mapping[str, Any], document: AuditDocument, text: FreeText, pseudonyms: Pseudonyms
) -> dict[str, Any]:
    """The content of run.json: what an audit was made with, and the figures of `document`, which may be shown."""
    scope, parts = document.scope, document.reconciliation.parts
    rules = {name: walked(run[name], text.unnumbered) for name in _RULES if name in run}
    options = {
        name: value
        for name, value in (run.get("options") or {}).items()
        if name not in ("column_map", "crosswalk")
    }
    return {
        "run_id": document.run_id,
        "profile": {"name": BOARD, "key_check": pseudonyms.hexadecimal("key", "check")},
        **{name: run[name] for name in _KEPT if name in run},
        "options": options,
        "banners": list(document.banners),
        "notes": [],
        "period": {
            "from": scope.period_from.isoformat() if scope.period_from else None,
            "to": scope.period_to.isoformat() if scope.period_to else None,
            "line_of_business": list((run.get("period") or {}).get("line_of_business", ())),
            "payers": list(scope.payers),
        },
        "inputs": [
            {"name": item.name, "format": item.format, "sha256": item.sha256} for item in scope.inputs
        ],
        **rules,
        "counts": {
            "lines_audited": parts[0].lines,
            "claims": scope.claims,
            "patients": scope.patients,
            "findings": {},
            "sections": {name: amount.findings for name, amount in document.totals.sections.items()},
        },
        "dollars": {name: str(amount.dollars) for name, amount in document.totals.sections.items()},
        "coverage": [_coverage(entry) for entry in document.coverage],
        "stages": [],
        "engine": {"disagreements": (run.get("engine") or {}).get("disagreements")},
    }


def _coverage(entry: CoverageEntry) -> dict[str, Any]:
    return {
        "rule_id": entry.rule_id, "title": entry.title, "family": entry.family, "unit": entry.unit,
        "eligible": entry.eligible, "evaluated": entry.evaluated, "fail": entry.fail, "bypassed": entry.bypassed,
        "suppressed": entry.suppressed, "not_evaluated": entry.not_evaluated,
        "reasons": [{"reason": reason.reason, "lines": reason.lines} for reason in entry.reasons],
    }  # fmt: skip
