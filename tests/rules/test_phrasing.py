"""A rule in words: every form, operator and key of the model has words, and no value can change without them."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from auditor.base.resources import resource_dir
from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.condition_words import OPERATOR_WORDS, Said, Speaker
from auditor.rules.field_words import FLAGS, flag_words, subject
from auditor.rules.match_words import FORM_WORDS
from auditor.rules.operators import OPERATORS
from auditor.rules.outline import outline
from auditor.rules.packs import load_packs
from auditor.rules.phrasing import phrase, phrase_override
from auditor.rules.told import told
from auditor.rules.window_words import in_force_words, span_words, window_words
from auditor.workbench.pages import override_page, rule_page
from tests.rules.every_form import every_form

LINE_CODE = m.FieldRef("line", "code", "line", "text")
MODIFIERS = m.FieldRef("line", "modifiers", "line", "texts")

# What can only be changed together with something else; tests of their own go through the forms, operators and days.
TOGETHER = {
    "FieldRef.kind", "FieldRef.type", "Test.op", "Match.form", "Benchmark.method", "Benchmark.measure",
    "Parameter.name", "TableJoin.in_force_on", "Match.roles (one less)",
    "TableJoin.optional",  # of lookups alone, see test_optional_rows
    "TableJoin.fields", "TableJoin.key",  # of the table itself, not of what the rule asks of it
}  # fmt: skip


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, m.Rule]:
    return dict(every_form(tmp_path_factory.mktemp("forms")))


def flat(said: Said) -> Iterator[str]:
    yield said.text
    for part in said.parts:
        yield from flat(part)


def sentences(rule: m.Rule, **options: bool) -> list[str]:
    return [line for passage in phrase(rule, **options) for item in passage.said for line in flat(item)]


def test_every_form_of_match_has_words_and_a_rule_to_show_them(rules: dict[str, m.Rule]) -> None:
    assert set(FORM_WORDS) == set(typing.get_args(m.Form))
    assert {rule.match.form for rule in rules.values() if rule.match} == set(FORM_WORDS)


def test_every_operator_has_words_of_its_own() -> None:
    assert set(OPERATOR_WORDS) == set(OPERATORS)
    said = [(words.verb, words.remark) for words in OPERATOR_WORDS.values()]
    assert len(said) == len(set(said))


def test_every_field_of_the_data_dictionary_can_be_the_subject_of_a_sentence() -> None:
    kinds: dict[str, Mapping[str, str]] = {
        "line": fields.LINE_FIELDS, "pair": fields.PAIR_FIELDS, "sum": fields.SUM_FIELDS, "clock": fields.CLOCK_FIELDS,
        "claim": fields.CLAIM_FIELDS,
    }  # fmt: skip
    kinds |= {f"table:{name}": columns for name, columns in fields.TABLE_FIELDS.items()}
    for kind, names in kinds.items():
        said = [
            subject(m.FieldRef("role", name, kind, of)) for name, of in names.items() if name != "service_day"
        ]
        assert len(said) == len(set(said)), kind
        assert not any("_" in text for text in said)


def test_every_field_that_is_true_or_false_has_two_sentences() -> None:
    known = {"line": fields.LINE_FIELDS, "pair": fields.PAIR_FIELDS, "absent": fields.ABSENT_FIELDS}
    for kind, names in known.items():
        for name, of in names.items():
            if of == "flag":
                assert name in FLAGS
                ref = m.FieldRef("line", name, kind, of)
                assert flag_words(ref, True) != flag_words(ref, False)


def changed(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """(place, value with one thing in it changed) for everything in a value of the model."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = typing.get_type_hints(type(value))
        for item in dataclasses.fields(value):
            name = f"{type(value).__name__}.{item.name}"
            if name in TOGETHER:
                continue
            choices = [one for one in typing.get_args(hints[item.name]) if isinstance(one, str)]
            held = getattr(value, item.name)
            if name == "FieldRef.role" and isinstance(value, m.FieldRef) and value.kind in {"pair", "absent"}:
                continue  # always called so
            if choices and held in choices:
                yield (
                    name,
                    dataclasses.replace(value, **{item.name: next(one for one in choices if one != held)}),
                )
                continue
            for place, other in changed(held, name):
                yield place, dataclasses.replace(value, **{item.name: other})
    elif isinstance(value, tuple):
        for at, held in enumerate(value):
            for place, other in changed(held, path):
                yield place, (*value[:at], other, *value[at + 1 :])
        alike = len({type(held) for held in value}) == 1
        shorter = f"{path} (one less)"
        if alike and shorter not in TOGETHER and not path.startswith(("ClassRule.reasons", "Benchmark")):
            yield shorter, value[:-1]
    elif isinstance(value, Mapping):
        for key, held in value.items():
            for place, other in changed(held, path):
                yield place, {**value, key: other}
    elif value == "" or (value == 0 and path == "Partner.days_before"):
        return  # not given
    elif isinstance(value, bool):
        if path != "Span.whole_months":  # said of months only; a test of its own below
            yield path, not value
    elif isinstance(value, str):
        yield path, "payer" if path == "Rule.family" else value + "x"
    elif isinstance(value, int | Decimal):
        yield path, value + 1
    elif isinstance(value, date):
        yield path, value + timedelta(days=1)


