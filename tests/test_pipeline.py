"""Whole audits of tiny files, in this process, against the starter edition."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.base.errors import InputRefused, InternalCheckFailed, UsageError
from auditor.base.progress import RecordingProgress
from auditor.claims import reconcile
from auditor.engine import agreement
from auditor.findings import manifest
from auditor.findings.model import COLUMNS
from auditor.matching.coverage import BESIDE
from auditor.pipeline import AuditOptions, run_audit
from tests.claims_csv import ONCE_A_DAY, pair_of, row, some_claims, write_claims

QUICK = AuditOptions(use_starter=True, workers=0, reports=False)


@pytest.fixture(autouse=True)
def no_library_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))


def findings(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "findings.parquet").to_pylist()
    return rows


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One audit with reports."""
    folder = tmp_path_factory.mktemp("whole")
    run_audit([some_claims(folder / "claims.csv")], folder / "run", replace(QUICK, reports=True))
    return folder / "run"


def document(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return found


# ---- what is written -------------------------------------------------------------------------------


def test_the_folder_holds_what_was_promised(whole: Path) -> None:
    promised = {"audit.html", "audit.xlsx", "findings.parquet", "run.json", "set_aside.parquet"}
    assert promised <= {path.name for path in whole.iterdir()}
    assert [path.name for path in whole.parent.iterdir() if path.name.startswith(".")] == []
    assert pq.read_schema(whole / "findings.parquet").names == list(COLUMNS)
    assert (whole / "audit.html").read_text(encoding="utf-8").startswith("<!")


def test_run_json_has_the_keys_of_the_contract(whole: Path) -> None:
    run = document(whole)
    assert {
        "run_id", "versions", "inputs", "tables", "rules", "counts", "dollars", "coverage", "stages", "engine",
        "banners", "notes", "options", "reconciliation",
    } <= run.keys()  # fmt: skip
    assert {
        "rows_read", "lines_read", "lines_audited", "lines_superseded", "lines_set_aside", "claims", "patients",
        "findings",
    } <= run["counts"].keys()  # fmt: skip
    assert {
        "paid_in", "paid_audited", "paid_set_aside", "over_definite", "over_probable", "under", "at_risk",
    } <= run["dollars"].keys()  # fmt: skip
    assert {"cases", "firings", "checked", "disagreements", "quarantined"} <= run["engine"].keys()
    (item,) = run["inputs"]
    assert (item["name"], item["rows"], len(item["sha256"])) == ("claims.csv", run["counts"]["rows_read"], 64)
    assert all({"name", "seconds", "rows"} <= stage.keys() for stage in run["stages"])
    assert {"match", "reason", "check", "price", "report"} <= {stage["name"] for stage in run["stages"]}
    for rule in run["rules"]:
        assert {
            "id",
            "version",
            "hash",
            "title",
            "family",
            "class",
            "status",
            "citations",
            "parameters",
        } <= rule.keys()
    for table in run["tables"]:
        assert {"table", "edition", "edition_id", "files", "rows"} <= table.keys()
    assert any("starter" in banner for banner in run["banners"])
    (lacking,) = (banner for banner in run["banners"] if "could not run on them" in banner)
    assert "_" not in lacking


def test_counts_and_dollars_tie_out(whole: Path) -> None:
    run, rows = document(whole), findings(whole)
    counts, dollars = run["counts"], run["dollars"]
    parts = [counts[f"lines_{name}"] for name in ("audited", "superseded", "set_aside")]
    assert sum(parts) == counts["lines_read"] == counts["rows_read"] and parts[1] == parts[2] == 1
    assert run["reconciliation"]["ties"] is True
    counted = {kind: Decimal(0) for kind in ("definite", "probable")}
    by_verdict: dict[str, dict[str, int]] = {}
    for found in rows:
        kinds = by_verdict.setdefault(found["verdict"], {})
        kinds[found["class"]] = kinds.get(found["class"], 0) + 1
        if found["verdict"] == "fail" and found["class"] in counted:
            counted[found["class"]] += found["exposure_counted"]
    assert counts["findings"] == by_verdict and set(by_verdict) >= {"fail", "bypassed"}
    assert Decimal(dollars["over_definite"]) == counted["definite"] > 0
    assert Decimal(dollars["over_probable"]) == counted["probable"]
    largest: dict[tuple[str, ...], Decimal] = {}
    for found in rows:
        risky = found["verdict"] == "fail" and (found["at_risk"] or found["class"] == "risk")
        kind = "at_risk" if risky else found["verdict"]
        name = (kind, found["payer_id"], found["claim_id"] or found["finding_id"], found["line_no"])
        largest[name] = max(largest.get(name, Decimal(0)), found["exposure"])
    for kind in ("at_risk", "bypassed", "suppressed"):
        assert Decimal(dollars[kind]) == sum(value for name, value in largest.items() if name[0] == kind)
    assert Decimal(dollars["at_risk"]) > 0
    assert pq.read_table(whole / "set_aside.parquet").num_rows == 1


def test_a_table_that_does_not_answer_is_named_once(whole: Path) -> None:
    (told,) = (text for text in document(whole)["banners"] if text.startswith("Not answered"))
    named = told.split(": ", 1)[1].split(". ")[0].split(", ")
    assert len(named) == len(set(named)) and not any("without it" in name for name in named)


def test_coverage_counts_the_verdicts_of_each_rule(whole: Path) -> None:
    rows, told = findings(whole), document(whole)["coverage"]
    by_hash = {rule["id"]: rule["hash"] for rule in document(whole)["rules"]}
    for entry in told:
        mine = [f for f in rows if f["rule_hash"] == by_hash[entry["rule_id"]]]
        for verdict in ("fail", "bypassed", "suppressed"):
            assert entry[verdict] == sum(f["verdict"] == verdict for f in mine)
        assert entry["eligible"] == entry["evaluated"] + entry["not_evaluated"]
        gaps = [reason for reason in entry["reasons"] if not reason["reason"].startswith(BESIDE)]
        assert entry["not_evaluated"] == sum(reason["lines"] for reason in gaps)
    mue = next(entry for entry in told if entry["rule_id"] == "NCCI-MUE-002")
    assert mue["fail"] > 0 and any("no published MUE value" in reason["reason"] for reason in mue["reasons"])
    levels = next(entry for entry in told if entry["rule_id"] == "LVL-EM-001")
    assert levels["unit"] == "providers"


def test_every_case_was_evaluated_twice(whole: Path) -> None:
    run = document(whole)
    assert run["engine"]["checked"] == run["counts"]["patients"] > 0
    assert (run["engine"]["disagreements"], run["engine"]["quarantined"]) == (0, 0)


# ---- the same again --------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    """Elsewhere, under another name of the folder, with another number of workers."""
    again = run_audit(
        [some_claims(tmp_path / "claims.csv")], tmp_path / "other", replace(QUICK, reports=True, workers=2)
    )
    for name in ("findings.parquet", "set_aside.parquet", "audit.html", "audit.xlsx"):
        assert (again.folder / name).read_bytes() == (whole / name).read_bytes(), name
    assert again.run["run_id"] == document(whole)["run_id"]


@pytest.mark.slow
def test_the_run_id_tells_what_bears_on_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = some_claims(tmp_path / "claims.csv", 2)
    changes: list[dict[str, Any]] = [
        {},
        {"memory": "1GB", "partitions": 2},
        {"rules": ("mue",)},
        {"line_of_business": "medicaid"},
        {"as_of": date(2024, 12, 31)},
    ]
    base = replace(QUICK, rules=("NCCI-MUE-002",))
    ids = [run_audit([claims], tmp_path / "run", replace(base, **change)).run["run_id"] for change in changes]
    assert ids[0] == ids[1]
    assert len(set(ids)) == len(ids) - 1
    other = write_claims(tmp_path / "claims.csv", [row(paid="80.01")])
    assert run_audit([other], tmp_path / "run", base).run["run_id"] not in ids
    monkeypatch.setattr(manifest, "code_digest", lambda: "another state of the code")
    assert run_audit([claims], tmp_path / "run", base).run["run_id"] not in ids


@pytest.mark.slow
def test_partitions_do_not_matter(whole: Path, tmp_path: Path) -> None:
    claims = some_claims(tmp_path / "claims.csv")
    cut = run_audit([claims], tmp_path / "five", replace(QUICK, partitions=5))
    assert findings(cut.folder) == findings(whole)
    (check,) = [stage for stage in cut.run["stages"] if stage["name"] == "check"]
    assert check["rows"] == cut.run["engine"]["checked"]
    one, five = document(whole), cut.run
    for name in ("counts", "dollars", "coverage", "reconciliation"):
        assert five[name] == one[name], name


@pytest.mark.parametrize("partitions", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_what_goes_on_side_by_side_does_not_matter(whole: Path, tmp_path: Path, partitions: int) -> None:
    claims = some_claims(tmp_path / "claims.csv")
    runs = [
        run_audit([claims], tmp_path / str(threads), replace(QUICK, threads=threads, partitions=partitions))
        for threads in (1, 2)
    ]
    for run in runs:
        assert findings(run.folder) == findings(whole)
    for name in ("counts", "dollars", "coverage", "reconciliation", "data_quality"):
        assert runs[0].run[name] == runs[1].run[name], name


@pytest.mark.slow
def test_what_fails_beside_the_audit_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise InternalCheckFailed("a trial")

    monkeypatch.setattr("auditor.matching.coverage.measure", fail)
    out = tmp_path / "run"
    with pytest.raises(InternalCheckFailed, match="a trial"):
        run_audit([some_claims(tmp_path / "claims.csv")], out, replace(QUICK, threads=2))
    assert not out.exists()


@pytest.mark.slow
def test_two_files_are_one_feed(tmp_path: Path) -> None:
    """The two lines of a pair lie in two files."""
    first, second = pair_of("P1")
    files = [write_claims(tmp_path / "a.csv", [first]), write_claims(tmp_path / "b.csv", [second])]
    result = run_audit(files, tmp_path / "run", QUICK)
    assert [f["rule_id"] for f in findings(result.folder)] == ["NCCI-PTP-002"]
    assert [item["name"] for item in result.run["inputs"]] == ["a.csv", "b.csv"]


@pytest.mark.slow
def test_odd_values_do_not_stop_a_run_and_are_listed_with_their_places(tmp_path: Path) -> None:
    rows = [
        row(claim_id="A", patient_id="P1"),
        row(claim_id="B", patient_id="P2", units=-1),
        row(claim_id="C", patient_id="P3", paid=120),
        row(claim_id="D", patient_id="P4", paid=-5, units=0),
        row(claim_id="E", patient_id="P5", birth_date="2024-12-01", paid_date="2024-08-01"),
    ]
    result = run_audit([write_claims(tmp_path / "claims.csv", rows)], tmp_path / "run", QUICK)
    told = {item["check"]: item for item in document(result.folder)["data_quality"]}
    assert {name: [place["source_pos"] for place in item["places"]] for name, item in told.items()} == {
        "units_negative": [2],
        "amount_negative": [4],
        "paid_above_allowed": [3],
        "service_before_birth": [5],
        "service_after_payment": [5],
    }
    assert (told["paid_above_allowed"]["lines"], told["paid_above_allowed"]["paid"]) == (1, "120.00")
    listed = pq.read_table(result.folder / "data_quality.parquet").to_pylist()
    assert [(item["check"], item["claim_id"]) for item in listed] == [
        ("units_negative", "B"),
        ("amount_negative", "D"),
        ("paid_above_allowed", "C"),
        ("service_before_birth", "E"),
        ("service_after_payment", "E"),
    ]
    assert result.run["counts"]["lines_audited"] == 5
    clean = run_audit([write_claims(tmp_path / "clean.csv", rows[:1])], tmp_path / "clean", QUICK)
    assert clean.run["data_quality"] == []
    assert pq.read_table(clean.folder / "data_quality.parquet").num_rows == 0


# ---- options ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_rules_may_be_limited(tmp_path: Path) -> None:
    claims = some_claims(tmp_path / "claims.csv")
    result = run_audit([claims], tmp_path / "run", replace(QUICK, rules=("mue",)))
    assert {f["family"] for f in findings(result.folder)} == {"mue"}
    assert {rule["family"] for rule in result.run["rules"]} == {"mue"}


@pytest.mark.slow
def test_a_payers_own_rules_are_added(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "PAY-MINE-001_mine.yaml").write_text(
        "id: PAY-MINE-001\ntitle: Mine\nfamily: payer\noverride:\n  rules: [ptp]\n  action: suppress\n"
        "  when: {line.payer_id: PAYER}\n  reason: by contract\n  approved_by: me\n",
        encoding="utf-8",
    )
    claims = write_claims(tmp_path / "claims.csv", pair_of("P1"))
    result = run_audit([claims], tmp_path / "run", replace(QUICK, rulesets=(pack,)))
    (found,) = findings(result.folder)
    assert (found["verdict"], found["suppressed_by"], found["reason"]) == (
        "suppressed",
        "PAY-MINE-001",
        "by contract",
    )
    assert found["exposure_counted"] == 0 and result.run["dollars"]["suppressed"] == "80.00"
    assert "PAY-MINE-001" in {item["id"] for item in result.run["overrides"]}


@pytest.mark.slow
def test_a_field_that_the_feed_lacks_is_told_and_not_passed(tmp_path: Path) -> None:
    rows = [{k: v for k, v in item.items() if not k.startswith("mod")} for item in pair_of("P1")]
    result = run_audit([write_claims(tmp_path / "claims.csv", rows)], tmp_path / "run", QUICK)
    ptp = next(entry for entry in result.run["coverage"] if entry["rule_id"] == "NCCI-PTP-001")
    assert (ptp["evaluated"], ptp["not_evaluated"], ptp["fail"]) == (0, 2, 0)
    assert [reason["reason"] for reason in ptp["reasons"]] == ["the feed has no modifiers"]
    assert [f for f in findings(result.folder) if f["family"] == "ptp"] == []


@pytest.mark.slow
def test_a_named_library_alone_is_used(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    claims = write_claims(tmp_path / "claims.csv", pair_of("P1"))
    options = replace(QUICK, use_starter=False, library=tmp_path / "library")
    result = run_audit([claims], tmp_path / "run", options)
    assert result.run["tables"] == [] and findings(result.folder) == []
    ptp = next(entry for entry in result.run["coverage"] if entry["rule_id"] == "NCCI-PTP-001")
    assert ptp["evaluated"] == 0 and ptp["not_evaluated"] == 2
    with pytest.raises(InputRefused, match="not there"):
        run_audit([claims], tmp_path / "run", replace(options, library=tmp_path / "absent"))


@pytest.mark.slow
def test_without_a_library_the_starter_edition_serves(tmp_path: Path) -> None:
    claims = write_claims(tmp_path / "claims.csv", pair_of("P1"))
    result = run_audit([claims], tmp_path / "run", replace(QUICK, use_starter=False))
    assert len(findings(result.folder)) == 1 and any("starter" in banner for banner in result.run["banners"])


@pytest.mark.slow
def test_every_stage_is_told_as_it_goes(tmp_path: Path) -> None:
    progress = RecordingProgress()
    run_audit([some_claims(tmp_path / "claims.csv", 4)], tmp_path / "run", QUICK, progress)
    names = [record["name"] for record in progress.records]
    assert names.index("reconcile") < names.index("match") < names.index("price") < names.index("write")


# ---- what ends a run -------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_difference_of_the_evaluators_ends_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = write_claims(tmp_path / "claims.csv", pair_of("P1"))
    run_audit([claims], tmp_path / "run", QUICK)
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    monkeypatch.setattr(agreement, "_by_engine", lambda con, rules: {})
    with pytest.raises(InternalCheckFailed, match="NCCI-PTP-001") as caught:
        run_audit([claims], tmp_path / "run", QUICK)
    assert caught.value.exit_code == 4
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before
    with pytest.raises(InternalCheckFailed):
        run_audit([claims], tmp_path / "never", QUICK)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["claims.csv", "run"]


def test_dollars_that_do_not_tie_end_the_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(con: Any, feed: Any) -> Any:
        con.execute("DELETE FROM claim_row WHERE line_id = 0")
        return reconcile(con, feed)

    monkeypatch.setattr("auditor.pipeline.reconcile", lossy)
    with pytest.raises(InternalCheckFailed) as caught:
        run_audit([write_claims(tmp_path / "claims.csv", pair_of("P1"))], tmp_path / "run", QUICK)
    assert caught.value.exit_code == 4 and not (tmp_path / "run").exists()


@pytest.mark.slow
def test_input_that_is_refused_leaves_the_earlier_result(tmp_path: Path) -> None:
    run_audit([write_claims(tmp_path / "claims.csv", pair_of("P1"))], tmp_path / "run", QUICK)
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(InputRefused):
        run_audit([tmp_path / "empty.csv"], tmp_path / "run", QUICK)
    assert len(findings(tmp_path / "run")) == 1


def test_a_folder_with_other_files_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="other files"):
        run_audit([write_claims(tmp_path / "claims.csv", pair_of("P1"))], tmp_path / "run", QUICK)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize(
    "change", [{"rules": ("NCCI-NONE-001",)}, {"carry_forward": frozenset({"ncci_mue"})}]
)
def test_options_that_mean_nothing_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    claims = write_claims(tmp_path / "claims.csv", [row(code=ONCE_A_DAY)])
    with pytest.raises(UsageError):
        run_audit([claims], tmp_path / "run", replace(QUICK, **change))
    assert not (tmp_path / "run").exists()
