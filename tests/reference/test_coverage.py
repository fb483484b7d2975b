import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from tests.reference.layouts import COVERAGE_HEADER

GOOD = "71271,Z87.891,,1,any,*,2022-02-10,,NCD 210.14,2,Y"
RANGE = "82306,e20,E21,1,any,15102,2023-08-03,2024-12-31,A56798,R31,N"


def table(*rows, header=COVERAGE_HEADER):
    return "\n".join((header, *rows)) + "\n"


def test_rows_come_out_typed_and_without_dots(desk):
    report = desk.take(desk.write("mine.csv", table(GOOD, RANGE)))[0]
    assert desk.rows(report) == [
        ("71271", "Z87891", None, 1, "any", "*", dt.date(2022, 2, 10), None, "NCD 210.14", "2", True),
        (
            "82306",
            "E20",
            "E21",
            1,
            "any",
            "15102",
            dt.date(2023, 8, 3),
            dt.date(2024, 12, 31),
            "A56798",
            "R31",
            False,
        ),
    ]
    assert report.edition.counts == {"rows": 2, "policies": 2, "exhaustive_policies": 1, "articles": 2}


def test_columns_in_any_order_and_a_remark_are_read(desk):
    header = "remark,article,version,exhaustive,code,dx_from,group,requires,jurisdiction,effective"
    row = "mine,A1,1,n,g0476,z11.51,1,ALL,ky,2020-01-01"
    report = desk.take(desk.write("mine.csv", table(row, header=header)))[0]
    assert desk.rows(report) == [
        ("G0476", "Z1151", None, 1, "all", "KY", dt.date(2020, 1, 1), None, "A1", "1", False)
    ]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("code", "9921", "`code`"),
        ("dx_from", "", "`dx_from`"),
        ("dx_from", "9999", "`dx_from`"),
        ("dx_to", "A00", "`dx_to` is before"),
        ("dx_to", "Z8789123", "`dx_from` or `dx_to`"),
        ("group", "0", "`group`"),
        ("group", "first", "`group`"),
        ("requires", "some", "`requires`"),
        ("jurisdiction", "", "`jurisdiction`"),
        ("jurisdiction", "Ohio", "`jurisdiction`"),
        ("effective", "", "`effective` is missing"),
        ("effective", "02/10/2022", "`effective` is not a date"),
        ("effective", "2022-02-30", "`effective` is not a date"),
        ("ended", "2021-01-01", "`ended` is before"),
        ("article", "", "`article`"),
        ("version", "", "`article` or `version`"),
        ("exhaustive", "maybe", "`exhaustive`"),
        ("exhaustive", "Y,more", "more cells"),
    ],
)
def test_a_bad_row_refuses_the_file_and_names_its_line(desk, column, value, message):
    cells = GOOD.split(",")
    cells[COVERAGE_HEADER.split(",").index(column)] = value
    with pytest.raises(InputRefused, match=message) as refused:
        desk.take(desk.write("mine.csv", table(RANGE, "", ",".join(cells))))
    assert refused.value.where == "mine.csv, line 4"
    assert refused.value.exit_code == 3
    assert desk.visible() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("requires", "all"), ("effective", "2022-03-01"), ("ended", "2024-01-01"), ("exhaustive", "N")],
)
def test_rows_of_one_policy_must_agree(desk, column, value):
    cells = GOOD.replace("Z87.891", "F17.210").split(",")
    cells[COVERAGE_HEADER.split(",").index(column)] = value
    with pytest.raises(InputRefused, match=f"`{column}` differs from line 2"):
        desk.take(desk.write("mine.csv", table(GOOD, ",".join(cells))))


@pytest.mark.parametrize(
    "missing", ["group", "requires", "jurisdiction", "effective", "version", "exhaustive"]
)
def test_a_missing_column_is_named(desk, missing):
    header = ",".join(name for name in COVERAGE_HEADER.split(",") if name != missing)
    with pytest.raises(InputRefused, match=f"no column {missing}"):
        desk.take(desk.write("mine.csv", table(header=header)))


def test_a_table_without_rows_is_refused(desk):
    with pytest.raises(InputRefused, match="no policy"):
        desk.take(desk.write("mine.csv", table()))


def test_two_tables_in_one_command_are_two_editions(desk):
    reports = desk.take(desk.write("a.csv", table(GOOD)), desk.write("b.csv", table(RANGE)))
    assert [report.edition.rows for report in reports] == [1, 1]
