"""Sets the findings of a run beside those of the twin."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq

from .brute_force import Key, Share, counted, exposures, key_of
from .findings import STRATA, Finding

SHOWN = 12
NOT_HERE = frozenset({"PTP-09"})
"""Rules of the three families that the twin leaves out: it looks at one physician's lines, not at two colleagues'."""
RULES_NOT_HERE = frozenset({"NCCI-AOC-007", "NCCI-AOC-008"})
"""Of add-on codes whose primary may bear another date (see ``addons.ON_OTHER_DATES``)."""
K = TypeVar("K")


def read_findings(run: Path) -> list[dict[str, Any]]:
    """The rows of findings.parquet, but for those of rules that the twin leaves out."""
    rows: list[dict[str, Any]] = pq.read_table(run / "findings.parquet").to_pylist()
    return [
        row for row in rows if row["catalogue_id"] not in NOT_HERE and row["rule_id"] not in RULES_NOT_HERE
    ]


def differences(run: Path, twin: Sequence[Finding]) -> list[str]:
    """Every way in which the run and the twin disagree, in sentences; empty when they agree."""
    rows = read_findings(run)
    ours = [row for row in rows if row["family"] in STRATA and row["verdict"] in {"fail", "bypassed"}]
    report = multiset_difference(
        "finding", Counter(product_key(row) for row in ours), Counter(key_of(finding) for finding in twin)
    )
    failing = [row for row in ours if row["verdict"] == "fail"]
    report += value_difference(
        "exposure", {product_key(row): cents(row["exposure"]) for row in failing}, only_fails(exposures(twin))
    )
    report += value_difference(
        "counted exposure", *without_contested(rows, product_counted(failing), counted(twin))
    )
    report += [
        f"counted although at risk: {product_key(row)}"
        for row in failing
        if row["at_risk"] and row["exposure_counted"]
    ]
    expected_at_risk = {key_of(f) for f in twin if f.at_risk}
    report += multiset_difference(
        "at risk", Counter(product_key(r) for r in failing if r["at_risk"]), Counter(expected_at_risk)
    )
    return report


def product_key(row: Mapping[str, Any]) -> Key:
    """The key of a row of findings.parquet, in the twin's terms."""
    partner = None
    pair = row["family"] == "ptp"
    if pair:
        partners = [e for e in row["evidence"] if e["role"].replace("_", " ") == "column 1"]
        partner = (
            (partners[0]["claim_id"], partners[0]["line_no"]) if len(partners) == 1 else ("?", len(partners))
        )
    return Key(
        row["catalogue_id"],
        row["verdict"],
        row["class"] if row["verdict"] == "fail" else "",
        row["claim_id"],
        row["line_no"],
        partner,
        bool(row["split_claim"]) if pair else False,
    )


def product_counted(failing: Iterable[Mapping[str, Any]]) -> dict[Share, int]:
    """Counted cents a line, family and class."""
    shares: dict[Share, int] = defaultdict(int)
    for row in failing:
        share = Share(row["claim_id"], row["line_no"], row["family"], row["class"])
        shares[share] += cents(row["exposure_counted"])
    return {share: value for share, value in shares.items() if value}


def without_contested(
    rows: Iterable[Mapping[str, Any]], product: dict[Share, int], twin: dict[Share, int]
) -> tuple[dict[Share, int], dict[Share, int]]:
    """Both sides without lines on which a rule of another family, unknown to the twin, took dollars."""
    contested = {
        (row["claim_id"], row["line_no"])
        for row in rows
        if row["family"] not in STRATA and row["exposure_counted"]
    }
    return (
        {s: v for s, v in product.items() if (s.claim_id, s.line_no) not in contested},
        {s: v for s, v in twin.items() if (s.claim_id, s.line_no) not in contested},
    )


def only_fails(values: Mapping[Key, int]) -> dict[Key, int]:
    """Exposures of failing findings."""
    return {key: value for key, value in values.items() if key.verdict == "fail"}


def multiset_difference(what: str, product: Counter[Key], twin: Counter[Key]) -> list[str]:
    """What one side has and the other has not."""
    return [
        *(f"{what} of the product alone ({n}x): {key}" for key, n in (product - twin).items()),
        *(f"{what} of the twin alone ({n}x): {key}" for key, n in (twin - product).items()),
    ]


def value_difference(what: str, product: Mapping[K, int], twin: Mapping[K, int]) -> list[str]:
    """Cents that differ for the same key."""
    return [
        f"{what} differs, product {product.get(key, 0)} cents, twin {twin.get(key, 0)} cents: {key}"
        for key in product.keys() | twin.keys()
        if product.get(key, 0) != twin.get(key, 0)
    ]


def cents(value: Any) -> int:
    """DECIMAL(18,2) dollars as cents."""
    return int(value * 100) if value is not None else 0


def explain(report: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """The first differences, by kind, with the lines of the patients concerned (synthetic data only)."""
    kinds = Counter(line.split(":", 1)[0].split(" (", 1)[0].split(",", 1)[0] for line in report)
    shown = sorted(report)[:: max(1, len(report) // SHOWN)][:SHOWN]
    people = {row["claim_id"]: row.get("patient_id", "") for row in rows}
    concerned = {patient for claim, patient in people.items() if any(f"'{claim}'" in line for line in shown)}
    telling = [k for k in rows[0] if not k.startswith("dx") and len({row[k] for row in rows}) > 1]
    lines = [
        " ".join(f"{k}={row[k]}" for k in telling if row[k])
        for row in rows
        if row.get("patient_id", "") in concerned
    ]
    return "\n".join(
        [f"{len(report)} differences: {dict(kinds)}", *shown, "lines of these patients:", *lines[:60]]
    )
