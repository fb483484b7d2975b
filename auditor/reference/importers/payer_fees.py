"""Fees by which a payer pays, a list of the user's own (docs/own_tables.md).

Titles: payer_id, plan_id, code, modifier, setting, locality, amount, effective, ended, source. `amount` is dollars for
one unit. Blank: any plan, the whole service, either setting, any locality. For lines of a payer that stands here the
physician fee schedule is not asked; of several rows the one that says most decides: plan, then locality, then setting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from auditor.base.codes import HCPCS
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.own_list import DAYS, OwnListImporter
from auditor.reference.importers.titled import Column

_NAME = re.compile(r"\S(.{0,78}\S)?")
_MOST = Decimal(1_000_000)


class PayerFeesImporter(OwnListImporter):
    """Fees by payer and code."""

    title = "Fees of payers of the user"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "payer_fees",
            "Fees of payers",
            "rows",
            ("payer_id", "plan_id", "code", "modifier", "setting", "locality", "effective"),
            basis="official file",
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("payer_id", ("payerid",), "code", _NAME, needed=True),
            Column("plan_id", ("planid",), "code", _NAME, optional=True),
            Column("code", ("code",), "code", HCPCS, needed=True),
            Column("modifier", ("modifier",), "code", re.compile("26|TC|53"), optional=True),
            Column("setting", ("setting",), "code", re.compile("facility|non_facility"), optional=True),
            Column("locality", ("locality",), "code", re.compile(r"[A-Za-z0-9]{1,10}"), optional=True),
            Column("amount", ("amount",), "decimal", needed=True),
            *DAYS,
        )
    }
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"payerid", "code", "amount", "effective"}),)
    same: ClassVar[tuple[str, ...]] = ("payer_id", "plan_id", "code", "modifier", "setting", "locality")

    def row_fault(self, values: Mapping[str, object]) -> str | None:
        """An amount is above nothing, and in whole cents."""
        amount = values["amount"]
        if isinstance(amount, Decimal) and not 0 < amount < _MOST:
            return "amount is not above 0 and below 1,000,000"
        if isinstance(amount, Decimal) and amount * 100 != int(amount * 100):
            return "amount has parts of a cent"
        return super().row_fault(values)

    def finished(self, job: Job, staged: Staged) -> None:
        """The payers."""
        found = job.con.execute("SELECT count(DISTINCT payer_id) FROM staged").fetchall()
        staged.counts["payers"] = int(found[0][0])


IMPORTER = PayerFeesImporter()
