"""The reference rows of a replay: the editions that the run used, and those of tables that only the change asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from duckdb import DuckDBPyConnection

from auditor.base.errors import InputRefused
from auditor.claims import Extent
from auditor.findings.manifest import plain
from auditor.pipeline import AuditOptions, library_of
from auditor.reference import Library, ReferenceState
from auditor.reference.tables import rules_table
from auditor.rules.pack_tables import attach_pack_tables
from auditor.rules.reading import columns_by_code, columns_by_npi, tables_read
from auditor.workbench.impact_change import Change
from auditor.workbench.impact_run import EarlierRun, answers_of, library_of_run, missing_editions


class RunLibrary:
    """The editions to answer: those of the run, or with ``accept`` those at hand where the run's are not.

    ``accepted`` tells which. Raises InputRefused (exit 3) where the run's are not at hand and that is not accepted.
    """

    def __init__(self, run: EarlierRun, change: Change, library: Path | None, *, accept: bool) -> None:
        self.options = AuditOptions(
            library=library,
            line_of_business=str(run.options.get("line_of_business") or "medicare"),
            as_of=run.as_of,
            carry_forward=frozenset(run.options.get("carry_forward") or ()),
        )
        self._run = run
        self._pack_tables = {
            spec.name: spec for side in (change.before, change.after) for spec in side.tables
        }.values()
        rules = (*change.before.rules, *change.after.rules)
        self._tables, self._by_code = tables_read(rules), columns_by_code(rules)
        self._by_npi = columns_by_npi(rules)
        self._new = self._tables - tables_read(change.before.rules)
        at_hand = library_of(self.options)
        own = library_of_run(run, at_hand, self._new)
        self.notes: list[str] = []
        self.accepted = own is None
        if own is None and not accept:
            lacking = missing_editions(run, at_hand)
            raise InputRefused(
                f"the editions of the run are not all in the library: {', '.join(lacking[:5])}",
                where=run.folder.name,
                why="other rows of the tables would be taken for the work of the change",
                mend="name the run's library with --library, or take the editions at hand for both sides with --accept",
            )
        if own is None:
            self.notes.append(
                "The editions at hand stand on both sides, for the run's are not all in the library."
            )
        self._at_hand = at_hand
        self._own: Library = at_hand if own is None else own

    def attach(self, extent: Extent, con: DuckDBPyConnection) -> ReferenceState:
        """Lay the reference rows before the replay. Raises InputRefused where they do not answer as they did."""
        for library in (self._own, self._at_hand):
            state = self._attach(library, extent, con)
            if self.accepted or self._answers_as_before(state):
                attach_pack_tables(con, self._pack_tables)
                return state
        raise InputRefused(
            "the library does not answer for the dates of the claims as it did in the run",
            where=self._run.folder.name,
            why="other rows of the tables would be taken for the work of the change",
            mend="audit the claims again, and name that run",
        )

    def _answers_as_before(self, state: ReferenceState) -> bool:
        """Whether the tables that the run asked answer for the dates for which they did then."""
        now = [plain(table) for table in state.tables if not self._is_new(plain(table))]
        was = [table for table in self._run.told["tables"] if not self._is_new(table)]
        return answers_of(now) == answers_of(was)

    def _is_new(self, table: Mapping[str, object]) -> bool:
        return {str(table["table"]), rules_table(str(table["table"]))} & self._new != set()

    def _attach(self, library: Library, extent: Extent, con: DuckDBPyConnection) -> ReferenceState:
        return library.attach(
            con,
            as_of=self.options.as_of,
            carry_forward=self.options.carry_forward,
            codes_from="claim_code",
            days=extent.days,
            medicaid=extent.is_medicaid,
            tables=self._tables,
            by_code=self._by_code,
            by_npi=self._by_npi,
            npis_from="claim_npi",
        )
