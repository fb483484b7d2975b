"""Whatever stands in the cells: rows and dollars come out as they went in."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.claims.checks import amount

MONEY = st.sampled_from(
    ["10.00", "7", "$1,234.50", "(12.00)", "12.00-", ".5", "1O0.00", "", " ", "-3", "1e2", "0.005", "10.00"]
)
CELLS = {
    "claim_id": st.sampled_from(["A", "B", "C", "D", "", " A"]),
    "line_no": st.sampled_from(["1", "2", "3", "", "1A", "1.0", "70"]),
    "patient_id": st.sampled_from(["P", "Q", "R", "", "\tS"]),
    "date_from": st.sampled_from(["2024-07-01", "20240702", "7/3/2024", "", "never", "04-JUL-2024"]),
    "date_to": st.sampled_from(["", "2024-07-05", "2023-01-01", "x", "2026-01-01"]),
    "code": st.sampled_from(["99213", "99214.0", "", "g0439"]),
    "mod1": st.sampled_from(["", "25", "2559"]),
    "units": st.sampled_from(["1", "", "few", "-2", "1,000"]),
    "charge": MONEY,
    "paid": MONEY,
    "dx1": st.sampled_from(["", "E11.9"]),
    "dx2": st.sampled_from(["", "I10", " "]),
    "dx_ptr": st.sampled_from(["", "1", "1:2", "AB", "9", "?"]),
    "claim_type": st.sampled_from(["P", "I", "", "pharmacy", "DME"]),
    "tob": st.sampled_from(["", "131", "0137", "13I"]),
    "frequency_code": st.sampled_from(["", "1", "7", "8"]),
    "original_ref": st.sampled_from(["", "A", "B", "none"]),
    "received_date": st.sampled_from(["", "2024-08-01", "2024-09-01"]),
    "status": st.sampled_from(["paid", "", "denied", "reversed"]),
}
COLUMNS = list(CELLS)
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=25)
relaxed = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STABLE = "* EXCLUDE (part)"


def text_of(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.slow
@relaxed
@given(ROWS)
def test_rows_and_dollars_tie_whatever_the_cells_hold(read, rows):
    got = read(text_of(rows))
    tie = got.tie
    assert tie.rows_read == len(rows) == tie.lines_audited + tie.lines_superseded + tie.lines_set_aside
    if got.feed.payment_method == "line":
        assert tie.paid_in == sum(amount(row["paid"]) or 0 for row in rows)
    assert tie.charge_in == sum(amount(row["charge"]) or 0 for row in rows)
    assert tie.paid_in == tie.paid_audited + tie.paid_superseded + tie.paid_set_aside
    places = got.column("SELECT source_pos FROM claim_line UNION ALL SELECT source_pos FROM set_aside")
    assert sorted(places) == list(range(1, len(rows) + 1))
    numbers = got.rows("SELECT line_id, source_pos FROM claim_line ORDER BY line_id")
    assert numbers == [(place - 1, place) for _, place in numbers]
    assert len(numbers) == tie.lines_audited + tie.lines_superseded
    assert got.column(
        "SELECT count(*) FROM (SELECT 1 FROM claim_line GROUP BY claim_key, line_no HAVING count(*) > 1)"
    ) == [0]
    assert got.column("SELECT count(*) FROM superseded") == [tie.lines_superseded]


@pytest.mark.slow
@relaxed
@given(ROWS, st.integers(2, 5))
def test_the_number_of_partitions_changes_no_content(read, rows, partitions):
    whole = read(text_of(rows), partitions=1)
    cut = read(text_of(rows), partitions=partitions)
    for query in (f"SELECT {STABLE} FROM claim_line ORDER BY line_id", "SELECT * FROM set_aside ORDER BY ALL",
                  "SELECT * FROM superseded ORDER BY ALL"):  # fmt: skip
        assert whole.rows(query) == cut.rows(query)


@pytest.mark.slow
@relaxed
@given(ROWS, st.integers(0, 24))
def test_cutting_a_feed_into_files_changes_only_the_places(read, rows, at):
    at = min(at, len(rows) - 1)
    first, second = rows[:at], rows[at:]
    whole = read(text_of(rows))
    parts = read(text_of(first), text_of(second)) if text_of(first) != text_of(second) else whole
    if not first:
        assert any("no claim lines" in note for note in parts.feed.notes)
    columns = "* EXCLUDE (source_file, source_pos)"
    query = f"SELECT {columns} FROM claim_line ORDER BY line_id"
    assert whole.rows(query) == parts.rows(query)


def test_amounts_are_never_floats(read, table):
    got = read(table(*(f"C{n},1,P,2024-07-01,99213,1,0.10,0.{n % 100:02d}" for n in range(1000))))
    assert Decimal(got.tie.charge_in) == 10 * 1000
    assert got.tie.paid_in == 10 * sum(range(100))
