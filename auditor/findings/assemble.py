"""From candidates and the engine's verdicts to rows of ``finding``."""

from __future__ import annotations

from collections.abc import Collection

from duckdb import DuckDBPyConnection

from auditor.base import marks
from auditor.findings import exposure
from auditor.findings.model import COLUMNS, dollars, reference_rows_sql
from auditor.findings.precedence import counted_sql
from auditor.matching.sql import literal


def assemble(
    con: DuckDBPyConnection, medicaid: Collection[tuple[str, str]] = (), *, marked: bool = False
) -> int:
    """Turn a partition's candidates into findings; returns how many.

    Reads ``candidate``, ``evidence``, ``hop``, ``verdict`` (cand, verdict, level), ``premise`` (cand, line_id),
    ``line``, ``ref_*`` and ``rule_variant``; appends to ``finding``. Candidates that agree in rule, lines and
    reference key (a span line over on several days) make one finding; a row that a table holds twice counts once.
    ``medicaid``: (table, setting) of Medicaid's own edits. ``marked``: sentences name claims within marks
    (``base.marks``), as ``Facts.marked`` has it.
    """
    if con.execute(_SOME_VERDICT).fetchone() is None:
        return 0
    claim = marks.marked(marks.CLAIM, "l.claim_id") if marked else "l.claim_id"
    # Of the tables that rules cite only those that stand behind a candidate: a partition has few of some dozens.
    cited = con.execute(
        "SELECT DISTINCT table_name, locator, table_title, table_key, table_money FROM rule_variant "
        "WHERE table_name IS NOT NULL AND (rule_no, variant) IN (SELECT (rule_no, variant) FROM candidate) ORDER BY ALL"
    ).fetchall()
    con.execute(f"CREATE OR REPLACE TEMP TABLE reference_row AS {reference_rows_sql(cited)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE told_line AS {_TOLD}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE judged AS {_judged_sql()}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE priced AS {counted_sql(f'({_merged_sql()})')}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE repeated AS {_REPEATED}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE shown AS {_evidence_sql()}")
    # Most partitions hold nothing that rests on another conclusion, and then planning these would cost most.
    con.execute("CREATE OR REPLACE TEMP TABLE rests_on (cand BIGINT, premises VARCHAR[])")
    con.execute("CREATE OR REPLACE TEMP TABLE hung_on (cand BIGINT, counted BOOLEAN, primaries VARCHAR[])")
    if con.execute("SELECT 1 FROM premise LIMIT 1").fetchone() is not None:
        con.execute(f"INSERT INTO rests_on {_premises_sql(claim)}")
    if con.execute("SELECT 1 FROM hop LIMIT 1").fetchone() is not None:
        con.execute(f"INSERT INTO hung_on {_hung_on(claim)}")
    con.execute(f"INSERT INTO finding BY NAME {_finding_sql(medicaid)}")
    counted = con.execute("SELECT count(*) FROM priced").fetchone()
    for name in (
        "reference_row",
        "told_line",
        "judged",
        "priced",
        "repeated",
        "shown",
        "rests_on",
        "hung_on",
    ):
        con.execute(f"DROP TABLE {name}")
    return int(counted[0]) if counted else 0


_SOME_VERDICT = "SELECT 1 FROM verdict WHERE verdict IN (1, 2, 3, 5) LIMIT 1"
_TOLD = """
SELECT line_id, claim_id, line_no, payer_id, revenue_code, payer_icn, line_of_business, patient_id, billing_npi,
       rendering_npi, setting, date_from, date_to, days, day_units, code, modifiers, units, charge, allowed, paid,
       paid_allocated, denied,
       CASE WHEN claim_key IN (SELECT claim_key FROM claim_shared) THEN concat_ws('/', '', coalesce(frequency_code, ''),
            coalesce(original_ref, ''), patient_id, line_of_business, coalesce(received_date, paid_date, '0001-01-01'),
            coalesce(paid_date, '0001-01-01')) ELSE '' END AS version
  FROM line WHERE line_id IN (SELECT line_id FROM evidence UNION SELECT line_id FROM candidate
                              UNION SELECT line_id FROM premise)
"""
"""The lines that findings name, so that the rest reads few of them."""


