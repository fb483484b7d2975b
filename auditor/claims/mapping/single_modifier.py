"""How many modifiers a column called `Modifier` takes: several in a cell, or one, the others left out of the export.

Its name does not tell. Where no cell of a file holds two, a second may be missing on every line, and a finding that it
would lift must not be taken for sure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import duckdb

from auditor.claims.readers.interface import Staged

_TWO: Final = "[0-9A-Z]{2}[^0-9A-Z]*[0-9A-Z]{2}"


def settle(con: duckdb.DuckDBPyConnection, staged: Staged, file_no: int) -> Staged:
    """`staged`, whose rows stand in `claim_parsed`, with one column of modifiers where no cell holds a second."""
    if not staged.one_modifier:
        return staged
    row = con.execute(
        f"SELECT bool_or(regexp_matches(mod_text, '{_TWO}')) FROM claim_parsed WHERE file_no = {file_no}"
    ).fetchone()
    if row == (True,):
        return staged
    con.execute(f"UPDATE claim_parsed SET mods_truncated = true WHERE file_no = {file_no}")
    return replace(staged, modifier_columns=1)
