"""The plain claims file: CSV or Parquet, one row a claim line, any known header names."""

from __future__ import annotations

from pathlib import Path

import duckdb

from auditor.claims import sniff
from auditor.claims.feed import ReadOptions
from auditor.claims.headers import map_headers, require_needed
from auditor.claims.intake import Source
from auditor.claims.readers.interface import Staged
from auditor.claims.readers.table import outline, stage_table


class PlainReader:
    """Reads whatever has headers for the needed fields."""

    name = "plain"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> bool:
        """Always: it is the last to be asked, and says which columns are lacking."""
        return True

    def stage(
        self, con: duckdb.DuckDBPyConnection, source: Source, options: ReadOptions, workspace: Path
    ) -> Staged:
        """See `Reader.stage`."""
        table = outline(con, source)
        header_map = map_headers(table.headers, options.column_map, source.name)
        if not options.column_map:
            sniff.refuse_known_layouts(table.headers, source.name)
        require_needed(header_map, table.headers, source.name)
        layout = "parquet" if source.parquet else "csv"
        return stage_table(con, source, table, header_map, layout, workspace)
