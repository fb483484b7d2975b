"""Engine rules as data, checked against the limits of durable_rules and turned into its rule definitions.

A rule book names the kinds of facts and the rules over them. A rule matches up to six facts, each guarded
by its kind, joined on equality of integer fields, and emits facts: derived ones go back into the engine,
conclusions go out. Nothing else in the program writes a definition for durable_rules, which crashes or
answers wrongly past the limits kept here (version 2.0.28; each limit is explained where it is named).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.base.errors import InternalCheckFailed

MOST_FACTS_IN_A_JOIN = 6  # a frame holds 16, and joins over many facts multiply
MOST_IDENTICAL_TESTS = (
    255  # of patterns that end in the same test: the list has 256 places and no bound check
)
MOST_TESTS_UNDER_A_PARENT = 500  # the hash set has 512 places; a full one is searched for ever
MOST_TESTS_AT_ONCE = 60  # a fact that passes more than 64 at one level overflows the match stack
MOST_JOINS_IN_A_PATTERN = 8  # 32 terms are stored with each pattern; terms that repeat count
MOST_RULES = 4_000  # 4,096 actions
MOST_MATCHES_AN_ACTION = (
    65_535  # `cap` is an unsigned short: one more wraps to 0 and means one match an action
)
MOST_FIELDS = 60
LARGEST_INT = 2**31 - 1

COUNTED = "counted"
"""The kind of the fact that ends every assertion, and the rule that reads it: it fires only when all before
it were parsed, because the library stops silently at the first fact it cannot parse."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = frozenset({"id", "sid", "kind", "m", "s"})


class RuleBookRefused(InternalCheckFailed):
    """A rule book breaks a limit of the engine, or does not fit together."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of fact: its name and its integer fields, in the order in which rows of it are given."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of field `name` of the fact matched under `alias`."""

    alias: str
    name: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """One fact of a rule: its kind, constants it has, fields that equal those of facts matched before."""

    alias: str
    kind: str
    equals: Mapping[str, int] = field(default_factory=dict)
    joins: Mapping[str, Ref] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Emit:
    """A fact that follows: a value for each field of its kind; none where the field `unless_zero` is 0."""

    kind: str
    values: Mapping[str, Ref | int]
    unless_zero: str | None = None


@dataclass(frozen=True, slots=True)
class EngineRule:
    """When all patterns match, all emits follow. `cap`: matches that one action takes."""

    name: str
    when: tuple[Pattern, ...]
    then: tuple[Emit, ...]
    cap: int = 1_000


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The kinds of facts and the rules over them.

    `given` kinds are asserted from outside, `derived` ones by rules (or outside), `conclusions` are handed out.
    """

    given: tuple[Kind, ...]
    derived: tuple[Kind, ...]
    conclusions: tuple[Kind, ...]
    rules: tuple[EngineRule, ...]


@dataclass(frozen=True, slots=True)
class EmitPlan:
    """An `Emit` made ready: its values in the order of the kind's fields, the position of its guard."""

    kind: str
    concludes: bool
    sources: tuple[Ref | int, ...]
    unless_zero: int | None


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """What the host needs: the definition, and the text of a fact of each kind (its number comes first)."""

    definition: Mapping[str, Mapping[str, Any]]
    templates: Mapping[str, str]
    plans: Mapping[str, tuple[EmitPlan, ...]]
    derived: frozenset[str]
    conclusions: tuple[str, ...]


