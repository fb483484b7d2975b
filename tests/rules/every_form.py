"""A rule file for every form of match and every method of benchmark, each with all the keys that it may have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from auditor.rules import model as m
from auditor.rules.loader import load_rule

_HEAD = """\
id: {id}
catalogue_id: XX-01
version: 3
title: A rule of the form {name}
status: draft
owner: An owner
family: {family}
severity: high
effective: {{from: 2001-02-03, to: 2031-04-05, applies_by: service_date}}
applies_to: {{line_of_business: [medicare], claim_type: [professional], setting: [practitioner], payer_id: [P9]}}
citations:
  - {{key: manual, document: A manual, section: chapter 7, revision: "2024", url: "https://example.org/x",
     verified: true, verified_note: Read in full., read_at: a library, secondary: true}}
requires: [claim_line.modifiers]
parameters:
  codes: {{1999-01-01: {{value: ["A1", "A2"], citation: manual}}, 2010-01-01: {{value: ["A3"], citation: manual}}}}
  most: {{1999-01-01: 4, citation: manual}}
cites: [manual]
explanation: "It says."
record_needed: [a note]
root_cause: a cause
false_positives: [a false one]
carc_analogue: "97"
related: [{{id: OTHER-1, type: overlaps}}]
changelog: [{{version: 3, date: 2024-01-02, change: A change.}}]
tests:
  - {{name: A case, tables: {{ncci_mue: [{{code: "T1", value: 2}}]}},
     lines: [{{claim_id: C7, line_no: 8, code: "Z9", date_from: 2024-05-06}}],
     expect: [{{rule: {id}, verdict: fail, line: C7/8}}]}}
"""
_CLASS = """\
class:
  is: definite
  probable_when: [{{ {role}.is_span: true, reason: it is long }}]
"""
MATCHES: dict[str, tuple[str, str]] = {
    "line": ("first", """\
optional: [claim_line.condition_codes]
windows: {unused: {days: [-3, 4], citation: manual}, monthly: {calendar: month, citation: manual}}
match:
  lines: [first]
  table: {name: ncci_mue, as: mue, on: {code: first.code, setting: first.setting}}
  lookup: [{name: ncci_aoc_code, as: listed, on: {addon: first.code}, in_force_on: service_day}]
  when:
    all:
      - {first.paid: {gt: {of: first.allowed, times: 1.5, plus: 2.00}}}
      - {first.paid_date: {gt: {of: first.date_from, plus_days: 30, plus_months: 12}}}
      - {first.code: {in: $codes}}
      - {mue.value: {gt: $most}}
      - {first.code: {ne: $listed.addon}}
      - any: [{first.modifiers: {contains: "59"}}, {not: {first.pos: "11"}}]
      - not: {any: [{first.units: {between: [2, 5]}}, {first.paid: {ge: 12.50}}]}
bypass: {first.modifiers: {overlaps: ["25"]}}
bypass_reason: "A reason {first.modifiers}"
bypass_explanation: "A bypass of {first.code}"
exposure: {direction: under, method: excess_units, limit: $most, at_risk: true}
"""),
    "pair": ("second", """\
match:
  lines: [first, second]
  same: [patient_id, provider_id, service_day]
  table: {name: ncci_ptp, as: edit, on: {column_1: first.code, column_2: second.code}, in_force_on: pair.shared_day}
  when: {pair.split_claim: false, edit.modifier_indicator: "1", pair.shared_day: {lt: 2020-01-01}}
unless: {not_payable: first}
concludes: {not_payable: second}
unjudged_explanation: "Not judged {second.code}"
variants:
  - id: VAR-2
    catalogue_id: XX-02
    title: A variant
    when: {second.pos: "22"}
    class: {is: probable}
    severity: low
    exposure: {method: none, direction: neutral}
    explanation: "A variant says {second.code}"
    record_needed: [another note]
    cites: [manual]
"""),
    "window": ("second", """\
windows:
  global_period:
    by: edit.modifier_indicator
    values: {"000": {days: [0, 0]}, "090": {months: [-1, 2], days: [-3, 4], whole_months: true}}
    citation: manual
match:
  lines: [first, second]
  same: [patient_id, provider_id]
  within: {second: {of: first, window: global_period, anchor: discharge_date, day: admit_date}}
  one: first
  table: {name: ncci_ptp, as: edit, on: {column_1: first.code}, in_force_on: first.service_date}
  when: {second.code: {starts_with_any: ["99", "G"]}}
"""),
    "group": ("second", """\
match:
  lines: [first, second]
  group: {same: [patient_id, code, modifiers], order: [received_date], where: {second.units: {gt: 0}}}
  when: {second.paid: {gt: 0}}
"""),
    "sum": ("first", """\
match:
  lines: [first]
  sum: {of: day_units, as: day, over: [service_day, patient_id, code], where: {first.units: {gt: 0}}}
  table: {name: ncci_mue, as: mue, on: {code: first.code}}
  when: {day.units: {gt: $mue.value}, day.lines: {ge: 2}}
