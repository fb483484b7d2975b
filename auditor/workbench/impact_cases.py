"""Sample cases of an impact: the lines a difference rests on, and what in the change made it where that can be told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.workbench.impact_change import Changed
from auditor.workbench.impact_differences import listed
from auditor.workbench.impact_files import FileChange
from auditor.workbench.impact_model import KINDS, CaseLine, Difference, SampleCase

OF_EACH_KIND: Final = 5
MOST_LINES: Final = 12
_RESTS_ON: Final = "finding "
_DECIDES_NOTHING: Final = frozenset(
    "catalogue_id version title status owner severity citations record_needed root_cause false_positives carc_analogue "
    "related changelog tests cites".split()
)
_TELLS: Final = frozenset("explanation bypass_explanation unjudged_explanation bypass_reason".split())
_MAKES: Final = frozenset("match applies_to effective requires windows family benchmark unless".split())
_ANYWHERE: Final = frozenset("parameters let variants".split())


def samples(con: DuckDBPyConnection, changed: Sequence[Changed]) -> tuple[SampleCase, ...]:
    """Up to five differences of each kind: first of the changed rules, each rule in turn, then by dollars.

    Reads ``difference`` and the lines of the patients concerned in ``claim_line``.
    """
    own = sorted(frozenset().union(*(item.ids for item in changed)))
    con.execute(
        f"""
CREATE OR REPLACE TEMP TABLE sampled AS
SELECT finding_id, row_number() OVER (PARTITION BY kind ORDER BY NOT own, place, moved DESC, finding_id) AS place
  FROM (SELECT *, row_number() OVER (PARTITION BY kind, rule_id ORDER BY moved DESC, finding_id) AS place
          FROM (SELECT kind, rule_id, finding_id, list_contains(?, rule_id) AS own,
                       abs(coalesce(after.exposure_counted, 0) - coalesce(before.exposure_counted, 0))
                       + abs(coalesce(after.exposure, 0) - coalesce(before.exposure, 0)) AS moved FROM difference))
QUALIFY row_number() OVER (PARTITION BY kind ORDER BY NOT own, place, moved DESC, finding_id) <= {OF_EACH_KIND}
""",
        [own],
    )
    chosen = listed(con, "finding_id IN (SELECT finding_id FROM sampled)")
    places = dict(con.execute("SELECT finding_id, place FROM sampled").fetchall())
    chosen.sort(key=lambda item: (KINDS.index(item.kind), places[item.finding_id]))
    found = []
    for item in chosen:
        lines, more = _lines(con, item)
        found.append(SampleCase(item, lines, more, _why(con, item, changed)))
    return tuple(found)


def _lines(con: DuckDBPyConnection, item: Difference) -> tuple[tuple[CaseLine, ...], int]:
    """The lines of a case: flagged first, then others it rests on, then those of the same day; and how many more."""
    rows = con.execute(
        """
WITH asked AS (SELECT coalesce(after, before) AS told, list_concat(coalesce(before.evidence, []),
                      coalesce(after.evidence, [])) AS evidence FROM difference WHERE finding_id = $id LIMIT 1),
shown AS (SELECT e.claim_id, e.line_no, min(e.role) AS mark
            FROM (SELECT unnest(evidence) AS e FROM asked) GROUP BY 1, 2)
SELECT coalesce(s.mark, ''), l.claim_id = t.told.claim_id AND l.line_no = t.told.line_no AS flagged, l.claim_id,
       l.line_no, l.date_from, l.date_to, coalesce(l.code, l.revenue_code, ''), l.modifiers, l.units, l.paid, l.denied
  FROM asked t JOIN claim_line l ON l.patient_id = t.told.patient_id
       AND l.payer_id IS NOT DISTINCT FROM t.told.payer_id
       AND l.line_of_business::VARCHAR = t.told.line_of_business AND l.state = 'audited'
  LEFT JOIN shown s ON s.claim_id = l.claim_id AND s.line_no = l.line_no
 WHERE s.claim_id IS NOT NULL OR t.told.service_date BETWEEN l.date_from AND l.date_to
 ORDER BY flagged DESC, s.claim_id IS NULL, l.date_from, l.claim_id, l.line_no, l.line_id
