"""Parameters that an override sets for the lines of a plan or provider: in every place where a rule reads them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.tiny import DAY, audit, flagged, rule, setting

GOLD = setting("PAY-TINY-101", "codes", '["99214"]', when="line.plan_id: GOLD")
PLANS: list[dict[str, Any]] = [
    {"plan_id": "GOLD", "code": "99213"},
    {"plan_id": "GOLD", "code": "99214"},
    {"plan_id": "IRON", "code": "99213"},
    {"plan_id": None, "code": "99214"},
]


def test_the_code_of_a_line_that_stands_alone(tmp_path: Path) -> None:
    body = """\
parameters: {codes: {2020-01-01: {value: ["99213"], citation: policy}}}
match:
  lines: [line]
  absent: {line: other, same: [patient_id], where: {other.code: "1"}}
  when: {line.code: {in: $codes}}
exposure: {method: line}
"""
    assert flagged(audit(tmp_path, PLANS, rule(body), GOLD)) == [2, 3]


def test_the_modifiers_of_a_line(tmp_path: Path) -> None:
    body = """\
parameters: {codes: {2020-01-01: {value: ["76"], citation: policy}}}
match: {lines: [line], when: {line.modifiers: {overlaps: $codes}}}
exposure: {method: line}
"""
    gold = setting("PAY-TINY-101", "codes", '["77"]', when="line.plan_id: GOLD")
    lines = [
        {"plan_id": plan, "modifiers": [modifier]} for plan in ("GOLD", "IRON") for modifier in ("76", "77")
    ]
    assert flagged(audit(tmp_path, lines, rule(body), gold)) == [2, 3]


def test_days_that_are_added_to_a_date_are_those_of_the_line_that_is_tested(tmp_path: Path) -> None:
    body = """\
parameters: {late: {2020-01-01: {value: 5, citation: policy}}}
match:
  lines: [one, two]
  same: [claim_id]
  when: {one.code: "99213", two.code: "99214", two.service_date: {gt: {of: one.date_to, plus_days: $late}}}
flag: [two]
exposure: {method: line}
"""
    lines: list[dict[str, Any]] = [
        {"billing_npi": "1000000012"},
        {"code": "99214", "billing_npi": "1000000020", "date_from": DAY + timedelta(8)},
    ]
    for npi, wanted in (("1000000012", [2]), ("1000000020", [])):
        theirs = setting("PAY-TINY-101", "late", 30, when=f'line.billing_npi: "{npi}"')
        assert flagged(audit(tmp_path, lines, rule(body, role="two"), theirs)) == wanted


def test_a_variant_is_lowered_by_its_own_partner(tmp_path: Path) -> None:
    body = """\
match:
  lines: [one, two]
  same: [patient_id, service_day]
  when: {any: [{one.code: "99213", two.code: "99214"}, {one.code: "99214", two.code: "99215"}]}
flag: [two]
concludes: {not_payable: two}
exposure: {method: line}
variants:
  - id: PAY-TINY-002
    when: {two.code: "99215"}
    class: {is: definite, probable_if_all_fall: {partner: one, when: {two.paid: {gt: 5.00}}, reason: "it has fallen"}}
"""
    for paid, level in ((10, "probable"), (5, "definite")):
        lines: list[dict[str, Any]] = [{}, {"code": "99214"}, {"code": "99215", "paid": paid}]
        told = audit(tmp_path, lines, rule(body, role="two"))
        assert [(item["rule_id"], item["class"]) for item in told] == [
            ("PAY-TINY-001", "definite"),
            ("PAY-TINY-002", level),
        ]
        assert ("it has fallen" in told[-1]["explanation"]) == (level == "probable")


def test_of_a_claim_the_first_line_says_whose_it_is(tmp_path: Path) -> None:
    body = """\
parameters: {most: {2020-01-01: {value: 1, citation: policy}}}
match: {claims: [stay], when: {stay.lines: {gt: $most}}}
exposure: {method: line}
"""
    theirs = setting("PAY-TINY-101", "most", 5, when='line.billing_npi: "1000000012"')
    for first, wanted in (("1000000012", []), ("1000000020", [1, 2])):
        lines = [{"billing_npi": first}, {"billing_npi": "1000000012"}]
        assert flagged(audit(tmp_path, lines, rule(body, role="stay"), theirs)) == wanted


def test_what_rests_on_a_value_not_yet_in_force_does_not_hold(tmp_path: Path) -> None:
    body = """\
parameters: {months: {2030-01-01: {value: 1, citation: policy}}}
match: {lines: [line], when: {line.date_to: {ne: {of: line.received_date, plus_months: $months}}}}
exposure: {method: line}
"""
    lines = [{"received_date": DAY + timedelta(8)}]
    assert audit(tmp_path, lines, rule(body)) == []
    assert flagged(audit(tmp_path, lines, rule(body.replace("2030", "2020")))) == [1]
