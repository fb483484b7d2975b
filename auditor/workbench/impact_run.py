"""The earlier run that an impact is measured against: what its run.json says, held against what is at hand.

``run.json`` names the claims files by base name and SHA-256, the editions by table and id, the rules and overrides by
id and SHA-256; it holds no path and no claim. So the claims are named again, or found by name, and proved by their
hash; the editions are looked up in the library by their ids, and newer ones beside them do not answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import duckdb

from auditor.base.errors import InputRefused
from auditor.base.resources import code_digest
from auditor.claims.sources.scan import count
from auditor.findings.model import COLUMNS
from auditor.reference import Library
from auditor.review.affected import FINDINGS, read_run

_TOLD: Final = {"overrides": list, "counts": dict, "dollars": dict, "coverage": list, "period": dict}
"""What of run.json is asked here beside what every reader of a run asks."""
_DECIDING_VERSIONS: Final = ("duckdb", "durable_rules")
"""Libraries of which another version may find otherwise."""


@dataclass(frozen=True)
class EarlierRun:
    """The output folder of an audit and the content of its run.json."""

    folder: Path
    told: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """The run's id."""
        return str(self.told["run_id"])

    @property
    def findings(self) -> Path:
        """Its findings."""
        return self.folder / FINDINGS

    @property
    def options(self) -> Mapping[str, Any]:
        """The options that bear on what is found."""
        options: Mapping[str, Any] = self.told["options"]
        return options

    @property
    def as_of(self) -> date | None:
        """The day as of which the tables answered, if the run was asked for one."""
        day = self.options.get("as_of")
        return date.fromisoformat(day) if day else None

    @cached_property
    def rules(self) -> Mapping[str, str]:
        """SHA-256 of each rule file, by rule id."""
        return {str(rule["id"]): str(rule["hash"]) for rule in self.told["rules"]}

    @cached_property
    def overrides(self) -> Mapping[str, str]:
        """SHA-256 of each override file, by its id."""
        return {str(item["id"]): str(item["hash"]) for item in self.told["overrides"]}

    @cached_property
    def overridden(self) -> Mapping[str, tuple[str, ...]]:
        """The rules, variants and families that each override names."""
        return {str(item["id"]): tuple(item.get("rules", ())) for item in self.told["overrides"]}

    @cached_property
    def limited_to(self) -> tuple[str, ...]:
        """The rules, families and catalogue ids that alone the run was asked for; empty: all."""
        return tuple(map(str, self.options.get("rules") or ()))

    @cached_property
    def packs(self) -> Mapping[str, str]:
        """The id of the pack that each rule and override is of, by its id, as far as the run kept it."""
        items = (*self.told["rules"], *self.told["overrides"])
        return {
            str(item["id"]): str(item["pack"]).rpartition(" ")[0] or str(item["pack"])
            for item in items
            if item.get("pack")
        }

    @cached_property
    def kept(self) -> Mapping[str, Mapping[str, Any]]:
        """The rules and overrides of which the run kept the text, by id."""
        items = (*self.told["rules"], *self.told["overrides"])
        return {str(item["id"]): item for item in items if isinstance(item.get("text"), str)}

    @cached_property
    def variants(self) -> Mapping[str, frozenset[str]]:
        """By rule id, the names under which overrides may name it: its own, its variants' and its family's."""
        return {
            str(rule["id"]): frozenset(
                {rule["id"], rule.get("family", ""), *(v.get("id", "") for v in rule.get("variants", ()))}
            )
            for rule in self.told["rules"]
        }

    @cached_property
    def pack_tables(self) -> Mapping[str, tuple[str, str]]:
        """SHA-256 of each table that a pack brought, by its name, and its edition: the pack's id and version."""
        return {
            str(table["name"]): (str(table["sha256"]), f"{pack['id']} {pack['version']}")
            for pack in self.told.get("packs") or ()
            for table in pack.get("tables", ())
        }

    @cached_property
    def editions(self) -> frozenset[tuple[str, str]]:
        """Table and id of every edition that answered."""
        return frozenset((str(item["table"]), str(item["edition_id"])) for item in self.told["tables"])

    @cached_property
    def by_this_program(self) -> bool:
        """Whether the same code, on the same libraries, would say today what the run says."""
        versions = self.told["versions"]
        return bool(versions.get("auditor_code") == code_digest()[:16]) and all(
            versions.get(name) == _installed(name) for name in _DECIDING_VERSIONS
        )


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def read_earlier(folder: Path) -> EarlierRun:
    """The run in an output folder of ``auditor audit``.

    Raises InputRefused (exit 3) when the folder holds none, or one whose files this version cannot read.
    """
    told = read_run(folder)
    lacking = [name for name, kind in _TOLD.items() if not isinstance(told.get(name), kind)]
    if lacking:
        raise InputRefused(
            f"run.json has no `{lacking[0]}`",
            where=f"{folder.name}/run.json",
            why="it was written by another version of the program",
            mend="audit the claims again, and name that run",
        )
    run = EarlierRun(folder, told)
    try:
        _ = (run.rules, run.overrides, run.overridden, run.variants, run.pack_tables, run.editions, run.as_of)
        _ = (run.packs, run.kept, run.limited_to)
        _ = run.by_this_program, [(item["name"], item["sha256"]) for item in told["inputs"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputRefused(
            "run.json is not as an audit writes it",
            where=f"{folder.name}/run.json",
            why=f"a part of it is missing or of another kind ({type(error).__name__})",
            mend="audit the claims again, and name that run",
        ) from error
    try:
        with duckdb.connect() as con:
            rows = con.execute(
                "SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false))",
                [str(run.findings)],
            ).fetchall()
    except duckdb.Error as error:
        raise InputRefused(
            "the findings cannot be read",
            where=f"{folder.name}/{FINDINGS}",
            why="the file is missing or damaged",
            mend="audit the claims again, and name that run",
        ) from error
    missing = sorted(set(COLUMNS) - {row[0] for row in rows})
    if missing:
        raise InputRefused(
            f"the findings have no column `{missing[0]}`",
            where=f"{folder.name}/{FINDINGS}",
            why="they were written by another version of the program",
            mend="audit the claims again, and name that run",
        )
    return run


def claims_of(run: EarlierRun, given: Sequence[Path], beside: Path | None = None) -> list[Path]:
    """The claims files of a run, each proved by its SHA-256, in the order in which the run read them.

    ``given`` are the files that the user names; without any, the recorded names are looked for in the folder ``beside``
    (default: the current one), in the run's folder and in the one above it. Raises InputRefused (exit 3) for a file
    that is not of the run, and for one of the run that is not there.
    """
    wanted = {str(item["sha256"]): str(item["name"]).partition("/")[0] for item in run.told["inputs"]}
    places = (beside or Path.cwd(), run.folder, run.folder.parent)
    looked = given or [place / name for name in dict.fromkeys(wanted.values()) for place in places]
    found: dict[str, Path] = {}
    for path in looked:
        if not path.is_file():
            if given:
                raise InputRefused(
                    "there is no such file",
                    where=path.name,
                    mend="name the claims files of the run with --claims",
                )
            continue
        digest = count(path, lines=False).sha256
        if digest in wanted:
            found.setdefault(digest, path)
        elif given:
            raise InputRefused(
                "this is not a claims file of the run",
                where=path.name,
                why=f"its SHA-256 begins with {digest[:12]}; the run read "
                + ", ".join(
                    f"{name} ({sha[:12]})" for sha, name in sorted(wanted.items(), key=lambda i: i[1])
                ),
                mend="name the files as they were audited, or audit the new ones first",
            )
    lacking = sorted(name for digest, name in wanted.items() if digest not in found)
    if lacking:
        raise InputRefused(
            f"the claims of the run are not at hand: {', '.join(lacking)}",
            where=run.folder.name,
            why="a run keeps findings and hashes, and no copy of the claims",
            mend="name the files that were audited with --claims",
        )
    return [found[digest] for digest in wanted]


def library_of_run(run: EarlierRun, library: Library, further: Collection[str]) -> Library | None:
    """The editions of the run alone, from ``library`` or the starter edition; None where one of them is missing.

    Of the tables ``further``, which the run did not ask for, all editions of ``library``.
    """
    known = {(edition.table, edition.edition_id): edition for edition in Library.starter().editions()}
    known |= {(edition.table, edition.edition_id): edition for edition in library.editions()}
    if not run.editions <= known.keys():
        return None
    added = {
        (edition.table, edition.edition_id)
        for edition in library.editions()
        if {edition.table, edition.rules_table} & set(further)
    }
    chosen = [edition for key, edition in known.items() if key in run.editions | added]
    ordered = tuple(sorted(chosen, key=lambda edition: (edition.table, edition.newest)))
    return Library(ordered, is_starter=bool(ordered) and all(edition.starter for edition in ordered))


def missing_editions(run: EarlierRun, library: Library) -> list[str]:
    """The editions of the run that ``library`` lacks, in words."""
    known = {(edition.table, edition.edition_id) for edition in library.editions()}
    known |= {(edition.table, edition.edition_id) for edition in Library.starter().editions()}
    return [f"{table} {edition}" for table, edition in sorted(run.editions - known)]


def answers_of(tables: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Which editions answered for which dates, as run.json holds it."""
    names = ("table", "edition_id", "valid_from", "valid_to", "carried_forward")
    return sorted((tuple(entry.get(name) for name in names) for entry in tables), key=str)
