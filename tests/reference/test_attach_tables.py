"""Any table of the library under its own name: laid when a rule asks, cut to the days on which it answers."""

import datetime as dt
from decimal import Decimal

import duckdb
import pytest

from auditor.reference import Library
from auditor.reference.attach_tables import spans_of
from auditor.reference.columns import own_columns
from auditor.reference.editions import Answer
from auditor.reference.tables import TABLES
from tests.reference.kinds import csv_text
from tests.reference.made_editions import edition, stored
from tests.reference.mcd_samples import article, code, contractor, lcd, ncd, text
from tests.reference.mpfs_samples import text as lines_text
from tests.reference.mpfs_samples import titled
from tests.reference.test_npi_tables import OFF, OFF_ROWS
from tests.reference.test_pos import ROWS as POS_ROWS
from tests.reference.test_pos import TITLES as POS_TITLES

OPEN = dt.date(9999, 12, 31)


def day(text):
    return dt.date.fromisoformat(text)


def laid(desk, tables, codes=(), **options):
    return desk.attach(codes, tables=frozenset(tables), **options)


def rows(con, table, columns):
    return con.execute(f"SELECT {columns} FROM ref_{table} ORDER BY row_no").fetchall()


def answers(con):
    return con.execute("SELECT * FROM ref_answers ORDER BY ALL").fetchall()


@pytest.fixture
def fees(desk):
    """Two releases of the fee schedule, of October 2024 and October 2025."""
    for year in (2024, 2025):
        content = lines_text(
            titled(
                title=f"{year} National Physician Fee Schedule Relative Value File October Release",
                released=f"RELEASED 09/11/{year}",
            )
        )
        desk.take(desk.write(f"PPRRVU{year}_Oct.csv", content), accept=True)
    return desk


def test_a_table_that_no_rule_asks_is_not_laid(fees):
    con, state = fees.attach(["45385"])
    assert "ref_mpfs_rvu" not in {name for (name,) in con.execute("SHOW TABLES").fetchall()}
    assert (answers(con), state.tables) == ([], ())


def test_rows_are_cut_to_the_days_for_which_their_edition_answers(fees):
    con, state = laid(fees, ["mpfs_rvu"])
    picked = "edition, code, work_rvu, glob_days, effective, deleted"
    assert [row for row in rows(con, "mpfs_rvu", picked) if row[1] == "49505"] == [
        ("2024Q4", "49505", Decimal("7.96"), "090", day("2024-10-01"), day("2024-12-31")),
        ("2025Q4", "49505", Decimal("7.96"), "090", day("2025-10-01"), day("2025-12-31")),
    ]
    assert answers(con) == [
        ("mpfs_rvu", "*", day("2024-10-01"), day("2024-12-31"), "2024Q4"),
        ("mpfs_rvu", "*", day("2025-10-01"), day("2025-12-31"), "2025Q4"),
    ]
    assert [used.table for used in state.tables] == ["mpfs_rvu", "mpfs_rvu"]


def test_editions_of_other_days_than_the_claims_are_not_read(fees):
    con, state = laid(fees, ["mpfs_rvu"], days=(day("2025-10-01"), day("2025-11-30")))
    assert set(rows(con, "mpfs_rvu", "edition")) == {("2025Q4",)}
    assert [used.edition for used in state.tables] == ["2025Q4"]


def test_as_of_a_day_only_what_had_been_published_is_laid(fees):
    con, _ = laid(fees, ["mpfs_rvu"], as_of=day("2025-01-31"))
    assert set(rows(con, "mpfs_rvu", "edition")) == {("2024Q4",)}


def test_only_columns_that_are_compared_with_codes_alone_filter_by_the_codes_of_the_claims(fees):
    whole, _ = laid(fees, ["mpfs_rvu"], ["45385"])
    by_code, _ = laid(fees, ["mpfs_rvu"], ["45385"], by_code={"mpfs_rvu": frozenset({"code"})})
    assert len(rows(whole, "mpfs_rvu", "code")) == 14
    assert rows(by_code, "mpfs_rvu", "row_no, code") == [(1, "45385"), (2, "45385")]


