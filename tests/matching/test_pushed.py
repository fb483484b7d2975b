"""What is asked of a line before it is put beside others loses no pair: all values a parameter ever has count."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.matching.pushed import pushed, pushed_beyond
from auditor.rules import model as m
from tests.tiny import audit, flagged, rule, setting

PAIR = """\
parameters:
  most: {{2020-01-01: {{value: 9, citation: policy}}}}
  codes: {{2024-07-01: {{value: ["99213"], citation: policy}}}}
match: {{lines: [one, two], same: [patient_id, service_day], when: {{{when}}}}}
flag: [one]
exposure: {{method: none}}
explanation: "{{one.units}} units"
"""
SET = setting("PAY-TINY-101", "most", 2)


def test_a_pair_that_only_an_overrides_value_lets_meet_is_found(tmp_path: Path) -> None:
    body = PAIR.format(when="one.units: {gt: $most}, two.units: 1")
    lines = [{"units": 3, "payer_id": "OURS"}, {"units": 1, "payer_id": "OURS"}]
    assert flagged(audit(tmp_path, lines, rule(body), SET)) == [1]


@pytest.mark.parametrize(("day", "wanted"), [(date(2024, 6, 30), [1]), (date(2024, 7, 1), [])])
def test_a_list_is_empty_before_its_first_date_and_nothing_stands_in_it(
    tmp_path: Path, day: date, wanted: list[int]
) -> None:
    body = PAIR.format(when="one.code: {not_in: $codes}, one.units: 3, two.units: 1")
    lines = [{"units": 3, "date_from": day}, {"units": 1, "date_from": day}]
    assert flagged(audit(tmp_path, lines, rule(body))) == wanted


def test_every_value_that_a_parameter_ever_has_is_asked_of_the_line_alone() -> None:
    units = m.FieldRef("one", "units", "line", "number")
    set_for_some = m.ScopedValue("OVR", m.ALWAYS, 2, None, None)
    most = m.Parameter(
        "most", ((date(2020, 1, 1), 9), (date(2024, 1, 1), 7)), "policy", scoped=(set_for_some,)
    )
    asked = pushed(m.Test(units, "gt", m.ParameterRef("most")), "one", {"most": most})
    assert asked == m.AnyOf(tuple(m.Test(units, "gt", value) for value in (9, 7, 2)))


CODE = m.Test(m.FieldRef("one", "code", "line", "text"), "eq", "99213")
UNITS = m.Test(m.FieldRef("one", "units", "line", "number"), "gt", 1)
OTHERS = m.Test(m.FieldRef("two", "units", "line", "number"), "gt", 1)


@pytest.mark.parametrize(
    ("whole", "beyond"),
    [
        (m.All((CODE, UNITS)), m.All((UNITS,))),
        (m.All((UNITS, m.All((CODE, OTHERS)))), m.All((UNITS,))),
        (m.AnyOf((CODE, UNITS)), m.AnyOf((CODE, UNITS))),
        (m.All((m.AnyOf((CODE, CODE)), m.Not(CODE), m.Not(UNITS))), m.All((m.Not(UNITS),))),
        (CODE, m.ALWAYS),
        (OTHERS, m.ALWAYS),
    ],
)
def test_beyond_the_code_stands_what_the_code_alone_does_not_say(
    whole: m.Condition, beyond: m.Condition
) -> None:
    assert pushed_beyond(whole, "one", {}, ("code",)) == beyond
