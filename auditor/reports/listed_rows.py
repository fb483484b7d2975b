"""The rows of a Parquet file beside the findings, streamed in a stable order: superseded lines, the unmatched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from auditor.reports.database import connect, streamed

Row = TypeVar("Row")
_SOURCE: Final = "read_parquet($path, hive_partitioning = false)"


@dataclass(frozen=True, slots=True)
class ListedRows(Generic[Row]):
    """All rows of `path`, read batch by batch, so that their number does not bound memory; none where it is None.

    `select` asks the columns of `source` by name in the order of the report; `made` makes a row of them.
    """

    path: Path | None
    count: int
    select: str
    made: Callable[..., Row]

    def __iter__(self) -> Iterator[Row]:
        """Yield every row; two passes yield the same order."""
        return iter(()) if self.path is None else self._rows(self.path)

    def __len__(self) -> int:
        return self.count

    def _rows(self, path: Path) -> Iterator[Row]:
        for values in streamed(f"WITH source AS (FROM {_SOURCE}) {self.select}", path):
            yield self.made(*values)


def listed(path: Path, select: str, made: Callable[..., Row]) -> ListedRows[Row]:
    """The rows of the file at `path`; of a run that has no such file, none."""
    if not path.is_file():
        return ListedRows(None, 0, select, made)
    with connect() as con:
        found: Any = con.execute(f"SELECT count(*) FROM {_SOURCE}", {"path": str(path)}).fetchone()
    return ListedRows(path, int(found[0]), select, made)
