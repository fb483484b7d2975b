"""`auditor rules explain | compile | show | list | docs` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli.main import main
from auditor.cli.rules_pages import list_rules
from tests.rules.pack_making import make_pack, rule_text

pytestmark = pytest.mark.slow


def test_a_rule_is_explained_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "NCCI-PTP-001"]) == 0
    told = capsys.readouterr().out
    assert "Which lines stand together" in told and "in all)" in told and "--full" in told
    assert main(["rules", "explain", "NCCI-PTP-001", "--full"]) == 0
    assert "in all)" not in capsys.readouterr().out


def test_a_variant_and_an_id_in_small_letters_name_their_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "ncci-ptp-006"]) == 0
    assert capsys.readouterr().out.startswith("NCCI-PTP-001: ")


def test_an_override_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "PAY-EXAMPLE-001"]) == 0
    assert "Why, and who approved it" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["explain", "compile", "show"])
def test_an_unknown_rule_is_told_with_the_nearest(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", command, "NCCI-PTQ-010"]) == 2
    assert "did you mean NCCI-PTP-010?" in capsys.readouterr().err


def test_claims_without_a_run_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "X", "--claims", "claims.csv"]) == 2
    assert "--claims goes with --run" in capsys.readouterr().err


def test_a_folder_without_a_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "X", "--run", str(tmp_path)]) == 3
    assert "no result of an audit" in capsys.readouterr().err


def test_a_rule_is_compiled_to_sql_and_engine_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "compile", "MOD-LAT-001"]) == 0
    told = capsys.readouterr().out
    assert "INSERT INTO candidate" in told and "nothing_speaks_for_it" in told


def test_an_override_has_nothing_to_compile(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "compile", "PAY-EXAMPLE-001"]) == 2
    assert "is an override" in capsys.readouterr().err


def test_a_page_is_shown_as_markdown_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "MOD-LAT-001"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("# MOD-LAT-001: ") and "## The law" in told and ".svg" not in told


def listed(*options: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(list_rules, [*options, "--format", "json"], catch_exceptions=False)
    assert result.exit_code == 0
    rows: list[dict[str, object]] = json.loads(result.stdout)
    return rows


def test_the_list_is_narrowed_by_family_class_status_payer_and_pack() -> None:
    every = listed()
    assert {row["family"] for row in listed("--family", "ptp", "--family", "mue")} == {"ptp", "mue"}
    assert {row["class"] for row in listed("--class", "risk")} == {"risk"}
    assert {row["status"] for row in listed("--status", "stable")} == {"stable"}
    assert "PAY-EXAMPLE-001" in {row["id"] for row in listed("--payer", "EXAMPLE-HEALTH")}
    assert 0 < len(listed("--pack", "auditor-base", "--class", "definite")) < len(every)


def test_an_unknown_family_or_pack_is_wrong_usage() -> None:
    for options in (["--family", "nope"], ["--pack", "nope"]):
        assert CliRunner().invoke(list_rules, options).exit_code != 0


def test_pages_are_written_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "pages")
    assert main(["rules", "docs", "--out", folder, "--check"]) == 1
    assert "is missing" in capsys.readouterr().err
    assert main(["rules", "docs", "--out", folder]) == 0
    assert main(["rules", "docs", "--out", folder, "--check"]) == 0
    (tmp_path / "pages" / "MOD-LAT-001.md").write_text("other", encoding="utf-8")
    (tmp_path / "pages" / "OLD-001.svg").write_text('<svg class="flow"/>', encoding="utf-8")
    capsys.readouterr()
    assert main(["rules", "docs", "--out", folder, "--check"]) == 1
    told = capsys.readouterr().err
    assert "MOD-LAT-001.md differs" in told and "OLD-001.svg is of no rule" in told


def test_the_list_of_a_pack_has_its_overrides_with_pack_and_action() -> None:
    every = {row["id"]: row for row in listed()}
    override = every["PAY-EXAMPLE-001"]
    assert override["action"] == "suppress" and override["status"] == "" and override["family"] == "override"
    assert all(row["pack"] for row in every.values())
    own = listed("--pack", str(override["pack"]))
    assert "PAY-EXAMPLE-001" in {row["id"] for row in own} and {row["pack"] for row in own} == {
        override["pack"]
    }
    assert {row["action"] for row in every.values() if row["family"] != "override"} == {""}
    assert [
        row for row in every.values() if row["status"] in {"suppress", "reclassify", "set_parameter"}
    ] == []


def test_a_broken_pack_stops_neither_the_list_nor_the_pages_and_no_page_is_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, out = make_pack(tmp_path / "bad", "bad", b=rule_text("B-1")), tmp_path / "pages"
    words = ("rules", "docs", "--rulesets", str(bad), "--out", str(out))
    assert main(list(words)) == 0 and (out / "B-1.md").exists()
    (bad / "c.yaml").write_text("id: [\n", encoding="utf-8")
    (out / "MOD-LAT-001.md").write_text("Made otherwise.\n", encoding="utf-8")
    capsys.readouterr()
    assert main([*words, "--check"]) == 3
    told = capsys.readouterr().err
    assert "bad 1.0.0 is broken" in told and "MOD-LAT-001.md differs" in told and "B-1.md" not in told
    assert main(list(words)) == 3
    assert (out / "B-1.md").exists() and (out / "MOD-LAT-001.md").read_text("utf-8").startswith(
        "# MOD-LAT-001"
    )
    capsys.readouterr()
    assert main(["rules", "list", "--rulesets", str(bad)]) == 3
    said = capsys.readouterr()
    assert "MOD-LAT-001 " in said.out and "B-1 " not in said.out and "c.yaml, line 2" in said.err
