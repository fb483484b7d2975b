"""`auditor demo`: a whole audit of synthetic claims, and how many of the seeded errors it found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from auditor.cli.main import main


@pytest.mark.slow
def test_it_writes_a_whole_report_and_says_what_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report"
    assert main(["demo", "--out", str(report), "--lines", "1000"]) == 0
    assert {"audit.html", "audit.xlsx", "findings.parquet", "run.json"} <= {
        path.name for path in report.iterdir()
    }
    run = json.loads((report / "run.json").read_text(encoding="utf-8"))
    assert run["counts"]["lines_read"] >= 1000 and run["engine"]["disagreements"] == 0
    assert run["counts"]["findings"]["fail"]["definite"] > 0
    said = capsys.readouterr().out
    found = re.search(r"(\d[\d,]*) of (\d[\d,]*)", said)
    assert found is not None and found[1] == found[2] != "0", said
    assert "dollars tie out" in said and str(report / "audit.html") in said


@pytest.mark.slow
def test_the_same_seed_gives_the_same_report_and_another_seed_another(tmp_path: Path) -> None:
    bytes_of = []
    for seed in (1, 1, 2):
        assert (
            main(
                ["demo", "--out", str(tmp_path / "report"), "--lines", "500", "--seed", str(seed), "--quiet"]
            )
            == 0
        )
        bytes_of.append((tmp_path / "report" / "findings.parquet").read_bytes())
    assert bytes_of[0] == bytes_of[1] != bytes_of[2]


def test_it_writes_over_nothing_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert main(["demo", "--out", str(tmp_path), "--lines", "500", "--quiet"]) == 2
    assert main(["demo", "--out", str(tmp_path / "new"), "--lines", "0"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
