"""What the readers of tables make of unusual sources."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TUVA = (
    "claim_id,claim_line_number,claim_type,person_id,payer,data_source,claim_start_date,claim_end_date,"
    "claim_line_start_date,claim_line_end_date,hcpcs_code,hcpcs_modifier_1,revenue_center_code,"
    "service_unit_quantity,charge_amount,paid_amount\n"
)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_of_megabytes_is_set_aside_and_the_others_are_read(read, table, quote):
    long = f"D,1,{quote}{'P' * 3_000_000}{quote},2024-07-01,99213,1,10,8"
    got = read(table("C,1,P,2024-07-01,99213,1,10,8", long, "E,1,P,2024-07-01,99213,1,10,8"))
    assert got.rows("SELECT source_pos, reason_code FROM set_aside") == [(2, "row_malformed")]
    assert got.tie.lines_audited == 2


def test_a_parquet_column_may_have_the_name_that_duckdb_gives_to_positions(read, table, tmp_path):
    header, *rows = table(
        "C,1,P,2024-07-01,99213,1,10,8,7", "C,2,P,2024-07-01,99213,1,10,8,7", more="File_Row_Number"
    ).split()
    columns = zip(header.split(","), zip(*(row.split(",") for row in rows), strict=True), strict=True)
    pq.write_table(pa.table({name: list(values) for name, values in columns}), tmp_path / "claims.parquet")
    got = read(tmp_path / "claims.parquet")
    assert got.rows("SELECT line_no, source_pos FROM claim_line ORDER BY line_id") == [(1, 1), (2, 2)]


def test_a_line_of_tuva_without_an_end_ends_when_it_begins(read):
    rows = [
        "C,1,professional,P,X,S,2024-07-01,2024-07-31,2024-07-03,,99213,,,2,10,8",
        "C,2,professional,P,X,S,2024-07-01,2024-07-02,2024-07-03,,99213,,,2,10,8",
        "C,3,professional,P,X,S,2024-07-01,2024-07-02,2024-07-01,2024-07-04,99213,,,2,10,8",
        "C,4,professional,P,X,S,2024-07-01,2024-07-02,,,99213,,,2,10,8",
        "C,5,professional,P,X,S,2024-07-01,2024-07-02,,2024-07-01,99213,,,2,10,8",
    ]
    got = read(TUVA + "\n".join(rows) + "\n")
    assert got.aside() == []
    assert got.rows("SELECT line_no, date_from::VARCHAR, days FROM claim_line ORDER BY line_no") == [
        (1, "2024-07-03", 1),
        (2, "2024-07-03", 1),
        (3, "2024-07-01", 4),
        (4, "2024-07-01", 2),
        (5, "2024-07-01", 1),
    ]


def test_two_sources_of_tuva_count_their_claims_apart(read):
    rows = [f"C,1,professional,P,X,{source},2024-07-01,2024-07-01,,,99213,,,1,10,8" for source in "ST"]
    got = read(TUVA + "\n".join(rows) + "\n")
    assert got.aside() == []
    assert got.tie.claims == 2
