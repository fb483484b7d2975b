"""Laboratory panels and their components, a list of the user's own (docs/own_tables.md).

Titles: panel, component, effective, ended, source. One row a component. `components` is how many the panel has on the
row's first day, so that a rule can tell whether all of them were billed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from auditor.base.codes import HCPCS
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.own_list import DAYS, OwnListImporter
from auditor.reference.importers.restored import counted
from auditor.reference.importers.titled import Column


class PanelsImporter(OwnListImporter):
    """Panels with their components."""

    title = "Laboratory panels of the user"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "panels",
            "Laboratory panels and their components",
            "rows",
            ("panel", "component", "effective"),
            basis="official file",
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("panel", ("panel",), "code", HCPCS, needed=True),
            Column("component", ("component",), "code", HCPCS, needed=True),
            Column("components", (), "whole", optional=True),
            *DAYS,
        )
    }
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"panel", "component", "effective"}),)
    same: ClassVar[tuple[str, ...]] = ("panel", "component")

    def row_fault(self, values: Mapping[str, object]) -> str | None:
        """A panel is not its own component."""
        if values["panel"] == values["component"]:
            return "the component is the panel itself"
        return super().row_fault(values)

    def finished(self, job: Job, staged: Staged) -> None:
        """Count the components of each panel."""
        job.con.execute(
            "UPDATE staged SET components = (SELECT count(*) FROM staged o WHERE o.panel = staged.panel "
            "AND staged.effective BETWEEN o.effective AND coalesce(o.deleted, DATE '9999-12-31'))"
        )
        staged.counts |= counted(job, in_force="deleted IS NULL")


IMPORTER = PanelsImporter()
