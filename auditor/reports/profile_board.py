"""The document and the run of a board report: aggregates, and none that rests on too few patients."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.base.errors import InternalCheckFailed
from auditor.base.pseudonyms import Pseudonyms
from auditor.reports.board_coverage import covered
from auditor.reports.board_run import board_run
from auditor.reports.building import stated
from auditor.reports.database import connect
from auditor.reports.document import (
    AuditDocument,
    Check,
    Reconciliation,
    ReconciliationRow,
    Remittances,
    Scope,
)
from auditor.reports.free_text import FreeText
from auditor.reports.listed_rows import ListedRows
from auditor.reports.profile import BOARD, LEAST_PATIENTS, note_of
from auditor.reports.profile_cells import PatientCounts, enough, shown_table
from auditor.reports.profile_external import named_in
from auditor.reports.rows import FindingRows, SetAsideRows
from auditor.reports.shown import FAILING
from auditor.reports.wording import NOT_SHOWN, SECTION_WORDS

_COUNTED: Final = re.compile(
    r"\b\d[\d,]*(?= (?:of \d[\d,]* )?(?:claim |service )?(?:patient|line|claim|row|person|provider|finding|member)s?\b)"
)
"""A number of patients, lines ... in a text."""


@dataclass(frozen=True)
class Cells:
    """What of the claims themselves a board report asks: patients behind each part of them, and whom texts name.

    `patients` by part: audited, superseded, set_aside, not_audited (the last two together). `most_lines` is the largest
    number of lines that one patient has: any lines beyond ten times as many are those of eleven patients at least.
    """

    patients: Mapping[str, int]
    most_lines: int
    pseudonyms: Pseudonyms
    named: Mapping[str, str]

    @property
    def safe_lines(self) -> int:
        """So many lines, and more, are certainly those of enough patients.

        It is printed, so it is coarse: the number of lines of the one patient who has most must not follow from it.
        """
        return _coarse(self.most_lines * (LEAST_PATIENTS - 1) + 1)


def cells_of(con: DuckDBPyConnection, run: Mapping[str, Any], pseudonyms: Pseudonyms) -> Cells:
    """Count what a board report asks of the claims, which lie in `con`."""
    lines = (
        "(SELECT state::VARCHAR AS state, patient_id FROM claim_line UNION ALL "
        "SELECT 'set_aside', patient_id FROM line_withheld)"
    )
    patients = dict(
        con.execute(f"SELECT state, count(DISTINCT patient_id) FROM {lines} GROUP BY 1").fetchall()
    )
    ((not_audited,),) = con.execute(
        f"SELECT count(DISTINCT patient_id) FROM {lines} WHERE state <> 'audited'"
    ).fetchall()
    ((most,),) = con.execute(
        f"SELECT coalesce(max(lines), 0) FROM (SELECT count(*) AS lines FROM {lines} GROUP BY patient_id)"
    ).fetchall()
    counted = {name: int(patients.get(name, 0)) for name in ("audited", "superseded", "set_aside")}
    texts = {name: run[name] for name in ("packs", "rules", "overrides", "retired", "banners") if name in run}
    return Cells(
        {**counted, "not_audited": not_audited}, int(most), pseudonyms, named_in(con, texts, pseudonyms)
    )


def for_board(
    document: AuditDocument, run: Mapping[str, Any], cells: Cells, folder: Path
) -> tuple[AuditDocument, dict[str, Any]]:
    """The document and the content of run.json with aggregates only.

    The findings in `folder` are asked for the patients behind each cell; what is returned reads no row of them.
    """
    with connect() as con:
        counts = PatientCounts(con, folder / "findings.parquet")
        whole = shown_table((document.totals,), "all", counts)
        tables = {
            by: shown_table(getattr(document, f"by_{by}"), by, counts).rows
            for by in ("rule", "provider", "month")
        }
        # Those under a withheld heading are among them: beside the findings shown it would tell how many these are.
        told = enough(*counts.unverified()) and not whole.withheld.intersection(FAILING)
        unverified = document.unverified_findings if told else None
    totals = replace(document.totals, sections={}) if not whole.rows else whole.rows[0]
    text = FreeText(cells.pseudonyms, {}, cells.named)
    scope = _scope(document.scope, cells)
    coverage = covered(document.coverage, tables["rule"], document.rules, cells.safe_lines)
    made = replace(
        _without_the_rest(document),
        run_id=cells.pseudonyms.hexadecimal("run", document.run_id),
        profile=note_of(BOARD),
        withheld=whole.withheld,
        banners=(*(_uncounted(text.unnumbered(one)) for one in document.banners), *_said(whole.withheld)),
        notes=(
            f"How far it could be evaluated is shown of {len(coverage):,} of {len(document.coverage):,} rules: those "
            f"of which every count of lines is nought or at least {cells.safe_lines:,}, which are certainly the lines "
            f"of {LEAST_PATIENTS} patients or more.",
        ),
        scope=scope,
        totals=totals,
        bypassed_paid=document.bypassed_paid if "bypassed" in totals.sections else document.bypassed_paid * 0,
        by_rule=tables["rule"],
        by_provider=tables["provider"],
        by_month=tables["month"],
        coverage=coverage,
        unverified_findings=unverified,
        findings=FindingRows(document.findings.path, 0, 0),
        set_aside=SetAsideRows(document.set_aside.path, 0),
        set_aside_reasons=(),
        odd_values=(),
        diagnostics=(),
        superseded=ListedRows(None, 0, document.superseded.select, document.superseded.made),
        superseded_reasons=(),
        remittances=Remittances(),
        reconciliation=_reconciliation(document.reconciliation, cells),
        options=tuple((name, value) for name, value in document.options if name not in _WITHHELD_OPTIONS),
        engine=tuple((name, value) for name, value in document.engine if name in _ENGINE),
        overrides=tuple(replace(item, suppressed=0) for item in document.overrides),
        descriptors={},
    )
    made = replace(made, standards=stated(made))
    return made, board_run(run, made, text, cells.pseudonyms)


_KEPT: Final = frozenset(
    "title rules tables versions packs rule_index table_titles standards counsel_header".split()
)
"""Parts of a document that stay as they are: they are of rules and tables, or of the user's own making."""
_REPLACED: Final = frozenset(
    "run_id profile withheld banners notes scope totals bypassed_paid by_rule by_provider by_month coverage "
    "unverified_findings findings set_aside set_aside_reasons odd_values diagnostics superseded superseded_reasons "
    "remittances reconciliation options engine overrides descriptors".split()
)


