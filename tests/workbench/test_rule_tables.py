"""The tables of rules: counted from the rule files, every issue that claims decide answered or planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.base.resources import resource_dir
from auditor.rules.packs import RuleSet, load_packs
from auditor.workbench.rule_tables import (
    BEGIN,
    END,
    answering,
    beside,
    family_table,
    issues,
    issues_page,
    named_rules,
    placed,
    planned,
)

ROOT = Path(__file__).resolve().parents[2]
HEADER = "number,name,decidable,catalogue,note,url\n"


@pytest.fixture(scope="module")
def pack() -> RuleSet:
    return load_packs([resource_dir("rulesets")])


def test_the_committed_tables_are_as_the_rule_files_are(pack: RuleSet) -> None:
    made = beside(ROOT / "docs" / "rules", pack)
    assert {path.name for path in made} == {"README.md", "rac_issues.md"}
    for path, text in made.items():
        assert path.read_text(encoding="utf-8") == text, "run `auditor rules docs`"


def test_rules_of_invented_payers_are_not_counted(pack: RuleSet) -> None:
    names = {rule.id for rule in named_rules(pack)}
    assert "NCCI-PTP-002" in names
    assert not [name for name in names if name.startswith("PAY-")]


def test_the_sum_of_the_families_is_all_of_them(pack: RuleSet) -> None:
    rules = named_rules(pack)
    cells = [[cell.strip() for cell in row.split("|")[2:-1]] for row in family_table(rules).splitlines()[2:]]
    for column in range(len(cells[0])):
        assert sum(int(row[column] or 0) for row in cells[:-1]) == int(cells[-1][column] or 0)
    assert int(cells[-1][0]) == len(rules)


def test_every_issue_that_claims_decide_has_a_rule_a_plan_or_a_reason(pack: RuleSet) -> None:
    rules = named_rules(pack)
    open_ones = [
        issue.name
        for issue in issues(ROOT / "docs" / "rac_issues.csv")
        if issue.decidable == "yes" and not answering(issue, rules) and not planned(issue) and not issue.note
    ]
    assert open_ones == []


def test_an_issue_without_a_rule_says_so(tmp_path: Path, pack: RuleSet) -> None:
    listed = tmp_path / "rac_issues.csv"
    listed.write_text(
        HEADER + "1,Nothing,yes,XX-99,,\n2,Pairs,yes,PTP-02 PTP-01,,https://example.org\n3,Notes,no,,,\n"
    )
    page = issues_page(issues(listed), named_rules(pack))
    assert "| 1 Nothing | yes | XX-99 | no rule |" in page
    assert "[2 Pairs](https://example.org)" in page and "[NCCI-PTP-002](rules/NCCI-PTP-001.md)" in page
    assert "| 3 Notes | no |  | needs the record |" in page


def test_other_columns_and_a_page_without_marks_are_refused(tmp_path: Path) -> None:
    listed = tmp_path / "rac_issues.csv"
    listed.write_text("a,b\n1,2\n")
    with pytest.raises(InputRefused, match="other columns"):
        issues(listed)
    with pytest.raises(InputRefused, match="no place"):
        placed(f"only {BEGIN}", "table")
    assert placed(f"a {BEGIN} old {END} b", "new") == f"a {BEGIN}\n\nnew\n\n{END} b"
