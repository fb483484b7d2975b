"""Clean claims of a library with a fee schedule: paid codes, readings in hospitals, global periods, screenings."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from auditor.synth import SynthOptions, Vocabulary, read_vocabulary, write_claims
from auditor.synth.menu import MENU, family_of
from auditor.synth.schedule import Fee, global_days, once_of, one_sided, payable, reading_only

QUARTER = (date(2024, 7, 1), date(2024, 9, 30))


def fee(status="A", components="0", days="XXX", sides="0"):
    return Fee(*(frozenset((value,)) for value in (status, components, days, sides)))


FEES = {
    **{code: fee() for code in MENU if family_of(code) != "drug"},
    "93306": fee(components="1"),
    "93880": fee(components="1"),
    "93000": fee(components="4"),
    "20610": fee(days="000", sides="1"),
    "17110": fee(days="010"),
    "29881": fee(days="090", sides="1"),
    "G0444": fee(),
    "90471": fee(status="B"),
}


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    out = tmp_path_factory.mktemp("fees")
    vocabulary = Vocabulary(codes=tuple(sorted(MENU)), fees=FEES)
    write_claims(out, vocabulary, SynthOptions(lines=40_000, seed=6, errors=0, period=QUARTER))
    with (out / "claims.csv").open() as file:
        return [line for line in csv.DictReader(file) if line["frequency_code"] == "1"]


def practice(lines):
    return [line for line in lines if line["claim_type"] == "professional"]


def test_a_bundled_code_is_paid_nowhere():
    assert payable(FEES, "93000", "11")
    assert not payable(FEES, "90471", "11")
    assert not payable(FEES, "93000", "21"), "a test with no reading of its own in a hospital"
    assert not payable({}, "29881", "11"), "an operation that the schedule does not know"
    assert payable({}, "80053", "81"), "laboratory tests are priced elsewhere"


def test_a_test_of_two_components_is_read_in_a_hospital():
    assert reading_only(FEES, "93306", "21")
    assert not reading_only(FEES, "93306", "11")
    assert not reading_only(FEES, "20610", "21")


def test_days_and_services_of_a_code():
    assert [global_days(FEES, code) for code in ("29881", "17110", "20610", "93000")] == [90, 10, 0, -1]
    assert [once_of(FEES, code) for code in ("G0444", "29881", "17110")] == [
        "depression screening",
        "operation",
        None,
    ]
    assert one_sided(FEES, "29881") and not one_sided(FEES, "17110")


def test_no_bundled_code_and_no_whole_test_in_a_hospital_is_billed(lines):
    found = practice(lines)
    assert "90471" not in {line["code"] for line in found}
    inside = [line for line in found if line["pos"] == "21"]
    assert {line["mod1"] for line in inside if line["code"] in ("93306", "93880")} == {"26"}
    assert not [line for line in inside if line["code"] == "93000"]


def test_a_screening_is_given_once(lines):
    given = Counter(
        line["patient_id"] for line in lines if line["code"] == "G0444" and line["denied"] == "false"
    )
    assert given and max(given.values()) == 1


def test_a_visit_beside_or_after_an_operation_says_why(lines):
    operations: dict[tuple[str, str, str], list[tuple[date, int]]] = {}
    for line in practice(lines):
        days = global_days(FEES, line["code"])
        if days >= 0:
            group = (line["patient_id"], line["billing_tin"], line["rendering_specialty"])
            operations.setdefault(group, []).append((date.fromisoformat(line["date_to"]), days))
    told: Counter[object] = Counter()
    for line in practice(lines):
        if family_of(line["code"]) != "em":
            continue
        day = date.fromisoformat(line["date_from"])
        group = (line["patient_id"], line["billing_tin"], line["rendering_specialty"])
        for done, days in operations.get(group, ()):
            if done < day <= done + timedelta(days):
                assert line["mod1"] == "24", line
            elif day == done or (days == 90 and day == done - timedelta(1)):
                assert line["mod1"] in ("25", "57"), line
            else:
                continue
            told[line["mod1"]] += 1
    assert told["24"] and told["25"] and told["57"]


def test_a_library_without_a_schedule_gives_the_claims_it_always_gave(tmp_path):
    bare = Vocabulary(codes=tuple(sorted(MENU)))
    written = []
    for name, vocabulary in (("a", bare), ("b", replace(bare, fees={}))):
        write_claims(tmp_path / name, vocabulary, SynthOptions(lines=2_000, seed=6, errors=0, period=QUARTER))
        written.append((tmp_path / name / "claims.csv").read_text())
    assert written[0] == written[1]
    assert ",90471," in written[0]


def test_the_nearest_edition_answers_where_none_is_in_force():
    con = duckdb.connect()
    con.execute(
        """CREATE TABLE ref_mpfs_rvu AS SELECT * FROM (VALUES
        ('29881', NULL, 'A', '0', '090', '1', DATE '2025-01-01', DATE '2025-12-31'),
        ('29881', NULL, 'B', '0', '010', '1', DATE '2020-01-01', DATE '2020-12-31'),
        ('93306', '26', 'A', '2', 'XXX', '0', DATE '2025-01-01', DATE '2025-12-31'))
        t(code, modifier, status_code, pctc_ind, glob_days, bilat_surg, effective, deleted)"""
    )
    assert read_vocabulary(con, seed=1, period=QUARTER).fees == {"29881": fee(days="090", sides="1")}