def _without_the_rest(document: AuditDocument) -> AuditDocument:
    """The document without what is not known here: a new part is shown to a board once somebody has said how."""
    rest = [item for item in fields(document) if item.name not in _KEPT | _REPLACED]
    empty: dict[str, Any] = {}
    for item in rest:
        if item.default_factory is not MISSING:
            empty[item.name] = item.default_factory()
        elif item.default is not MISSING:
            empty[item.name] = item.default
        else:
            raise InternalCheckFailed(
                f"nobody has said what a board may see of the document's {item.name}",
                where="profile board",
                why="it may hold figures of single patients",
                mend="this is a fault of the program; please report it",
            )
    return replace(document, **empty)


_ENGINE: Final = ("disagreements",)
_WITHHELD_OPTIONS: Final = ("column_map", "crosswalk")


def _said(withheld: frozenset[str]) -> tuple[str, ...]:
    """What stands above all else about headings of which nothing is shown: nought would not be true."""
    if not withheld:
        return ()
    names = "; ".join(words for name, words in SECTION_WORDS.items() if name in withheld)
    return (
        f"Not shown, because fewer than {LEAST_PATIENTS} patients stand behind the heading: {names}. In the place "
        'of its figures stand the words "not shown".',
    )


def _coarse(least: int) -> int:
    """The next of 100, 200, 500, 1,000, 2,000, 5,000 ... that is not less."""
    step = 100
    while step * 5 < least:
        step *= 10
    return next(step * times for times in (1, 2, 5) if step * times >= least)


def _uncounted(text: str) -> str:
    return _COUNTED.sub("some", text)


def _scope(scope: Scope, cells: Cells) -> Scope:
    first, last = scope.period_from, scope.period_to
    audited = cells.patients["audited"] >= LEAST_PATIENTS
    return replace(
        scope,
        inputs=tuple(
            replace(
                item,
                name=f"claims file {number}",
                sha256=cells.pseudonyms.hexadecimal("sha256", item.sha256, 64),
                bytes=None,
                rows=None,
            )
            for number, item in enumerate(scope.inputs, start=1)
        ),
        period_from=date(first.year, first.month, 1) if first else None,
        period_to=date(last.year, last.month, monthrange(last.year, last.month)[1]) if last else None,
        period_basis=f"whole months of the {scope.period_basis}",
        claims=scope.claims if audited else None,
        patients=scope.patients if audited else None,
    )


def _reconciliation(given: Reconciliation, cells: Cells) -> Reconciliation:
    """Parts of enough patients each; else what was not audited in one; else what was audited only."""
    patients = cells.patients
    parts = {"audited": given.parts[0], "superseded": given.parts[1], "set_aside": given.parts[-1]}
    each = [patients[name] if (part.lines or 0) else None for name, part in parts.items()]
    none = ReconciliationRow(given.whole.label, None, None, None)
    shown: tuple[ReconciliationRow, ...] = (parts["audited"],)
    whole, read = none, None
    if len(given.parts) == 3 and all(count is None or count >= LEAST_PATIENTS for count in each):
        shown, whole, read = given.parts, given.whole, given.rows_read
    elif len(given.parts) == 3 and min(patients["not_audited"], patients["audited"]) >= LEAST_PATIENTS:
        shown, whole = (parts["audited"], _sum(given.parts[1:])), given.whole
    elif patients["audited"] < LEAST_PATIENTS:
        shown = (ReconciliationRow(parts["audited"].label, None, None, None),)
    checks = tuple(Check(check.name, NOT_SHOWN, NOT_SHOWN, check.holds) for check in given.checks)
    return Reconciliation(read, whole, shown, checks)


def _sum(parts: tuple[ReconciliationRow, ...]) -> ReconciliationRow:
    """What was not audited, in one row; an amount that one part does not know is not known."""

    def added(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        return None if None in values else sum(values[1:], values[0])

    return ReconciliationRow("Superseded or set aside", added("lines"), added("paid"), added("charge"))
