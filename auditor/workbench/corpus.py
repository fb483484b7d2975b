"""The clean corpus: synthetic claims without seeded errors, made of the starter edition's codes; no person is real."""

from __future__ import annotations

from pathlib import Path

import duckdb

from auditor.reference import Library
from auditor.synth import SynthOptions, offer_codes, read_vocabulary, write_claims
from auditor.synth.generate import STARTER_PERIOD

SEED = 20_240_701
LINES = 20_000


def write_clean_claims(folder: Path, lines: int = LINES, seed: int = SEED) -> Path:
    """Write `lines` clean claim lines into `folder` and return the file. Equal arguments give equal bytes."""
    library = Library.starter()
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        offer_codes(con, seed=seed, share=1.0)
        library.attach(con, codes_from="synth_code")
        vocabulary = read_vocabulary(con, seed=seed, period=STARTER_PERIOD)
    options = SynthOptions(lines=lines, seed=seed, errors=0, period=STARTER_PERIOD)
    return write_claims(folder, vocabulary, options).claims_file
