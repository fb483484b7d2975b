"""From a rule file to a rule: every refusal names file and line, says what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules import model as m
from auditor.rules.loader import load_rule

PAIR = """\
id: NCCI-XMPL-001
catalogue_id: PTP-02
version: 2
title: A pair
status: draft
family: ptp
class: {is: definite, probable_when: [{column_1.is_span: true}], probable_if_all_fall: column_1}
severity: high
effective: {from: 1996-01-01, to: null, applies_by: service_date}
applies_to: {line_of_business: [medicare], setting: [practitioner]}
citations:
  - {key: row, table: ncci_ptp, locator: "Column 1 {edit.column_1}", edition: "{edit.edition}"}
  - {key: manual, document: A manual, section: "I", revision: "2024", url: "", verified: false}
requires: [claim_line.modifiers]
parameters:
  lifting:
    1996-01-01: {value: ["59"], citation: manual}
    2015-01-01: {value: ["59", "XE"], citation: manual}
  least: {1996-01-01: 2, citation: manual}
let:
  lifted: {any: [{column_1.modifiers: {overlaps: $lifting}}, {column_2.modifiers: {overlaps: $lifting}}]}
match:
  lines: [column_1, column_2]
  same: [patient_id, provider_id, service_day]
  table: {name: ncci_ptp, as: edit, on: {column_1: column_1.code, column_2: column_2.code}}
  when:
    edit.modifier_indicator: {in: ["0", "1"]}
    column_2.code: {ne: $column_1.code}
variants:
  - {id: NCCI-XMPL-002, when: {column_2.paid: {gt: 10}}, severity: low}
bypass: {is: lifted}
unless: {not_payable: column_1}
flag: [column_2]
concludes: {not_payable: column_2}
exposure: {direction: over, method: line, at_risk: false}
explanation: "{column_2.code} with {column_1.code} on {pair.shared_day}"
record_needed: [a note]
false_positives: [none]
tests:
  - {name: nothing, lines: [], expect: []}
"""

BENCHMARK = """\
id: LVL-XMPL-001
catalogue_id: EM-02
title: A share
family: upcoding
class: risk
severity: low
citations:
  - {key: report, document: A report}
benchmark:
  group: {by: [rendering_npi, year]}
  population: {line.code: {in: ["99213", "99214"]}}
  numerator: {line.code: "99214"}
  peers: {by: [rendering_specialty, year]}
  test: {method: beta_binomial, min_n: 30}
"""

OVERRIDE = """\
id: PAY-XMPL-001
title: An override
family: payer
override:
  rules: [NCCI-XMPL-001]
  action: suppress
  when: {line.payer_id: "PLAN"}
  reason: by contract
  approved_by: a committee
  from: 2024-01-01
  expires: 2024-12-31
tests:
  - {name: nothing, lines: [], expect: []}
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        path = tmp_path / "RULE-001_one.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_a_rule_is_read_whole(write: Write) -> None:
    rule = load_rule(write(PAIR))
    assert isinstance(rule, m.Rule) and rule.match is not None
    assert (rule.id, rule.version, rule.family, rule.severity, rule.status) == (
        "NCCI-XMPL-001",
        2,
        "ptp",
        "high",
        "draft",
    )
    assert rule.match.form == "pair" and rule.match.same == ("patient_id", "provider_id", "service_day")
    assert rule.class_rule.partner == "column_1" and rule.flag == rule.concludes == "column_2"
    assert rule.unless == "column_1" and rule.requires == ("modifiers",)
    assert rule.scope == m.Scope(line_of_business=("medicare",), setting=("practitioner",))
    assert rule.parameters["lifting"].on(date(2014, 12, 31)) == ("59",)
    assert rule.parameters["lifting"].on(date(2015, 1, 1)) == ("59", "XE")
    assert rule.parameters["lifting"].on(date(1995, 12, 31)) == ()
    assert rule.citations[0].table == "ncci_ptp" and rule.citations[0].verified
    assert rule.citations[1].document == "A manual" and not rule.citations[1].verified
    (variant,) = rule.variants
    assert (variant.severity, variant.title, variant.explanation) == ("low", rule.title, rule.explanation)
    assert variant.when == m.Test(m.FieldRef("column_2", "paid", "line", "money"), "gt", 1000)
    assert len(rule.tests) == 1 and rule.effective_from == date(1996, 1, 1) and rule.effective_to is None


