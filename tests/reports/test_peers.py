"""Rates of providers beside their peers: what is counted, who is left out, who lies above."""

from __future__ import annotations

from pathlib import Path

from auditor.findings.claim_lines import PROVIDER_COLUMNS
from auditor.reports.peers import LEAST_LINES, peers
from tests.reports.fakes import FINDING_COLUMNS, write_parquet


def made(folder: Path, billed: dict[str, int], found: dict[str, int]) -> tuple[Path, Path]:
    rows = [
        {"finding_id": f"{npi}-{n}", "rule_id": "R", "verdict": "fail", "class": "definite", "direction": "over",
         "rendering_npi": npi, "patient_id": "P", "claim_id": f"{npi}-{n % number}", "line_no": 1}
        for npi, number in found.items() for n in range(2 * number)
    ]  # fmt: skip
    write_parquet(folder / "findings.parquet", FINDING_COLUMNS, rows)
    listed = [
        {"npi": npi, "specialty": s, "lines": lines / 2}
        for npi, lines in billed.items()
        for s in ("08", "11")
    ]
    write_parquet(folder / "providers.parquet", PROVIDER_COLUMNS, listed)
    return folder / "findings.parquet", folder / "providers.parquet"


def test_lines_count_once_and_specialties_together(tmp_path: Path) -> None:
    billed = {f"{n:010}": 200 for n in range(20)} | {"9": 200, "small": LEAST_LINES - 2}
    told = peers(*made(tmp_path, billed, {f"{n:010}": 8 + n % 3 for n in range(20)} | {"9": 90}))
    assert [peer.npi for peer in told.above] == ["9"] and told.providers[0].npi == "9"
    assert (told.above[0].found, told.above[0].lines, told.above[0].specialties) == (90, 200, ("08", "11"))
    assert told.too_few == 1 and told.lines == 21 * 200
    assert told.found == 90 + sum(8 + n % 3 for n in range(20))


def test_the_curve_narrows_and_holds_the_share_of_all(tmp_path: Path) -> None:
    billed = {f"{n:010}": 60 * (n + 1) for n in range(30)}
    told = peers(*made(tmp_path, billed, {npi: lines // 20 for npi, lines in billed.items()}))
    share = told.found / told.lines
    assert all(low <= share <= high for _, low, high in told.curve)
    assert told.curve[0][2] - told.curve[0][1] > told.curve[-1][2] - told.curve[-1][1]
    assert told.above == ()


def test_few_providers_and_older_runs_give_no_comparison(tmp_path: Path) -> None:
    told = peers(*made(tmp_path, {"1": 100, "2": 100}, {"1": 3}))
    assert told.providers == () and told.too_few == 2
    assert peers(tmp_path / "findings.parquet", tmp_path / "nothing.parquet").providers == ()


def test_no_finding_at_all_is_no_fault(tmp_path: Path) -> None:
    told = peers(*made(tmp_path, {f"{n:010}": 200 for n in range(8)}, {}))
    assert told.found == 0 and told.above == () and len(told.providers) == 8
