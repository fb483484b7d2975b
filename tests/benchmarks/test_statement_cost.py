"""What the statements of rules cost is told of the rules that asked them, and of nothing else."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.rules.model import FAMILIES

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "statement_cost.py"
HEADER = "claim_id,line_no,patient_id,payer_id,claim_type,rendering_npi,date_from,code,mod1,units,charge,paid,pos,dx1"
LINES = [
    "C1,1,P1,PAYER,professional,1234567893,2024-07-01,99213,,1,100.00,80.00,11,I10",
    "C1,2,P1,PAYER,professional,1234567893,2024-07-01,99213,,9,100.00,80.00,11,I10",
]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The printed figures, and the seconds of each rule."""
    folder = tmp_path_factory.mktemp("statements")
    (folder / "claims.csv").write_text("\n".join([HEADER, *LINES, ""]), encoding="utf-8")
    command = [sys.executable, str(SCRIPT), str(folder / "claims.csv"), "--json", str(folder / "kept.json")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout, json.loads((folder / "kept.json").read_text("utf-8"))


def test_families_and_the_rest_come_to_the_whole(measured):
    printed, kept = measured
    whole = float(printed.removeprefix("statements: ").split(" ")[0])
    rows = re.findall(r"^(?:[a-z_]+|shared by rules|no rule's) +([0-9]+\.[0-9]{2})", printed, re.MULTILINE)
    assert sum(map(float, rows)) == pytest.approx(whole, abs=0.3)
    assert sum(kept.values()) == pytest.approx(whole, abs=0.06)


def test_a_rule_that_asks_of_these_lines_is_named_with_its_family(measured):
    _, kept = measured
    assert kept["integrity INT-PAID-001"] > 0 and kept["no rule's"] > 0 and kept["shared by rules hit"] > 0
    assert {name.split()[0] for name in kept} - {"no", "shared"} <= set(FAMILIES)


def test_what_is_counted_as_shared_is_made_under_these_names():
    named = runpy.run_path(str(SCRIPT))["SHARED"]
    made = {name for path in (ROOT / "auditor" / "matching").glob("*.py")
            for name in re.findall(r'relation\(\s*"([a-z_]+)"', path.read_text("utf-8"))}  # fmt: skip
    assert named and named <= made
