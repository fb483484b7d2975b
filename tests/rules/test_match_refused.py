"""What a match cannot hold is refused by file and line, before any query is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules.loader import load_rule

RULE = """\
id: MOD-MINE-001
catalogue_id: AM-06
title: A match that cannot be
family: modifier
class: probable
severity: low
citations: [{{key: a, document: A}}]
{match}
explanation: "told"
exposure: {{direction: over, method: none}}
"""
MUE = "{name: ncci_mue, as: mue, on: {code: line.code}}"
REFUSED: dict[str, tuple[str, ...]] = {
    "where of a sum reads a row": (
        "match: {lines: [line], lookup: [" + MUE + "], sum: {as: s, of: units, over: [patient_id], "
        "where: {mue.value: 1}}, when: {s.units: {gt: 1}}}",
        "`mue.value` refused under `where`",
    ),
    "where of a partner reads the flagged line": (
        "match: {lines: [line], absent: {line: other, same: [patient_id], where: {line.code: A}}}",
        "`line.code` refused under `where`",
    ),
    "when reads the partner that may not be there": (
        "match: {lines: [line], absent: {line: other, same: [patient_id]}, when: {other.code: A}}",
        "`other.code` refused under `when`",
    ),
    "where of copies compares the two": (
        "match: {lines: [one, two], group: {same: [patient_id], order: [claim_id], "
        "where: {one.units: {lt: $two.units}}}}",
        "`where` refused",
    ),
    "a row found by nothing": (
        "match: {lines: [line], table: {name: ncci_mue, as: mue, on: {}}}",
        "`on` refused",
    ),
    "a row found by itself": (
        "match: {lines: [line], table: {name: ncci_mue, as: mue, on: {code: mue.code}}}",
        "`mue.code` refused under `on`",
    ),
    "a window chosen by the other line": (
        'windows: {w: {by: two.pos, values: {"11": {days: [0, 1]}}, citation: a}}\n'
        "match: {lines: [one, two], same: [patient_id], within: {two: {of: one, window: w}}}",
        "`window` refused",
    ),
    "a window of three thousand years": (
        "match: {lines: [one, two], same: [patient_id], within: {two: {of: one, window: {months: [0, 36000]}}}}",
        "`months` refused",
    ),
    "a window that ends before it begins": (
        "match: {lines: [one, two], same: [patient_id], within: {two: {of: one, window: {days: [5, 1]}}}}",
        "window refused",
        "it ends before it begins",
    ),
    "a window whose months end before they begin": (
        "windows: {w: {months: [0, -1], days: [0, 40], citation: a}}\n"
        "match: {lines: [one, two], same: [patient_id], within: {two: {of: one, window: w}}}",
        "window refused",
        "it ends before it begins",
    ),
    "a running sum of one day": (
        "match: {lines: [line], sum: {as: s, over: [patient_id, service_day], running: true}, "
        "when: {s.units: {gt: 1}}}",
        "`running` refused",
        "left out of a sum of one day",
    ),
    "a window of a sum that does not run": (
        "match: {lines: [line], sum: {as: s, of: units, over: [patient_id], window: {days: [-9, 0]}}, "
        "when: {s.units: {gt: 1}}}",
        "`window` refused",
        "said of a running sum",
    ),
    "a small table of windows with none in it": (
        "windows: {w: {by: one.pos, values: {}, citation: a}}\n"
        "match: {lines: [one, two], same: [patient_id], within: {two: {of: one, window: w}}}",
        "`values` refused",
    ),
    "a limit from a row that is only looked up": (
        "match: {lines: [line], lookup: ["
        + MUE
        + "], sequence: {same: [patient_id], window: {days: [-9, 0]}, "
        "limit: $mue.value}}",
        "`sequence` refused",
    ),
    "lines put together by what is worked out": (
        "match: {lines: [one, two], same: [patient_id, age, service_day]}",
        "field `age` is not known",
    ),
    "a command in the name of a line": (
        "match: {lines: [\"a.line_id FROM line r_a; COPY (SELECT 1) TO 'x.csv'; --\"], when: {denied: false}}",
        "cannot be the name of a role",
    ),
    "a blank in the name of a sum": (
        "match: {lines: [line], sum: {as: 'a b', of: units, over: [patient_id]}, when: {line.units: 1}}",
        "`a b` cannot be the name of a role",
    ),
    "a command in the name of a row": (
        "match: {lines: [line], lookup: [{name: ncci_mue, as: 'm; DROP TABLE line', on: {code: line.code}}]}",
        "cannot be the name of a role",
    ),
    "a command in the name of a partner": (
        "match: {lines: [line], absent: {line: 'x) --', same: [patient_id]}}",
        "cannot be the name of a role",
    ),
    "a list of true and false": (
        "match: {lines: [line], when: {line.is_span: {in: [true]}}}",
        "`in` cannot be asked of `line.is_span`",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    match, said, *why = REFUSED[name]
    path = tmp_path / "MOD-MINE-001_mine.yaml"
    path.write_text(RULE.format(match=match), encoding="utf-8")
    with pytest.raises(InputRefused) as caught:
        load_rule(path)
    assert said in caught.value.what and "".join(why) in caught.value.why
    assert caught.value.where.startswith("MOD-MINE-001_mine.yaml, line ") and caught.value.mend


def test_the_same_match_without_the_fault_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "MOD-MINE-001_mine.yaml"
    match = (
        'windows: {w: {by: one.pos, values: {"11": {days: [0, 1]}}, citation: a}}\n'
        "match: {lines: [one, two], same: [patient_id], within: {two: {of: one, window: w}}}"
    )
    path.write_text(RULE.format(match=match), encoding="utf-8")
    assert load_rule(path).id == "MOD-MINE-001"


@pytest.mark.parametrize("window", ["days: [5, 5]", "months: [0, 1], days: [0, -40]", "days: [null, -1]"])
def test_a_window_of_one_day_and_one_that_is_long_by_its_months_are_taken(
    tmp_path: Path, window: str
) -> None:
    path = tmp_path / "MOD-MINE-001_mine.yaml"
    match = f"match: {{lines: [one, two], same: [patient_id], within: {{two: {{of: one, window: {{{window}}}}}}}}}"
    path.write_text(RULE.format(match=match), encoding="utf-8")
    assert load_rule(path).id == "MOD-MINE-001"


@pytest.mark.parametrize("each", ["all: [{{is: a{0}}}, {{is: a{0}}}]", "is: a{0}"])
def test_names_that_unfold_without_measure_are_refused(tmp_path: Path, each: str) -> None:
    path = tmp_path / "MOD-MINE-001_mine.yaml"
    steps = "\n".join(f"  a{at}: {{{each.format(at + 1)}}}" for at in range(30))
    match = f"let:\n{steps}\n  a30: {{line.units: 1}}\nmatch: {{lines: [line], when: {{is: a0}}}}"
    path.write_text(RULE.format(match=match), encoding="utf-8")
    with pytest.raises(InputRefused, match="unfold too deep, or too often"):
        load_rule(path)
