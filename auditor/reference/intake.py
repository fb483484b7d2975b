"""From files of any kind to editions: what each is, which table and period, which parts belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from auditor.base.errors import InputRefused, UsageError
from auditor.base.periods import Period
from auditor.reference.archives import Leaf
from auditor.reference.importers import IMPORTERS
from auditor.reference.importers.interface import Importer, Part, Peek, Recognised
from auditor.reference.names import NameFacts, name_facts
from auditor.reference.sheets import Workbook
from auditor.reference.text import clean_blocks

PEEK_LINES = 60
PEEK_BYTES = 256 << 10
SETTINGS = ("practitioner", "hospital", "dme")


@dataclass(frozen=True)
class Wanted:
    """What the user said of the files: period (2024Q3, 2024, FY2025, 2024-03-09) and setting; None: see the files."""

    period: str | None = None
    setting: str | None = None

    def __post_init__(self) -> None:
        if self.period is not None:
            try:
                Period.parse(self.period)
            except ValueError as error:
                raise UsageError(f"--edition {self.period}: {error}") from error
        if self.setting is not None and self.setting not in SETTINGS:
            raise UsageError(f"--setting {self.setting} is none of {', '.join(SETTINGS)}")


@dataclass
class Batch:
    """The parts of one edition: which importer lays them out, and as what."""

    importer: Importer
    table: str
    variant: str
    period: Period | None
    revision: int | None
    published: date | None = None
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Sorted:
    """All editions found, and the files inside archives that were left alone, with the reason."""

    batches: tuple[Batch, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class _Find:
    importer: Importer
    recognised: Recognised
    sheet: str | None


def sort_files(leaves: Sequence[Leaf], wanted: Wanted) -> Sorted:
    """Recognise every file and put the parts of an edition together.

    Raises InputRefused for a file of unknown kind (files beside a known one in an archive are only skipped),
    for one whose period or setting neither content, name nor user tells, and for missing or double parts.
    """
    batches: dict[tuple[str, str | None, int | None], Batch] = {}
    unknown: list[Leaf] = []
    useful: set[str] = set()
    for leaf in leaves:
        find = _recognise(leaf)
        if find is None:
            unknown.append(leaf)
            continue
        useful.add(leaf.given.sha256)
        _add(batches, leaf, find, wanted)
    for leaf in unknown:
        if leaf.given.sha256 not in useful:
            raise _unknown(leaf)
    if not batches:
        raise InputRefused("no file was found inside", where=leaves[0].place if leaves else "the archive")
    skipped = [f"{leaf.place}: not a table known here" for leaf in unknown]
    for importer in dict.fromkeys(batch.importer for batch in batches.values()):
        skipped += importer.settle([batch for batch in batches.values() if batch.importer is importer])
    kept = tuple(batch for batch in batches.values() if batch.parts)
    for batch in kept:
        skipped += _settle_parts(batch)
    return Sorted(kept, tuple(skipped))


def _recognise(leaf: Leaf) -> _Find | None:
    peeks = _peeks(leaf)
    for sheet, peek in peeks:
        for importer in IMPORTERS:
            recognised = importer.recognise(peek)
            if recognised is not None:
                _refuse_second_sheet(leaf, importer, peeks)
                return _Find(importer, recognised, sheet)
    return None


def _refuse_second_sheet(leaf: Leaf, importer: Importer, further: Iterator[tuple[str | None, Peek]]) -> None:
    """Raise InputRefused when a further sheet holds such edits too. Tables that come in parts read on by themselves."""
    if importer.takes_parts or not importer.title.startswith("NCCI"):
        return
    again = [str(sheet) for sheet, peek in further if importer.recognise(peek) is not None]
    if again:
        raise InputRefused(
            f"several of its sheets hold {importer.title}: {', '.join(again)} beside the first",
            where=leaf.place,
            why="Only one would be read, and the rows of the others would be missing",
            mend="Save each as a file of its own, or give the file that CMS publishes",
        )


def _peeks(leaf: Leaf) -> Iterator[tuple[str | None, Peek]]:
    """The beginning of a text, or of every sheet of a workbook."""
    if not leaf.is_workbook:
        if not _is_binary(leaf.path):
            yield None, Peek(tuple(_first_lines(leaf)), is_sheet=False, name=leaf.name)
        return
    with Workbook(leaf.path, leaf.place) as book:
        for sheet in book.sheets:
            rows = islice(book.rows(sheet), PEEK_LINES)
            yield sheet, Peek(tuple("\t".join(row) for row in rows), is_sheet=True, name=leaf.name)


def _first_lines(leaf: Leaf) -> list[str]:
    lines: list[str] = []
    size = 0
    try:
        for block in clean_blocks(leaf.path):
            lines += block[:PEEK_BYTES].decode("utf-8", "replace").split("\n")[: PEEK_LINES - len(lines)]
            size += len(block)
            if len(lines) >= PEEK_LINES or size >= PEEK_BYTES:
                break
    except InputRefused as error:
        raise InputRefused(error.what, where=leaf.place, why=error.why, mend=error.mend) from error
    return lines


def _is_binary(path: Path) -> bool:
    """True for a file that is no text: it has null bytes, and no byte order mark that explains them."""
    with path.open("rb") as source:
        first = source.read(4096)
    return b"\0" in first and not first.startswith((b"\xff\xfe", b"\xfe\xff"))


def _add(
    batches: dict[tuple[str, str | None, int | None], Batch], leaf: Leaf, find: _Find, wanted: Wanted
) -> None:
    """Put one recognised file into the edition that it belongs to."""
    importer = find.importer
    facts = importer.named(leaf.names) if wanted.period is None else _facts_despite_period(importer, leaf)
    variant = _variant(leaf, find, facts, wanted)
    period = _period(leaf, find, facts, wanted)
    table = importer.tables[variant].name
    part = Part(leaf, find.recognised.layout, facts.part if importer.takes_parts else None, find.sheet)
    key = (table if importer.needs_period else f"{table} {leaf.place}", period, facts.revision)
    batch = batches.setdefault(
        key,
        Batch(
            importer,
            table,
            variant,
            None if period is None else Period.parse(period),
            facts.revision,
            find.recognised.published,
        ),
    )
    batch.parts.append(part)


def _facts_despite_period(importer: Importer, leaf: Leaf) -> NameFacts:
    """Name facts when the user named the period: names that contradict each other on it do not matter."""
    try:
        return importer.named(leaf.names)
    except InputRefused:
        return importer.named(leaf.names[:1])


def _variant(leaf: Leaf, find: _Find, facts: NameFacts, wanted: Wanted) -> str:
    """Key into the importer's tables: from the content, else from the user, else from the name."""
    tables = find.importer.tables
    if "*" in tables:
        return "*"
    told = find.recognised.variant
    prefix = "medicaid_" if facts.medicaid else ""
    asks = [setting for setting in SETTINGS if prefix + setting in tables]
    if not set(SETTINGS) & set(tables):
        if told is None or told not in tables:
            raise InputRefused(
                f"which of the tables of {find.importer.title} it is cannot be told", where=leaf.place
            )
        return told
    for source, other in (("its name", facts.setting), ("--setting", wanted.setting)):
        if told is not None and other is not None and other != told:
            raise InputRefused(
                f"its content is the {told} table but {source} says {other}",
                where=leaf.place,
                mend="Check which file it is; the content decides once name and option do not contradict it",
            )
    if wanted.setting is not None and facts.setting not in (None, wanted.setting):
        raise InputRefused(
            f"its name says that it is the {facts.setting} table but --setting says {wanted.setting}",
            where=leaf.place,
            why="Edits under the wrong setting would be held against claims that they are not for",
            mend="Leave --setting out; if the name is wrong, rename the file",
        )
    setting = told or wanted.setting or facts.setting
    if setting is None:
        raise InputRefused(
            f"neither content nor name tells whose {find.importer.title} these are",
            where=leaf.place,
            mend=f"Say --setting {' or --setting '.join(asks)}",
        )
    variant = prefix + setting
    if variant not in tables:
        raise InputRefused(
            f"there is no table of {find.importer.title} for {variant.replace('_', ' ')}",
            where=leaf.place,
            mend=f"Say --setting {' or --setting '.join(asks)}",
        )
    return variant


