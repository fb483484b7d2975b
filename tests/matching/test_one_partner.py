"""Of many lines that may stand beside a flagged one, one is taken, and the line gives one finding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from auditor.matching.facts import Facts
from auditor.matching.pairs import together_sql
from tests.findings.worlds import Finding
from tests.tiny import DAY, audit, flagged, override, pack, rule, shown

MANY = """\
match:
  lines: [stay, visit]
  same: [patient_id]
  within: {visit: {of: stay, window: {days: [0, 9]}}}
  when: {stay.revenue_code: "0120", visit.code: "99213"}
flag: [visit]
exposure: {method: line}
explanation: "beside {stay.claim_id} line {stay.line_no}"
"""
ONE = MANY.replace("  within:", "  one: stay\n  within:")
VISIT = {"code": "99213", "date_from": DAY + timedelta(5), "line_no": 9, "claim_id": "V"}


def stay(number: int, day: int = 0, **more: Any) -> dict[str, Any]:
    return {"revenue_code": "0120", "code": "X0001", "line_no": number, "claim_id": "S"} | more | {
        "date_from": DAY + timedelta(day)
    }  # fmt: skip


def beside(found: Sequence[Finding]) -> list[str]:
    return [str(finding["explanation"]) for finding in found]


def test_a_line_beside_many_gives_one_finding_with_the_earliest_of_them(tmp_path: Path) -> None:
    lines = [VISIT, stay(4, 1), stay(3, 1), stay(7, 2), stay(2, 1, claim_id="T")]
    many, one = (audit(tmp_path, lines, rule(text, role="visit")) for text in (MANY, ONE))
    assert len(many) == 4
    assert flagged(one) == [9] and beside(one) == ["beside S line 3"] and shown(one[0], "stay") == [3]
    assert one[0]["verdict"] == "fail" and one[0]["exposure_counted"] == 10


def test_every_flagged_line_has_its_own_partner(tmp_path: Path) -> None:
    lines = [VISIT, VISIT | {"line_no": 8, "date_from": DAY + timedelta(12)}, stay(3, 1), stay(4, 4)]
    assert beside(audit(tmp_path, lines, rule(ONE, role="visit"))) == ["beside S line 4", "beside S line 3"]


def test_the_number_of_partners_can_be_told(tmp_path: Path) -> None:
    text = ONE.replace("line {stay.line_no}", "and {pair.partners} lines")
    lines = [VISIT, *(stay(number, 1) for number in range(1, 6)), stay(8, 1, revenue_code="0250")]
    assert beside(audit(tmp_path, lines, rule(text, role="visit"))) == ["beside S and 5 lines"]


def test_a_line_is_no_partner_of_its_own_and_the_next_one_like_it_is_taken(tmp_path: Path) -> None:
    text = ONE.replace('stay.revenue_code: "0120", visit.code: "99213"', 'stay.code: "99213"')
    lines = [{"code": "99213", "line_no": number} for number in (1, 2, 3)]
    found = audit(tmp_path, lines, rule(text, role="visit"))
    assert [(finding["line_no"], shown(finding, "stay")) for finding in found] == [
        (1, [2]),
        (2, [1]),
        (3, [1]),
    ]
    assert audit(tmp_path, lines[:1], rule(text, role="visit")) == []


def test_a_partner_that_lifts_nothing_is_taken_before_an_earlier_one_that_does(tmp_path: Path) -> None:
    text = ONE + 'bypass: {stay.modifiers: {contains: "GV"}}\n'
    lifting, plain = stay(3, 0, modifiers=["GV"]), stay(4, 1)
    found = audit(tmp_path, [VISIT, lifting, plain], rule(text, role="visit"))
    assert [(finding["verdict"], shown(finding, "stay")) for finding in found] == [("fail", [4])]
    found = audit(tmp_path, [VISIT, lifting, lifting | {"line_no": 2}], rule(text, role="visit"))
    assert [(finding["verdict"], shown(finding, "stay")) for finding in found] == [("bypassed", [2])]


def test_a_partner_that_proves_it_is_taken_before_an_earlier_one_that_needs_a_record(tmp_path: Path) -> None:
    text = rule(ONE, role="visit").replace(
        "class: definite", 'class: {is: definite, probable_when: [{stay.modifiers: {contains: "GV"}}]}'
    )
    found = audit(tmp_path, [VISIT, stay(3, 0, modifiers=["GV"]), stay(4, 1)], text)
    assert [(finding["class"], shown(finding, "stay")) for finding in found] == [("definite", [4])]
    found = audit(tmp_path, [VISIT, stay(3, 0, modifiers=["GV"])], text)
    assert [(finding["class"], shown(finding, "stay")) for finding in found] == [("probable", [3])]


def test_a_variant_is_that_of_the_pair_that_is_taken(tmp_path: Path) -> None:
    text = ONE + 'variants: [{id: PAY-TINY-002, title: A drug, when: {stay.code: "J1000"}}]\n'
    first, second = stay(3, 0), stay(4, 1, code="J1000")
    for lines, name in (([first, second], "PAY-TINY-001"), ([second], "PAY-TINY-002")):
        found = audit(tmp_path, [VISIT, *lines], rule(text, role="visit"))
        assert [finding["rule_id"] for finding in found] == [name]


FALLEN = """\
match: {lines: [line], when: {line.modifiers: {contains: "ZZ"}}}
concludes: {not_payable: line}
exposure: {method: line}
"""


def test_where_a_partner_was_found_not_payable_another_carries_the_finding(tmp_path: Path) -> None:
    before = rule(FALLEN, "INT-TINY-001", family="integrity")
    text = rule(ONE + "unless: {not_payable: stay}\n", role="visit")
    gone, stays = stay(3, 0, modifiers=["ZZ"]), stay(4, 1)
    found = audit(tmp_path, [VISIT, gone, stays], before, text)
    assert [shown(item, "stay") for item in found if item["rule_id"] == "PAY-TINY-001"] == [[4]]
    found = audit(tmp_path, [VISIT, gone, gone | {"line_no": 5}], before, text)
    assert [item["rule_id"] for item in found] == ["INT-TINY-001"] * 2
    doubtful = rule(FALLEN, "INT-TINY-001", family="integrity", base="probable")
    found = audit(tmp_path, [VISIT, gone, stays], doubtful, text)
    assert [shown(item, "stay") for item in found if item["rule_id"] == "PAY-TINY-001"] == [[3]]


def test_an_override_acts_on_the_pair_that_is_taken(tmp_path: Path) -> None:
    text = rule(ONE, role="visit")
    aside = override("OVR-1", "action: suppress", when='line.code: "99213"')
    found = audit(tmp_path, [VISIT, stay(3), stay(4)], text, aside)
    assert [(item["verdict"], shown(item, "stay")) for item in found] == [("suppressed", [3])]


def test_several_rows_in_force_are_one_finding_with_the_first_of_them(tmp_path: Path) -> None:
    text = ONE.replace(
        "  when:",
        "  table: {name: ncci_mue, as: mue, on: {code: stay.code}, in_force_on: stay.service_date}\n  when:",
    ).replace("line {stay.line_no}", "{mue.value}")
    rows = [{"code": "X0001", "value": value, "effective": DAY - timedelta(90)} for value in (5, 2, 7)]
    found = audit(tmp_path, [VISIT, stay(3), stay(4)], rule(text, role="visit"), tables={"ncci_mue": rows})
    assert beside(found) == ["beside S 5"]


def test_lines_that_are_alike_in_what_the_rule_reads_are_not_all_put_together(tmp_path: Path) -> None:
    """At most two of them: the second is there for a flagged line that is the first of them itself."""
    made = {text: pack(tmp_path, rule(text, role="visit")).rules[0] for text in (MANY, ONE)}
    asked = {text: together_sql(found, Facts(True, ()), "") for text, found in made.items()}
    assert "QUALIFY" in asked[ONE] and "QUALIFY" not in asked[MANY]
    told = pack(tmp_path, rule(ONE.replace("{stay.line_no}", "{pair.partners}"), role="visit")).rules[0]
    assert "QUALIFY" not in together_sql(told, Facts(True, ()), "")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (ONE.replace("one: stay", "one: visit"), "`one` refused"),
        (ONE.replace("one: stay", "one: other"), "`one` refused"),
        ("match: {lines: [line], one: line}\n", "`one` refused"),
        (
            "match: {lines: [stay, visit], one: stay, group: {same: [patient_id], order: [paid]}}\n",
            "`one` refused",
        ),
        (MANY.replace("{stay.line_no}", "{pair.partners}"), "`{pair.partners}` refused"),
        (ONE.replace("visit.code:", "pair.partners: {gt: 1}, visit.code:"), "`pair.partners` refused"),
        (
            ONE.replace("visit.code:", "visit.line_no: {gt: $pair.partners}, visit.code:"),
            "`pair.partners` refused",
        ),
    ],
)
def test_what_one_cannot_mean_is_refused(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(InputRefused, match=wrong.replace("{", r"\{").replace("}", r"\}")):
        pack(tmp_path, rule(text, role="visit"))


def test_a_class_that_hangs_on_all_partners_is_refused_beside_one(tmp_path: Path) -> None:
    lowered = "class: {is: definite, probable_if_all_fall: {partner: stay}}"
    text = rule(ONE, role="visit").replace("class: definite", lowered)
    with pytest.raises(InputRefused, match="`probable_if_all_fall` refused"):
        pack(tmp_path, text)
    pack(tmp_path, text.replace("  one: stay\n", ""))


# ---- of all pairs, the first by the order that the manual names ----------------------------------------

FULL = """\
match:
  lines: [stay, visit]
  same: [patient_id]
  within: {visit: {of: stay, window: {days: [-1, 3]}, anchor: admit_date}}
  when: {stay.revenue_code: {in: ["0120", "0250"]}, visit.pos: "11", visit.claim_id: {ne: $stay.claim_id}}
