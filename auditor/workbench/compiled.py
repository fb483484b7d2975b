"""What a rule becomes: the SQL that finds its candidates, and the facts and rules that the engine reasons over.

The SQL is not written a second time here: the matcher itself runs over empty tables, and what it says to the database
is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import duckdb

from auditor.claims import small_connection
from auditor.engine import exchange
from auditor.engine.compile import EngineRule, compile_rules
from auditor.engine.rulebook import (
    BLOCKED_WHEN_COUNTED,
    RULE_BOOK,
    WAITS_FOR_BLOCKER,
    WAITS_FOR_CHAIN,
    WAITS_FOR_NOTHING,
    WHEN_COUNTED,
)
from auditor.matching import candidates
from auditor.matching.facts import Facts
from auditor.matching.lines import open_partition
from auditor.rules import model as m
from auditor.rules.fields import ANSWERING_TABLE
from auditor.rules.packs import RuleSet
from auditor.rules.reading import tables_read
from auditor.workbench.case_tables import FAR, LONG_AGO, make_claim_lines, make_tables

_RELATION = re.compile(r"CREATE OR REPLACE (?:TEMP )?TABLE (\w+_[0-9a-f]{16}) AS\s+(.*)", re.DOTALL)
_NAME = re.compile(r"\b\w+_[0-9a-f]{16}\b")
_ASKS = re.compile(r"SELECT 1 FROM \w+ LIMIT 1\Z")


@dataclass(frozen=True)
class Relation:
    """A relation that the search makes: its name, its SQL, and the other rules that rest on the same one."""

    name: str
    sql: str
    shared_with: tuple[str, ...]


@dataclass(frozen=True)
class Compiled:
    """A rule as the machine has it.

    ``relations`` in the order in which they are made, ``statements`` those that fill the tables of candidates and of
    evidence. ``facts`` says, field by field, what the engine is told of a candidate; ``rules`` are the definitions for
    durable_rules of the generic rules that can fire for it.
    """

    relations: tuple[Relation, ...]
    statements: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, Any], ...]


def compile_one(rule: m.Rule, pack: RuleSet) -> Compiled:
    """What a rule of a pack becomes. Benchmarks are counted, not matched: they have no candidate query.

    ``relations`` are compared with those of the other rules of the pack of its form or family.
    """
    if rule.match is None:
        return Compiled((), (), (), ())
    con, facts = _empty_world(rule, pack)
    try:
        made, statements = _recorded(rule, con, facts)
        sharing: dict[str, list[str]] = {}
        for other in pack.rules:
            if other.id != rule.id and other.match is not None and _may_share(other, rule):
                for name in _recorded(other, con, facts)[0]:
                    sharing.setdefault(name, []).append(other.id)
    finally:
        con.close()
    relations = tuple(Relation(name, sql, tuple(sharing.get(name, ()))) for name, sql in made.items())
    definition = compile_rules(RULE_BOOK).definition
    rules = tuple(
        (item.name, definition[item.name])
        for item in RULE_BOOK.rules
        if _can_fire(item, rule, pack.overrides)
    )
    return Compiled(relations, statements, _facts(rule, pack.overrides), rules)


def _may_share(other: m.Rule, rule: m.Rule) -> bool:
    """Rules of other forms and families rest on other relations; asking them all would take long in a large pack."""
    assert other.match is not None and rule.match is not None
    return other.family == rule.family or other.match.form == rule.match.form


class _Recorder:
    """A connection that keeps what is said to it, and says that every relation has a row, so that none is left out."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.said: list[str] = []

    def execute(self, sql: str, *given: Any) -> Any:
        if _ASKS.match(sql.strip()):
            return self._con.execute("SELECT 1")
        self.said.append(sql)
        return self._con.execute(sql, *given)

    def cursor(self) -> _Recorder:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


def _empty_world(rule: m.Rule, pack: RuleSet) -> tuple[duckdb.DuckDBPyConnection, Facts]:
    """A database with every table that the search reads, all empty, and every table answering for all dates."""
    con = small_connection()
    make_claim_lines(con, [])
    asked = tables_read((*pack.rules, rule))
    make_tables(con, {name: [] for name in asked}, {}, asked, {spec.name: spec for spec in pack.tables})
    open_partition(con, 0, 1)
    candidates.create_tables(con)
    exchange.create_tables(con)
    answering = sorted({ANSWERING_TABLE.get(name, name) for name in asked})
    return con, Facts(dx_ptr_known=True, answers=tuple((name, "*", LONG_AGO, FAR) for name in answering))


