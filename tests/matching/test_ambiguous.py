"""A lookup whose keys mean several rows in force at once, which the rule reads differently, takes the rule out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.base.errors import RuleNotEvaluated
from auditor.matching.ambiguous import Lookup, refuse_ambiguous, told_by_key
from auditor.matching.facts import Facts
from auditor.matching.lines import open_partition
from auditor.rules import model as m
from auditor.workbench.case_tables import make_claim_lines, make_line, make_tables
from tests import tiny
from tests.tiny import DAY, flagged

Rows = Sequence[Mapping[str, Any]]

LAST, NEXT = DAY - timedelta(1), DAY + timedelta(1)
OVER = """\
match:
  lines: [line]
  lookup: [{name: ncci_mue, as: mue, on: {code: line.code}}]
  when: {line.units: {gt: $mue.value}}
exposure: {method: line}
"""


def row(value: int, **more: Any) -> dict[str, Any]:
    """A row that allows so many units of 99213 to practitioners."""
    return {"setting": "practitioner", "code": "99213", "value": value, "mai": "1"} | more


TWO = [row(1), row(5, setting="dme")]
"""The first makes two units too many, the second does not."""


def differing(folder: Path, body: str, rows: Rows, *lines: Mapping[str, Any], prefilter: bool = True) -> str:
    """The columns for which the rule is refused, empty where it is not; of one line where none are given."""
    (made,) = tiny.pack(folder, tiny.rule(body)).rules
    return columns_of(made, rows, lines or [{}], prefilter)


def columns_of(made: m.Rule, rows: Rows, lines: Sequence[Mapping[str, Any]], prefilter: bool = True) -> str:
    """The same of a rule that is made already."""
    assert made.match is not None
    whole = [tiny.USUAL | {"line_no": at} | dict(line) for at, line in enumerate(lines, 1)]
    with duckdb.connect() as con:
        make_claim_lines(con, [make_line(at, line) for at, line in enumerate(whole)])
        (table,) = (*made.match.lookups, *([made.match.table] if made.match.table else []))
        make_tables(con, {table.name: rows}, {})
        open_partition(con, 0, 1)
        try:
            refuse_ambiguous(con, made, Facts(True, tiny.ANSWERS, prefilter))
        except RuleNotEvaluated as error:
            return error.what.partition(" differ in ")[2]
    return ""


def audit(folder: Path, body: str, rows: Rows, *lines: Mapping[str, Any]) -> list[int]:
    """The lines that the rule flags in an audit."""
    return flagged(tiny.audit(folder, lines, tiny.rule(body), tables={"ncci_mue": rows}))


def test_the_rule_is_not_evaluated_and_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(RuleNotEvaluated) as caught:
        audit(tmp_path, OVER, TWO, {"units": 2})
    error = caught.value
    assert error.what == (
        "rule PAY-TINY-001 looks up one row of ncci_mue by code, where several that are in force at once "
        "differ in value"
    )
    assert (error.rule_id, error.where) == ("PAY-TINY-001", "0.yaml")
    assert error.mend == "name more columns under `on` of the lookup, such as setting or mai"


def test_with_the_column_that_it_lacked_it_is(tmp_path: Path) -> None:
    whole = OVER.replace("{code: line.code}", "{code: line.code, setting: line.setting}")
    assert audit(tmp_path, whole, TWO, {"units": 2}) == [1]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row(1, mai="1"), row(1, mai="2")], id="they differ in what the rule does not read"),
        pytest.param([row(1), row(1, setting="dme", edition="2")], id="they say the same"),
        pytest.param([row(1, deleted=LAST), row(5, effective=DAY)], id="one ends before the other begins"),
        pytest.param([row(1), row(5, effective=NEXT)], id="no line is of a day on which both are in force"),
        pytest.param([row(1), row(5, deleted=LAST)], id="no line is of a day on which both were in force"),
        pytest.param([row(5, code="99214"), row(1)], id="they are of other keys"),
        pytest.param([row(1), row(2, code="1"), row(5, code="1")], id="no line meets them"),
    ],
)
def test_rows_that_no_line_could_take_for_each_other_do_not_matter(tmp_path: Path, rows: Rows) -> None:
    assert differing(tmp_path, OVER, rows) == ""


@pytest.mark.parametrize("line", [{}, {"date_to": NEXT}])
def test_two_rows_share_their_first_and_their_last_day(tmp_path: Path, line: Mapping[str, Any]) -> None:
    rows = [row(1, deleted=DAY), row(5, effective=DAY)]
    assert differing(tmp_path, OVER, rows, line) == "value"


SUMMED = """\
match:
  lines: [line]
  sum: {as: day, of: day_units, over: [patient_id, service_day]}
  lookup: [{name: ncci_mue, as: mue, on: {code: line.code}}]
  when: {day.units: {gt: $mue.value}}
