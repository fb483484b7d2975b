"""The kinds of seeded cases, one module a family."""

from __future__ import annotations

from auditor.synth.cases import Kind
from auditor.synth.seeds import addon, broken, coverage, modifiers, mue, ptp, ptp_near

KINDS: tuple[Kind, ...] = (
    *ptp.KINDS,
    *ptp_near.KINDS,
    *mue.KINDS,
    *addon.KINDS,
    *modifiers.KINDS,
    *coverage.KINDS,
    *broken.KINDS,
)
"""Every kind that a run can seed, in a fixed order; names are unique."""
