"""What the compiler makes of a rule book, and what it refuses because the library would crash or lie."""

from __future__ import annotations

import json

import pytest

from auditor.engine.compile import (
    COUNTED,
    Emit,
    EngineRule,
    Kind,
    Pattern,
    Ref,
    RuleBook,
    RuleBookRefused,
    compile_rules,
)
from auditor.engine.rulebook import RULE_BOOK

FACT = Kind("fact", ("a", "b"))
SEEN = Kind("seen", ("a",))
SAID = Kind("said", ("a",))


def book(*rules: EngineRule, given=(FACT,), derived=(SEEN,), conclusions=(SAID,)) -> RuleBook:
    return RuleBook(tuple(given), tuple(derived), tuple(conclusions), rules)


def alone(name: str, **equals: int) -> EngineRule:
    return EngineRule(name, (Pattern("one", "fact", equals),), (Emit("said", {"a": Ref("one", "a")}),))


def pair(*joins: str, name: str = "pair") -> EngineRule:
    return EngineRule(
        name,
        (Pattern("one", "fact"), Pattern("two", "fact", joins={field: Ref("one", field) for field in joins})),
        (Emit("said", {"a": Ref("two", "a")}),),
    )


def test_a_rule_becomes_a_definition_guarded_by_kind():
    rules = compile_rules(book(alone("only", b=2, a=1)))
    assert rules.definition["only"] == {
        "all": [{"one": {"$and": [{"kind": "fact"}, {"a": 1}, {"b": 2}]}}],
        "cap": 1_000,
    }


@pytest.mark.parametrize("joins", [("a",), ("a", "b"), ("b", "a")])
def test_the_last_join_of_a_pattern_stands_twice(joins):
    """Of several terms a false last one makes the library read past the end of them."""
    _, second = compile_rules(book(pair(*joins))).definition["pair"]["all"]
    terms = second["two"]["$and"]
    assert [next(iter(term)) for term in terms] == ["kind", *joins, joins[-1]]
    assert terms[-1] == terms[-2]


def test_every_test_of_our_own_rules_is_guarded_and_an_equality():
    """No $nex (meets the session's own state), no $mt (loses values), no arithmetic, no inequality."""
    rules = compile_rules(RULE_BOOK)
    for body in rules.definition.values():
        assert set(body) == {"all", "cap"}
        for pattern in body["all"]:
            ((_, test),) = pattern.items()
            assert set(test) == {"$and"}
            assert "kind" in test["$and"][0]
            for term in test["$and"]:
                ((field, value),) = term.items()
                assert not field.startswith("$")
                assert isinstance(value, (str, int)) or set(value) <= {"reached", "hop", "blocker"}
    assert json.loads(json.dumps(rules.definition)) == rules.definition


def test_facts_are_texts_of_integers_and_carry_a_number():
    fact = compile_rules(book(alone("only"))).templates["fact"].format
    assert json.loads(fact(7, 1, -2)) == {"id": 7, "kind": "fact", "a": 1, "b": -2}
    for wrong in (1.0, 1e16, float("inf"), "1", None, True + 0.1):
        with pytest.raises((ValueError, TypeError)):
            fact(7, wrong, 1)


def test_a_derived_kind_that_no_rule_reads_gets_a_rule_that_takes_it():
    """The library reports such a fact by a code that hides those of the facts before it."""
    emits = EngineRule("emits", (Pattern("one", "fact"),), (Emit("seen", {"a": Ref("one", "a")}),))
    rules = compile_rules(book(emits))
    assert rules.definition["sink_seen"]["all"] == [{"fact": {"$and": [{"kind": "seen"}]}}]
    assert rules.plans["sink_seen"] == ()
    assert "sink_fact" not in rules.definition


def test_every_rule_book_counts_its_batches():
    assert next(iter(compile_rules(book()).definition)) == COUNTED


@pytest.mark.parametrize("value", [1.0, "1", True, None, 2**31])
def test_constants_are_plain_integers(value):
    """To the library 99213 is "9921", True is 1, "99" > 100, and a float it cannot parse ends the batch."""
    with pytest.raises(RuleBookRefused, match="plain integer"):
        compile_rules(book(alone("only", a=value)))
    emits = EngineRule("emits", (Pattern("one", "fact"),), (Emit("said", {"a": value}),))
    with pytest.raises(RuleBookRefused, match="plain integer"):
        compile_rules(book(emits))


@pytest.mark.parametrize("name", ["id", "sid", "kind", "m", "$s", "A", "a-b", "", "x" * 41, "1a"])
def test_names_that_the_library_uses_or_may_misread_are_refused(name):
    for wrong in (
        book(given=(Kind("fact", (name,)),)),
        book(given=(Kind(name, ("a",)),)),
        book(EngineRule("r", (Pattern(name, "fact"),), ())),
        book(EngineRule(name, (Pattern("one", "fact"),), ())),
    ):
        with pytest.raises(RuleBookRefused):
            compile_rules(wrong)


