"""The columns of ``findings.parquet`` in their order, and the register of rules that findings are named from.

Money columns are DECIMAL(18,2) dollars at the door and integer cents inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.matching.sql import literal
from auditor.rules import model as m
from auditor.rules.fields import TABLE_KEYS, TABLE_NAMES
from auditor.rules.parsing import PLACEHOLDER

VERDICTS: Final = {1: "fail", 2: "bypassed", 3: "suppressed", 5: "not_evaluated"}
CLASSES: Final = {1: "definite", 2: "probable", 3: "risk"}
PRIORITY: Final = {"critical": 1, "high": 2, "medium": 3, "low": 4}

EVIDENCE_TYPE: Final = (
    'STRUCT("role" VARCHAR, claim_id VARCHAR, line_no INTEGER, service_date DATE, code VARCHAR, '
    "modifiers VARCHAR[], units DECIMAL(18,3), paid DECIMAL(18,2), charge DECIMAL(18,2), allowed DECIMAL(18,2))[]"
)
REFERENCE_TYPE: Final = (
    'STRUCT("table" VARCHAR, edition VARCHAR, "key" VARCHAR, effective DATE, deleted DATE)[]'
)
CITATION_TYPE: Final = (
    "STRUCT(document VARCHAR, section VARCHAR, revision VARCHAR, url VARCHAR, verified BOOLEAN)[]"
)

COLUMNS: Final[dict[str, str]] = {
    "finding_id": "VARCHAR",
    "rule_id": "VARCHAR",
    "rule_version": "INTEGER",
    "rule_hash": "VARCHAR",
    "catalogue_id": "VARCHAR",
    "split_claim": "BOOLEAN",
    "family": "VARCHAR",
    "verdict": "VARCHAR",
    "class": "VARCHAR",
    "severity": "VARCHAR",
    "direction": "VARCHAR",
    "line_of_business": "VARCHAR",
    "payer_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "billing_npi": "VARCHAR",
    "rendering_npi": "VARCHAR",
    "claim_id": "VARCHAR",
    "line_no": "INTEGER",
    "service_date": "DATE",
    "code": "VARCHAR",
    "modifiers": "VARCHAR[]",
    "units": "DECIMAL(18,3)",
    "charge": "DECIMAL(18,2)",
    "allowed": "DECIMAL(18,2)",
    "paid": "DECIMAL(18,2)",
    "exposure": "DECIMAL(18,2)",
    "exposure_as_processed": "DECIMAL(18,2)",
    "exposure_allowed": "DECIMAL(18,2)",
    "exposure_counted": "DECIMAL(18,2)",
    "exposure_basis": "VARCHAR",
    "evidence": EVIDENCE_TYPE,
    "reference_rows": REFERENCE_TYPE,
    "citations": CITATION_TYPE,
    "explanation": "VARCHAR",
    "record_needed": "VARCHAR[]",
    "root_cause": "VARCHAR",
    "premises": "VARCHAR[]",
    "suppressed_by": "VARCHAR",
    "reason": "VARCHAR",
    "at_risk": "BOOLEAN",
    "title": "VARCHAR",
    "review_priority": "INTEGER",
    "payer_icn": "VARCHAR",
    "corrected": "DECIMAL(18,2)",
}
"""Public names (CONTRACT.md) and their types; the last five are additions.

``corrected`` is what would have been paid in place of the line's amount, where the exposure is a difference of fees.
"""

LINE_KEY: Final = (
    "payer_id, patient_id, claim_id, payer_icn, line_no, CASE WHEN claim_id IS NULL THEN finding_id END"
)
"""SQL columns that tell one claim line from another among findings; a finding about no line stands for itself."""


def dollars(cents: str) -> str:
    """SQL that turns integer cents into DECIMAL(18,2) dollars without a float."""
    return f"CAST(CAST({cents} AS DECIMAL(18,0)) * CAST(0.01 AS DECIMAL(3,2)) AS DECIMAL(18,2))"


def create_tables(con: DuckDBPyConnection, rules: Sequence[m.Rule], overrides: Sequence[m.Override]) -> None:
    """Make ``finding`` (empty) and ``rule_variant``, one row per rule and variant with what every finding repeats."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE finding ({columns}, stratum INTEGER, line_id BIGINT, cand BIGINT)"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE rule_variant (rule_no INTEGER, variant INTEGER, rule_id VARCHAR, "
        "rule_version INTEGER, rule_hash VARCHAR, catalogue_id VARCHAR, title VARCHAR, family VARCHAR, "
        "stratum INTEGER, severity VARCHAR, review_priority INTEGER, direction VARCHAR, at_risk BOOLEAN, "
        f"method VARCHAR, citations {CITATION_TYPE}, record_needed VARCHAR[], root_cause VARCHAR, "
        "table_name VARCHAR, locator VARCHAR, by_day BOOLEAN, partner_reason VARCHAR, table_title VARCHAR, "
        "table_key VARCHAR[], table_money VARCHAR[])"
    )
    rows = [
        _register_row(number, index, rule, variant)
        for number, rule in enumerate(rules)
        for index, variant in enumerate(rule.all_variants)
    ]
    insert_rows(con, "rule_variant", rows)
    con.execute("CREATE OR REPLACE TEMP TABLE override_register (number INTEGER, id VARCHAR, reason VARCHAR)")
    insert_rows(
        con,
        "override_register",
        [(number, item.id, item.reason) for number, item in enumerate(overrides, start=1)],
    )