def test_nothing_in_a_rule_can_change_without_its_page(rules: dict[str, m.Rule]) -> None:
    silent, seen = set(), set()
    for name, rule in rules.items():
        page = rule_page(rule)
        for place, other in changed(rule, "Rule"):
            seen.add(place.partition(" ")[0])
            try:
                same = rule_page(other) == page
            except (KeyError, IndexError):  # a word that is none, a range without an end
                continue
            if same:
                silent.add((name, place))
    flagless = {
        (name, "Rule.flag") for name, rule in rules.items() if rule.benchmark is not None
    }  # on a provider
    assert {pair for pair in silent if not pair[1].startswith("Benchmark.")} <= flagless
    assert {f"Rule.{item.name}" for item in dataclasses.fields(m.Rule)} - seen <= {
        "Rule.match", "Rule.benchmark", "Rule.class_rule", "Rule.exposure", "Rule.scope", "Rule.bypass", "Rule.retired",
        "Rule.citations", "Rule.parameters", "Rule.windows", "Rule.variants",
    }  # fmt: skip


def test_every_key_of_a_benchmark_is_told_by_some_method(rules: dict[str, m.Rule]) -> None:
    benches = {name: rule for name, rule in rules.items() if rule.benchmark is not None}
    speaking: dict[str, bool] = {}
    for rule in benches.values():
        page = rule_page(rule)
        for place, other in changed(rule, "Rule"):
            if place.startswith("Benchmark."):
                try:
                    tells = rule_page(other) != page
                except KeyError:  # no measure is called so
                    tells = True
                speaking[place] = speaking.get(place, False) or tells
    assert {place for place, speaks in speaking.items() if not speaks} == set()
    told_of = {place.partition(" ")[0] for place in speaking}
    assert {f"Benchmark.{item.name}" for item in dataclasses.fields(m.Benchmark)} - told_of <= {
        "Benchmark.method", "Benchmark.measure", "Benchmark.population", "Benchmark.numerator",
    }  # fmt: skip


def test_nothing_in_an_override_can_change_without_its_page() -> None:
    when = m.Test(m.FieldRef("line", "payer_id", "line", "text"), "eq", "P1")
    base = m.Override(
        id="PAY-1", rules=("A-1", "ptp"), when=when, reason="a reason", approved_by="somebody",
        expires=date(2030, 1, 1), effective_from=date(2020, 1, 1), title="a title", file="f.yaml", hash="0",
        tests=({"name": "a case", "lines": []},),
    )  # fmt: skip
    for one in (
        base,
        dataclasses.replace(base, action="reclassify", to="probable"),
        dataclasses.replace(base, action="set_parameter", parameter="most", value=4),
    ):
        page = override_page(one)
        silent = {place for place, other in changed(one, "Override") if override_page(other) == page}
        unasked = {"set_parameter": {"Override.to"}, "reclassify": {"Override.parameter"}}
        assert silent <= unasked.get(one.action, {"Override.to", "Override.parameter"})
    assert "risk" in str(phrase_override(dataclasses.replace(base, action="reclassify", to="risk")))


