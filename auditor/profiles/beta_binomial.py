"""Beta-binomial shrinkage of a share towards its peers (SAMPLING_AND_STATISTICS, section 4, method 10).

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

A provider's posterior is Beta(x + a, n - x + b), its peers' distribution as the prior. It stands outside when the
posterior probability that its share lies above the peers' chosen percentile (below the opposite one) is at least the
wanted certainty; the tail probability of its count is that of the peers' beta-binomial.

A table of peers gives mean and standard deviation of the providers' shares, from which a and b follow by moments. The
published deviation holds the peers' sampling error as well, so that the limit lies farther out, never nearer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special  # scipy.stats takes most of a second to load, and nothing of it is needed

from auditor.profiles.standing import Floats, Side, Standing, two_sided

MAX_STRENGTH = 10_000.0
"""Upper bound of a + b however many lines the peers have."""
MIN_STRENGTH = 1e-3
"""Lower bound of a + b: peers at nought and at all would otherwise give none."""
LEAST_PEERS = 2
"""Peers without which no spread, and so no distribution, can be told."""


def fit_others(counts: Sequence[int], sizes: Sequence[int]) -> tuple[Floats, Floats]:
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


def fit_moments(mean: float, sd: float) -> tuple[float, float]:
    """Beta parameters (a, b) of shares with this mean and standard deviation, both fractions of 1.

    Raises ValueError when no distribution of shares has them.
    """
    if not 0 < mean < 1 or not 0 < sd * sd < mean * (1 - mean):
        raise ValueError(f"no shares have the mean {mean} and the standard deviation {sd}")
    strength = min(mean * (1 - mean) / (sd * sd) - 1, MAX_STRENGTH)
    return mean * strength, (1 - mean) * strength


def standings(
    counts: Sequence[int], sizes: Sequence[int], *, percentile: int, certainty: int, side: Side = "above"
) -> list[Standing]:
    """The providers of one peer group, each against the others, in the order given.

    ``counts`` of ``sizes`` lines each; ``percentile`` (of the peers) and ``certainty`` are percentages. Raises
    ValueError as :func:`fit_others` does.
    """
    a, b = fit_others(counts, sizes)
    peers = len(counts) - 1
    return judged(counts, sizes, a, b, peers, percentile=percentile, certainty=certainty, side=side)


def judged(
    counts: Sequence[int],
    sizes: Sequence[int],
    a: Floats,
    b: Floats,
    peers: int,
    *,
    percentile: int,
    certainty: int,
    side: Side = "above",
) -> list[Standing]:
    """Providers held against beta distributions that are known, one each. As :func:`standings`."""
    x, n = np.asarray(counts), np.asarray(sizes)
    many = range(len(x))
    above, over = two_sided(
        side,
        np.array([upper_tail(int(x[i]), int(n[i]), float(a[i]), float(b[i])) for i in many]),
        np.array([upper_tail(int(n[i] - x[i]), int(n[i]), float(b[i]), float(a[i])) for i in many]),
    )
    ends = np.where(above, percentile, 100 - percentile) / 100
    limit: Floats = np.asarray(special.betaincinv(a, b, ends), dtype=np.float64)
    sure: Floats = np.where(
        above, special.betaincc(x + a, n - x + b, limit), special.betainc(x + a, n - x + b, limit)
    )
    return [
        Standing(
            value=float(x[i] / n[i]),
            peer_mean=float(a[i] / (a[i] + b[i])),
            peer_limit=float(limit[i]),
            peers=peers,
            side="above" if above[i] else "below",
            outside=bool(sure[i] * 100 >= certainty),
            tail=float(over[i]),
            figures={"shrunken": float((x[i] + a[i]) / (n[i] + a[i] + b[i])), "certainty": float(sure[i])},
        )
        for i in many
    ]


def upper_tail(count: int, size: int, a: float, b: float) -> float:
    """Probability of ``count`` or more among ``size`` under the beta-binomial distribution with parameters a, b."""
    if count <= 0:
        return 1.0
    k = np.arange(count, size + 1)
    ways = -np.log1p(size) - special.betaln(size - k + 1, k + 1)
    chances = np.exp(ways + special.betaln(k + a, size - k + b) - special.betaln(a, b))
    return float(min(1.0, chances.sum()))