def _judged_sql() -> str:
    amount = exposure.amount("l")
    nothing = "v.method = 'none' OR w.verdict = 5"
    at_stake = exposure.part(amount, "c.share_num", "c.share_den")
    allowed = exposure.part("l.allowed", "c.share_num", "c.share_den")
    processed = exposure.part(amount, "1", "c.processed_den")
    processed = f"CASE WHEN v.method = 'difference' THEN {at_stake} ELSE {processed} END"
    return f"""
SELECT * FROM (
SELECT substr(sha256(concat_ws('|', v.rule_id, {_line_key("l")}, {_line_key("o")}, r.key)), 1, 16) AS finding_id,
       c.cand, c.rule_no, c.variant, c.line_id, c.partner_id, c.split, w.verdict,
       CASE WHEN w.verdict = 1 THEN w.level ELSE c.level END AS level,
       CASE WHEN {nothing} THEN 0 ELSE {at_stake} END AS micro,
       CASE WHEN {nothing} THEN 0 ELSE {allowed} END AS micro_allowed,
       CASE WHEN {nothing} THEN 0 ELSE {processed} END AS micro_processed,
       c.override_no, c.day, CASE WHEN w.verdict = 1 AND w.level = 2 THEN coalesce(c.doubt,
            CASE WHEN c.level > 1 OR c.lowered_to = 2 THEN NULL WHEN c.cascade THEN {_DOUBTFUL_PRIMARY}
                 WHEN c.needs > 0 THEN {_DOUBTFUL_VISIT} ELSE v.partner_reason END)
            END AS doubt
  FROM candidate c JOIN verdict w USING (cand)
  JOIN rule_variant v USING (rule_no, variant)
  JOIN told_line l ON l.line_id = c.line_id
  LEFT JOIN told_line o ON o.line_id = c.partner_id
  LEFT JOIN reference_row r ON r.table_name = v.table_name AND r.locator = v.locator AND r.row_no = c.table_row
 WHERE w.verdict IN (1, 2, 3, 5))
QUALIFY row_number() OVER (PARTITION BY finding_id, line_id, partner_id, day ORDER BY cand) = 1
"""


def _line_key(table: str) -> str:
    """What names a claim line for good: payer, claim, the payer's own number where it has one, line.

    Where several versions of a claim are audited that share these, what tells the versions apart as well.
    """
    return (
        f"coalesce({table}.payer_id, '') || '/' || {table}.claim_id || '/' || coalesce({table}.payer_icn, '') "
        f"|| '/' || {table}.line_no || {table}.version"
    )


def _merged_sql() -> str:
    return f"""
SELECT j.*, v.stratum, v.rule_id, v.direction, v.at_risk, v.method, {exposure.amount("l")} AS cap_cents
  FROM (SELECT finding_id, min(cand) AS cand, arg_min(rule_no, cand) AS rule_no, arg_min(variant, cand) AS variant,
               line_id, bool_or(split) AS split, min(verdict) AS verdict, max(level) AS level,
               {exposure.rounded("sum(micro)")} AS exposure_cents,
               CASE WHEN count(micro_allowed) = 0 THEN NULL ELSE {exposure.rounded("sum(micro_allowed)")} END
                   AS allowed_cents,
               {exposure.rounded("sum(micro_processed)")} AS processed_cents,
               list(day) AS found_on, list(doubt) FILTER (doubt IS NOT NULL) AS doubts,
               max(override_no) AS override_no
          FROM judged GROUP BY finding_id, line_id) j
  JOIN rule_variant v USING (rule_no, variant)
  JOIN told_line l ON l.line_id = j.line_id
"""


def _evidence_sql() -> str:
    return f"""
SELECT p.cand, list(struct_pack("role" := replace(e.role, '_', ' '), claim_id := l.claim_id, line_no := l.line_no,
            service_date := l.date_from, code := l.code, modifiers := l.modifiers, units := l.units,
            paid := {dollars("l.paid")}, charge := {dollars("l.charge")}, allowed := {dollars("l.allowed")})
            ORDER BY e.line_id = p.line_id DESC, e.role, l.claim_id, l.line_no) AS evidence
  FROM priced p JOIN (SELECT DISTINCT * FROM evidence) e USING (cand) JOIN told_line l ON l.line_id = e.line_id
 GROUP BY p.cand
"""


_NAMED_OF_A_LINE = 20
"""Findings named of one line that a finding rests on; a line may have very many, and each of them brings it down."""


def _premises_sql(claim: str) -> str:
    return f"""
WITH brought_down AS (
    SELECT q.line_id, q.cand, q.finding_id FROM priced q JOIN candidate c USING (cand)
     WHERE q.verdict = 1 AND c.concludes AND q.line_id IN (SELECT line_id FROM premise)
   QUALIFY row_number() OVER (PARTITION BY q.line_id ORDER BY q.finding_id) <= {_NAMED_OF_A_LINE})
SELECT r.cand, list_sort(list(DISTINCT r.premise)) AS premises
  FROM (SELECT q.cand, coalesce('finding ' || f.finding_id,
                                'line ' || {claim} || ':' || l.line_no || ' was not paid by the payer') AS premise
          FROM premise q JOIN told_line l ON l.line_id = q.line_id
          LEFT JOIN brought_down f ON f.line_id = q.line_id AND f.cand <> q.cand
         WHERE f.finding_id IS NOT NULL OR l.denied) r
 GROUP BY r.cand
"""


