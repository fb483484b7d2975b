"""The files of rows under a profile: every identifier has its pseudonym, every other value stays, no row is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.base import marks
from auditor.base.pseudonyms import Pseudonyms
from auditor.findings.model import COLUMNS
from auditor.reports.free_text import FreeText
from auditor.reports.profile_external import KNOWN, limited_data_set
from auditor.reports.profile_files import POLICIES, emptied
from tests.reports.fakes import make_run, write_parquet
from tests.reports.leaks import leaks, parts

KEY = b"a key of this test, 32 characters"
NAMES = Pseudonyms(KEY)
TEXT = {"source_file": "VARCHAR", "source_pos": "BIGINT", "claim_id": "VARCHAR"}
MARKED = (
    f"99213 (claim {marks.mark('claim', 'QX7C2')}, line 2) beside claim {marks.mark('claim', 'QX7C9')} of "
    f"{marks.mark('provider', 'QX7N1')} and {marks.mark('provider', '1003000126')}, "
    f"sex {marks.mark('word', 'QX7 John')}, place {marks.mark('word', '11')}."
)


def finding(**more: Any) -> dict[str, Any]:
    evidence = [
        {"role": "line", "claim_id": claim, "line_no": 2, "service_date": "2024-07-09", "code": "99213",
         "modifiers": ["25", "QX7M"], "units": "1.000", "paid": "10.00", "charge": "20.00", "allowed": None}
        for claim in ("QX7C2", "QX7C1")
    ]  # fmt: skip
    return dict.fromkeys(COLUMNS) | {
        "finding_id": "00000000000QX7F1", "rule_id": "R-1", "verdict": "fail", "class": "definite",
        "direction": "over", "patient_id": "QX7P1", "billing_npi": "1003000126", "rendering_npi": "QX7N1",
        "claim_id": "QX7C2", "payer_icn": "QX7I1", "line_no": 2, "service_date": "2024-07-09", "code": "99213",
        "modifiers": ["25", "QX7M"], "paid": "10.00", "explanation": MARKED, "evidence": evidence,
        "premises": ["finding 00000000000QX7F0", f"line {marks.mark('claim', 'QX7C8')}:2 was not paid by the payer"],
        "record_needed": [], "citations": [], "reference_rows": [],
    } | more  # fmt: skip


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A run's connection as far as a profile asks it."""
    with duckdb.connect(":memory:") as made:
        columns = (
            "state, claim_id, payer_icn, original_ref, patient_id, given_patient_id, prior_auth".replace(
                ",", " VARCHAR,"
            )
        )
        for table in ("claim_line", "line_withheld"):
            made.execute(f"CREATE TABLE {table} ({columns} VARCHAR)")
        made.execute(
            "INSERT INTO claim_line VALUES ('audited', 'QX7C2-2024', NULL, NULL, 'QX7P1', NULL, NULL)"
        )
        yield made


def run_of(**more: Any) -> dict[str, Any]:
    return {
        "run_id": "0123456789abcdef",
        "inputs": [{"name": "QX7 Smith.csv", "sha256": "ab" * 32, "format": "csv", "bytes": 9, "rows": 3, "why": ""}],
        "options": {"column_map": {"claim_id": "QX7 number of John"}, "crosswalk": "cd" * 32, "as_of": None},
        "notes": ["QX7 Smith.csv: sheet 'QX7 O'Brien' is hidden and not read"],
        "banners": ["Audited against Medicare's table; claim QX7C2-2024 is odd."],
        "overrides": [{"id": "PAY-1", "reason": "agreed for QX7C2-2024"}],
        "diagnostics": [{"source_file": "QX7 Smith.csv", "says": "ends early", "places": [{"source_pos": 3}]}],
        "counts": {"patients": 1},
    } | more  # fmt: skip


