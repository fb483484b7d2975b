"""Small rule files that lint has nothing to say of, and what it says when they are changed."""

from __future__ import annotations

from pathlib import Path

from auditor.workbench.lint.messages import Message
from auditor.workbench.lint.running import lint

LINE = """\
id: MOD-GOOD-001
catalogue_id: AM-06
version: 1
title: Two modifiers that contradict each other
status: stable
owner: Tests
family: modifier
class: {is: definite, probable_when: [{line.units: {gt: 1}, reason: more than one unit may be two services}]}
severity: low
effective: {from: 2024-01-01, to: null, applies_by: service_date}
applies_to: {line_of_business: [medicare, commercial], setting: [practitioner]}
citations:
  - key: policy
    document: A policy
    section: whole
    revision: "2024"
    url: https://www.example.org/cp-1
    verified: true
    verified_note: Read. It says so.
  - {key: other, document: Another, url: "", verified: false, verified_note: Not read.}
cites: [policy]
requires: [claim_line.modifiers, claim_line.pos]
parameters:
  repeats: {2024-01-01: {value: ["76", "77"], citation: policy}}
  singles: {2023-06-01: {value: ["93010"], citation: other}, 2024-03-01: {value: ["93010", "93000"], citation: other}}
let:
  repeated: {line.modifiers: {overlaps: $repeats}}
match:
  lines: [line]
  when:
    all:
      - {is: repeated}
      - {line.code: {in: $singles}}
      - any: [{line.pos: "11"}, {line.pos: "22"}]
variants:
  - id: MOD-GOOD-002
    title: In an office
    when: {line.pos: "11"}
    explanation: "{line.code} on {line.service_date} in an office"
bypass: {line.modifiers: {contains: "59"}}
bypass_reason: "59 on {line.code}"
bypass_explanation: "{line.code} on {line.service_date} with {line.modifiers}, which lift it"
flag: [line]
exposure: {direction: over, method: none}
explanation: "{line.code} on {line.service_date} with {line.modifiers}"
record_needed: [note]
root_cause: contradictory modifiers
false_positives: [Two lines were joined into one.]
carc_analogue: "4"
changelog:
  - {version: 1, date: 2024-01-01, change: First version.}
tests:
  - name: A repeat in an office is flagged
    lines: [{code: "93010", modifiers: ["76"], pos: "11", date_from: 2024-01-01, paid: 10.00}]
    expect: [{rule: MOD-GOOD-002, line: A/1}]
  - name: A repeat in a hospital is flagged
    lines: [{code: "93000", modifiers: ["77"], pos: "22", date_from: 2024-03-01, paid: 10.00}]
    expect: [{rule: MOD-GOOD-001, line: A/1}]
  - name: The day before the rule begins it is no finding
    lines: [{code: "93010", modifiers: ["76"], pos: "11", date_from: 2023-12-31, paid: 10.00}]
    expect: []
  - name: The day before the code was added it is no finding
    lines: [{code: "93000", modifiers: ["76"], pos: "11", date_from: 2024-02-29, paid: 10.00}]
    expect: []
"""

