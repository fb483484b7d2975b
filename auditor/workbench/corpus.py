"""The clean corpus: synthetic claims without seeded errors, made of the starter edition's codes; no person is real."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from auditor.reference import Library
from auditor.synth import SynthOptions, offer_codes, read_vocabulary, write_claims
from auditor.synth.generate import STARTER_PERIOD
from auditor.synth.schedule import CHILDREN, ONCE_CODES, SINGLE_DOSE, THERAPY

SEED = 20_240_701
LINES = 20_000

BESIDE_VISITS = frozenset("90833 90836 90838 99387 99397".split())
"""Psychotherapy added to a visit, which cannot be any visit, and prevention, beside which a visit needs 25."""

COUNTED = frozenset("66982 66983 66984 96360 96365 96374 96401 96409 96413".split())
"""Operations of an eye, of which a life has two, and first infusions, of which an encounter has one."""

LEFT_OUT = CHILDREN | SINGLE_DOSE | ONCE_CODES | BESIDE_VISITS | COUNTED
"""Codes whose lines must say or keep what is only known with a fee schedule, which the starter edition lacks."""


def write_clean_claims(folder: Path, lines: int = LINES, seed: int = SEED) -> Path:
    """Write `lines` clean claim lines into `folder` and return the file. Equal arguments give equal bytes."""
    library = Library.starter()
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        offer_codes(con, seed=seed, share=1.0)
        library.attach(con, codes_from="synth_code")
        vocabulary = read_vocabulary(con, seed=seed, period=STARTER_PERIOD)
    plain = tuple(code for code in vocabulary.codes if not code.startswith(THERAPY) and code not in LEFT_OUT)
    vocabulary = replace(vocabulary, codes=plain)
    options = SynthOptions(lines=lines, seed=seed, errors=0, period=STARTER_PERIOD)
    return write_claims(folder, vocabulary, options).claims_file
