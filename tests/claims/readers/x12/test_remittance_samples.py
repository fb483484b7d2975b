"""The public samples of 835: counts by a bare split, figures by another parser and by the tables beside them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.claims import open_connection, read_claims, reconcile
from tests.claims.readers.x12.remittance_files import read

pytestmark = pytest.mark.slow

FILES = {
    "x12_835_keironstoddart": (
        "test_edi_835_files__blue_cross_nc_sample.txt", "test_edi_835_files__emedny_sample.txt",
        "test_edi_835_files__united_healthcare_legacy_sample.txt",
    ),
    "x12_linuxforhealth": (
        "835_005010X221A1__medicare-part-a.835", "835_005010X221A1__tertiary-payment.835",
        "835_005010X221A1__cob-contractural-adjustment.835", "835_005010X221A1__managed-care.835",
        "demo-file__demo.835", "835_005010X221A1__secondary-payment.835",
    ),
    "x12_pyx12": ("tests__835_mult_loops.txt",),
}  # fmt: skip
NAMES = [(folder, name) for folder, names in FILES.items() for name in names]
SHIFTED = "835_005010X221A1__tertiary-payment.835"
"""Its procedure stands in two elements (SVC*HC*24599.00), which the other parser takes for a charge."""
NO_ISA = "test_edi_835_files__blue_cross_nc_sample.txt"
OTHER_COMPONENT = (
    "835_005010X221A1__cob-contractural-adjustment.835",
    "835_005010X221A1__secondary-payment.835",
)
"""Their ISA names another component separator than their procedures use: the other parser does not cut them."""


def segments(path: Path) -> list[list[str]]:
    """The segments of a file, by a bare split."""
    return [part.strip().split("*") for part in path.read_text().split("~") if part.strip()]


def cents(text: str) -> int:
    return int(Decimal(text or "0") * 100)


@pytest.mark.parametrize(("folder", "name"), NAMES, ids=[name for _, name in NAMES])
def test_claims_services_and_adjustments_are_those_of_a_bare_count(shared_data, folder, name):
    path = shared_data / "claims" / folder / name
    found = segments(path)
    count = Counter(one[0] for one in found)
    got = read(path.read_bytes())
    lines = [row for row in got.rows if {"code", "revenue_code", "ndc"} & row.keys()]
    assert (got.staged.source_rows, len(lines), len(got.aside)) == (count["CLP"], count["SVC"], 0)
    triplets = sum(1 for one in found if one[0] == "CAS" for reason in one[2::3] if reason)
    told = sum(
        text.count(":") > 0 for row in got.rows for text in row.get("adjustments", "").split(",") if text
    )
    assert told == triplets


@pytest.mark.parametrize(("folder", "name"), NAMES, ids=[name for _, name in NAMES])
def test_the_dollars_are_those_of_the_claims(shared_data, tmp_path, folder, name):
    path = shared_data / "claims" / folder / name
    paid = sum(cents(one[4]) for one in segments(path) if one[0] == "CLP")
    con = open_connection("1GB", 1, tmp_path / "spill")
    tie = reconcile(con, read_claims(con, [path]))
    assert tie.paid_in == paid
    assert tie.paid_audited + tie.paid_set_aside == paid
    assert tie.charge_in == sum(cents(one[3]) for one in segments(path) if one[0] == "CLP")


@pytest.mark.parametrize("name", FILES["x12_835_keironstoddart"])
def test_the_lines_are_those_of_the_tables_that_came_with_the_samples(shared_data, name):
    folder = shared_data / "claims" / "x12_835_keironstoddart"
    with (folder / name.replace("test_edi_835_files__", "output__").replace(".txt", ".csv")).open() as stream:
        expected = list(csv.DictReader(stream))
    rows = read((folder / name).read_bytes()).rows
    assert len(rows) == len(expected)
    for row, said in zip(rows, expected, strict=True):
        assert (row["claim_id"], row["code"], row.get("mod1", "")) == (
            said["marker"],
            said["code"],
            said["modifier"],
        )
        assert row["payer_name"] == said["payer"]
        assert row["date_from"] == (said["start_date"] if "472" not in said else "").replace("-", "")
        if said["charge_amount"]:
            assert [cents(row[k]) for k in ("charge", "paid")] == [
                cents(said[k]) for k in ("charge_amount", "paid_amount")
            ]
            assert Decimal(row["units"]) == Decimal(said["allowed_units"])
        if said["allowed_amount"]:
            assert cents(row["allowed"]) == cents(said["allowed_amount"])
        adjusted = {
            (
                said[f"adj_{n}_group"],
                re.sub(r"\.0$", "", said[f"adj_{n}_code"]),
                cents(said[f"adj_{n}_amount"]),
            )
            for n in range(2)
            if said.get(f"adj_{n}_group")
        }
        own = {
            tuple(re.split("[-:]", one, maxsplit=2)) for one in row.get("adjustments", "").split(",") if one
        }
        told = {(group, reason, cents(amount.split(":")[0])) for group, reason, amount in own}
        # The tables keep two adjustments of a line at most.
        assert adjusted <= told
        if said.get("ref_0_qual") == "6R":
            assert row["line_control_no"] == said["ref_0_value"]
        if said.get("rem_0_code"):
            assert row["remark_codes"] == said["rem_0_code"]


@pytest.mark.parametrize(("folder", "name"), NAMES, ids=[name for _, name in NAMES])
def test_field_by_field_as_another_parser_reads_it(shared_data, folder, name):
    oxedi = pytest.importorskip("oxedi", reason="the other parser is absent: pip install oxedi")
    arrow = pytest.importorskip("pyarrow")
    if name in (NO_ISA, SHIFTED):
        pytest.skip(
            "the other parser does not read this file: "
            + ("it has no ISA" if name == NO_ISA else "damaged SVC")
        )
    path = shared_data / "claims" / folder / name
    theirs = oxedi.parse_file(str(path)).tables
    tables: list[list[dict[str, Any]]] = [
        [
            {k: v.decode() if isinstance(v, bytes) else v for k, v in row.items()}
            for row in arrow.table(theirs[n]).to_pylist()
        ]
        for n in ("claims", "services", "adjustments", "payments")
    ]
    claims, services, adjustments, payments = tables
    got = read(path.read_bytes())
    lines = {row["source_pos"]: row for row in got.rows if {"code", "revenue_code", "ndc"} & row.keys()}
    of_claims = {row["source_pos"]: row for row in got.rows if row["source_pos"] not in lines}
    assert set(lines) == {service["segment"] + 1 for service in services}
    for service in services:
        row, claim = lines[service["segment"] + 1], claims[service["claim"]]
        assert Decimal(row["charge"]) == service["charge_amount"]
        assert Decimal(row["paid"]) == service["payment_amount"]
        assert Decimal(row["units"]) == (1 if service["units_paid"] is None else service["units_paid"])
        assert row.get("line_control_no") == service["line_item_control_number"]
        if name not in OTHER_COMPONENT:
            assert row.get("code") == service["procedure_code"]
        if service["allowed_amount"] is not None:
            assert Decimal(row["allowed"]) == service["allowed_amount"]
        if service["service_date"] is not None:
            assert row["date_from"] == service["service_date"].strftime("%Y%m%d")
        own = [one for one in adjustments if one["service"] == service["row"]]
        assert [f"{one['group_code']}-{one['reason_code']}" for one in own] == [
            text.split(":")[0] for text in row.get("adjustments", "").split(",") if ":" in text]  # fmt: skip
        _same_claim(row, claim, payments[service["payment"]])
    for claim in claims:
        whole = of_claims.get(claim["segment"] + 1)
        if whole is not None and whole["line_no"] == "0":
            assert (Decimal(whole["charge"]), Decimal(whole["paid"])) == (
                claim["charge_amount"],
                claim["payment_amount"],
            )
            _same_claim(whole, claim, payments[claim["payment"]])


def _same_claim(row, claim, payment):
    assert row["claim_id"] == claim["claim_id"]
    assert row["patient_id"].strip() == (claim["patient_id"] or "").strip()
    assert row.get("payer_icn") == claim["payer_control_number"]
    assert row.get("frequency_code") == claim["frequency_code"]
    assert row.get("drg") == claim["drg_code"]
    if claim["facility_type"]:
        assert claim["facility_type"] in (row.get("pos"), row.get("tob", "")[:2])
    assert row["payer_name"] == payment["payer_name"]
    day = payment["payment_date"] or payment["production_date"]
    assert row["paid_date"] == day.strftime("%Y%m%d")
    if payment["payee_id_qualifier"] == "XX":
        assert row["billing_npi"] == payment["payee_id"]