_REPEATED = """
SELECT p.cand, list_sort(list(DISTINCT struct_pack("table" := r.table_name, edition := r.edition, "key" := r.key,
           effective := r.effective, deleted := r.deleted))) AS reference_rows
  FROM priced p JOIN judged j USING (finding_id, line_id) JOIN candidate c ON c.cand = j.cand
  JOIN rule_variant v ON v.rule_no = c.rule_no AND v.variant = c.variant
  JOIN reference_row r ON r.table_name = v.table_name AND r.locator = v.locator AND r.row_no = c.table_row
 WHERE len(p.found_on) > 1 GROUP BY p.cand
"""
"""The table rows of the few findings that stand for several days."""

_ROWS = """CASE WHEN r.row_no IS NULL THEN [] WHEN m.reference_rows IS NOT NULL THEN m.reference_rows
    ELSE [struct_pack("table" := r.table_name, edition := r.edition, "key" := r.key, effective := r.effective,
                      deleted := r.deleted)] END"""
_CITED = """CASE WHEN r.row_no IS NULL THEN v.citations ELSE list_append(v.citations, struct_pack(
    document := r.document, section := r.section, revision := r.revision, url := '', verified := TRUE)) END"""

_PRIMARIES_SHOWN = 10


def _hung_on(claim: str) -> str:
    """SQL of what a finding hangs on, each with the rule that found it not payable.

    The primary codes of a cascade, the earlier visits of a sequence; ``claim`` is the SQL of a line's claim number.
    """
    return f"""
SELECT h.cand, bool_or(c.needs > 0) AS counted, list_sort(list(DISTINCT CASE WHEN c.needs > 0
           THEN l.date_from || ' ' || coalesce(l.code, l.revenue_code, '') ELSE l.code END || ' (claim ' || {claim}
           || ', line ' || l.line_no
           || coalesce(CASE WHEN c.needs > 0 THEN ', not payable by ' ELSE ', ' END || f.rules,
                       CASE WHEN l.denied THEN ', not paid by the payer' END, '') || ')')) AS primaries
  FROM hop h JOIN priced p USING (cand) JOIN candidate c USING (cand) JOIN told_line l ON l.line_id = h.line_id
  LEFT JOIN (SELECT q.line_id, string_agg(DISTINCT q.rule_id, ', ' ORDER BY q.rule_id) AS rules
               FROM priced q JOIN candidate c USING (cand) WHERE q.verdict = 1 AND (c.concludes OR c.needs > 0)
              GROUP BY 1) f ON f.line_id = h.line_id
 GROUP BY h.cand
"""


_HANGS = f"""CASE WHEN len(h.primaries) > 0
    THEN CASE WHEN h.counted THEN ' Earlier ones in its window: ' ELSE ' Primary codes on that day: ' END
    || array_to_string(h.primaries[1:{_PRIMARIES_SHOWN}], '; ') || CASE WHEN len(h.primaries) > {_PRIMARIES_SHOWN}
    THEN ' and ' || (len(h.primaries) - {_PRIMARIES_SHOWN}) || ' more' ELSE '' END || '.' ELSE '' END"""
_DOUBTFUL_PRIMARY = (
    "'one of the primary codes was itself found not payable only subject to a record, or the payer''s reason for not "
    "paying it is not known'"
)
_DOUBTFUL_VISIT = (
    "'one of the earlier services in its window was itself found not payable subject to a record, and whether it "
    "counts hangs on that'"
)
_DOUBT = (
    "CASE WHEN len(p.doubts) > 0 THEN ' A record is needed because ' "
    "|| array_to_string(list_sort(list_distinct(p.doubts)), '; ') || '.' ELSE '' END"
)
_ALLOCATED = (
    "CASE WHEN l.paid_allocated THEN ' The amount is this line''s share of one payment for the whole claim: by the "
    "charges of its lines, in equal parts where these are alike.' ELSE '' END"
)
_LOWERED = (
    "CASE WHEN w.id IS NOT NULL THEN ' Lowered in class by override ' || w.id || ': ' || rtrim(w.reason, '.') || '.' "
    "ELSE '' END"
)
_DAYS_SHOWN = 10
_SPAN = f"""CASE WHEN v.by_day AND l.days > 1 THEN
    ' The line bills ' || rtrim(rtrim(l.units::VARCHAR, '0'), '.') || ' units from ' || l.date_from || ' to '
    || l.date_to || ' (' || l.days || ' days), which were taken as ' || rtrim(rtrim(l.day_units::VARCHAR, '0'), '.')
    || ' on each day (rounded half up)' || CASE WHEN len(p.found_on) > 1
    THEN '; the same was found on ' || len(p.found_on) || ' of its days, and the exposure adds up their parts: '
    || array_to_string(list_sort(p.found_on)[1:{_DAYS_SHOWN}], ', ') || CASE WHEN len(p.found_on) > {_DAYS_SHOWN}
       THEN ' and ' || (len(p.found_on) - {_DAYS_SHOWN}) || ' more' ELSE '' END ELSE '' END || '.' ELSE '' END"""
