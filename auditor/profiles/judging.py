"""Which providers stand out, by whichever method a rule names; and why the others were not judged.

Counts, by name: ``eligible`` providers, ``evaluated``, ``marked``; ``few_lines`` below ``min_n``; ``few_peers`` below
``min_peers``; ``few_levels`` whose mix has not two levels left; ``no_peer_row`` without a row in the table of peers;
``no_peer_table`` where the table is not there, or lacks a column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from auditor.profiles import beta_binomial, chi_square, funnel, percentile
from auditor.profiles.discoveries import benjamini_hochberg
from auditor.profiles.peer_table import PeerRow, peer_table
from auditor.profiles.shares import SCALE, ProviderShare, totals
from auditor.profiles.standing import Standing
from auditor.rules import model as m
from auditor.rules.benchmark_words import counted_in

LEAST_PEERS = 2
"""Others without which nothing is judged, whatever a rule says."""
MIX_TOTAL = (0.98, 1.02)
"""Shares by code must add up to this much, for published figures are rounded."""


@dataclass(frozen=True)
class Judged:
    """A provider that was judged. ``adjusted`` is its tail probability after control of false discoveries, if any."""

    share: ProviderShare
    standing: Standing
    row: PeerRow | None
    adjusted: float | None
    marked: bool


def judge(con: DuckDBPyConnection, rule_no: int, bench: m.Benchmark) -> tuple[list[Judged], dict[str, int]]:
    """All providers of a rule that could be judged, and the counts. Reads ``provider_count`` and the table of peers.

    False discoveries are controlled over all providers of the rule, its peer groups taken together.
    """
    counts = {"eligible": 0, "evaluated": 0, "marked": 0, "few_lines": 0, "few_peers": 0}
    groups: dict[tuple[str, ...], list[ProviderShare]] = defaultdict(list)
    for share in totals(con, rule_no):
        counts["eligible"] += 1
        if share.population < bench.min_n:
            counts["few_lines"] += 1
        else:
            groups[share.peers].append(share)
    if bench.table:
        told = _by_table(con, bench, groups, counts)
    else:
        told = []
        for shares in groups.values():
            if len(shares) - 1 < max(bench.min_peers, LEAST_PEERS):
                counts["few_peers"] += len(shares)
            else:
                told += _kept(shares, _among_peers(bench, shares), None, counts)
    counts["evaluated"] = len(told)
    judged = _controlled(bench, told)
    counts["marked"] = sum(item.marked for item in judged)
    return judged, counts


def reasons(bench: m.Benchmark, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Why providers were not judged, in words, and how many; only reasons that there are."""
    said = {
        "few_lines": f"fewer than {bench.min_n} {counted_in(bench)}",
        "few_peers": f"fewer than {bench.min_peers} peers",
        "few_levels": "fewer than two levels of which five lines are expected",
        "no_peer_row": f"table {bench.table} has no usable row for the peer group",
        "no_peer_table": f"table {bench.table} is not loaded, or lacks a column",
    }
    return [(words, counts[name]) for name, words in said.items() if counts.get(name)]


_Told = tuple[ProviderShare, Standing, PeerRow | None]


def _kept(
    shares: Sequence[ProviderShare],
    found: Sequence[Standing | None],
    row: PeerRow | None,
    counts: dict[str, int],
) -> list[_Told]:
    """Those of whom a standing could be told; the others are counted."""
    told = [(share, item, row) for share, item in zip(shares, found, strict=True) if item is not None]
    if len(told) < len(shares):
        counts["few_levels"] = counts.get("few_levels", 0) + len(shares) - len(told)
    return told


def _value(bench: m.Benchmark, share: ProviderShare) -> float:
    return share.numerator / (SCALE[bench.of] * share.population)


def _codes(bench: m.Benchmark, shares: Sequence[ProviderShare]) -> list[str]:
    return list(bench.levels) or sorted({code for share in shares for code in share.levels})


def _mix(share: ProviderShare, codes: Sequence[str]) -> list[int]:
    return [share.levels.get(code, 0) for code in codes]


