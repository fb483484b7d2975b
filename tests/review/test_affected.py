"""Which findings of a run rest on rows that another edition has otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Edition, ImportReport
from auditor.reference.diff import changes, compare_editions
from auditor.review.affected import affected, key_of, read_findings
from tests.reference.layouts import Desk, aoc_line, mue_text, ptp_text
from tests.review import runs
from tests.review.runs import finding

REPLACED = "2024-08-20"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "files").mkdir()
    return Desk(tmp_path / "files", tmp_path / "library")


def taken(desk: Desk, name: str, text: str, published: str = "2024-07-01") -> Edition:
    reports: Sequence[ImportReport] = desk.take(
        desk.write(name, text), published=dt.date.fromisoformat(published), accept=True
    )
    return reports[0].edition


def ptp(
    desk: Desk, rows: Sequence[tuple[str, ...]], published: str = "2024-07-01", name: str = "ccipra"
) -> Edition:
    text = ptp_text(
        [(one, two, "", first, last, indicator, "x") for one, two, first, last, indicator in rows]
    )
    return taken(desk, f"{name}-v302r0-f1.txt", text + (" \r\n" if published == REPLACED else ""), published)


def concerned(
    folder: Path, before: Edition, after: Edition, *findings: dict[str, Any]
) -> list[tuple[str, str | None, str]]:
    found = read_findings(runs.run(folder / "run", findings))
    with duckdb.connect() as con:
        diff = compare_editions(con, before, after)
        told = affected(found, diff, list(changes(con, diff)))
        return [(a.finding.finding_id, a.row.told() if a.row else None, a.effect) for a in told]


OPEN = ("A0001", "B0001", "19960101", "*", "1")


def effects(
    desk: Desk, before: Sequence[tuple[str, ...]], after: Sequence[tuple[str, ...]], *findings: dict[str, Any]
):
    keep = ("Z0001", "Z0002", "19960101", "*", "1")
    one, two = ptp(desk, [*before, keep]), ptp(desk, [*after, keep], REPLACED)
    return {name: effect for name, _, effect in concerned(desk.folder, one, two, *findings)}


def on_pair(name: str, **cells: Any) -> dict[str, Any]:
    return finding(name, reference_rows=runs.pair("A0001", "B0001"), **cells)


# ---- what becomes of a finding --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "effect"),
    [
        ([], "the row is not in force on the service date any more"),
        (
            [("A0001", "B0001", "19960101", "20240714", "1")],
            "the row is not in force on the service date any more",
        ),
        (
            [("A0001", "B0001", "19960101", "20240715", "1")],
            "the row is still in force on the service date; only what is cited of it changes",
        ),
        ([("A0001", "B0001", "19960101", "*", "0")], "the row says otherwise: modifier_indicator"),
        ([("A0001", "B0001", "20240716", "*", "1")], "the row is not in force on the service date any more"),
        (
            [("A0001", "B0001", "19960101", "20240630", "1"), ("A0001", "B0001", "20240701", "*", "0")],
            "another row is in force on the service date",
        ),
    ],
)
def test_what_becomes_of_a_finding_when_its_row_changes(desk, after, effect):
    assert effects(desk, [OPEN], after, on_pair("f1")) == {"f1": effect}


def test_findings_on_other_rows_are_not_concerned(desk):
    after = [("A0001", "B0001", "19960101", "*", "0")]
    others = [
        finding("turned", reference_rows=runs.pair("B0001", "A0001")),
        finding("hospital", reference_rows=runs.pair("A0001", "B0001", setting="outpatient_hospital")),
        finding("same row", reference_rows=runs.pair("Z0001", "Z0002")),
        finding("value", reference_rows=runs.value("A0001", 2)),
        finding("none"),
    ]
    assert effects(desk, [OPEN], after, on_pair("f1"), *others) == {
        "f1": "the row says otherwise: modifier_indicator"
    }


def test_a_pair_has_a_row_for_each_time_and_the_one_cited_counts(desk):
    """The first span was corrected in 2010: it says nothing of 2024."""
    first, second = ("A0001", "B0001", "19960101", "20101231", "0"), ("A0001", "B0001", "20110101", "*", "1")
    moved = ("A0001", "B0001", "19960101", "20100630", "0")
    old = on_pair("old", service_date="2009-01-01")
    late = on_pair("late", service_date="2010-12-31")
    new = finding("new", reference_rows=runs.pair("A0001", "B0001", "2011-01-01"))
    assert effects(desk, [first, second], [moved, second], old, late, new) == {
        "old": "the row is still in force on the service date; only what is cited of it changes",
        "late": "the row is not in force on the service date any more",
    }


def test_a_span_may_rest_on_a_row_that_begins_after_its_first_day(desk):
    spanned = finding("f1", reference_rows=runs.pair("A0001", "B0001", "2024-07-16"))
    before = [("A0001", "B0001", "20240716", "*", "1")]
    assert effects(desk, before, [], spanned) == {"f1": "the row is in force on another day of the service"}


def test_an_edition_of_another_quarter_does_not_touch_the_findings_of_this_one(desk):
    q2 = [taken(desk, f"{at}_Eff_04-01-2024.csv", mue_text([("97110", limit, "2", "")]), day)
          for at, (limit, day) in enumerate([(2, "2024-04-01"), (4, "2024-05-20")])]  # fmt: skip
    spring = finding("spring", reference_rows=runs.value("97110", 2, "2024Q2"), service_date="2024-05-01")
    summer = finding("summer", reference_rows=runs.value("97110", 2, "2024Q3"))
    assert concerned(desk.folder, q2[0], q2[1], spring, summer) == [
        ("spring", "97110: value 2 -> 4", "the row says otherwise: value")
    ]


def test_an_add_on_finding_is_concerned_by_primaries_of_its_add_on_in_force_on_its_day(desk):
    def text(*primaries: tuple[str, str]) -> str:
        return "".join(
            aoc_line("1", "11045", "", code, "", "1996001", end, "") + "\r\n" for code, end in primaries
        )

    always = ("90001", "2001001")
    one = taken(desk, "AOC_V2024Q2.txt", text(("11042", ""), ("11043", ""), always))
    two = taken(
        desk,
        "AOC_V2024Q2.txt",
        text(("11042", "2024183"), ("11043", "2010001"), ("11044", ""), always),
        REPLACED,
    )
    day, june = (
        finding("f1", reference_rows=runs.addon("11045")),
        finding("f2", reference_rows=runs.addon("11045"), service_date="2009-06-30"),
    )
    found = {name: effect for name, _, effect in concerned(desk.folder, one, two, day, june)}
    assert found == {
        "f1": "if that primary code stands on the day: another row is in force on the service date",
        "f2": "the row is still in force on the service date; only what is cited of it changes",
    }
    other = finding("f3", reference_rows=runs.addon("11046"))
    assert concerned(desk.folder / "2", one, two, other) == []


# ---- what hangs on it ------------------------------------------------------------------------------


def test_findings_that_rest_on_a_concerned_one_are_concerned_however_long_the_chain(desk):
    chain = [
        on_pair("f1"),
        finding("f3", premises=["finding f2", "line C1:4 was not paid by the payer"]),
        finding("f2", premises=["finding f1"]),
        finding("f4", premises=["finding f5"]),
        finding("f5", premises=["finding f4", "12 of 30 lines", "f1"]),
    ]
    hanging = "rests on a finding that is concerned"
    assert effects(desk, [OPEN], [], *chain) == {
        "f1": "the row is not in force on the service date any more",
        "f2": hanging,
        "f3": hanging,
    }


# ---- reading ---------------------------------------------------------------------------------------


def test_keys_of_rows_are_those_under_which_findings_cite_them():
    assert key_of("ncci_ptp", {"setting": "x", "column_1": "A", "column_2": "B"}) == ("ncci_ptp", "A", "B")
    assert key_of("ncci_aoc_code", {"addon": "A", "edit_type": "1"}) == ("ncci_aoc", "A")
    assert key_of("ncci_aoc", {"addon": "A", "primary_code": "B", "edit_type": "1"}) == ("ncci_aoc", "A")
    assert key_of("ncci_mue", {"setting": "x", "code": "A"}) == ("ncci_mue", "A")
    assert key_of("coverage_policy", {"code": "A"}) == ("coverage", "A")
    assert key_of("mpfs_rvu", {"code": "A"}) is None
    assert key_of("ncci_ptp", {"column_1": "A"}) is None


def test_a_folder_without_findings_is_refused(tmp_path):
    with pytest.raises(InputRefused, match=r"there is no findings\.parquet"):
        read_findings(tmp_path)
    (tmp_path / "findings.parquet").write_bytes(b"nothing of the kind")
    with pytest.raises(InputRefused, match="the findings cannot be read") as refused:
        read_findings(tmp_path)
    assert refused.value.where == f"{tmp_path.name}/findings.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS finding_id) TO '{tmp_path}/findings.parquet' (FORMAT parquet)")
    with pytest.raises(InputRefused, match="the findings cannot be read"):
        read_findings(tmp_path)