def test_fields_that_share_a_hash_are_refused():
    """The library knows a field by the 32-bit hash of its name alone."""
    with pytest.raises(RuleBookRefused, match="cannot be told"):
        compile_rules(book(given=(Kind("fact", COLLIDING),)))


COLLIDING = ("glbvs", "yacxa")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (EngineRule("r", (), ()), "matches nothing"),
        (EngineRule("r", (Pattern("one", "nothing"),), ()), "unknown"),
        (EngineRule("r", (Pattern("one", "said"),), ()), "unknown"),
        (EngineRule("r", (Pattern("one", "fact", {"c": 1}),), ()), "no field"),
        (EngineRule("r", (Pattern("one", "fact", joins={"a": Ref("two", "a")}),), ()), "not matched before"),
        (EngineRule("r", (Pattern("one", "fact"), Pattern("two", "fact")), ()), "joins an earlier"),
        (EngineRule("r", (Pattern("one", "fact"), Pattern("one", "fact")), ()), "twice"),
        (
            EngineRule("r", (Pattern("one", "fact"), Pattern("two", "fact", {}, {"a": Ref("one", "c")})), ()),
            "not matched before",
        ),
        (
            EngineRule(
                "r", (Pattern("one", "fact"), Pattern("two", "fact", {"a": 1}, {"a": Ref("one", "a")})), ()
            ),
            "cannot join",
        ),
        (EngineRule("r", (Pattern("one", "fact"),), (Emit("fact", {"a": 1, "b": 1}),)), "cannot emit"),
        (EngineRule("r", (Pattern("one", "fact"),), (Emit("said", {}),)), "exactly"),
        (EngineRule("r", (Pattern("one", "fact"),), (Emit("said", {"a": Ref("two", "a")}),)), "not matched"),
        (EngineRule("r", (Pattern("one", "fact"),), (Emit("said", {"a": 1}, "b"),)), "no field"),
        (EngineRule("r", (Pattern("one", "fact"),), (), cap=0), "cap"),
        (EngineRule("r", (Pattern("one", "fact"),), (), cap=65_536), "cap"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused_by_name(rule, reason):
    """The library would say "error code 202", or nothing."""
    with pytest.raises(RuleBookRefused, match=reason) as caught:
        compile_rules(book(rule))
    assert "rule r" in str(caught.value)


def joined(count: int) -> EngineRule:
    first = Pattern("f0", "fact")
    others = [Pattern(f"f{n}", "fact", joins={"a": Ref("f0", "a")}) for n in range(1, count)]
    return EngineRule("r", (first, *others), ())


def many(count: int, **equals: int) -> list[EngineRule]:
    return [EngineRule(f"r{n}", (Pattern("one", "fact", equals),), ()) for n in range(count)]


def test_joins_of_up_to_six_facts():
    compile_rules(book(joined(6)))
    with pytest.raises(RuleBookRefused, match="more than 6"):
        compile_rules(book(joined(7)))


def test_up_to_255_patterns_end_in_one_test():
    compile_rules(book(*many(255, a=1)))
    with pytest.raises(RuleBookRefused, match="256 patterns"):
        compile_rules(book(*many(256, a=1)))


def test_up_to_500_tests_stand_under_one():
    rules = [EngineRule(f"r{n}", (Pattern("one", "fact", {"a": n}),), ()) for n in range(501)]
    compile_rules(book(*rules[:500]))
    with pytest.raises(RuleBookRefused, match="501 tests"):
        compile_rules(book(*rules))


def test_up_to_60_tests_hold_at_once():
    rules = [pair("a", name=f"r{n}") for n in range(61)]
    compile_rules(book(*rules[:60]))
    with pytest.raises(RuleBookRefused, match="61 tests at once"):
        compile_rules(book(*rules))


def test_of_tests_on_one_field_only_one_can_hold():
    fields = tuple(f"f{n}" for n in range(59))
    values = [
        EngineRule(f"r{name}_{value}", (Pattern("one", "fact", {name: value}),), ())
        for name in fields
        for value in range(5)
    ]
    compile_rules(book(*values, given=(Kind("fact", fields),)))


def test_kinds_and_rules_are_unique():
    with pytest.raises(RuleBookRefused, match="twice"):
        compile_rules(book(given=(FACT, FACT)))
    with pytest.raises(RuleBookRefused, match="twice"):
        compile_rules(book(alone("r"), alone("r")))
    with pytest.raises(RuleBookRefused, match="twice"):
        compile_rules(book(given=(Kind("fact", ("a", "a")),)))
