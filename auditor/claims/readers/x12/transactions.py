"""Which transactions an X12 file holds, by one fast look at its bytes: claims, remittances, others.

A file may hold several kinds; each reader takes its own. What follows ST tells the kind; whether there is anything to
read in it, the segments that only claims (CLM) or only remittances (CLP) have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from auditor.claims.readers.x12.delimiters import looks_like_x12
from auditor.claims.sources.intake import Source

CLAIMS_837, REMITTANCES_835 = "837", "835"
NAMES: Mapping[str, str] = {
    "834": "enrolment", "820": "premium payments", "999": "acknowledgements", "997": "acknowledgements",
    "277": "claim status", "276": "claim status requests", "270": "eligibility inquiries", "271": "eligibility answers",
    "278": "authorisations", "275": "attachments", "864": "messages", "824": "application advice",
}  # fmt: skip
"""What transactions that are neither claims nor remittances hold."""
_HEAD_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 22
_SEAM = 64
_MARK = rb"([^A-Za-z0-9 \r\n]{1,4}?)"
# Letters first: they are searched for fast. Small ones are rare and looked for where there are no capitals.
_TRANSACTION, _TRANSACTION_SMALL = (
    re.compile(name + _MARK + rb"([0-9]{3})\1") for name in (b"ST", b"[Ss][Tt]")
)
_CLAIM, _CLAIM_SMALL, _PAYMENT, _PAYMENT_SMALL = (
    re.compile(n + _MARK + rb"()") for n in (b"CLM", b"(?i:CLM)", b"CLP", b"(?i:CLP)")
)


@dataclass(frozen=True)
class Kinds:
    """How many transactions of each kind (its number in ST01); `claims` and `remittances` say that some are there."""

    counts: Mapping[str, int]
    claims: bool
    remittances: bool

    def others(self) -> str:
        """The other kinds in words, as `834 (enrolment): 4`."""
        return in_words({k: n for k, n in self.counts.items() if k not in (CLAIMS_837, REMITTANCES_835)})


def in_words(counts: Mapping[str, int]) -> str:
    """Transactions by kind with what they hold, as `834 (enrolment): 4, 999 (acknowledgements): 1`."""
    named = (f"{kind} ({NAMES[kind]})" if kind in NAMES else kind for kind in sorted(counts))
    return ", ".join(f"{name}: {counts[kind]:,}" for name, kind in zip(named, sorted(counts), strict=True))


def kinds_of(source: Source) -> Kinds | None:
    """The kinds of transactions in `source`; None when its content is not X12."""
    if source.parquet:
        return None
    with source.path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not looks_like_x12(head.decode("utf-8", "replace")):
        return None
    status = source.path.stat()
    return _kinds(source.path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _kinds(path: Path, size: int, changed: int) -> Kinds:
    """The kinds in a file; two readers ask for them, so that they are kept."""
    counts = _search(path, _TRANSACTION) or _search(path, _TRANSACTION_SMALL)
    claims = _has(path, _CLAIM) or ((CLAIMS_837 in counts or not counts) and _has(path, _CLAIM_SMALL))
    payments = (
        REMITTANCES_835 in counts or _has(path, _PAYMENT) or (not counts and _has(path, _PAYMENT_SMALL))
    )
    return Kinds(counts, claims, payments)


def _has(path: Path, pattern: re.Pattern[bytes]) -> bool:
    return bool(_search(path, pattern, first=True))


def _search(path: Path, pattern: re.Pattern[bytes], first: bool = False) -> Counter[str]:
    """Segments that `pattern` begins, counted by its second group; with `first` the search ends at one."""
    found: Counter[str] = Counter()
    seam = b""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            text = seam + block
            for match in pattern.finditer(text):
                # What ends within the seam was found in the block before.
                if match.end() > len(seam) and _begins(text, match):
                    found[(match[2] or b"").decode()] += 1
                    if first:
                        return found
            seam = text[-_SEAM:]
    return found


def _begins(text: bytes, match: re.Match[bytes]) -> bool:
    """Whether a segment begins at `match`: it stands first, or after a line break or another mark than its own."""
    before = text[max(match.start() - 8, 0) : match.start()]
    bare = before.rstrip(b" \r\n")[-1:]
    return bare == b"" or before[-1:] in b"\r\n" or (not match[1].endswith(bare) and not bare.isalnum())
