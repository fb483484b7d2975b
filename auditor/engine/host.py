"""The only module that imports durable_rules: one session at a time, driven by hand, every answer checked.

What the library does by itself is left unused where it cannot be trusted (version 2.0.28): its background
threads (never started), its loop over actions (swallows exceptions), its numbering of facts (a 32-bit hash
of their content, by which it takes two facts for one). One unnamed session is used over and over; a first
one that fires a rule is run at once, because deleting a session in which nothing has fired yet frees memory
that was never set.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, cast

import durable.engine
import durable_rules_engine

from auditor.engine.compile import COUNTED, CompiledRules, EmitPlan, Ref

MOST_FACTS_IN_A_SESSION = 99_999
"""Facts are known by a 32-bit hash of their number; the decimal numbers below 100,000 all differ in it."""

Row = Sequence[int]
_names = itertools.count(1)


class EngineFailed(Exception):
    """The engine did not do what was asked. The session is gone and the host must be replaced."""


class _Core(Protocol):
    """The functions of the C module that are used. All raise Exception with an error code in the text."""

    def assert_facts(self, ruleset: int, text: str, /) -> tuple[int, int]: ...
    def start_action_for_state(self, ruleset: int, state: int, /) -> tuple[str, str] | None: ...
    def complete_and_start_action(self, ruleset: int, state: int, /) -> str | None: ...
    def abandon_action(self, ruleset: int, state: int, /) -> None: ...
    def get_state(self, ruleset: int, session: str | None, /) -> str: ...
    def delete_state(self, ruleset: int, session: str | None, /) -> None: ...


_core = cast("_Core", durable_rules_engine)
_SESSION = "0"


class _QuietHost(durable.engine.Host):  # type: ignore[misc]  # the library has no types
    """The library's host without the two threads that act on sessions behind one's back."""

    def _run(self) -> None:
        pass


class Host:
    """Holds one compiled rule book and runs one session after another over it.

    `tell` asserts rows and runs every rule until nothing follows; `conclusions` has what was concluded
    since the last `forget`, by kind, in the order of the kind's fields; `forget` ends the session. After
    EngineFailed only `close` may be called.
    """

    def __init__(self, rules: CompiledRules) -> None:
        self._rules = rules
        name = f"rules_{next(_names)}"
        # Registration deletes the actions from the definition that it is given, so it gets its own.
        definition = {rule: {**body, "run": _unused} for rule, body in rules.definition.items()}
        self._library = _QuietHost()
        self._library.register_rulesets({name: definition})
        self._handle: int = self._library.get_ruleset(name)._handle
        self.facts = 0
        self.firings = 0
        self._start()
        self.tell([])
        self.forget()
        self.facts = self.firings = 0

    def _start(self) -> None:
        self.conclusions: dict[str, list[tuple[int, ...]]] = {kind: [] for kind in self._rules.conclusions}
        self._seen: set[tuple[str, tuple[int, ...]]] = set()
        self._told = 0
        self._derived = 0
        self._counts = 0
        self._actions = 0

    def tell(self, facts: Iterable[tuple[str, Sequence[Row]]]) -> None:
        """Assert rows of given kinds, in that order, and run the rules until nothing more follows.

        `facts`: (kind, rows), each row the integers of the kind's fields. No row may be told twice in a
        session. Raises EngineFailed when a fact is not taken, an action fails, the rules do not come to an
        end, or the library reports an error.
        """
        before = self._counts
        state = self._assert(facts)
        try:
            self._run_rules(state)
        except BaseException as error:
            _core.abandon_action(self._handle, state)
            if isinstance(error, EngineFailed) or not isinstance(error, Exception):
                raise
            raise EngineFailed(f"an action failed: {type(error).__name__}: {error}") from error
        if self._counts != before + 1:
            raise EngineFailed("not all facts were parsed")

    def forget(self) -> None:
        """End the session: its facts and conclusions are gone."""
        # We write nothing into the state; the library's own loop puts the errors there that it swallows.
        if "exception" in json.loads(_core.get_state(self._handle, _SESSION)):
            raise EngineFailed("an action failed")
        _core.delete_state(self._handle, _SESSION)
        self._start()

    def close(self) -> None:
        """Drop the session, whatever became of it. The rules stay in memory: the library leaks them."""
        try:
            _core.delete_state(self._handle, _SESSION)
        except Exception as error:
            if "error code: 309" not in str(error):  # there is no session
                raise EngineFailed(str(error)) from error

    def _assert(self, facts: Iterable[tuple[str, Sequence[Row]]]) -> int:
        first = number = self._told + self._derived + 1
        texts: list[str] = []
        for kind, rows in facts:
            fact = self._rules.templates[kind].format
            texts += [fact(n, *row) for n, row in enumerate(rows, number)]
            number += len(rows)
            if kind in self._rules.derived:
                self._seen.update((kind, tuple(row)) for row in rows)
        texts.append(self._rules.templates[COUNTED].format(number, number - first))
        self._told += len(texts)
        self.facts += len(texts) - 1
        return self._send(texts)

    def _send(self, texts: list[str]) -> int:
        if self._told + self._derived > MOST_FACTS_IN_A_SESSION:
            raise EngineFailed(f"more than {MOST_FACTS_IN_A_SESSION} facts in one session")
        try:
            code, state = _core.assert_facts(self._handle, "[" + ",".join(texts) + "]")
        except Exception as error:
            raise EngineFailed(str(error)) from error
        if code:
            raise EngineFailed(
                {1: "a fact that no rule reads", 2: "a fact taken for another"}.get(code, str(code))
            )
        return state

    def _run_rules(self, state: int) -> None:
        started = _core.start_action_for_state(self._handle, state)
        messages = started[1] if started is not None else None
        while messages is not None:
            ((rule, matches),) = json.loads(messages).items()
            self._actions += 1
            self.firings += len(matches)
            if self._actions > 1_000 + 20 * (self._told + self._derived):
                raise EngineFailed("the rules do not come to an end")
            self._act(rule, matches)
            messages = _core.complete_and_start_action(self._handle, state)

    def _act(self, rule: str, matches: list[dict[str, dict[str, int]]]) -> None:
        if rule == COUNTED:
            self._counts += 1
            self.firings -= 1
        derived: list[str] = []
        for plan in self._rules.plans[rule]:
            rows = _rows(plan, matches)
            if plan.concludes:
                self.conclusions[plan.kind] += rows
            else:
                derived += self._new(plan.kind, rows)
        if derived:
            self._send(derived)

    def _new(self, kind: str, rows: list[tuple[int, ...]]) -> list[str]:
        """Texts of the rows not derived before; several ways lead to the same fact."""
        fact = self._rules.templates[kind].format
        texts = []
        for row in rows:
            if (kind, row) not in self._seen:
                self._seen.add((kind, row))
                self._derived += 1
                texts.append(fact(self._told + self._derived, *row))
        return texts


def _unused(_: Any) -> None:
    """Stands where the library wants an action; the host runs the actions itself."""


def _rows(plan: EmitPlan, matches: list[dict[str, dict[str, int]]]) -> list[tuple[int, ...]]:
    columns: list[Iterable[int]] = []
    for source in plan.sources:
        if isinstance(source, Ref):
            alias, name = source.alias, source.name
            columns.append([match[alias][name] for match in matches])
        else:
            columns.append([source] * len(matches))
    rows = list(zip(*columns, strict=True))
    guard = plan.unless_zero
    return rows if guard is None else [row for row in rows if row[guard]]
