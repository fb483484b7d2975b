"""Whole audits with a broken pack, a retired rule, a rule that cannot be evaluated: the rest goes on and says so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from auditor.base.errors import InputRefused, RuleNotEvaluated
from auditor.cli.main import main
from auditor.matching.bases import Bases
from auditor.matching.candidates import Matcher
from auditor.pipeline import AuditOptions, run_audit
from auditor.profiles import shares
from tests.claims_csv import pair_of, row, some_claims, write_claims
from tests.rules.pack_making import make_pack, override_text, rule_text

QUICK = AuditOptions(use_starter=True, workers=0, reports=False)
FEW = replace(QUICK, rules=("ptp", "mue"))


@pytest.fixture(autouse=True)
def nothing_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))
    monkeypatch.setenv("AUDITOR_RULES", str(tmp_path / "none"))


def findings(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "findings.parquet").to_pylist()
    return sorted(rows, key=lambda row: row["finding_id"])


def row_of(run: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [row for row in run["coverage"] if row["rule_id"] == name]
    return dict(found)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A pack with an override that would set every pair aside, a good rule and a broken one."""
    return make_pack(
        tmp_path / "bad", "bad",
        o=override_text("B-O", "ptp"),
        r=rule_text("B-1", "em"),
        x="id: B-2\ntitle: Broken\nfamily: em\nnonsense: true\n",
        y="nothing: [\n",
    )  # fmt: skip


# ---- a broken pack -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_audit_with_a_broken_pack_finds_all_that_it_finds_without(tmp_path: Path, bad: Path) -> None:
    claims = some_claims(tmp_path / "claims.csv", 4)
    without = run_audit([claims], tmp_path / "one", QUICK)
    result = run_audit([claims], tmp_path / "two", replace(QUICK, rulesets=(bad,)))
    assert findings(result.folder) == findings(without.folder) != []
    assert result.run["run_id"] != without.run["run_id"]
    (pack,) = [item for item in result.run["packs"] if item["broken"]]
    assert (pack["id"], pack["version"], pack["rules"], pack["overrides"]) == ("bad", "1.0.0", 2, 1)
    assert "x.yaml, line 4" in pack["broken"] and "`nonsense`" in pack["broken"]
    assert "B-O" not in {item["id"] for item in result.run["overrides"]}
    for name in ("B-1", "B-2", "pack bad"):
        row = row_of(result.run, name)
        assert (row["evaluated"], row["fail"]) == (0, 0)
        assert [reason["reason"] for reason in row["reasons"]] == [
            "its pack bad 1.0.0 is broken and was left out"
        ]
    (banner,) = [text for text in result.run["banners"] if "pack bad 1.0.0" in text]
    assert "B-1, B-2" in banner and "not a pass" in banner and "overrides do not apply" in banner
    assert "x.yaml, line 4" in banner