def compile_rules(book: RuleBook) -> CompiledRules:
    """Check `book` and turn it into a definition for durable_rules.

    Every test is guarded by kind; the last join of a pattern is written twice (the library reads past the
    end when the last of several terms is false); a derived kind that no rule reads gets a rule that does
    nothing (a fact that nothing reads is reported by a code that hides worse ones).

    Raises RuleBookRefused when a name, a field, a reference or a limit is wrong.
    """
    kinds = _kinds(book)
    conclusions = {kind.name for kind in book.conclusions}
    read: set[str] = set()
    names: set[str] = set()
    for rule in book.rules:
        _check_name(rule.name, "rule")
        _need(rule.name not in names, f"rule {rule.name} stands twice")
        names.add(rule.name)
        _check_rule(rule, kinds, conclusions, {kind.name for kind in book.derived})
        read.update(pattern.kind for pattern in rule.when)
    sinks = tuple(
        EngineRule(f"sink_{kind.name}", (Pattern("fact", kind.name),), ())
        for kind in book.derived
        if kind.name not in read
    )
    counted = EngineRule(COUNTED, (Pattern("fact", COUNTED),), ())
    rules = (counted, *book.rules, *sinks)
    _need(len(rules) <= MOST_RULES, f"{len(rules)} rules, at most {MOST_RULES} fit")
    _check_tests(pattern for rule in rules for pattern in rule.when)
    return CompiledRules(
        definition={
            rule.name: {"all": [_definition(pattern, kinds) for pattern in rule.when], "cap": rule.cap}
            for rule in rules
        },
        templates={kind.name: _template(kind) for kind in kinds.values() if kind.name not in conclusions},
        plans={rule.name: tuple(_plan(emit, kinds, conclusions) for emit in rule.then) for rule in rules},
        derived=frozenset(kind.name for kind in book.derived),
        conclusions=tuple(kind.name for kind in book.conclusions),
    )


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise RuleBookRefused(what, where="engine rules")


def _check_name(name: str, sort: str) -> None:
    good = _NAME.fullmatch(name) is not None and name not in _TAKEN
    _need(good, f"{name!r} cannot name a {sort}: lower case, at most 40 letters, none of {sorted(_TAKEN)}")


def _kinds(book: RuleBook) -> dict[str, Kind]:
    kinds = {COUNTED: Kind(COUNTED, ("facts",))}
    hashes = {_hash(taken): taken for taken in _TAKEN}
    for kind in (*book.given, *book.derived, *book.conclusions):
        _check_name(kind.name, "kind")
        _need(kind.name not in kinds, f"kind {kind.name} stands twice")
        _need(len(set(kind.fields)) == len(kind.fields), f"kind {kind.name} has a field twice")
        _need(0 < len(kind.fields) <= MOST_FIELDS, f"kind {kind.name} has {len(kind.fields)} fields")
        for name in kind.fields:
            _check_name(name, "field")
            # Properties are known by the 32-bit hash of their name alone.
            _need(hashes.setdefault(_hash(name), name) == name, f"field {name} cannot be told from another")
        kinds[kind.name] = kind
    return kinds


def _hash(name: str) -> int:
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def _check_rule(
    rule: EngineRule, kinds: Mapping[str, Kind], conclusions: Iterable[str], derived: Iterable[str]
) -> None:
    where = f"rule {rule.name}"
    _need(len(rule.when) >= 1, f"{where} matches nothing")
    _need(len(rule.when) <= MOST_FACTS_IN_A_JOIN, f"{where} joins more than {MOST_FACTS_IN_A_JOIN} facts")
    _need(
        1 <= rule.cap <= MOST_MATCHES_AN_ACTION, f"{where}: cap {rule.cap} is not 1..{MOST_MATCHES_AN_ACTION}"
    )
    seen: dict[str, Kind] = {}
    for pattern in rule.when:
        _check_name(pattern.alias, "alias")
        _need(pattern.alias not in seen, f"{where} has the alias {pattern.alias} twice")
        _need(
            pattern.kind in kinds and pattern.kind not in conclusions, f"{where} reads unknown {pattern.kind}"
        )
        kind = kinds[pattern.kind]
        for name, value in pattern.equals.items():
            _need(name in kind.fields, f"{where}: {kind.name} has no field {name}")
            _check_int(value, where)
        for name, ref in pattern.joins.items():
            _need(
                name in kind.fields and name not in pattern.equals,
                f"{where}: {kind.name} cannot join on {name}",
            )
            _check_ref(ref, seen, where)
        _need(
            bool(pattern.joins) == bool(seen), f"{where}: every pattern after the first joins an earlier one"
        )
        _need(len(pattern.joins) <= MOST_JOINS_IN_A_PATTERN, f"{where} joins on too many fields")
        seen[pattern.alias] = kind
    for emit in rule.then:
        _need(emit.kind in derived or emit.kind in conclusions, f"{where} cannot emit {emit.kind}")
        fields = kinds[emit.kind].fields
        _need(set(emit.values) == set(fields), f"{where}: {emit.kind} needs exactly the fields {fields}")
        _need(emit.unless_zero is None or emit.unless_zero in fields, f"{where}: no field {emit.unless_zero}")
        for source in emit.values.values():
            if isinstance(source, Ref):
                _check_ref(source, seen, where)
            else:
                _check_int(source, where)