def _period(leaf: Leaf, find: _Find, facts: NameFacts, wanted: Wanted) -> str | None:
    """Label of the period. Raises InputRefused when name and content contradict each other, or neither tells."""
    if wanted.period is not None:
        asked = Period.parse(wanted.period)
        if find.importer.periods and asked.kind not in find.importer.periods:
            raise UsageError(
                f"--edition {wanted.period}: {find.importer.title} are not published for a {asked.kind}",
                where=leaf.place,
                mend=f"Name a {' or a '.join(find.importer.periods)}",
            )
        return asked.label
    told = find.recognised.period
    if told is not None and facts.period is not None and told != facts.period:
        raise InputRefused(
            f"its content is of {told} but its name says {facts.period}",
            where=leaf.place,
            why="A table under the wrong period answers for dates that it knows nothing of",
            mend=f"Check which file it is; then say --edition {told} or --edition {facts.period}",
        )
    period = told or facts.period
    if period is None and find.importer.needs_period:
        raise InputRefused(
            f"neither content nor name tells the period of these {find.importer.title}",
            where=leaf.place,
            why="A table answers only for the dates of its edition",
            mend="Keep the name that CMS gave the file, or say --edition, for example --edition 2024Q3",
        )
    return period


def _settle_parts(batch: Batch) -> list[str]:
    """Order a batch's parts and leave each number once; returns what was left out. Raises InputRefused."""
    skipped: list[str] = []
    kept: dict[int | None, Part] = {}
    for part in sorted(batch.parts, key=lambda p: (p.layout == "xlsx", p.leaf.place)):
        rival = kept.get(part.number)
        if rival is None:
            kept[part.number] = part
        elif _is_same(part, rival):
            skipped.append(f"{part.leaf.place}: the same part as {rival.leaf.place}")
        else:
            raise InputRefused(
                f"two different files are the same part of {batch.table} {_label(batch)}: "
                f"{rival.leaf.place} and {part.leaf.place}",
                mend="Import one of them now, and the other in a second command if it is a later publication",
            )
    numbers = sorted(number for number in kept if number is not None)
    if numbers and None in kept:
        raise InputRefused(
            f"{kept[None].leaf.place} is a whole table of {_label(batch)} but numbered parts of it came too",
            mend="Import either the parts or the whole",
        )
    missing = [f"f{number}" for number in range(1, numbers[-1] + 1) if number not in kept] if numbers else []
    if missing:
        raise InputRefused(
            f"part {', '.join(missing)} of {batch.table} {_label(batch)} is missing",
            where=kept[numbers[0]].leaf.place,
            why="An edition that lacks a part would pass claims that it should question",
            mend="Give all parts f1, f2, ... in one command",
        )
    batch.parts = [kept[number] for number in sorted(kept, key=lambda n: n or 0)]
    return skipped