@pytest.mark.parametrize("partitions", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_what_a_broken_pack_is_about_is_counted_where_its_rule_loads_and_else_not_known(
    tmp_path: Path, bad: Path, partitions: int
) -> None:
    claims = some_claims(tmp_path / "claims.csv", 4)
    options = replace(FEW, rulesets=(bad,), partitions=partitions, rules=())
    run = run_audit([claims], tmp_path / "run", options).run
    loads = row_of(run, "B-1")
    assert loads["eligible"] == loads["not_evaluated"] == run["counts"]["lines_audited"] > 0
    assert (
        loads["dollars_eligible"] == run["dollars"]["paid_audited"] and loads["dollars_evaluated"] == "0.00"
    )
    assert loads["reasons"][0]["lines"] == loads["eligible"]
    for name in ("B-2", "pack bad"):
        row = row_of(run, name)
        assert (row["eligible"], row["not_evaluated"], row["dollars_eligible"]) == (None, None, None)
        assert (row["reasons"][0]["lines"], row["reasons"][0]["dollars"]) == (None, None)
        assert (row["evaluated"], row["fail"], row["dollars"]) == (0, 0, "0.00")


@pytest.mark.slow
def test_a_rule_that_looks_for_codes_in_a_table_of_its_broken_pack_is_not_counted(tmp_path: Path) -> None:
    match = """match:
  lines: [line]
  table: {name: odd_codes, as: row, on: {code: line.code}, in_force_on: service_day}
  absent: {line: other, same: [patient_id], where: {other.code: {exists: true}}}
flag: [line]"""
    text = rule_text("B-1").replace('match: {lines: [line], when: {line.code: "99213"}}', match)
    pack = make_pack(tmp_path / "bad", "bad", r=text)
    (pack / "tables").mkdir()
    about = "title: T\ncolumns: {code: text}\nkey: [code]\ncode_column: code\nsource: Invented\n"
    (pack / "tables" / "odd_codes.yaml").write_text(about, encoding="utf-8")
    (pack / "tables" / "odd_codes.csv").write_text(
        "code,effective,deleted\n99213,2020-01-01,\n", encoding="utf-8"
    )
    claims = some_claims(tmp_path / "claims.csv", 2)
    options = replace(FEW, rulesets=(pack,), rules=())
    assert row_of(run_audit([claims], tmp_path / "run", options).run, "B-1")["eligible"] is not None
    (pack / "x.yaml").write_text("nothing: [\n", encoding="utf-8")
    run = run_audit([claims], tmp_path / "run", options).run
    assert row_of(run, "B-1")["title"] == "Rule B-1" and row_of(run, "B-1")["eligible"] is None


@pytest.mark.slow
def test_every_report_says_so_first(tmp_path: Path, bad: Path) -> None:
    claims = some_claims(tmp_path / "claims.csv", 4)
    folder = run_audit([claims], tmp_path / "run", replace(QUICK, rulesets=(bad,), reports=True)).folder
    page = (folder / "audit.html").read_text(encoding="utf-8")
    assert "The pack bad 1.0.0 is broken and was left out" in page.split("Potential overpayment")[0]
    assert "LEFT OUT, not evaluated" in page and "auditor-base 0.1.0" in page
    book = load_workbook(folder / "audit.xlsx", read_only=True)
    said = {
        name: [str(cell.value) for row in book[name].iter_rows() for cell in row]
        for name in ("Cover & scope", "Run manifest")
    }
    assert any("bad 1.0.0 is broken" in text for text in said["Cover & scope"])
    assert (
        any("LEFT OUT" in text for text in said["Run manifest"])
        and "auditor-base 0.1.0" in said["Run manifest"]
    )
    gaps = [[str(cell.value) for cell in row] for row in book["Not evaluated"].iter_rows()]
    assert any(row[0] == "B-2" and "is broken" in row[2] and row[3] == row[5] == "not known" for row in gaps)
    assert any(row[0] == "B-2" and row[2] == row[3] == row[5] == "not known" for row in gaps)
    assert any(row[0] == "B-1" and row[3] not in {"0", "not known"} for row in gaps)
    assert "not known how many claim lines" in page and "of which nothing is known" in str(gaps)


@pytest.mark.slow
def test_the_command_tells_it_on_stderr_and_ends_with_0(
    tmp_path: Path, bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = some_claims(tmp_path / "claims.csv", 3)
    words = [
        "audit",
        claims,
        "--out",
        tmp_path / "run",
        "--quiet",
        "--no-reports",
        "--rulesets",
        bad,
        "--workers",
        1,
    ]
    assert main([str(word) for word in words]) == 0
    told = capsys.readouterr().err
    assert "the pack bad 1.0.0 is broken and was left out" in told and "x.yaml, line 4" in told
    assert main([str(word) for word in [*words, "--rules", "B-1"]]) == 3
    assert "nothing is left to run" in capsys.readouterr().err
    assert main([str(word) for word in [*words, "--rules", "B-1", "--rules", "mue"]]) == 0


@pytest.mark.slow
def test_every_run_names_its_packs_and_the_pack_of_each_rule(tmp_path: Path) -> None:
    mine = make_pack(tmp_path / "mine", "mine", "2.1.0", r=rule_text("M-1", code="11042"))
    claims = write_claims(tmp_path / "claims.csv", pair_of("P1"))
    run = run_audit([claims], tmp_path / "run", replace(QUICK, rulesets=(mine,))).run
    packs = {item["id"]: item for item in run["packs"]}
    assert packs["auditor-base"]["signature"] == "bundled" and packs["mine"]["signature"] == "none"
    assert packs["mine"]["version"] == "2.1.0" and len(packs["mine"]["hash"]) == 64
    origin = {item["id"]: item["pack"] for item in run["rules"]}
    assert origin["M-1"] == "mine 2.1.0" and origin["NCCI-PTP-001"].startswith("auditor-base ")


# ---- a rule that is gone -------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_finding_can_be_explained_from_its_run_when_the_rule_is_gone(tmp_path: Path) -> None:
    claims = write_claims(tmp_path / "claims.csv", pair_of("P1"))
    result = run_audit([claims], tmp_path / "run", FEW)
    run = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))
    (found,) = findings(result.folder)
    (entry,) = [item for item in run["rules"] if item["hash"] == found["rule_hash"]]
    assert hashlib.sha256(entry["text"].encode()).hexdigest() == found["rule_hash"]
    assert found["rule_id"] in {variant["id"] for variant in entry["variants"]}
    assert all("text" not in item for item in run["rules"] if item is not entry)
    kept = {
        "title",
        "version",
        "class",
        "citations",
        "parameters",
        "explanation_template",
        "variants",
        "pack",
    }
    assert kept <= entry.keys()


