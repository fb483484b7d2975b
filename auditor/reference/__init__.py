"""Reference tables by edition: what CMS published, when, and for which service dates it answers."""

from __future__ import annotations

from auditor.reference.editions import Answer, Edition, ReferenceState, SourceFile, TableUsed
from auditor.reference.importing import ImportReport, import_files
from auditor.reference.store import Library, default_library

__all__ = [
    "Answer",
    "Edition",
    "ImportReport",
    "Library",
    "ReferenceState",
    "SourceFile",
    "TableUsed",
    "default_library",
    "import_files",
]
