"""A new edition beside the others of its table: rivals, the same rows again, sudden changes."""

from __future__ import annotations

import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Library
from tests.reference.layouts import COVERAGE_HEADER, Desk, mue_text, ptp_text


def values(count: int, *, value: int = 6, share_of_2: float = 0.5, first: int = 0) -> str:
    """MUE values of `count` codes, a share of them with adjudication indicator 2, the others with 3."""
    of_2 = round(count * share_of_2)
    return mue_text((f"{first + n:05d}", value, "2" if n < of_2 else "3", "") for n in range(count))


def mue(desk: Desk, text: str, eff: str = "07-01-2024", **options):
    number = len(list(desk.folder.iterdir()))
    return desk.take(desk.write(f"n{number}_Eff_{eff}.csv", text), **options)[0].edition


def quarters(desk: Desk) -> list[str]:
    return [edition.edition for edition in Library.open(desk.library).editions()]


# ---- two files of one period ---------------------------------------------------------------------


def test_two_files_of_one_period_published_on_one_day_are_refused_by_name(desk):
    mue(desk, values(3))
    with pytest.raises(InputRefused, match=r"n0_Eff_07-01-2024\.csv") as refused:
        mue(desk, values(3, value=7))
    assert refused.value.where == "n1_Eff_07-01-2024.csv"
    assert "--published" in str(refused.value)
    with pytest.raises(InputRefused, match="published on the same day"):
        mue(desk, values(3, value=7), accept=True)
    assert quarters(desk) == ["2024Q3"]


def test_another_day_of_publication_or_another_revision_gives_them_an_order(desk):
    mue(desk, values(3))
    mue(desk, values(3, value=7), published=dt.date(2024, 8, 20))
    assert quarters(desk) == ["2024Q3", "2024Q3"]
    day = dt.date(2024, 7, 1)
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text()), published=day)
    desk.take(desk.write("ccipra-v302r1-f1.txt", ptp_text()[:-2] + " \r\n"), published=day)
    assert [e.revision for e in Library.open(desk.library, only="ncci_ptp_practitioner").editions()] == [0, 1]


def test_the_same_file_taken_in_another_way_is_no_rival(desk):
    mue(desk, values(3))
    desk.take(desk.folder / "n0_Eff_07-01-2024.csv", notes=["with a remark"])
    assert quarters(desk) == ["2024Q3", "2024Q3"]


def test_files_of_two_tables_are_no_rivals(desk):
    mue(desk, values(3))
    hospital = mue_text([("00000", 1, "2", "")], setting="hospital")
    mue(desk, hospital)
    assert quarters(desk) == ["2024Q3", "2024Q3"]


# ---- the same rows under another period's name ----------------------------------------------------


@pytest.mark.parametrize("eff", ["10-01-2024", "04-01-2024"])
def test_the_same_rows_under_another_periods_name_are_suspicious(desk, eff):
    mue(desk, values(3))
    with pytest.raises(
        InputRefused, match=r"its rows are all those of the edition 2024Q3 .*is its name right"
    ):
        mue(desk, values(3) + "\r\n", eff)
    taken = mue(desk, values(3) + "\r\n", eff, accept=True)
    assert "is its name right?" in taken.accepted[0]
    assert "accepted on import" in taken.remarks[0]


def test_one_row_that_differs_is_another_edition(desk):
    mue(desk, values(3))
    mue(desk, values(2) + "00002,7,3 x,\r\n", "10-01-2024")
    assert quarters(desk) == ["2024Q3", "2024Q4"]


def test_a_replacement_with_the_same_rows_is_no_wrong_name(desk):
    mue(desk, values(3))
    mue(desk, values(3) + "\r\n", published=dt.date(2024, 8, 20))
    assert quarters(desk) == ["2024Q3", "2024Q3"]


def test_rows_in_another_order_are_still_the_same_rows(desk):
    rows = [(f"{n:05d}", n, "2", "") for n in range(9)]
    mue(desk, mue_text(rows))
    with pytest.raises(InputRefused, match="is its name right"):
        mue(desk, mue_text(reversed(rows)), "10-01-2024")


def test_two_quarters_of_one_command_are_held_against_each_other_too(desk):
    one = desk.write("a_Eff_07-01-2024.csv", values(3))
    two = desk.write("b_Eff_10-01-2024.csv", values(3) + "\r\n")
    three = desk.write("c_Eff_10-01-2024.csv", values(200))
    with pytest.raises(InputRefused, match=r"its rows are all those of the edition 2024Q3"):
        desk.take(one, two)
    with pytest.raises(InputRefused, match=r"200 rows where the edition 2024Q3"):
        desk.take(desk.write("d_Eff_07-01-2024.csv", values(100)), three)
    assert desk.visible() == []