exposure: {method: line}
"""


@pytest.fixture(scope="module")
def summed(tmp_path_factory: pytest.TempPathFactory) -> m.Rule:
    return tiny.pack(tmp_path_factory.mktemp("summed"), tiny.rule(SUMMED)).rules[0]


@pytest.mark.parametrize(("line", "column"), [({}, ""), ({"date_to": NEXT}, "value")])
def test_a_span_meets_the_rows_of_each_of_its_days(
    tmp_path: Path, line: Mapping[str, Any], column: str
) -> None:
    assert differing(tmp_path, SUMMED, [row(1), row(5, effective=NEXT)], line) == column


_days = st.tuples(st.integers(0, 6), st.integers(0, 3)).map(
    lambda pair: (DAY + timedelta(pair[0]), DAY + timedelta(sum(pair)))
)
_met = st.tuples(st.sampled_from(["99213", "99214"]), _days)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(_met, st.integers(1, 3)), max_size=6),
    lines=st.lists(_met, min_size=1, max_size=2),
)
@pytest.mark.slow
def test_it_is_refused_where_two_rows_that_differ_are_met_on_one_day_and_only_there(
    summed: m.Rule, rows: list[tuple[Any, int]], lines: list[Any]
) -> None:
    wanted = any(
        one[1] != two[1] and one[0][0] == two[0][0] == code
        and max(first, one[0][1][0], two[0][1][0]) <= min(last, one[0][1][1], two[0][1][1])
        for one in rows for two in rows for code, (first, last) in lines
    )  # fmt: skip
    listed = [row(value, code=code, effective=first, deleted=last) for (code, (first, last)), value in rows]
    met = [{"code": code, "date_from": first, "date_to": last} for code, (first, last) in lines]
    assert columns_of(summed, listed, met) == ("value" if wanted else "")


@pytest.mark.parametrize(
    ("body", "line"),
    [
        pytest.param("applies_to: {payer_id: [OURS]}\n" + OVER, {"payer_id": "OTHER"}, id="another payer's"),
        pytest.param("effective: {from: 2024-07-11}\n" + OVER, {}, id="before the rule"),
        pytest.param(OVER.replace("when: {", 'when: {line.pos: "21", '), {"pos": "11"}, id="another place"),
        pytest.param(OVER, {"denied": True}, id="denied"),
    ],
)
def test_lines_that_the_rule_is_not_for_do_not_matter(
    tmp_path: Path, body: str, line: Mapping[str, Any]
) -> None:
    """Nor does it whether queries ask anything of lines beforehand."""
    for prefilter in (True, False):
        assert differing(tmp_path, body, TWO, line, prefilter=prefilter) == ""


SAYS = OVER.replace("{gt: $mue.value}", "{gt: 1}") + 'explanation: "{SAID}"\n'


@pytest.mark.parametrize("said", ["mue.edition", "mue.effective", "mue.deleted", "mue.code", "line.code"])
def test_where_a_row_stands_and_for_how_long_may_be_told_of_any(tmp_path: Path, said: str) -> None:
    rows = [row(1, edition="1"), row(5, edition="2", effective=DAY, deleted=DAY)]
    assert differing(tmp_path, SAYS.replace("SAID", said), rows, {"units": 2}) == ""


LIFTED = 'bypass: {mue.mai: "2"}\nbypass_reason: lifted\n'
QUIET = SAYS.replace("SAID", "line.code")
READS = {
    "a sentence": (SAYS.replace("SAID", "mue.value"), "value"),
    "a date that decides": (
        OVER.replace("line.units: {gt: $mue.value}", "mue.effective: 2024-07-10"),
        "effective",
    ),
    "a bypass": (QUIET + LIFTED, "mai"),
    "a limit": (QUIET.replace("{method: line}", "{method: excess_units, limit: $mue.value}"), "value"),
    "a window": (
        'windows: {near: {by: mue.mai, values: {"1": {days: [-9, 0]}}, citation: policy}}\n'
        "match:\n  lines: [line]\n  lookup: [{name: ncci_mue, as: mue, on: {code: line.code}}]\n"
        "  sequence: {same: [patient_id], window: near}\nexposure: {method: line}\n",
        "mai",
    ),
    "the limit of a sequence": (
        "match:\n  lines: [line]\n  table: {name: ncci_mue, as: mue, on: {code: line.code}}\n"
        "  sequence: {same: [patient_id], window: {days: [-9, 0]}, limit: $mue.value}\nexposure: {method: line}\n",
        "value",
    ),
    "two places": (OVER + LIFTED, "mai, value"),
}


@pytest.mark.parametrize("place", READS)
def test_every_place_is_known_in_which_a_rule_reads_a_row(tmp_path: Path, place: str) -> None:
    body, column = READS[place]
    rows = [row(1, effective=DAY), row(5, mai="2", effective=LAST)]
    assert differing(tmp_path, body, rows, {"units": 2}) == column


AROUND = """\
windows: {period: {by: mue.mai, values: {"1": {days: [0, 0]}, "2": {days: [0, 9]}}, citation: policy}}
match:
  lines: [surgery, visit]
  same: [patient_id]
  within: {visit: {of: surgery, window: period}}
  lookup: [{name: ncci_mue, as: mue, on: {code: surgery.code}, in_force_on: surgery.service_date}]
  when: {surgery.code: "27447", visit.code: "99213"}