def _check_ref(ref: Ref, seen: Mapping[str, Kind], where: str) -> None:
    known = ref.alias in seen and ref.name in seen[ref.alias].fields
    _need(known, f"{where}: {ref.alias}.{ref.name} is not matched before it is used")


def _check_int(value: object, where: str) -> None:
    # The library finds 99213 equal to "9921" and True to 1, and loses what follows a float it cannot parse.
    good = type(value) is int and abs(value) <= LARGEST_INT
    _need(good, f"{where}: {value!r} is not a plain integer of 32 bits")


@dataclass(slots=True)
class _Test:
    """One node of the tree of tests that the library shares between patterns."""

    below: dict[tuple[str, int], _Test] = field(default_factory=dict)
    joins: list[_Test] = field(default_factory=list)
    ends: int = 0

    def at_once(self) -> int:
        """How many tests one fact can leave on the match stack: of tests on one field only one can hold."""
        best: dict[str, int] = {}
        for (name, _), test in self.below.items():
            best[name] = max(best.get(name, 0), test.at_once())
        return max(1, sum(best.values()) + sum(test.at_once() for test in self.joins))


def _check_tests(patterns: Iterable[Pattern]) -> None:
    """Lay the patterns out as the library does and count."""
    roots: dict[str, _Test] = {}
    for pattern in patterns:
        test = roots.setdefault(pattern.kind, _Test())
        for name in sorted(pattern.equals):
            test = test.below.setdefault((name, pattern.equals[name]), _Test())
        for _ in range(len(pattern.joins) + bool(pattern.joins)):  # the last one stands twice
            test.joins.append(_Test())
            test = test.joins[-1]
        test.ends += 1
    _need(len(roots) <= MOST_TESTS_UNDER_A_PARENT, f"{len(roots)} kinds are read, too many")
    waiting = list(roots.items())
    for kind, test in roots.items():
        at_once = test.at_once()
        _need(at_once <= MOST_TESTS_AT_ONCE, f"a fact {kind} can pass {at_once} tests at once, too many")
    while waiting:
        kind, test = waiting.pop()
        children = [*test.below.values(), *test.joins]
        _need(len(children) <= MOST_TESTS_UNDER_A_PARENT, f"{len(children)} tests stand under one of {kind}")
        _need(test.ends <= MOST_IDENTICAL_TESTS, f"{test.ends} patterns end in the same test of {kind}")
        waiting += [(kind, child) for child in children]


def _definition(pattern: Pattern, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    terms: list[dict[str, Any]] = [{"kind": pattern.kind}]
    terms += [{name: pattern.equals[name]} for name in sorted(pattern.equals)]
    joins = [{name: {ref.alias: ref.name}} for name, ref in pattern.joins.items()]
    terms += joins
    terms += joins[-1:]
    return {pattern.alias: {"$and": terms}}


def _template(kind: Kind) -> str:
    # ":d" formats integers and nothing else: a float raises.
    places = "".join(f',"{name}":{{:d}}' for name in kind.fields)
    return f'{{{{"id":{{:d}},"kind":"{kind.name}"{places}}}}}'


def _plan(emit: Emit, kinds: Mapping[str, Kind], conclusions: Iterable[str]) -> EmitPlan:
    fields = kinds[emit.kind].fields
    guard = fields.index(emit.unless_zero) if emit.unless_zero is not None else None
    return EmitPlan(emit.kind, emit.kind in conclusions, tuple(emit.values[name] for name in fields), guard)