def test_a_lowered_class_says_why(write: Write) -> None:
    text = PAIR.replace(
        "{column_1.is_span: true}], probable_if_all_fall: column_1",
        """
  {column_1.is_span: true, reason: it spans}, {column_2.is_span: true}],
  probable_if_all_fall: {partner: column_1, reason: all fall}""",
    )
    rule = load_rule(write(text))
    assert isinstance(rule, m.Rule)
    assert rule.class_rule.reasons == ("it spans", "") and rule.class_rule.partner_reason == "all fall"
    assert [str(part.field) for part in rule.class_rule.probable_when if isinstance(part, m.Test)] == [
        "column_1.is_span",
        "column_2.is_span",
    ]


def test_a_benchmark_and_an_override_are_read(write: Write) -> None:
    rule = load_rule(write(BENCHMARK))
    assert isinstance(rule, m.Rule) and rule.benchmark is not None and rule.match is None
    assert (rule.benchmark.by, rule.benchmark.min_n, rule.benchmark.min_peers) == (
        ("rendering_npi", "year"),
        30,
        5,
    )
    override = load_rule(write(OVERRIDE))
    assert isinstance(override, m.Override)
    assert (override.rules, override.reason) == (("NCCI-XMPL-001",), "by contract")
    assert (override.effective_from, override.expires) == (date(2024, 1, 1), date(2024, 12, 31))
    assert [case["name"] for case in override.tests] == ["nothing"]


def test_the_hash_is_that_of_the_content(write: Write) -> None:
    first = load_rule(write(PAIR))
    assert load_rule(write(PAIR)).hash == first.hash
    assert load_rule(write(PAIR + "\n")).hash != first.hash


def swap(text: str, old: str, new: str) -> tuple[str, int]:
    """The text with one place changed, and the line of the change."""
    assert text.count(old) == 1, old
    return text.replace(old, new), text[: text.index(old)].count("\n") + 1