flag: [visit]
exposure: {method: line}
explanation: "{mue.mai}"
"""
SURGERY: list[dict[str, Any]] = [{"code": "27447"}, {"date_from": NEXT}]


def opening(*by: str | None) -> list[dict[str, Any]]:
    """Rows of the surgery that choose the window by these values."""
    return [row(1, code="27447", mai=mai) for mai in by]


@pytest.mark.parametrize("by", [("1", "2"), ("2", "3"), ("3", "2"), ("2", None)])
def test_rows_that_open_two_windows_or_one_and_none_are_refused(
    tmp_path: Path, by: tuple[str | None, str | None]
) -> None:
    assert differing(tmp_path, AROUND, opening(*by), *SURGERY) == "mai"


@pytest.mark.parametrize(("by", "found"), [(("3", None), []), (("2", "2"), [2])])
def test_rows_none_of_which_opens_a_window_are_alike(
    tmp_path: Path, by: tuple[str | None, str | None], found: list[int]
) -> None:
    """So it is with 76932 in the fee schedule: "YYY" as a whole, "XXX" for one part, and no period for either."""
    assert audit(tmp_path, AROUND, opening(*by), *SURGERY) == found


def test_the_row_of_one_line_is_asked_on_its_own_day(tmp_path: Path) -> None:
    rows = [*opening("1"), *(item | {"effective": NEXT} for item in opening("2"))]
    assert differing(tmp_path, AROUND, rows, *SURGERY) == ""
    assert differing(tmp_path, AROUND, rows, {"code": "27447", "date_from": NEXT}) == "mai"


BOTH = """\
match:
  lines: [one, two]
  same: [patient_id, service_day]
  lookup: [{name: ncci_ptp, as: edit, on: {column_1: one.code, column_2: two.code}}]
  when: {edit.modifier_indicator: "0"}
