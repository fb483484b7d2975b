"""What could only be a slip is refused where a rule is loaded, by its line: ids, words of the scope, days in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.claims.columns import WORDS
from auditor.rules.loader import load_rule
from auditor.rules.model import Rule
from tests.rules.pack_making import override_text, rule_text

VARIANT = """\
variants:
  - {id: MOD-TWO-002, title: Two, when: {line.pos: "11"}}
"""


def load(folder: Path, text: str) -> object:
    path = folder / "rule.yaml"
    path.write_text(text, encoding="utf-8")
    return load_rule(path)


def refusal(folder: Path, text: str) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        load(folder, text)
    assert caught.value.exit_code == 3 and caught.value.why and caught.value.mend
    return caught.value


@pytest.mark.parametrize(
    "name",
    [
        "../../evil/PAY-X",
        "<script>",
        "PAY X",
        "pay-x-001",
        "PAY-",
        "-PAY",
        "PAY--1",
        "PÄY-1",
        "A-" + "1" * 60,
    ],
)
def test_an_id_that_is_no_id_is_refused_by_its_line(tmp_path: Path, name: str) -> None:
    quoted = f"'{name}'"
    for text, line in (
        (rule_text(quoted), 1),
        (override_text(quoted, "A-1"), 1),
        (rule_text("MOD-ONE-001", more=VARIANT.replace("MOD-TWO-002", quoted)), 13),
    ):
        error = refusal(tmp_path, text)
        assert error.where == f"rule.yaml, line {line}" and "is no id" in error.what


@pytest.mark.parametrize("name", ["NCCI-PTP-001", "A-1", "PAY-ACME-2024-001", "X"])
def test_an_id_of_parts_is_taken(tmp_path: Path, name: str) -> None:
    found = load(tmp_path, rule_text(name))
    assert isinstance(found, Rule) and found.id == name


@pytest.mark.parametrize(
    ("key", "value", "near"),
    [
        ("line_of_business", "medicar", "medicare"),
        ("claim_type", "profesional", "professional"),
        ("setting", "out_patient_hospital", "outpatient_hospital"),
    ],
)
def test_a_scope_that_no_line_can_have_is_refused_with_the_nearest(
    tmp_path: Path, key: str, value: str, near: str
) -> None:
    error = refusal(tmp_path, rule_text("A-1", more=f"applies_to:\n  payer_id: [X]\n  {key}: [{value}]\n"))
    assert error.where == "rule.yaml, line 14" and value in error.what and near in error.mend


def test_every_word_of_a_scope_is_taken_and_a_payer_may_be_called_anything(tmp_path: Path) -> None:
    for key in ("line_of_business", "claim_type", "setting"):
        words = ", ".join(WORDS[key])
        found = load(
            tmp_path, rule_text("A-1", more=f"applies_to: {{{key}: [{words}], payer_id: ['p. 1']}}\n")
        )
        assert isinstance(found, Rule) and found.scope.payer_id == ("p. 1",)


def test_a_rule_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    block = "effective:\n  from: 2024-07-01\n  to: {}\n"
    error = refusal(tmp_path, rule_text("A-1", more=block.format("2024-06-30")))
    assert error.where == "rule.yaml, line 14" and "2024-06-30" in error.what and "never" in error.why
    assert isinstance(load(tmp_path, rule_text("A-1", more=block.format("2024-07-01"))), Rule)
