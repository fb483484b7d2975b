"""R8: pairs of lines that a rule would have to look at, counted on the clean corpus.

Two lines that need only be of one patient, and need not lie near each other, meet as often as a patient has lines,
squared. The figure is measured, not guessed: the keys and the window are asked of synthetic claims of one quarter, and
a window longer than that quarter is scaled by its length.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import duckdb

from auditor.matching.windows import days_around
from auditor.rules import fields
from auditor.rules import model as m
from auditor.workbench.corpus import LINES, write_clean_claims
from auditor.workbench.lint.messages import Found, Register
from auditor.workbench.lint.subject import Subject

register = Register()
WARNED, REFUSED = 10_000_000, 50_000_000
"""Pairs in a million lines from which lint warns, and from which it says error."""
_CODES = frozenset({"code", "codes", "revenue_code", "drg", "dx", "pointed_dx", "modifiers"})
_LIMITING = frozenset({"eq", "in", "in_ranges", "starts_with", "starts_with_any", "contains", "overlaps"})
_COLUMN = {"provider_id": "rendering_npi", "service_date": "date_from", "service_day": "date_from"}
"""Keys that the corpus has under another name."""
_QUARTER = 92
_FAR = 36_500


@register.check(
    "R801", "cross-product", "error", "a run would not end, and a case is one patient's",
    "add patient_id or claim_id to `same`",
)  # fmt: skip
def cross_product(subject: Subject) -> Iterator[Found]:
    """Two lines that need not be of one patient or claim."""
    roles, same = subject.under("match", "lines"), subject.under("match", "same")
    if not isinstance(roles, list) or len(roles) != 2 or not isinstance(same, list):
        return
    keys = tuple(name for name in same if isinstance(name, str) and name in fields.LINE_FIELDS)
    if not {"patient_id", "claim_id"} & set(keys):
        pairs = pairs_per_million(keys, _FAR, _FAR)
        yield Found(("match", "same"), f"lines of different patients stand together: {_told(pairs)}")


@register.check(
    "R802", "wide-pairs", "error", "so many pairs are compared one by one, and most of them say nothing",
    "name the codes of one of the two lines, or of those that count, or narrow the window",
)  # fmt: skip
def wide_pairs(subject: Subject) -> Iterator[Found]:
    """Lines put together in a wide window, and not limited to codes."""
    yield from _wide(subject, REFUSED, None)


@register.check(
    "R803", "many-pairs", "warning", "so many pairs are compared one by one, and most of them say nothing",
    "name the codes of one of the two lines, or of those that count, or narrow the window",
)  # fmt: skip
def many_pairs(subject: Subject) -> Iterator[Found]:
    """As R802, of fewer pairs."""
    yield from _wide(subject, WARNED, REFUSED)


def _wide(subject: Subject, least: int, most: int | None) -> Iterator[Found]:
    rule = subject.rule
    if rule is None or rule.match is None:
        return
    for place, what, keys, window in _together(rule.match):
        before, after = _reach(window)
        pairs = pairs_per_million(keys, before, after)
        if pairs >= least and (most is None or pairs < most):
            yield Found(("match", *place), f"{what}: {_told(pairs)}")


def _together(match: m.Match) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...], m.Window | None]]:
    """What a match puts together without limiting it to codes: its place, what it is, the keys, and the window."""
    if match.form == "pair" and not _limited(match):
        key = "within" if match.within is not None else "same"
        window = match.within.window if match.within is not None else None
        yield (key,), "neither line is limited to codes", tuple(match.same), window
    if match.sequence is not None and not _limits(match.sequence.where, True):
        yield ("sequence",), "visits are not limited to codes", match.sequence.same, match.sequence.window
    total = match.total
    if total is not None and total.window is not None and not _limits(total.where, True):
        yield ("sum",), "lines that are summed are not limited to codes", tuple(total.over), total.window
    partner = match.absent
    if partner is not None and partner.within is not None and not _limits(partner.where, True):
        what = "what must stand beside the line is not limited to codes"
        yield ("absent",), what, tuple(partner.any_of[0]), partner.within.window


def _told(pairs: int) -> str:
    return f"about {_rounded(pairs):,} pairs in a million lines, by the synthetic claims that come with the program"


def _rounded(number: int) -> int:
    """Two leading figures: more would be a claim to know."""
    digits = max(0, len(str(number)) - 2)
    return int(round(number, -digits))


def _limited(match: m.Match) -> bool:
    """Whether one of the lines must have one of certain codes, by the row of a table or by the condition."""
    if match.table is not None and any(ref.name in _CODES for _, ref in match.table.on):
        return True
    return _limits(match.when, True)


def _limits(part: m.Condition, sign: bool) -> bool:
    if isinstance(part, m.Not):
        return _limits(part.part, not sign)
    if isinstance(part, m.Test):
        return sign and part.field.name in _CODES and part.op in _LIMITING
    inner = [_limits(item, sign) for item in part.parts]
    return any(inner) if isinstance(part, m.All) == sign else bool(inner) and all(inner)


def _reach(window: m.Window | None) -> tuple[int, int]:
    """Days before and after the anchor that are counted for a window: all of them without one, or where it is open."""
    before, after = days_around(window) if window is not None else (None, None)
    # A line lies anywhere in its calendar period: on average one half of it is earlier, one half later.
    part = 2 if window is not None and all(span.calendar for _, span in window.spans) else 1
    return (_FAR if before is None else before // part), (_FAR if after is None else after // part)


def pairs_per_million(keys: Sequence[str], before: int, after: int) -> int:
    """Ordered pairs of lines that agree in `keys` and lie `before` to `after` days apart, in a million lines."""
    shared = bool({"service_day", "service_date"} & set(keys))
    columns = sorted({_COLUMN.get(key, key) for key in keys})
    counted = _counted(tuple(columns), min(before, _QUARTER), min(after, _QUARTER))
    wide = max(before, after)
    if not shared and wide > _QUARTER and "claim_id" not in keys:
        counted = counted * min(wide, 3_650) // _QUARTER
    return counted


@cache
def _corpus() -> duckdb.DuckDBPyConnection:
    """The clean corpus as the table `line`, made once a process and only when a rule asks for it."""
    con = duckdb.connect()
    con.execute("SET threads = 2")
    with tempfile.TemporaryDirectory(prefix="auditor-lint-") as scratch:
        con.read_csv(str(write_clean_claims(Path(scratch))), all_varchar=True).create("line")
    return con


@cache
def _counted(columns: tuple[str, ...], before: int, after: int) -> int:
    con = _corpus()
    known = {row[0] for row in con.execute("DESCRIBE line").fetchall()}
    by = [name for name in columns if name in known]
    grouped = f"GROUP BY {', '.join(by)}" if by else ""
    if not {"patient_id", "claim_id"} & set(by):
        query = f"SELECT sum(n::HUGEINT * (n - 1)) FROM (SELECT count(*) AS n FROM line {grouped})"
    else:
        on = " AND ".join(f"a.{name} = b.{name}" for name in by)
        query = (
            f"SELECT count(*) FROM line a JOIN line b ON {on} AND a.rowid <> b.rowid "
            f"AND b.date_from::DATE - a.date_from::DATE BETWEEN {-before} AND {after}"
        )
    row = con.execute(query).fetchone()
    return int(row[0] or 0) * 1_000_000 // LINES if row else 0
