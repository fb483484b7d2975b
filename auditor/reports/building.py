"""From the data of a run to its document: run.json, findings.parquet, set_aside.parquet -> AuditDocument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor.reports import reading, registers
from auditor.reports.checking import check_totals
from auditor.reports.claim_rows import claim_rows
from auditor.reports.database import connect
from auditor.reports.document import AuditDocument, Breakdown, RuleEntry, Scope
from auditor.reports.override_pages import override_pages
from auditor.reports.peers import peers
from auditor.reports.profile import note_of
from auditor.reports.rows import FindingRows, SetAsideRows, as_date
from auditor.reports.standards import Element, Told, elements
from auditor.reports.superseded_rows import superseded_rows
from auditor.reports.totals import FindingTotals, sum_findings, sum_set_aside
from auditor.reports.unmatched_rows import unmatched_rows
from auditor.reports.wording import LIMITATIONS, NOT_SHOWN, spoken

TITLE = "Claims audit"


def build_document(run: Mapping[str, Any], findings: Path, set_aside: Path) -> AuditDocument:
    """The document of one run.

    `run` is the content of run.json; `findings` and `set_aside` are the Parquet files, which must stay where they are
    while the document is laid out; superseded.parquet and unmatched.parquet are looked for beside the latter. Sums are
    made once and compared with those of `run`.

    Raises InternalCheckFailed when a figure of `run` and the same figure summed here differ, when the parts of the
    input do not add up to it, or when a finding belongs to no section.
    """
    with connect() as con:
        totals = sum_findings(con, findings)
        aside = sum_set_aside(con, set_aside)
    rules = registers.rules(run.get("rules", ()))
    index = {name: rule for rule in rules for name in (*(variant[0] for variant in rule.variants), rule.id)}
    coverage = registers.coverage(run.get("coverage", ()))
    reconciliation = registers.reconciliation(run, aside.rows)
    checks = check_totals(run, totals, aside, reconciliation)
    document = AuditDocument(
        title=str(run.get("title") or TITLE),
        run_id=str(run.get("run_id", "")),
        banners=_texts(run.get("banners")),
        notes=_texts(run.get("notes")),
        scope=_scope(run, totals),
        totals=totals.whole,
        bypassed_paid=totals.bypassed_paid,
        by_rule=tuple(_labelled_rule(entry, index, totals.titles) for entry in totals.by_rule),
        by_provider=tuple(
            replace(entry, label=entry.key or "no provider in the feed") for entry in totals.by_provider
        ),
        by_month=tuple(replace(entry, label=entry.key or "no single date") for entry in totals.by_month),
        rules=rules,
        tables=registers.tables(run.get("tables", ())),
        coverage=coverage,
        unverified_findings=totals.unverified,
        findings=FindingRows(findings, totals.rows, totals.evidence_lines),
        set_aside=SetAsideRows(set_aside, aside.rows),
        set_aside_reasons=aside.reasons,
        odd_values=registers.odd_values(run.get("data_quality", ())),
        diagnostics=reading.diagnostics(run.get("diagnostics", ())),
        superseded=superseded_rows(set_aside.with_name("superseded.parquet")),
        superseded_reasons=reading.superseded(run.get("superseded", ())),
        reconciliation=replace(reconciliation, checks=checks),
        versions=registers.pairs(run.get("versions")),
        options=registers.pairs(run.get("options")),
        engine=registers.engine(run.get("engine")),
        packs=registers.packs(run.get("packs", ())),
        overrides=override_pages(
            run.get("overrides") or (),
            [(rule.id, rule.family, [variant[0] for variant in rule.variants]) for rule in rules],
            totals.suppressed_by,
        ),
        table_titles=registers.pack_tables(run.get("packs", ())),
        remittances=reading.remittances(
            run.get("remittances"), unmatched_rows(set_aside.with_name("unmatched.parquet"))
        ),
        rule_index=index,
        counsel_header=str(run.get("counsel_header") or ""),
        claims=claim_rows(findings.with_name("claim_lines.parquet")),
        peers=peers(findings, findings.with_name("providers.parquet")),
        descriptors={str(code): str(text) for code, text in (run.get("descriptors") or {}).items()},
        profile=note_of(str((run.get("profile") or {}).get("name") or "")),
    )
    return replace(document, standards=stated(document))


def stated(document: AuditDocument) -> tuple[Element, ...]:
    """What the report states of itself, with the figures that it prints elsewhere."""
    scope, engine = document.scope, dict(document.engine)
    period = (
        f"{scope.period_basis}: {scope.period_from.isoformat()} to {scope.period_to.isoformat()}"
        if scope.period_from and scope.period_to
        else "no service date"
    )
    return elements(
        Told(
            period=period,
            lines_of_business=scope.lines_of_business,
            payers=scope.payers,
            lines_audited=_counted(document.reconciliation.parts[0].lines),
            claims=_counted(scope.claims),
            patients=_counted(scope.patients),
            rules=len(document.rules),
            rules_asked=document.rules_asked,
            tables=len(document.tables),
            evaluated=document.evaluated_words,
            checks=len(document.reconciliation.checks),
            set_aside=[
                f"{spoken(reason.reason)} ({_counted(reason.lines)})" for reason in document.set_aside_reasons
            ],
            odd_values=len(document.odd_values),
            compared=engine.get("checked", NOT_SHOWN),
            disagreements=engine.get("disagreements", NOT_SHOWN),
            handling=document.profile.handling,
            limitations=LIMITATIONS,
        )
    )


def _counted(count: int | None) -> str:
    return NOT_SHOWN if count is None else f"{count:,}"


def _labelled_rule(entry: Breakdown, index: Mapping[str, RuleEntry], titles: Mapping[str, str]) -> Breakdown:
    title = titles.get(entry.key) or (index[entry.key].title if entry.key in index else "")
    return replace(entry, label=title or entry.key)


def _scope(run: Mapping[str, Any], totals: FindingTotals) -> Scope:
    told: Mapping[str, Any] = run.get("period") or {}
    options: Mapping[str, Any] = run.get("options") or {}
    counts: Mapping[str, Any] = run.get("counts") or {}
    first, last = as_date(told.get("from")), as_date(told.get("to"))
    basis = "service dates of the audited lines"
    if first is None and last is None:
        first, last, basis = totals.service_from, totals.service_to, "service dates of the findings"
    business = _texts(told.get("line_of_business")) or totals.lines_of_business
    payers = _texts(told.get("payers")) or totals.payers
    return Scope(
        inputs=registers.inputs(run.get("inputs", ())),
        period_from=first,
        period_to=last,
        period_basis=basis,
        lines_of_business=tuple(spoken(name) for name in business or _texts(options.get("line_of_business"))),
        payers=payers or _texts(options.get("payer")),
        claims=registers.whole(counts.get("claims")),
        patients=registers.whole(counts.get("patients")),
    )


def _texts(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value if item) if isinstance(value, Iterable) else (str(value),)
