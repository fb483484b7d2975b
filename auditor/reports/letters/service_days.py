"""The days of the lines that findings stand on: a finding holds the first, and a line may span several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from auditor.reports.document import AuditDocument
from auditor.reports.rows import Finding

LineKey = tuple[str, str, str, int | None, date | None, str]


@dataclass(frozen=True, slots=True)
class ServiceDays:
    """The last days of lines that span several; None of lines that nothing tells apart and that end differently."""

    last: Mapping[LineKey, date | None] = field(default_factory=dict)

    def of(self, finding: Finding) -> str:
        """The days of service as printed: `2024-09-15`, `2024-09-15 to 2024-09-17`; nothing where there is none."""
        first = finding.service_date
        if first is None:
            return ""
        key = _key(finding)
        if key not in self.last:
            return first.isoformat()
        last = self.last[key]
        return f"{first.isoformat()} to {last.isoformat()}" if last else f"from {first.isoformat()}"


def service_days(document: AuditDocument, findings: Iterable[Finding]) -> ServiceDays:
    """The days of the lines of `findings`, from the claims of the report; one pass over them."""
    asked = {_key(finding) for finding in findings if finding.claim_id}
    ends: dict[LineKey, set[date]] = {}
    for claim in document.claims if asked else ():
        for line in claim.lines:
            key = (*claim.key, line.line_no, line.date_from, line.code)
            if key in asked and line.date_from and line.date_to:
                ends.setdefault(key, set()).add(line.date_to)
    return ServiceDays(
        {key: next(iter(days)) if len(days) == 1 else None for key, days in ends.items() if days != {key[4]}}
    )


def _key(finding: Finding) -> LineKey:
    return (
        finding.payer_id, finding.patient_id, finding.claim_id, finding.line_no, finding.service_date, finding.code,
    )  # fmt: skip
