"""A funnel of control limits around the peers' share (SAMPLING_AND_STATISTICS, section 4, method 9).

D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005) 1185-1202.
The share of a provider with n lines scatters around the peers' share p by chance with variance s2 = p(1 - p)/n. Its
distance is the exact binomial tail of its count put as a standard normal deviate, so that small n are not approximated.

*Over-dispersion.* Providers differ by more than chance: in specialty, patients, habits. The variance between them, t2,
is estimated from the peers by method of moments, after their deviates z = (y - p)/s were winsorised by a tenth at each
end (quantiles interpolated as in :mod:`percentile`): with phi the mean of z squared over I peers and w = 1/s2,
``t2 = max(0, (I phi - (I - 1)) / (sum w - sum w^2 / sum w))``. The deviate is then taken times ``s / sqrt(s2 + t2)``:
the additive form, in which the limits do not close around p however large n, so that large n alone marks nobody.

p and t2 are those of the *other* providers of the group (in groups of more than EXACT, t2 is that of the whole group:
one of a thousand winsorised deviates moves it by nothing that could be seen).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from auditor.profiles.standing import Floats, Side, Standing, two_sided

WINSORISED = 0.1
"""The part of the peers' deviates drawn in at each end."""
EXACT = 500
LEAST_PEERS = 2
_SMALLEST, _LARGEST = 1e-250, 1 - 1e-16


def standings(
    counts: Sequence[int], sizes: Sequence[int], *, z: float, side: Side = "above"
) -> list[Standing]:
    """The providers of one peer group, each against the others, in the order given; ``z`` is the control limit.

    Raises ValueError for fewer than two peers, or when a count does not lie between 0 and its size, or a size is not
    positive.
    """
    x, n = np.asarray(counts, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    if len(x) - 1 < LEAST_PEERS:
        raise ValueError(f"{len(x) - 1} peers give no funnel")
    if np.any(n <= 0) or np.any(x < 0) or np.any(x > n):
        raise ValueError("a count must lie between 0 and its size, and a size be positive")
    mean = _bounded(x.sum() - x, n.sum() - n)
    if len(x) > EXACT:
        whole = between(x, n, float(_bounded(x.sum(), n.sum())))
        spread = np.full(len(x), whole)
    else:
        keep = ~np.eye(len(x), dtype=np.bool_)
        spread = np.array([between(x[keep[i]], n[keep[i]], float(mean[i])) for i in range(len(x))])
    return judged(counts, sizes, mean, spread, len(x) - 1, z=z, side=side)


def between(x: Floats, n: Floats, mean: float) -> float:
    """The variance t2 between providers with ``x`` of ``n`` lines around ``mean``; 0 where chance explains it all."""
    chance = mean * (1 - mean)
    deviate = (x / n - mean) / np.sqrt(chance / n)
    low, high = np.quantile(np.sort(deviate), [WINSORISED, 1 - WINSORISED])
    squares = np.clip(deviate, low, high) ** 2
    weights = np.sort(n) / chance
    room = weights.sum() - (weights**2).sum() / weights.sum()
    return float(max(0.0, (np.sort(squares).sum() - (len(x) - 1)) / room)) if room > 0 else 0.0


def judged(
    counts: Sequence[int],
    sizes: Sequence[int],
    mean: Floats,
    spread: Floats,
    peers: int,
    *,
    z: float,
    side: Side = "above",
) -> list[Standing]:
    """Providers held against a mean and a variance between peers that are known, each its own. As :func:`standings`."""
    x, n = np.asarray(counts, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    chance = mean * (1 - mean) / n
    narrowed = np.sqrt(chance / (chance + spread))
    upper, lower = _deviates(x, n, mean) * narrowed, _deviates(n - x, n, 1 - mean) * narrowed
    above, tail = two_sided(side, special.ndtr(-upper), special.ndtr(-lower))
    score = np.where(above, upper, lower)
    least = _limit(n, np.where(above, mean, 1 - mean), narrowed, z) / n
    return [
        Standing(
            value=float(x[i] / n[i]),
            peer_mean=float(mean[i]),
            peer_limit=float(least[i] if above[i] else 1 - least[i]),
            peers=peers,
            side="above" if above[i] else "below",
            outside=bool(score[i] >= z),
            tail=float(tail[i]),
            figures={"score": float(score[i]), "overdispersion": float(np.sqrt(spread[i]))},
        )
        for i in range(len(x))
    ]


def _bounded(count: Floats, size: Floats) -> Floats:
    """Shares that are neither none nor all: these are taken as half a line, for chance to have a width at all."""
    least = 0.5 / size
    return np.clip(count / size, least, 1 - least)


def _deviates(x: Floats, n: Floats, mean: Floats) -> Floats:
    """The exact binomial chance of ``x`` or more of ``n``, as a standard normal deviate.

    Chances too small for a double are told by the signed root of the deviance, which is their deviate to the first
    order: else no count of a large n could lie outside limits that the peers widened.
    """
    count = np.maximum(x, 1)
    tail = np.where(x > 0, special.betainc(count, n - count + 1, mean), 1.0)
    near: Floats = -special.ndtri(np.clip(tail, _SMALLEST, _LARGEST))
    at = np.clip((count - 0.5) / n, 0.0, 1.0)
    deviance = 2 * n * (special.rel_entr(at, mean) + special.rel_entr(1 - at, 1 - mean))
    return np.where(tail > _SMALLEST, near, np.maximum(near, np.sqrt(np.maximum(deviance, 0.0))))


def _limit(n: Floats, mean: Floats, narrowed: Floats, z: float) -> Floats:
    """The least count of each ``n`` that lies outside, by halving; ``n`` itself where none does."""
    low, high = np.zeros(len(n)), n.copy()
    while np.any(low < high):
        middle = np.floor((low + high) / 2)
        out = _deviates(middle, n, mean) * narrowed >= z
        high, low = np.where(out, middle, high), np.where(out, low, np.minimum(middle + 1, high))
    return high
