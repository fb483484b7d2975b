"""The mix of codes of a provider against that of its peers (SAMPLING_AND_STATISTICS, section 4, method 6).

Pearson's test of fit: of the n lines of a provider, the *other* providers of the group let expect ``n * share`` at
each level. Levels of which fewer than five are expected are joined with those after them, in the order of the rule, and
what is left over at the end with the level before it. The peers' shares are taken as known.

With large n the test finds every difference, however small. So a provider stands outside only where Cramer's V, which
does not grow with n, reaches a floor: ``V = sqrt(statistic / (n * (levels - 1)))``; for a test of fit it may exceed 1
where the peers' mix is very uneven. The test has no side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy import special

from auditor.profiles.standing import Standing

LEAST_EXPECTED = 5


def standings(
    mixes: Sequence[Sequence[int]], codes: Sequence[str], *, min_effect: float
) -> list[Standing | None]:
    """The providers of one peer group, each against the others, in the order given; None where no two levels are left.

    ``mixes`` are lines by level, in the order of ``codes``. Raises ValueError where a provider has no lines, or nobody
    else has.
    """
    totals = [sum(column) for column in zip(*mixes, strict=True)]
    return [
        judged(
            mix,
            [whole - own for whole, own in zip(totals, mix, strict=True)],
            codes,
            len(mixes) - 1,
            min_effect,
        )
        for mix in mixes
    ]


def judged(
    mix: Sequence[int], peers_mix: Sequence[float], codes: Sequence[str], peers: int, min_effect: float
) -> Standing | None:
    """A provider's lines by level held against a mix that is known; ``peers_mix`` in any unit. As :func:`standings`."""
    size, whole = sum(mix), sum(peers_mix)
    if size <= 0 or whole <= 0:
        raise ValueError("a mix of no lines is none")
    joined = join_levels(mix, peers_mix)
    if len(joined) < 2:
        return None
    statistic = math.fsum((own - size * part / whole) ** 2 / (size * part / whole) for own, part in joined)
    freedom = len(joined) - 1
    effect = math.sqrt(statistic / (size * freedom))
    return Standing(
        value=effect,
        peer_mean=0.0,
        peer_limit=min_effect,
        peers=peers,
        side="both",
        outside=effect >= min_effect,
        tail=float(special.chdtrc(freedom, statistic)),
        figures={"statistic": statistic, "freedom": float(freedom), "effect": effect},
        levels=tuple(
            (code, own / size, part / whole) for code, own, part in zip(codes, mix, peers_mix, strict=True)
        ),
    )


def join_levels(mix: Sequence[int], peers_mix: Sequence[float]) -> list[tuple[int, float]]:
    """Levels so joined that five lines are expected of each: (lines of the provider, part of the peers)."""
    size, whole = sum(mix), sum(peers_mix)
    found: list[tuple[int, float]] = []
    own, part = 0, 0.0
    for lines, others in zip(mix, peers_mix, strict=True):
        own, part = own + lines, part + others
        if size * part >= LEAST_EXPECTED * whole:
            found.append((own, part))
            own, part = 0, 0.0
    if (own or part) and found:
        found[-1] = (found[-1][0] + own, found[-1][1] + part)
    return found
