"""Cases of a replaced quarter: small tables as first published and as replaced, and a claim for each difference.

Every case has codes of its own, so that what becomes of it can be told by reading. The tables are those of the twin,
which are written in the official layouts and are judged a second time by it.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.pipeline import AuditOptions, run_audit
from auditor.reference import import_files
from tests.twin.layouts import write_official
from tests.twin.product import claim_row, write_claims
from tests.twin.tables import NCCI_BEGAN, OPEN, Addon, Mue, Ptp, Tables

FIRST_PUBLISHED, REPLACED = dt.date(2024, 6, 3), dt.date(2024, 8, 20)
DAY_BEFORE = REPLACED - dt.timedelta(days=1)
Told = tuple[str, str, str, int]
"""Catalogue id, verdict, class and line of a finding."""


@dataclass(frozen=True)
class Case:
    """A claim, and what is found on it by the tables as first published and as replaced.

    `rows`: the keys of replaced rows that a comparison must name; `through`: how many of its differences rest on
    another finding instead.
    """

    name: str
    lines: tuple[dict[str, str], ...]
    before: frozenset[Told]
    after: frozenset[Told]
    rows: frozenset[tuple[str, ...]] = frozenset()
    through: int = 0


class Quarter:
    """The tables of a quarter as first published and as replaced, and the cases for them."""

    def __init__(self) -> None:
        self.first, self.second = Tables(), Tables()
        self.cases: list[Case] = []
        for tables in (self.first, self.second):
            # With a deleted row the add-on table answers for all dates.
            tables.addon["90001"] = [Addon("1", "90002", NCCI_BEGAN, dt.date(2012, 12, 31))]
        _ptp_cases(self)
        _mue_cases(self)
        _addon_cases(self)
        _knock_on_cases(self)
        _untouched_cases(self)

    def pair(
        self, one: str, two: str, before: Sequence[Ptp], after: Sequence[Ptp], setting: str = "practitioner"
    ) -> None:
        for tables, rows in ((self.first, before), (self.second, after)):
            if rows:
                tables.ptp[setting, one, two] = list(rows)

    def value(self, code: str, before: Mue | None, after: Mue | None) -> None:
        for tables, row in ((self.first, before), (self.second, after)):
            if row is not None:
                tables.mue["practitioner", code] = [row]

    def addon(self, code: str, before: Sequence[Addon], after: Sequence[Addon]) -> None:
        for tables, rows in ((self.first, before), (self.second, after)):
            if rows:
                tables.addon[code] = list(rows)

    def case(
        self,
        name: str,
        lines: Sequence[dict[str, str]],
        before: Sequence[Told],
        after: Sequence[Told],
        rows: Sequence[tuple[str, ...]] = (),
        through: int = 0,
    ) -> None:
        numbered = [row | {"claim_id": name, "line_no": str(at)} for at, row in enumerate(lines, 1)]
        placed = tuple(row | {"patient_id": f"P-{name}"} for row in numbered)
        self.cases.append(Case(name, placed, frozenset(before), frozenset(after), frozenset(rows), through))

    def rows(self) -> list[dict[str, str]]:
        return [line for case in self.cases for line in case.lines]


def line(code: str, mods: str = "", **cells: str | int) -> dict[str, str]:
    return claim_row(code=code, mods=mods, **cells)


def row(indicator: str = "1", effective: dt.date = NCCI_BEGAN, deleted: dt.date = OPEN) -> Ptp:
    return Ptp(effective, deleted, indicator)


def fails(catalogue: str, at: int, klass: str = "definite") -> Told:
    return (catalogue, "fail", klass, at)


def _ptp_cases(q: Quarter) -> None:
    june, july = dt.date(2024, 6, 30), dt.date(2024, 7, 1)
    q.pair("10001", "10002", [row("1")], [row("0")])
    q.case(
        "indicator-1-to-0", [line("10001"), line("10002", "59")],
        [("PTP-02", "bypassed", "", 2)], [fails("PTP-01", 2)], [("10001", "10002")],
    )  # fmt: skip
    q.pair("10003", "10004", [row("0")], [row("1")])
    q.case(
        "indicator-0-to-1", [line("10003"), line("10004", "59")],
        [fails("PTP-01", 2)], [("PTP-02", "bypassed", "", 2)], [("10003", "10004")],
    )  # fmt: skip
    q.pair("10005", "10006", [row()], [row(deleted=june)])
    q.case("deleted-before", [line("10005"), line("10006")], [fails("PTP-02", 2)], [], [("10005", "10006")])
    earlier = {"date_from": "2024-06-30"}
    q.case(
        "deleted-that-day",
        [line("10005", **earlier), line("10006", **earlier)],
        [fails("PTP-02", 2)],
        [fails("PTP-02", 2)],
    )
    q.pair("10007", "10008", [row(deleted=june)], [row()])
    q.case(
        "deletion-taken-back", [line("10007"), line("10008")], [], [fails("PTP-02", 2)], [("10007", "10008")]
    )
    q.pair("10009", "10010", [row()], [row(deleted=june), row("0", july)])
    q.case(
        "another-row-from-july", [line("10009"), line("10010", "59")],
        [("PTP-02", "bypassed", "", 2)], [fails("PTP-01", 2)], [("10009", "10010")],
    )  # fmt: skip
    q.case(
        "another-row-from-july-not-yet", [line("10009", **earlier), line("10010", "59", **earlier)],
        [("PTP-02", "bypassed", "", 2)], [("PTP-02", "bypassed", "", 2)],
    )  # fmt: skip
    q.pair("10011", "10012", [row()], [])
    q.case("row-removed", [line("10011"), line("10012")], [fails("PTP-02", 2)], [], [("10011", "10012")])
    q.pair("10013", "10014", [], [row()])
    q.case("row-added", [line("10013"), line("10014")], [], [fails("PTP-02", 2)], [("10013", "10014")])
    q.pair("10015", "10016", [row()], [row(effective=july)])
    q.case(
        "begins-later",
        [line("10015", **earlier), line("10016", **earlier)],
        [fails("PTP-02", 2)],
        [],
        [("10015", "10016")],
    )
    q.pair("10017", "10018", [row("1")], [row("9", july, july)])
    q.case("never-in-force", [line("10017"), line("10018")], [fails("PTP-02", 2)], [], [("10017", "10018")])
    outpatient = {"claim_type": "institutional", "tob": "131"}
    q.pair("10019", "10020", [row()], [], "outpatient_hospital")
    q.pair("10021", "10022", [row()], [row()], "outpatient_hospital")
    q.pair("10019", "10020", [row()], [row()])
    hospital = [line("10019", **outpatient), line("10020", **outpatient)]
    q.case("hospital-row-removed", hospital, [fails("PTP-02", 2)], [], [("10019", "10020")])
    q.case(
        "the-same-pair-of-the-other-setting",
        [line("10019"), line("10020")],
        [fails("PTP-02", 2)],
        [fails("PTP-02", 2)],
    )


def _mue_cases(q: Quarter) -> None:
    q.value("20001", Mue(2, "2"), Mue(4, "2"))
    q.case("value-raised", [line("20001", units=3)], [fails("MUE-02", 1)], [], [("20001",)])
    q.value("20002", Mue(4, "2"), Mue(2, "2"))
    q.case("value-lowered", [line("20002", units=3)], [], [fails("MUE-02", 1)], [("20002",)])
    q.case("value-lowered-and-still-within", [line("20002", units=2)], [], [])
    q.value("20003", Mue(2, "2"), Mue(2, "3"))
    q.case(
        "adjudication",
        [line("20003", units=3)],
        [fails("MUE-02", 1)],
        [fails("MUE-03", 1, "probable")],
        [("20003",)],
    )
    q.value("20004", Mue(2, "2"), Mue(3, "2"))
    q.case(
        "another-excess", [line("20004", units=6)], [fails("MUE-02", 1)], [fails("MUE-02", 1)], [("20004",)]
    )
    q.value("20005", Mue(1, "2"), None)
    q.case("value-removed", [line("20005", units=3)], [fails("MUE-02", 1)], [], [("20005",)])
    q.value("20006", None, Mue(1, "2"))
    q.case("value-added", [line("20006", units=3)], [], [fails("MUE-02", 1)], [("20006",)])
    out = {"date_from": "2024-10-01"}
    q.case("after-the-quarter", [line("20006", units=3, **out)], [], [])


def _addon_cases(q: Quarter) -> None:
    june = dt.date(2024, 6, 30)
    known = Addon("1", "30000")
    q.addon("30001", [known], [known, Addon("1", "30002")])
    q.case(
        "primary-added", [line("30001"), line("30002")], [fails("AOC-01", 1)], [],
        [("30001", "30002", "1")],
    )  # fmt: skip
    q.case("another-primary-added", [line("30001")], [fails("AOC-01", 1)], [fails("AOC-01", 1)])
    q.addon("30003", [known, Addon("1", "30004")], [known])
    q.case(
        "primary-removed", [line("30003"), line("30004")], [], [fails("AOC-01", 1)],
        [("30003", "30004", "1")],
    )  # fmt: skip
    q.addon("30005", [known, Addon("1", "30006")], [known, Addon("1", "30006", NCCI_BEGAN, june)])
    q.case(
        "primary-deleted-before", [line("30005"), line("30006")], [], [fails("AOC-01", 1)],
        [("30005", "30006", "1")],
    )  # fmt: skip
    earlier = {"date_from": "2024-06-30"}
    q.case("primary-deleted-that-day", [line("30005", **earlier), line("30006", **earlier)], [], [])
    q.addon("30007", [], [known])
    q.case("add-on-added", [line("30007")], [], [fails("AOC-01", 1)], [("30007", "30000", "1")])
    q.addon("30008", [known], [])
    q.case("add-on-removed", [line("30008")], [fails("AOC-01", 1)], [], [("30008", "30000", "1")])
    q.addon("30009", [Addon("1", "30010")], [Addon("2", "CCCCC")])
    q.case(
        "list-opened", [line("30009")], [fails("AOC-01", 1)], [fails("AOC-02", 1, "probable")],
        [("30009", "30010", "1"), ("30009", "CCCCC", "2")],
    )  # fmt: skip


def _knock_on_cases(q: Quarter) -> None:
    q.pair("40001", "40002", [], [row()])
    q.addon("40003", [Addon("1", "40002")], [Addon("1", "40002")])
    q.addon("40004", [Addon("1", "40003")], [Addon("1", "40003")])
    q.case(
        "add-ons-fall-with-their-primary", [line("40001"), line("40002"), line("40003"), line("40004")],
        [], [fails("PTP-02", 2), fails("AOC-03", 3), fails("AOC-03", 4)], [("40001", "40002")], through=2,
    )  # fmt: skip
    q.pair("40005", "40006", [], [row()])
    q.pair("40006", "40007", [row()], [row()])
    q.case(
        "partner-falls", [line("40005"), line("40006"), line("40007")],
        [fails("PTP-02", 3)], [fails("PTP-02", 2), fails("PTP-02", 3, "probable")], [("40005", "40006")], through=1,
    )  # fmt: skip
    q.pair("40008", "40009", [row()], [])
    q.value("40009", Mue(1, "2"), Mue(1, "2"))
    q.case(
        "dollars-come-free", [line("40008"), line("40009", units=4)],
        [fails("PTP-02", 2), fails("MUE-02", 2)], [fails("MUE-02", 2)], [("40008", "40009")], through=1,
    )  # fmt: skip


def _untouched_cases(q: Quarter) -> None:
    q.pair("50001", "50002", [row("0")], [row("0")])
    q.value("50003", Mue(1, "3"), Mue(1, "3"))
    q.addon("50004", [Addon("1", "50005")], [Addon("1", "50005")])
    pair, value, addon = [fails("PTP-01", 2)], [fails("MUE-03", 1, "probable")], [fails("AOC-01", 1)]
    q.case("untouched-pair", [line("50001"), line("50002", "59")], pair, pair)
    q.case("untouched-value", [line("50003", units=4)], value, value)
    q.case("untouched-add-on", [line("50004")], addon, addon)
    q.case("nothing-wrong", [line("50001"), line("50005"), line("50004")], [], [])


@dataclass(frozen=True)
class Libraries:
    """One that holds both publications, and one that never held the replacement."""

    both: Path
    original: Path


def libraries(first: Tables, second: Tables, folder: Path) -> Libraries:
    original, both = folder / "original", folder / "both"
    import_files(original, write_official(first, folder / "first"), accept=True, published=FIRST_PUBLISHED)
    shutil.copytree(original, both)
    import_files(both, write_official(second, folder / "second"), accept=True, published=REPLACED)
    return Libraries(both, original)


def audited(
    claims: Sequence[dict[str, str]],
    library: Path,
    out: Path,
    as_of: dt.date | None = None,
    rules: tuple[str, ...] = (),
) -> Path:
    """The output folder of an audit."""
    out.parent.mkdir(parents=True, exist_ok=True)
    path = write_claims(claims, out.parent / f"{out.name}.csv")
    path = path.rename(path.with_name("claims.csv"))
    options = AuditOptions(library=library, as_of=as_of, rules=rules, workers=1, reports=False)
    run_audit([path], out, options)
    return out
