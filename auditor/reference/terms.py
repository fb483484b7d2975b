"""The AMA's terms for files with CPT codes: what the user agrees to, and the record that he did."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor.base.errors import InputRefused

_RECORD = "ama_terms.json"


@dataclass(frozen=True)
class Terms:
    """What the user agrees to, in our words; the licence itself stands behind the links."""

    text: str
    links: tuple[str, ...]

    @property
    def version(self) -> str:
        """SHA-256 of the words and links: when they change, acceptance is asked for anew."""
        return hashlib.sha256("\n".join((self.text, *self.links)).encode("utf-8")).hexdigest()


AMA_TERMS = Terms(
    "This file holds codes of CPT, Current Procedural Terminology. The American Medical Association (AMA) holds the "
    "copyright in CPT and the registered name. CMS lets the public download such files on conditions of the AMA, "
    "which stand at the first address below. In short they leave you the use inside your own organisation, for the "
    "programmes that CMS runs; to pass the codes on, to sell them or to build them into a product you need a "
    "licence of the AMA, whose page is the second address. By accepting you say that you have read these "
    "conditions and agree to them yourself, for your organisation. This program is no party to them and grants "
    "nothing; it drops the descriptions of CPT codes on import.",
    (
        "https://www.cms.gov/license/ama",
        "https://www.ama-assn.org/practice-management/cpt/ama-cpt-licensing-overview",
    ),
)


def terms_accepted(library: Path) -> bool:
    """True when the terms, in their present words, were accepted for this library."""
    try:
        record = json.loads((library / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.get("terms_sha256") == AMA_TERMS.version


def accept_terms(library: Path, now: datetime) -> None:
    """Record in the library's folder (`ama_terms.json`) that the user accepts the terms at `now`, a time with zone.

    Raises InputRefused when the folder cannot be written.
    """
    record = {
        "accepted_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "terms_sha256": AMA_TERMS.version,
        "links": list(AMA_TERMS.links),
    }
    beside = library / f".{_RECORD}.new"
    try:
        library.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        beside.replace(library / _RECORD)
    except OSError as error:
        raise InputRefused(
            "the acceptance of the AMA's terms cannot be recorded",
            where=library.name,
            why=error.strerror or "The system refused",
            mend="Name a folder that you may write to with --library",
        ) from error
