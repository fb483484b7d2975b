"""Gaps, age, and what claims need of a library, against a count in plain Python."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.dates import OPEN_END, next_quarter, quarter_bounds, quarter_of
from auditor.cli.main import main
from auditor.reference import Answer, Edition
from auditor.reference.editions import choose
from auditor.reference.needs import Asked, Need, gaps, needs, spans_of, stale
from tests.reference.layouts import PTP_ROWS, Desk, mue_text, ptp_text
from tests.reference.made_editions import day, edition, of_kind

PTP, HOSPITAL_PTP = "ncci_ptp_practitioner", "ncci_ptp_hospital"
MUE, HOSPITAL_MUE, DME = "ncci_mue_practitioner", "ncci_mue_hospital", "ncci_mue_dme"
AOC = "ncci_aoc"


def answers(*editions: Edition, carry: Iterable[str] = ()) -> tuple[Answer, ...]:
    return choose(editions, as_of=None, carry_forward=frozenset(carry))


def mue(*quarters: str, table: str = MUE) -> list[Edition]:
    return [edition(table, quarter, quarter_bounds(quarter)[0]) for quarter in quarters]


# ---- gaps -----------------------------------------------------------------------------------------


def test_quarters_between_two_editions_for_which_none_answers_are_a_gap():
    found = gaps(answers(*mue("2023Q4", "2024Q1", "2024Q3", "2025Q2", "2025Q3")))
    assert [(g.table, g.first, g.last) for g in found] == [
        (MUE, "2024Q2", "2024Q2"),
        (MUE, "2024Q4", "2025Q1"),
    ]


def test_one_edition_or_editions_side_by_side_have_no_gap_and_tables_are_told_apart():
    assert list(gaps(answers(*mue("2024Q1")))) == []
    assert list(gaps(answers(*mue("2024Q1", "2024Q2"), *mue("2024Q4", table=HOSPITAL_MUE)))) == []
    assert list(gaps(())) == []


def test_what_answers_until_the_next_begins_has_a_gap_only_after_its_own_end():
    table = of_kind("until_next")
    end = day("2024-12-31")
    january = edition(table, "2024Q1", day("2024-01-01"), valid_to=end)
    october = edition(table, "2024Q4", day("2024-10-01"), valid_to=end)
    later = edition(table, "2025Q3", day("2025-07-01"), valid_to=day("2025-12-31"))
    assert [(g.first, g.last) for g in gaps(answers(january, october, later))] == [("2025Q1", "2025Q2")]


def test_a_history_has_no_gaps():
    old, new = (
        edition(PTP, label, day(label_day), valid_from=day("1996-01-01"))
        for label, label_day in (("2020Q1", "2020-01-01"), ("2024Q3", "2024-07-01"))
    )
    assert list(gaps(answers(old, new))) == []


# ---- age ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "quarters"),
    [("2024-09-30", None), ("2024-10-01", 1), ("2024-12-31", 1), ("2025-01-01", 2), ("2026-02-15", 6)],
)
def test_a_table_is_old_from_the_day_after_it_stops_answering(today, quarters):
    ptp = edition(PTP, "2024Q3", day("2024-07-01"), valid_from=day("1996-01-01"))
    for library in (mue("2024Q2", "2024Q3"), [ptp]):
        found = list(stale(answers(*library), day(today)))
        expected = [] if quarters is None else [("2024Q3", day("2024-09-30"), quarters)]
        assert [(s.edition, s.until, s.quarters) for s in found] == expected


def test_what_answers_by_its_rows_is_old_when_its_own_quarter_is_over():
    aoc = edition(AOC, "2024Q2", day("2024-04-01"), valid_from=day("1996-01-01"))
    assert list(stale(answers(aoc), day("2024-06-30"))) == []
    assert [(s.until, s.quarters) for s in stale(answers(aoc), day("2024-07-01"))] == [(day("2024-06-30"), 1)]
    listed = edition(of_kind("rows"), "2024-05-20", day("2024-05-20"), valid_from=day("1996-01-01"))
    assert list(stale(answers(listed), day("2024-06-30"))) == []
    assert [s.until for s in stale(answers(listed), day("2024-07-01"))] == [day("2024-06-30")]


def test_documents_and_tables_carried_forward_are_never_old():
    documents = edition(of_kind("documents"), "2020-01-01", day("2020-01-01"), valid_from=day("2015-10-01"))
    carried = edition(PTP, "2024Q3", day("2024-07-01"), valid_from=day("1996-01-01"))
    assert list(stale(answers(documents, carried, carry={"ncci_ptp"}), day("2030-01-01"))) == []


# ---- words ----------------------------------------------------------------------------------------


def test_runs_of_quarters_are_told_as_spans():
    assert spans_of([]) == ""
    assert spans_of(["2018Q2", "2016Q4", "2016Q3", "2017Q1", "2016Q4"]) == "2016Q3 to 2017Q1, 2018Q2"


@given(st.sets(st.integers(0, 40)))
def test_spans_hold_every_quarter_once(numbers: set[int]) -> None:
    def label(number: int) -> str:
        return f"{2015 + number // 4}Q{number % 4 + 1}"

    told = spans_of([label(number) for number in numbers])
    back: list[str] = []
    for run in told.split(", ") if told else []:
        first, _, last = run.partition(" to ")
        assert label(min(numbers)) <= first
        back.append(first)
        while last and back[-1] != last:
            back.append(next_quarter(back[-1]))
    assert back == sorted(label(number) for number in numbers)


# ---- what claims need -----------------------------------------------------------------------------

LINE = {
    "setting": "practitioner",
    "line_of_business": "medicare",
    "state": "audited",
    "date_from": day("2024-07-15"),
    "date_to": None,
    "code": "99213",
    "paid": 10_000,
}


def line(**cells: object) -> dict[str, object]:
    return LINE | cells


def asked(
    lines: Sequence[Mapping[str, object]], known: Sequence[Answer] = (), by_rules: Sequence[Asked] = ()
) -> list[Need]:
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(
            "CREATE TABLE claim_line (setting VARCHAR, line_of_business VARCHAR, state VARCHAR, "
            "date_from DATE, date_to DATE, code VARCHAR, paid BIGINT)"
        )
        if lines:
            con.executemany(
                "INSERT INTO claim_line VALUES (?, ?, ?, ?, ?, ?, ?)",
                [[row.get(name) for name in LINE] for row in lines],
            )
        con.execute("CREATE TABLE claim_patient AS SELECT DISTINCT line_of_business FROM claim_line")
        return needs(con, known, by_rules)


def told(found: Iterable[Need]) -> dict[tuple[str, str], tuple[int, Decimal, int]]:
    return {(need.table, need.quarter): (need.lines, need.paid, need.answered) for need in found}


@pytest.mark.parametrize(
    ("setting", "tables"),
    [
        ("practitioner", {PTP, MUE, AOC}),
        ("outpatient_hospital", {HOSPITAL_PTP, HOSPITAL_MUE, AOC}),
        ("dme", {DME}),
        ("inpatient", set()),
        ("dental", set()),
        (None, set()),
    ],
)
def test_a_line_asks_the_tables_of_its_setting(setting, tables):
    found = asked([line(setting=setting)])
    assert told(found) == {(table, "2024Q3"): (1, Decimal("100.00"), 0) for table in tables}


@pytest.mark.parametrize(
    "cells",
    [
        {"line_of_business": "commercial"},
        {"line_of_business": "other"},
        {"state": "superseded"},
        {"code": None},
        {"date_from": None},
    ],
)
def test_lines_that_no_rule_of_these_tables_looks_at_need_nothing(cells):
    assert asked([line(**cells)]) == []


def test_medicaid_has_no_add_on_edits_of_its_own():
    assert {need.table for need in asked([line(line_of_business="medicaid")])} == {PTP, MUE}
    assert {n.table for n in asked([line(line_of_business="medicare_advantage")])} == {PTP, MUE, AOC}


def test_claims_all_of_medicaids_ask_its_own_tables_where_the_library_has_them():
    own = answers(*mue("2024Q3", table="medicaid_mue_practitioner"), *mue("2024Q3"))
    found = asked([line(line_of_business="medicaid")], own)
    assert {(n.table, n.answered) for n in found} == {(PTP, 0), ("medicaid_mue_practitioner", 1)}
    mixed = asked([line(line_of_business="medicaid"), line()], own)
    assert {(n.table, n.lines, n.answered) for n in mixed} == {(PTP, 2, 0), (MUE, 2, 2), (AOC, 1, 0)}


def test_a_quarter_answered_in_part_says_for_how_many_lines_none_answers():
    ptp = edition(PTP, "2024Q3", day("2024-07-01"), valid_from=day("2024-08-01"))
    found = asked(
        [line(date_from=day("2024-07-31"), paid=None), line(date_from=day("2024-08-01")), line()],
        answers(ptp, *mue("2024Q3")),
    )
    (need,) = [n for n in found if n.table == PTP]
    assert (need.lines, need.answered, need.missing, need.paid, need.editions) == (
        3,
        1,
        2,
        Decimal("200.00"),
        ("2024Q3",),
    )
    (need,) = [n for n in found if n.table == MUE]
    assert (need.answered, need.missing) == (3, 0)


DAYS = st.sampled_from(
    [dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in (0, 90, 91, 181, 182, 273, 274, 365)]
)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "setting": st.sampled_from(["practitioner", "outpatient_hospital", "dme", "inpatient", None]),
            "line_of_business": st.sampled_from(["medicare", "medicare_advantage", "medicaid", "commercial"]),
            "state": st.sampled_from(["audited", "audited", "superseded"]),
            "date_from": st.one_of(st.none(), DAYS),
            "code": st.sampled_from(["99213", None]),
            "paid": st.one_of(st.none(), st.integers(-500, 100_000)),
        }
    ),
    max_size=25,
)
ASKS = {
    "practitioner": [PTP, MUE, AOC],
    "outpatient_hospital": [HOSPITAL_PTP, HOSPITAL_MUE, AOC],
    "dme": [DME],
}


@settings(max_examples=20, deadline=None)
@given(lines=LINES, quarters=st.sets(st.sampled_from(["2024Q1", "2024Q2", "2024Q4"])))
def test_needs_are_those_of_a_plain_count(lines: list[dict[str, object]], quarters: set[str]) -> None:
    known = answers(
        *mue(*sorted(quarters)),
        edition(PTP, "2024Q2", day("2024-04-01"), valid_from=day("2024-03-31")),
        edition(AOC, "2024Q2", day("2024-04-01"), valid_from=day("2024-04-01")),
    )
    counted: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in lines:
        on, setting = row["date_from"], str(row["setting"])
        if (
            row["state"] != "audited"
            or row["line_of_business"] == "commercial"
            or not row["code"]
            or on is None
        ):
            continue
        assert isinstance(on, dt.date)
        for table in ASKS.get(setting, []):
            if table == AOC and row["line_of_business"] == "medicaid":
                continue
            have = {
                MUE: quarter_of(on) in quarters,
                PTP: day("2024-03-31") <= on <= day("2024-06-30"),
                AOC: day("2024-04-01") <= on <= OPEN_END,
            }.get(table, False)
            cell = counted[table, quarter_of(on)]
            cell[0] += 1
            cell[1] += int(row["paid"] or 0)  # type: ignore[call-overload]
            cell[2] += have
    found = asked(lines, known)
    assert told(found) == {key: (n, Decimal(cents) / 100, have) for key, (n, cents, have) in counted.items()}
    assert [(n.table, n.quarter) for n in found] == sorted(counted)


def test_a_line_over_several_quarters_asks_each_of_them() -> None:
    span = line(date_from=day("2024-09-29"), date_to=day("2025-01-02"))
    found = asked([span], answers(*mue("2024Q3", "2025Q1")))
    assert [(n.quarter, n.lines, n.answered) for n in found if n.table == MUE] == [
        ("2024Q3", 1, 1),
        ("2024Q4", 1, 0),
        ("2025Q1", 1, 1),
    ]


# ---- the Tuva sample ------------------------------------------------------------------------------

OUTPATIENT = ("12", "13", "14", "22", "23", "34", "74", "75", "76", "85")


def read_plainly(claims: Path) -> dict[tuple[str, str], int]:
    """Lines by table and quarter, from the CSV itself: professional, and outpatient by the type of bill."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    with claims.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            on = row["claim_line_start_date"] or row["claim_start_date"]
            off = row["claim_line_end_date"] or row["claim_end_date"] or on
            bill = row["bill_type_code"].lstrip("0")[:2]
            if row["claim_type"] == "professional":
                tables = [PTP, MUE, AOC]
            elif row["claim_type"] == "institutional" and bill in OUTPATIENT:
                tables = [HOSPITAL_PTP, HOSPITAL_MUE, AOC]
            else:
                continue
            if row["hcpcs_code"]:
                begun, ended = (int(d[:4]) * 4 + (int(d[5:7]) - 1) // 3 for d in (on, max(on, off)))
                for table in tables:
                    for quarter in range(begun, ended + 1):
                        counted[table, f"{quarter // 4}Q{quarter % 4 + 1}"] += 1
    return counted


@pytest.mark.slow
def test_check_names_exactly_the_quarters_that_the_tuva_sample_lacks(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = shared_data / "claims" / "tuva_seed" / "medical_claim_seed.csv"
    (tmp_path / "files").mkdir()
    desk = Desk(tmp_path / "files", tmp_path / "library")
    values = [("97110", 6, "3", "")]
    for eff in ("01-01-2017", "04-01-2017", "10-01-2018"):
        desk.take(desk.write(f"m_Eff_{eff}.csv", mue_text([*values, ("97112", int(eff[:2]), "2", eff)])))
    desk.take(desk.write("h_Eff_07-01-2018.csv", mue_text(values, setting="hospital")))
    desk.take(desk.write("ccipra-v232r0-f1.txt", ptp_text(PTP_ROWS[2:])))
    told_ = json.loads(_checked(capsys, claims, desk.library, "--format", "json"))
    edits = [need for need in told_["needs"] if need["table"].startswith("ncci_")]
    lines = read_plainly(claims)
    assert {(n["table"], n["quarter"]) for n in edits} == set(lines)
    have = {(MUE, q) for q in ("2017Q1", "2017Q2", "2018Q4")} | {(HOSPITAL_MUE, "2018Q3")}
    # Version 23.2 is of the third quarter of 2017, and its rows go back to 1996.
    have |= {key for key in lines if key[0] == PTP and key[1] <= "2017Q3"}
    missing = {(n["table"], n["quarter"]) for n in edits if n["missing"]}
    assert missing == set(lines) - have
    audited = {(n["table"], n["quarter"]): n["lines"] for n in edits}
    assert all(0 < audited[key] <= lines[key] for key in lines)
    assert sum(audited.values()) >= 0.97 * sum(lines.values())

    text = _checked(capsys, claims, desk.library)
    for table in sorted({table for table, _ in missing}):
        quarters = [quarter for name, quarter in sorted(missing) if name == table]
        (sentence,) = [row for row in text.splitlines() if row.startswith(f"Missing: {table} ")]
        assert sentence.startswith(f"Missing: {table} for {spans_of(quarters)} (")
    assert "Gap: no edition of ncci_mue_practitioner answers for 2017Q3 to 2018Q3" in text


def _checked(capsys: pytest.CaptureFixture[str], claims: Path, library: Path, *more: str) -> str:
    code = main(["tables", "check", str(claims), "--library", str(library), "--quiet", *more])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def test_tables_that_rules_ask_are_needed_by_the_lines_that_the_rules_are_for():
    lines = [
        line(),
        line(setting="outpatient_hospital"),
        line(line_of_business="commercial"),
        line(line_of_business="commercial", setting="dental"),
    ]
    by_rules = [
        Asked("mpfs_rvu", frozenset({"commercial"})),
        Asked("mpfs_rvu", frozenset(), frozenset({"practitioner"})),
    ]
    found = told(asked(lines, by_rules=by_rules))
    assert found["mpfs_rvu", "2024Q3"] == (3, Decimal("300.00"), 0)
    assert found[PTP, "2024Q3"][0] == 1
    assert "mpfs_rvu" not in {table for table, _ in told(asked(lines))}