RETIRED = "retired: {on: 2025-01-01, because: Withdrawn., successor: M-2}\n"


@pytest.mark.slow
def test_a_retired_rule_finds_nothing_and_is_told(tmp_path: Path) -> None:
    code = str(pair_of("P1")[0]["code"])
    mine = make_pack(
        tmp_path / "mine", "mine", r=rule_text("M-1", code=code, status="deprecated", more=RETIRED)
    )
    claims = write_claims(tmp_path / "claims.csv", pair_of("P1"))
    options = replace(FEW, rulesets=(mine,))
    run = run_audit([claims], tmp_path / "run", options).run
    (told,) = run["retired"]
    assert (told["id"], told["on"], told["successor"], told["pack"]) == (
        "M-1",
        "2025-01-01",
        "M-2",
        "mine 1.0.0",
    )
    assert "M-1" not in {f["rule_id"] for f in findings(tmp_path / "run")} | {r["id"] for r in run["rules"]}
    named = run_audit([claims], tmp_path / "run", replace(options, rules=("M-1",))).run
    assert {f["rule_id"] for f in findings(tmp_path / "run")} == {"M-1"} and named["retired"] == []


# ---- a rule that cannot be evaluated -------------------------------------------------------------------


def failing(monkeypatch: pytest.MonkeyPatch, name: str, after: int = 0) -> None:
    """Let the matching of a rule's stratum fail for that rule, from the partition after the given number on."""
    times: list[int] = []
    match: Callable[..., int] = Matcher.match

    def refusing(self: Matcher, stratum: int) -> int:
        if any(rule.id == name and rule.stratum == stratum for rule in self.rules):
            times.append(1)
            if len(times) > after:
                raise RuleNotEvaluated(
                    "the rule would make a cross product", rule_id=name, where="x.yaml", why="5,000,000,000 pairs",
                    mend="name what the two lines have in common",
                )  # fmt: skip
        return match(self, stratum)

    monkeypatch.setattr(Matcher, "match", refusing)


