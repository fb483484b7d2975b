"""All tables that the library can hold, as their importers declare them."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.reference.importers import IMPORTERS
from auditor.reference.importers.interface import Table

TABLES: Mapping[str, Table] = {
    table.name: table for importer in IMPORTERS for table in importer.tables.values()
}
"""Stored tables by name."""


def rules_table(name: str) -> str:
    """The table of the rules that a stored table belongs to; its own name when no rule asks it."""
    return TABLES[name].rules_table or name
