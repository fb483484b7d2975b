"""What an impact says, asked of a dozen claim lines; `test_impact_exact` holds it against whole audits."""

from __future__ import annotations

import hashlib
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.reference import Library
from auditor.rules.loader import load_rule
from auditor.workbench import impact_run
from auditor.workbench.impact import ImpactRequest, measure_impact
from auditor.workbench.impact_change import deciding
from auditor.workbench.impact_differences import OUTCOME
from auditor.workbench.impact_files import file_changes
from auditor.workbench.impact_model import Impact
from auditor.workbench.impact_run import EarlierRun, claims_of, library_of_run, missing_editions, read_earlier
from tests.workbench.impact_world import OVERRIDE, World, ask, small_rule, small_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return small_world(tmp_path_factory.mktemp("world"))


def changed(folder: Path, id_: str, **other: str) -> Path:
    path = folder / f"{id_}_changed.yaml"
    path.write_text(small_rule(id_, **other), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def widened(world: World, tmp_path_factory: pytest.TempPathFactory) -> Impact:
    """EM-TINY-002 finds 99214 too, and nothing lifts it."""
    path = changed(
        tmp_path_factory.mktemp("widened"),
        "EM-TINY-002",
        when='{line.code: {in: ["99214", "99215"]}}',
        more="",
    )
    with pytest.MonkeyPatch.context() as patch:
        return ask(patch, world, world.rulesets, changed=(path,))


def test_findings_added_and_changed_are_told_with_the_rule_and_the_provider(widened: Impact) -> None:
    assert widened.counts == {"added": 3, "removed": 0, "changed": 1, "reworded": 0}
    by = {(item.kind, item.claim_id): item for item in widened.differences}
    assert sorted(by) == [("added", "C12"), ("added", "C22"), ("added", "C32"), ("changed", "C21")]
    lifted = by["changed", "C21"]
    assert lifted.before is not None and lifted.after is not None
    assert (lifted.before.verdict, lifted.after.verdict, lifted.after.exposure) == (
        "bypassed",
        "fail",
        Decimal(100),
    )
    assert [(s.key, s.findings["added"], s.findings["changed"]) for s in widened.by_rule] == [
        ("EM-TINY-002", 3, 1)
    ]
    assert [(s.key, s.findings["added"]) for s in widened.by_provider] == [
        ("1000000012", 2),
        ("1000000020", 1),
    ]
    assert widened.providers == 2


def test_dollars_count_a_line_once_and_are_those_of_the_whole_run(widened: Impact) -> None:
    amounts = {item.heading: item for item in widened.amounts}
    evident = amounts["Potential overpayment, claims-evident"]
    assert (evident.dollars_before, evident.dollars_after, evident.findings) == (
        Decimal(720),
        Decimal(720),
        0,
    )
    record = amounts["Potential overpayment, record needed"]
    assert (record.findings_before, record.findings_after, record.dollars) == (2, 6, Decimal(0))
    assert amounts["Bypassed by a modifier"].findings == -1


def test_what_could_be_looked_at_is_told_before_and_after(widened: Impact) -> None:
    (reach,) = widened.reach
    assert (reach.rule_id, reach.unit, reach.eligible_before, reach.evaluated_after) == (
        "EM-TINY-002", "claim lines", 12, 12,
    )  # fmt: skip


def test_a_sample_shows_the_lines_of_its_day_and_what_made_it(widened: Impact) -> None:
    case = next(item for item in widened.samples if item.difference.kind == "changed")
    assert [(line.code, line.flagged, line.part) for line in case.lines] == [
        ("99215", True, "line, flagged"), ("20610", False, "same day"),
    ]  # fmt: skip
    assert case.why == "bypass.line.modifiers.contains: 25 -> (absent)" or case.why.startswith("bypass")
    added = next(item for item in widened.samples if item.difference.kind == "added")
    assert added.why.startswith("match.when.line.code: 99215 -> ")


@pytest.mark.slow
def test_a_finding_that_takes_the_dollars_of_another_says_so(world, monkeypatch) -> None:
    """On the line of a finding taken out, the dollars go to the finding that came after it."""
    found = ask(monkeypatch, world, world.rulesets, without=("EM-TINY-001",))
    assert found.counts["removed"] == 6 and found.counts["changed"] == 2
    taken = next(case for case in found.samples if case.difference.kind == "removed")
    assert taken.why == "The rule is taken out." and taken.lines[0].flagged
    other = next(case for case in found.samples if case.difference.kind == "changed")
    assert other.difference.rule_id == "EM-TINY-002"
    assert "of EM-TINY-001 on the same line differs, and the line's dollars count once." in other.why


@pytest.mark.slow
def test_only_what_the_change_touches_is_replayed(world, tmp_path, monkeypatch) -> None:
    path = changed(
        tmp_path, "EM-TINY-002", kind="definite", when='{line.modifiers: {contains: "25"}}', more=""
    )
    found = ask(monkeypatch, world, world.rulesets, changed=(path,))
    assert (found.patients, found.patients_replayed, found.lines, found.lines_replayed) == (3, 3, 12, 12)
    assert found.rules_replayed == ("DUP-TINY-001", "EM-TINY-001", "EM-TINY-002")
    override = tmp_path / "PAY-MINE-001.yaml"
    override.write_text(
        OVERRIDE.format(id="PAY-MINE-001", rules="EM-TINY-001", action="suppress", when="line.patient_id: P3")
        .replace("line.patient_id: P3", 'line.rendering_npi: "1000000020"'),
        encoding="utf-8",
    )  # fmt: skip
    found = ask(monkeypatch, world, world.rulesets, changed=(override,))
    assert (found.patients_replayed, found.lines_replayed) == (1, 4)
    assert {(item.kind, item.claim_id) for item in found.differences} == {
        ("changed", "C31"), ("changed", "C32"),
    }  # fmt: skip
    assert {case.why for case in found.samples if case.difference.rule_id == "EM-TINY-001"} == {
        "Override PAY-MINE-001 applies to it."
    }


def test_a_change_of_words_says_so_at_once_and_reads_no_claim(world, tmp_path, monkeypatch) -> None:
    path = changed(tmp_path, "EM-TINY-001", title="Another title")
    path.write_text(
        path.read_text().replace("document: A}", "document: B}") + "# a remark\n", encoding="utf-8"
    )
    found = ask(monkeypatch, world, world.rulesets, changed=(path,), claims=(tmp_path / "gone.csv",))
    assert (found.replayed, found.retold, found.differences) == (False, 6, ())
    assert [part.path for part in found.changed[0].parts] == ["title", "citations[0].document"]


def test_the_same_file_as_in_the_run_changes_nothing(world, monkeypatch) -> None:
    path = next(world.rulesets.glob("EM-TINY-001*"))
    found = ask(monkeypatch, world, world.rulesets, changed=(path,), claims=())
    assert (found.replayed, found.retold, found.changed[0].decides) == (False, 0, False)


@pytest.mark.slow
def test_a_rule_edited_where_it_lies_is_known_from_the_run(world, tmp_path, monkeypatch) -> None:
    rules = world.copy(tmp_path / "rules")
    path = next(rules.glob("EM-TINY-001*"))
    path.write_text(small_rule("EM-TINY-001", kind="probable"), encoding="utf-8")
    found = ask(monkeypatch, world, rules, changed=(path,))
    assert [part.said for part in found.changed[0].parts] == ["class: definite -> probable"]
    assert found.counts["changed"] >= 6
    assert {s.why for s in found.samples if s.difference.rule_id == "EM-TINY-001"} == {
        "class: definite -> probable"
    }


@pytest.mark.slow
def test_the_run_of_another_version_of_the_program_is_evaluated_afresh_and_that_is_said(
    world, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(EarlierRun, "by_this_program", False)
    path = changed(tmp_path, "EM-TINY-001", kind="probable")
    found = ask(monkeypatch, world, world.rulesets, changed=(path,))
    assert not found.trusted and "another version of the program" in found.notes[-1]
    assert sum(found.counts.values()) >= 6


@pytest.mark.slow
def test_a_lost_version_cannot_be_evaluated_afresh(world, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(EarlierRun, "by_this_program", False)
    rules = world.copy(tmp_path / "rules")
    path = next(rules.glob("EM-TINY-001*"))
    path.write_text(small_rule("EM-TINY-001", kind="probable"), encoding="utf-8")
    run = without_texts(world, tmp_path / "run")
    with pytest.raises(InputRefused, match="the version of EM-TINY-001 that the run used is not at hand"):
        ask(monkeypatch, world, rules, changed=(path,), run=run)


def without_texts(world: World, to: Path) -> Path:
    """The run with a run.json that keeps no text of a rule."""
    shutil.copytree(world.run, to)
    told = json.loads((to / "run.json").read_text())
    for rule in told["rules"]:
        rule.pop("text", None)
    (to / "run.json").write_text(json.dumps(told))
    return to


@pytest.mark.slow
def test_other_rules_than_those_of_the_run_are_named_and_refused_unless_accepted(
    world, tmp_path, monkeypatch
) -> None:
    rules = world.copy(tmp_path / "rules")
    next(rules.glob("DUP-TINY-001*")).write_text(
        small_rule("DUP-TINY-001", kind="probable"), encoding="utf-8"
    )
    run = without_texts(world, tmp_path / "run")
    path = changed(tmp_path, "EM-TINY-001", kind="probable")
    with pytest.raises(InputRefused, match="not those of the run: DUP-TINY-001 is another version"):
        ask(monkeypatch, world, rules, changed=(path,), run=run)
    found = ask(monkeypatch, world, rules, changed=(path,), run=run, accept=True)
    assert not found.trusted and "DUP-TINY-001 is another version" in found.notes[0]
    assert {item.rule_id for item in found.differences} == {"EM-TINY-001"}


@pytest.mark.slow
def test_a_rule_not_at_hand_any_more_is_taken_from_the_run(world, tmp_path, monkeypatch) -> None:
    rules = world.copy(tmp_path / "rules")
    next(rules.glob("DUP-TINY-001*")).unlink()
    path = changed(tmp_path, "EM-TINY-001", kind="probable")
    found = ask(monkeypatch, world, rules, changed=(path,))
    assert found.trusted and not found.notes
    (rules / "mine.yaml").write_text(path.read_text().replace("EM-TINY-001", "EM-MINE-001"), encoding="utf-8")
    next(rules.glob("EM-TINY-002*")).write_text(small_rule("EM-TINY-002", kind="definite"), encoding="utf-8")
    assert ask(monkeypatch, world, rules, changed=(path,)).differences == found.differences
    assert ask(monkeypatch, world, rules, changed=(path,)).notes == (
        "At hand and edited since the run, where the run's own version stands on both sides: EM-TINY-002.",
        "At hand and not in the run, and left out on both sides: EM-MINE-001.",
    )


@pytest.mark.parametrize(
    ("request_", "match"),
    [
        ({}, "no change is named"),
        ({"without": ("NO-SUCH-001",)}, "no rule or override NO-SUCH-001"),
        ({"changed": ("absent.yaml",)}, "no such file"),
    ],
)
def test_calls_that_make_no_sense_are_refused(world, monkeypatch, request_, match) -> None:
    values: dict[str, Any] = {name: tuple(value) for name, value in request_.items()}
    values["changed"] = tuple(Path(name) for name in values.get("changed", ()))
    with pytest.raises((UsageError, InputRefused), match=match):
        ask(monkeypatch, world, world.rulesets, **values)


def test_an_id_that_stands_twice_is_refused(world, tmp_path, monkeypatch) -> None:
    path = changed(tmp_path, "EM-TINY-001", kind="probable")
    twin = tmp_path / "twin.yaml"
    shutil.copy(path, twin)
    with pytest.raises(InputRefused, match="EM-TINY-001 stands twice in the change"):
        ask(monkeypatch, world, world.rulesets, changed=(path, twin))
    path.write_text(path.read_text().replace("id: EM-TINY-001", "id: EM-NEW-001") + VARIANT, encoding="utf-8")
    with pytest.raises(InputRefused, match="rule id EM-TINY-002 stands twice"):
        ask(monkeypatch, world, world.rulesets, changed=(path,))
    with pytest.raises(UsageError, match="EM-TINY-001 is to be taken out, and stands in the change"):
        ask(monkeypatch, world, world.rulesets, changed=(twin,), without=("EM-TINY-001",))


VARIANT = 'variants: [{id: EM-TINY-002, title: x, when: {line.code: "99214"}}]\n'


def test_a_changed_file_that_does_not_load_says_why(world, tmp_path, monkeypatch) -> None:
    path = changed(tmp_path, "EM-TINY-001", family="em\nfamly: em")
    with pytest.raises(InputRefused, match="`famly` is not known"):
        ask(monkeypatch, world, world.rulesets, changed=(path,))


@pytest.mark.slow
def test_a_folder_is_a_change_of_all_its_rules(world, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    changed(folder, "EM-TINY-001", kind="probable")
    changed(folder, "EM-TINY-002", title="Other")
    found = ask(monkeypatch, world, world.rulesets, changed=(folder,))
    assert [(item.id, item.decides) for item in found.changed] == [
        ("EM-TINY-001", True),
        ("EM-TINY-002", False),
    ]
    (folder / "empty").mkdir()
    with pytest.raises(InputRefused):
        ask(monkeypatch, world, world.rulesets, changed=(folder / "empty",))


def test_claims_are_proved_by_their_hash(world, tmp_path) -> None:
    run = read_earlier(world.run)
    assert claims_of(run, (), beside=world.folder) == [world.claims]
    assert claims_of(run, (world.claims, world.claims)) == [world.claims]
    other = tmp_path / "claims.csv"
    other.write_text(world.claims.read_text().replace("C11", "C99"), encoding="utf-8")
    with pytest.raises(InputRefused, match="not a claims file of the run") as refused:
        claims_of(run, (other,))
    assert "C99" not in str(refused.value) and hashlib.sha256(other.read_bytes()).hexdigest()[:12] in str(
        refused.value
    )
    with pytest.raises(InputRefused, match="there is no such file"):
        claims_of(run, (tmp_path / "none.csv",))
    moved = EarlierRun(tmp_path / "a" / "run", run.told)
    with pytest.raises(InputRefused, match=r"the claims of the run are not at hand: claims\.csv"):
        claims_of(moved, (), beside=tmp_path / "nowhere")


def test_claims_are_read_in_the_order_of_the_run(tmp_path) -> None:
    files = {}
    for name in ("b.csv", "a.csv"):
        path = tmp_path / name
        path.write_text(name, encoding="utf-8")
        files[name] = {"name": name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    run = EarlierRun(tmp_path, {"inputs": [files["b.csv"], files["a.csv"]]})
    assert claims_of(run, (tmp_path / "a.csv", tmp_path / "b.csv")) == [
        tmp_path / "b.csv",
        tmp_path / "a.csv",
    ]


@pytest.mark.parametrize(
    "spoil", ["no json", "no overrides", "no findings", "no column", "a text", "odd parts"]
)
def test_a_folder_that_is_no_run_is_refused(world, tmp_path, spoil) -> None:
    run = Path(shutil.copytree(world.run, tmp_path / "run"))
    told = json.loads((run / "run.json").read_text())
    findings = run / "findings.parquet"
    if spoil == "no json":
        (run / "run.json").unlink()
    elif spoil == "no overrides":
        del told["overrides"]
        (run / "run.json").write_text(json.dumps(told))
    elif spoil == "odd parts":
        (run / "run.json").write_text(json.dumps(told | {"rules": [5], "overrides": [{"id": 1}]}))
    elif spoil == "no findings":
        findings.unlink()
    elif spoil == "no column":
        with duckdb.connect() as con:
            con.execute(f"COPY (SELECT 1 AS finding_id) TO '{findings}' (FORMAT parquet)")
    else:
        findings.write_text("no parquet", encoding="utf-8")
    with pytest.raises(InputRefused):
        read_earlier(run)


def test_a_run_whose_patients_a_crosswalk_joined_is_refused(world, tmp_path) -> None:
    run = Path(shutil.copytree(world.run, tmp_path / "run"))
    told = json.loads((run / "run.json").read_text())
    told["options"]["crosswalk"] = "0" * 64
    (run / "run.json").write_text(json.dumps(told))
    with pytest.raises(InputRefused, match="crosswalk") as caught:
        measure_impact(ImpactRequest(run, without=("FREQ-BASE-001",)))
    assert "auditor compare" in str(caught.value)


def test_the_editions_of_the_run_answer_and_no_newer_ones() -> None:
    starter = Library.starter()
    keys = [(edition.table, edition.edition_id) for edition in starter.editions()]
    tables = [{"table": table, "edition_id": edition} for table, edition in keys[:2]]
    run = EarlierRun(Path("run"), {"tables": tables})
    own = library_of_run(run, Library(()), frozenset())
    assert own is not None and sorted((e.table, e.edition_id) for e in own.editions()) == sorted(keys[:2])
    lacking = EarlierRun(Path("run"), {"tables": [{"table": "ncci_mue_dme", "edition_id": "2020Q1-x"}]})
    assert library_of_run(lacking, starter, frozenset()) is None
    assert missing_editions(lacking, starter) == ["ncci_mue_dme 2020Q1-x"]


def test_a_run_is_of_this_program_by_its_code_and_its_libraries(monkeypatch) -> None:
    monkeypatch.setattr(impact_run, "code_digest", lambda: "0123456789abcdef9999")
    monkeypatch.setattr(impact_run, "version", lambda _: "1.0")
    same = {"auditor_code": "0123456789abcdef", "duckdb": "1.0", "durable_rules": "1.0"}
    assert EarlierRun(Path("r"), {"versions": same}).by_this_program
    for name in same:
        assert not EarlierRun(Path("r"), {"versions": same | {name: "other"}}).by_this_program


def test_words_decide_nothing_and_all_else_decides(tmp_path) -> None:
    first = load_rule(changed(tmp_path, "EM-TINY-002"))
    for told in ({"title": "Other"},):
        assert deciding(load_rule(changed(tmp_path, "EM-TINY-002", **told))) == deciding(first)
    for other in ({"kind": "definite"}, {"family": "place"}, {"more": ""}, {"when": '{line.code: "99214"}'}):
        assert deciding(load_rule(changed(tmp_path, "EM-TINY-002", **other))) != deciding(first)


def test_files_are_compared_key_by_key() -> None:
    one = 'id: A\nclass: definite\nlist: ["1", "2", "3"]\nwhen: {all: [{a: 1}, {b: 2}]}\nfrom: 2024-01-01\ntests: []\n'
    two = '# said\nid: A\nclass: {is: probable}\nlist: ["1", "3", "4"]\nwhen: {all: [{a: 1}, {b: 3}, {c: 4}]}\nto: 5\n'
    assert [part.said for part in file_changes(one, two)] == [
        'class: definite -> {"is": "probable"}',
        'list: drops ["2"], adds ["4"]',
        "when.all[1].b: 2 -> 3",
        'when.all[2]: (absent) -> {"c": 4}',
        "to: (absent) -> 5",
        "from: 2024-01-01 -> (absent)",
    ]
    assert [part.said for part in file_changes('l: ["1", "2"]\n', 'l: ["2", "1"]\n')] == [
        "l: the order of its values"
    ]


def test_a_finding_counts_as_changed_by_what_compare_holds_against_each_other(world) -> None:
    """`review.compare` reads its values by place; they are the columns of OUTCOME."""
    from auditor.review.affected import read_findings

    (finding, *_) = read_findings(world.run)
    with duckdb.connect() as con:
        names = ", ".join(f'"{name}"' for name in OUTCOME)
        row = con.execute(
            f"SELECT {names} FROM read_parquet(?) WHERE finding_id = ?",
            [str(world.run / "findings.parquet"), finding.finding_id],
        ).fetchone()
    assert row is not None
    assert finding.values == tuple("" if value is None else value for value in row)


@pytest.mark.slow
def test_nothing_of_the_claims_is_left_behind(world, tmp_path, monkeypatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    before = sorted(world.run.iterdir())
    ask(monkeypatch, world, world.rulesets, without=("EM-TINY-001",))
    assert list(scratch.iterdir()) == [] and sorted(world.run.iterdir()) == before
