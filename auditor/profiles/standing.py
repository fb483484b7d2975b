"""Where one provider stands among its peers, whatever the method; and the sides on which a provider may stand out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Side = Literal["above", "below", "both"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Standing:
    """One provider's measure and what it was held against, in one unit: a fraction of 1 where it is a share.

    ``peer_limit`` is the peers' limit on the ``side`` on which the provider stands; ``outside`` says that it lies
    beyond it by the method's own terms. ``tail`` is the probability of so great a distance among peers, None where the
    method has none; false discoveries are controlled afterwards, over all providers of a rule. ``figures`` are those of
    the method alone, ``levels`` the mix: (code, share of the provider, share of the peers).
    """

    value: float
    peer_mean: float
    peer_limit: float
    peers: int
    side: Side
    outside: bool
    tail: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    levels: tuple[tuple[str, float, float], ...] = ()


def two_sided(side: Side, above: Floats, below: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """On which side each provider is looked at (True: above), and its tail probability there.

    Who looks at both sides takes the smaller tail of the two, doubled.
    """
    if side == "above":
        return np.ones(len(above), dtype=np.bool_), above
    if side == "below":
        return np.zeros(len(above), dtype=np.bool_), below
    return above <= below, np.minimum(1.0, 2 * np.minimum(above, below))
