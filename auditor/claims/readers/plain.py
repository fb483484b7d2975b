"""The plain claims file: CSV or Parquet, one row a claim line, any known header names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from auditor.claims.feed import ReadOptions
from auditor.claims.mapping.column_map import as_column_map
from auditor.claims.mapping.headers import map_headers, require_needed
from auditor.claims.readers.first_look import ROWS, refuse_unlike
from auditor.claims.readers.interface import CLAIMS, Staged
from auditor.claims.readers.table import head_rows, outline, stage_table
from auditor.claims.sources import sniff
from auditor.claims.sources.intake import Source


class PlainReader:
    """Reads whatever has headers for the needed fields."""

    name = "plain"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """Always claims: it is the last to be asked, and says which columns are lacking."""
        return CLAIMS

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """See `Reader.stage`."""
        said = as_column_map(options.column_map)
        table = outline(con, source, said)
        header_map = map_headers(table.headers, said, source.name)
        if not said:
            sniff.refuse_known_layouts(table.headers, source.name)
        require_needed(header_map, table.headers, source.name)
        if table.dialect is not None:
            refuse_unlike(head_rows(source, table, ROWS), header_map, source.name)
        layout = "parquet" if source.parquet else "csv"
        return stage_table(con, source, table, header_map, layout, workspace)
