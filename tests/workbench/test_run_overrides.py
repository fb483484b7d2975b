"""A finding is explained by the overrides of its run, which keeps them whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.base.resources import resource_dir
from auditor.pipeline import AuditOptions, run_audit
from auditor.rules.packs import RuleSet, load_packs
from auditor.workbench.reasoned import explain_finding
from tests.claims_csv import some_claims

SETS = """\
id: PAY-TOLD-001
title: Only 25 lifts
family: payer
override:
  rules: [NCCI-PTP-001]
  action: set_parameter
  parameter: associated_modifiers
  value: ["25"]
  when: {line.claim_type: professional}
  reason: by contract
  approved_by: nobody
"""


@pytest.fixture(scope="module")
def pack() -> RuleSet:
    return load_packs([resource_dir("rulesets")])


@pytest.fixture(scope="module")
def overridden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which an override let nothing but 25 lift a pair; the first of it with 59 is therefore a finding."""
    folder = tmp_path_factory.mktemp("overridden")
    (folder / "pack").mkdir()
    (folder / "pack" / "PAY-TOLD-001.yaml").write_text(SETS, encoding="utf-8")
    claims = some_claims(folder / "claims.csv", patients=8)
    options = AuditOptions(
        use_starter=True, workers=0, reports=False, rules=("ptp",), rulesets=(folder / "pack",)
    )
    run_audit([claims], folder / "run", options)
    return folder / "run"


def finding_with_59(run: Path) -> dict[str, Any]:
    rows = pq.read_table(run / "findings.parquet").to_pylist()
    return next(
        row
        for row in rows
        if row["verdict"] == "fail"
        and row["rule_id"].startswith("NCCI-PTP")
        and any("59" in (line["modifiers"] or ()) for line in row["evidence"])
    )


@pytest.mark.slow
def test_a_finding_is_explained_by_the_overrides_of_its_run_and_not_by_those_at_hand(
    pack: RuleSet, overridden: Path
) -> None:
    name = finding_with_59(overridden)["finding_id"]
    claims = [overridden.parent / "claims.csv"]
    text = explain_finding(pack, overridden, name, claims)
    assert "What lifts it: false" in text and "(59; against 25)" in text
    assert "In the run override PAY-TOLD-001 set “associated modifiers”" in text
    other = load_packs([resource_dir("rulesets"), overridden.parent / "pack"])
    assert explain_finding(other, overridden, name, claims) == text
    told = (overridden.parent / "pack" / "PAY-TOLD-001.yaml").read_text(encoding="utf-8")
    edited = overridden.parent / "edited"
    edited.mkdir()
    (edited / "PAY-TOLD-001.yaml").write_text(told.replace('["25"]', '["59"]'), encoding="utf-8")
    assert explain_finding(load_packs([resource_dir("rulesets"), edited]), overridden, name, claims) == text


@pytest.mark.parametrize("older", [True, False])
def test_what_hangs_on_an_override_that_is_lost_is_not_kept(
    pack: RuleSet, overridden: Path, tmp_path: Path, older: bool
) -> None:
    run = Path(shutil.copytree(overridden, tmp_path / "run"))
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    for item in told["overrides"]:
        item["text"] = item["text"].replace("25", "59")  # no longer what the hash says
        if older:
            for key in ("text", "action", "parameter", "value"):
                del item[key]
    (run / "run.json").write_text(json.dumps(told), encoding="utf-8")
    text = explain_finding(pack, run, finding_with_59(run)["finding_id"], [overridden.parent / "claims.csv"])
    assert "What lifts it: not kept" in text and "The run kept no text of override PAY-TOLD-001" in text
    assert ("any of its parameters" in text) == older and "What lifts it: true" not in text


def test_a_run_keeps_all_of_an_override_with_its_pack_and_text(overridden: Path) -> None:
    (told,) = (
        item
        for item in json.loads((overridden / "run.json").read_text(encoding="utf-8"))["overrides"]
        if item["id"] == "PAY-TOLD-001"
    )
    assert hashlib.sha256(told["text"].encode()).hexdigest() == told["hash"] and told["text"] == SETS
    kept = (
        told["action"],
        told["parameter"],
        told["value"],
        told["pack"],
        told["effective_from"],
        told["expires"],
    )
    assert kept == ("set_parameter", "associated_modifiers", ["25"], "pack 0", None, None)
    assert any("professional" in str(passage) for passage in told["logic"])
