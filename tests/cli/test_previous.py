"""`auditor audit --previous`: compared with an earlier audit, which must be there and stay there."""

import json

import pytest

from auditor.cli.main import main
from tests.reference.layouts import Desk, ptp_text

HEADER = (
    "claim_id,line_no,patient_id,claim_type,rendering_npi,pos,date_from,code,mod1,units,paid,line_of_business"
)
LINE = "A,{},P,professional,1000000004,11,2024-07-10,{},,1,100.00,medicare"


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "files").mkdir()
    desk = Desk(tmp_path / "files", tmp_path / "library")
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text()))
    return desk


def audit(desk, out, codes, *more):
    rows = [HEADER, *(LINE.format(n, code) for n, code in enumerate(codes, 1))]
    claims = desk.write("claims.csv", "\n".join(rows) + "\n")
    return main(
        [
            "audit",
            str(claims),
            "--library",
            str(desk.library),
            "--out",
            str(out),
            "--no-reports",
            *map(str, more),
        ]
    )


@pytest.mark.slow
def test_what_differs_is_told_after_the_summary(desk, tmp_path, capsys):
    assert audit(desk, tmp_path / "one", ["45385", "45378"]) == 0
    assert audit(desk, tmp_path / "two", ["45385", "99213"], "--previous", tmp_path / "one") == 0
    out = capsys.readouterr().out
    assert "Compared with one:" in out
    assert "Differs: the inputs differ" in out
    assert "not explained by a replaced row" in out


@pytest.mark.slow
def test_the_folder_that_is_written_cannot_be_the_earlier_one(desk, tmp_path, capsys):
    audit(desk, tmp_path / "one", ["45385", "45378"])
    assert audit(desk, tmp_path / "one", ["45385"], "--previous", tmp_path / "one") == 2
    assert "name the same folder" in capsys.readouterr().err


def test_an_earlier_audit_that_is_none_stops_before_anything_is_written(desk, tmp_path, capsys):
    (tmp_path / "none").mkdir()
    assert audit(desk, tmp_path / "two", ["45385"], "--previous", tmp_path / "none") == 3
    assert not (tmp_path / "two").exists()


@pytest.mark.slow
def test_a_comparison_that_cannot_be_made_leaves_the_audit_and_its_exit_code(desk, tmp_path, capsys):
    audit(desk, tmp_path / "one", ["45385", "45378"])
    other = Desk(desk.folder, tmp_path / "other")
    other.take(other.write("ccipra-v301r0-f1.txt", ptp_text()))
    code = audit(
        other, tmp_path / "two", ["45385", "45378"], "--previous", tmp_path / "one", "--fail-on", "probable"
    )
    assert code in (0, 1)
    assert "how it differs cannot be told" in capsys.readouterr().out


@pytest.mark.parametrize("profile", ["external", "board"])
def test_an_earlier_audit_for_others_has_no_ids_to_compare(tmp_path, capsys, profile):
    (tmp_path / "one").mkdir()
    lists: dict[str, list[str]] = {key: [] for key in ("tables", "inputs", "rules")}
    run = {"run_id": "1", "options": {}, "versions": {}, "profile": {"name": profile}, **lists}
    (tmp_path / "one" / "run.json").write_text(json.dumps(run))
    (tmp_path / "claims.csv").write_text(HEADER)
    words = [tmp_path / "claims.csv", "--out", tmp_path / "two", "--previous", tmp_path / "one"]
    assert main(["audit", *map(str, words)]) == 2
    assert f"an audit under the {profile} profile" in capsys.readouterr().err
    assert not (tmp_path / "two").exists()
