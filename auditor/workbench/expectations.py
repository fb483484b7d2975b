"""What an inline case expects, held against what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

KEYS = frozenset("rule verdict class line provider exposure exposure_counted at_risk split_claim".split())
"""What an expectation may say; what it leaves out is not compared."""

_SHOWN = (
    "rule_id",
    "verdict",
    "class",
    "claim_id",
    "line_no",
    "rendering_npi",
    "exposure",
    "exposure_counted",
)


_PLACE = ("claim_id", "line_no", "rendering_npi")


def wanted(item: Mapping[str, Any]) -> dict[str, Any]:
    """An expectation as columns of a finding.

    It names a rule and either ``line: claim/line`` or ``provider``. Raises ValueError for an unknown key or when one of
    these is missing.
    """
    unknown = sorted(set(item) - KEYS)
    if unknown:
        raise ValueError(f"an expectation has no key {unknown[0]}")
    if "rule" not in item or ("line" in item) == ("provider" in item):
        raise ValueError("an expectation names a rule, and a line or a provider")
    columns: dict[str, Any] = {"rule_id": item["rule"], "verdict": item.get("verdict", "fail")}
    if "provider" in item:
        columns |= {"rendering_npi": item["provider"], "claim_id": None}
    else:
        claim, slash, line = str(item["line"]).rpartition("/")
        if not slash or not line.isdecimal():
            raise ValueError("a line is written claim/line, as in A/1")
        columns |= {"claim_id": claim, "line_no": int(line)}
    for name in ("class", "at_risk", "split_claim"):
        if name in item:
            columns[name] = item[name]
    for name in ("exposure", "exposure_counted"):
        if name in item:
            columns[name] = Decimal(item[name]).quantize(Decimal("0.01"))
    return columns


def difference(
    expected: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
    why: Callable[[Mapping[str, Any]], str] = lambda item: "",
) -> str:
    """What is missing or was not expected, in one sentence; empty when every finding is one of those expected.

    ``why`` tells of an expected finding why it is not there, as far as it knows; it is asked where the line has none.
    """
    left = list(found)
    # The fullest first: one that says less would else take the finding that another one needs.
    for item in sorted(expected, key=len, reverse=True):
        match = next((row for row in left if all(row[key] == value for key, value in item.items())), None)
        if match is None:
            told = f"expected {_told(item)}, found {'; '.join(_told(row) for row in left) or 'nothing'}"
            there = any(all(row[key] == item[key] for key in _PLACE if key in item) for row in left)
            reason = "" if there else why(item)
            return f"{told}: {reason}" if reason else told
        left.remove(match)
    if left:
        return f"found {'; '.join(_told(row) for row in left)}, which was not expected"
    return ""


def _told(row: Mapping[str, Any]) -> str:
    said = " ".join(str(row[key]) for key in _SHOWN if row.get(key) is not None)
    unjudged = row.get("verdict") == "not_evaluated" and row.get("reason")
    return f"{said} ({row['reason']})" if unjudged else said
