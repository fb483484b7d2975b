"""What each heading came to before precedence and the cap took their part, summed from findings.parquet."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from auditor.reports.database import connect
from auditor.reports.document import AuditDocument
from auditor.reports.rows import SECTION_SQL


def rule_alone(document: AuditDocument) -> Mapping[str, Decimal]:
    """By heading, the exposures of its findings as each rule alone puts them; a line may stand in several.

    In dollars; headings without a finding are left out.
    """
    if not len(document.findings):
        return {}
    with connect() as con:
        found = con.execute(
            f"""SELECT {SECTION_SQL}, CAST(coalesce(sum(exposure), 0) AS DECIMAL(18, 2))
            FROM read_parquet($path, hive_partitioning = false) GROUP BY 1 ORDER BY 1""",
            {"path": str(document.findings.path)},
        ).fetchall()
    return dict(found)
