"""Lists that a user makes by hand, for want of a file of CMS in a form that can be read: docs/own_tables.md.

Unlike the files of CMS they are imported whole or not at all: the first bad row is named by its line. Each row has
the first and the last day on which it holds (`effective`, `ended`, both inclusive; blank: no end) and, if wanted, a
`source`. A later import replaces the table (rows); days before the first row of all are not answered for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from auditor.base.errors import InputRefused
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Part, Staged
from auditor.reference.importers.titled import Column, TitledImporter

DAYS = (
    Column("source", ("source",), optional=True),
    Column("effective", ("effective",), "date", needed=True),
    Column("deleted", ("ended", "deleted"), "date", optional=True),
)


class OwnListImporter(TitledImporter):
    """A list of a user's own. `same`: the columns that must not meet twice on one day."""

    periods: ClassVar[tuple[PeriodKind, ...]] = ()
    same: ClassVar[tuple[str, ...]]

    def row_fault(self, values: Mapping[str, object]) -> str | None:
        """A row does not end before it begins."""
        begins, ends = values["effective"], values["deleted"]
        if isinstance(begins, date) and isinstance(ends, date) and ends < begins:
            return "ended is before effective"
        return None

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file. Raises InputRefused for the first bad row, with its line number."""
        staged = super().stage(job, parts)
        if staged.examples:
            first = staged.examples[0]
            raise _refused(parts[0], f", line {first.line}", first.reason)
        same = " AND ".join(f"a.{name} IS NOT DISTINCT FROM b.{name}" for name in self.same)
        ends = "coalesce({}.deleted, DATE '9999-12-31')"
        twice = job.con.execute(
            f"SELECT a.effective, {', '.join(f'a.{name}' for name in self.same)} FROM staged a JOIN staged b "
            f"ON {same} AND a.rowid < b.rowid AND a.effective <= {ends.format('b')} "
            f"AND b.effective <= {ends.format('a')} ORDER BY ALL LIMIT 1"
        ).fetchone()
        if twice is not None:
            named = " ".join(str(value) for value in twice[1:] if value is not None)
            raise _refused(parts[0], "", f"two rows of {named} are in force on one day")
        return staged


def _refused(part: Part, line: str, what: str) -> InputRefused:
    return InputRefused(
        what,
        where=f"{part.leaf.place}{line}",
        why="A list of your own is imported whole or not at all",
        mend="Mend the row and import the file again",
    )
