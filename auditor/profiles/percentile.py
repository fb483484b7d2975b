"""A measure beyond a percentile of the peers (SAMPLING_AND_STATISTICS, section 4, methods 7 and 13; PEPPER's rule).

Each provider is held against the *others* of its group. The percentile is interpolated linearly between the two peers
around place ``(peers - 1) * percentile / 100`` in ascending order, counted from nought (definition 7 of Hyndman and
Fan, 1996; the default of R and NumPy). A measure *at* the percentile does not lie beyond it: among peers that are all
alike nobody stands out. Ranks do not change under the logarithm, so dollars need none.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from auditor.profiles.standing import Side, Standing


def interpolated(value_at: Callable[[int], float], many: int, percentile: int) -> float:
    """The percentile of ``many`` values in ascending order, of which ``value_at`` gives each by its place."""
    place, rest = divmod((many - 1) * percentile, 100)
    low = value_at(place)
    return low + (value_at(place + 1) - low) * rest / 100 if rest else low


def standings(values: Sequence[float], *, percentile: int, side: Side = "above") -> list[Standing]:
    """The providers of one peer group, each against the others, in the order given.

    ``percentile`` is that above which a provider stands; below it is ``100 - percentile``. Raises ValueError for fewer
    than two providers.
    """
    if len(values) < 2:
        raise ValueError("a provider alone has no peers")
    ordered = sorted(values)
    peers = len(values) - 1
    total = sum(ordered)
    found = []
    for value in values:
        own = bisect_left(ordered, value)

        def other(at: int, own: int = own) -> float:
            return ordered[at if at < own else at + 1]

        low, high = (interpolated(other, peers, end) for end in (100 - percentile, percentile))
        found.append(judged(value, (total - value) / peers, low, high, peers, side=side))
    return found


def judged(
    value: float, mean: float, low: float, high: float, peers: int, *, side: Side = "above"
) -> Standing:
    """A provider held against percentiles that are known."""
    above = side == "above" or (side == "both" and value - high >= low - value)
    return Standing(
        value=value,
        peer_mean=mean,
        peer_limit=high if above else low,
        peers=peers,
        side="above" if above else "below",
        outside=value > high if above else value < low,
    )