PAIR = """\
id: EM-PAIR-001
catalogue_id: EM-10
title: A visit after a procedure
status: draft
family: em
class: probable
severity: low
effective: {from: 2024-01-01, to: null}
citations:
  - {key: policy, document: A policy, url: "https://www.example.org", verified: true, verified_note: Read.}
requires: [claim_line.provider_id]
windows:
  after: {days: [0, 10], citation: policy}
match:
  lines: [surgery, visit]
  same: [patient_id, provider_id]
  within: {visit: {of: surgery, window: after}}
  when: {visit.code: {in: ["99213", "99214"]}, surgery.units: {ge: 1}}
flag: [visit]
concludes: {not_payable: visit}
exposure: {direction: over, method: line}
explanation: "{visit.code} on {visit.service_date} after {surgery.code}"
record_needed: [note]
root_cause: global period
false_positives: [Another illness.]
tests:
  - name: A visit ten days after is flagged
    lines:
      - {claim_id: A, line_no: 1, code: "11111", date_from: 2024-01-01, paid: 10.00}
      - {claim_id: B, line_no: 1, code: "99213", date_from: 2024-01-11, paid: 10.00}
    expect: [{rule: EM-PAIR-001, line: B/1}]
  - name: A visit of the same day is flagged
    lines:
      - {claim_id: A, line_no: 1, code: "11111", date_from: 2024-01-01, paid: 10.00}
      - {claim_id: B, line_no: 1, code: "99213", date_from: 2024-01-01, paid: 10.00}
    expect: [{rule: EM-PAIR-001, line: B/1}]
  - name: A visit eleven days after is no finding
    lines:
      - {claim_id: A, line_no: 1, code: "11111", date_from: 2024-01-01, paid: 10.00}
      - {claim_id: B, line_no: 1, code: "99213", date_from: 2024-01-12, paid: 10.00}
    expect: []
  - name: The day before the rule begins it is no finding
    lines:
      - {claim_id: A, line_no: 1, code: "11111", date_from: 2023-12-31, paid: 10.00}
      - {claim_id: B, line_no: 1, code: "99213", date_from: 2023-12-31, paid: 10.00}
    expect: []
"""

_PAIR_HEAD, _PAIR_TAIL = PAIR.split("windows:\n")[0], "flag:" + PAIR.split("flag:", 1)[1]

SEQUENCE = (
    (
        _PAIR_HEAD
        + """\
windows:
  year: {months: [-11, 0], whole_months: true, citation: policy}
match:
  lines: [visit]
  sequence: {same: [patient_id], where: {visit.code: "G0439"}, window: year, limit: 1}
"""
        + _PAIR_TAIL
    )
    .replace("EM-PAIR-001", "EM-WELL-001")
    .replace("after {surgery.code}", "again")
    .replace("99213", "G0439")
)

SUM = (
    (
        _PAIR_HEAD
        + """\
parameters: {limit: {2024-01-01: {value: 1, citation: policy}}}
match:
  lines: [visit]
  sum: {of: lines, as: total, over: [patient_id, code, month], where: {visit.code: "99213"}}
  when: {total.lines: {gt: $limit}}
"""
        + _PAIR_TAIL
    )
    .replace("EM-PAIR-001", "EM-SUM-001")
    .replace("after {surgery.code}", "again")
    .replace(
        "class: probable", "class: {is: definite, probable_when: [{visit.is_span: true, reason: a span}]}"
    )
    .replace('code: "11111"', 'code: "99213"')
)

BECAUSE = (
    (
        _PAIR_HEAD
        + """\
match:
  lines: [visit]
  because: {not_payable: {all: primary}}
  primary: {same: [patient_id, service_day], where: {primary.code: "99213"}}
"""
        + _PAIR_TAIL
    )
    .replace("EM-PAIR-001", "EM-FALL-001")
    .replace("after {surgery.code}", "again")
)

