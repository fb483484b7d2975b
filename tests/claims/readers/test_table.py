"""Delimited text and Parquet, sound and damaged, through the whole reading."""

import datetime
import gzip
import time
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.base.errors import InputRefused
from auditor.claims.mapping.column_map import as_column_map

GOOD = "{},1,P,2024-07-01,99213,1,10,8"


@pytest.mark.parametrize(("delimiter", "end"), [("\t", "\n"), (";", "\r\n"), ("|", "\n"), (",", "\r")])
@pytest.mark.slow
def test_other_delimiters_and_line_ends(read, table, delimiter, end):
    got = read(table(GOOD.format("A"), GOOD.format("B")).replace(",", delimiter).replace("\n", end))
    assert got.rows("SELECT claim_id, paid, source_pos FROM claim_line ORDER BY line_id") == [
        ("A", 800, 1),
        ("B", 800, 2),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(read, table, encoding):
    got = read(table(GOOD.format("Ä")).encode(encoding))
    assert got.column("SELECT claim_id FROM claim_line") == ["Ä"]


def test_a_stray_byte_late_in_the_file_is_read_as_windows_1252(read, table):
    got = read(
        table(*(GOOD.format(n) for n in range(5000))).encode() + b"\xc9X,1,P,2024-07-01,99213,1,10,8\n"
    )
    assert got.column("SELECT claim_id FROM claim_line WHERE line_id = 5000") == ["ÉX"]
    assert any("Windows-1252" in note for note in got.feed.notes)


def test_compressed_text(read, table):
    assert read(gzip.compress(table(GOOD.format("A")).encode())).tie.lines_audited == 1


MALFORMED = {
    "too short": ("B,1,P", "the row has 3 values, the header 8"),
    "too long": (GOOD.format("B") + ",more", "the row has 9 values, the header 8"),
    "open quote": ('"B,1,P,2024-07-01,99213,1,10,8', "a quoted value is not closed"),
    "text after quote": (
        '"B"x,1,P,2024-07-01,99213,1,10,8',
        "a quoted value goes on after its closing quote",
    ),
}


@pytest.mark.parametrize(("row", "reason"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_row_is_set_aside_and_its_neighbours_keep_their_places(read, table, row, reason):
    got = read(table(GOOD.format("A"), row, GOOD.format("C"), GOOD.format("D")))
    assert got.aside() == [(2, reason)]
    assert got.rows("SELECT claim_id, source_pos FROM claim_line ORDER BY line_id") == [
        ("A", 1),
        ("C", 3),
        ("D", 4),
    ]
    assert got.tie.rows_read == 4
    assert got.feed.files[0].rows == 4


@pytest.mark.slow
def test_a_malformed_file_among_others(read, table):
    got = read(table(GOOD.format("A")), table("B,1", GOOD.format("C")), table(GOOD.format("D")))
    assert got.rows("SELECT claim_id, source_file, source_pos FROM claim_line ORDER BY line_id") == [
        ("A", "file0.csv", 1),
        ("C", "file1.csv", 2),
        ("D", "file2.csv", 1),
    ]
    assert got.tie.rows_read == 4


def test_mixed_line_ends_and_blank_lines_are_no_loss(read, table):
    text = "\n" + table(GOOD.format("A"), "", GOOD.format("B") + "\r", GOOD.format("C")) + "\n\n"
    got = read(text)
    assert got.rows("SELECT claim_id, source_pos FROM claim_line ORDER BY line_id") == [
        ("A", 1),
        ("B", 2),
        ("C", 3),
    ]


def test_quoted_values_with_delimiters_quotes_and_line_ends(read, table):
    got = read(table('"A\n1",1,"P,""x""",2024-07-01,"99213",1,"1,010.00",8', GOOD.format("B")))
    assert got.rows("SELECT claim_id, patient_id, charge, source_pos FROM claim_line ORDER BY line_id") == [
        ("A\n1", 'P,"x"', 101000, 1),
        ("B", "P", 1000, 2),
    ]


@pytest.mark.slow
def test_places_hold_over_many_blocks(read, table):
    rows = [GOOD.format(f"C{n}") for n in range(300_000)]
    got = read(table(*rows))
    assert got.column(
        "SELECT count(*) FROM claim_line WHERE claim_id <> 'C' || (source_pos - 1) OR line_id <> source_pos - 1"
    ) == [0]
    assert got.column("SELECT count(*) FROM claim_line") == [300_000]


def parquet(tmp_path, columns, name="a.parquet"):
    path = tmp_path / name
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_with_types_of_its_own(read, tmp_path):
    path = parquet(
        tmp_path,
        {
            "claim_id": ["A", "B"],
            "line_no": [1, 1],
            "patient_id": [10, 11],
            "date_from": [datetime.date(2024, 7, 1), None],
            "code": [99213.0, 99214.0],
            "modifiers": [["25", "LT"], None],
            "units": [Decimal("1.5"), Decimal("2.0")],
            "paid": [12.5, 0.1 + 0.2],
            "received_date": [datetime.datetime(2024, 7, 9, 1, 2), None],
            "denied": [True, False],
        },
    )
    got = read(path)
    assert got.feed.files[0].format == "parquet"
    assert got.rows(
        "SELECT patient_id, code, modifiers, units, paid, received_date::VARCHAR, denied, source_pos FROM claim_line"
    ) == [("10", "99213", ["25", "LT"], Decimal("1.500"), 1250, "2024-07-09", True, 1)]
    assert got.rows("SELECT source_pos, reason, paid FROM set_aside") == [(2, "date_from is blank", 30)]


def test_damaged_parquet_is_refused(read, tmp_path):
    path = parquet(tmp_path, {"claim_id": [str(n) for n in range(1000)]})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputRefused, match="Parquet file is damaged"):
        read(path)


def test_formats_that_the_user_insists_on(read, table, tmp_path):
    with pytest.raises(InputRefused, match="the content is text"):
        read(table(GOOD.format("A")), format="parquet")
    assert read(table(GOOD.format("A")), format="csv").tie.lines_audited == 1


def test_a_missing_column_and_an_unknown_text_are_refused(read):
    with pytest.raises(
        InputRefused, match=r"no column for patient_id \(the nearest header found is 'patiend_id'\)"
    ):
        read("claim_id,line_no,patiend_id,date_from,code,units,paid\nA,1,P,2024-07-01,99213,1,1\n")
    with pytest.raises(InputRefused, match="unknown kind"):
        read("just some words\nand more of them\n")


def test_a_column_map_covers_the_rest(read):
    got = read("a,b,c,d,e,f,g\nA,1,P,2024-07-01,99213,1,1\n", column_map={
        "claim_id": "a", "line_no": "b", "patient_id": "c", "date_from": "d", "code": "e", "units": "f",
        "paid": "g"})  # fmt: skip
    assert got.tie.paid_in == 100
    assert got.feed.unmapped_columns == ()


def test_a_moment_in_parquet_is_of_its_day_in_utc_on_every_machine(read, tmp_path, monkeypatch):
    names = "claim_id line_no patient_id code units charge paid".split()
    midnight = datetime.datetime(2024, 7, 1, tzinfo=datetime.UTC)
    columns = {name: ["1"] for name in names} | {"code": ["99213"]}
    columns["date_from"] = pa.array([midnight], pa.timestamp("us", tz="UTC"))
    path = tmp_path / "moments.parquet"
    pq.write_table(pa.table(columns), path)
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert read(path).column("SELECT date_from FROM claim_line") == [datetime.date(2024, 7, 1)]
    finally:
        monkeypatch.undo()
        time.tzset()


BASE = {
    "claim_id": ["A"], "line_no": ["1"], "patient_id": ["P"], "date_from": ["2024-07-01"], "code": ["99213"],
    "units": ["1"],
}  # fmt: skip


@pytest.mark.parametrize("second", ["Paid", "paid", "PAID"])
def test_two_columns_of_one_name_but_for_its_case_are_refused_in_parquet_too(read, tmp_path, second):
    names = [*BASE, "modifiers", "paid", second]
    values = [*BASE.values(), [["25", "59"]], ["8"], ["9"]]
    path = tmp_path / "twice.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(value) for value in values], names=names), path)
    with pytest.raises(
        InputRefused, match=rf"two columns hold paid: 'paid' \(column 8\) and '{second}' \(column 9\)"
    ):
        read(path)


def test_a_map_tells_such_columns_apart(read, tmp_path):
    path = tmp_path / "twice.parquet"
    values = [*BASE.values(), ["8"], ["9"]]
    pq.write_table(
        pa.Table.from_arrays([pa.array(value) for value in values], names=[*BASE, "paid", "Paid"]), path
    )
    got = read(path, column_map=as_column_map({"paid": "Paid"}))
    assert got.column("SELECT paid FROM claim_line") == [900]
