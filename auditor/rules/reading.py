"""What rules ask of reference tables: which tables are laid before an audit, and which of their rows can be met."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from auditor.base.codes import NPI_ENDS
from auditor.rules import model as m

if TYPE_CHECKING:
    from auditor.reference.needs import Asked

RVU_TABLES = ("mpfs_rvu", "mpfs_rvu_qpp")
PRICE_TABLES = (*RVU_TABLES, "mpfs_gpci", "payer_fees")
"""The library's tables that fees are made of; none of them has to be there."""


def joins_of(rule: m.Rule) -> Iterator[m.TableJoin]:
    """Every row of a table that a rule asks for: its match's, its lookups', those of lines beside the flagged one."""
    match = rule.match
    if match is None:
        return
    if match.table is not None:
        yield match.table
    yield from match.lookups
    for partner in (match.absent, match.because):
        if partner is not None and partner.table is not None:
            yield partner.table


def is_priced(rule: m.Rule) -> bool:
    """Whether a rule asks what services are worth."""
    return asks_fees(rule) or any(item.exposure.method == "difference" for item in rule.all_variants)


def asks_fees(rule: m.Rule) -> bool:
    """Whether a rule asks the fee of its lines, which may hang on the rows of other codes (endoscopic bases)."""
    return rule.match is not None and bool(rule.match.priced)


def codes_priced(rules: Iterable[m.Rule]) -> frozenset[str] | None:
    """Codes that rules ask the fee of beside those billed; None where a row names them, so that it may be any.

    Who asks for fees (:func:`asks_fees`) asks those of endoscopic base codes too, which rows of the schedule name.
    """
    found: set[str] = set()
    for rule in rules:
        for item in rule.all_variants:
            code = item.exposure.corrected.code if item.exposure.corrected is not None else None
            if isinstance(code, m.FieldRef):
                return None
            if isinstance(code, str):
                found.add(code)
            elif code is not None:
                parameter = rule.parameters[code.name]
                for value in (
                    *(value for _, value in parameter.values),
                    *(given.value for given in parameter.scoped),
                ):
                    found |= set(value.codes().values()) if isinstance(value, m.CodeMap) else {str(value)}
    return frozenset(found)


def tables_priced(rules: Iterable[m.Rule]) -> frozenset[str]:
    """The names of the tables that fees are made of, where a rule asks what services are worth."""
    return frozenset(PRICE_TABLES if any(map(is_priced, rules)) else ())


def tables_joined(rules: Iterable[m.Rule]) -> frozenset[str]:
    """The names of the tables whose rows claim lines meet."""
    rules = tuple(rules)
    coverage = any(rule.match is not None and rule.match.coverage is not None for rule in rules)
    names = {join.name for rule in rules for join in joins_of(rule)}
    return frozenset(names | ({"coverage_policy"} if coverage else set()))


def tables_read(rules: Iterable[m.Rule]) -> frozenset[str]:
    """The names of all tables that rules ask for, those of peers in a benchmark included."""
    rules = tuple(rules)
    peers = {rule.benchmark.table for rule in rules if rule.benchmark is not None and rule.benchmark.table}
    return tables_joined(rules) | peers | tables_priced(rules)


def columns_by_code(rules: Iterable[m.Rule], *, priced: bool = True) -> Mapping[str, frozenset[str]]:
    """By table, the columns that every rule compares with the code of a claim line whenever it asks for a row.

    A row whose value there is the code of no line is met by no rule and can be left out. Of the fee schedule rows of
    other codes are asked for where rules price a service by another code than the one billed; without ``priced`` what
    prices ask for is left aside.
    """
    rules = tuple(rules)
    found: dict[str, frozenset[str]] = {}
    for rule in rules:
        if rule.benchmark is not None and rule.benchmark.table:
            found[rule.benchmark.table] = frozenset()
        for join in joins_of(rule):
            coded = frozenset(column for column, ref in join.on if (ref.kind, ref.name) == ("line", "code"))
            found[join.name] = found.get(join.name, coded) & coded
    if priced and any(map(is_priced, rules)):
        other = codes_priced(rules) != frozenset() or any(map(asks_fees, rules))
        coded = frozenset() if other else frozenset({"code"})
        for name in RVU_TABLES:
            found[name] = found.get(name, coded) & coded
    return {name: columns for name, columns in sorted(found.items()) if columns}


def columns_by_npi(rules: Iterable[m.Rule]) -> Mapping[str, frozenset[str]]:
    """By table, the columns that every rule compares with an NPI of a line or claim whenever it asks for a row.

    A row whose value there is the NPI of no line is met by no rule and can be left out: lists of all providers have
    millions of rows.
    """
    found: dict[str, frozenset[str]] = {}
    for rule in rules:
        if rule.benchmark is not None and rule.benchmark.table:
            found[rule.benchmark.table] = frozenset()
        for join in joins_of(rule):
            named = frozenset(
                column
                for column, ref in join.on
                if ref.kind in ("line", "claim") and ref.name.endswith(NPI_ENDS)
            )
            found[join.name] = found.get(join.name, named) & named
    return {name: columns for name, columns in sorted(found.items()) if columns}


def asked_of_library(rules: Iterable[m.Rule]) -> tuple[Asked, ...]:
    """The library's tables that rules ask by their own names, and of which lines; NCCI's and coverage are not told."""
    from auditor.reference.columns import own_columns  # loads the importers, which few callers need
    from auditor.reference.needs import Asked

    found = {
        Asked(name, frozenset(rule.scope.line_of_business), frozenset(rule.scope.setting))
        for rule in rules
        for name in tables_joined([rule]) & set(own_columns())
    }
    return tuple(
        sorted(found, key=lambda item: (item.table, sorted(item.lines_of_business), sorted(item.settings)))
    )


def is_about(rule: m.Rule, payers: Collection[str | None]) -> bool:
    """Whether a rule is about any of these payers; one without payers of its own is about all."""
    return not rule.scope.payer_id or not set(rule.scope.payer_id).isdisjoint(payers)