""",
        {"id": item.finding_id},
    ).fetchall()
    return tuple(_line(row) for row in rows[:MOST_LINES]), max(0, len(rows) - MOST_LINES)


def _line(row: tuple[Any, ...]) -> CaseLine:
    mark, flagged, claim, line, first, last, code, modifiers, units, paid, denied = row
    amount = None if paid is None else Decimal(paid).scaleb(-2)
    return CaseLine(
        mark,
        bool(flagged),
        claim,
        line,
        first,
        last,
        code,
        tuple(modifiers or ()),
        units,
        amount,
        bool(denied),
    )


def _why(con: DuckDBPyConnection, item: Difference, changed: Sequence[Changed]) -> str:
    """What in the change made the difference; empty where more than one thing may have."""
    rule = next((entry for entry in changed if not entry.is_override and item.rule_id in entry.ids), None)
    by_override = _by_override(item, [entry for entry in changed if entry.is_override])
    if rule is not None and rule.kind == "not asked":
        return "The run was not asked for the rule."
    if rule is not None and rule.kind != "changed":
        return f"The rule is {rule.kind}."
    if by_override:
        return by_override
    if rule is not None:
        return _by_parts(item, rule.parts)
    return _through(con, item, frozenset().union(*(entry.ids for entry in changed)))


def _by_override(item: Difference, overrides: Sequence[Changed]) -> str:
    ids = {entry.id: entry for entry in overrides}
    after = item.after.suppressed_by if item.after else ""
    before = item.before.suppressed_by if item.before else ""
    if after in ids and after != before:
        return f"Override {after} applies to it."
    if before in ids and after != before:
        return f"Override {before} no longer applies to it."
    return ""


def _by_parts(item: Difference, parts: Sequence[FileChange]) -> str:
    """The changed keys of the rule file that can make such a difference, if they are few enough to be told."""
    deciding = [part for part in parts if part.part not in _DECIDES_NOTHING | _TELLS]
    if item.kind == "reworded":
        deciding = [part for part in parts if part.part in _TELLS] or list(parts)
    wanted = _wanted(item)
    likely = [part for part in deciding if part.part in wanted] or deciding
    if len(likely) == 1:
        return likely[0].said
    return "One of these: " + "; ".join(part.said for part in likely) if 0 < len(likely) <= 3 else ""


def _wanted(item: Difference) -> Collection[str]:
    """The top keys of a rule file that can make a difference of this sort."""
    before, after = item.before, item.after
    if before is None or after is None:
        return _MAKES | _ANYWHERE
    if before.verdict != after.verdict:
        return {"bypass", "unless", "requires", *_ANYWHERE}
    if (before.cls, before.at_risk) != (after.cls, after.at_risk):
        return {"class", "exposure", *_ANYWHERE}
    return {"exposure", *_ANYWHERE}


def _through(con: DuckDBPyConnection, item: Difference, own: frozenset[str]) -> str:
    """For a rule that has not changed: the differing finding of another through which the change reaches it."""
    sides = [side for side in (item.before, item.after) if side is not None]
    premises = sorted(
        {p.removeprefix(_RESTS_ON) for s in sides for p in s.premises if p.startswith(_RESTS_ON)}
    )
    row = con.execute(
        "SELECT rule_id, finding_id FROM difference WHERE list_contains(?, finding_id) "
        "ORDER BY NOT list_contains(?, rule_id), rule_id, finding_id LIMIT 1",
        [premises, sorted(own)],
    ).fetchone()
    if row is not None:
        return f"It rests on finding {row[1]} of {row[0]}, which differs."
    row = con.execute(
        "SELECT rule_id, finding_id FROM (FROM finding_before UNION ALL FROM finding_after) "
        "WHERE list_contains(?, finding_id) AND list_contains(?, rule_id) ORDER BY 1, 2 LIMIT 1",
        [premises, sorted(own)],
    ).fetchone()
    if row is not None:
        return f"It rests on finding {row[1]} of {row[0]}, which the change alters."
    row = con.execute(
        "SELECT d.rule_id, d.finding_id FROM difference d JOIN (SELECT coalesce(after, before) AS told FROM difference "
        "WHERE finding_id = $id LIMIT 1) t ON d.claim_id = t.told.claim_id AND d.line_no = t.told.line_no "
        "AND coalesce(d.after, d.before).patient_id = t.told.patient_id WHERE d.finding_id <> $id "
        "ORDER BY NOT list_contains($own, d.rule_id), d.rule_id, d.finding_id LIMIT 1",
        {"id": item.finding_id, "own": sorted(own)},
    ).fetchone()
    return (
        f"Finding {row[1]} of {row[0]} on the same line differs, and the line's dollars count once."
        if row
        else ""
    )
