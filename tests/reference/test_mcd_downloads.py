"""Whole downloads of the Medicare Coverage Database: archives in archives, beside each other, one after another."""

import csv
import datetime as dt
import io
from dataclasses import replace

import duckdb
import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Library
from auditor.reference.editions import choose
from auditor.reference.importers.mcd_files import FILES
from tests.reference.layouts import zipped
from tests.reference.mcd_samples import TABLES, TITLES, article, code, contractor, lcd, nested, one, text


def test_a_download_in_three_layers_gives_one_edition_a_table_of_the_day_of_its_last_change(desk):
    lcds = {
        "lcd": text("lcd", lcd()),
        "lcd_x_hcpc_code": text("lcd_x_hcpc_code", code("lcd")),
        "state_lookup": text(
            "state_lookup", {"state_id": "1", "state_abbrev": "AK", "description": "Alaska"}
        ),
        "lcd_x_requestor_letters": b"33312,37,2,A person,letters/a.pdf,20480,1,2020-01-01 00:00:00\r\n",
        "readme_first": b"see the dictionary\r\n",
    }
    archive = zipped({"current_lcd.zip": nested("current_lcd", lcds)})
    reports = desk.take(desk.write("all_data.zip", archive))
    assert {r.edition.table: r.edition.edition for r in reports} == dict.fromkeys(
        ["mcd_lcd", "mcd_lcd_x_hcpc_code", "mcd_state_lookup"], "2025-06-20"
    )
    assert {r.edition.published_basis for r in reports} == {"file"}
    inside = "all_data.zip > current_lcd.zip > current_lcd_csv.zip"
    assert reports[0].skipped == (
        f"{inside} > lcd_x_requestor_letters.csv: not a table known here",
        f"{inside} > readme_first.csv: not a table known here",
    )
    assert desk.rows(reports[1], "* EXCLUDE (last_updated)") == [
        ("33312", 37, "A9900", 97, 4, "N", None, None)
    ]
    assert desk.rows(reports[2], "state_id, state_abbrev, state_name") == [("1", "AK", "Alaska")]


@pytest.mark.parametrize("name", ["current_lcd_2024q3.zip", "medicaid-ncci-q1-2026.zip", "mcd.zip"])
def test_names_say_nothing(desk, name):
    report = desk.take(desk.write(name, nested("x", {"lcd": text("lcd", lcd())})))[0]
    assert (report.edition.table, report.edition.edition) == ("mcd_lcd", "2025-06-20")


def test_an_empty_crosswalk_is_an_edition_without_rows(desk):
    files = {"lcd": text("lcd", lcd()), "lcd_x_hcpc_code": text("lcd_x_hcpc_code")}
    reports = desk.take(desk.write("all_lcd.zip", nested("all_lcd", files)))
    empty = reports[1].edition
    assert (empty.table, empty.rows, empty.edition) == ("mcd_lcd_x_hcpc_code", 0, "2025-06-20")
    assert empty.remarks == ("the file has titles and no row",)
    assert desk.rows(reports[1]) == []


def test_all_is_taken_where_current_comes_beside_it(desk):
    old = lcd(lcd_id="1", status="R", rev_end_date="2023-12-31", rev_eff_date="2020-01-01")
    same = {"contractor": text("contractor", contractor())}
    both = {
        "current_lcd.zip": nested("current_lcd", {"lcd": text("lcd", lcd()), **same}),
        "all_lcd.zip": nested("all_lcd", {"lcd": text("lcd", lcd(), old), **same}),
    }
    together = replace(desk, library=desk.library / "together")
    reports = together.take(desk.write("all_data.zip", zipped(both)))
    assert [(r.edition.table, r.edition.rows) for r in reports] == [("mcd_lcd", 2), ("mcd_contractor", 1)]
    wide = "all_data.zip > all_lcd.zip > all_lcd_csv.zip"
    narrow = "all_data.zip > current_lcd.zip > current_lcd_csv.zip"
    assert sorted(reports[0].skipped) == [
        f"{narrow} > contractor.csv: the same as {wide} > contractor.csv",
        f"{narrow} > lcd.csv: {wide} > lcd.csv has the retired documents too",
    ]
    reports = desk.take(*(desk.write(name, content) for name, content in both.items()))
    assert sorted((r.edition.table, r.edition.rows) for r in reports) == [
        ("mcd_contractor", 1),
        ("mcd_lcd", 2),
    ]


