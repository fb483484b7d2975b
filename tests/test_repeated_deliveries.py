"""The same claims delivered again, in another file, order, compression or line ending, change no finding, no dollar."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.pipeline import AuditOptions, run_audit
from tests.claims_csv import NEVER_TOGETHER, ONCE_A_DAY, pair_of, row, write_claims

QUICK = AuditOptions(use_starter=True, workers=0, reports=False)
PAYMENT = {"frequency_code": "1", "paid_date": "2024-08-20"}
ROWS = [
    *pair_of("P1", NEVER_TOGETHER),
    row(claim_id="C2", patient_id="P2", code=ONCE_A_DAY, units=3),
    row(claim_id="C3", patient_id="P3", **PAYMENT),
    row(
        claim_id="C3",
        patient_id="P3",
        frequency_code="8",
        original_ref="C3",
        paid_date="2024-08-25",
        paid="0",
    ),
    row(claim_id="C3", patient_id="P3", frequency_code="1", paid_date="2024-09-25"),
    row(claim_id="C4", patient_id="P4", **PAYMENT),
    row(
        claim_id="C4",
        patient_id="P4",
        frequency_code="7",
        original_ref="C4",
        paid_date="2024-09-20",
        paid="85",
    ),
]


@pytest.fixture(autouse=True)
def no_library_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))


def outcome(files: Sequence[Path], out: Path) -> tuple[Any, dict[str, Any]]:
    """Findings with their dollars, and run.json."""
    run_audit(files, out, QUICK)
    found = pq.read_table(out / "findings.parquet").to_pylist()
    told = sorted(
        (item["finding_id"], item["exposure_counted"], item["class"], item["explanation"]) for item in found
    )
    return told, json.loads((out / "run.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, Any]]:
    """The claims delivered once."""
    folder = tmp_path_factory.mktemp("once")
    return outcome([write_claims(folder / "claims.csv", ROWS)], folder / "run")


def test_the_claims_hold_what_repeats_could_change(once: tuple[Any, dict[str, Any]]) -> None:
    told, run = once
    assert len(told) >= 3
    assert any("billed again" in item[3] or "eliminated an earlier claim" in item[3] for item in told)
    assert run["counts"]["lines_superseded"] == 3


SLOW = [pytest.param(form, marks=pytest.mark.slow) for form in ("gzip", "windows", "halves")]


@pytest.mark.parametrize("form", ["copy", "reversed", *SLOW])
@pytest.mark.slow
def test_a_second_delivery_changes_no_finding_and_no_dollar_at_stake(
    form: str, once: tuple[Any, dict[str, Any]], tmp_path: Path
) -> None:
    first = write_claims(tmp_path / "claims.csv", ROWS)
    again: list[Path] = [tmp_path / "again.csv"]
    if form == "copy":
        again[0].write_bytes(first.read_bytes())
    elif form == "gzip":
        again = [tmp_path / "again.csv.gz"]
        again[0].write_bytes(gzip.compress(first.read_bytes()))
    elif form == "windows":
        again[0].write_bytes(first.read_bytes().replace(b"\r\n", b"\n"))
        first.write_bytes(again[0].read_bytes().replace(b"\n", b"\r\n"))
    elif form == "reversed":
        write_claims(again[0], ROWS[::-1])
    else:
        again = [write_claims(tmp_path / f"{n}.csv", ROWS[n::2]) for n in (0, 1)]
    told, run = outcome([first, *again], tmp_path / "run")
    before = once[1]
    assert told == once[0]
    for name in ("over_definite", "over_probable", "under", "at_risk", "paid_audited"):
        assert run["dollars"][name] == before["dollars"][name]
    assert run["counts"]["lines_audited"] == before["counts"]["lines_audited"]
    if form in ("copy", "gzip"):
        assert [note for note in run["notes"] if "same content as claims.csv" in note]
        assert run["dollars"]["paid_in"] == before["dollars"]["paid_in"]
    else:
        assert run["counts"]["lines_set_aside"] == len(ROWS)
        aside = pq.read_table(tmp_path / "run" / "set_aside.parquet").to_pylist()
        assert {item["reason_code"] for item in aside} == {"line_repeated"}
