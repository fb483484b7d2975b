"""From files of any kind to editions: what each is, which table and quarter, which parts belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from auditor.base.dates import quarter_bounds
from auditor.base.errors import InputRefused, UsageError
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
    """What the user said of the files: quarter (2024Q3) and setting, each None when left to the files."""

    quarter: str | None = None
    setting: str | None = None

    def __post_init__(self) -> None:
        if self.quarter is not None:
            try:
                quarter_bounds(self.quarter)
            except ValueError as error:
                raise UsageError(f"--edition {self.quarter}: {error}") from error
        if self.setting is not None and self.setting not in SETTINGS:
            raise UsageError(f"--setting {self.setting} is none of {', '.join(SETTINGS)}")


@dataclass
class Batch:
    """The parts of one edition: which importer lays them out, and as what."""

    importer: Importer
    table: str
    setting: str | None
    quarter: str | None
    revision: int | None
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
    for one whose quarter or setting neither content, name nor user tells, and for missing or double parts.
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
    for batch in batches.values():
        skipped += _settle_parts(batch)
    return Sorted(tuple(batches.values()), tuple(skipped))


def _recognise(leaf: Leaf) -> _Find | None:
    for sheet, peek in _peeks(leaf):
        for importer in IMPORTERS:
            recognised = importer.recognise(peek)
            if recognised is not None:
                return _Find(importer, recognised, sheet)
    return None


def _peeks(leaf: Leaf) -> Iterator[tuple[str | None, Peek]]:
    """The beginning of a text, or of every sheet of a workbook."""
    if not leaf.is_workbook:
        if not _is_binary(leaf.path):
            yield None, Peek(tuple(_first_lines(leaf)), is_sheet=False)
        return
    with Workbook(leaf.path, leaf.place) as book:
        for sheet in book.sheets:
            rows = islice(book.rows(sheet), PEEK_LINES)
            yield sheet, Peek(tuple("\t".join(row) for row in rows), is_sheet=True)


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
    facts = name_facts(leaf.names) if wanted.quarter is None else _facts_despite_quarter(leaf)
    if facts.medicaid and find.importer.family.startswith("ncci_"):
        raise InputRefused(
            "its name says that it is a Medicaid table, which cannot be imported yet",
            where=leaf.place,
            why="Medicaid's edits differ from Medicare's and must not answer for them",
        )
    setting = _setting(leaf, find, facts, wanted)
    quarter = _quarter(leaf, find, facts, wanted)
    table = find.importer.settings[setting]
    part = Part(leaf, find.recognised.layout, facts.part if find.importer.takes_parts else None, find.sheet)
    key = (table if find.importer.needs_quarter else leaf.place, quarter, facts.revision)
    batch = batches.setdefault(
        key,
        Batch(find.importer, table, None if setting == "*" else setting, quarter, facts.revision),
    )
    batch.parts.append(part)


def _facts_despite_quarter(leaf: Leaf) -> NameFacts:
    """Name facts when the user named the quarter: names that contradict each other on it do not matter."""
    try:
        return name_facts(leaf.names)
    except InputRefused:
        return name_facts(leaf.names[:1])


def _setting(leaf: Leaf, find: _Find, facts: NameFacts, wanted: Wanted) -> str:
    """Key into the importer's settings: from the content, else from the user, else from the name."""
    settings = find.importer.settings
    if "*" in settings:
        return "*"
    told = find.recognised.setting
    for source, other in (("its name", facts.setting), ("--setting", wanted.setting)):
        if told is not None and other is not None and other != told:
            raise InputRefused(
                f"its content is the {told} table but {source} says {other}",
                where=leaf.place,
                mend="Check which file it is; the content decides once name and option do not contradict it",
            )
    setting = told or wanted.setting or facts.setting
    if setting is None:
        raise InputRefused(
            f"neither content nor name tells whose {find.importer.title} these are",
            where=leaf.place,
            mend=f"Say --setting {' or --setting '.join(settings)}",
        )
    if setting not in settings:
        raise InputRefused(
            f"there is no table of {find.importer.title} for {setting}",
            where=leaf.place,
            mend=f"Say --setting {' or --setting '.join(settings)}",
        )
    return setting


def _quarter(leaf: Leaf, find: _Find, facts: NameFacts, wanted: Wanted) -> str | None:
    if not find.importer.needs_quarter:
        return wanted.quarter
    quarter = wanted.quarter.upper() if wanted.quarter is not None else facts.quarter
    if quarter is None:
        raise InputRefused(
            f"neither content nor name tells the quarter of these {find.importer.title}",
            where=leaf.place,
            why="An edit table answers only for the dates of its edition",
            mend="Keep the name that CMS gave the file, or say --edition, for example --edition 2024Q3",
        )
    return quarter


def _settle_parts(batch: Batch) -> list[str]:
    """Order a batch's parts and leave each number once; returns what was left out. Raises InputRefused."""
    skipped: list[str] = []
    kept: dict[int | None, Part] = {}
    for part in sorted(batch.parts, key=lambda p: (p.layout == "xlsx", p.leaf.place)):
        rival = kept.get(part.number)
        if rival is None:
            kept[part.number] = part
        elif part.layout != rival.layout or part.leaf.path.read_bytes() == rival.leaf.path.read_bytes():
            skipped.append(f"{part.leaf.place}: the same part as {rival.leaf.place}")
        else:
            raise InputRefused(
                f"two different files are the same part of {batch.table} {batch.quarter}: "
                f"{rival.leaf.place} and {part.leaf.place}",
                mend="Import one of them now, and the other in a second command if it is a later publication",
            )
    numbers = sorted(number for number in kept if number is not None)
    if numbers and None in kept:
        raise InputRefused(
            f"{kept[None].leaf.place} is a whole table of {batch.quarter} but numbered parts of it came too",
            mend="Import either the parts or the whole",
        )
    missing = [f"f{number}" for number in range(1, numbers[-1] + 1) if number not in kept] if numbers else []
    if missing:
        raise InputRefused(
            f"part {', '.join(missing)} of {batch.table} {batch.quarter} is missing",
            where=kept[numbers[0]].leaf.place,
            why="An edition that lacks a part would pass claims that it should question",
            mend="Give all parts f1, f2, ... in one command",
        )
    batch.parts = [kept[number] for number in sorted(kept, key=lambda n: n or 0)]
    return skipped


def _unknown(leaf: Leaf) -> InputRefused:
    kinds = ", ".join(importer.title for importer in IMPORTERS)
    looks = name_facts(leaf.names[:1])
    named = " although its name is that of a CMS edit file" if looks.setting or looks.part else ""
    return InputRefused(
        f"this is no table known here{named}",
        where=leaf.place,
        why=f"Known by their content are: {kinds}",
        mend="Check that the file is the one CMS publishes, whole and unedited",
    )
