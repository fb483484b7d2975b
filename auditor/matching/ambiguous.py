"""Lookups that do not mean one row: a rule that asks one by too few columns is refused before anything is matched.

A lookup takes the first row in force that it meets: the general one, which has no value in the columns of the key that
the lookup does not name. Where there is none, and several meet it and differ in what the rule reads of them, the first
is chance, and so would be the finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from duckdb import DuckDBPyConnection, Error

from auditor.base.errors import RuleNotEvaluated
from auditor.matching.columns import conditions_of, templates_of
from auditor.matching.evaluating import evaluating
from auditor.matching.facts import Facts
from auditor.matching.sql import alias, kind_of_line, literal, scope_of
from auditor.matching.table_rows import column_of
from auditor.rules import model as m
from auditor.rules.fields import CLAIM_HEADER, LINE_FIELDS, WORKED_OUT
from auditor.rules.forms import HOUSEKEEPING
from auditor.rules.parsing import PLACEHOLDER

_MADE_OF = {"primaries": "addon"}
"""Fields that are no column of the table but follow from one."""


Lookup = tuple[str, tuple[str, ...], bool, tuple[str, ...]]
"""What two lookups have in common that choose among the same rows: table, keys named, optional, rest of the key."""


def told_by_key(con: DuckDBPyConnection, rules: Sequence[m.Rule]) -> frozenset[Lookup]:
    """The lookups of several rules whose keys mean one row, or rows alike in all that any of the rules reads of them.

    One question stands for one of each rule. What the database cannot answer is left to be asked rule by rule.
    """
    tables: dict[Lookup, m.TableJoin] = {}
    read: dict[Lookup, list[list[str]]] = {}
    for rule in rules:
        for table, columns in _asked(rule):
            if columns:
                tables[_lookup(table)] = table
                read.setdefault(_lookup(table), []).append(columns)
    told = set()
    for lookup, lists in read.items():
        if len(lists) == 1:
            continue
        table = tables[lookup]
        rows = _alike(table, _row(sorted({column for columns in lists for column in columns})), [])
        try:
            if not _any(con, f"SELECT 1 FROM ({_swept(rows, _keys(table))}) WHERE unlike"):
                told.add(lookup)
        except Error:
            continue
    return frozenset(told)


def _lookup(table: m.TableJoin) -> Lookup:
    return table.name, tuple(column for column, _ in table.on), table.optional, tuple(table.rest)


def refuse_ambiguous(
    con: DuckDBPyConnection, rule: m.Rule, facts: Facts, told: frozenset[Lookup] = frozenset()
) -> None:
    """Raises RuleNotEvaluated where a lookup's keys mean several rows in force at once that the rule reads differently.

    Asked of ``ref_*`` first, and where such rows are, of those among them that lines of ``line`` in the rule's scope
    meet. Which rows are met does not hang on ``facts.prefilter``. Lookups in ``told`` (:func:`told_by_key`) are not
    asked again.
    """
    for table, read in _asked(rule):
        if _lookup(table) in told:
            continue
        with evaluating(rule):
            if not read or not _any(con, _unlike(rule, table, read)):
                continue
            # One line of every key is asked first: where keys are too few as a rule, that is enough to know.
            if not any(
                _any(con, facts.query(_met(rule, table, read, facts, once))) for once in (True, False)
            ):
                continue
            differing = [column for column in read if _any(con, _unlike(rule, table, [column]))]
        named = [column for column, _ in table.on]
        further = [column for column in table.key if column not in {*named, *read, *HOUSEKEEPING}]
        such = f", such as {' or '.join(further)}" if further else ""
        raise RuleNotEvaluated(
            f"rule {rule.id} looks up one row of {table.name} by {', '.join(named)}, where several that are in "
            f"force at once differ in {', '.join(differing)}",
            rule_id=rule.id,
            where=rule.file,
            why="which of them is meant cannot be told, and the first may be the wrong one",
            mend=f"name more columns under `on` of the lookup{such}",
        )


def _asked(rule: m.Rule) -> Iterator[tuple[m.TableJoin, list[str]]]:
    """The tables of which one row is meant, each with what is read of it.

    A joined table gives a match for every row; but where a sequence has its limit from there, a line has one limit.
    """
    match = rule.match
    if match is None:
        return
    for table in match.lookups:
        yield table, _columns_read(rule, table)
    limit = match.sequence.limit if match.sequence is not None else None
    if isinstance(limit, m.FieldRef) and match.table is not None:
        yield match.table, [limit.name]


def _any(con: DuckDBPyConnection, query: str) -> bool:
    found = con.execute(f"SELECT count(*) FROM ({query})").fetchone()
    return found is not None and found[0] > 0


def _columns_read(rule: m.Rule, table: m.TableJoin) -> list[str]:
    """The columns that a rule reads of a looked-up row, but for its keys and for housekeeping that is only told."""
    decides = {ref.name for ref in _deciding(rule) if ref.role == table.alias}
    shown = {
        name.partition(".")[2]
        for text in templates_of(rule)
        for name in PLACEHOLDER.findall(text)
        if name.partition(".")[0] == table.alias
    }
    columns = {_MADE_OF.get(name, name) for name in decides | (shown - HOUSEKEEPING)}
    return sorted(columns & dict(table.fields).keys() - {column for column, _ in table.on})


def _deciding(rule: m.Rule) -> Iterator[m.FieldRef]:
    """The fields by which a rule decides: those of its conditions, windows and limits."""
    for part in conditions_of(rule):
        yield from m.fields_read(part)
    for item in rule.all_variants:
        if isinstance(item.exposure.limit, m.FieldRef):
            yield item.exposure.limit
        corrected = item.exposure.corrected
        yield from corrected.fields if corrected is not None else ()
    match = rule.match
    if match is None:
        return
    windows = [*_placing(match), *([match.sequence.window] if match.sequence is not None else [])]
    yield from (window.by for window in windows if window.by is not None)


def _placing(match: m.Match) -> Iterator[m.Window]:
    """The windows without which there is no match: two lines in one, or a line beside which one is searched."""
    for within in (
        match.within,
        *(item.within for item in (match.absent, match.because) if item is not None),
    ):
        if within is not None:
            yield within.window


def _rows(rule: m.Rule, table: m.TableJoin, read: Sequence[str]) -> str:
    """SQL of the rows of a table, one for all that are alike: its keys, ``effective``, ``deleted``, and ``said``.

    ``said`` is what the rule reads of a row. Rows for which a window has no entry say the same, for none of them gives
    a finding; they are left out where what chooses the window is not read.
    """
    assert rule.match is not None
    said, kept = _row(read), []
    for window in _placing(rule.match):
        if window.by is not None and window.by.role == table.alias:
            opens = f'"{window.by.name}" IN ({", ".join(literal(value) for value, _ in window.spans)})'
            if window.by.name in read:
                said = f"CASE WHEN {opens} THEN {said} END"
            else:
                kept.append(opens)
    return _alike(table, said, kept)


def _row(columns: Sequence[str]) -> str:
    return "row(" + ", ".join(f'"{column}"' for column in columns) + ")"


def _alike(table: m.TableJoin, said: str, kept: Sequence[str]) -> str:
    columns = [f'"{column}"' for column, _ in table.on]
    known = [f"{column} IS NOT NULL" for column in columns]
    return (
        f"SELECT DISTINCT {', '.join(columns)}, effective, deleted, {said} AS said FROM ref_{table.name} q "
        f"WHERE {' AND '.join([*known, *kept, *_general(table)])}"
    )


def _general(table: m.TableJoin) -> list[str]:
    """SQL that leaves out the rows beside which the general one is in force: without a value in the rest of the key.

    It is the row that a lookup takes which does not name the rest: of the fee schedule the one without a modifier. An
    optional lookup takes no other.
    """
    named, rest = {column for column, _ in table.on}, table.rest
    if table.optional:
        return [f'q."{column}" IS NULL' for column in rest]
    if not rest:
        return []
    same = " AND ".join(f'g."{column}" = q."{column}"' for column in named)
    blank = " AND ".join(f'g."{column}" IS NULL' for column in rest)
    whole = " AND ".join(f'q."{column}" IS NULL' for column in rest)
    return [
        f"({whole} OR NOT EXISTS (SELECT 1 FROM ref_{table.name} g WHERE {same} AND {blank} "
        "AND g.effective <= q.effective AND g.deleted >= q.deleted))"
    ]


def _unlike(rule: m.Rule, table: m.TableJoin, read: Sequence[str]) -> str:
    """SQL with a row for some pairs of :func:`_rows` that have key and days in common and say different things."""
    return f"SELECT 1 FROM ({_swept(_rows(rule, table, read), _keys(table))}) WHERE unlike"


def _keys(table: m.TableJoin) -> str:
    return ", ".join(f'"{column}"' for column, _ in table.on)


def _swept(rows: str, keys: str) -> str:
    """SQL of rows with ``unlike``, true for one row of some pair of a key with common days that say different things.

    In the order of their first days a row is unlike the one before it while any before it is still in force; then it
    has common days either with that one or with the one before, and one of these two says otherwise. So pairs need
    not be made, of which there may be very many.
    """
    order = f"PARTITION BY {keys} ORDER BY effective, deleted, said"
    return (
        f"SELECT *, said IS DISTINCT FROM lag(said) OVER ({order}) AND coalesce(effective <= max(deleted) OVER "
        f"({order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), FALSE) AS unlike FROM ({rows})"
    )


def _met(rule: m.Rule, table: m.TableJoin, read: Sequence[str], facts: Facts, once: bool) -> str:
    """As :func:`_unlike`, of rows that lines meet: too many rather than too few. With ``once`` of one line a key."""
    assert rule.match is not None
    keys = _keys(table)
    rows = (
        f"SELECT * EXCLUDE (unlike) FROM ({_swept(_rows(rule, table, read), keys)}) "
        f"QUALIFY bool_or(unlike) OVER (PARTITION BY {keys})"
    )
    told = table.in_force_on.partition(".")[0]
    dated = rule.match.form != "claim"
    for role in rule.match.roles:
        asked = [(column, ref) for column, ref in table.on if ref.role == role]
        if not asked or not all(_is_of_line(ref) for _, ref in asked):
            continue
        on = " AND ".join(f'l.k{at} = q."{column}"' for at, (column, _) in enumerate(asked))
        listed = [f"{alias(role)}.{column_of(ref)} AS k{at}" for at, (_, ref) in enumerate(asked)]
        if dated and (told == role or told not in rule.match.roles):
            last = "date_from" if told == role else "date_to"
            listed += [f"{alias(role)}.date_from AS first_day", f"{alias(role)}.{last} AS last_day"]
            lines = _lines(rule, role, listed, facts)
            if once:
                lines = (
                    f"SELECT DISTINCT ON ({', '.join(f'k{at}' for at in range(len(asked)))}) * FROM ({lines})"
                )
            rows = (
                f"SELECT q.*, l.first_day, l.last_day FROM ({rows}) q JOIN ({lines}) l "
                f"ON {on} AND l.first_day <= q.deleted AND l.last_day >= q.effective"
            )
            keys, dated = f"{keys}, first_day, last_day", False
        else:
            rows = f"SELECT q.* FROM ({rows}) q SEMI JOIN ({_lines(rule, role, listed, facts)}) l ON {on}"
    return f"SELECT 1 FROM ({_swept(rows, keys)}) WHERE unlike"


def _is_of_line(ref: m.FieldRef) -> bool:
    """Whether a field stands in ``line``: one of a line, or of the header of a claim."""
    if ref.kind == "claim" and ref.name not in CLAIM_HEADER:
        return False
    return ref.name in LINE_FIELDS and ref.name not in WORKED_OUT


def _lines(rule: m.Rule, role: str, listed: Sequence[str], facts: Facts) -> str:
    """SQL of what the lines of a role have in the columns ``listed``, as far as the rule is for them."""
    match, line = rule.match, alias(role)
    assert match is not None
    kept = kind_of_line(rule, line)
    if match.form != "claim":
        kept = f"{scope_of(rule, role, line)} AND {replace(facts, prefilter=True).may_be(rule, match.when, role)}"
    return f"SELECT DISTINCT {', '.join(listed)} FROM line {line} WHERE {kept}"
