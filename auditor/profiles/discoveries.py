"""Control of false discoveries among many providers (SAMPLING_AND_STATISTICS, section 4, method 11)."""

from __future__ import annotations

import numpy as np

from auditor.profiles.standing import Floats


def benjamini_hochberg(p: Floats) -> Floats:
    """Adjusted p-values (Benjamini and Hochberg, J. R. Stat. Soc. B 57, 1995), in the order given."""
    order = np.argsort(p, kind="stable")
    ranked = p[order] * len(p) / (np.arange(len(p)) + 1)
    ranked = np.minimum.accumulate(ranked[::-1])[::-1]
    adjusted = np.empty_like(ranked)
    adjusted[order] = np.minimum(ranked, 1.0)
    return adjusted
