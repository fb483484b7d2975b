"""Census of a PTP table: counts to compare with the source, and facts that a sound edition does not show."""

from __future__ import annotations

from datetime import date

from auditor.reference.importers.interface import Job, Staged

EXCEPTIONS = 50
# A full table goes on to codes that begin with a letter (G, J, Q ...): one that stops earlier lacks parts.
FULL_TABLE_ROWS = 100_000

_COUNTS = """
    SELECT count(*) AS rows,
           count(*) FILTER (WHERE deleted IS NULL) AS active,
           count(*) FILTER (WHERE deleted IS NOT NULL) AS deleted,
           count(*) FILTER (WHERE deleted > $last) AS deleted_after_quarter,
           count(*) FILTER (WHERE modifier_indicator = '0') AS indicator_0,
           count(*) FILTER (WHERE modifier_indicator = '1') AS indicator_1,
           count(*) FILTER (WHERE modifier_indicator = '9') AS indicator_9,
           count(*) FILTER (WHERE deleted IS NULL AND modifier_indicator = '0') AS active_indicator_0,
           count(*) FILTER (WHERE deleted IS NULL AND modifier_indicator = '1') AS active_indicator_1,
           count(*) FILTER (WHERE prior_1996) AS prior_1996
    FROM staged"""
_ODD_DATES = """
    SELECT count(*) FILTER (WHERE effective > deleted) AS effective_after_deleted,
           count(*) FILTER (WHERE modifier_indicator = '9' AND deleted IS DISTINCT FROM effective)
               AS indicator_9_unequal_dates,
           count(*) FILTER (WHERE effective > $last) AS effective_after_quarter,
           count(*) FILTER (WHERE column_1 = column_2) AS same_code_twice
    FROM staged"""
# Rows in force at some time from the quarter's first day on; indicator 9 never is.
_CURRENT = """
    SELECT column_1, column_2, effective, coalesce(deleted, DATE '9999-12-31') AS deleted FROM staged
    WHERE modifier_indicator <> '9' AND (deleted IS NULL OR (deleted >= $first AND deleted >= effective))"""
_RECIPROCAL = f"""
    WITH now AS MATERIALIZED ({_CURRENT})
    SELECT count(*) FROM now a JOIN now b ON a.column_1 = b.column_2 AND a.column_2 = b.column_1
    WHERE a.column_1 < a.column_2 AND a.effective <= b.deleted AND b.effective <= a.deleted"""
# Rows that begin while an earlier row of their pair is in force.
_OVERLAPS = """
    WITH spans AS MATERIALIZED ({spans}),
         several AS (SELECT column_1, column_2 FROM spans GROUP BY column_1, column_2 HAVING count(*) > 1)
    SELECT count(*) FROM (
        SELECT effective <= max(deleted) OVER (
                   PARTITION BY column_1, column_2 ORDER BY effective, deleted
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS begins_inside
        FROM spans SEMI JOIN several USING (column_1, column_2))
    WHERE begins_inside"""
_EVER = """
    SELECT column_1, column_2, effective, coalesce(deleted, DATE '9999-12-31') AS deleted FROM staged
    WHERE modifier_indicator <> '9' AND (deleted IS NULL OR deleted >= effective)"""
_EXCEPTIONS = f"""
    SELECT column_1 || ' ' || column_2 FROM staged
    WHERE effective > deleted OR (modifier_indicator = '9' AND deleted IS DISTINCT FROM effective)
    ORDER BY ALL LIMIT {EXCEPTIONS}"""
_SUSPICIOUS = {
    "effective_after_deleted": "rows whose effective date is after their deletion date",
    "indicator_9_unequal_dates": "rows with indicator 9 whose two dates differ",
    "effective_after_quarter": "rows that take effect after the edition's quarter (is its name right?)",
    "same_code_twice": "rows that pair a code with itself",
    "duplicate_active_rows": "rows in force together with another row of their pair",
    "reciprocal_active_pairs": "pairs in force in both directions at one time",
}


def take_census(job: Job) -> Staged:
    """Count the table `staged`. Its suspicions refuse the edition unless the user accepts them."""
    first, last = job.bounds
    counts = _named(job, _COUNTS, {"last": last})
    census = _named(job, _ODD_DATES, {"last": last})
    census["duplicate_active_rows"] = _number(job, _OVERLAPS.format(spans=_CURRENT), {"first": first})
    census["reciprocal_active_pairs"] = _number(job, _RECIPROCAL, {"first": first})
    census["overlapping_rows_ever"] = _number(job, _OVERLAPS.format(spans=_EVER), {})
    suspicions = [f"{census[key]:,} {text}" for key, text in _SUSPICIOUS.items() if census[key]]
    earliest, last_code = job.con.execute("SELECT min(effective), max(column_1) FROM staged").fetchall()[0]
    if counts["rows"] >= FULL_TABLE_ROWS and str(last_code) < "A":
        suspicions.append(f"Column 1 ends at {last_code}: the table's last parts seem to be missing")
    remarks = []
    if census["overlapping_rows_ever"] and not census["duplicate_active_rows"]:
        remarks.append(
            f"{census['overlapping_rows_ever']:,} rows of past periods overlap an earlier one of their pair"
        )
    exceptions = []
    if census["effective_after_deleted"] or census["indicator_9_unequal_dates"]:
        exceptions = [row[0] for row in job.con.execute(_EXCEPTIONS).fetchall()]
    return Staged(
        columns=(),
        order=(),
        rows=counts["rows"],
        counts=counts,
        members=[],
        valid_from=earliest,
        valid_to=last,
        census=census,
        suspicions=suspicions,
        remarks=remarks,
        exceptions=exceptions,
        mixed=(("indicator_0", "indicator_1", "indicator_9"), ("active", "deleted")),
    )


def _named(job: Job, query: str, values: dict[str, date]) -> dict[str, int]:
    """The single row of a query of counts, by column name."""
    result = job.con.execute(query, values)
    names = [column[0] for column in result.description or []]
    return dict(zip(names, result.fetchall()[0], strict=True))


def _number(job: Job, query: str, values: dict[str, date]) -> int:
    return int(job.con.execute(query, values).fetchall()[0][0])
