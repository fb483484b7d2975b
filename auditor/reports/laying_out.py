"""From the data of a run to the files of its reports, under its profile, and read back before anybody uses them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from auditor.base.pseudonyms import Pseudonyms, fresh_key
from auditor.reports.as_json import write_json
from auditor.reports.building import build_document
from auditor.reports.database import connect
from auditor.reports.dress import UNDRESSED, Dress
from auditor.reports.excel import write_xlsx
from auditor.reports.html import write_html
from auditor.reports.markdown import write_markdown
from auditor.reports.profile import EXTERNAL, INTERNAL
from auditor.reports.profile_board import Cells, cells_of, for_board
from auditor.reports.profile_external import limited_data_set
from auditor.reports.profile_files import emptied
from auditor.reports.reading_back import read_back
from auditor.reports.sealing import seal_in_place
from auditor.reports.trend import trend_against


def profiled(
    con: DuckDBPyConnection, folder: Path, run: Mapping[str, Any], profile: str, key: bytes | None
) -> tuple[dict[str, Any], Cells | None]:
    """Put the data of a run under a profile other than internal, while its claims still lie at hand in `con`.

    External: the files in `folder` and the run hold pseudonyms from here on. Board: both stay as they are until the
    document is made (:func:`lay_out`), and the patients behind each of its figures are counted. A `key` of None is a
    fresh one that nothing keeps.
    """
    pseudonyms = Pseudonyms(key or fresh_key())
    if profile == EXTERNAL:
        return limited_data_set(con, folder, run, pseudonyms), None
    return dict(run), cells_of(con, run, pseudonyms)


def lay_out(
    run: dict[str, Any],
    cells: Cells | None,
    folder: Path,
    templates: Path,
    *,
    files: bool = True,
    dress: Dress | None = None,
    previous: Path | None = None,
    password: str | None = None,
) -> dict[str, Any]:
    """Write the reports of a run into `folder` and return the content of its run.json.

    With `cells` (of the board profile) nothing is shown of fewer patients than may be, the files of rows are emptied,
    and what is returned holds aggregates only. Without `files` no report is written; `dress` is how they look.
    `previous` is the folder of an earlier audit that an internal report is compared with. With a `password` the
    workbook is encrypted, once it was read back; its bytes are then others each time. Raises InternalCheckFailed when
    figures of the run, the document and what was written differ.
    """
    document = build_document(run, folder / "findings.parquet", folder / "set_aside.parquet")
    if cells is not None:
        document, run = for_board(document, run, cells, folder)
        with connect() as con:
            emptied(con, folder)
    if files:
        look = dress or UNDRESSED
        write_html(document, folder / "audit.html", templates, look.templates, look.theme)
        comparable = previous if document.profile.name == INTERNAL else None  # others have no ids to compare
        trend = trend_against(comparable, run, folder / "findings.parquet")
        write_xlsx(document, folder / "audit.xlsx", trend=trend, theme=look.theme)
        write_markdown(document, folder / "audit.md")
        write_json(document, folder / "audit.json")
        read_back(document, folder)
        if password is not None:
            seal_in_place(folder / "audit.xlsx", password)
    return run
