"""Beta-binomial shrinkage of a share towards its peers (SAMPLING_AND_STATISTICS, section 4, methods 10 and 11).

Within a peer group the providers' true shares are taken to follow a beta distribution, fitted by the method of moments
to the observed counts (with each provider's own sampling error taken out). A provider's posterior is
Beta(x + a, n - x + b). It is marked when the posterior probability that its share lies above the peers' chosen
percentile is at least the wanted certainty, and when the tail probability of its count under the peers' beta-binomial
survives the Benjamini-Hochberg procedure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats  # type: ignore[import-untyped,unused-ignore]

MAX_STRENGTH = 10_000.0
"""Upper bound of a + b: peers that differ by no more than chance would otherwise give an infinite one."""


@dataclass(frozen=True)
class Position:
    """Where a provider stands. Shares are fractions of 1; ``tail`` and ``adjusted`` are probabilities."""

    share: float
    shrunken: float
    peer_mean: float
    peer_limit: float
    certainty: float
    tail: float
    adjusted: float
    peers: int
    marked: bool


def fit(counts: Sequence[int], sizes: Sequence[int]) -> tuple[float, float]:
    """Method-of-moments beta parameters (a, b) of shares ``counts / sizes``; sizes must be positive."""
    x, n = np.asarray(counts, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    mean = float(np.clip(x.sum() / n.sum(), 1e-6, 1 - 1e-6))
    weights = n / n.sum()
    spread = float((weights * (x / n - mean) ** 2).sum())
    chance = float((weights * mean * (1 - mean) / n).sum())
    between = spread - chance
    limit = mean * (1 - mean)
    strength = MAX_STRENGTH if between <= limit / (MAX_STRENGTH + 1) else limit / between - 1
    strength = min(max(strength, 1e-3), MAX_STRENGTH)
    return mean * strength, (1 - mean) * strength


def positions(
    counts: Sequence[int], sizes: Sequence[int], *, percentile: int, certainty: int, fdr: int
) -> list[Position]:
    """Positions of the providers of one peer group, in the order given.

    ``percentile`` (of the peers), ``certainty`` and ``fdr`` are percentages.
    """
    a, b = fit(counts, sizes)
    limit = float(stats.beta.ppf(percentile / 100, a, b))
    x, n = np.asarray(counts), np.asarray(sizes)
    above = stats.beta.sf(limit, x + a, n - x + b)
    tail = stats.betabinom.sf(x - 1, n, a, b)
    adjusted = benjamini_hochberg(np.asarray(tail, dtype=np.float64))
    return [
        Position(
            share=float(xi / ni),
            shrunken=float((xi + a) / (ni + a + b)),
            peer_mean=a / (a + b),
            peer_limit=limit,
            certainty=float(above[i]),
            tail=float(tail[i]),
            adjusted=float(adjusted[i]),
            peers=len(x) - 1,
            marked=bool(above[i] * 100 >= certainty and adjusted[i] * 100 <= fdr),
        )
        for i, (xi, ni) in enumerate(zip(x, n, strict=True))
    ]


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values (Benjamini and Hochberg 1995), same order as given."""
    order = np.argsort(p, kind="stable")
    ranked = p[order] * len(p) / (np.arange(len(p)) + 1)
    ranked = np.minimum.accumulate(ranked[::-1])[::-1]
    adjusted = np.empty_like(ranked)
    adjusted[order] = np.minimum(ranked, 1.0)
    return adjusted
