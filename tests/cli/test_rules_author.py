"""`auditor rules` lint, fmt, new, schema, baseline: exit codes, what is printed, and the group they stand in."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from auditor.cli import rules as group
from auditor.cli.main import main
from tests.workbench.lint.lint_world import LINE

GOOD = "MOD-GOOD-001_good.yaml"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / GOOD).write_text(LINE, encoding="utf-8")
    return tmp_path


def test_lint_of_files_in_order_is_exit_0(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "lint", str(mine)]) == 0
    assert capsys.readouterr().out == "1 file: nothing to say.\n"


def test_lint_with_an_error_is_exit_1_and_with_a_warning_only_when_strict(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (mine / GOOD).write_text(
        LINE.replace("name: A repeat in an office is flagged", "name: Flagged"), encoding="utf-8"
    )
    assert main(["rules", "lint", str(mine)]) == 0
    assert "warning[R504] case-name" in capsys.readouterr().out
    assert main(["rules", "lint", str(mine), "--strict"]) == 1
    (mine / GOOD).write_text(LINE.replace("severity: low", "severity: lo"), encoding="utf-8")
    assert main(["rules", "lint", str(mine)]) == 1


def test_lint_prints_json_for_editors(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (mine / GOOD).write_text(LINE.replace("severity: low", "severity: lo"), encoding="utf-8")
    capsys.readouterr()
    assert main(["rules", "lint", str(mine), "--format", "json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert [(item["code"], item["line"]) for item in content["messages"]] == [("R004", 9)]


@pytest.mark.slow
def test_the_cases_of_a_file_that_is_named_are_run(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (mine / GOOD).write_text(
        LINE.replace("rule: MOD-GOOD-002, line", "rule: MOD-GOOD-001, line"), encoding="utf-8"
    )
    assert main(["rules", "lint", str(mine)]) == 0
    assert main(["rules", "lint", str(mine / GOOD), "--no-run"]) == 0
    assert main(["rules", "lint", "MOD-GOOD-002", "--rulesets", str(mine)]) == 1
    assert "R505" in capsys.readouterr().out


def test_lint_takes_ids_and_families_of_the_shipped_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "lint", "MOD-LAT-001", "MOD-050-001", "--no-run"]) == 0
    assert "2 files" in capsys.readouterr().out
    assert main(["rules", "lint", "MOD-LAT-001", "coverage", "--no-run"]) == 0
    assert not capsys.readouterr().out.startswith(("1 file", "2 files"))


def test_the_checks_are_listed_with_their_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "lint", "--checks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 50 and lines[0].startswith("R001 error   unreadable ")


@pytest.mark.parametrize("name", ["MOD-NONE-001", "nowhere/at_all.yaml", "missing.yaml"])
def test_a_name_that_meets_nothing_is_exit_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "lint", name]) == 2
    assert name.rpartition("/")[2] in capsys.readouterr().err


def test_fmt_checks_and_writes(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mixed = LINE.replace("status: stable\nowner: Tests\n", "owner: Tests\nstatus: stable\n")
    (mine / GOOD).write_text(mixed, encoding="utf-8")
    assert main(["rules", "fmt", str(mine), "--check"]) == 1
    assert f"{GOOD} is not in the layout." in capsys.readouterr().out
    assert (mine / GOOD).read_text(encoding="utf-8") == mixed
    assert main(["rules", "fmt", str(mine / GOOD)]) == 0
    assert (mine / GOOD).read_text(encoding="utf-8") == LINE
    assert main(["rules", "fmt", str(mine), "--check"]) == 0
    assert capsys.readouterr().out.endswith("1 of 1 files are in the layout already.\n")


def test_fmt_of_a_file_that_cannot_be_read_leaves_it_and_goes_on(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (mine / "A.yaml").write_text("id: [", encoding="utf-8")
    (mine / GOOD).write_text("\n" + LINE, encoding="utf-8")
    assert main(["rules", "fmt", str(mine)]) == 1
    told = capsys.readouterr()
    assert "A.yaml" in told.err and GOOD in told.out
    assert (mine / "A.yaml").read_text(encoding="utf-8") == "id: ["


def test_a_new_rule_is_written_and_named_with_the_next_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "acme"
    assert (
        main(["rules", "new", "MOD-GA-001", "--into", str(into), "--title", "GA where it may not stand"]) == 0
    )
    out = capsys.readouterr().out
    assert "MOD-GA-001_ga_where_it_may_not_stand.yaml written" in out and "auditor rules lint" in out
    assert sorted(path.name for path in into.iterdir()) == [
        "MOD-GA-001_ga_where_it_may_not_stand.yaml",
        "pack.yaml",
    ]
    assert main(["rules", "list", "--rulesets", str(into)]) == 0
    assert "GA where it may not stand" in capsys.readouterr().out
    assert main(["rules", "new", "MOD-GA-001", "--into", str(into)]) == 2


@pytest.mark.parametrize(
    "arguments", [["MOD-GA-1"], ["MOD-GA-001", "--form", "lines"], ["MOD-GA-001", "--family", "modifer"]]
)
def test_a_new_rule_that_cannot_be_is_exit_2(tmp_path: Path, arguments: list[str]) -> None:
    assert main(["rules", "new", *arguments, "--into", str(tmp_path / "x")]) == 2
    assert not (tmp_path / "x").exists()


def test_the_forms_are_listed_with_what_they_are_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "new", "X", "--form", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 12


def test_the_schema_is_printed_or_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["title"] == "A rule of the auditor"
    assert main(["rules", "schema", "--out", str(tmp_path / "rule.schema.json")]) == 0
    assert (tmp_path / "rule.schema.json").read_text(encoding="utf-8") == printed


@pytest.mark.slow
def test_baseline_is_exit_0_without_findings_and_1_with_some(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "baseline", "--lines", "500", "--rules", "modifier"]) == 0
    assert "no finding." in capsys.readouterr().out
    wide = LINE.replace("{is: repeated}", "line.units: {ge: 0}").replace('["93010"]', '["99213"]')
    wide = wide.replace("definite", "probable").replace("any: [", "any: [{line.pos: {exists: true}}, ")
    (mine / GOOD).write_text(wide.replace('["93010", "93000"]', '["99213"]'), encoding="utf-8")
    arguments = ["rules", "baseline", "--lines", "500", "--rules", "MOD-GOOD-001", "--rulesets", str(mine)]
    assert main([*arguments, "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["fails"] is True


def test_a_misspelt_command_is_told_its_neighbour(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--help"]) == 0
    assert "lint" in capsys.readouterr().out
    assert main(["rules", "lnt"]) == 2
    assert "Did you mean 'lint'?" in capsys.readouterr().err


def test_every_command_takes_debug() -> None:
    context = click.Context(group.rules)
    for name in ("lint", "fmt", "new", "schema", "baseline"):
        command = group.rules.get_command(context, name)
        assert command is not None and any("--debug" in item.opts for item in command.params)
