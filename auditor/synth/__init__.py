"""Synthetic claims with seeded, labelled errors: no person, provider or payment in them is real."""

from auditor.synth.generate import SynthOptions, SynthResult, demo_claims, write_claims
from auditor.synth.score import KindScore, Miss, Score, score
from auditor.synth.vocabulary import Vocabulary, offer_codes, read_vocabulary

__all__ = [
    "KindScore",
    "Miss",
    "Score",
    "SynthOptions",
    "SynthResult",
    "Vocabulary",
    "demo_claims",
    "offer_codes",
    "read_vocabulary",
    "score",
    "write_claims",
]
