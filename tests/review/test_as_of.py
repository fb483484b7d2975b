"""An audit run again as of an earlier day differs from the one with replaced tables only where replaced rows matter.

What differs is told three times: by hand for each case, by the twin's brute force with both tables, and by `compare`
with the replaced row for each finding.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.reference import Library
from auditor.review.compare import Comparison, compare_runs
from tests.review.replaced import DAY_BEFORE, Libraries, Quarter, audited, libraries
from tests.twin.brute_force import Key, Share, audit, counted, exposures
from tests.twin.compare import NOT_HERE, cents, product_counted, product_key
from tests.twin.findings import STRATA
from tests.twin.generate import A, B, C, D, E, claim_file, tiny_tables
from tests.twin.tables import NCCI_BEGAN, OPEN, Addon, Mue, Ptp, Tables

pytestmark = pytest.mark.slow

Signed = tuple[Key, int]


@dataclass(frozen=True)
class Audits:
    """The quarter, its libraries, the audit with the replacement and the one as of the day before it came out."""

    quarter: Quarter
    libraries: Libraries
    folder: Path
    now: Path
    as_of: Path

    def compared(self, before: Path, after: Path) -> Comparison:
        return compare_runs(before, after, Library.open(self.libraries.both))


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> Audits:
    folder = tmp_path_factory.mktemp("as-of")
    quarter = Quarter()
    made = libraries(quarter.first, quarter.second, folder / "libraries")
    now = audited(quarter.rows(), made.both, folder / "now" / "run")
    as_of = audited(quarter.rows(), made.both, folder / "as-of" / "run", DAY_BEFORE)
    return Audits(quarter, made, folder, now, as_of)


def findings(run: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(run / "findings.parquet").to_pylist()
    return rows


def signed(rows: list[dict[str, Any]]) -> Counter[Signed]:
    """Findings of the three families with their exposures, in the twin's terms."""
    return Counter(
        (product_key(r), cents(r["exposure"]) if r["verdict"] == "fail" else 0)
        for r in rows
        if r["family"] in STRATA
        and r["catalogue_id"] not in NOT_HERE
        and r["verdict"] in {"fail", "bypassed"}
    )


def signed_by_twin(rows: list[dict[str, str]], tables: Tables) -> tuple[Counter[Signed], dict[Share, int]]:
    found = audit(rows, tables)
    stakes = exposures(found)
    return Counter((key, stakes[key] if key.verdict == "fail" else 0) for key in stakes), counted(found)


def shares(rows: list[dict[str, Any]]) -> dict[Share, int]:
    return product_counted(r for r in rows if r["family"] in STRATA and r["verdict"] == "fail")


def differing(one: dict[Share, int], two: dict[Share, int]) -> set[Share]:
    return {share for share in one.keys() | two.keys() if one.get(share, 0) != two.get(share, 0)}


def of_comparison(found: Comparison, before: Path, after: Path) -> tuple[Counter[Signed], Counter[Signed]]:
    """What compare lists as gone and as come, of findings whose exposure or verdict is not the same on both sides."""
    by_id = [{row["finding_id"]: row for row in findings(run)} for run in (before, after)]
    sides: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for difference in found.differences:
        for at, side in enumerate((difference.before, difference.after)):
            if side is not None:
                sides[at].append(by_id[at][side.finding_id])
    one, two = signed(sides[0]), signed(sides[1])
    return one - two, two - one


# ---- (1) the same bytes ---------------------------------------------------------------------------


@pytest.mark.slow
def test_as_of_the_day_before_it_is_the_audit_that_was_made_then_byte_for_byte(audits: Audits) -> None:
    never = audited(audits.quarter.rows(), audits.libraries.original, audits.folder / "never" / "run")
    for name in ("findings.parquet", "set_aside.parquet", "superseded.parquet", "data_quality.parquet"):
        assert (audits.as_of / name).read_bytes() == (never / name).read_bytes(), name
    assert (audits.as_of / "findings.parquet").read_bytes() != (audits.now / "findings.parquet").read_bytes()
    told = audits.compared(audits.as_of, never)
    assert (told.differences, told.editions, told.same) == ([], [], len(findings(never)))
    assert told.conditions == [f"option as_of: {DAY_BEFORE.isoformat()} -> -"]


# ---- (2) and (4) what differs ----------------------------------------------------------------------


