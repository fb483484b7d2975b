"""Findings of class risk about a provider: a share that stands out among its peers. Position only, never dollars."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from auditor.findings.model import COLUMNS, PRIORITY, insert_rows
from auditor.profiles.beta_binomial import LEAST_PEERS, Position, positions
from auditor.profiles.shares import ProviderShare, totals
from auditor.rules import model as m

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Indicators:
    """Rows of ``finding`` by column, and by rule number how many providers were looked at, and why others were not."""

    rows: tuple[dict[str, object], ...]
    counts: dict[int, dict[str, int]]


def add_indicators(
    con: DuckDBPyConnection, rules: tuple[m.Rule, ...], skipped: frozenset[int]
) -> dict[int, dict[str, int]]:
    """Find indicators and append them to ``finding``; returns the counts. See :func:`find_indicators`."""
    found = find_indicators(rules, skipped, con)
    append(con, found)
    return found.counts


def append(con: DuckDBPyConnection, found: Indicators) -> None:
    """Append indicators to ``finding``."""
    if found.rows:
        names = ", ".join(f'"{name}"' for name in found.rows[0])
        insert_rows(con, f"finding ({names})", [tuple(row.values()) for row in found.rows])


def find_indicators(
    rules: tuple[m.Rule, ...], skipped: frozenset[int], con: DuckDBPyConnection
) -> Indicators:
    """The marked providers of every benchmark rule.

    Each provider with at least ``min_n`` lines is held against the others of its peer group that have as many, and
    only where these are at least ``min_peers`` (two in any case). Reads ``provider_count`` and nothing else. Counts, by
    rule number: providers eligible, evaluated and marked, and why the rest was not.
    """
    told: dict[int, dict[str, int]] = {}
    rows: list[dict[str, object]] = []
    for number, rule in enumerate(rules):
        if rule.benchmark is None or number in skipped:
            continue
        bench = rule.benchmark
        groups: dict[tuple[str, ...], list[ProviderShare]] = defaultdict(list)
        counts = {"eligible": 0, "evaluated": 0, "marked": 0, "few_lines": 0, "few_peers": 0}
        for share in totals(con, number):
            counts["eligible"] += 1
            if share.population < bench.min_n:
                counts["few_lines"] += 1
            else:
                groups[share.peers].append(share)
        before = len(rows)
        for shares in groups.values():
            if len(shares) - 1 < max(bench.min_peers, LEAST_PEERS):
                counts["few_peers"] += len(shares)
                continue
            counts["evaluated"] += len(shares)
            found = positions(
                [share.numerator for share in shares],
                [share.population for share in shares],
                percentile=bench.percentile,
                certainty=bench.certainty,
                fdr=bench.fdr,
            )
            rows += [
                _row(rule, share, position)
                for share, position in zip(shares, found, strict=True)
                if position.marked
            ]
        counts["marked"] = len(rows) - before
        told[number] = counts
    return Indicators(tuple(rows), told)


def _row(rule: m.Rule, share: ProviderShare, position: Position) -> dict[str, object]:
    key = "|".join([rule.id, *share.keys, *share.peers])
    values: dict[str, object] = {
        "finding_id": hashlib.sha256(key.encode()).hexdigest()[:16],
        "rule_id": rule.id,
        "rule_version": rule.version,
        "rule_hash": rule.hash,
        "catalogue_id": rule.catalogue_id,
        "split_claim": False,
        "family": rule.family,
        "verdict": "fail",
        "class": "risk",
        "severity": rule.severity,
        "direction": rule.exposure.direction,
        "line_of_business": share.line_of_business,
        "payer_id": share.payer_id,
        "billing_npi": share.billing_npi,
        "rendering_npi": share.provider,
        "exposure": 0,
        "exposure_as_processed": 0,
        "exposure_counted": 0,
        "evidence": [],
        "reference_rows": [],
        "citations": [
            {
                "document": c.document,
                "section": c.section,
                "revision": c.revision,
                "url": c.url,
                "verified": c.verified,
            }
            for c in rule.citations
            if not c.secondary
        ],
        "explanation": _explanation(rule, share, position),
        "record_needed": list(rule.record_needed),
        "root_cause": rule.root_cause,
        "premises": [f"{share.numerator} of {share.population} lines", f"{position.peers} peers"],
        "at_risk": True,
        "title": rule.title,
        "review_priority": PRIORITY[rule.severity],
        "stratum": rule.stratum,
    }
    assert set(values) - {"stratum"} <= set(COLUMNS)
    return values


def _explanation(rule: m.Rule, share: ProviderShare, position: Position) -> str:
    """The rule's template filled with the provider's figures; braces that name none of them stay as they are."""
    values = {
        "provider": share.provider,
        "keys": ", ".join(share.keys[1:]),
        "peer_group": ", ".join(share.peers),
        "numerator": f"{share.numerator:,}",
        "population": f"{share.population:,}",
        "share": f"{position.share:.1%}",
        "shrunken": f"{position.shrunken:.1%}",
        "peer_mean": f"{position.peer_mean:.1%}",
        "peer_limit": f"{position.peer_limit:.1%}",
        "peers": f"{position.peers:,}",
        "certainty": f"{position.certainty:.1%}",
        "percentile": str(rule.benchmark.percentile if rule.benchmark else ""),
    }
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), rule.explanation)