REFUSED: dict[str, tuple[str, str, str, list[str]]] = {
    # what the language has and this version does not do
    "day of a rule": (
        PAIR,
        "applies_by: service_date",
        "applies_by: received_date",
        ["applies_by", "service_date in this version"],
    ),
    "day of a pair's row": (
        PAIR,
        "as: edit,",
        "as: edit, in_force_on: column_2.service_date,",
        ["in_force_on", "pair.shared_day"],
    ),
    "basis": (PAIR, "method: line,", "method: line, basis: charge,", ["basis", "paid in this version"]),
    "lines of an exposure": (
        PAIR,
        "method: line,",
        "method: line, lines: [column_1],",
        ["lines: [column_2]"],
    ),
    "citation of another table": (PAIR, "table: ncci_ptp,", "table: ncci_mue,", ["ncci_mue", "ncci_ptp"]),
    "place of a row": (PAIR, "{edit.column_1}", "{column_1.code}", ["column_1.code", "{edit.FIELD}"]),
    "edition of a row": (PAIR, '"{edit.edition}"', '"2024Q3"', ["edition", "{edit.edition}"]),
    # what is not known, with the nearest that is
    "key": (PAIR, "severity: high", "severty: high", ["severty", "`severity`"]),
    "key of a variant": (PAIR, "severity: low", "severe: low", ["severe", "`severity`"]),
    "key of a table": (
        PAIR,
        "as: edit",
        "as: edit, inforce_on: service_day",
        ["inforce_on", "`in_force_on`"],
    ),
    "field": (PAIR, "column_2.paid:", "column_2.piad:", ["column_2.piad", "`column_2.paid`"]),
    "role": (PAIR, "column_1.is_span", "column_3.is_span", ["column_3", "column_1, column_2, pair, edit"]),
    "field of a pair": (
        PAIR,
        "{pair.shared_day}",
        "{pair.share_day}",
        ["pair.share_day", "`pair.shared_day`"],
    ),
    "field in a text": (PAIR, "{column_1.code} on", "{column_1.cod} on", ["column_1.cod", "`column_1.code`"]),
    "operator": (PAIR, "{gt: 10}", "{gtt: 10}", ["gtt", "`gt`"]),
    "parameter": (
        PAIR,
        "column_1.modifiers: {overlaps: $lifting}",
        "column_1.modifiers: {overlaps: $lifing}",
        ["$lifing", "`$lifting`"],
    ),
    "condition": (PAIR, "bypass: {is: lifted}", "bypass: {is: liftd}", ["liftd", "`lifted`"]),
    "family": (PAIR, "family: ptp", "family: ptpp", ["ptpp", "`ptp`"]),
    "status": (PAIR, "status: draft", "status: drafted", ["drafted", "`draft`"]),
    "severity": (PAIR, "severity: high", "severity: hihg", ["hihg", "`high`"]),
    "class": (PAIR, "{is: definite,", "{is: definit,", ["definit", "`definite`"]),
    "direction": (PAIR, "direction: over", "direction: ovr", ["ovr", "`over`"]),
    "method": (PAIR, "method: line", "method: lines", ["lines", "`line`"]),
    "table": (PAIR, "name: ncci_ptp", "name: nci_ptp", ["nci_ptp", "`ncci_ptp`"]),
    "column": (PAIR, "{column_1: column_1.code", "{colum_1: column_1.code", ["colum_1", "`column_1`"]),
    "key of a group": (
        PAIR,
        "[patient_id, provider_id",
        "[patient, provider_id",
        ["patient", "`patient_id`"],
    ),
    "required field": (PAIR, "[claim_line.modifiers]", "[claim_line.modifier]", ["modifier", "`modifiers`"]),
    "flag": (PAIR, "flag: [column_2]", "flag: [column_3]", ["column_3", "column_1, column_2"]),
    "concludes": (
        PAIR,
        "concludes: {not_payable: column_2}",
        "concludes: {not_payable: line}",
        ["`line`", "column_1, column_2"],
    ),
    "partner": (
        PAIR,
        "probable_if_all_fall: column_1",
        "probable_if_all_fall: edit",
        ["`edit`", "column_1, column_2"],
    ),
    "citation": (
        PAIR,
        '{value: ["59"], citation: manual}',
        '{value: ["59"], citation: manul}',
        ["manul", "`manual`"],
    ),
    "method of a statistic": (BENCHMARK, "beta_binomial", "binomial", ["binomial", "`beta_binomial`"]),
    "group of a statistic": (
        BENCHMARK,
        "{by: [rendering_npi, year]}",
        "{by: [rendering_npi, yaer]}",
        ["yaer", "`year`"],
    ),
    "action": (OVERRIDE, "action: suppress", "action: supress", ["supress", "`suppress`"]),
    "field of an override": (OVERRIDE, "line.payer_id", "line.payer", ["line.payer", "`line.payer_id`"]),
    # what YAML would read as something else
    "unquoted code": (PAIR, "{gt: 10}", "{gt: 00100}", ["00100", '"00100"']),
    "code as a number": (PAIR, '{in: ["0", "1"]}', "{in: [0, 1]}", ["type text", '"0"']),
    "yes": (PAIR, "at_risk: false", "at_risk: no", ["`no`", '"no"']),
    "on": (PAIR, "title: A pair", "title: on", ["`on`", '"on"']),
    "time": (PAIR, "title: A pair", "title: 12:30", ["12:30", '"12:30"']),
    "exponent": (PAIR, "version: 2", "version: 1e5", ["1e5", '"1e5"']),
    "no date": (PAIR, "from: 1996-01-01,", "from: 1996-02-30,", ["1996-02-30", "correct"]),
    "key twice": (PAIR, "severity: high", "severity: high\ntitle: Another", ["title", "twice"]),
    "alias": (
        PAIR,
        "record_needed: [a note]",
        "record_needed: &a [a note]\nfalse_positives: *a\nrelated: []",
        [],
    ),
    "tag on a text": (PAIR, "title: A pair", "title: !secret A pair", ["tag", "!secret"]),
    "tag on a list": (
        PAIR,
        "record_needed: [a note]",
        "record_needed: !!python/tuple [a note]",
        ["tag", "tuple"],
    ),
    "tag on a mapping": (PAIR, "bypass: {is: lifted}", "bypass: !!omap {is: lifted}", ["tag", "omap"]),
    # what has the wrong shape
    "text for a list": (
        PAIR,
        "setting: [practitioner]",
        "setting: practitioner",
        ["setting", "list of texts"],
    ),
    "text for a list of notes": (
        PAIR,
        "record_needed: [a note]",
        "record_needed: a note",
        ["record_needed", "list"],
    ),
    "list for a text": (PAIR, "title: A pair", "title: [A pair]", ["title", "a text"]),
    "list for a mapping": (
        PAIR,
        "effective: {from: 1996-01-01, to: null, applies_by: service_date}",
        "effective: [1996-01-01]",
        ["effective", "mapping"],
    ),
    "text for a number": (PAIR, "version: 2", "version: two", ["version", "whole number"]),
    "text for a date": (PAIR, "from: 1996-01-01,", 'from: "1996-01-01",', ["from", "date"]),
    "text for a flag": (PAIR, "at_risk: false", 'at_risk: "false"', ["at_risk", "true or false"]),
    "flag in a condition": (
        PAIR,
        "{column_1.is_span: true}",
        "{column_1.is_span: 1}",
        ["column_1.is_span", "true or false"],
    ),
    "amount as a text": (PAIR, "{gt: 10}", '{gt: "10"}', ["column_2.paid", "money"]),
    "list for one value": (PAIR, "{ne: $column_1.code}", "{ne: [a, b]}", ["column_2.code", "type text"]),
    "one value for a list": (PAIR, '{in: ["0", "1"]}', '{in: "0"}', ["edit.modifier_indicator", "list"]),
    "fields of two types": (
        PAIR,
        "{ne: $column_1.code}",
        "{ne: $column_1.units}",
        ["column_2.code", "column_1.units"],
    ),
    "list parameter for one value": (
        PAIR,
        "{ne: $column_1.code}",
        "{ne: $lifting}",
        ["column_2.code", "type text"],
    ),
    "number parameter for a text": (
        PAIR,
        "{ne: $column_1.code}",
        "{ne: $least}",
        ["in `$least` refused", "codes are texts"],
    ),
    "amount from a parameter": (PAIR, "{gt: 10}", "{gt: $least}", ["column_2.paid", "dollars"]),
    "operator of another type": (
        PAIR,
        "column_1.modifiers: {overlaps: $lifting}",
        "column_1.modifiers: {gt: $lifting}",
        ["`gt`", "texts"],
    ),
    "range of one end": (PAIR, "{gt: 10}", "{between: [10]}", ["column_2.paid", "first and a last"]),
    "empty condition": (PAIR, "bypass: {is: lifted}", "bypass: {all: []}", ["`all`", "conditions"]),
    "no operator": (PAIR, "{gt: 10}", "{}", ["column_2.paid", "operator"]),
    "three lines": (PAIR, "[column_1, column_2]", "[column_1, column_2, column_3]", ["lines", "one or two"]),
    "lines as a text": (PAIR, "lines: [column_1, column_2]", "lines: column_1", ["lines", "list"]),
    "two forms": (
        PAIR,
        "  lines: [column_1, column_2]",
        "  coverage: {table: coverage}\n  lines: [column_1, column_2]",
        [],
    ),
    "date of a parameter": (PAIR, "2015-01-01: {value", "2015: {value", ["2015", "date"]),
    "percentile": (BENCHMARK, "min_n: 30", "min_n: 30, percentile: 100", ["percentile", "1 to 99"]),
    "expiry": (OVERRIDE, "expires: 2024-12-31", "expires: soon", ["expires", "date"]),
    "rules of an override": (OVERRIDE, "rules: [NCCI-XMPL-001]", "rules: NCCI-XMPL-001", ["rules", "list"]),
    # what is missing, or may not be
    "no title": (PAIR, "title: A pair", "owner: me", ["`title`", "add"]),
    "no citation": (
        BENCHMARK,
        "citations:\n  - {key: report, document: A report}",
        "citations: []",
        ["citation", "add"],
    ),
    "no class": (BENCHMARK, "class: risk", "owner: me", ["`class`", "add"]),
    "statistic as a fact": (BENCHMARK, "class: risk", "class: definite", ["class", "risk"]),
    "match and statistic": (
        BENCHMARK,
        "benchmark:",
        "match: {lines: [line]}\nbenchmark:",
        ["match", "benchmark"],
    ),
    "no operators at all": (PAIR, "when: {column_2.paid: {gt: 10}}, ", "", ["`when`", "add"]),
    "reason of an override": (OVERRIDE, "  reason: by contract\n", "", ["`reason`", "add"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_where_what_and_how_to_mend(write: Write, name: str) -> None:
    whole, old, new, words = REFUSED[name]
    text, line = swap(whole, old, new)
    with pytest.raises(InputRefused) as caught:
        load_rule(write(text))
    error = caught.value
    assert error.exit_code == 3
    file, _, place = error.where.partition(", line ")
    assert file == "RULE-001_one.yaml"
    assert error.what and error.mend
    told = f"{error.what} {error.why} {error.mend}"
    assert all(word in told for word in words), told
    if name not in ELSEWHERE:
        assert abs(int(place) - line) <= 1, (error.where, line)


ELSEWHERE = {
    "no title",
    "no class",
    "no citation",
    "match and statistic",
    "reason of an override",
    "alias",
    "number parameter for a text",
}
"""Refusals told of the whole file or block, not of the line changed here."""


@pytest.mark.parametrize(
    "circle",
    ["{is: lifted}", "{any: [{is: other}]}", "{not: {is: other}}"],
)
def test_a_condition_that_rests_on_itself_is_refused(write: Write, circle: str) -> None:
    start = PAIR.index("  lifted:")
    text = (
        PAIR[:start]
        + f"  lifted: {circle}\n  other: {{all: [{{is: lifted}}]}}\n"
        + PAIR[PAIR.index("match:") :]
    )
    with pytest.raises(InputRefused, match="rests on itself") as caught:
        load_rule(write(text))
    assert "line " in caught.value.where


def test_a_field_of_a_line_beside_cannot_be_told(write: Write) -> None:
    text = """\
id: AOC-XMPL-001
catalogue_id: AOC-01
title: An add-on
family: addon
class: definite
severity: high
citations: [{key: a, document: A}]
match:
  lines: [addon]
  when: {addon.code: "99292"}
  absent: {line: primary, same: [patient_id, service_day], where: {primary.code: "99291"}}
explanation: "{addon.code} without {primary.code}"
"""
    with pytest.raises(InputRefused, match=r"primary\.code") as caught:
        load_rule(write(text))
    assert caught.value.where.endswith("line 12")
    assert isinstance(load_rule(write(text.replace('{primary.code}"', '99291"'))), m.Rule)
