"""The words of a new rule file: what every rule has, and the part that each form has of its own.

``<ID>``, ``<FAMILY>`` and ``<TITLE>`` are filled in. Everything in them loads; two cases fail until the
author has put the policy's own codes in the place of the examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Form:
    """One form of match: what it is for, its blocks, and the claim lines of its cases.

    ``body`` stands between the citations and the explanation. ``lines`` are the lines of a case with ``<DAY>`` in the
    place of the date; ``flagged`` is the line that the finding is on, ``role`` its name, ``requires`` what is read
    beyond the code.
    """

    about: str
    body: str
    role: str
    lines: str
    flagged: str = "A/1"
    requires: str = ""


TITLE: Final = "What this rule finds, in one line"
PAYER: Final = "REPLACE-PAYER"
"""The payer of a new file, in its scope and in the lines of its cases."""

TO_REPLACE: Final = frozenset(
    {
        TITLE,
        "NEW-00",
        "your name",
        "The policy by its own title",
        "chapter, section, page",
        "edition or date of the text",
        "https://www.example.org/policy",
        "what kind of error it is",
        "When the finding would be wrong.",
        "The contract or policy, with its section",
        "who approved it",
    }
)
"""Texts of a new file that say nothing yet. Lint and `rules pack` refuse a file that still has one."""
PARTS_TO_REPLACE: Final = ("REPLACE", "Say here what the policy asks for", "Replace the codes here and above")
"""The same, where they are a part of a text."""
CODES_TO_REPLACE: Final = frozenset({"00000", "00001"})
"""Codes of a new file's parameters; no such code exists."""

HEAD: Final = """\
id: <ID>
catalogue_id: NEW-00                 # the row of the rule catalogue that it fulfils
version: 1
title: <TITLE>
status: draft                        # draft, experimental, stable, deprecated: promoted by evidence, never by age
owner: your name
family: <FAMILY>                     # decides its place in the order, and its folder
class: probable                      # definite: claims and a row in force prove it; probable: a record is needed
severity: medium                     # critical, high, medium, low
effective: {from: 2024-01-01, to: null, applies_by: service_date}     # the first day on which the policy is in force
applies_to: {line_of_business: [medicare], payer_id: [REPLACE-PAYER]}     # also claim_type, setting; left out: no limit
citations:
  - key: policy
    document: The policy by its own title
    section: chapter, section, page
    revision: edition or date of the text
    url: https://www.example.org/policy
    verified: false                  # true when somebody has read text that says it
    verified_note: Not read yet.     # then: what was read, and where
requires: <REQUIRES>  # fields that the feed must have; without them the rule is not evaluated
"""

TAIL: Final = """\
record_needed: [medical record]      # what to ask for
root_cause: what kind of error it is
false_positives:
  - When the finding would be wrong.
carc_analogue: "16"                  # the claim adjustment reason code that a payer would give
changelog:
  - {version: 1, date: 2024-01-01, change: First version.}
"""

_CODES: Final = """\
parameters:                          # what law changes: by the date from which it is in force, cited, complete
  codes: {2024-01-01: {value: ["00000"], citation: policy}}          # REPLACE with the codes of the policy
"""

_LINE: Final = (
    '{claim_id: A, line_no: 1, code: "99999", payer_id: REPLACE-PAYER, date_from: <DAY>, paid: 100.00}'
)
_AGAIN: Final = (
    '{claim_id: B, line_no: 1, code: "99999", payer_id: REPLACE-PAYER, date_from: <DAY>, paid: 100.00}'
)
_BESIDE: Final = (
    '{claim_id: A, line_no: 2, code: "99998", payer_id: REPLACE-PAYER, date_from: <DAY>, paid: 50.00}'
)

