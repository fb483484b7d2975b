"""Two runs side by side: what differs, and what explains it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Edition, Library
from auditor.review.compare import Comparison, compare_runs
from tests.reference.layouts import Desk, mue_text, ptp_text
from tests.review import runs
from tests.review.runs import finding, shown

Q3_REPLACED = dt.date(2024, 8, 20)


class Pair:
    """A library with two publications of one quarter, and runs that used the one or the other."""

    def __init__(self, folder: Path, library: Path, first: Edition, second: Edition) -> None:
        (folder / "files").mkdir()
        self.desk = Desk(folder / "files", folder / "library")
        shutil.copytree(library, self.desk.library)
        self.folder, self.first, self.second = folder, first, second

    def take(self, name: str, text: str, published: dt.date | None = None) -> Edition:
        return self.desk.take(self.desk.write(name, text), published=published, accept=True)[0].edition

    def compare(self, before: list[dict[str, Any]], after: list[dict[str, Any]], **told: Any) -> Comparison:
        one = runs.run(self.folder / "one", before, [self.first])
        two = runs.run(self.folder / "two", after, [self.second], **told)
        return compare_runs(one, two, Library.open(self.desk.library))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Edition, Edition]:
    folder = tmp_path_factory.mktemp("pair")
    desk = Desk(folder, folder / "library")
    rows = [
        ("A0001", "B0001", "", "19960101", "20101231", "0", "x"),
        ("A0001", "B0001", "", "20110101", "*", "1", "x"),
    ]
    after = [rows[0], ("A0001", "B0001", "", "20110101", "*", "0", "x")]
    first = desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text(rows)))
    second = desk.take(desk.write("ccipra-v302r1-f1.txt", ptp_text(after)), published=Q3_REPLACED)
    return desk.library, first[0].edition, second[0].edition


@pytest.fixture
def pair(tmp_path: Path, made: tuple[Path, Edition, Edition]) -> Pair:
    return Pair(tmp_path, *made)


def on_pair(name: str, effective: str = "2011-01-01", **cells: Any) -> dict[str, Any]:
    return finding(name, reference_rows=runs.pair("A0001", "B0001", effective), **cells)


def told(found: Comparison) -> dict[str, tuple[str, list[str], str]]:
    return {
        d.finding.finding_id: (d.change, [r.told() for r in d.rows], d.through) for d in found.differences
    }


ROW = "A0001 / B0001: modifier_indicator 1 -> 0"


def test_a_finding_that_only_cites_other_dates_is_the_same_and_is_counted(pair):
    found = pair.compare([on_pair("one"), on_pair("two")], [on_pair("one", "2012-01-01"), on_pair("two")])
    assert (found.same, found.recited, found.differences) == (2, 1, [])


def test_findings_are_added_removed_changed_or_the_same(pair):
    before = [on_pair("gone"), on_pair("other", klass="probable"), on_pair("same")]
    after = [on_pair("other", klass="definite"), on_pair("same"), on_pair("new")]
    found = pair.compare(before, after)
    assert told(found) == {
        "gone": ("removed", [ROW], ""),
        "other": ("changed", [ROW], ""),
        "new": ("added", [ROW], ""),
    }
    assert (found.same, found.unexplained, found.conditions) == (1, [], [])
    assert found.editions == [
        f"ncci_ptp_practitioner 2024Q3 ({pair.first.edition_id}, published 2024-07-01) -> 2024Q3 "
        f"({pair.second.edition_id}, published 2024-08-20): 0 rows added, 0 removed, 1 changed"
    ]


@pytest.mark.parametrize(
    ("cells", "same"),
    [
        ({"verdict": "bypassed"}, False),
        ({"exposure": 99}, False),
        ({"exposure_counted": 0}, False),
        ({"suppressed_by": "f9"}, False),
        ({"reason": "another"}, False),
        ({"exposure_basis": "charge"}, False),
        ({"reference_rows": runs.pair("A0001", "B0001", "2011-01-01", indicator="9")}, True),
        ({"evidence": [shown("C1", 7)]}, True),
    ],
)
def test_a_finding_is_the_same_when_what_it_says_is(pair, cells, same):
    found = pair.compare([on_pair("f1")], [on_pair("f1") | cells])
    assert (found.same, len(found.differences)) == ((1, 0) if same else (0, 1))


def test_a_row_of_another_time_explains_nothing(pair):
    """Both rows of the pair stand in both editions; the one of before 2011 is as it was."""
    old = on_pair("old", "1996-01-01", service_date=dt.date(2005, 1, 1))
    found = pair.compare([old], [old | {"exposure": 1}])
    assert [d.finding.finding_id for d in found.unexplained] == ["old"]


def test_a_row_of_another_quarter_or_setting_explains_nothing(pair):
    hospital = finding("h", reference_rows=runs.pair("A0001", "B0001", "2011-01-01", "outpatient_hospital"))
    edition = on_pair("e")
    edition["reference_rows"][0]["edition"] = "2024Q2"
    found = pair.compare([hospital, edition], [])
    assert {d.finding.finding_id for d in found.unexplained} == {"h", "e"}


def test_what_differs_without_a_row_is_not_explained_and_comes_last(pair):
    found = pair.compare([finding("a"), on_pair("z", claim_id="C9")], [finding("a", klass="probable")])
    assert [(d.finding.finding_id, d.explained) for d in found.differences] == [("z", True), ("a", False)]
    assert [d.finding.finding_id for d in found.unexplained] == ["a"]


def test_a_finding_through_its_premises_names_the_one_that_rests_on_a_row(pair):
    after = [
        on_pair("f1"),
        finding("f2", claim_id="C2", premises=["finding f1"]),
        finding("f3", claim_id="C3", premises=["finding f2", "line C9:1 was not paid by the payer"]),
        finding("f4", claim_id="C4", premises=["finding f0"]),
    ]
    assert told(pair.compare([], after)) == {
        "f1": ("added", [ROW], ""),
        "f2": ("added", [], "f1"),
        "f3": ("added", [], "f2"),
        "f4": ("added", [], ""),
    }


def test_a_finding_that_flags_or_shows_the_same_line_is_explained_through_it(pair):
    before = [
        on_pair("f1"),
        finding("on the line", exposure_counted=0),
        finding("beside it", claim_id="C2", line_no=1, klass="definite", evidence=[shown("C1", 2)]),
        finding("next", claim_id="C2", line_no=1, exposure_counted=1),
        finding("apart", claim_id="C1", line_no=3, patient_id="P1"),
    ]
    after = [
        finding("on the line", exposure_counted=50),
        finding("beside it", claim_id="C2", line_no=1, klass="probable", evidence=[shown("C1", 2)]),
        finding("next", claim_id="C2", line_no=1, exposure_counted=2),
    ]
    found = told(pair.compare(before, after))
    assert {name: through for name, (_, _, through) in found.items()} == {
        "f1": "", "on the line": "f1", "beside it": "f1", "next": "beside it", "apart": "",
    }  # fmt: skip
    assert found["apart"][:2] == ("removed", [])


def test_what_cannot_be_evaluated_any_more_is_explained_by_its_patients_day(pair):
    def unknown(name: str, **cells: Any) -> dict[str, Any]:
        return finding(name, claim_id=name, verdict="not_evaluated", **cells)

    after = [
        on_pair("f1"),
        unknown("same day"),
        unknown("another day", service_date=dt.date(2024, 7, 16)),
        unknown("another patient", patient_id="P2"),
        finding("evaluated", claim_id="C3"),
    ]
    found = told(pair.compare([], after))
    assert {name for name, (_, rows, through) in found.items() if rows or through} == {"f1", "same day"}


def test_findings_on_providers_have_no_line_and_explain_nothing(pair):
    def on_provider(name: str) -> dict[str, Any]:
        nowhere = {"claim_id": None, "line_no": None, "service_date": None, "patient_id": None}
        cells = {"klass": "risk", "premises": ["12 of 30 lines", "9 peers"], **nowhere}
        return finding(name, **cells) | {"evidence": []}

    lost = on_provider("lost") | {"premises": ["finding f1"]}
    found = pair.compare(
        [on_provider("i1"), on_provider("same")],
        [on_pair("f1"), on_provider("same"), on_provider("i2"), lost],
    )
    assert {name: through for name, (_, _, through) in told(found).items()} == {
        "f1": "", "lost": "f1", "i1": "", "i2": "",
    }  # fmt: skip
    assert {d.finding.finding_id for d in found.unexplained} == {"i1", "i2"}


# ---- conditions and editions -----------------------------------------------------------------------


def test_inputs_rules_options_and_versions_that_differ_are_named(pair):
    found = pair.compare(
        [],
        [],
        inputs=[{"name": "claims.csv", "sha256": "cc"}],
        rules=[],
        options={"as_of": "2024-08-19", "payer_id": "X", "rules": []},
        versions={"auditor": "2"},
    )
    assert found.conditions == [
        "the inputs differ",
        "the rules differ",
        "option as_of: - -> 2024-08-19",
        "option payer_id: - -> X",
        "the program's or a library's version differs",
    ]


def test_the_same_inputs_in_another_order_or_under_another_name_are_the_same(tmp_path):
    inputs = [{"name": "a", "sha256": "1"}, {"name": "b", "sha256": "2"}]
    one = runs.run(tmp_path / "one", [], inputs=inputs)
    two = runs.run(tmp_path / "two", [], inputs=[{"name": "c", "sha256": "2"}, inputs[0]])
    found = compare_runs(one, two, Library.open(tmp_path / "none"))
    assert (found.conditions, found.run_before, found.run_after) == ([], "one", "two")


def test_the_rows_of_an_edition_of_only_one_run_came_or_went(pair):
    one = runs.run(pair.folder / "one", [], [pair.first])
    values = pair.take("a_Eff_07-01-2024.csv", mue_text([("97110", 6, "3", "")]))
    two = runs.run(
        pair.folder / "two", [finding("f1", reference_rows=runs.value("97110", 6))], [pair.first, values]
    )
    found = compare_runs(one, two, Library.open(pair.desk.library))
    assert found.editions == [f"ncci_mue_practitioner 2024Q3 ({values.edition_id}): only in the second run"]
    assert [row.change for d in found.differences for row in d.rows] == ["added"]
    back = compare_runs(two, one, Library.open(pair.desk.library))
    assert back.editions == [f"ncci_mue_practitioner 2024Q3 ({values.edition_id}): only in the first run"]
    assert [row.change for d in back.differences for row in d.rows] == ["removed"]


def test_of_several_quarters_each_is_compared_with_its_own(pair):
    def values(eff: str, limit: int, published: dt.date) -> Edition:
        return pair.take(f"{eff}-{limit}_Eff_{eff}.csv", mue_text([("97110", limit, "3", "")]), published)

    q2, q3 = values("04-01-2024", 2, dt.date(2024, 4, 1)), values("07-01-2024", 3, dt.date(2024, 7, 1))
    new_q2, new_q3 = values("04-01-2024", 4, Q3_REPLACED), values("07-01-2024", 5, Q3_REPLACED)
    spring = finding(
        "spring", reference_rows=runs.value("97110", 2, "2024Q2"), service_date=dt.date(2024, 5, 1)
    )
    summer = finding("summer", claim_id="C2", reference_rows=runs.value("97110", 3))
    one = runs.run(pair.folder / "one", [spring, summer], [q3, q2])
    two = runs.run(pair.folder / "two", [], [new_q2, new_q3])
    found = told(compare_runs(one, two, Library.open(pair.desk.library)))
    assert found == {
        "spring": ("removed", ["97110: value 2 -> 4"], ""),
        "summer": ("removed", ["97110: value 3 -> 5"], ""),
    }


def test_the_starter_edition_is_known_without_a_library(pair):
    (starter,) = [e for e in Library.starter().editions() if e.table == "ncci_ptp_practitioner"]
    one = runs.run(pair.folder / "one", [], [starter])
    two = runs.run(pair.folder / "two", [on_pair("f1")], [pair.second])
    found = compare_runs(one, two, Library.open(pair.desk.library))
    assert found.editions[0].startswith(f"ncci_ptp_practitioner 2024Q3 ({starter.edition_id}, ")
    (row,) = found.differences[0].rows
    assert (row.change, dict(row.key)) == ("added", {"column_1": "A0001", "column_2": "B0001"})


def test_an_edition_that_is_not_in_the_library_is_refused(pair):
    one = runs.run(pair.folder / "one", [], [pair.first])
    two = runs.run(pair.folder / "two", [], [pair.second])
    with pytest.raises(
        InputRefused, match=f"the edition {pair.first.edition_id} of .* is not in the library"
    ):
        compare_runs(one, two, Library.open(pair.folder / "another"))


@pytest.mark.parametrize("text", [None, "", "5", "[]", "{}", '{"run_id": "x", "tables": []}', "\ud800"])
def test_a_folder_that_is_no_run_is_refused(tmp_path, text):
    good = runs.run(tmp_path / "good", [])
    bad = runs.run(tmp_path / "bad", [])
    path = bad / "run.json"
    path.unlink()
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for sides in ((good, bad), (bad, good)):
        with pytest.raises(InputRefused, match=r"there is no run\.json of an audit") as refused:
            compare_runs(*sides, Library.open(tmp_path / "none"))
        assert refused.value.where == "bad"


def test_a_run_compared_with_itself_has_no_difference(pair):
    one = runs.run(pair.folder / "one", [on_pair("f1"), finding("f2")], [pair.first])
    found = compare_runs(one, one, Library.open(pair.desk.library))
    assert (found.same, found.differences, found.editions, found.conditions) == (2, [], [], [])
    assert json.loads((one / "run.json").read_text())["tables"][0]["table"] == "ncci_ptp_practitioner"