def test_different_contractors_of_lcds_and_articles_become_one_edition(desk):
    newer = contractor(contractor_bus_name="Renamed", last_updated="2025-06-21 00:00:00")
    other = contractor(contractor_id="396")
    archives = {
        "all_lcd.zip": nested("all_lcd", {"contractor": text("contractor", contractor())}),
        "all_article.zip": nested("all_article", {"contractor": text("contractor", newer, other)}),
    }
    report = desk.take(desk.write("all_data.zip", zipped(archives)))[0]
    assert desk.rows(report, "contractor_id, contractor_bus_name") == [
        ("139", "Renamed"),
        ("396", "A company"),
    ]
    assert (report.edition.rows, report.edition.edition, report.skipped) == (2, "2025-06-21", ())
    assert desk.take(desk.folder / "all_data.zip")[0].already


def test_two_different_files_of_one_table_under_two_names_are_refused(desk):
    rows = [{"lcd_id": "1", "lcd_version": "2", "state_id": state} for state in "12"]
    files = {
        name: text("lcd_x_primary_jurisdiction", row)
        for name, row in zip(
            ("lcd_x_primary_jurisdiction", "lcd_x_secondary_jurisdiction"), rows, strict=True
        )
    }
    with pytest.raises(InputRefused, match="two different files of one download are mcd_lcd_x_primary"):
        desk.take(desk.write("all_lcd.zip", nested("all_lcd", files)))


def test_downloads_that_repeat_a_table_or_share_a_day_are_no_rivals(desk):
    same = {"contractor": text("contractor", contractor())}
    first = desk.take(desk.write("current_lcd.zip", nested("l", {**same, "lcd": text("lcd", lcd())})))
    second = desk.take(
        desk.write("current_article.zip", nested("a", {**same, "article": text("article", article())}))
    )
    later = lcd(lcd_version="38", rev_eff_date="2025-07-01", last_updated="2025-06-27 00:00:00")
    third = desk.take(desk.write("current_lcd_2.zip", nested("l", {**same, "lcd": text("lcd", later)})))
    labels = [r.edition.edition for reports in (first, second, third) for r in reports]
    assert labels == ["2025-06-20"] * 4 + ["2025-06-27"] * 2
    answers = choose(Library.open(desk.library).editions(), as_of=None, carry_forward=frozenset())
    assert sorted(a.edition.edition for a in answers if a.edition.table == "mcd_lcd") == [
        "2025-06-20",
        "2025-06-27",
    ]
    assert {a.date_from for a in answers if a.edition.table == "mcd_contractor"} == {dt.date(1900, 1, 1)}


def test_a_table_that_lost_a_great_part_of_its_rows_is_suspicious_and_one_that_grew_is_not(desk):
    full = [lcd(lcd_id=str(number)) for number in range(1, 101)]
    one(desk, "lcd", *full[:60])
    late = [{**row, "last_updated": "2025-06-27 00:00:00"} for row in full]
    assert desk.take(desk.write("later.csv", text("lcd", *late)))[0].edition.rows == 100
    latest = [{**row, "last_updated": "2025-07-04 00:00:00"} for row in full[:60]]
    with pytest.raises(InputRefused, match="60 rows where the edition 2025-06-27"):
        desk.take(desk.write("latest.csv", text("lcd", *latest)))


