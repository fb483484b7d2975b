"""Every sample of X12 claims is read with as many claims and lines as a bare count of its segments finds."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from auditor.base.errors import InputRefused
from auditor.claims.feed import ReadOptions
from auditor.claims.readers.interface import NotClaims
from auditor.claims.readers.x12 import X12Reader
from auditor.claims.sources.intake import take_in

SAMPLES = {
    # Folder: claims, service segments in all its files, as a bare count finds them.
    "x12_linuxforhealth": (36, 101),
    "x12_imsweb": (1497, 1501),
    "x12_hccinfhir": (19, 48),
}


def bare(content: bytes, names: bytes) -> int:
    """Segments of these names: after a terminator or a line end, before a separator."""
    return len(re.findall(rb"(?:^|[~_\n])\s*(?:" + names + rb")[*~|]", content))


def read(con: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> tuple[int, int, int] | str:
    """Claims, lines and rows set aside; or why there are none."""
    reader = X12Reader()
    try:
        source = take_in(path, folder)[0]
        if reader.recognises(con, source) is None:
            return "no claims of X12"
        staged = reader.stage(con, source, ReadOptions(), folder, {})
    except (NotClaims, InputRefused) as refusal:
        return str(refusal)
    lines = con.execute(f"SELECT count(*) FROM ({staged.select})").fetchall()[0][0]
    return staged.source_rows or 0, lines, staged.malformed


@pytest.mark.parametrize("folder", list(SAMPLES))
def test_claims_and_lines_are_those_of_a_bare_count(folder: str, shared_data: Path, tmp_path: Path):
    con = duckdb.connect()
    total_claims = total_lines = 0
    for path in sorted((shared_data / "claims" / folder).iterdir()):
        content = path.read_bytes()
        claims, lines = bare(content, b"CLM"), bare(content, b"SV[123]")
        found = read(con, path, tmp_path)
        if claims == 0:
            assert isinstance(found, str), path.name
            continue
        assert found == (claims, lines, 0), path.name
        total_claims, total_lines = total_claims + claims, total_lines + lines
    assert (total_claims, total_lines) == SAMPLES[folder]


def test_the_other_transactions_are_refused_by_their_names(shared_data: Path, tmp_path: Path):
    con = duckdb.connect()
    found = {
        path.name: read(con, path, tmp_path)
        for folder, pattern in (
            ("x12_hccinfhir", "sample_8[23]*"),
            ("x12_imsweb", "*999*"),
            ("x12_pyx12", "*multiple*"),
        )
        for path in (shared_data / "claims" / folder).glob(pattern)
        if not path.name.startswith("sample_837")
    }
    assert len(found) == 14
    for name, refusal in found.items():
        assert isinstance(refusal, str), name
        assert "(enrolment)" in refusal or "(premium payments)" in refusal or "(acknowledgements)" in refusal
        assert name in refusal


def test_a_separator_of_which_the_isa_says_otherwise_loses_no_code(shared_data: Path, tmp_path: Path):
    con = duckdb.connect()
    path = shared_data / "claims/x12_linuxforhealth/837_005010X222A2__demo.example11.837"
    source = take_in(path, tmp_path)[0]
    staged = X12Reader().stage(con, source, ReadOptions(), tmp_path, {})
    assert con.execute(f"SELECT code, mod1, dx_ptr FROM ({staged.select})").fetchall() == [
        ("E0570", "RR", "1:2"),
        ("A7003", "NU", "1"),
    ]
