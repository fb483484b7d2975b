"""`auditor claims inspect`: options, output and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.cli.main import main
from tests.claims_csv import pair_of, row, write_claims


@pytest.fixture(autouse=True)
def no_library_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    return write_claims(tmp_path / "claims.csv", [*pair_of("P1"), row(claim_id="C9", patient_id="")])


def inspect(*words: object) -> int:
    return main(["claims", "inspect", "--quiet", *map(str, words)])


def test_it_says_what_is_in_the_file_and_which_rules_can_run(
    claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inspect(claims, "--rules", "ptp", "--rules", "LVL-EM-001") == 0
    said, err = capsys.readouterr()
    assert err == ""
    assert said.startswith(
        "3 claim lines read: 2 would be audited, 0 superseded, 1 set aside; dollars tie out."
    )
    assert "starter edition" in said
    for words in (
        "== Files",
        "Set aside, by reason",
        "2024-08",
        "== Oddities",
        "NCCI-PTP-001",
        "Fields that no file has",
    ):
        assert words in said


def test_it_prints_json_and_nothing_else(claims: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(claims, "--json", "--rules", "ptp") == 0
    values = json.loads(capsys.readouterr().out)
    assert values["counts"]["lines_audited"] == 2
    assert [item["rule_id"] for item in values["rules"]["list"]] == sorted(
        item["rule_id"] for item in values["rules"]["list"]
    )


def test_it_writes_a_page(claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(claims, "--rules", "ptp", "--html", tmp_path / "new" / "page.html") == 0
    assert "page.html" in capsys.readouterr().out
    assert (tmp_path / "new" / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_payer_and_a_line_of_business_are_given_to_claims_that_name_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = write_claims(tmp_path / "claims.csv", [row(payer_id="")])
    options = ("--payer", "ACME", "--line-of-business", "commercial", "--json", "--rules", "ptp")
    assert inspect(claims, *options) == 0
    (payer,) = json.loads(capsys.readouterr().out)["payers"]
    assert (payer["payer_id"], payer["line_of_business"]) == ("ACME", "commercial")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["no-such.csv"], 3, "no-such.csv"),
        (["{claims}", "--library", "{folder}/nowhere"], 3, "library"),
        (["{claims}", "--html", "{folder}", "--rules", "ptp"], 3, "not a file"),
        (["{claims}", "--format", "papyrus"], 2, "--format"),
        (["{claims}", "--rules", "NOPE"], 2, "NOPE"),
        (["{claims}", "--memory", "much"], 2, "--memory"),
        ([], 2, "CLAIMS"),
    ],
)
def test_what_cannot_be_done_ends_with_the_code_of_the_contract(
    words: list[str], code: int, said: str, claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inspect(*(word.format(claims=claims, folder=tmp_path) for word in words)) == code
    out, err = capsys.readouterr()
    assert said in err and out == ""