def test_of_retirements_to_come_the_newest_answers_however_few_they_are(desk):
    for last, count in (("2025-06-20", 60), ("2025-06-27", 1)):
        files = {
            "lcd": text("lcd", lcd(last_updated=last)),
            "lcd_future_retire": text(
                "lcd_future_retire",
                *({"lcd_id": str(number), "retire_dt": "2025-10-18 10:28:38.47"} for number in range(count)),
            ),
        }
        desk.take(desk.write(f"all_lcd_{last}.zip", nested("all_lcd", files)))
    answers = choose(Library.open(desk.library).editions(), as_of=None, carry_forward=frozenset())
    assert [a.edition.rows for a in answers if a.edition.table == "mcd_lcd_future_retire"] == [1]


REAL = {
    "lcd": ("lcd_x_hcpc_code", "lcd_related_documents", "lcd_related_ncd_documents", "lcd_x_contractor",
            "lcd_x_primary_jurisdiction", "lcd_future_retire", "contractor", "contractor_jurisdiction",
            "contractor_type_lookup", "contractor_subtype_lookup", "state_lookup"),
    "ncd": ("ncd_trkg",),
}  # fmt: skip


@pytest.fixture(scope="module")
def real(shared_data):
    """The real rows by file: official titles, and rows as they were published."""
    found = {}
    for name in (name for names in REAL.values() for name in names):
        path = shared_data / "reference" / f"mcd_{name}.parquet"
        if not path.is_file():
            pytest.skip(f"{path.name} is not in the shared test data")
        query = duckdb.execute(f"SELECT * FROM read_parquet('{path}')")
        columns = [column[0] for column in query.description]
        found[name] = [
            {title: cell or "" for title, cell in zip(columns, row, strict=True) if title != "in_current"}
            for row in query.fetchall()
        ]
    return found


def quoted(name, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(TITLES[name])
    writer.writerows([row.get(title, "") for title in TITLES[name]] for row in rows)
    return out.getvalue().encode("cp1252" if name != "ncd_trkg" else "utf-8")


@pytest.mark.slow
def test_the_real_rows_in_nested_archives_equal_the_source(desk, shared_data, real):
    archives = {}
    for kind, names in REAL.items():
        inner = zipped({f"{name}.csv": quoted(name, real[name]) for name in names})
        archive = f"all_{kind}" if kind == "lcd" else kind
        archives[f"{archive}.zip"] = zipped({f"{archive}_csv.zip": inner, "dictionary.pdf": b"%PDF\0"})
    reports = {r.edition.table: r for r in desk.take(desk.write("all_data.zip", zipped(archives)))}
    assert len(reports) == 12
    columns = {file.name: file for file in FILES}
    for name, rows in real.items():
        report, file = reports[TABLES[name]], columns[name]
        assert (report.edition.rows, report.edition.rejected, report.edition.accepted) == (len(rows), {}, ())
        assert report.edition.census == {}
        source = f"read_parquet('{shared_data / 'reference' / f'mcd_{name}.parquet'}')"
        titles = {title.replace("_", "").lower(): title for title in TITLES[name]}
        ours, theirs = [], []
        held = {title.lower() for title in rows[0]}
        for column in file.columns:
            title = titles.get(column.titles[0])
            if title is None or title.lower() not in held:
                assert column.name in ("description", "last_updated")
                continue
            cell = f"nullif(trim(\"{title}\"), '')"
            if column.name in ("r_ncd_id", "r_article_id", "r_lcd_id"):
                cell = f"nullif({cell}, '0')"
            ours.append(f'"{column.name}"::VARCHAR')
            theirs.append(f"left({cell}, 10)" if column.kind == "date" else cell)
        ours_query = f"SELECT {', '.join(ours)} FROM read_parquet('{report.edition.rows_file}')"
        theirs_query = f"SELECT {', '.join(theirs)} FROM {source}"
        for one_way, other in ((ours_query, theirs_query), (theirs_query, ours_query)):
            assert duckdb.execute(f"SELECT count(*) FROM ({one_way} EXCEPT ALL {other})").fetchall() == [
                (0,)
            ], name
    assert {r.edition.edition for r in reports.values()} == {"2025-06-20"}
    assert reports["mcd_ncd"].edition.counts["termination_before_effective"] == 13