def test_a_retired_rule_says_since_when_why_and_what_follows_it(rules: dict[str, m.Rule]) -> None:
    old = dataclasses.replace(rules["line"], retired=m.Retired(date(2024, 5, 6), "the edit ended", "NEW-1"))
    page = rule_page(old)
    silent = {place for place, other in changed(old.retired, "Retired")
              if rule_page(dataclasses.replace(old, retired=other)) == page}  # fmt: skip
    assert silent == set()


def test_long_lists_are_shortened_with_a_count_and_written_out_when_asked() -> None:
    many = tuple(f"C{n:03d}" for n in range(30))
    test = m.Test(LINE_CODE, "in", many)
    short, full = Speaker().test(test), Speaker(full=True).test(test)
    assert "22 more (30 in all)" in short and "C029" not in short
    assert all(code in full for code in many)


def test_a_list_a_little_too_long_is_written_out_for_a_count_would_be_no_shorter() -> None:
    assert "in all" not in Speaker().test(m.Test(LINE_CODE, "in", tuple("ABCDEFGHIJ")))


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (m.Test(MODIFIERS, "contains", "59"), "the modifiers of the line include 59"),
        (m.Test(MODIFIERS, "not_empty", False), "the modifiers of the line have no entry"),
        (m.Test(LINE_CODE, "exists", True), "the code of the line is known"),
        (m.Test(LINE_CODE, "ne", "A"), "the code of the line is not A (or not known)"),
        (m.Test(LINE_CODE, "in_ranges", ("99202-99215", "G0402")),
         "the code of the line lies in one of the ranges, ends included, 99202 to 99215 and G0402"),
        (m.Test(m.FieldRef("line", "paid", "line", "money"), "gt", 1250),
         "the amount paid of the line is more than $12.50"),
        (m.Test(m.FieldRef("line", "date_from", "line", "date"), "ge", date(2020, 1, 2)),
         "the first day of the line is on or after 2020-01-02"),
        (m.Test(m.FieldRef("column_2", "is_span", "line", "flag"), "eq", False),
         "the Column 2 line is of one day only"),
        (m.Test(m.FieldRef("line", "setting", "line", "text"), "eq", "outpatient_hospital"),
         "the setting of the line is outpatient hospital"),
    ],
)  # fmt: skip
def test_a_comparison_reads_as_a_sentence(test: m.Test, said: str) -> None:
    assert Speaker().test(test) == said


def test_what_is_negated_is_said_to_be() -> None:
    one, two = m.Test(LINE_CODE, "eq", "A"), m.Test(LINE_CODE, "eq", "B")
    speaker = Speaker()
    assert speaker.condition(m.Not(one)).text == "it is not so that the code of the line is A"
    assert speaker.condition(m.Not(m.AnyOf((one, two)))).text == "none of these holds"
    assert speaker.condition(m.Not(m.All((one, two)))).text == "not all of these hold"
    assert speaker.condition(m.Not(m.Not(one))) == speaker.condition(one)
    assert (speaker.condition(m.ALWAYS).text, speaker.condition(m.NEVER).text) == ("always", "never")
    assert (speaker.condition(m.Not(m.ALWAYS)).text, speaker.condition(m.Not(m.NEVER)).text) == (
        "never",
        "always",
    )


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (m.Span(m.Bound(0, -1), m.Bound(0, 90)), "from 1 day before to 90 days after, both included"),
        (m.Span(m.Bound(-12), m.Bound()), "from 12 months before to the day itself, both included"),
        (m.Span(None, m.Bound(0, -1)), "from any earlier day to 1 day before, both included"),
        (m.Span(), "the day itself"),
        (m.Span(calendar="year"), "the calendar year of the day itself"),
        (m.Span(m.Bound(-12, 1), m.Bound()), "the 12 months that end with the day itself"),
        (m.Span(m.Bound(-1, 1), m.Bound()), "the month that ends with the day itself"),
        (
            m.Span(m.Bound(-12, 1), m.Bound(1, -1)),
            "from 1 day after the day 12 months before to 1 day before the day 1 month after, both included",
        ),
        (
            m.Span(m.Bound(-23), m.Bound(), whole_months=True),
            "the calendar month of the day itself and the 23 months before it",
        ),
        (
            m.Span(m.Bound(-2), m.Bound(1), whole_months=True),
            "from the first day of the month 2 months before to the last day of the month 1 month after, both included",
        ),
    ],
)
def test_a_window_says_from_when_until_when(span: m.Span, said: str) -> None:
    assert span_words(span) == said


