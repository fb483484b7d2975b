"""Each provider's rate of findings beside that of the others: what the funnel of a report is drawn from.

The rate is of distinct audited lines with a potential overpayment (claims-evident or record needed) among all audited
lines of the provider. Limits are those of :mod:`auditor.profiles.funnel`: exact for small numbers, widened by how much
providers differ anyhow. Position only: a provider outside of them is one to look at first, and no more is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from auditor.findings.model import LINE_KEY
from auditor.reports.database import connect
from auditor.reports.rows import SECTION_SQL

LEAST_LINES: Final = 20
"""Providers with fewer audited lines are counted and not drawn: their rate says nothing."""
LEAST_PROVIDERS: Final = 5
LIMIT: Final = 3.0
"""The control limit in standard deviations."""
_CURVE: Final = 48
_NPI: Final = "coalesce(nullif(rendering_npi, ''), nullif(billing_npi, ''), '')"


@dataclass(frozen=True, slots=True)
class Peer:
    """A provider: audited lines, those with a finding, and whether the rate lies above the limit."""

    npi: str
    specialties: tuple[str, ...]
    lines: int
    found: int
    above: bool

    @property
    def rate(self) -> float:
        """Lines with a finding among the lines audited."""
        return self.found / self.lines


@dataclass(frozen=True, slots=True)
class Peers:
    """All providers with enough lines, by falling distance; `curve` is (lines, lower, upper) of the limits."""

    providers: tuple[Peer, ...] = ()
    too_few: int = 0
    found: int = 0
    lines: int = 0
    curve: tuple[tuple[int, float, float], ...] = ()

    @property
    def above(self) -> tuple[Peer, ...]:
        """Those above the upper limit."""
        return tuple(peer for peer in self.providers if peer.above)


def peers(findings: Path, providers: Path) -> Peers:
    """Providers of ``providers.parquet`` with their findings; empty for an older run or too few providers."""
    if not providers.is_file():
        return Peers()
    with connect() as con:
        rows: list[tuple[Any, ...]] = con.execute(
            f"""WITH billed AS (SELECT npi, sum(lines) AS lines,
                    list_sort(list(DISTINCT specialty) FILTER (specialty <> '')) AS specialties
                FROM read_parquet($providers, hive_partitioning = false) WHERE npi <> '' GROUP BY npi),
            found AS (SELECT {_NPI} AS npi, count(DISTINCT ({LINE_KEY})) AS found
                FROM read_parquet($findings, hive_partitioning = false)
                WHERE claim_id IS NOT NULL AND {SECTION_SQL} IN ('over_definite', 'over_probable') GROUP BY 1)
            SELECT npi, coalesce(specialties, []), lines, least(coalesce(found, 0), lines)
            FROM billed LEFT JOIN found USING (npi) ORDER BY npi""",
            {"providers": str(providers), "findings": str(findings)},
        ).fetchall()
    large = [row for row in rows if row[2] >= LEAST_LINES]
    if len(large) < LEAST_PROVIDERS:
        return Peers(too_few=len(rows))
    from auditor.profiles import funnel  # loads numerical libraries, which an empty report does without

    found, lines = [int(row[3]) for row in large], [int(row[2]) for row in large]
    standing = funnel.standings(found, lines, z=LIMIT)
    made = [
        Peer(npi, tuple(specialties), count, hits, at.outside)
        for (npi, specialties, _, _), count, hits, at in zip(large, lines, found, standing, strict=True)
    ]
    score = {peer.npi: at.figures["score"] for peer, at in zip(made, standing, strict=True)}
    made.sort(key=lambda peer: (-score[peer.npi], peer.npi))
    share = sum(found) / sum(lines)
    spread = sorted(at.figures["overdispersion"] for at in standing)[len(standing) // 2]
    return Peers(
        providers=tuple(made),
        too_few=len(rows) - len(large),
        found=sum(found),
        lines=sum(lines),
        curve=_curve(share, spread, min(lines), max(lines)),
    )


def _curve(share: float, spread: float, least: int, most: int) -> tuple[tuple[int, float, float], ...]:
    """The limits over the sizes at hand, spaced as the chart spaces them, evenly in the logarithm.

    Exact as those that providers are judged by, but around the share of all: each is judged against the others alone.
    """
    import numpy as np

    from auditor.profiles import funnel

    sizes = sorted(
        {round(math.exp(math.log(least) + n / (_CURVE - 1) * math.log(most / least))) for n in range(_CURVE)}
    )
    bounded = min(max(share, 0.5 / most), 1 - 0.5 / most)
    mean, between, none = np.full(len(sizes), bounded), np.full(len(sizes), spread**2), [0] * len(sizes)
    high = funnel.judged(sizes, sizes, mean, between, len(sizes), z=LIMIT, side="above")
    low = funnel.judged(none, sizes, mean, between, len(sizes), z=LIMIT, side="below")
    return tuple(
        (size, max(0.0, below.peer_limit), min(1.0, above.peer_limit))
        for size, below, above in zip(sizes, low, high, strict=True)
    )