def test_of_several_rows_of_a_code_the_one_without_a_modifier_comes_first(desk):
    cells = [["45385", "26"], ["45385", ""], ["45385", "TC"]]
    model = next(row for row in titled() if row[0] == "45385")
    made = [[*given, *model[2:]] for given in cells]
    desk.take(desk.write("PPRRVU2025_Oct.csv", lines_text(titled(made))))
    con, _ = laid(desk, ["mpfs_rvu"])
    assert [modifier for (modifier,) in rows(con, "mpfs_rvu", "modifier")] == [None, "26", "TC"]


def test_types_are_those_declared(fees):
    con, _ = laid(fees, ["mpfs_rvu"])
    described = {row[0]: row[1] for row in con.execute("DESCRIBE ref_mpfs_rvu").fetchall()}
    days = {"effective": "DATE", "deleted": "DATE"}
    assert described == {"row_no": "BIGINT", "edition": "VARCHAR", **own_columns()["mpfs_rvu"], **days}
    assert not {"description", "restored"} & set(described)


def test_rows_without_days_are_in_force_as_long_as_their_table_answers(desk):
    desk.take(desk.write("pos.csv", csv_text(POS_TITLES, *POS_ROWS)))
    con, _ = laid(desk, ["pos_codes"])
    assert rows(con, "pos_codes", "code, effective, deleted")[:2] == [
        ("01", day("2003-10-01"), OPEN),
        ("11", day("1900-01-01"), OPEN),
    ]


def test_a_table_without_an_edition_is_there_and_empty_and_does_not_answer(desk):
    con, state = laid(desk, ["mpfs_gpci", "hcpcs_level2"])
    assert [rows(con, name, "*") for name in ("mpfs_gpci", "hcpcs_level2")] == [[], []]
    assert (answers(con), state.tables) == ([], ())


def test_a_name_that_is_none_of_the_librarys_is_left_to_others(desk):
    con, _ = laid(desk, ["my_prior_auth_list", "ncci_ptp", "coverage_policy"])
    assert "ref_my_prior_auth_list" not in {name for (name,) in con.execute("SHOW TABLES").fetchall()}


def test_every_table_of_the_library_can_be_laid(desk):
    con, _ = laid(desk, own_columns())
    for name, columns in own_columns().items():
        described = [row[0] for row in con.execute(f"DESCRIBE ref_{name}").fetchall()]
        assert described == ["row_no", "edition", *columns, "effective", "deleted"]


def test_what_an_importer_stores_is_declared(desk):
    given = {
        "lcd.csv": text("lcd", lcd()),
        "article.csv": text("article", article()),
        "ncd_trkg.csv": text("ncd_trkg", ncd()),
        "contractor.csv": text("contractor", contractor()),
        "lcd_x_hcpc_code.csv": text("lcd_x_hcpc_code", code("lcd")),
        "pos.csv": csv_text(POS_TITLES, *POS_ROWS),
        "PPRRVU2025_Oct.csv": lines_text(titled()),
    }
    reports = desk.take(*(desk.write(name, content) for name, content in given.items()))
    con, _ = laid(desk, {report.edition.table for report in reports})
    for report in reports:
        table = report.edition.table
        assert set(report.edition.columns) - {"effective", "deleted"} <= set(own_columns()[table]), table
        assert len(rows(con, table, "*")) == report.edition.rows, table
    assert len(reports) == len(given)


def test_every_table_is_declared_or_known_to_the_rules_by_another_name():
    assert set(own_columns()) == {name for name, table in TABLES.items() if not table.rules_table}


def test_a_version_of_a_document_ends_when_the_next_begins(desk):
    desk.take(
        desk.write(
            "lcd.csv",
            text(
                "lcd",
                lcd(lcd_version="1", rev_eff_date="2023-01-01 00:00:00"),
                lcd(lcd_version="2", rev_eff_date="2024-01-01 00:00:00"),
                lcd(lcd_version="10", rev_eff_date="2024-06-01 00:00:00", rev_end_date="2024-12-31 00:00:00"),
            ),
        )
    )
    con, _ = laid(desk, ["mcd_lcd"])
    assert rows(con, "mcd_lcd", "lcd_version, effective, deleted") == [
        (1, day("2023-01-01"), day("2023-12-31")),
        (2, day("2024-01-01"), day("2024-05-31")),
        (10, day("2024-06-01"), day("2024-12-31")),
    ]