@pytest.mark.parametrize("partitions", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_a_rule_that_cannot_be_evaluated_is_left_out_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, partitions: int
) -> None:
    claims = some_claims(tmp_path / "claims.csv")
    options = replace(FEW, partitions=partitions)
    whole = run_audit([claims], tmp_path / "whole", options)
    others = [f for f in findings(whole.folder) if f["rule_id"] != "NCCI-MUE-002"]
    assert 0 < len(others) < len(findings(whole.folder))
    failing(monkeypatch, "NCCI-MUE-002", after=partitions - 1)
    result = run_audit([claims], tmp_path / "run", options)
    assert [f["finding_id"] for f in findings(result.folder)] == [f["finding_id"] for f in others]
    before, row = row_of(whole.run, "NCCI-MUE-002"), row_of(result.run, "NCCI-MUE-002")
    assert (row["evaluated"], row["not_evaluated"]) == (0, before["eligible"]) and row["eligible"] > 0
    (reason,) = row["reasons"]
    assert "cross product" in reason["reason"] and "5,000,000,000 pairs" in reason["reason"]
    assert any("NCCI-MUE-002 was left out" in text for text in result.run["banners"])
    assert result.run["engine"]["disagreements"] == 0
    assert result.run["engine"]["checked"] >= whole.run["engine"]["checked"] > 0
    assert row_of(result.run, "NCCI-PTP-001") == row_of(whole.run, "NCCI-PTP-001")


@pytest.mark.slow
def test_several_rules_may_fall_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = write_claims(tmp_path / "claims.csv", pair_of("P1"))
    failing(monkeypatch, "NCCI-MUE-002")
    failing(monkeypatch, "NCCI-PTP-001")
    run = run_audit([claims], tmp_path / "run", FEW).run
    assert findings(tmp_path / "run") == []
    assert sum("was left out" in text for text in run["banners"]) == 2


def test_a_refusal_that_names_no_rule_that_runs_ends_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object) -> Any:
        raise RuleNotEvaluated("it cannot", rule_id="NONE-1")

    monkeypatch.setattr(Matcher, "match", refusing)
    with pytest.raises(InputRefused, match="it cannot"):
        run_audit([write_claims(tmp_path / "claims.csv", pair_of("P1"))], tmp_path / "run", FEW)
    assert not (tmp_path / "run").exists()


def fault_in(monkeypatch: pytest.MonkeyPatch, holder: object, name: str, rule_id: str, at: int) -> None:
    """Let the database refuse what ``holder.name`` asks for one rule, which is its argument number ``at``."""
    whole: Callable[..., Any] = getattr(holder, name)

    def refusing(*given: Any, **named: Any) -> Any:
        if given[at].id == rule_id:
            raise duckdb.ConversionException("Could not convert string 'P1' to INT32")
        return whole(*given, **named)

    monkeypatch.setattr(holder, name, refusing)


@pytest.mark.parametrize(
    ("holder", "name", "rule_id", "at"),
    [
        (Bases, "refuse_products", "EM-G2211-001", 1),
        (Matcher, "_untold", "EM-G2211-001", 1),
        (shares, "_choose", "LVL-EM-001", 2),
    ],
)
def test_a_fault_of_the_database_in_any_step_leaves_its_rule_out_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: object, name: str, rule_id: str, at: int
) -> None:
    fault_in(monkeypatch, holder, name, rule_id, at)
    options = replace(QUICK, rules=("NCCI-PTP-001", rule_id))
    lines = [
        *pair_of("P1"),
        row(claim_id="C2", patient_id="P2", code="G2211"),
        row(claim_id="C3", patient_id="P3"),
    ]
    run = run_audit([write_claims(tmp_path / "claims.csv", lines)], tmp_path / "run", options).run
    assert {f["rule_id"] for f in findings(tmp_path / "run")} == {"NCCI-PTP-002"}
    (banner,) = [text for text in run["banners"] if "was left out" in text]
    assert rule_id in banner and "P1" not in json.dumps(row_of(run, rule_id))
