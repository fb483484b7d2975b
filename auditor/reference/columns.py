"""The columns of every stored table that a rule may ask under the table's own name, as their importers declare them.

Not among them: `effective` and `deleted`, which every row has; texts of the AMA and others that are kept on request
only; and the tables that the rules know under another name (`ncci_ptp`, `ncci_mue`, `ncci_aoc`, `coverage`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from auditor.reference.importers import IMPORTERS, icd10cm_tabular, nppes
from auditor.reference.importers.interface import Importer
from auditor.reference.importers.mpfs_layouts import RESTORED
from auditor.reference.importers.titled import TitledImporter

DAYS = frozenset({"effective", "deleted"})
_PTP = dict.fromkeys(("column_1", "column_2", "modifier_indicator", "rationale"), "VARCHAR")
_UNTITLED: Mapping[str, Mapping[str, str]] = {
    "icd10cm_notes": icd10cm_tabular.COLUMNS,
    "medicaid_ptp_dme": _PTP,
    "nppes": nppes.COLUMNS,
}
"""Of tables that are not read by the titles of their columns."""


@lru_cache(maxsize=1)
def own_columns() -> Mapping[str, Mapping[str, str]]:
    """Columns by table: name and SQL type, in the order of the file. Raises ValueError for a table without any."""
    found: dict[str, Mapping[str, str]] = {}
    for importer in IMPORTERS:
        for variant, table in importer.tables.items():
            if not table.rules_table:
                found[table.name] = MappingProxyType(_columns(importer, variant, table.name))
    return MappingProxyType(dict(sorted(found.items())))


def _columns(importer: Importer, variant: str, name: str) -> dict[str, str]:
    if isinstance(importer, TitledImporter):
        return {
            column.name: column.sql_type
            for column in importer.columns[variant]
            if not column.descriptor and column.name not in {*DAYS, RESTORED.name}
        }
    if name not in _UNTITLED:
        raise ValueError(f"the columns of {name} are not declared")
    return dict(_UNTITLED[name])
