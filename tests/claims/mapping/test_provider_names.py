"""A column called by a provider may hold names; these are no NPIs."""

import pytest

from auditor.claims.mapping.column_map import as_column_map

ROW = "C{n},1,P,2024-07-01,99213,1,10,8,{rest}"


def rows(*rests):
    return [ROW.format(n=n, rest=rest) for n, rest in enumerate(rests)]


@pytest.mark.parametrize(
    ("header", "field"), [("Rendering Provider", "rendering_npi"), ("Billing Provider", "billing_npi")]
)
def test_a_column_of_names_is_not_read_as_npis_and_is_named(read, table, header, field):
    got = read(table(*rows('"Lovelace, Ada"', "Ada Lovelace", "", "1234567893"), more=header))
    assert got.column(f"SELECT count({field}) + count(provider_id) FROM claim_line") == [0]
    assert field not in got.feed.fields and header in got.feed.unmapped_columns
    assert got.feed.notes[0] == (
        f"file0.csv: the column '{header}' holds names and no NPIs (2 of 3 values); it is not read as {field}"
    )
    assert got.column("SELECT source_pos FROM claim_line ORDER BY line_id") == [1, 2, 3, 4]


def test_a_column_of_numbers_is_read_whatever_it_is_called(read, table):
    got = read(table(*rows("1234567893", "1234567893", "DR7"), more="Rendering Provider"))
    assert got.column("SELECT rendering_npi FROM claim_line ORDER BY line_id") == ["1234567893"] * 2 + ["DR7"]
    assert not any("holds names" in note for note in got.feed.notes)


def test_what_the_user_maps_is_taken(read, table):
    got = read(
        table(*rows("LOVELACE"), more="Rendering Provider"),
        column_map=as_column_map({"rendering_npi": "Rendering Provider"}),
    )
    assert got.column("SELECT rendering_npi FROM claim_line") == ["LOVELACE"]


def test_names_beside_numbers_leave_the_numbers(read, table):
    got = read(table(*rows("Ada Lovelace,1234567893"), more="Rendering Provider,Rendering Provider NPI"))
    assert got.column("SELECT rendering_npi FROM claim_line") == ["1234567893"]
    assert "Rendering Provider" in got.feed.unmapped_columns


def test_names_and_days_first_are_both_told(read, table):
    row = "C,1,P,25/07/2024,99213,1,10,8,Ada Lovelace"
    got = read(table(row, more="Rendering Provider"))
    assert got.rows("SELECT date_from::VARCHAR, rendering_npi FROM claim_line") == [("2024-07-25", None)]
