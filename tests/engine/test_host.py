"""What our layer makes of each hazard of durable_rules 2.0.28. Whatever could crash runs in a process of its own."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from auditor.engine import host as host_module
from auditor.engine.cases import Batch, Hops, Known, Verdict
from auditor.engine.compile import Emit, EngineRule, Kind, Pattern, Ref, RuleBook, compile_rules
from auditor.engine.host import MOST_FACTS_IN_A_SESSION, EngineFailed, Host
from auditor.engine.reasoning import CaseReasoner
from tests.engine.naive import candidates, hops, known

ROOT = Path(__file__).resolve().parents[2]
LEFT, RIGHT = Kind("left", ("a", "b")), Kind("right", ("a", "b"))
EDGE, AT, SAID = Kind("edge", ("a", "b")), Kind("at", ("a",)), Kind("said", ("a", "b"))


def meet(*fields: str) -> RuleBook:
    """Left and right facts that are equal in the fields."""
    return RuleBook(
        (LEFT, RIGHT),
        (),
        (SAID,),
        (
            EngineRule(
                "meet",
                (
                    Pattern("one", "left"),
                    Pattern("two", "right", joins={name: Ref("one", name) for name in fields}),
                ),
                (Emit("said", {"a": Ref("one", "a"), "b": Ref("two", "b")}),),
            ),
        ),
    )


def walk(cap: int = 1_000) -> RuleBook:
    """From where one is along edges; says every edge gone."""
    return RuleBook(
        (EDGE,),
        (AT,),
        (SAID,),
        (
            EngineRule(
                "walk",
                (Pattern("here", "at"), Pattern("edge", "edge", joins={"a": Ref("here", "a")})),
                (
                    Emit("at", {"a": Ref("edge", "b")}),
                    Emit("said", {"a": Ref("edge", "a"), "b": Ref("edge", "b")}),
                ),
                cap=cap,
            ),
        ),
    )


def apart(code: str) -> str:
    """What a fresh process prints; its end must be an orderly one."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *sys.path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


BEGIN = """
    import sys; sys.path[:] = sys.argv[1:]
    from tests.engine.test_host import *
"""


# Two pairs of numbers whose hashes, taken together as the library takes them, are one: (31, 471) and (141, 290).
def test_a_false_last_term_of_a_join_neither_crashes_nor_matches():
    told = "[('left', [(31, 471), (217, 65)]), ('right', [(141, 290), (282, 347), (31, 471)])]"
    code = f"""
        host = Host(compile_rules(meet("a", "b")))
        for _ in range(200):
            host.tell({told})
            assert host.conclusions["said"] == [(31, 471)], host.conclusions
            host.forget()
        print("alive")
    """
    assert apart(BEGIN + textwrap.indent(textwrap.dedent(code), "    ")) == "alive"


def test_numbers_whose_hashes_are_one_do_not_meet():
    low, high = COLLIDING
    assert host_hash(low) == host_hash(high)
    code = f"""
        host = Host(compile_rules(meet("a")))
        host.tell([("left", [({low}, 1)]), ("right", [({high}, 2), ({low}, 3)])])
        print(host.conclusions["said"])
    """
    assert apart(BEGIN + textwrap.indent(textwrap.dedent(code), "    ")) == f"[({low}, 3)]"


def host_hash(number: int) -> int:
    value = 0x811C9DC5
    for byte in str(number).encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


COLLIDING = (40_186, 797_189)  # the first pair of numbers whose decimal texts share a hash


def test_facts_are_numbered_so_that_none_is_taken_for_another():
    """The library knows a fact by a 32-bit hash of its `id`; ours are the numbers up to the limit."""
    numbers = range(MOST_FACTS_IN_A_SESSION + 1)
    assert len({host_hash(number) for number in numbers}) == len(numbers)


def test_equal_facts_under_different_numbers_are_both_there():
    host = Host(compile_rules(meet("a")))
    host.tell([("left", [(1, 2), (1, 2)]), ("right", [(1, 3)])])
    assert host.conclusions["said"] == [(1, 3), (1, 3)]


def test_sessions_end_and_begin_without_anything_having_fired():
    """Deleting a session in which no action ever ran frees memory that was never set."""
    code = """
        hosts = [Host(compile_rules(walk())) for _ in range(3)]
        for _ in range(500):
            for host in hosts:
                host.tell([])
                host.forget()
        for host in hosts:
            host.close()
            host.close()
        print("alive")
    """
    assert apart(BEGIN + textwrap.indent(textwrap.dedent(code), "    ")) == "alive"


def test_memory_stays_flat_over_many_sessions():
    code = """
        import resource
        def grown():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        host = Host(compile_rules(walk()))
        def session():
            host.tell([("edge", [(n, n + 1) for n in range(50)]), ("at", [(0,)])])
            host.forget()
        for _ in range(50):
            session()
        before = grown()
        for _ in range(500):
            session()
        print(grown() - before < 5)
    """
    assert apart(BEGIN + textwrap.indent(textwrap.dedent(code), "    ")) == "True"


def test_nothing_is_told_and_nothing_follows():
    host = Host(compile_rules(walk()))
    host.tell([("edge", []), ("at", [])])
    assert host.conclusions == {"said": []}


def test_the_host_starts_no_threads():
    before = threading.active_count()
    Host(compile_rules(walk())).tell([("at", [(1,)])])
    assert threading.active_count() == before


def test_chaining_runs_to_the_end_and_stops_in_a_circle():
    host = Host(compile_rules(walk()))
    host.tell([("edge", [(1, 2), (2, 3), (3, 1), (4, 5)]), ("at", [(1,)])])
    assert sorted(host.conclusions["said"]) == [(1, 2), (2, 3), (3, 1)]


