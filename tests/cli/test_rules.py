"""`auditor rules`: what rules there are, and whether their own cases hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.cli.main import main

MINE = """\
id: MOD-MINE-001
catalogue_id: AM-06
title: Two modifiers that contradict each other
family: modifier
class: definite
severity: low
citations: [{key: a, document: A}]
match: {lines: [line], when: {all: [{line.modifiers: {contains: "76"}}, {line.modifiers: {contains: "77"}}]}}
exposure: {direction: over, method: none}
explanation: "{line.code} with {line.modifiers}"
tests:
  - name: both on one line
    lines: [{claim_id: A, code: "93010", modifiers: ["76", "77"], date_from: 2024-07-10, paid: 10}]
    expect: [{rule: MOD-MINE-001, line: A/1, class: definite}]
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "MOD-MINE-001_mine.yaml").write_text(MINE, encoding="utf-8")
    return tmp_path


def test_rules_are_listed_with_their_variants(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 30 and any(line.startswith("NCCI-PTP-006 ") and "PTP-06" in line for line in lines)


def test_rules_are_listed_as_json_with_those_of_further_folders(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "list", "--format", "json", "--rulesets", str(mine)]) == 0
    rows = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert rows["MOD-MINE-001"]["title"] == "Two modifiers that contradict each other"
    told = {"id", "catalogue_id", "family", "class", "severity", "status", "title", "file", "pack", "payers"}
    told |= {"action", "retired"}
    assert told == set(rows["NCCI-MUE-001"])


@pytest.mark.parametrize("name", ["MOD-MINE-001", "MOD-LAT-001", "PAY-EXAMPLE-001"])
def test_the_cases_of_a_named_rule_or_override_are_run(
    mine: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["rules", "test", name, "--rulesets", str(mine)]) == 0
    said = capsys.readouterr().out.split()
    assert said[0] == said[2] != "0"


def test_a_case_that_does_not_hold_is_exit_1(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = mine / "MOD-MINE-001_mine.yaml"
    path.write_text(MINE.replace("class: definite}]", "class: probable}]"), encoding="utf-8")
    assert main(["rules", "test", "MOD-MINE-001", "--rulesets", str(mine)]) == 1
    told = capsys.readouterr()
    assert told.out == "0 of 1 cases hold.\n"
    assert told.err.startswith("MOD-MINE-001: both on one line: expected") and "definite" in told.err


def test_a_name_that_meets_nothing_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "test", "NCCI-NONE-001"]) == 2
    assert "NCCI-NONE-001" in capsys.readouterr().err


def test_a_bad_rule_file_is_exit_3_and_named_with_its_line(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = mine / "MOD-MINE-001_mine.yaml"
    path.write_text(MINE.replace("severity: low", "severty: low"), encoding="utf-8")
    assert main(["rules", "list", "--rulesets", str(mine)]) == 3
    assert "MOD-MINE-001_mine.yaml, line 6" in capsys.readouterr().err


def test_a_file_is_tested_with_the_pack_it_lies_in(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = mine / "MOD-MINE-001_mine.yaml"
    assert main(["rules", "test", str(path)]) == 0
    assert capsys.readouterr().out == "1 of 1 cases hold.\n"
    assert main(["rules", "test", str(mine), "MOD-MINE-001", "--rulesets", str(mine)]) == 0
    assert capsys.readouterr().out == "1 of 1 cases hold.\n"


def test_a_manifest_among_files_is_passed_over(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "test", *map(str, sorted(mine.glob("*.yaml")))]) == 0
    assert capsys.readouterr().out == "1 of 1 cases hold.\n"


def test_the_nearest_rule_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "test", "MOD-LAT-01"]) == 2
    assert "did you mean MOD-LAT-001?" in capsys.readouterr().err


def renamed(text: str, name: str) -> str:
    return text.replace("MOD-MINE-001", name)


def broken_pack(folder: Path) -> Path:
    """A pack of two rules, one of which cannot be read."""
    folder.mkdir()
    (folder / "pack.yaml").write_text(
        "id: bad\ntitle: Bad\nversion: 1.0.0\npublisher: Nobody\n", encoding="utf-8"
    )
    (folder / "MOD-BAD-001_whole.yaml").write_text(renamed(MINE, "MOD-BAD-001"), encoding="utf-8")
    (folder / "MOD-BAD-002_cut.yaml").write_text(
        renamed(MINE, "MOD-BAD-002").replace("low", "lo"), encoding="utf-8"
    )
    return folder


def test_a_broken_pack_is_told_and_the_cases_of_the_others_are_run(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = broken_pack(mine / "bad")
    assert main(["rules", "test", "MOD-MINE-001", "--rulesets", str(mine)]) == 3
    told = capsys.readouterr()
    assert told.out == "1 of 1 cases hold.\n"
    assert "bad 1.0.0 is broken" in told.err and "MOD-BAD-002_cut.yaml, line 6" in told.err
    for name in ("MOD-BAD-001", str(bad / "MOD-BAD-001_whole.yaml")):
        assert main(["rules", "test", name, "--rulesets", str(mine)]) == 3
        told = capsys.readouterr()
        assert told.out == "0 of 0 cases hold.\n" and "bad 1.0.0 is broken" in told.err
        assert "no rule or family" not in told.err


def test_a_rule_without_cases_that_is_named_is_exit_1(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = mine / "MOD-MINE-001_mine.yaml"
    path.write_text(MINE.split("tests:")[0], encoding="utf-8")
    for name in ("MOD-MINE-001", str(path)):
        assert main(["rules", "test", name, "--rulesets", str(mine)]) == 1
        assert "MOD-MINE-001 has no cases" in capsys.readouterr().err
    assert main(["rules", "test", str(mine)]) == 1
    assert capsys.readouterr().out == "0 of 0 cases hold.\n"


def test_a_retired_rule_is_said_to_be_retired_and_since_when(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = mine / "MOD-MINE-001_mine.yaml"
    retired = "status: deprecated\nretired: {on: 2024-03-01, because: Replaced.}\nfamily: modifier"
    path.write_text(MINE.replace("family: modifier", retired), encoding="utf-8")
    assert main(["rules", "test", "MOD-MINE-001", "--rulesets", str(mine)]) == 2
    assert "MOD-MINE-001 is retired on 2024-03-01" in capsys.readouterr().err
    assert main(["rules", "test", str(path)]) == 1
    assert "MOD-MINE-001 is retired on 2024-03-01" in capsys.readouterr().err
    assert main(["rules", "list", "--rulesets", str(mine)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("MOD-MINE-001")]
    assert line.endswith("(retired on 2024-03-01)")
    assert main(["rules", "list", "--format", "json", "--rulesets", str(mine)]) == 0
    (row,) = [row for row in json.loads(capsys.readouterr().out) if row["id"] == "MOD-MINE-001"]
    assert row["retired"] == "2024-03-01" and row["status"] == "deprecated"
