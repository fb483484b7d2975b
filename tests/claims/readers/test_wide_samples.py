"""Every public sample of RIF, DE-SynPUF and Tuva: read to the row and cent, by a count of another kind, or refused."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.base.money import to_cents

pytestmark = pytest.mark.slow
_RIF_CLAIMS = ("carrier", "dme", "hha", "hospice", "inpatient", "outpatient", "snf")


def cents(text: str) -> int:
    try:
        return to_cents(Decimal(text or "0"))
    except InvalidOperation:
        return 0


def rows_of(path: Path, delimiter: str) -> list[dict[str, str]]:
    text = path.read_text(encoding="utf-8-sig").split("\n")
    names = text[0].split(delimiter)
    return [dict(zip(names, line.split(delimiter), strict=False)) for line in text[1:] if line.strip()]


def test_every_file_of_the_ccw_is_read_or_named(shared_data, read):
    refused = claims = 0
    for path in sorted((shared_data / "claims" / "rif_bfd").iterdir()):
        if path.name == "LICENSE":
            continue
        if not any(kind in path.name for kind in _RIF_CLAIMS):
            with pytest.raises(
                InputRefused, match=r"holds patients|earlier records|drug events|summary of an export"
            ):
                read(path)
            refused += 1
            continue
        got = read(path)
        rows = rows_of(path, "|")
        assert got.tie.lines_read == len(rows) == got.tie.lines_audited + got.tie.lines_set_aside, path.name
        odd = got.column("SELECT count(*) FROM set_aside WHERE reason_code = 'row_malformed'")
        assert odd == [1 if "sample-u-bcarrier" in path.name else 0], path.name
        if odd == [1]:
            continue
        if "LINE_NCH_PMT_AMT" in rows[0]:
            # One fixture repeats one payment on lines of other charges, and the canonical step counts it once.
            expected = sum(cents(row["LINE_NCH_PMT_AMT"]) for row in rows)
            assert got.tie.paid_in in (expected, expected // 7), path.name
            assert got.tie.charge_in == sum(cents(row["LINE_SBMTD_CHRG_AMT"]) for row in rows)
        else:
            assert got.tie.paid_in == sum(
                {row["CLM_ID"]: cents(row["CLM_PMT_AMT"]) for row in rows}.values()
            ), path.name
            assert got.tie.charge_in == sum(cents(row["REV_CNTR_TOT_CHRG_AMT"]) for row in rows)
        claims += len(rows)
    assert (claims, refused) == (4824, 22)


def test_the_folder_of_the_ccw_is_read_as_one_feed(shared_data, read):
    got = read(shared_data / "claims" / "rif_bfd")
    assert got.tie.lines_read == 4825
    synthetic = "source_file LIKE 'rif-synthea%'"
    assert got.rows(f"SELECT count(*), count(birth_date), count(sex) FROM claim_line WHERE {synthetic}") == [
        (138, 138, 138)
    ]


def puf(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def test_every_file_of_the_synthetic_public_use_files_is_read_or_named(shared_data, read):
    found = 0
    for folder in ("desynpuf_claimsdb", "desynpuf_etlcms"):
        for path in sorted((shared_data / "claims" / folder).glob("*.csv")):
            rows = list(puf(path))
            if "CLM_ID" not in rows[0]:
                with pytest.raises(InputRefused, match=r"drug events|holds patients"):
                    read(path)
                continue
            got = read(path)
            coded = sum(
                1 for row in rows for name, value in row.items() if name.startswith("HCPCS_CD_") and value
            )
            assert got.tie.lines_audited == coded, path.name
            if "LINE_NCH_PMT_AMT_1" in rows[0]:
                paid = sum(
                    cents(v) for row in rows for k, v in row.items() if k.startswith("LINE_NCH_PMT_AMT_")
                )
            else:
                paid = sum(cents(row["CLM_PMT_AMT"]) for row in rows)
            assert got.tie.paid_in == paid, path.name
            assert got.tie.rows_read == len(rows), path.name
            found += coded
    assert found == 28_922 + 6_968 + 1 + 3 + 4 + 4 + 4


@pytest.mark.parametrize("name", ["bene", "carrier", "inpatient", "outpatient", "pde"])
def test_the_same_tables_in_the_format_of_r_are_refused_with_a_reason(shared_data, read, name):
    with pytest.raises(InputRefused, match=r"not a claims file that this version reads|holds no claims"):
        read(shared_data / "claims" / "desynpuf_claimsdb" / f"{name}.rda")


def test_the_carrier_sample_with_its_persons_knows_them(shared_data, read):
    folder = shared_data / "claims" / "desynpuf_claimsdb"
    got = read(folder / "carrier.csv", folder / "bene.csv")
    assert got.rows(
        "SELECT count(*), count(birth_date), count(DISTINCT sex), count(units) FROM claim_line"
    ) == [(28_922, 28_922, 2, 0)]


def test_the_seed_of_tuva_is_read_with_its_eligibility(shared_data, read):
    folder = shared_data / "claims" / "tuva_seed"
    rows = list(puf(folder / "medical_claim_seed.csv"))
    got = read(folder / "medical_claim_seed.csv", folder / "eligibility_seed.csv")
    assert got.tie.lines_read == len(rows) == 2075
    assert got.tie.paid_in == sum(cents(row["paid_amount"]) for row in rows)
    assert got.rows("SELECT count(*) - count(birth_date), count(*) - count(sex) FROM claim_line") == [(0, 0)]
    assert got.column("SELECT says FROM claim_diagnostic WHERE name = 'dx_type'")[0].startswith("1,462 rows")
    with pytest.raises(InputRefused, match="drugs dispensed"):
        read(folder / "pharmacy_claim_seed.csv")
    # The folder is read as a whole, and what holds no claims is named.
    whole = read(folder)
    assert whole.tie == got.tie
    assert {file.name: file.part for file in whole.feed.files}["pharmacy_claim_seed.csv"] == "passed over"
