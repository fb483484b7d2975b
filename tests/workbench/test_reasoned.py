"""Why a finding was made: lines, conditions with their values, what the run does not keep, rules gone or changed."""

from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.base.resources import resource_dir
from auditor.pipeline import AuditOptions, run_audit
from auditor.rules import model as m
from auditor.rules.condition_words import Speaker
from auditor.rules.packs import RuleSet, load_packs
from auditor.workbench import reasoned
from auditor.workbench.finding_facts import Known, add_row_values, known_of
from auditor.workbench.reasoned import explain_finding, judge
from tests.claims_csv import some_claims

pytestmark = pytest.mark.slow

CODE = m.FieldRef("line", "code", "line", "text")
PAID = m.FieldRef("line", "paid", "line", "money")


@pytest.fixture(scope="module")
def pack() -> RuleSet:
    return load_packs([resource_dir("rulesets")])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    claims = some_claims(folder / "claims.csv", patients=8)
    run_audit([claims], folder / "run", AuditOptions(use_starter=True, workers=0, reports=False))
    return folder / "run"


@pytest.fixture(scope="module")
def rows(run: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(run / "findings.parquet").to_pylist()
    return found


def one(rows: list[dict[str, Any]], rule: str, verdict: str = "fail") -> str:
    return next(
        str(row["finding_id"]) for row in rows if row["rule_id"] == rule and row["verdict"] == verdict
    )


def test_every_finding_of_a_run_can_be_explained(
    pack: RuleSet, run: Path, rows: list[dict[str, Any]]
) -> None:
    for row in rows:
        text = explain_finding(pack, run, row["finding_id"])
        assert row["explanation"] in text and "same hash" in text
        for heading in ("The lines", "The table row in force", "The rule", "What it rests on", "The money"):
            assert f"\n{heading}\n" in text


def test_what_made_a_finding_is_never_said_to_be_false(
    pack: RuleSet, run: Path, rows: list[dict[str, Any]]
) -> None:
    claims = [run.parent / "claims.csv"]
    for row in rows:
        for given in ([], claims):
            text = explain_finding(pack, run, row["finding_id"], given)
            for line in text.splitlines():
                if "What must hold, all of it:" in line or f"  {row['rule_id']}, {row['title']}:" in line:
                    assert not line.endswith(": false"), line
                if "What lifts it:" in line:
                    assert line.endswith("true" if row["verdict"] == "bypassed" else "false"), line


def test_with_the_claims_at_hand_every_field_of_lines_is_known(
    pack: RuleSet, run: Path, rows: list[dict[str, Any]]
) -> None:
    name = one(rows, "NCCI-MUE-002") if any(row["rule_id"] == "NCCI-MUE-002" for row in rows) else ""
    name = name or one(rows, "NCCI-PTP-002")
    assert "[not kept]" in explain_finding(pack, run, name)
    told = explain_finding(pack, run, name, [run.parent / "claims.csv"]).splitlines()
    left = [
        text for text in told if "[not kept]" in text
    ]  # rows that are only looked up are not kept with a finding
    assert not [text for text in left if "of the row" not in text]


def test_a_bypassed_pair_shows_the_modifier_that_lifted_it(
    pack: RuleSet, run: Path, rows: list[dict[str, Any]]
) -> None:
    text = explain_finding(pack, run, one(rows, "NCCI-PTP-001", "bypassed"))
    assert "What lifts it: true" in text and "(59; against E1, E2" in text
    assert "NCCI-PTP-002, " not in text.partition("The rule")[2]


def test_the_beginning_of_an_id_is_enough_and_a_wrong_one_is_told(
    pack: RuleSet, run: Path, rows: list[dict[str, Any]]
) -> None:
    whole = str(rows[0]["finding_id"])
    assert whole in explain_finding(pack, run, whole[:12])
    with pytest.raises(UsageError, match="no finding begins with"):
        explain_finding(pack, run, "zz")
    with pytest.raises(UsageError, match="findings begin with"):
        explain_finding(pack, run, "")


def test_a_rule_that_is_gone_is_read_from_the_run(
    pack: RuleSet, run: Path, rows: list[dict[str, Any]]
) -> None:
    text = explain_finding(RuleSet((), (), ""), run, one(rows, "NCCI-PTP-002"))
    assert "no rule of the packs at hand any more" in text and "text that the run kept" in text
    assert "[true] the modifier indicator of the row “edit”" in text


def test_a_rule_that_has_changed_since_says_so(pack: RuleSet, run: Path, rows: list[dict[str, Any]]) -> None:
    changed = tuple(dataclasses.replace(rule, hash="0" * 64, version=9, bypass=None) for rule in pack.rules)
    text = explain_finding(dataclasses.replace(pack, rules=changed), run, one(rows, "NCCI-PTP-002"))
    ran = next(rule.version for rule in pack.rules if rule.id == "NCCI-PTP-001")
    assert f"has changed since: version {ran} ran, with another hash; version 9 is at hand" in text
    assert "What lifts it" in text


def changed_run(run: Path, folder: Path, entry: dict[str, Any]) -> Path:
    other = folder / "other"
    shutil.copytree(run, other)
    told = json.loads((other / "run.json").read_text(encoding="utf-8"))
    told["rules"] = [
        {key: value for key, value in (rule | entry).items() if value is not None} for rule in told["rules"]
    ]
    (other / "run.json").write_text(json.dumps(told), encoding="utf-8")
    return other


def test_without_the_text_of_a_rule_the_words_of_the_run_are_told(
    run: Path, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    other = changed_run(run, tmp_path, {"text": None})
    text = explain_finding(RuleSet((), (), ""), other, one(rows, "NCCI-PTP-002"))
    assert "cannot be evaluated" in text and "Which lines stand together" in text and "[true]" not in text


def test_a_text_that_is_not_the_one_that_ran_is_not_believed(
    run: Path, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    other = changed_run(run, tmp_path, {"text": "id: X\n"})
    assert "cannot be evaluated" in explain_finding(RuleSet((), (), ""), other, one(rows, "NCCI-PTP-002"))


def test_a_run_of_an_older_version_still_tells_the_sentence(
    run: Path, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    other = changed_run(run, tmp_path, {"text": None, "logic": None})
    text = explain_finding(RuleSet((), (), ""), other, one(rows, "NCCI-PTP-002"))
    assert "kept no words of its logic" in text


def test_claims_of_another_run_are_refused(
    pack: RuleSet, run: Path, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    other = some_claims(tmp_path / "claims.csv", patients=3)
    with pytest.raises(InputRefused, match=r"claims\.csv is not a file of this run"):
        explain_finding(pack, run, str(rows[0]["finding_id"]), [other])


def test_a_folder_that_is_no_run_is_refused(pack: RuleSet, run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"no result of an audit"):
        explain_finding(pack, tmp_path, "x")
    (tmp_path / "run.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"not as an audit writes it"):
        explain_finding(pack, tmp_path, "x")
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"findings\.parquet cannot be read"):
        explain_finding(pack, tmp_path, "x")


def known(**line: Any) -> Known:
    found = Known(roles={"line": line})
    found.day = line.get("date_from")
    return found


def test_what_is_not_known_decides_nothing_and_what_is_known_may() -> None:
    here = known(code="A", date_from=date(2024, 1, 1))
    yes, no, open_ = m.Test(CODE, "eq", "A"), m.Test(CODE, "eq", "B"), m.Test(PAID, "gt", 0)
    speaker = Speaker()

    def holds(part: m.Condition) -> bool | None:
        return judge(part, here, {}, speaker).holds

    assert (holds(yes), holds(no), holds(open_)) == (True, False, None)
    assert holds(m.All((yes, open_))) is None and holds(m.All((no, open_))) is False
    assert holds(m.AnyOf((yes, open_))) is True and holds(m.AnyOf((no, open_))) is None
    assert holds(m.Not(open_)) is None and holds(m.Not(yes)) is False
    assert holds(m.ALWAYS) is True and holds(m.NEVER) is False


def test_the_row_and_what_it_was_asked_by_are_read_out_of_its_key(
    pack: RuleSet, rows: list[dict[str, Any]]
) -> None:
    rule = pack.explaining("NCCI-PTP-001")
    assert rule is not None
    row = next(row for row in rows if row["rule_id"] == "NCCI-PTP-002")
    found = known_of(rule, row)
    assert found.roles["edit"]["modifier_indicator"] == "0"
    assert found.roles["column_2"]["setting"] == found.roles["column_1"]["setting"] == "practitioner"
    assert found.values["pair.shared_day"] == row["service_date"]


def test_with_the_claims_given_nobody_is_told_to_give_them(
    pack: RuleSet, run: Path, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = one(rows, "NCCI-PTP-002")
    assert "given again with --claims, may show it" in explain_finding(pack, run, name)
    monkeypatch.setattr(reasoned, "_read", lambda *_: reasoned.UNKNOWN)
    text = explain_finding(pack, run, name, [run.parent / "claims.csv"])
    assert "[not kept]" in text and "--claims" not in text


SUMMED = """\
claim_id,line_no,patient_id,billing_npi,rendering_npi,payer_id,line_of_business,claim_type,code,units,date_from,allowed,paid
A,1,P1,1000000012,1000000012,EXAMPLE-COMMERCIAL,commercial,professional,97140,20,2024-07-01,600.00,600.00
B,1,P1,1000000012,1000000012,EXAMPLE-COMMERCIAL,commercial,professional,97140,10,2024-07-05,300.00,300.00
"""


def test_a_sum_is_shown_with_the_row_that_it_was_held_against(pack: RuleSet, tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.write_text(SUMMED, encoding="utf-8")
    options = AuditOptions(use_starter=True, workers=0, reports=False, rules=("PAY-COM-005",))
    run_audit([claims], tmp_path / "run", options)
    (row,) = pq.read_table(tmp_path / "run" / "findings.parquet").to_pylist()
    said = "the total units of the sum “rolling” are more than the units of the row “limit”"
    assert f"[not kept] {said}" in explain_finding(pack, tmp_path / "run", row["finding_id"])
    text = explain_finding(pack, tmp_path / "run", row["finding_id"], [claims])
    assert f"[true] {said} (30; against 24)" in text
    assert "units in any thirty days, edition" in text


def test_the_values_of_a_row_are_not_read_from_a_table_that_has_changed_since(
    pack: RuleSet, tmp_path: Path
) -> None:
    rule = pack.explaining("PAY-COM-005")
    spec = next(item for item in pack.tables if item.name == "com_unit_limits")
    assert rule is not None
    run = {"packs": [{"tables": [{"name": spec.name, "sha256": spec.sha256}]}]}
    for told, filled in ((run, True), ({"packs": [{"tables": [{"name": spec.name, "sha256": "0"}]}]}, False)):
        held = dict(zip((*spec.columns, "effective", "deleted"), spec.rows[0], strict=True))
        row = {name: held[name] for name in (*spec.key, "effective")}
        found = Known(roles={"limit": dict(row)})
        add_row_values(rule, {}, found, told, pack.tables)
        assert ("units" in found.roles["limit"]) is filled