"""What a span line's units were taken for, and on which of its days (rules that sum by day)."""


def _whose_table(medicaid: Collection[tuple[str, str]]) -> str:
    """SQL of the sentence that a row is of Medicare's table, for lines of others."""
    own = "".join(
        f" AND NOT (v.table_name = {literal(table)} AND l.setting = {literal(setting)})"
        for table, setting in sorted(medicaid)
    )
    return (
        "CASE WHEN starts_with(v.table_name, 'ncci_') AND l.line_of_business IN ('medicaid', 'medicare_advantage')"
        f"{own} THEN ' The row is of Medicare''s table; ' || CASE l.line_of_business WHEN 'medicaid' THEN 'the "
        "Medicaid NCCI file of the quarter' ELSE 'the plan''s own edits' END || ' may differ and should be looked "
        "at.' ELSE '' END"
    )


def _finding_sql(medicaid: Collection[tuple[str, str]]) -> str:
    verdicts = (
        "CASE p.verdict WHEN 1 THEN 'fail' WHEN 2 THEN 'bypassed' WHEN 3 THEN 'suppressed' "
        "ELSE 'not_evaluated' END"
    )
    reason = (
        "CASE p.verdict WHEN 2 THEN c.lifted_reason WHEN 3 THEN o.reason WHEN 5 THEN "
        "coalesce(CASE WHEN NOT c.lifted THEN c.lifted_reason END, 'engine: the case could not be reasoned over') END"
    )
    values = {
        "finding_id": "p.finding_id",
        "rule_id": "v.rule_id",
        "rule_version": "v.rule_version",
        "rule_hash": "v.rule_hash",
        "catalogue_id": "v.catalogue_id",
        "split_claim": "p.split",
        "family": "v.family",
        "verdict": verdicts,
        "class": "CASE p.level WHEN 1 THEN 'definite' WHEN 2 THEN 'probable' ELSE 'risk' END",
        "severity": "v.severity",
        "direction": "v.direction",
        "exposure": dollars("p.exposure_cents"),
        "exposure_as_processed": dollars("p.processed_cents"),
        "exposure_allowed": dollars("p.allowed_cents"),
        "exposure_counted": dollars("p.counted"),
        "exposure_basis": exposure.basis("l", "v.method", "c.price_basis"),
        "corrected": f"CASE WHEN {exposure.is_repriced('v.method', 'c.price_basis')} "
        f"THEN {dollars(exposure.corrected('l', 'v.direction', 'p.exposure_cents'))} END",
        "evidence": "s.evidence",
        "reference_rows": _ROWS,
        "citations": _CITED,
        "explanation": f"c.explanation || {_HANGS} || {_SPAN} || {_whose_table(medicaid)} || {_DOUBT} || {_ALLOCATED} "
        f"|| {_LOWERED}",
        "record_needed": "CASE WHEN p.verdict = 1 AND p.level = 1 THEN [] ELSE v.record_needed END",
        "root_cause": "v.root_cause",
        "premises": "coalesce(t.premises, []::VARCHAR[])",
        "suppressed_by": "o.id",
        "reason": reason,
        "at_risk": "v.at_risk OR (c.lowered_by > 0 AND p.level = 3)",
        "title": "v.title",
        "review_priority": "v.review_priority",
        "service_date": "l.date_from",
        **{name: dollars(f"l.{name}") for name in ("charge", "allowed", "paid")},
    }
    listed = ", ".join(f'{values.get(name, f"l.{name}")} AS "{name}"' for name in COLUMNS)
    return f"""
SELECT {listed}, v.stratum, p.line_id, p.cand
  FROM priced p JOIN rule_variant v USING (rule_no, variant) JOIN told_line l ON l.line_id = p.line_id
  JOIN candidate c ON c.cand = p.cand
  LEFT JOIN reference_row r ON r.table_name = v.table_name AND r.locator = v.locator AND r.row_no = c.table_row
  LEFT JOIN repeated m ON m.cand = p.cand
  LEFT JOIN shown s ON s.cand = p.cand LEFT JOIN rests_on t ON t.cand = p.cand
  LEFT JOIN hung_on h ON h.cand = p.cand
  LEFT JOIN override_register o ON o.number = p.override_no AND p.verdict = 3
  LEFT JOIN override_register w ON w.number = c.lowered_by
"""
