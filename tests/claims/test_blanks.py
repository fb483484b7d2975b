"""Blanks that only look like nothing: a no-break space is a space, and must never stop a run."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.claims import forms
from auditor.claims.blanks import plain_blanks
from auditor.claims.checks import amount

BLANKS = ["\u00a0", "\u2009", "\u202f", "\u3000", "\u200b", "\ufeff", "\u2003"]
con = duckdb.connect()


@pytest.mark.parametrize("blank", BLANKS)
def test_they_are_taken_off_every_value(read, table, blank):
    row = f"C{blank},1,P{blank},2024-07-01{blank},{blank}99213{blank},1{blank},10{blank},{blank}8"
    got = read(table(f"{row},1234567893{blank},25{blank}", more="rendering_npi,mod1"))
    assert got.rows(
        "SELECT claim_id, patient_id, code, units, charge, paid, rendering_npi, modifiers FROM claim_line"
    ) == [("C", "P", "99213", 1, 1000, 800, "1234567893", ["25"])]
    assert got.aside() == []


def test_a_windows_1252_export_and_parquet_are_read_alike(read, table, tmp_path):
    text = table("C,1,P\u00a0,2024-07-01,99213,1,10,8\u00a0")
    assert read(text.encode("cp1252")).rows("SELECT patient_id, paid FROM claim_line") == [("P", 800)]
    header, row = text.splitlines()
    columns = {name: [value] for name, value in zip(header.split(","), row.split(","), strict=True)}
    pq.write_table(pa.table(columns), tmp_path / "claims.parquet")
    assert read(tmp_path / "claims.parquet").rows("SELECT patient_id, paid FROM claim_line") == [("P", 800)]


def test_a_blank_within_an_amount_does_not_stop_the_run(read, table):
    got = read(table("C,1,P,2024-07-01,99213,1,10,5\u00a0x", "D,1,P,2024-07-01,99213,1,1\u00a0000,5\u0662"))
    assert got.aside() == [(1, "paid is not a number"), (2, "paid is not a number")]


@pytest.mark.parametrize("text", [None, "", "abc", "Müller", "a b"])
def test_other_text_is_left_alone(text):
    assert con.execute(f"SELECT {plain_blanks('x')} FROM (SELECT ?::VARCHAR AS x)", [text]).fetchone() == (
        text,
    )


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("0123456789.,-+$() eE_\t\n\r\x0b\x0c\x1c\u00a0\u2009\u0663x"), max_size=9))
@pytest.mark.slow
def test_the_reader_and_the_check_agree_on_what_is_an_amount(text):
    row = con.execute(
        f"SELECT {forms.cents('x', forms.dollars('x'))} FROM (SELECT CAST(? AS VARCHAR) AS x)", [text]
    ).fetchone()
    assert row == (amount(text),)