@pytest.mark.parametrize("replaced", [False, True], ids=["as first published", "as replaced"])
def test_each_case_is_what_reading_the_tables_says(audits: Audits, replaced: bool) -> None:
    run = audits.now if replaced else audits.as_of
    said: dict[str, set[tuple[str, str, str, int]]] = defaultdict(set)
    for row in findings(run):
        if row["family"] in STRATA and row["verdict"] in {"fail", "bypassed"}:
            klass = row["class"] if row["verdict"] == "fail" else ""
            said[row["claim_id"]].add((row["catalogue_id"], row["verdict"], klass, row["line_no"]))
    for case in audits.quarter.cases:
        assert said[case.name] == set(case.after if replaced else case.before), case.name


def test_findings_differ_exactly_where_the_twin_says_that_they_do(audits: Audits) -> None:
    rows = audits.quarter.rows()
    before, shared_before = signed_by_twin(rows, audits.quarter.first)
    after, shared_after = signed_by_twin(rows, audits.quarter.second)
    found = audits.compared(audits.as_of, audits.now)
    assert of_comparison(found, audits.as_of, audits.now) == (before - after, after - before)
    # Dollars that another finding took before: their findings are listed as well.
    listed = {(d.finding.claim_id, int(d.finding.line_no)) for d in found.differences}
    moved = differing(shared_before, shared_after)
    assert differing(shares(findings(audits.as_of)), shares(findings(audits.now))) == moved
    assert {(share.claim_id, share.line_no) for share in moved} <= listed


def test_what_no_replaced_row_touches_is_the_same_in_every_column(audits: Audits) -> None:
    found = audits.compared(audits.as_of, audits.now)
    differing_ids = {d.finding.finding_id for d in found.differences}
    one, two = ({r["finding_id"]: r for r in findings(run)} for run in (audits.as_of, audits.now))
    rest = one.keys() - differing_ids
    assert rest == two.keys() - differing_ids
    assert len(rest) == found.same
    # The last day of a row that is still in force is told with the finding; nothing else may differ.
    cited_only = {name for name in rest if one[name] != two[name]}
    told = ("reference_rows", "explanation")
    for name in cited_only:
        assert {column for column in one[name] if one[name][column] != two[name][column]} <= set(told)
    assert {one[name]["claim_id"] for name in cited_only} == {
        "another-primary-added", "another-row-from-july-not-yet", "deleted-that-day",
    }  # fmt: skip
    assert {"untouched-pair", "untouched-value", "untouched-add-on"} <= {
        one[name]["claim_id"] for name in rest
    }


# ---- (3) which row explains it ----------------------------------------------------------------------


def test_compare_names_the_replaced_row_of_each_difference_and_leaves_none_unexplained(
    audits: Audits,
) -> None:
    found = audits.compared(audits.as_of, audits.now)
    assert found.unexplained == []
    named: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    through: Counter[str] = Counter()
    by_id = {d.finding.finding_id: d for d in found.differences}
    for difference in found.differences:
        named[difference.finding.claim_id] |= {tuple(row.key.values()) for row in difference.rows}
        if difference.through:
            through[difference.finding.claim_id] += 1
            assert difference.rows == ()
            assert by_id[difference.through].finding.claim_id == difference.finding.claim_id
    for case in audits.quarter.cases:
        assert named[case.name] == case.rows, case.name
        assert through[case.name] == case.through, case.name
    assert len(found.editions) == 4
    assert all(
        "published 2024-06-03) -> 2024Q" in told and "published 2024-08-20" in told for told in found.editions
    )
    assert found.conditions == [f"option as_of: {DAY_BEFORE.isoformat()} -> -"]


def test_compared_the_other_way_round_the_same_findings_differ(audits: Audits) -> None:
    there = audits.compared(audits.as_of, audits.now)
    back = audits.compared(audits.now, audits.as_of)
    assert [d.finding.finding_id for d in back.differences] == [
        d.finding.finding_id for d in there.differences
    ]
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [d.change for d in back.differences] == [turned[d.change] for d in there.differences]
    assert back.unexplained == []


