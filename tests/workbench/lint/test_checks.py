"""The checks of lint as a whole: files in order, and what takes more than one file to see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.workbench.lint.running import CHECKS, lint
from tests.workbench.lint.check_cases import POSITIVE
from tests.workbench.lint.lint_world import FILES, LINE, changed, told

OWN = {
    "R008",
    "R103",
    "R505",
    "R605",
    "R704",
    "R801",
    "R802",
    "R803",
    "R010",
    "R406",
    "R407",
    "R908",
    "R909",
    "R210",
    "R408",
}
"""Checks with tests of their own: below, in test_cost, test_feed, test_both_ways and test_spans."""


@pytest.mark.parametrize("form", FILES)
def test_a_file_in_order_is_left_alone(tmp_path: Path, form: str) -> None:
    assert told(tmp_path, form, FILES[form][1]) == []


def test_every_check_has_a_case_that_it_finds() -> None:
    assert {case[0] for case in POSITIVE} | OWN == {check.id for check in CHECKS}


def test_codes_are_unique_and_every_check_says_why_and_what_to_do() -> None:
    assert len({check.id for check in CHECKS}) == len({check.name for check in CHECKS}) == len(CHECKS)
    assert [check.id for check in CHECKS] == sorted(check.id for check in CHECKS)
    for check in CHECKS:
        assert re.fullmatch(r"R\d\d\d", check.id) and re.fullmatch(r"[a-z]+(-[a-z]+)*", check.name)
        assert check.why and check.recommendation and check.severity in {"error", "warning"}


def test_two_overrides_of_one_payer_and_rule_are_told_of_both(tmp_path: Path) -> None:
    other = changed("override", ("id: PAY-GOOD-001", "id: PAY-GOOD-002"), ("MOD-GOOD-001]", "modifier]"))
    (tmp_path / "PAY-GOOD-002_other.yaml").write_text(other, encoding="utf-8")
    messages = told(tmp_path, "override", FILES["override"][1])
    assert [(item.check, "PAY-GOOD-002" in item.what) for item in messages] == [("R605", True)]
    apart = other.replace("payer_id: ACME}", "payer_id: OTHER}").replace(
        "from: 2024-02-01", "from: 2024-03-01"
    )
    (tmp_path / "PAY-GOOD-002_other.yaml").write_text(apart, encoding="utf-8")
    assert told(tmp_path, "override", FILES["override"][1]) == []
    later = other.replace("from: 2024-02-01", "from: 2025-01-01").replace("expires: 2024", "expires: 2025")
    (tmp_path / "PAY-GOOD-002_other.yaml").write_text(later, encoding="utf-8")
    assert told(tmp_path, "override", FILES["override"][1]) == []


def test_a_cascade_that_nothing_begins_is_a_circle(tmp_path: Path) -> None:
    again = FILES["because"][1].replace("EM-FALL-001", "EM-FALL-002")
    (tmp_path / "EM-FALL-002_again.yaml").write_text(again, encoding="utf-8")
    assert told(tmp_path, "because", FILES["because"][1]) == []
    (tmp_path / "EM-PAIR-001_good.yaml").unlink()
    found = lint([tmp_path / "EM-FALL-001_good.yaml"], [tmp_path])
    assert [(item.check, item.what) for item in found] == [
        ("R704", "nothing begins the cascade: EM-FALL-001 -> EM-FALL-002 -> EM-FALL-001")
    ]


def fall(number: int, code: str, because: str, *changes: tuple[str, str]) -> str:
    """A rule that lets one code fall because of another, and how its text is changed further."""
    return changed(
        "because",
        ("EM-FALL-001", f"EM-FALL-00{number}"),
        (
            'where: {primary.code: "99213"}}\n',
            f'where: {{primary.code: "{because}"}}}}\n  when: {{visit.code: "{code}"}}\n',
        ),
        *changes,
    )


def circles(folder: Path, *texts: str) -> list[tuple[str, str]]:
    for at, text in enumerate(texts, 1):
        (folder / f"EM-FALL-00{at}_good.yaml").write_text(text, encoding="utf-8")
    found = lint([folder / f"EM-FALL-00{at}_good.yaml" for at in range(1, len(texts) + 1)], [folder])
    return [(item.check, item.what) for item in found if item.check in {"R703", "R704"}]


def test_a_circle_of_three_is_told_whatever_rules_of_others_stand_around(tmp_path: Path) -> None:
    three = [fall(1, "11111", "22222"), fall(2, "22222", "33333"), fall(3, "33333", "11111")]
    (tmp_path / "EM-PAIR-001_good.yaml").write_text(FILES["pair"][1], encoding="utf-8")
    assert circles(tmp_path, *three) == [
        ("R704", "nothing begins the cascade: EM-FALL-001 -> EM-FALL-002 -> EM-FALL-003 -> EM-FALL-001"),
        ("R704", "nothing begins the cascade: EM-FALL-002 -> EM-FALL-003 -> EM-FALL-001 -> EM-FALL-002"),
        ("R704", "nothing begins the cascade: EM-FALL-003 -> EM-FALL-001 -> EM-FALL-002 -> EM-FALL-003"),
    ]
    begins = changed("pair", ('in: ["99213", "99214"]', 'in: ["33333"]'))
    (tmp_path / "EM-PAIR-001_good.yaml").write_text(begins, encoding="utf-8")
    assert circles(tmp_path, *three) == []


def test_a_rule_of_another_payer_or_other_codes_is_no_premise(tmp_path: Path) -> None:
    mine = ("effective:", "applies_to: {payer_id: [ACME]}\neffective:")
    for changes, told_of in (
        ((), []),
        ((("effective:", "applies_to: {payer_id: [OTHER]}\neffective:"),), ["R703"]),
        ((("effective:", "applies_to: {payer_id: [OTHER, ACME]}\neffective:"),), []),
        ((('in: ["99213", "99214"]', 'in: ["99215"]'),), ["R703"]),
    ):
        (tmp_path / "EM-PAIR-001_good.yaml").write_text(changed("pair", *changes), encoding="utf-8")
        assert [check for check, _ in circles(tmp_path, fall(1, "11111", "99213", mine))] == told_of


@pytest.mark.parametrize(
    ("folder", "family", "wrong"),
    [
        ("rulesets/modifier", "modifier", False),
        ("rulesets/ncci/ptp", "ptp", False),
        ("rulesets/coverage", "modifier", True),
        ("rulesets/payers/acme", "modifier", False),
        ("rulesets/payers", "modifier", True),
        ("elsewhere", "modifier", False),
    ],
)
def test_a_rule_lies_in_the_folder_of_its_family_or_payer(
    tmp_path: Path, folder: str, family: str, wrong: bool
) -> None:
    place = tmp_path / folder
    place.mkdir(parents=True)
    messages = told(place, "line", LINE.replace("family: modifier", f"family: {family}"))
    assert ("R103" in {message.check for message in messages}) == wrong


def test_a_case_that_does_not_hold_is_told_where_it_stands(tmp_path: Path) -> None:
    assert told(tmp_path, "line", FILES["line"][1], run=True) == []
    wrong = changed("line", ("{rule: MOD-GOOD-002, line: A/1}", "{rule: MOD-GOOD-001, line: A/1}"))
    messages = told(tmp_path, "line", wrong, run=True)
    assert [(item.check, item.spot.line) for item in messages] == [
        ("R505", 1 + wrong[: wrong.index("name: A repeat in an office")].count("\n"))
    ]
    assert "expected MOD-GOOD-001" in messages[0].what