def test_whole_months_are_said_where_no_month_is_moved() -> None:
    moved = m.Span(m.Bound(0, -3), m.Bound(0, 4))
    assert span_words(dataclasses.replace(moved, whole_months=True)) != span_words(moved)
    assert "3 days before the first day of its month" in span_words(
        dataclasses.replace(moved, whole_months=True)
    )


def test_the_day_for_which_a_row_is_asked_is_said() -> None:
    days = {
        in_force_words(named, "the day")
        for named in ("service_day", "pair.shared_day", "column_2.service_date")
    }
    assert days == {"the day", "the first day that the two lines share", "the first day of the Column 2 line"}


def test_a_window_by_a_field_says_that_other_values_have_none() -> None:
    window = m.Window(
        (("000", m.Span()), ("090", m.Span(m.Bound(0, -1), m.Bound(0, 90)))), LINE_CODE, "global", "key"
    )
    said = list(flat(window_words(window, Speaker())))
    assert said[0] == "the window “global” (by key) goes by the code of the line"
    assert said[-1] == "with any other value, or none, there is no window and so no match"


def _words_compared(rule: m.Rule) -> set[str]:
    compared = [test.value for test in m.tests_of(rule.match.when)] if rule.match is not None else []
    words = (word for value in compared for word in (value if isinstance(value, tuple) else (value,)))
    return {word for word in words if isinstance(word, str) and "_" in word}


def test_the_words_of_the_projects_rules_name_no_internal_names_and_end_without_a_stop() -> None:
    for rule in load_packs([resource_dir("rulesets")]).rules:
        for passage in phrase(rule, full=True):
            if passage.heading == "What the finding says":
                continue
            for item in passage.said:
                for line in flat(item):
                    words = line.split("It then says:")[0].split("Reason given:")[0]
                    for value in _words_compared(rule):  # a table's own word, as it stands there
                        words = words.replace(value, "")
                    assert not re.search(r"FieldRef|\bNone\)|\b[a-z]+_[a-z]+\b(?![),])", words), (
                        rule.id,
                        words,
                    )
                    bare = re.sub(
                        r"[0-9]:$", "", words
                    )  # occurrence codes end with the colon before their day
                    assert not bare.endswith((".", ":", " ")) or not item.parts, (rule.id, words)


def test_what_run_json_keeps_is_plain_and_the_same_twice(rules: dict[str, m.Rule]) -> None:
    for rule in rules.values():
        text = json.dumps(told(rule))
        assert json.loads(text) == told(rule)


def test_the_outline_begins_with_the_lines_and_ends_with_what_is_at_stake(rules: dict[str, m.Rule]) -> None:
    for rule in rules.values():
        kinds = [step.kind for step in outline(rule)]
        assert kinds[0] == "lines" and kinds[-2:] == ["finding", "exposure"]
        assert all(step.title and step.title[0].isupper() for step in outline(rule))