def test_what_comes_later_in_a_session_meets_what_is_there():
    host = Host(compile_rules(walk()))
    host.tell([("at", [(1,)])])
    host.tell([("edge", [(2, 3)])])
    host.tell([("edge", [(1, 2)])])
    assert sorted(host.conclusions["said"]) == [(1, 2), (2, 3)]
    host.forget()
    host.tell([("edge", [(1, 2)])])
    assert host.conclusions["said"] == []


@pytest.mark.parametrize("cap", [1, 7, 65_535])
def test_whatever_one_action_takes_all_matches_are_taken(cap):
    host = Host(compile_rules(walk(cap)))
    host.tell([("edge", [(1, n) for n in range(2, 302)]), ("at", [(1,)])])
    assert len(host.conclusions["said"]) == 300
    assert host.firings == 300


@pytest.mark.parametrize("value", [1.5, 1e16, 1e-07, float("inf"), "1", None])
def test_only_integers_become_facts(value):
    """The library would stop at a number that it cannot parse, say that all is well and lose the rest."""
    with pytest.raises((ValueError, TypeError)):
        Host(compile_rules(walk())).tell([("at", [(value,)])])


def spoilt(book: RuleBook, **templates: str) -> Host:
    rules = compile_rules(book)
    host = Host(rules)
    host._rules = dataclasses.replace(rules, templates={**rules.templates, **templates})
    return host


def test_facts_that_were_not_parsed_are_missed():
    host = spoilt(walk(), edge='{{"id":{:d},"kind":"edge","a":1e16,"b":{:d},"c":{:d}}}')
    with pytest.raises(EngineFailed, match="not all facts were parsed"):
        host.tell([("at", [(1,)]), ("edge", [(1, 2)])])


def test_a_fact_that_nothing_reads_is_missed():
    host = spoilt(walk(), edge='{{"id":{:d},"kind":"hedge","a":{:d},"b":{:d}}}')
    with pytest.raises(EngineFailed, match="no rule reads"):
        host.tell([("edge", [(1, 2)])])


def test_a_fact_that_is_taken_for_another_is_missed():
    host = spoilt(walk(), edge='{{"id":7,"kind":"edge","a":{:d},"b":{:d},"n":{:d}}}')
    with pytest.raises(EngineFailed, match="taken for another"):
        host.tell([("edge", [(1, 2), (3, 4)])])


def test_an_action_that_fails_is_heard_of():
    """The library would swallow the error and go on."""
    rules = compile_rules(walk())
    host = Host(rules)
    (said,) = (plan for plan in rules.plans["walk"] if plan.concludes)
    broken = dataclasses.replace(said, sources=(Ref("here", "nowhere"), 1))
    host._rules = dataclasses.replace(rules, plans={**rules.plans, "walk": (broken,)})
    with pytest.raises(EngineFailed, match="an action failed: KeyError"):
        host.tell([("edge", [(1, 2)]), ("at", [(1,)])])
    host.close()


class _EndlessCore:
    """The C module, but an action is never done."""

    def __init__(self, core: Any) -> None:
        self._core = core
        self._last = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def start_action_for_state(self, ruleset: int, state: int) -> Any:
        started = self._core.start_action_for_state(ruleset, state)
        self._last = started[1]
        return started

    def complete_and_start_action(self, ruleset: int, state: int) -> str:
        return self._last


def test_rules_that_do_not_come_to_an_end_are_stopped(monkeypatch):
    host = Host(compile_rules(walk()))
    monkeypatch.setattr(host_module, "_core", _EndlessCore(host_module._core))
    with pytest.raises(EngineFailed, match="do not come to an end"):
        host.tell([("at", [(1,)])])


def test_an_error_code_of_the_library_is_an_error(monkeypatch):
    host = Host(compile_rules(walk()))
    host._handle = 99_999  # no such rule set
    with pytest.raises(EngineFailed, match="error code"):
        host.tell([])


def test_a_session_beyond_the_limit_is_refused_before_it_is_told():
    host = Host(compile_rules(walk()))
    with pytest.raises(EngineFailed, match="more than 99999 facts"):
        host.tell([("at", [(n,) for n in range(MOST_FACTS_IN_A_SESSION)])])


def test_the_blocker_may_arrive_before_or_after():
    """`none()` would fire when the blocker comes later; ours is asked for before anything is asserted."""
    reasoner = CaseReasoner()
    rows = candidates({"line": 2, "unless": 1}, {"line": 4, "unless": 3})
    for told in (known((1, 1, 1), (1, 9, 1)), known((1, 9, 1), (1, 1, 1))):
        got = reasoner.reason(Batch(rows, Hops.none(), told))
        assert list(got.verdict) == [Verdict.MOOT, Verdict.FAIL]


def test_after_a_failure_the_next_batch_gets_a_fresh_engine(monkeypatch):
    reasoner = CaseReasoner()
    batch = Batch(candidates({"line": 1}, {"line": 2, "cascade": 1}), hops((2, 1, 1)), Known.none())
    expected = reasoner.reason(batch)
    with monkeypatch.context() as patch:
        patch.setattr(Host, "_act", lambda *_: 1 / 0)
        with pytest.raises(EngineFailed):
            reasoner.reason(batch)
    assert reasoner.reason(batch) == expected


def test_a_candidate_that_no_rule_judges_is_an_error_not_a_silence(monkeypatch):
    def only_count(self, rule, _):
        self._counts += rule == "counted"

    monkeypatch.setattr(Host, "_act", only_count)
    reasoner = CaseReasoner()
    with pytest.raises(EngineFailed, match="without a verdict"):
        reasoner.reason(Batch(candidates({"line": 1}), Hops.none(), Known.none()))
