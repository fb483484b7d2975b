"""Beta-binomial shrinkage of a share towards its peers (SAMPLING_AND_STATISTICS, section 4, methods 10 and 11).

Within a peer group the providers' true shares are taken to follow a beta distribution. For each provider it is fitted
to the *other* providers of the group alone (leave one out): a provider that stands out would otherwise pull the peers
towards itself, and hide the more the smaller the group is. The fit is the weighted method of moments of Kleinman
("Proportions with extraneous variance", J. Am. Stat. Assoc. 68, 1973), weights being the sizes: the peers' sampling
error is taken out of their spread, and so is the error of estimating their mean. It needs five sums over the group, so
leaving one out is subtracting its own part, and a group of thousands costs as much as one fit.

Peers that happen to lie close together do not prove that no provider differs, so the fitted distribution never weighs
more than the lines of one average peer (``a + b`` is at most that number). Without this bound 30 peers at exactly 40 %
would draw a provider with 40 of 40 lines down to 40 % as well. The bound widens the peers' distribution: it makes marks
rarer, not commoner, among providers near the peers.

A provider's posterior is Beta(x + a, n - x + b), its peers' distribution as the prior. It is marked when the posterior
probability that its share lies above the peers' chosen percentile is at least the wanted certainty, and when the tail
probability of its count under the peers' beta-binomial survives the Benjamini-Hochberg procedure over the group.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special  # scipy.stats takes most of a second to load, and nothing of it is needed

MAX_STRENGTH = 10_000.0
"""Upper bound of a + b however many lines the peers have."""
MIN_STRENGTH = 1e-3
"""Lower bound of a + b: peers at nought and at all would otherwise give none."""
LEAST_PEERS = 2
"""Peers without which no spread, and so no distribution, can be told."""

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Position:
    """Where a provider stands. Shares are fractions of 1; ``tail`` and ``adjusted`` are probabilities.

    ``shrunken`` is the mean of the posterior; ``peer_mean`` and ``peer_limit`` are mean and chosen percentile of the
    beta distribution fitted to the ``peers`` others; ``certainty`` is the posterior probability of a share above it.
    """

    share: float
    shrunken: float
    peer_mean: float
    peer_limit: float
    certainty: float
    tail: float
    adjusted: float
    peers: int
    marked: bool


def fit_others(counts: Sequence[int], sizes: Sequence[int]) -> tuple[_Floats, _Floats]:
    """Beta parameters (a, b) for each provider, fitted to the shares ``counts / sizes`` of all others.

    Both arrays have the length and order of the input. Raises ValueError for fewer than two peers, or when a count does
    not lie between 0 and its size, or a size is not positive.
    """
    x, n = np.asarray(counts, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    if len(x) - 1 < LEAST_PEERS:
        raise ValueError(f"{len(x) - 1} peers give no distribution")
    if np.any(n <= 0) or np.any(x < 0) or np.any(x > n):
        raise ValueError("a count must lie between 0 and its size, and a size be positive")
    # Whole numbers add up exactly and fsum rounds once, so the order of the providers cannot matter.
    squares = x * x / n
    others = len(x) - 1.0
    total = x.sum() - x
    size = n.sum() - n
    square = math.fsum(squares.tolist()) - squares
    mean = np.clip(total / size, 1e-6, 1 - 1e-6)
    chance = mean * (1 - mean)
    spread = square / size - 2 * mean * (total / size) + mean * mean
    sampling = (others - 1) / size
    weighted = 1 - ((n * n).sum() - n * n) / (size * size)
    room = chance * (weighted - sampling)
    extra = np.divide(spread - chance * sampling, room, out=np.zeros_like(room), where=room > 0)
    most = np.minimum(size / others, MAX_STRENGTH)
    strength = np.minimum(1 / np.clip(extra, 1 / (MAX_STRENGTH + 1), 1 / (MIN_STRENGTH + 1)) - 1, most)
    return mean * strength, (1 - mean) * strength


def positions(
    counts: Sequence[int], sizes: Sequence[int], *, percentile: int, certainty: int, fdr: int
) -> list[Position]:
    """Positions of the providers of one peer group, each against the others, in the order given.

    ``counts`` of ``sizes`` lines each; ``percentile`` (of the peers), ``certainty`` and ``fdr`` are percentages. Raises
    ValueError as :func:`fit_others` does.
    """
    a, b = fit_others(counts, sizes)
    x, n = np.asarray(counts), np.asarray(sizes)
    limit: _Floats = np.asarray(special.betaincinv(a, b, percentile / 100), dtype=np.float64)
    above: _Floats = np.asarray(special.betaincc(x + a, n - x + b, limit), dtype=np.float64)
    tail = np.array([upper_tail(int(x[i]), int(n[i]), float(a[i]), float(b[i])) for i in range(len(x))])
    adjusted = benjamini_hochberg(tail)
    return [
        Position(
            share=float(x[i] / n[i]),
            shrunken=float((x[i] + a[i]) / (n[i] + a[i] + b[i])),
            peer_mean=float(a[i] / (a[i] + b[i])),
            peer_limit=float(limit[i]),
            certainty=float(above[i]),
            tail=float(tail[i]),
            adjusted=float(adjusted[i]),
            peers=len(x) - 1,
            marked=bool(above[i] * 100 >= certainty and adjusted[i] * 100 <= fdr),
        )
        for i in range(len(x))
    ]


def upper_tail(count: int, size: int, a: float, b: float) -> float:
    """Probability of ``count`` or more among ``size`` under the beta-binomial distribution with parameters a, b."""
    if count <= 0:
        return 1.0
    k = np.arange(count, size + 1)
    ways = -np.log1p(size) - special.betaln(size - k + 1, k + 1)
    chances = np.exp(ways + special.betaln(k + a, size - k + b) - special.betaln(a, b))
    return float(min(1.0, chances.sum()))


def benjamini_hochberg(p: _Floats) -> _Floats:
    """Adjusted p-values (Benjamini and Hochberg, J. R. Stat. Soc. B 57, 1995), in the order given."""
    order = np.argsort(p, kind="stable")
    ranked = p[order] * len(p) / (np.arange(len(p)) + 1)
    ranked = np.minimum.accumulate(ranked[::-1])[::-1]
    adjusted = np.empty_like(ranked)
    adjusted[order] = np.minimum(ranked, 1.0)
    return adjusted