def test_of_a_document_in_several_downloads_the_newest_answers_whole(desk):
    older = [code("lcd", hcpc_code_id="A9900"), code("lcd", hcpc_code_id="A9901")]
    kept = code("lcd", lcd_id="40000", hcpc_code_id="A9999", last_updated="2024-01-01 00:00:00")
    old = [{**row, "last_updated": "2024-01-01 00:00:00"} for row in older]
    desk.take(desk.write("lcd_x_hcpc_code.csv", text("lcd_x_hcpc_code", *old, kept)))
    desk.take(desk.write("lcd_x_hcpc_code.csv", text("lcd_x_hcpc_code", older[1])), accept=True)
    con, _ = laid(desk, ["mcd_lcd_x_hcpc_code"])
    assert rows(con, "mcd_lcd_x_hcpc_code", "lcd_id, hcpc_code_id") == [
        ("33312", "A9901"),
        ("40000", "A9999"),
    ]
    assert len(answers(con)) == 1
    none, _ = laid(
        desk, ["mcd_lcd_x_hcpc_code"], ["A9900"], by_code={"mcd_lcd_x_hcpc_code": frozenset({"hcpc_code_id"})}
    )
    assert rows(none, "mcd_lcd_x_hcpc_code", "hcpc_code_id") == []


def test_publications_that_answer_for_the_same_days_make_one_span():
    spans = [("2020-01-01", "2022-12-31"), ("2021-01-01", "2021-06-30"), ("2024-01-01", "9999-12-31")]
    given = [
        Answer(edition("mcd_lcd", f"202{n}-01-01", day(f"202{n}-01-01")), day(first), day(last))
        for n, (first, last) in enumerate(spans)
    ]
    assert spans_of("mcd_lcd", given) == [
        ("mcd_lcd", "*", day("2020-01-01"), day("2022-12-31"), "2021-01-01"),
        ("mcd_lcd", "*", day("2024-01-01"), OPEN, "2022-01-01"),
    ]


def test_an_edition_of_an_earlier_program_may_lack_a_column(tmp_path):
    made = stored(
        tmp_path, "pos_codes", "2024-01-01", {"code": "VARCHAR", "strange": "VARCHAR"}, [("11", "x")]
    )
    con = duckdb.connect()
    con.execute("CREATE TABLE claim_line AS SELECT '99213' AS code")
    Library((made,)).attach(con, tables=frozenset({"pos_codes"}))
    assert rows(con, "pos_codes", "code, name, facility") == [("11", None, None)]


def test_an_edition_whose_label_has_a_quote_is_laid(tmp_path):
    made = stored(tmp_path, "pos_codes", "o'clock", {"code": "VARCHAR"}, [("11",)])
    con = duckdb.connect()
    con.execute("CREATE TABLE claim_line AS SELECT '99213' AS code")
    Library((made,)).attach(con, tables=frozenset({"pos_codes"}))
    assert rows(con, "pos_codes", "edition") == [("o'clock",)]


def test_of_a_list_of_all_providers_only_those_of_the_claims_are_laid(desk):
    desk.take(desk.write("off.csv", csv_text(OFF, *OFF_ROWS)))
    con = duckdb.connect()
    con.execute("CREATE TABLE claim_line AS SELECT '99213' AS code")
    con.execute("CREATE TABLE mine AS SELECT unnest(['1000000012', '1000000046']) AS npi")
    by_npi = {"npi_deactivated": frozenset({"npi"})}
    library, asked = Library.open(desk.library), frozenset({"npi_deactivated"})
    library.attach(con, tables=asked, by_npi=by_npi, npis_from="mine")
    assert rows(con, "npi_deactivated", "row_no, npi") == [(1, "1000000012")]
    assert answers(con) == [("npi_deactivated", "*", day("1900-01-01"), day("2024-05-13"), "2024-05-13")]
    for options in ({"by_npi": by_npi}, {"npis_from": "mine"}):
        library.attach(con, tables=asked, **options)
        assert rows(con, "npi_deactivated", "npi") == [("1000000012",), ("1000000020",)]