def _is_same(part: Part, rival: Part) -> bool:
    """Whether two files are one table twice: byte for byte, or in two layouts that CMS put into one archive."""
    if part.layout != rival.layout and part.leaf.given.sha256 == rival.leaf.given.sha256:
        return True
    return part.leaf.path.read_bytes() == rival.leaf.path.read_bytes()


def _label(batch: Batch) -> str:
    return batch.period.label if batch.period else ""


def _unknown(leaf: Leaf) -> InputRefused:
    kinds = ", ".join(importer.title for importer in IMPORTERS)
    with leaf.path.open("rb") as source:
        beginning = source.read(4096).lstrip().lower()
    if beginning.startswith((b"<!doctype html", b"<html", b"<head")):
        return InputRefused(
            "this is a web page and not a table",
            where=leaf.place,
            why="CMS's licence page, or a page that asks for a password, was saved under the file's name",
            mend="Open the address in a browser, accept what is asked, and save the file itself",
        )
    first = beginning.split(b"\n", 1)[0]
    if first.count(b";") > max(3, first.count(b","), first.count(b"\t")):
        return InputRefused(
            "its columns are separated by semicolons, which no published table has",
            where=leaf.place,
            mend="Give the file as it was downloaded, or save it as CSV with commas",
        )
    looks = name_facts(leaf.names[:1], lambda _: ())
    named = " although its name is that of a CMS edit file" if looks.setting or looks.part else ""
    return InputRefused(
        f"this is no table known here{named}",
        where=leaf.place,
        why=f"Known by their content are: {kinds}",
        mend="Check that the file is the one CMS publishes, whole and unedited",
    )