exposure: {method: excess_units}
"""),
    "total": ("first", """\
windows: {year_before: {months: [-12, 0], citation: manual}}
match:
  lines: [first]
  sum: {of: paid, as: spent, over: [patient_id, year], where: {first.paid: {gt: 0}}, running: true, window: year_before}
  when: {spent.amount: {gt: 500.00}}
exposure: {method: excess_units, limit: $most}
"""),
    "absent": ("first", """\
match:
  lines: [first]
  absent:
    line: other
    any_of: [[service_day, patient_id, provider_id], [service_day, patient_id, claim_id]]
    where: {other.code: {not_in: ["A9"]}}
    days_before: {days: 2, when: {first.setting: practitioner}}
    table:
      {name: ncci_aoc, as: listed, on: {addon: first.code, primary_code: other.code}, where: {listed.edit_type: "1"}}
  when: {absent.unknown: false}
"""),
    "absent_within": ("first", """\
match:
  lines: [first]
  absent: {line: other, same: [patient_id], within: {window: {days: [-30, null]}, anchor: received_date, day: date_to}}
"""),
    "because": ("first", """\
match:
  lines: [first]
  because: {not_payable: {all: other}}
  primary: {same: [patient_id, provider_id, service_day], where: {other.units: {ge: 1}}}
  when: {first.code: {starts_with: "9"}}
concludes: {not_payable: first}
"""),
    "sequence": ("first", """\
windows: {a_year: {months: [-11, 0], whole_months: true, citation: manual}}
match:
  lines: [first]
  sequence:
    {same: [patient_id, code], where: {first.code: {in: $codes}}, window: a_year, limit: $most, as: clock,
     restart: every}
  when: {clock.earlier: {ge: 1}}
concludes: {not_payable: first}
"""),
    "coverage": ("first", """\
match:
  lines: [first]
  coverage: {table: coverage, as: policy, jurisdiction: [first.mac], dx: first.pointed_dx, elsewhere: first.dx}
  when: {policy.exhaustive: {ne: true}}
"""),
    "claim": ("first", """\
match:
  claims: [first]
  when: {first.length_of_stay: {lt: 2}, first.procedures: {any_starts_with: ["0SR"]}, first.dx: {exists: true}}
exposure: {method: none, direction: neutral}
"""),
}  # fmt: skip
_BENCH = """\
class: risk
exposure: {{direction: neutral, method: none}}
benchmark:
  group: {{by: [rendering_npi, year]}}
  population: {{line.code: {{in: $codes}}}}
  {measure}
  peers: {{by: [rendering_specialty, year]{table}}}
  test: {{{test}}}
"""
BENCHMARKS: dict[str, str] = {
    "beta_binomial": _BENCH.format(
        measure='numerator: {line.code: "A1"}', table="",
        test="method: beta_binomial, min_n: 33, min_peers: 20, percentile: 90, certainty: 97, fdr: 6, min_gap: 2, "
        "side: below",
    ),
    "funnel": _BENCH.format(measure='numerator: {line.code: "A1"}', table="", test="method: funnel, z: 2.58, fdr: 7"),
    "percentile": _BENCH.format(
        measure="measure: per_patient\n  of: units",
        table=", table: peers_of_states, rows: {service_state: TX}", test="method: percentile, percentile: 92",
    ),
    "weights": _BENCH.format(
        measure='measure: mean\n  of: weight\n  weights: {"A1": 1.5, "A2": 3}', table="",
        test="method: percentile, percentile: 92",
    ),
    "chi_square": _BENCH.format(
        measure='levels: ["A1", "A2"]', table="", test="method: chi_square, min_n: 60, min_peers: 12, min_effect: 0.3"
    ),
}  # fmt: skip


def every_form(folder: Path) -> Iterator[tuple[str, m.Rule]]:
    """(name, rule) of every form and method, read by the loader from files in ``folder``."""
    for name, (role, match) in MATCHES.items():
        classes = _CLASS.format(role=role) if "class:" not in match.split("match:")[0] else ""
        if name == "claim":
            classes = classes.replace("first.is_span: true", 'first.drg: "470"')
        if name == "pair":
            classes += (
                '  probable_if_all_fall: {partner: first, when: {second.pos: "11"}, reason: all fell}\n'
            )
        head = _HEAD.format(id=f"XMPL-{name.upper().replace('_', '-')}-001", name=name, family="modifier")
        yield name, _read(folder / f"{name}.yaml", head + classes + f"flag: [{role}]\n" + match)
    for name, block in BENCHMARKS.items():
        head = _HEAD.format(id=f"LVL-{name.upper().replace('_', '-')}-001", name=name, family="upcoding")
        yield name, _read(folder / f"{name}.yaml", head + block)


def _read(path: Path, text: str) -> m.Rule:
    path.write_text(text, encoding="utf-8")
    rule = load_rule(path)
    assert isinstance(rule, m.Rule)
    return rule
