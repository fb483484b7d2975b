"""A finished audit as letters need it: its document, and for whom its folder was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from auditor.base.errors import InputRefused, UsageError
from auditor.reports.building import build_document
from auditor.reports.document import AuditDocument

INTERNAL: Final = "internal"
WITH_PSEUDONYMS: Final = ("external",)
PSEUDONYMS: Final = (
    "This document carries the substitute identifiers of a run made for an external reader; who made the run holds "
    "the key to them."
)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The document of a finished audit, and the profile it was made with."""

    document: AuditDocument
    profile: str
    counsel: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a document made from this folder must say of its identifiers."""
        return () if self.profile == INTERNAL else (PSEUDONYMS,)


def read_run_folder(folder: Path) -> RunFolder:
    """The audit in `folder`, its totals checked again.

    Raises InputRefused for a folder that holds no audit; UsageError for one that was made for a board, which holds
    nothing on single claims or providers; InternalCheckFailed when findings and run.json do not agree any more.
    """
    run = _run(folder)
    profile = profile_of(run)
    if profile != INTERNAL and profile not in WITH_PSEUDONYMS:
        raise UsageError(
            f"the audit was made with --profile {profile}",
            where=folder.name,
            why="such a folder holds no single claims, so no letter, memo, worksheet or extract can be made of it",
            mend="name the output folder of an audit made with --profile internal",
        )
    for name in ("findings.parquet", "set_aside.parquet"):
        if not (folder / name).is_file():
            raise InputRefused(
                f"there is no {name}",
                where=folder.name,
                why="the output folder of an audit has one",
                mend="name the whole folder that `auditor audit --out` wrote",
            )
    document = build_document(run, folder / "findings.parquet", folder / "set_aside.parquet")
    return RunFolder(document, profile, str(run.get("counsel_header") or ""))


def profile_of(run: Mapping[str, Any]) -> str:
    """For whom the run was made: what run.json says, `internal` where it says nothing."""
    told: Any = run.get("profile") or (run.get("options") or {}).get("profile") or INTERNAL
    return str(told.get("name", "")) if isinstance(told, Mapping) else str(told)


def _run(folder: Path) -> dict[str, Any]:
    try:
        told: Any = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or "run_id" not in told:
        raise InputRefused(
            "there is no run.json of an audit",
            where=folder.name,
            mend="name the folder that `auditor audit --out` wrote",
        )
    return told