FORMS: Final[dict[str, Form]] = {
    "line": Form(
        "one line, by its code, modifiers, place, units, dates",
        _CODES
        + """\
match:
  lines: [line]
  when: {line.code: {in: $codes}}
flag: [line]
exposure: {direction: over, method: line, basis: paid}
""",
        "line",
        _LINE,
    ),
    "pair": Form(
        "two lines of one patient and day",
        _CODES
        + """\
  codes_beside: {2024-01-01: {value: ["00001"], citation: policy}}   # REPLACE with those that do not stand beside them
match:
  lines: [first, second]
  same: [patient_id, provider_id, service_day]
  when: {first.code: {in: $codes}, second.code: {in: $codes_beside}}
flag: [second]
exposure: {direction: over, method: line, basis: paid}
""",
        "second",
        f"{_LINE}\n{_BESIDE}",
        "A/2",
        requires="provider_id",
    ),
    "within": Form(
        "two lines of one patient, one in a window of time around the other",
        _CODES
        + """\
  codes_after: {2024-01-01: {value: ["00001"], citation: policy}}    # REPLACE with those that are part of the first
windows:
  after: {days: [0, 10], citation: policy}     # around the first line; also months, whole_months, calendar: year
match:
  lines: [first, second]
  same: [patient_id, provider_id]
  within: {second: {of: first, window: after}}
  when: {first.code: {in: $codes}, second.code: {in: $codes_after}}
flag: [second]
exposure: {direction: over, method: line, basis: paid}
""",
        "second",
        f"{_LINE}\n{_BESIDE}",
        "A/2",
        requires="provider_id",
    ),
    "group": Form(
        "lines alike (duplicates): the first is the original, each later one a copy",
        _CODES
        + """\
match:
  lines: [original, copy]
  group: {same: [patient_id, provider_id, code, service_date], order: [paid_date], where: {copy.code: {in: $codes}}}
flag: [copy]
exposure: {direction: over, method: line, basis: paid}
""",
        "copy",
        f"{_LINE}\n{_AGAIN}",
        "B/1",
        requires="provider_id",
    ),
    "sum": Form(
        "units of one day above a limit",
        _CODES
        + """\
  limit: {2024-01-01: {value: 1, citation: policy}}                  # REPLACE with the limit of the policy
match:
  lines: [line]
  sum: {of: day_units, as: day, over: [patient_id, provider_id, code, service_day]}
  when: {line.code: {in: $codes}, day.units: {gt: $limit}}
flag: [line]
exposure: {direction: over, method: excess_units, basis: paid, limit: $limit}
""",
        "line",
        f"{_LINE}\n{_AGAIN}",
        "A/1 B/1",
        requires="provider_id",
    ),
    "running": Form(
        "units of a year above a limit, line by line in the order of dates",
        _CODES
        + """\
  limit: {2024-01-01: {value: 1, citation: policy}}                  # REPLACE with the limit of the policy
match:                               # a line of several days counts wholly in the year of its first: `class: definite`
  lines: [line]                      # would need `probable_when: [{line.is_span: true, reason: ...}]`
  sum: {of: units, as: total, over: [patient_id, code, year], running: true}
  when: {line.code: {in: $codes}, total.units: {gt: $limit}}
flag: [line]
exposure: {direction: over, method: excess_units, basis: paid, limit: $limit}
""",
        "line",
        f"{_LINE}\n{_AGAIN}",
        "B/1",
    ),
    "absent": Form(
        "a line without the other one that must stand beside it",
        _CODES
        + """\
  codes_beside: {2024-01-01: {value: ["00001"], citation: policy}}   # REPLACE with those that must stand beside them
match:
  lines: [line]
  absent: {line: partner, same: [patient_id, service_day], where: {partner.code: {in: $codes_beside}}}
  when: {line.code: {in: $codes}}
flag: [line]
exposure: {direction: over, method: line, basis: paid}
""",
        "line",
        _LINE,
    ),
    "sequence": Form(
        "visits in the order of their dates: so many in a window, no more",
        _CODES.replace("{2024-01-01:", "{2023-01-01:").replace(
            "          # REPLACE", "          # from the window on; REPLACE"
        )
        + """\
windows:
  eleven_months: {months: [-11, 0], whole_months: true, citation: policy}      # earlier visits that are near
match:
  lines: [visit]
  sequence: {same: [patient_id], where: {visit.code: {in: $codes}}, window: eleven_months, limit: 1}
flag: [visit]
exposure: {direction: over, method: line, basis: paid}
""",
        "visit",
        f"{_LINE}\n{_AGAIN}",
        "B/1",
    ),
    "coverage": Form(
        "a line none of whose diagnoses meets its coverage policy",
        """\
match:
  lines: [line]
  coverage: {table: coverage, as: policy, on: {code: line.code}, jurisdiction: [line.mac, line.service_state]}
flag: [line]
exposure: {direction: over, method: line, basis: paid}
""",
        "line",
        _LINE,
        requires="dx",
    ),
    "claim": Form(
        "a whole claim or stay, by its header, its codes and its totals",
        """\
parameters:                          # what law changes: by the date from which it is in force, cited, complete
  drgs: {2024-01-01: {value: ["999"], citation: policy}}             # REPLACE with the MS-DRGs of the policy
match:
  claims: [stay]
  when: {stay.drg: {in: $drgs}}
flag: [stay]
exposure: {direction: over, method: none}
""",
        "stay",
        '{claim_id: A, line_no: 1, payer_id: REPLACE-PAYER, claim_type: institutional, tob: "111", '
        'billing_npi: "1000000012", drg: "470", revenue_code: "0120", date_from: <DAY>, paid: 100.00}',
        requires="drg",
    ),
}

BENCHMARK: Final = """\
parameters:
  counted: {2024-01-01: {value: ["00000", "00001"], citation: policy}}         # REPLACE with the codes that are counted
  above: {2024-01-01: {value: ["00001"], citation: policy}}                    # REPLACE with those of the high levels
benchmark:
  group: {by: [rendering_npi, year]}
  population: {line.code: {in: $counted}}
  numerator: {line.code: {in: $above}}
  peers: {by: [rendering_specialty, year]}
  test: {method: beta_binomial, min_n: 30, min_peers: 5, percentile: 95, certainty: 95, fdr: 5}
exposure: {direction: neutral, method: none}
explanation: >-
  Indicator. In {keys}, {numerator} of {population} lines of rendering NPI {provider} stand at the high levels
  ({share}). The position says nothing of a single claim, and no amount is attached.
"""

OVERRIDE: Final = """\
id: <ID>
title: <TITLE>
status: draft
owner: your name
family: payer
override:
  rules: [REPLACE-RULE-001]          # REPLACE: ids of rules or variants, or families
  action: suppress                   # or reclassify (with `to:`), or set_parameter (with `parameter:` and `value:`)
  when: {line.payer_id: REPLACE-PAYER}           # the payer, plan or provider that it is for
  reason: The contract or policy, with its section
  approved_by: who approved it
  from: 2024-01-01                   # the first and the last day, both inclusive
  expires: 2026-12-31
changelog:
  - {version: 1, date: 2024-01-01, change: First version.}
"""