# ---- random claims and random replacements ----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_random_replacements_change_what_the_twin_says_and_each_change_has_its_row(
    seed: int, tmp_path: Path
) -> None:
    dice = Random(seed)
    first = tiny_tables()
    for tables in (first, second := replaced_at_random(dice, first)):
        tables.ptp["outpatient_hospital", "90003", "90004"] = [Ptp(NCCI_BEGAN, OPEN, "1")]
        tables.addon["90001"] = [Addon("1", "90002", NCCI_BEGAN, dt.date(2012, 12, 31))]
    rows = claim_file([dice.randrange(2**32) for _ in range(700)])
    made = libraries(first, second, tmp_path / "libraries")
    now = audited(rows, made.both, tmp_path / "now" / "run", rules=STRATA)
    as_of = audited(rows, made.both, tmp_path / "as-of" / "run", DAY_BEFORE, rules=STRATA)
    never = audited(rows, made.original, tmp_path / "never" / "run", rules=STRATA)
    assert (as_of / "findings.parquet").read_bytes() == (never / "findings.parquet").read_bytes()
    before, shared_before = signed_by_twin(rows, first)
    after, shared_after = signed_by_twin(rows, second)
    found = compare_runs(as_of, now, Library.open(made.both))
    gone, come = of_comparison(found, as_of, now)
    assert (gone - (before - after), (before - after) - gone) == (Counter(), Counter())
    assert (come - (after - before), (after - before) - come) == (Counter(), Counter())
    assert len(before - after) > 50
    moved = differing(shared_before, shared_after)
    listed = {(d.finding.claim_id, int(d.finding.line_no)) for d in found.differences}
    assert {(share.claim_id, share.line_no) for share in moved} <= listed
    assert [(d.finding.rule_id, d.finding.claim_id, d.finding.line_no) for d in found.unexplained] == []


def replaced_at_random(dice: Random, tables: Tables) -> Tables:
    """Other indicators, ends, values and primaries; rows left out and rows that are new."""
    made = Tables()
    ends = [OPEN, dt.date(2024, 7, 9), dt.date(2024, 7, 31), dt.date(2019, 6, 30)]
    for (setting, one, two), edits in tables.ptp.items():
        for edit in edits:
            change = dice.randrange(5)
            if change == 0:
                continue
            indicator = dice.choice("01") if change == 1 and edit.indicator != "9" else edit.indicator
            ended = dice.choice(ends) if change == 2 and edit.indicator != "9" else edit.deleted
            if edit.effective <= ended:
                made.ptp[setting, one, two].append(Ptp(edit.effective, ended, indicator))
    for one, two in ((D, B), (C, B), (B, E), ("96366", "99213")):
        if dice.randrange(2) and ("practitioner", one, two) not in made.ptp:
            made.ptp["practitioner", one, two] = [Ptp(NCCI_BEGAN, OPEN, dice.choice("01"))]
    for (setting, code), limits in tables.mue.items():
        change = dice.randrange(4)
        for limit in limits if change else ():
            value = max(0, limit.value + dice.choice([-1, 1, 2])) if change == 1 else limit.value
            mai = dice.choice("123") if change == 2 else limit.mai
            made.mue[setting, code] = [Mue(value, mai)]
    for code, listed in tables.addon.items():
        kept = [item for item in listed if dice.randrange(4)]
        if code != "99292" and dice.randrange(3) == 0:
            kept.append(Addon(listed[0].edit_type, dice.choice([A, B, C, D])))
        made.addon[code] = list(dict.fromkeys(kept if code != "99292" else listed)) or listed
    return made


# ---- what is not due to rows -----------------------------------------------------------------------


@pytest.mark.slow
def test_what_another_claims_file_changes_is_not_put_down_to_a_row(audits: Audits) -> None:
    """Tables and claims differ at once: the untouched value has more units, the untouched add-on is gone."""
    rows = [row for row in audits.quarter.rows() if row["claim_id"] != "untouched-add-on"]
    changed = [row | {"units": "5"} if row["claim_id"] == "untouched-value" else row for row in rows]
    other = audited(changed, audits.libraries.both, audits.folder / "other" / "run")
    found = audits.compared(audits.as_of, other)
    assert {(d.finding.claim_id, d.change) for d in found.unexplained} == {
        ("untouched-value", "changed"),
        ("untouched-add-on", "removed"),
    }
    assert found.conditions[0] == "the inputs differ"
    explained = {d.finding.finding_id for d in found.differences if d.explained}
    plain = audits.compared(audits.as_of, audits.now)
    assert explained == {d.finding.finding_id for d in plain.differences}


@pytest.mark.slow
def test_what_other_rules_change_is_not_put_down_to_a_row(audits: Audits) -> None:
    other = audited(
        audits.quarter.rows(), audits.libraries.both, audits.folder / "rules" / "run", rules=("mue",)
    )
    found = audits.compared(audits.now, other)
    assert {d.change for d in found.differences} <= {"removed", "changed"}
    removed = {d.finding.finding_id for d in found.differences if d.change == "removed"}
    assert removed == {r["finding_id"] for r in findings(audits.now) if r["family"] != "mue"}
    assert found.unexplained == found.differences
    assert found.conditions == ["the rules differ", "option rules: - -> ['mue']"]
    assert found.editions == []