def _recorded(
    rule: m.Rule, con: duckdb.DuckDBPyConnection, facts: Facts
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The relations a rule needs and the statements that append its candidates, as its matcher says them."""
    recorder = _Recorder(con)
    matcher = candidates.Matcher(
        cast(duckdb.DuckDBPyConnection, recorder), [rule], [], facts=facts, all_rules=True
    )
    matcher.match(rule.stratum)
    made: dict[str, str] = {}
    statements = []
    for sql in recorder.said:
        relation = _RELATION.match(sql.strip())
        if relation:
            made[relation[1]] = relation[2]
        elif sql.lstrip().startswith("INSERT INTO"):
            statements.append(sql.strip())
    named = " ".join([*made.values(), *statements])  # some are made for any rule, whether or not it asks them
    return {name: sql for name, sql in made.items() if name in named}, tuple(statements)


def _facts(rule: m.Rule, overrides: Sequence[m.Override]) -> tuple[tuple[str, str], ...]:
    form = rule.match.form if rule.match is not None else ""
    chained = form in {"because", "sequence"}
    waits = {"because": f"{WAITS_FOR_CHAIN}: until every line it hangs on has fallen"}.get(
        form, f"{WAITS_FOR_NOTHING}: for nothing"
    )
    if rule.unless:
        waits = f"{WAITS_FOR_BLOCKER} where the line {rule.unless} fell in an earlier stratum (then moot), else {waits}"
    if form == "sequence":
        waits = "for the earlier visits in its window: whether as many as the limit are payable"
    named = [item.id for item in overrides if _meets(item, rule)]
    said = {
        "cand": "the number of the possible finding",
        "lifted": f"{WHEN_COUNTED if chained else 1} where the bypass holds"
        if rule.bypass is not None
        else "0: nothing lifts it",
        "set_aside": "0: no override names it",
        "waits": waits,
        "on": "the proposition, or the end of the chain, that it waits for; 0 for none",
        "gone": "0: it concludes nothing",
        "flagged": "the proposition that its line is flagged by a failing candidate, where a class hangs on it",
    }
    if named:
        said["set_aside"] = f"1 where one of these overrides meets the line: {', '.join(named)}"
    if rule.concludes:
        said["gone"] = f"the proposition `{rule.concludes} is not payable`, where something reads it"
    kind = next(item for item in RULE_BOOK.given if item.name == "candidate")
    return tuple((name, said.get(name, "see engine/rulebook.py")) for name in kind.fields)


def _meets(override: m.Override, rule: m.Rule) -> bool:
    names = {rule.id, rule.family, *(item.id for item in rule.variants)}
    return override.action == "suppress" and bool(names & set(override.rules))


_CHAINED: Final = frozenset({"hop", "reached"})
_OF_CHAINS: Final = {"wavers": "partner", "certain": "because"}


def _can_fire(item: EngineRule, rule: m.Rule, overrides: Sequence[m.Override]) -> bool:
    """Whether a generic rule of the engine can fire for a candidate of the rule, or on what is told beside it."""
    form = rule.match.form if rule.match is not None else ""
    has = {
        name
        for name, is_so in (
            ("because", form == "because"),
            ("partner", rule.class_rule.partner is not None),
            ("sequence", form == "sequence"),
        )
        if is_so
    }
    chained = form in {"because", "sequence"}
    overridden = any(_meets(entry, rule) for entry in overrides)
    speaks = WHEN_COUNTED if chained else 1
    could = {
        "lifted": {0, speaks} if rule.bypass is not None else {0},
        "set_aside": {0, speaks} if overridden else {0},
        "waits": {WAITS_FOR_CHAIN} if chained else {WAITS_FOR_NOTHING},
    }
    if rule.unless:
        could["set_aside" if chained else "waits"].add(BLOCKED_WHEN_COUNTED if chained else WAITS_FOR_BLOCKER)
    if rule.match is not None and rule.match.sequence is not None and rule.match.sequence.restart == "every":
        could["waits"].add(WAITS_FOR_NOTHING)
    for pattern in item.when:
        if pattern.kind == "candidate":
            if any(name in could and value not in could[name] for name, value in pattern.equals.items()):
                return False
        elif pattern.kind in _CHAINED:
            if not has:
                return False
        elif pattern.kind in _OF_CHAINS:
            if _OF_CHAINS[pattern.kind] not in has:
                return False
        elif pattern.kind != "holds" and "sequence" not in has:
            return False
    return True


def as_text(rule: m.Rule, found: Compiled) -> str:
    """The whole as text for a terminal or a file."""
    if rule.match is None:
        return (
            f"{rule.id} is a benchmark: it has no candidate query and no fact. Lines are counted by provider, and the "
            "shares are held against each other (auditor/profiles). `auditor rules explain` says how."
        )
    parts = [f"-- {rule.id}: {rule.title}", "-- Relations, each made once in a partition and shared by name."]
    for relation in found.relations:
        shared = ", ".join(relation.shared_with) or "no other rule of its form or family"
        parts.append(
            f"-- {relation.name}: shared with {shared}\nCREATE TABLE {relation.name} AS\n{laid_out(relation.sql)};"
        )
    parts.append("-- Candidates and their evidence.")
    parts += [f"{laid_out(sql)};" for sql in found.statements]
    told = "\n".join(f"--   {name}: {said}" for name, said in found.facts)
    parts.append(f"-- Engine: the fact `candidate`, one for each candidate.\n{told}")
    parts.append("-- Engine: the generic rules that can fire for it, as durable_rules takes them (Rete).")
    parts += [
        "\n".join(
            [f"-- {name}, at most {body['cap']} matches at once", *(json.dumps(item) for item in body["all"])]
        )
        for name, body in found.rules
    ]
    return "\n\n".join(parts) + "\n"


_BREAKS = re.compile(
    r"\s+(?=(?:FROM|WHERE|GROUP BY|ORDER BY|HAVING|QUALIFY|UNION ALL|LEFT JOIN|JOIN|SELECT)\b)"
)
_TEXTS = re.compile(r"'(?:[^']|'')*'")


def laid_out(sql: str) -> str:
    """SQL with a line for each clause, set in by the depth of its brackets; texts in quotes stay as they are."""
    texts: list[str] = []

    def hide(found: re.Match[str]) -> str:
        texts.append(found.group())
        return f"\x00{len(texts) - 1}\x00"

    hidden = " ".join(_TEXTS.sub(hide, sql).split())
    lines = []
    depth = 0
    for clause in _BREAKS.sub("\n", hidden).split("\n"):
        lines.append("  " * max(depth - (clause[:1] == ")"), 0) + clause)
        depth += clause.count("(") - clause.count(")")
    return re.sub(r"\x00(\d+)\x00", lambda found: texts[int(found[1])], "\n".join(lines))