flag: [two]
exposure: {method: line}
explanation: "{two.code}"
"""


@pytest.mark.parametrize(("code", "column"), [("99214", "modifier_indicator"), ("99215", "")])
def test_a_row_of_two_lines_is_met_where_both_are_there(tmp_path: Path, code: str, column: str) -> None:
    pair = {"setting": "practitioner", "column_1": "99213", "column_2": "99214"}
    rows = [pair | {"modifier_indicator": said} for said in ("0", "1")]
    assert differing(tmp_path, BOTH, rows, {}, {"code": code}) == column


@pytest.mark.parametrize(
    ("field", "column"), [("stay.drg", "value"), ("stay.tob", ""), ("stay.principal_dx", "value")]
)
def test_a_row_of_a_claim_is_met_by_its_header_and_by_what_is_made_of_its_lines_perhaps(
    tmp_path: Path, field: str, column: str
) -> None:
    body = f"""\
match:
  claims: [stay]
  lookup: [{{name: ncci_mue, as: mue, on: {{code: {field}}}}}]
  when: {{mue.value: 1}}
exposure: {{method: line}}
explanation: "told"
"""
    rows = [row(1, code="470"), row(5, code="470", setting="dme")]
    assert differing(tmp_path, body, rows, {"drg": "470", "tob": "111"}) == column


BY_CODE = """\
match:
  lines: [line]
  lookup: [{name: mpfs_rvu, as: fee, on: {code: line.code}}]
  when: {fee.pctc_ind: "1"}
exposure: {method: line}
"""
WHOLE: dict[str, Any] = {"code": "99213", "modifier": None, "pctc_ind": "1"}
READING: dict[str, Any] = {"code": "99213", "modifier": "26", "pctc_ind": "9"}


def test_a_part_of_the_key_means_the_row_that_has_nothing_in_the_rest(tmp_path: Path) -> None:
    assert differing(tmp_path, BY_CODE, [WHOLE, READING]) == ""
    assert (
        differing(tmp_path, BY_CODE, [READING, READING | {"modifier": "TC", "pctc_ind": "1"}]) == "pctc_ind"
    )


def test_the_general_row_speaks_only_for_the_days_on_which_it_is_in_force(tmp_path: Path) -> None:
    begins = {"effective": DAY, "deleted": None}
    rows: Rows = [WHOLE | begins, READING | {"modifier": "TC", "pctc_ind": "1"}, READING]
    assert differing(tmp_path, BY_CODE, rows) == "pctc_ind"


MAI = OVER.replace("{line.units: {gt: $mue.value}}", '{mue.mai: "3"}')


@pytest.mark.parametrize(
    ("rows", "told", "refused"),
    [
        pytest.param([row(1), row(1, edition="2")], True, ["", ""], id="alike in what either reads"),
        pytest.param([row(1), row(1, mai="2")], False, ["", "mai"], id="unlike in what the other reads"),
        pytest.param([row(1), row(2)], False, ["value", ""], id="unlike in what the one reads"),
        pytest.param(
            [row(1, deleted=LAST), row(2, mai="2", effective=DAY)], True, ["", ""], id="of other days"
        ),
        pytest.param([row(1, code="1"), row(2, code="1")], False, ["", ""], id="of a code without a line"),
    ],
)
def test_one_question_stands_for_those_of_several_rules(
    tmp_path: Path, rows: Rows, told: bool, refused: list[str]
) -> None:
    (one,), (other,) = (tiny.pack(tmp_path, tiny.rule(body)).rules for body in (OVER, MAI))
    rules = [one, other]

    def asked(con: duckdb.DuckDBPyConnection, known: frozenset[Lookup]) -> list[str]:
        found = []
        for made in rules:
            try:
                refuse_ambiguous(con, made, Facts(True, tiny.ANSWERS), known)
                found.append("")
            except RuleNotEvaluated as error:
                found.append(error.what.partition(" differ in ")[2])
        return found

    with duckdb.connect() as con:
        make_claim_lines(con, [make_line(1, tiny.USUAL | {"line_no": 1})])
        make_tables(con, {"ncci_mue": rows}, {})
        open_partition(con, 0, 1)
        known = told_by_key(con, rules)
        assert bool(known) is told
        assert asked(con, known) == asked(con, frozenset()) == refused
        assert told_by_key(con, rules[:1]) == frozenset()
        con.execute("DROP TABLE ref_ncci_mue")
        assert told_by_key(con, rules) == frozenset()