# ---- a sudden change of rows ----------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "told"), [(125, ""), (126, "+26%"), (75, ""), (74, "-26%")])
def test_a_quarter_more_or_less_rows_is_the_most_that_passes(desk, rows, told):
    mue(desk, values(100))
    if not told:
        assert mue(desk, values(rows), "10-01-2024").accepted == ()
        return
    with pytest.raises(InputRefused) as refused:
        mue(desk, values(rows), "10-01-2024")
    assert f"{rows} rows where the edition 2024Q3" in str(refused.value)
    assert f"has 100 ({told})" in str(refused.value)
    assert quarters(desk) == ["2024Q3"]
    assert told in mue(desk, values(rows), "10-01-2024", accept=True).accepted[0]


def test_small_tables_are_left_alone(desk):
    mue(desk, values(10, share_of_2=1.0))
    mue(desk, values(49, share_of_2=0.0), "10-01-2024")
    with pytest.raises(InputRefused, match="62 rows where"):
        mue(desk, values(62, share_of_2=0.0), "01-01-2025")


def test_a_longer_gap_allows_more(desk):
    mue(desk, values(100), "07-01-2024")
    with pytest.raises(InputRefused, match="130 rows"):
        mue(desk, values(130), "07-01-2025")
    with pytest.raises(InputRefused, match="151 rows"):
        mue(desk, values(151), "07-01-2026")
    assert mue(desk, values(149), "07-01-2026").accepted == ()


def test_an_older_edition_that_comes_later_is_held_against_the_nearest_newer_one(desk):
    mue(desk, values(100), "10-01-2024")
    with pytest.raises(InputRefused, match="the edition 2024Q4"):
        mue(desk, values(10), "07-01-2024")


def test_the_edition_before_is_the_newest_of_its_own_period_else_the_nearest_earlier_one(desk):
    mue(desk, values(100), "01-01-2024")
    mue(desk, values(120), "07-01-2024")
    mue(desk, values(200), "01-01-2025", accept=True)
    assert mue(desk, values(145), "10-01-2024").accepted == ()
    assert mue(desk, values(201), "01-01-2025", published=dt.date(2025, 2, 1)).accepted == ()


# ---- a sudden change of the mix -------------------------------------------------------------------


@pytest.mark.parametrize(("share", "passes"), [(0.59, True), (0.41, True), (0.61, False), (0.39, False)])
def test_a_kind_of_row_may_gain_or_lose_a_tenth_of_the_whole(desk, share, passes):
    mue(desk, values(100))
    if passes:
        assert mue(desk, values(100, share_of_2=share), "10-01-2024").accepted == ()
        return
    with pytest.raises(InputRefused) as refused:
        mue(desk, values(100, share_of_2=share), "10-01-2024")
    assert f"mai 2 is {share:.0%} of the rows, in the edition 2024Q3" in str(refused.value)
    assert "it is 50%" in str(refused.value)
    assert len(mue(desk, values(100, share_of_2=share), "10-01-2024", accept=True).accepted) == 2


def test_of_ptp_the_mix_of_indicators_is_watched(desk):
    def text(ones: int) -> str:
        return ptp_text(
            (f"{n:05d}", "99999", "", "20200101", "*", "1" if n < ones else "0", "x") for n in range(100)
        )

    desk.take(desk.write("ccipra-v302r0-f1.txt", text(90)))
    desk.take(desk.write("ccipra-v303r0-f1.txt", text(81)))
    with pytest.raises(InputRefused, match=r"indicator 0 is 30% of the rows, in the edition 2024Q4"):
        desk.take(desk.write("ccipra-v310r0-f1.txt", text(70)))


# ---- documents -------------------------------------------------------------------------------------


def test_a_users_coverage_table_is_not_held_against_that_of_other_articles(desk):
    """Each publication is a set of documents of its own: another size says nothing."""

    def table(article: str, rows: int) -> str:
        lines = [f"71271,A{n:02d},,1,any,*,2022-02-10,,{article},1,N" for n in range(rows)]
        return "\n".join((COVERAGE_HEADER, *lines)) + "\n"

    desk.take(desk.write("one.csv", table("A1", 90)), published=dt.date(2024, 1, 1))
    taken = desk.take(desk.write("two.csv", table("A2", 3)), published=dt.date(2024, 2, 1))[0].edition
    assert taken.accepted == ()
