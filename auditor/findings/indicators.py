"""Findings of class risk about a provider: a measure that stands out among its peers. Position only, never dollars."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from auditor.base.marks import PROVIDER, WORD, kind_of, mark
from auditor.findings.model import COLUMNS, PRIORITY, insert_rows
from auditor.profiles.judging import Judged, judge, reasons
from auditor.profiles.shares import SCALE
from auditor.rules import model as m
from auditor.rules.benchmark_words import counted_in, least_words, measure_words, method_words, peers_words

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_DOLLARS = ("charge", "allowed", "paid")


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
    rules: tuple[m.Rule, ...], skipped: frozenset[int], con: DuckDBPyConnection, *, marked: bool = False
) -> Indicators:
    """The marked providers of every benchmark rule.

    Each provider with at least ``min_n`` lines (patients, days) is held against the others of its peer group that have
    as many, where these are at least ``min_peers``, or against a row of the user's table of peers. Reads what
    ``profiles.shares`` counted, and that table. Counts by rule number, as ``profiles.judging`` names them. ``marked``:
    sentences name providers within marks, as ``Facts.marked`` has it.
    """
    told: dict[int, dict[str, int]] = {}
    rows: list[dict[str, object]] = []
    for number, rule in enumerate(rules):
        if rule.benchmark is None or number in skipped:
            continue
        judged, told[number] = judge(con, number, rule.benchmark)
        rows += [_row(rule, rule.benchmark, item, marked) for item in judged if item.marked]
    return Indicators(tuple(rows), told)


def not_evaluated(rule: m.Rule, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Why providers of a benchmark were not judged, in words, and how many, by its counts."""
    return reasons(rule.benchmark, counts) if rule.benchmark is not None else []


def _row(rule: m.Rule, bench: m.Benchmark, found: Judged, marked: bool) -> dict[str, object]:
    share, key = found.share, "|".join([rule.id, *found.share.keys, *found.share.peers])
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
        "direction": "neutral",
        "line_of_business": share.line_of_business,
        "payer_id": share.payer_id,
        "billing_npi": share.provider if bench.by[0] == "billing_npi" else share.billing_npi,
        "rendering_npi": share.provider if bench.by[0] in {"rendering_npi", "provider_id"} else None,
        "exposure": 0,
        "exposure_as_processed": 0,
        "exposure_counted": 0,
        "evidence": [],
        "reference_rows": _reference(bench, found),
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
        "explanation": _explanation(rule, bench, found, marked),
        "record_needed": list(rule.record_needed),
        "root_cause": rule.root_cause,
        "premises": _premises(bench, found),
        "at_risk": True,
        "title": rule.title,
        "review_priority": PRIORITY[rule.severity],
        "stratum": rule.stratum,
    }
    assert set(values) - {"stratum"} <= set(COLUMNS)
    return values


def _reference(bench: m.Benchmark, found: Judged) -> list[dict[str, object]]:
    """The row of the user's table of peers that the provider was held against."""
    if found.row is None:
        return []
    pairs = (*zip(bench.peers, found.share.peers, strict=True), *bench.table_rows)
    return [
        {
            "table": bench.table,
            "edition": found.row.edition,
            "key": " / ".join(f"{name} {value}" for name, value in pairs),
            "effective": found.row.effective,
            "deleted": found.row.deleted,
        }
    ]


def _premises(bench: m.Benchmark, found: Judged) -> list[str]:
    share, counted = found.share, counted_in(bench)
    whole = f"{share.population} {counted}"
    if bench.method != "chi_square" and bench.measure == "share":
        whole = f"{share.numerator} of {whole}"
    return [whole, f"{found.standing.peers} peers"]


def _explanation(rule: m.Rule, bench: m.Benchmark, found: Judged, marked: bool) -> str:
    """The rule's template filled with the provider's figures, and how they were judged."""
    values = _figures(bench, found)
    if marked:
        values["provider"] = mark(PROVIDER, values["provider"])
        keys = zip(bench.by[1:], found.share.keys[1:], strict=True)
        values["keys"] = ", ".join(mark(kind_of(name) or WORD, value) for name, value in keys)
    text = _PLACEHOLDER.sub(lambda at: values.get(at[1], at[0]), rule.explanation)
    edition = f", edition {found.row.edition}" if found.row is not None and found.row.edition else ""
    return (
        f"{text} Method: {method_words(bench)}. Peers: {values['peers']} of {peers_words(bench)}{edition}. "
        f"{least_words(bench)}"
    ).strip()


def _figures(bench: m.Benchmark, found: Judged) -> dict[str, str]:
    """What an explanation may name, as text (see ``rules.benchmark_words``)."""
    share, at, own = found.share, found.standing, found.standing.figures
    scale = SCALE[bench.of]
    values = {
        "provider": share.provider,
        "keys": ", ".join(share.keys[1:]),
        "peer_group": ", ".join(share.peers),
        "peer_source": peers_words(bench),
        "numerator": f"{share.numerator:,}" if scale == 1 else _measured(bench, share.numerator / scale),
        "population": f"{share.population:,}",
        "counted": counted_in(bench),
        "measure": measure_words(bench),
        "share": _measured(bench, at.value),
        "side": at.side,
        "peer_mean": _measured(bench, at.peer_mean),
        "peer_limit": _measured(bench, at.peer_limit),
        "peers": f"{at.peers:,}",
        "percentile": str(bench.percentile if at.side == "above" else 100 - bench.percentile),
        "min_n": f"{bench.min_n:,}",
        "min_peers": f"{bench.min_peers:,}",
        "min_effect": str(bench.min_effect),
        "fdr": f"{bench.fdr}%",
        "z": str(bench.z),
        "adjusted": "none" if found.adjusted is None else _chance(found.adjusted),
        "levels": "; ".join(
            f"{code} {own_share:.1%} (peers {peers_share:.1%})" for code, own_share, peers_share in at.levels
        ),
    }
    values |= {
        name: f"{own[name]:.1%}" for name in ("shrunken", "certainty", "overdispersion") if name in own
    }
    values |= {name: f"{own[name]:.2f}" for name in ("score", "statistic", "effect") if name in own}
    if "freedom" in own:
        values["freedom"] = f"{own['freedom']:.0f}"
    return values


def _measured(bench: m.Benchmark, value: float) -> str:
    """A measure in its unit: per cent of a share, dollars, else a number."""
    if bench.measure == "share":
        return f"{value:.1%}"
    return f"${value:,.2f}" if bench.of in _DOLLARS else f"{value:,.2f}"


def _chance(p: float) -> str:
    return "below 0.1%" if p < 0.001 else f"{p:.1%}"