def insert_rows(con: DuckDBPyConnection, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert a few hundred rows ``into`` a table, with its columns or without: a list of values a column.

    A statement a row, or one with a mark for each value, would take eight times as long.
    """
    if rows:
        columns = [list(values) for values in zip(*rows, strict=True)]
        con.execute(f"INSERT INTO {into} SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)


_CITED: Final = {"coverage_policy": "coverage"}
"""What rules call a table where they cite it, if that is another name."""


def _register_row(number: int, index: int, rule: m.Rule, variant: m.Variant) -> tuple[Any, ...]:
    table, title, key = None, None, None
    amounts: list[str] = []
    if rule.match is not None and rule.match.table:
        asked = rule.match.table
        table, title, key = asked.name, asked.title, list(asked.key)
        amounts = [name for name, kind in asked.fields if kind == "money"]
    elif rule.match is not None and rule.match.coverage:
        table = "coverage_policy"
        title, key = TABLE_NAMES[table], list(TABLE_KEYS[table])
    static = [
        {
            "document": c.document,
            "section": c.section,
            "revision": c.revision,
            "url": c.url,
            "verified": c.verified,
        }
        for c in rule.citations
        if c.table is None and not c.secondary and (not variant.cites or c.key in variant.cites)
    ]
    locator = next(
        (
            c.section
            for c in rule.citations
            if c.table is not None and c.table in (table, _CITED.get(table or ""))
        ),
        "",
    )
    return (
        number,
        index,
        variant.id,
        rule.version,
        rule.hash,
        variant.catalogue_id,
        variant.title,
        rule.family,
        rule.stratum,
        variant.severity,
        PRIORITY[variant.severity],
        variant.exposure.direction,
        variant.exposure.at_risk,
        variant.exposure.method,
        static,
        list(variant.record_needed),
        rule.root_cause,
        table,
        locator,
        rule.match is not None and rule.match.form == "sum",
        variant.class_rule.partner_reason or None,
        title,
        key,
        amounts,
    )


def reference_rows_sql(cited: Sequence[tuple[str, str, str, Sequence[str], Sequence[str]]]) -> str:
    """One row per reference row that a candidate rests on, and per way in which rules cite it.

    ``cited`` are (table, locator, the table's title, the columns of its key, those in cents). Columns: table_name,
    locator, row_no, edition, key, effective, deleted, and the citation in words: document, section, revision.
    """
    if not cited:
        texts = "table_name locator edition key document section revision".split()
        names = [f"NULL::VARCHAR AS {name}" for name in texts]
        return (
            f"SELECT {', '.join(names)}, NULL::BIGINT AS row_no, NULL::DATE AS effective, NULL::DATE AS deleted "
            "WHERE FALSE"
        )
    return " UNION ALL BY NAME ".join(_reference_rows(*item) for item in cited)


def _reference_rows(
    table: str, locator: str, title: str, named_by: Sequence[str], amounts: Sequence[str]
) -> str:
    keys = ", ".join(f"'{name} ' || coalesce({name}::VARCHAR, '-')" for name in named_by)
    key = f"concat_ws(' / ', {keys})"
    document = literal(title)
    if "setting" in named_by:
        document += (
            " || coalesce(', ' || CASE setting WHEN 'dme' THEN 'DME' ELSE replace(setting, '_', ' ') END, '')"
        )
    return f"""
SELECT {literal(table)} AS table_name, {literal(locator)} AS locator, row_no, edition, {key} AS key, effective,
       CASE WHEN deleted < DATE '9999-12-31' THEN deleted END AS deleted, {document} AS document,
       {_located(locator, amounts) or key} AS section,
       regexp_replace(edition, '^([0-9]{{4}})Q([1-4])$', '\\1 Q\\2') AS revision
  FROM ref_{table}
 WHERE row_no IN (SELECT table_row FROM candidate c JOIN rule_variant v USING (rule_no, variant)
                   WHERE v.table_name = {literal(table)} AND v.locator = {literal(locator)})"""


def _located(locator: str, amounts: Sequence[str]) -> str:
    """SQL of where in the table the row stands: the rule's words with the row's values, amounts in dollars."""

    def shown(name: str) -> str:
        sql = dollars(name) if name in amounts else name
        sql = f"coalesce({sql}::VARCHAR, '-')"
        return (
            f"CASE WHEN deleted < DATE '9999-12-31' THEN {sql} ELSE 'open' END" if name == "deleted" else sql
        )

    parts = [
        shown(text.partition(".")[2]) if index % 2 else literal(text)
        for index, text in enumerate(PLACEHOLDER.split(locator))
        if text
    ]
    return " || ".join(parts)