def _among_peers(bench: m.Benchmark, shares: Sequence[ProviderShare]) -> Sequence[Standing | None]:
    """The providers of one group, each against the others."""
    x, n = [share.numerator for share in shares], [share.population for share in shares]
    if bench.method == "beta_binomial":
        return beta_binomial.standings(
            x, n, percentile=bench.percentile, certainty=bench.certainty, side=bench.side
        )
    if bench.method == "funnel":
        return funnel.standings(x, n, z=float(bench.z), side=bench.side)
    if bench.method == "percentile":
        values = [_value(bench, share) for share in shares]
        return percentile.standings(values, percentile=bench.percentile, side=bench.side)
    codes = _codes(bench, shares)
    mixes = [_mix(share, codes) for share in shares]
    return chi_square.standings(mixes, codes, min_effect=float(bench.min_effect))


def _by_table(
    con: DuckDBPyConnection,
    bench: m.Benchmark,
    groups: Mapping[tuple[str, ...], Sequence[ProviderShare]],
    counts: dict[str, int],
) -> list[_Told]:
    """The providers of every group against the row of the table for it."""
    table = peer_table(con, bench)
    counts |= {"no_peer_row": 0, "no_peer_table": 0}
    told: list[_Told] = []
    for group, shares in groups.items():
        row = None if table.lacks else table.row(group)
        if table.lacks:
            counts["no_peer_table"] += len(shares)
        elif row is None:
            counts["no_peer_row"] += len(shares)
        elif row.providers < max(bench.min_peers, LEAST_PEERS):
            counts["few_peers"] += len(shares)
        else:
            found = _against_row(bench, shares, row)
            if found is None:
                counts["no_peer_row"] += len(shares)
            else:
                told += _kept(shares, found, row, counts)
    return told


def _against_row(
    bench: m.Benchmark, shares: Sequence[ProviderShare], row: PeerRow
) -> Sequence[Standing | None] | None:
    """Providers of one group against published figures; None where the row lacks one or it cannot be one."""
    x, n = [share.numerator for share in shares], [share.population for share in shares]
    mean, sd = row.figures.get("mean"), row.figures.get("sd")
    if bench.method == "chi_square":
        codes = list(bench.levels) or sorted({*row.mix, *_codes(bench, shares)})
        mix = [row.mix.get(code, 0.0) for code in codes]
        if not MIX_TOTAL[0] <= sum(mix) <= MIX_TOTAL[1]:
            return None
        return [
            chi_square.judged(_mix(share, codes), mix, codes, row.providers, float(bench.min_effect))
            for share in shares
        ]
    if bench.method == "percentile":
        sides = {"above": (bench.percentile,), "below": (100 - bench.percentile,)}
        ends = sides.get(bench.side, (100 - bench.percentile, bench.percentile))
        limits = [row.figures.get(f"p{end}") for end in ends]
        if mean is None or limits[0] is None or limits[-1] is None or limits[0] > limits[-1]:
            return None
        low, high, many = limits[0], limits[-1], row.providers
        return [
            percentile.judged(_value(bench, share), mean, low, high, many, side=bench.side)
            for share in shares
        ]
    if mean is None or sd is None or not 0 < mean < 1 or not 0 < sd * sd < mean * (1 - mean):
        return None
    each = np.ones(len(shares))
    if bench.method == "funnel":
        return funnel.judged(
            x, n, mean * each, sd * sd * each, row.providers, z=float(bench.z), side=bench.side
        )
    a, b = beta_binomial.fit_moments(mean, sd)
    return beta_binomial.judged(
        x, n, a * each, b * each, row.providers,
        percentile=bench.percentile, certainty=bench.certainty, side=bench.side,
    )  # fmt: skip


def _controlled(bench: m.Benchmark, told: Sequence[_Told]) -> list[Judged]:
    """Mark those outside whose gap is wide enough and whose tail survives the control of false discoveries."""
    tails = [standing.tail for _, standing, _ in told]
    adjusted: list[float | None] = [None] * len(told)
    if told and all(tail is not None for tail in tails):
        adjusted = benjamini_hochberg(np.array(tails, dtype=np.float64)).tolist()
    return [
        Judged(
            share,
            standing,
            row,
            small,
            standing.outside and (small is None or small * 100 <= bench.fdr) and _wide(bench, standing),
        )
        for (share, standing, row), small in zip(told, adjusted, strict=True)
    ]


def _wide(bench: m.Benchmark, standing: Standing) -> bool:
    """Whether a share lies as many percentage points off the peers' mean as the rule asks."""
    points = round(abs(standing.value - standing.peer_mean) * 100, 9)  # 45% less 40% is not 5 in doubles
    return bench.min_gap == 0 or points >= float(bench.min_gap)
