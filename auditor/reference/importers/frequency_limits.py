"""How often a service is paid in a period, a list of the user's own (docs/own_tables.md).

Titles: family, code, limit, period, counts, effective, ended, source. Codes of one `family` share its limit. `limit`
is the number that is still paid in the `period`: `day`, `month`, `year` (of the calendar), `lifetime`, `30 days` or
`11 months` (before the day of service). `counts` is what is counted, `units` (where blank) or `services` (lines,
whatever their units). `period_days` and `period_months` are the numbers of a period of days or months, blank for the
others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from auditor.base.codes import HCPCS
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.own_list import DAYS, OwnListImporter
from auditor.reference.importers.titled import Column, Header

_PERIOD = re.compile(r"day|month|year|lifetime|([1-9]\d{0,3}) (days|months)")


class FrequencyLimitsImporter(OwnListImporter):
    """Limits by family of codes."""

    title = "Frequency limits of the user"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "frequency_limits",
            "Frequency limits",
            "rows",
            ("family", "code", "effective"),
            basis="official file",
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column(
                "family", ("family",), "code", re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}"), needed=True
            ),
            Column("code", ("code",), "code", HCPCS, needed=True),
            Column("limit_count", ("limit",), "whole", re.compile(r"\d{1,4}"), needed=True),
            Column("period", ("period",), "code", _PERIOD, needed=True),
            Column("period_days", (), "whole", optional=True),
            Column("period_months", (), "whole", optional=True),
            Column("counts", ("counts",), "code", re.compile("units|services"), optional=True),
            *DAYS,
        )
    }
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"family", "code", "limit", "period"}),)
    same: ClassVar[tuple[str, ...]] = ("family", "code")

    def finished(self, job: Job, staged: Staged) -> None:
        """The families."""
        found = job.con.execute("SELECT count(DISTINCT family) FROM staged").fetchall()
        staged.counts["families"] = int(found[0][0])

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        values = super()._typed(cells, header, wanted)
        if isinstance(values, dict):
            match = _PERIOD.fullmatch(str(values["period"]))
            number, unit = (match[1], match[2]) if match else (None, None)
            values["period_days"] = int(number) if number and unit == "days" else None
            values["period_months"] = int(number) if number and unit == "months" else None
            values["counts"] = values["counts"] or "units"
        return values


IMPORTER = FrequencyLimitsImporter()
