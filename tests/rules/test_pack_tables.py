"""A pack's own tables: read strictly, refused by file and line, laid for all dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.base.errors import InputRefused
from auditor.rules.fields import TABLE_FIELDS
from auditor.rules.pack_tables import (
    RESERVED,
    TableSpec,
    attach_pack_tables,
    clash,
    known_tables,
    load_pack_tables,
)
from auditor.rules.packs import load_packs
from tests.rules.pack_making import make_pack, rule_text

DESCRIBED = """\
title: Codes that need prior authorisation
columns: {code: text, site: text, max_units: integer, rate: number, fee: money, since: date, strict: flag}
key: [code, site]
code_column: code
source: Acme Health Plan, prior authorisation list of 2024 (invented)
"""
HEADER = "code,site,max_units,rate,fee,since,strict,effective,deleted\n"
ROW = "00100,office,3,1.5,1250.50,2020-02-29,yes,2024-01-01,2024-06-30\n"


def written(folder: Path, rows: str | bytes, described: str = DESCRIBED, name: str = "acme_auth") -> Path:
    tables = folder / "acme" / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    (tables / f"{name}.yaml").write_text(described, encoding="utf-8")
    (tables / f"{name}.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    return tables.parent


def loaded(folder: Path, rows: str | bytes, described: str = DESCRIBED) -> TableSpec:
    return load_pack_tables(written(folder, rows, described), "acme 1.0.0")["acme_auth"]


def refusal(folder: Path, rows: str | bytes, described: str = DESCRIBED, name: str = "acme_auth") -> str:
    with pytest.raises(InputRefused) as caught:
        load_pack_tables(written(folder, rows, described, name))
    return str(caught.value)


def laid(*specs: TableSpec) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    attach_pack_tables(con, specs)
    return con


def test_rows_are_read_by_the_types_of_their_columns(tmp_path: Path) -> None:
    spec = loaded(tmp_path, HEADER + ROW + "J1885,home,,,,,,,\n")
    assert spec.rows == (
        (
            "00100", "office", 3, Decimal("1.5"), 125050, date(2020, 2, 29), True, date(2024, 1, 1), date(2024, 6, 30),
        ),
        ("J1885", "home", None, None, None, None, None, date(1900, 1, 1), date(9999, 12, 31)),
    )  # fmt: skip
    assert (spec.name, spec.key, spec.code_column) == ("acme_auth", ("code", "site"), "code")
    assert spec.fields == {
        "edition": "text", "code": "text", "site": "text", "max_units": "integer", "rate": "number", "fee": "money",
        "since": "date", "strict": "flag", "effective": "date", "deleted": "date",
    }  # fmt: skip
    assert len(spec.sha256) == 64


def test_columns_may_stand_in_any_order_with_a_mark_of_byte_order_and_line_ends_of_windows(
    tmp_path: Path,
) -> None:
    described = (
        "title: T\ncolumns: {code: text, limits: integer}\nkey: [code]\nsource: S\nurl: https://example.org\n"
    )
    text = "deleted, limits ,effective,code\r\n,2,2024-01-01, 99213 \r\n\r\n"
    spec = loaded(tmp_path, b"\xef\xbb\xbf" + text.encode(), described)
    assert spec.rows == (("99213", 2, date(2024, 1, 1), date(9999, 12, 31)),)
    assert spec.url == "https://example.org"


def test_a_table_is_laid_with_numbered_rows_and_answers_for_all_dates(tmp_path: Path) -> None:
    rows = "J1885,home,,,,,,,\n" + ROW + ROW.replace("2024-01-01,2024-06-30", "2024-07-01,")
    con = laid(loaded(tmp_path, HEADER + rows))
    picked = "row_no, edition, code, fee, effective::VARCHAR, deleted::VARCHAR"
    assert con.execute(f"SELECT {picked} FROM ref_acme_auth ORDER BY row_no").fetchall() == [
        (1, "acme 1.0.0", "00100", 125050, "2024-01-01", "2024-06-30"),
        (2, "acme 1.0.0", "00100", 125050, "2024-07-01", "9999-12-31"),
        (3, "acme 1.0.0", "J1885", None, "1900-01-01", "9999-12-31"),
    ]
    assert con.execute("SELECT * FROM ref_answers").fetchall() == [
        ("acme_auth", "*", date(1, 1, 1), date(9999, 12, 31), "acme 1.0.0")
    ]


def test_a_table_without_rows_lists_nothing_and_answers(tmp_path: Path) -> None:
    con = laid(loaded(tmp_path, HEADER))
    assert con.execute("SELECT count(*) FROM ref_acme_auth").fetchall() == [(0,)]
    assert con.execute("SELECT table_name FROM ref_answers").fetchall() == [("acme_auth",)]


def test_laying_a_table_again_replaces_it(tmp_path: Path) -> None:
    con = laid(loaded(tmp_path, HEADER + ROW))
    attach_pack_tables(con, [loaded(tmp_path, HEADER)])
    assert con.execute("SELECT count(*) FROM ref_acme_auth").fetchall() == [(0,)]
    assert con.execute("SELECT count(*) FROM ref_answers").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        ("", 1, "it is empty"),
        ("code,site\n", 1, "column `max_units` is missing"),
        (HEADER.replace(",deleted", ""), 1, "from when until when"),
        (HEADER.replace("site", "sit"), 1, "column `sit` is not known"),
        (HEADER.replace("site", "sit"), 1, "did you mean `site`"),
        (HEADER.replace("site", "code"), 1, "column `code` stands twice"),
        (HEADER.replace(",", ";"), 1, "comma delimited"),
        (HEADER + "00100,office\n", 2, "it has 2 cells and the header 9"),
        (HEADER + ROW.replace("\n", ",\n"), 2, "it has 10 cells"),
        (HEADER + ROW.replace("2024-01-01", "01/01/2024"), 2, "effective `01/01/2024` refused. it is no date"),
        (HEADER + ROW.replace("2024-06-30", "2024-06-31"), 2, "deleted `2024-06-31` refused"),
        (HEADER + ROW.replace("2024-06-30", "2023-06-30"), 2, "ends on 2023-06-30 before it begins"),
        (HEADER + ROW.replace("2024-01-01", "0024-01-01"), 2, "it lies before 1900"),
        (HEADER + ROW.replace(",3,", ",3.0,"), 2, "max_units `3.0` refused. it is no whole number"),
        (HEADER + ROW.replace(",3,", ',"3,000",'), 2, "it is no whole number"),
        (HEADER + ROW.replace(",1.5,", ",1e3,"), 2, "rate `1e3` refused. it is no number"),
        (HEADER + ROW.replace(",1.5,", ",nan,"), 2, "it is no number"),
        (HEADER + ROW.replace("1250.50", "$1250.50"), 2, "without $ or commas"),
        (HEADER + ROW.replace("1250.50", "12.505"), 2, "it is no amount in dollars"),
        (HEADER + ROW.replace("yes", "maybe"), 2, "strict `maybe` refused. it is neither true nor false"),
        (HEADER + ROW.replace("office", ""), 2, "site is blank. it is part of the key"),
        (HEADER + ROW.replace("00100", "100"), 2, "a spreadsheet took the code for a number"),
        (HEADER + ROW.replace("00100", "1E+05"), 2, "a spreadsheet took it for a number"),
        (HEADER + ROW.replace("00100", "99213.0"), 2, "a spreadsheet took the code for a number"),
        (HEADER + ROW.replace("00100", "j1885"), 2, "write J1885"),
        (HEADER + ROW.replace("00100", "99213-25"), 2, "not of the form of a CPT or HCPCS code"),
        (HEADER + ROW.replace("office", "off\u200bice"), 2, "not seen"),
        (HEADER + ROW.replace("office", "1.23E+11"), 2, "shortened it"),
        (HEADER + ROW + "\n" + ROW, 4, "code 00100, site office stands on line 2 too, for the same days"),
        (
            HEADER + ROW.replace("2024-01-01,2024-06-30", "2024-06-30,") + ROW, 3,
            "both are in force on 2024-06-30",
        ),
        (HEADER + '00100,"office,3,,,,,,\n' + ROW, 2, "a quote that opens here is not closed"),
    ],
)  # fmt: skip
def test_rows_that_are_not_sound_are_refused_with_their_line(
    tmp_path: Path, rows: str, line: int, said: str
) -> None:
    told = refusal(tmp_path, rows)
    assert said in told and f"acme_auth.csv, line {line}" in told


def test_a_record_over_several_lines_is_told_by_its_first(tmp_path: Path) -> None:
    described = "title: T\ncolumns: {code: text, limits: integer}\nkey: [code]\nsource: S\n"
    text = 'code,limits,effective,deleted\n\n"A",1,,\n"B\nC",x,,\n'
    assert "line 4" in refusal(tmp_path, text, described)


@pytest.mark.parametrize("content", [HEADER.encode("utf-16"), HEADER.encode() + b"00100,\xe9,,,,,,,\n"])
def test_text_in_another_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "it is not UTF-8 text" in refusal(tmp_path, content)


def test_zero_bytes_are_refused(tmp_path: Path) -> None:
    assert "not seen" in refusal(tmp_path, HEADER + ROW.replace("office", "off\x00ice"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: Codes that need prior authorisation\n", "", "`title` is missing"),
        ("source: Acme", "sauce: Acme", "key `sauce` is not known"),
        ("key: [code, site]", "key: []", "`key` is missing"),
        ("key: [code, site]", "key: [code, side]", "key `side` refused. it is no column"),
        ("key: [code, site]", "key: [code, code]", "it is named twice"),
        ("key: [code, site]", "key: code", "a list of texts"),
        ("site: text", "site: string", "type `string` is not known"),
        ("site: text", "site: texts", "type `texts` is not known"),
        ("site: text", "Site: text", "column name `Site` refused"),
        ("max_units: integer", "limit: integer", "it is a word of SQL"),
        ("site: text", "edition: text", "every table has it without being asked"),
        ("site: text", "primaries: text", "a meaning of its own"),
        ("code_column: code", "code_column: max_units", "it must be a column of type text"),
        ("code_column: code", "code_column: cod", "did you mean `code`"),
        (
            DESCRIBED.splitlines()[1],
            "columns: [code]",
            "a mapping",
        ),
    ],
)
def test_a_description_that_is_not_sound_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in DESCRIBED
    told = refusal(tmp_path, HEADER + ROW, DESCRIBED.replace(old, new))
    assert said in told and "acme_auth.yaml, line" in told


@pytest.mark.parametrize(
    "name", ["mpfs_rvu", "ncci_ptp", "ncci_ptp_practitioner", "coverage", "coverage_policy", "answers"]
)
def test_a_table_of_the_librarys_name_is_refused(tmp_path: Path, name: str) -> None:
    told = refusal(tmp_path, HEADER, name=name)
    assert "the reference library has a table of that name" in told and f"{name}.yaml" in told


@pytest.mark.parametrize("name", ["Auth", "2024_list", "a-b", "a b", "é", "x" * 41, "a.b"])
def test_a_name_that_no_rule_could_write_is_refused(tmp_path: Path, name: str) -> None:
    assert "table name" in refusal(tmp_path, HEADER, name=name)


@pytest.mark.parametrize(("kept", "lacks"), [("yaml", "csv"), ("csv", "yaml")])
def test_a_table_with_one_of_its_two_files_is_refused(tmp_path: Path, kept: str, lacks: str) -> None:
    folder = written(tmp_path, HEADER)
    (folder / "tables" / f"acme_auth.{lacks}").unlink()
    with pytest.raises(InputRefused, match=f"it has no tables/acme_auth.{lacks} beside it") as caught:
        load_pack_tables(folder)
    assert f"acme_auth.{kept}" in str(caught.value)


def test_a_pack_without_tables_has_none(tmp_path: Path) -> None:
    assert load_pack_tables(tmp_path) == {}


def test_the_hash_tells_every_change(tmp_path: Path) -> None:
    hashes = {
        loaded(tmp_path, rows, described).sha256
        for rows, described in (
            (HEADER + ROW, DESCRIBED),
            (HEADER + ROW.replace(",3,", ",4,"), DESCRIBED),
            (HEADER + ROW, DESCRIBED.replace("Codes", "Those codes")),
        )
    }
    assert len(hashes) == 3


def test_rules_may_name_the_packs_tables_beside_the_librarys(tmp_path: Path) -> None:
    known = known_tables({"acme_auth": loaded(tmp_path, HEADER)})
    assert known["acme_auth"]["fee"] == "money"
    assert known["mpfs_rvu"] == TABLE_FIELDS["mpfs_rvu"] and "mpfs" not in known
    assert "acme_auth" not in TABLE_FIELDS


def test_tables_of_the_same_files_are_known_for_the_same(tmp_path: Path) -> None:
    one, same = (known_tables({"acme_auth": loaded(tmp_path, HEADER)}) for _ in range(2))
    other = known_tables({"acme_auth": loaded(tmp_path, HEADER, DESCRIBED.replace("Codes", "Those codes"))})
    assert one == same and hash(one) == hash(same)
    assert one != other and one != known_tables({}) and one != dict(one)


def test_the_words_of_sql_are_those_of_the_database() -> None:
    listed = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
    assert {name for (name,) in duckdb.execute(listed).fetchall()} == RESERVED


def test_two_packs_with_one_table_are_both_named() -> None:
    assert "first 1.0.0 and second 2.0.0" in str(clash("acme_auth", "first 1.0.0", "second 2.0.0"))


def looking_rule(name: str, table: str) -> str:
    lookup = f"lookup: [{{name: {table}, as: listed, on: {{code: line.code}}}}]"
    return rule_text(name).replace("lines: [line],", f"lines: [line], {lookup},")


def test_a_rule_of_the_pack_may_ask_the_packs_table(tmp_path: Path) -> None:
    pack = make_pack(tmp_path / "acme", AA=looking_rule("PAY-ACME-001", "acme_auth"))
    written(tmp_path, HEADER + ROW)
    found = load_packs([pack])
    assert [(spec.name, spec.edition) for spec in found.tables] == [("acme_auth", "acme 1.0.0")]
    assert found.rules[0].match is not None and found.rules[0].match.lookups[0].name == "acme_auth"


def test_another_packs_table_is_not_known_to_a_rule(tmp_path: Path) -> None:
    written(tmp_path, HEADER + ROW)
    make_pack(tmp_path / "acme")
    other = make_pack(tmp_path / "other", "other", AA=looking_rule("PAY-OTHER-001", "acme_auth"))
    with pytest.raises(InputRefused, match="acme_auth"):
        load_packs([tmp_path / "acme", other])


def test_the_same_table_in_two_packs_is_refused_with_both_named(tmp_path: Path) -> None:
    packs: list[Any] = []
    for name in ("one", "two"):
        packs.append(make_pack(tmp_path / name / "acme", name, AA=rule_text(f"PAY-{name.upper()}-001")))
        written(tmp_path / name, HEADER + ROW)
    with pytest.raises(InputRefused, match=r"one 1\.0\.0 and (pack )?two 1\.0\.0"):
        load_packs(packs)