BENCHMARK = """\
id: LVL-GOOD-001
catalogue_id: EM-02
title: Level mix
status: experimental
family: upcoding
class: risk
severity: low
effective: {from: 2023-01-01, to: null}
citations:
  - {key: policy, document: A policy, url: "https://www.example.org", verified: true, verified_note: Read.}
requires: [claim_line.rendering_npi, claim_line.rendering_specialty]
benchmark:
  group: {by: [rendering_npi, year]}
  population: {line.code: {in: ["99213", "99214"]}}
  numerator: {line.code: "99214"}
  peers: {by: [rendering_specialty, year]}
  test: {method: beta_binomial, min_n: 30}
exposure: {direction: neutral, method: none}
explanation: "{provider}: {share}"
record_needed: [note]
root_cause: level mix
false_positives: [Sicker patients.]
tests:
  - name: A provider at the high level stands out
    providers:
      - {count: 30, rendering_specialty: "08", year: 2024, visits: {"99213": 24, "99214": 16}}
      - {rendering_npi: "1000000012", rendering_specialty: "08", year: 2024, visits: {"99214": 40}}
    expect: [{rule: LVL-GOOD-001, provider: "1000000012"}]
  - name: Another provider at the high level stands out
    providers:
      - {count: 30, rendering_specialty: "08", year: 2024, visits: {"99213": 24, "99214": 16}}
      - {rendering_npi: "1000000012", rendering_specialty: "08", year: 2024, visits: {"99214": 50}}
    expect: [{rule: LVL-GOOD-001, provider: "1000000012"}]
  - name: Before the rule begins nobody stands out
    providers:
      - {count: 30, rendering_specialty: "08", year: 2022, visits: {"99213": 24, "99214": 16}}
      - {rendering_npi: "1000000012", rendering_specialty: "08", year: 2022, visits: {"99214": 50}}
    expect: []
  - name: A provider like the peers does not stand out
    providers:
      - {count: 31, rendering_specialty: "08", year: 2024, visits: {"99213": 24, "99214": 16}}
    expect: []
"""

OVERRIDE = """\
id: PAY-GOOD-001
title: A contract pays it
status: draft
family: payer
override:
  rules: [MOD-GOOD-001]
  action: suppress
  when: {line.payer_id: ACME}
  reason: The contract
  approved_by: The committee
  from: 2024-02-01
  expires: 2024-12-31
tests:
  - name: On the first day a line of the plan is set aside
    lines: [{code: "93010", modifiers: ["76"], pos: "22", payer_id: ACME, date_from: 2024-02-01, paid: 10.00}]
    expect: [{rule: MOD-GOOD-001, verdict: suppressed, line: A/1}]
  - name: The day before the finding stands
    lines: [{code: "93010", modifiers: ["76"], pos: "22", payer_id: ACME, date_from: 2024-01-31, paid: 10.00}]
    expect: [{rule: MOD-GOOD-001, verdict: fail, line: A/1}]
  - name: On the last day a line of the plan is set aside
    lines: [{code: "93010", modifiers: ["76"], pos: "22", payer_id: ACME, date_from: 2024-12-31, paid: 10.00}]
    expect: [{rule: MOD-GOOD-001, verdict: suppressed, line: A/1}]
  - name: The day after the finding stands
    lines: [{code: "93010", modifiers: ["76"], pos: "22", payer_id: ACME, date_from: 2025-01-01, paid: 10.00}]
    expect: [{rule: MOD-GOOD-001, verdict: fail, line: A/1}]
"""

FILES = {
    "line": ("MOD-GOOD-001_good.yaml", LINE),
    "pair": ("EM-PAIR-001_good.yaml", PAIR),
    "sequence": ("EM-WELL-001_good.yaml", SEQUENCE),
    "sum": ("EM-SUM-001_good.yaml", SUM),
    "because": ("EM-FALL-001_good.yaml", BECAUSE),
    "benchmark": ("LVL-GOOD-001_good.yaml", BENCHMARK),
    "override": ("PAY-GOOD-001_good.yaml", OVERRIDE),
}
"""Files by form; the override is of the first, and `because` rests on what the pair concludes."""


BESIDE = {"line": ["pair"], "because": ["pair"], "override": ["line"]}
"""What a file of one form stands beside."""


def changed(form: str, *changes: tuple[str, str]) -> str:
    """The file of a form with some of its text replaced; each change must meet something."""
    text = FILES[form][1]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def told(folder: Path, form: str, text: str, run: bool = False) -> list[Message]:
    """What lint says of a changed file of the small world, those that it needs standing beside it."""
    for name, other in (FILES[name] for name in BESIDE.get(form, ())):
        (folder / name).write_text(other, encoding="utf-8")
    file = folder / FILES[form][0]
    file.write_text(text, encoding="utf-8")
    return lint([file], [folder], [file] if run else [])
