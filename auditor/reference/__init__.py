"""Reference tables by edition: what CMS published, when, and for which service dates it answers."""

from __future__ import annotations

from auditor.reference.editions import Answer, Edition, ReferenceState, SourceFile, TableUsed
from auditor.reference.store import ImportReport, Library, default_library, import_files

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
