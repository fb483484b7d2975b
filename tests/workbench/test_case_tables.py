"""Claim lines and table rows of a case: what it leaves out takes the defaults of rulesets/README.md."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.claims.columns import LINE_COLUMNS as CANONICAL
from auditor.rules.pack_tables import TableSpec, load_pack_tables
from auditor.workbench.case_tables import LINE_COLUMNS, make_claim_lines, make_line, make_tables

DAY = date(2024, 7, 10)


def test_columns_are_those_of_the_canonical_table() -> None:
    canonical = {column.name: column.sql_type for column in CANONICAL}
    assert {name: canonical.get(name) for name in LINE_COLUMNS} == LINE_COLUMNS


def test_a_line_takes_the_defaults() -> None:
    line = make_line(4, {"date_from": DAY, "code": "99213"})
    assert (line["patient_id"], line["payer_id"], line["line_of_business"]) == ("P1", "X", "medicare")
    assert (line["claim_type"], line["setting"], line["pos"]) == ("professional", "practitioner", "11")
    assert (line["line_id"], line["line_no"], line["units"], line["denied"]) == (4, 5, 1, False)
    assert (line["provider_id"], line["date_to"], line["days"], line["is_span"]) == (
        "1000000012",
        DAY,
        1,
        False,
    )
    assert line["modifiers"] == line["dx"] == line["pointed_dx"] == [] and line["paid"] is None


def test_what_follows_from_a_field_is_worked_out() -> None:
    given = {
        "date_from": DAY,
        "date_to": date(2024, 7, 12),
        "paid": Decimal("12.34"),
        "mod2": "59",
        "dx": ["A", "B"],
    }
    line = make_line(0, given | {"dx_ptr": [2]})
    assert (line["days"], line["is_span"], line["paid"]) == (3, True, 1234)
    assert (line["modifiers"], line["pointed_dx"]) == (["59"], ["B"])
    hospital = make_line(
        0, given | {"claim_type": "institutional", "tob": "0131", "billing_npi": "1000000038"}
    )
    assert (hospital["setting"], hospital["provider_id"]) == ("outpatient_hospital", "1000000038")
    assert hospital["pointed_dx"] == ["A", "B"]
    assert make_line(0, given | {"claim_type": "institutional", "tob": "111"})["setting"] == "inpatient"
    assert make_line(0, given | {"claim_type": "institutional"})["setting"] is None


def test_every_amount_of_a_line_is_in_cents_also_those_that_few_feeds_have() -> None:
    line = make_line(
        0, {"date_from": DAY, "allowed": "90.00", "other_payer_paid": "95.50", "patient_resp": 2}
    )
    assert (line["allowed"], line["other_payer_paid"], line["patient_resp"]) == (9000, 9550, 200)


def test_keys_tell_patients_providers_and_claims_apart() -> None:
    base = {"date_from": DAY}
    changes: list[dict[str, object]] = [
        {},
        {"patient_id": "P2"},
        {"payer_id": "Y"},
        {"rendering_npi": None},
        {"claim_id": "B"},
    ]
    con = duckdb.connect()
    make_claim_lines(con, [make_line(at, base | change) for at, change in enumerate(changes)])
    rows = con.execute(
        "SELECT patient_key, provider_key, claim_key FROM claim_line ORDER BY line_id"
    ).fetchall()
    patients, providers, claims = zip(*rows, strict=True)
    assert patients[0] == patients[3] == patients[4] and len(set(patients)) == 3
    assert providers[3] is None and len(set(providers)) == 2
    assert claims[0] == claims[1] == claims[3] and len(set(claims)) == 3


def test_tables_take_defaults_and_answer_for_all_dates() -> None:
    con = duckdb.connect()
    answers = make_tables(
        con,
        {
            "ncci_ptp": [{"column_1": "1", "column_2": "2"}],
            "ncci_aoc": [
                {"edit_type": "1", "addon": "A", "primary_code": "B"},
                {"edit_type": "1", "addon": "A", "primary_code": "C"},
            ],
            "coverage": [
                {"article": "A1", "code": "X", "dx_from": "E11", "dx_group": 1, "requires": "all"},
                {"article": "A1", "code": "X", "dx_from": "I10", "dx_group": 2, "requires": "all"},
            ],
        },
        {"ncci_ptp": (date(2024, 7, 1), date(2024, 9, 30))},
    )
    assert answers == (
        ("coverage", "*", date(1900, 1, 1), date(9999, 12, 31)),
        ("ncci_aoc", "*", date(1900, 1, 1), date(9999, 12, 31)),
        ("ncci_ptp", "*", date(2024, 7, 1), date(2024, 9, 30)),
    )
    assert con.execute("SELECT row_no, effective, deleted FROM ref_ncci_ptp").fetchall() == [
        (0, date(1996, 1, 1), date(9999, 12, 31))
    ]
    assert con.execute("SELECT addon, edit_type FROM ref_ncci_aoc_code").fetchall() == [("A", "1")]
    assert con.execute("SELECT policy_key, groups, jurisdiction FROM ref_coverage_policy").fetchall() == [
        (0, 2, "*")
    ]
    assert con.execute("SELECT count(*) FROM ref_ncci_mue").fetchall() == [(0,)]


def own_table(folder: Path) -> TableSpec:
    (folder / "tables").mkdir()
    described = "title: T\ncolumns: {code: text, fee: money}\nkey: [code]\nsource: S\n"
    (folder / "tables" / "acme_fees.yaml").write_text(described, encoding="utf-8")
    (folder / "tables" / "acme_fees.csv").write_text(
        "code,fee,effective,deleted\n99213,80.00,,\n", encoding="utf-8"
    )
    return load_pack_tables(folder, "acme 1.0.0")["acme_fees"]


def test_a_case_may_give_rows_of_any_table_of_the_library() -> None:
    con = duckdb.connect()
    answers = make_tables(con, {"mpfs_rvu": [{"code": "99213", "work_rvu": Decimal("1.30")}]}, {})
    assert answers == (("mpfs_rvu", "*", date(1900, 1, 1), date(9999, 12, 31)),)
    assert con.execute("SELECT code, work_rvu, modifier, effective FROM ref_mpfs_rvu").fetchall() == [
        ("99213", Decimal("1.30"), None, date(1996, 1, 1))
    ]
    with pytest.raises(ValueError, match="table mpfs_rvu has no column glob"):
        make_tables(con, {"mpfs_rvu": [{"glob": "090"}]}, {})


def test_a_table_that_rules_ask_and_the_case_does_not_give_is_empty_and_does_not_answer() -> None:
    con = duckdb.connect()
    assert make_tables(con, {}, {}, frozenset({"mpfs_rvu", "ncci_ptp"})) == ()
    assert con.execute("SELECT count(*) FROM ref_mpfs_rvu").fetchall() == [(0,)]


def test_a_table_of_the_pack_stands_with_its_own_rows_unless_the_case_gives_others(tmp_path: Path) -> None:
    own = {"acme_fees": own_table(tmp_path)}
    con = duckdb.connect()
    rows = "SELECT code, fee, edition FROM ref_acme_fees"
    always = (("acme_fees", "*", date(1900, 1, 1), date(9999, 12, 31)),)
    assert make_tables(con, {}, {}, frozenset({"acme_fees"}), own) == always
    assert con.execute(rows).fetchall() == [("99213", 8000, "acme 1.0.0")]
    given = {"acme_fees": [{"code": "99214", "fee": Decimal("12.34")}]}
    assert make_tables(con, given, {}, frozenset({"acme_fees"}), own) == always
    assert con.execute(rows).fetchall() == [("99214", 1234, "test")]
    assert make_tables(con, {"acme_fees": []}, {}, frozenset({"acme_fees"}), own) == always
    assert con.execute(rows).fetchall() == []


def test_the_row_without_a_modifier_comes_first_whatever_the_order_of_the_case() -> None:
    con = duckdb.connect()
    rows = [
        {"code": "71046", "modifier": "26"},
        {"code": "71046", "modifier": None},
        {"code": "71046", "modifier": "TC"},
    ]
    make_tables(con, {"mpfs_rvu": rows}, {}, frozenset({"mpfs_rvu"}))
    found = con.execute("SELECT modifier FROM ref_mpfs_rvu ORDER BY row_no").fetchall()
    assert found == [(None,), ("26",), ("TC",)]


@pytest.mark.parametrize(("tables", "answers"), [({"ptp": []}, {}), ({}, {"ptp": ()})])
def test_an_unknown_table_is_refused(
    tables: dict[str, list[dict[str, str]]], answers: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="no table ptp"):
        make_tables(duckdb.connect(), tables, answers)