flag: [visit]
bypass: {any: [{stay.modifiers: {contains: "GV"}}, {pair.common_modifiers: {contains: "59"}}]}
exposure: {method: line}
explanation: "{stay.claim_id}/{stay.line_no}"
unless: {not_payable: UNLESS}
variants: [{id: PAY-TINY-002, title: A drug, when: {stay.code: "J1000"}, class: probable}]
"""
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "claim_id": st.sampled_from("ABC"),
            "revenue_code": st.sampled_from(["0120", "0120", "0250", None]),
            "code": st.sampled_from(["X0001", "X0001", "J1000"]),
            "pos": st.sampled_from(["11", "21"]),
            "modifiers": st.sampled_from([[], [], ["GV"], ["59"], ["ZZ"]]),
            "date_from": st.integers(0, 4).map(lambda n: DAY + timedelta(n)),
            "admit_date": st.sampled_from([DAY, DAY, DAY + timedelta(2), None]),
            "denied": st.sampled_from([False] * 6 + [True]),
        }
    ),
    min_size=2,
    max_size=9,
)
CLASSES = ["definite", "probable"]
VERDICTS = ["fail", "bypassed"]


def best(found: Sequence[Finding], lines: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Of the findings of each line the first: one that stands, of the surer class, with the earliest partner."""
    kept: dict[int, tuple[Any, ...]] = {}
    for item in found:
        if not item["rule_id"].startswith("PAY"):
            continue
        [partner] = shown(item, "stay")
        line = lines[partner - 1]
        place = (
            VERDICTS.index(item["verdict"]), CLASSES.index(item["class"]), line["date_from"], line["claim_id"], partner,
        )  # fmt: skip
        kept[item["line_no"]] = min(kept.get(item["line_no"], place), place)
    return sorted((number, *place) for number, place in kept.items())


@pytest.mark.slow
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(LINES, st.sampled_from(["stay", "visit"]), st.booleans())
def test_it_is_the_first_of_all_pairs_that_the_rule_finds_without_one(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, Any]], unless: str, told: bool
) -> None:
    folder = tmp_path_factory.mktemp("rules")
    before = rule(FALLEN, "INT-TINY-001", family="integrity")
    many = FULL.replace("UNLESS", unless)
    one = many.replace("  within:", "  one: stay\n  within:")
    if told:
        one = one.replace("{stay.line_no}", "{pair.partners}")
    wanted = best(audit(folder, lines, before, rule(many)), lines)
    found = audit(folder, lines, before, rule(one))
    assert best(found, lines) == wanted
    taken = [item["line_no"] for item in found if item["rule_id"].startswith("PAY")]
    assert len(set(taken)) == len(taken)
    assert audit(folder, lines, before, rule(one), prefilter=False) == found