def share(con: duckdb.DuckDBPyConnection, folder: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A folder with these findings and a row of each other file, under the external profile; its run.json."""
    write_parquet(folder / "findings.parquet", dict(COLUMNS), rows)
    aside = {"source_file": "QX7 Smith.csv", "source_pos": 3, "claim_id": "QX7C1"}
    write_parquet(
        folder / "set_aside.parquet",
        TEXT | {"line_no": "VARCHAR", "reason_code": "VARCHAR", "reason": "VARCHAR", "paid": "DECIMAL(18,2)"},
        [
            aside
            | {
                "line_no": "QX7L",
                "reason_code": "line_no_invalid",
                "reason": "repeats row 2 of QX7 Smith.csv",
            },
            aside | {"line_no": "12", "claim_id": None, "paid": "1.50"},
        ],
    )
    write_parquet(
        folder / "unmatched.parquet", TEXT | {"side": "VARCHAR", "why": "VARCHAR", "told_later": "VARCHAR"},
        [aside | {"side": "claim", "why": "none", "told_later": "QX7 a column nobody thought of"}],
    )  # fmt: skip
    run = limited_data_set(con, folder, run_of(), NAMES)
    (folder / "run.json").write_text(json.dumps(run))
    return run


def read(path: Path) -> list[dict[str, Any]]:
    with duckdb.connect(":memory:") as con:
        found = con.execute("SELECT * FROM read_parquet($p)", {"p": str(path)})
        names = [item[0] for item in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_nothing_that_names_somebody_is_left(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    share(con, tmp_path, [finding()])
    assert leaks(tmp_path, rb"QX7[^,\"]{0,20}") == {}
    assert not any(KEY in data or KEY.hex().encode() in data for _, data in parts(tmp_path))


def test_one_number_has_one_pseudonym_wherever_it_stands(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    share(con, tmp_path, [finding()])
    (row,) = read(tmp_path / "findings.parquet")
    aside = read(tmp_path / "set_aside.parquet")
    assert row["claim_id"] == NAMES.of("claim", "QX7C2") == row["evidence"][0]["claim_id"]
    assert row["evidence"][1]["claim_id"] == NAMES.of("claim", "QX7C1") == aside[0]["claim_id"]
    assert row["claim_id"] in row["explanation"]
    assert row["patient_id"] == NAMES.of("patient", "QX7P1")
    assert row["payer_icn"] == NAMES.of("claim", "QX7I1")
    assert row["premises"] == [
        f"finding {NAMES.hexadecimal('finding', '00000000000QX7F0')}",
        f"line {NAMES.of('claim', 'QX7C8')}:2 was not paid by the payer",
    ]


def test_sentences_keep_their_words_and_codes(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    share(con, tmp_path, [finding()])
    (row,) = read(tmp_path / "findings.parquet")
    assert row["explanation"] == (
        f"99213 (claim {NAMES.of('claim', 'QX7C2')}, line 2) beside claim {NAMES.of('claim', 'QX7C9')} of "
        f"{NAMES.of('provider', 'QX7N1')} and 1003000126, sex (withheld), place 11."
    )


def test_every_other_value_stays(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    share(con, tmp_path, [finding(), finding(finding_id="1" * 16, evidence=[], premises=[], claim_id=None)])
    rows = {row["claim_id"]: row for row in read(tmp_path / "findings.parquet")}
    row = rows[NAMES.of("claim", "QX7C2")]
    assert (row["service_date"], row["paid"], row["line_no"]) == (date(2024, 7, 9), Decimal("10.00"), 2)
    assert row["billing_npi"] == "1003000126" and row["modifiers"] == ["25", "(withheld)"]
    assert row["evidence"][0] | {"claim_id": ""} == {
        "role": "line", "claim_id": "", "line_no": 2, "service_date": date(2024, 7, 9), "code": "99213",
        "modifiers": ["25", "(withheld)"], "units": Decimal("1.000"), "paid": Decimal("10.00"),
        "charge": Decimal("20.00"), "allowed": None,
    }  # fmt: skip
    assert rows[None]["evidence"] == [] and rows[None]["premises"] == []
    assert [(row["line_no"], row["paid"]) for row in read(tmp_path / "set_aside.parquet")] == [
        (None, None), ("12", Decimal("1.50")),
    ]  # fmt: skip
    assert set(read(tmp_path / "unmatched.parquet")[0]) == {
        "source_file",
        "source_pos",
        "claim_id",
        "side",
        "why",
    }


def test_run_json_names_no_file_and_quotes_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    run = share(con, tmp_path, [finding()])
    assert run["inputs"][0]["name"] == "claims file 1" == run["diagnostics"][0]["source_file"]
    assert run["notes"] == ["claims file 1: sheet '(withheld)' is hidden and not read"]
    assert run["banners"] == [
        f"Audited against Medicare's table; claim {NAMES.of('claim', 'QX7C2-2024')} is odd."
    ]
    assert run["run_id"] != "0123456789abcdef" and run["inputs"][0]["sha256"] != "ab" * 32
    assert run["options"]["crosswalk"] != "cd" * 32 and run["options"]["as_of"] is None
    assert run["profile"]["name"] == "external"


def test_a_number_in_a_row_of_a_users_own_table_is_replaced_where_it_is_cited(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    row = {
        "table": "own",
        "edition": "1",
        "key": "claim QX7C2-2024 / code 1",
        "effective": None,
        "deleted": None,
    }
    cited = {"document": "own", "section": "claim QX7C2-2024", "revision": "1", "url": "", "verified": True}
    told = finding(
        reference_rows=[row], citations=[cited], explanation="The list has QX7C2-2024 of 2024-07-09."
    )
    other = finding(finding_id="1" * 16, reference_rows=[row | {"key": "code 2"}, row], citations=[])
    share(con, tmp_path, [told, other])
    assert leaks(tmp_path, rb"QX7C2-2024") == {}
    number = NAMES.of("claim", "QX7C2-2024")
    rows = read(tmp_path / "findings.parquet")
    one = next(row for row in rows if row["citations"])
    assert one["explanation"] == f"The list has {number} of 2024-07-09."
    assert one["citations"] == [cited | {"section": f"claim {number}"}]
    assert one["reference_rows"] == [row | {"key": f"claim {number} / code 1"}]
    two = next(row for row in rows if not row["citations"])
    assert [item["key"] for item in two["reference_rows"]] == ["code 2", f"claim {number} / code 1"]


def test_a_part_of_run_json_that_nobody_thought_of_is_left_out(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    write_parquet(tmp_path / "findings.parquet", dict(COLUMNS), [finding()])
    assert "told_later" not in limited_data_set(con, tmp_path, run_of(told_later="QX7"), NAMES)
    assert "told_later" not in KNOWN


def test_the_same_key_gives_the_same_bytes(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for name, order in (("one", 1), ("two", -1)):
        (tmp_path / name).mkdir()
        rows = [finding(finding_id=f"{n:016d}", claim_id=f"QX7C{n}") for n in range(40)]
        share(con, tmp_path / name, rows[::order])
    for name in ("findings.parquet", "set_aside.parquet", "run.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_file_that_nobody_thought_of_is_removed(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write_parquet(tmp_path / "names.parquet", {"name": "VARCHAR"}, [{"name": "QX7 Smith"}])
    share(con, tmp_path, [finding()])
    assert not (tmp_path / "names.parquet").exists()


def test_claims_of_findings_have_the_pseudonyms_of_the_findings(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    columns = dict.fromkeys(POLICIES["claim_lines.parquet"], "VARCHAR") | {
        "line_no": "INTEGER",
        "modifiers": "VARCHAR[]",
    }
    line: dict[str, Any] = {
        "patient_id": "QX7P1",
        "claim_id": "QX7C2",
        "payer_icn": "QX7I1",
        "original_ref": "QX7C1",
        "pos": "11",
    }
    line |= {
        "billing_npi": "QX7N1",
        "prior_auth": "QX7A1",
        "tob": "QX7 John",
        "modifiers": ["25"],
        "line_no": 2,
    }
    write_parquet(tmp_path / "claim_lines.parquet", columns, [line])
    share(con, tmp_path, [finding()])
    (told,), (row,) = read(tmp_path / "claim_lines.parquet"), read(tmp_path / "findings.parquet")
    assert leaks(tmp_path, rb"QX7[^,\"]{0,20}") == {}
    same = ("patient_id", "claim_id", "payer_icn")
    assert [told[name] for name in same] == [row[name] for name in same]
    assert (told["pos"], told["tob"], told["modifiers"]) == ("11", "(withheld)", ["25"])


def test_every_column_of_a_finding_has_been_thought_about() -> None:
    assert set(POLICIES["findings.parquet"]) == set(COLUMNS)


def test_emptied_files_keep_their_columns(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 30)
    with duckdb.connect(":memory:") as con:
        names = con.execute(f"DESCRIBE SELECT * FROM read_parquet('{fake.findings}')").fetchall()
        emptied(con, tmp_path)
        assert con.execute(f"DESCRIBE SELECT * FROM read_parquet('{fake.findings}')").fetchall() == names
    assert read(fake.findings) == [] and read(fake.set_aside) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Medicare's table is the plan's own", "Medicare's table is the plan's own"),
        ("column 'John Smith' and 'Jane' are new", "column '(withheld)' are new"),
        ('sheet "A\nB" is hidden', "sheet '(withheld)' is hidden"),
        ("a.csv: 12 rows", "claims file 1: 12 rows"),
        ("big a.csv holds a.csv", "claims file 2 holds claims file 1"),
    ],
)
def test_free_text_loses_names_of_files_and_quotations(text: str, said: str) -> None:
    files = {"a.csv": "claims file 1", "big a.csv": "claims file 2"}
    assert FreeText(NAMES, files).cleaned(text) == said
