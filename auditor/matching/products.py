"""Rules that would put so many lines together that an audit would not come to an end: counted first, and refused.

Each question is asked cheaply; where the answer is too high, once more with the window of the rule.
"""

from __future__ import annotations

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from auditor.base.errors import RuleNotEvaluated
from auditor.matching import pairs
from auditor.matching.beside import shares_a_day
from auditor.matching.facts import Facts, keys_of
from auditor.matching.sql import Names, alias, condition, scope_of
from auditor.matching.table_rows import column_of
from auditor.matching.windows import days_around
from auditor.rules import model as m

MOST_PAIRS = 200_000_000
"""Pairs of lines of one partition that a rule of two lines may compare; beyond, it is not evaluated, and says so."""
MOST_KEPT = 50_000_000
"""Pairs that are kept, not only compared: lines with earlier ones in their window, with partners, with table rows."""

MOST_ROWS = 10_000_000
"""Pairs of a line and a table row, each of which may be a finding; where a row is named well a line has one or few."""

MOST_HOPS = 5_000_000
"""Earlier visits of all visits that may be one too many; the engine is told each of them."""


OF_A_PATIENT = (
    "SELECT coalesce(sum(n * n), 0) AS pairs FROM "
    "(SELECT count(*)::HUGEINT AS n FROM line GROUP BY patient_key)"
)
"""Every line of a patient with every other: no rule about lines of one patient compares more."""


def refuse_pairs(con: DuckDBPyConnection, rule: m.Rule, facts: Facts, of_a_patient: str) -> None:
    """Raises RuleNotEvaluated for two lines of which so many would be compared that it would not end.

    ``of_a_patient`` names the relation of :data:`OF_A_PATIENT`.
    """
    assert rule.match is not None
    first = [f"FROM {of_a_patient}"] if "patient_id" in rule.match.same else []
    _hold(
        con, rule, "pairs of lines", MOST_PAIRS, [*first, pairs.cost_sql(rule, facts)],
        "say more of what the two lines have in common under `same`, or name their codes under `when`", facts,
    )  # fmt: skip


def refuse_rows(con: DuckDBPyConnection, rule: m.Rule, facts: Facts) -> None:
    """Raises RuleNotEvaluated for a table of which every line would meet very many rows."""
    match = rule.match
    assert match is not None and match.table is not None
    if not match.table.on or len({ref.role for _, ref in match.table.on}) > 1:
        return
    role, table = match.table.on[0][1].role, match.table
    columns = ", ".join(column for column, _ in table.on)
    places = ", ".join(f"{alias(role)}.{column_of(ref)}" for _, ref in table.on)
    named = ", ".join(f"k{at}" for at in range(len(table.on)))
    _hold(
        con, rule, "pairs of a line and a table row", MOST_ROWS,
        [
            f"SELECT coalesce(max(n), 0) * (SELECT count(*) FROM line) FROM (SELECT count(*)::HUGEINT AS n "
            f"FROM ref_{table.name} GROUP BY {columns})",
            f"SELECT coalesce(sum(l.n * r.n), 0) FROM (SELECT count(*)::HUGEINT AS n, {places} FROM line {alias(role)} "
            f"WHERE {scope_of(rule, role, alias(role))} AND {facts.may_be(rule, match.when, role)} GROUP BY {places}) "
            f"l(n, {named}) JOIN (SELECT count(*)::HUGEINT AS n, {columns} FROM ref_{table.name} GROUP BY {columns}) "
            f"r(n, {named}) USING ({named})",
        ],
        f"name more columns of {table.name} under `on`, or the codes of the line under `when`", facts,
    )  # fmt: skip


def refuse_near(con: DuckDBPyConnection, rule: m.Rule, members: str, window: m.Window) -> None:
    """Raises RuleNotEvaluated for lines that would each be put beside very many of their group (group_id, day)."""
    asked = [
        f"SELECT coalesce(sum(n * n), 0) FROM (SELECT count(*)::HUGEINT AS n FROM {members} GROUP BY group_id)"
    ]
    before, after = days_around(window)
    if before is not None and after is not None:
        around = f"INTERVAL {before} DAY PRECEDING AND INTERVAL {after} DAY FOLLOWING"
        asked.append(
            "SELECT coalesce(sum(n), 0) FROM (SELECT count(*) OVER (PARTITION BY group_id ORDER BY day "
            f"RANGE BETWEEN {around})::HUGEINT AS n FROM {members})"
        )
    _hold(
        con, rule, "pairs of a line and another one of its window", MOST_KEPT, asked,
        "name the codes that count under `where`, or narrow the window",
    )  # fmt: skip


def refuse_partners(
    con: DuckDBPyConnection, rule: m.Rule, partner: m.Partner, subjects: str, facts: Facts, of_a_patient: str
) -> None:
    """Raises RuleNotEvaluated for lines beside which very many may stand; those of a shared day are never so many.

    ``of_a_patient`` names the relation of :data:`OF_A_PATIENT`.
    """
    match = rule.match
    assert match is not None
    role, other = alias(match.roles[0]), alias(partner.role)
    theirs = Names(day=f"{other}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=partner.role)
    where = condition(partner.where, theirs, rule.parameters)
    for keys in partner.any_of:
        if partner.within is None and shares_a_day(partner, keys):
            continue
        named = ", ".join(dict.fromkeys(["patient_key", *keys_of(keys)]))
        _hold(
            con, rule, "pairs of a line and what may stand beside it", MOST_KEPT,
            [
                f"FROM {of_a_patient}",
                f"SELECT coalesce(sum(s.n * o.n), 0) FROM (SELECT count(*)::HUGEINT AS n, {named} FROM line "
                f"WHERE line_id IN (SELECT {role}_id FROM {subjects}) GROUP BY {named}) s JOIN "
                f"(SELECT count(*)::HUGEINT AS n, {named} FROM line {other} WHERE {where} GROUP BY {named}) o "
                f"USING ({named})"
            ],
            "name the codes of what must stand beside the line under `where`, or more fields under `same`", facts,
        )  # fmt: skip


def refuse_hops(con: DuckDBPyConnection, rule: m.Rule, hops: str) -> None:
    """Raises RuleNotEvaluated for visits with so many earlier ones that reasoning over them would not end."""
    _hold(
        con, rule, "pairs of a visit and an earlier one of its window", MOST_HOPS,
        [f"SELECT count(*) FROM ({hops})"],
        "name the codes that count under `where`, narrow the window, or count with `sum`",
    )  # fmt: skip


def _hold(
    con: DuckDBPyConnection,
    rule: m.Rule,
    what: str,
    most: int,
    asked: Sequence[str],
    mend: str,
    facts: Facts | None = None,
) -> None:
    """Ask in turn, each time more exactly; raises RuleNotEvaluated where the last answer is above ``most`` too."""
    number = 0
    for query in asked:
        found = con.execute(facts.query(query) if facts is not None else query).fetchone()
        number = int(found[0]) if found is not None else 0
        if number <= most:
            return
    raise RuleNotEvaluated(
        f"rule {rule.id} would compare {number:,} {what}",
        rule_id=rule.id,
        where=rule.file,
        why=f"more than {most:,} would take too long and mean nothing",
        mend=mend,
    )
