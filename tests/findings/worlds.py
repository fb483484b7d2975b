"""Random small worlds: the lines of a few patients, tiny tables over the same codes and days, and audits of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
from hypothesis import strategies as st

from auditor.base.progress import NullProgress
from auditor.base.resources import resource_dir
from auditor.engine.workers import Reasoner
from auditor.findings import model as findings_model
from auditor.findings.partition import Tally, Task, audit_partition, finish_check
from auditor.matching.facts import Facts
from auditor.matching.reach import make_reach
from auditor.profiles import shares
from auditor.rules import model as m
from auditor.rules.packs import RuleSet, load_packs
from auditor.rules.reading import tables_joined, tables_read
from auditor.workbench.case_tables import FAR, LONG_AGO, make_claim_lines, make_line, make_tables

CODES = ["45385", "45378", "45380", "17000", "17003", "96361", "99213", "99291", "99292", "82306"]
"""Procedures, an add-on code for infusions, a visit, the two critical care codes, a laboratory test."""
EPOCHS = [date(2024, 6, 29), date(2024, 6, 29), date(2019, 6, 29), date(2014, 12, 30), date(2013, 3, 30)]
"""First days of windows of four days in which a quarter begins, or a rule or parameter of the pack comes into force."""
REPORTED = [
    [],
    [],
    [],
    [],
    ["59"],
    ["XE"],
    ["25"],
    ["57"],
    ["91"],
    ["76"],
    ["55"],
    ["LT"],
    ["RT"],
    ["LT", "RT"],
]
REPORTED += [
    ["RT", "T6"],
    ["RT", "59"],
    ["59", "XE"],
    ["50"],
    ["50", "LT"],
    ["58", "25"],
    ["GA"],
    ["GX"],
    ["GY"],
    ["GZ", "GA"],
]
DIAGNOSES = ["E119", "I10", "S52501A", "Z0000"]
SETTINGS = ["practitioner", "outpatient_hospital", "dme"]

PLAIN = {
    "line_of_business": "medicare", "claim_type": "professional", "tob": "131", "rendering_npi": "1000000012",
    "billing_npi": "1000000038", "billing_tin": "T1", "rendering_specialty": "08", "pos": "11", "modifiers": [],
    "mods_truncated": False, "units": 1, "paid": 10, "allowed": 40, "charge": Decimal("90.10"), "denied": False,
    "dx": [], "dx_ptr": [], "mac": "15102", "service_state": "KY", "payer_id": "X",
}  # fmt: skip

KINDS: list[dict[str, Any]] = [
    *[{"claim_type": "professional", "line_of_business": "medicare"}] * 4,
    {"claim_type": "professional", "line_of_business": "medicaid"},
    *[{"claim_type": "institutional", "line_of_business": "medicare", "tob": "131"}] * 2,
    {"claim_type": "dme", "line_of_business": "medicare_advantage"},
]
ODD: list[dict[str, Any]] = [
    {"claim_type": "institutional", "tob": "111"}, {"claim_type": "institutional", "tob": None},
    {"state": "set_aside"}, {"payer_id": None}, {"claim_type": "professional"},
    {"line_of_business": "commercial"}, {"line_of_business": "medicare_advantage"},
]  # fmt: skip
"""In what some lines of a patient differ from the kind of claims the patient has."""

Lines = list[dict[str, Any]]
Finding = dict[str, Any]


@dataclass(frozen=True)
class World:
    """Claim lines of the canonical fields that a case may give, rows of tables, and what each table answers for.

    ``bounded`` takes the claims for a whole feed, outside of whose dates nothing is known.
    """

    lines: Lines
    tables: Mapping[str, list[dict[str, Any]]]
    answers: tuple[tuple[str, str, date, date], ...]
    dx_ptr_known: bool
    bounded: bool = False

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        """What differs from the plainest line, a line each, so that a failing example can be read."""
        shown = [{k: str(v) for k, v in line.items() if v != PLAIN.get(k)} for line in self.lines]
        rows = [
            f"{name} {{{', '.join(f'{k}: {v}' for k, v in row.items())}}}"
            for name in self.tables
            for row in self.tables[name]
        ]
        limits = [f"answers {item}" for item in self.answers if item[1:] != ("*", LONG_AGO, FAR)]
        missing = [
            f"no answers of {name}" for name in self.tables if name not in {item[0] for item in self.answers}
        ]
        return "\n  ".join(
            [
                "World",
                *map(str, shown),
                *rows,
                *limits,
                *missing,
                f"dx_ptr_known={self.dx_ptr_known}",
                f"bounded={self.bounded}",
            ]
        )


TABLES = frozenset({"ncci_ptp", "ncci_mue", "ncci_aoc", "ncci_aoc_code", "coverage_policy"})
"""The tables that a world has rows of."""


@cache
def whole_pack() -> RuleSet:
    """All shipped rules and overrides but two kinds.

    Those of single payers, which no claim of a world is of, and those that look up one row of a table of which a world
    has several in force at once: an audit leaves them out then.
    """
    found = load_packs([resource_dir("rulesets")])
    return replace(
        found, rules=tuple(rule for rule in found.rules if not rule.scope.payer_id and not _looks_up(rule))
    )


def _looks_up(rule: m.Rule) -> bool:
    return rule.match is not None and any(item.name in TABLES for item in rule.match.lookups)


@cache
def pack() -> RuleSet:
    """Those of them that ask the tables of a world, and repeats of a line, which bear on them."""
    found = whole_pack()
    kept = [rule for rule in found.rules if tables_joined([rule]) & TABLES or rule.family == "duplicate"]
    return replace(found, rules=tuple(kept))


def maybe(values: Sequence[Any], weight: int = 3) -> st.SearchStrategy[Any]:
    """One of the values, or None about once in ``weight * len(values)`` times."""
    return st.sampled_from([*list(values) * weight, None])


def _line(epoch: date, codes: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "claim_id": st.sampled_from(["A", "B"]),
            "odd": st.sampled_from([{}] * 15 + ODD),
            "rendering_npi": st.sampled_from(["1000000012"] * 4 + ["1000000020", None]),
            "billing_npi": maybe(["1000000038"], 5),
            "billing_tin": maybe(["T1", "T1", "T2"], 1),
            "rendering_specialty": maybe(["08", "08", "50", "49"], 1),
            "pos": st.sampled_from(["11", "11", "24"]),
            "start": st.sampled_from([0, 1, 1, 1, 1, 2, 3]),
            "span": st.sampled_from([0] * 15 + [1, 2, 4]),
            "code": maybe(codes),
            "modifiers": st.sampled_from(REPORTED),
            "mods_truncated": st.sampled_from([False] * 11 + [True]),
            "units": maybe([Decimal(text) for text in "1 1 1 2 2 3 7 1.5 0 -1".split()]),
            "paid": maybe([Decimal(text) for text in "10 33.33 0.01 250.10 0 -5".split()], 1),
            "allowed": maybe([Decimal("40"), Decimal("0.05")], 1),
            "charge": maybe([Decimal("90.10")], 2),
            "denied": st.sampled_from([False] * 7 + [True]),
            "dx": st.lists(st.sampled_from(DIAGNOSES), max_size=3, unique=True),
            "pointed": st.integers(0, 3),
            "mac": maybe(["15102"], 1),
            "service_state": maybe(["KY"], 1),
        }
    ).map(lambda given: _placed(given, epoch))


def _placed(given: dict[str, Any], epoch: date) -> dict[str, Any]:
    given |= given.pop("odd")
    first = epoch + timedelta(days=given.pop("start"))
    given |= {"date_from": first, "date_to": first + timedelta(days=given.pop("span"))}
    given["dx_ptr"] = list(range(1, min(given.pop("pointed"), len(given["dx"])) + 1))
    return given


def _dates(epoch: date) -> st.SearchStrategy[dict[str, Any]]:
    """When a row is in force: often all the time, else from or until a day of the window."""
    offset = st.sampled_from([-400] * 5 + [0, 1, 2])
    length = st.sampled_from([None] * 5 + [0, 1, 400])
    return st.tuples(offset, length).map(
        lambda pair: {
            "effective": epoch + timedelta(days=pair[0]),
            "deleted": None if pair[1] is None else epoch + timedelta(days=pair[0] + pair[1]),
        }
    )


def _rows(
    own: dict[str, st.SearchStrategy[Any]], epoch: date, least: int
) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.tuples(st.fixed_dictionaries(own), _dates(epoch)).map(lambda pair: pair[0] | pair[1])
    return st.lists(row, min_size=least, max_size=least + 6)


@st.composite
def worlds(draw: st.DrawFn, least: int = 1, most: int = 2) -> World:
    """Worlds of ``least`` to ``most`` patients with up to six lines each."""
    epoch = draw(st.sampled_from(EPOCHS))
    codes = draw(st.lists(st.sampled_from(CODES), min_size=2, max_size=4, unique=True))
    code = st.sampled_from(codes)
    tables = {
        "ncci_ptp": draw(
            _rows(
                {
                    "setting": st.sampled_from(["practitioner"] * 3 + ["outpatient_hospital"]),
                    "column_1": code,
                    "column_2": code,
                    "modifier_indicator": st.sampled_from(["0", "1", "1", "9"]),
                },
                epoch,
                4,
            )
        ),
        "ncci_mue": draw(
            _rows(
                {
                    "setting": st.sampled_from(["practitioner"] * 4 + SETTINGS[1:]),
                    "code": code,
                    "value": st.integers(0, 3),
                    "mai": st.sampled_from(["1", "2", "3", None]),
                },
                epoch,
                4,
            )
        ),
        "ncci_aoc": draw(
            _rows(
                {"edit_type": st.sampled_from(["1", "1", "2", "3"]), "addon": code, "primary_code": code},
                epoch,
                1,
            )
        ),
        "coverage": draw(
            _rows(
                {
                    "article": st.sampled_from(["A1", "A2"]),
                    "code": code,
                    "dx_from": st.sampled_from(["E11", "I10", "S52"]),
                    "dx_to": st.sampled_from([None, "E11", "S52", "Z"]),
                    "dx_group": st.integers(1, 2),
                    "requires": st.sampled_from(["any", "all"]),
                    "exhaustive": st.booleans(),
                    "jurisdiction": st.sampled_from(["*", "15102", "KY"]),
                },
                epoch,
                0,
            )
        ),
    }
    for number, row in enumerate(tables["coverage"]):
        row["requires"] = "any" if row["article"] == "A1" else row["requires"]
        row["version"] = str(number % 2)
    answers = []
    for name in ("ncci_ptp", "ncci_mue", "ncci_aoc", "coverage"):
        by_setting = [SETTINGS[:2], SETTINGS[:1]] if name in ("ncci_ptp", "ncci_mue") else []
        for setting in draw(st.sampled_from([["*"]] * 4 + [*by_setting, []])):
            last = draw(st.sampled_from([None] * 5 + [1, 0]))
            answers.append((name, setting, LONG_AGO, FAR if last is None else epoch + timedelta(days=last)))
    lines: Lines = []
    for patient in range(draw(st.integers(least, most))):
        common = {"payer_id": draw(st.sampled_from(["X", "X", "EXAMPLE-HEALTH", None]))} | draw(
            st.sampled_from(KINDS)
        )
        for number, line in enumerate(draw(st.lists(_line(epoch, codes), min_size=2, max_size=6))):
            lines.append(common | line | {"patient_id": f"P{patient}", "line_no": number + 1})
            lines[-1]["claim_id"] = f"{patient}{line['claim_id']}"
    return World(
        lines, tables, tuple(answers), draw(st.booleans()), draw(st.sampled_from([False, False, True]))
    )


@contextmanager
def audited(
    world: World,
    *,
    rules: RuleSet | None = None,
    partitions: int = 1,
    edition: str = "",
    prefilter: bool = True,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which the world has been audited; every case has been evaluated twice and compared.

    Lines stand in the order given. Without ``prefilter`` no query asks anything of lines beforehand.
    Raises InternalCheckFailed when the two evaluators differ.
    """
    rules = rules or pack()
    con = duckdb.connect(":memory:")
    try:
        con.execute("SET threads = 1")
        lines = [make_line(number, given) for number, given in enumerate(world.lines)]
        for line in lines:
            line["part"] = sum(map(ord, line["patient_id"])) % partitions
        make_claim_lines(con, lines)
        named = {"edition": edition} if edition else {}
        given = {name: [row | named for row in rows] for name, rows in world.tables.items()}
        own = {spec.name: spec for spec in rules.tables}
        filed = [
            item for item in make_tables(con, given, {}, tables_read(rules.rules), own) if item[0] in own
        ]
        findings_model.create_tables(con, rules.rules, rules.overrides)
        shares.create_tables(con)
        make_reach(con)
        facts = Facts(world.dx_ptr_known, (*world.answers, *filed), prefilter, world.bounded)
        task = Task(rules, facts, {}, sample=10_000, partitions=partitions)
        tally = Tally()
        with Reasoner(workers=0) as reasoner:
            for part in range(partitions):
                audit_partition(con, part, task, reasoner, tally, NullProgress())
        finish_check(tally, NullProgress())
        assert tally.checked == len({line["patient_key"] for line in lines if line["state"] != "set_aside"})
        yield con
    finally:
        con.close()


def findings(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """All findings by id, as they go into ``findings.parquet``."""
    names = ", ".join(f'"{name}"' for name in findings_model.COLUMNS)
    cursor = con.execute(f"SELECT {names} FROM finding ORDER BY finding_id")
    return [dict(zip(findings_model.COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def rearranged(world: World, order: Sequence[int]) -> World:
    """The same lines in another order."""
    return replace(world, lines=[world.lines[at] for at in order])
