"""The loop of a worker process: jobs come in on standard input, answers go out on standard output.

Messages are pickles between a parent and the child that it started. A job is a list of batches (their
columns); each is answered in turn by its verdicts (columns) or by a text that says why the engine refused
it.
"""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import Connection

from auditor.engine.cases import Batch
from auditor.engine.host import EngineFailed
from auditor.engine.processes import READY
from auditor.engine.reasoning import CaseReasoner


def main(reasoner: CaseReasoner | None = None) -> None:
    """Serve until the parent closes the pipe. `reasoner` is for tests that need one that fails."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the pipe
    jobs = Connection(os.dup(0), writable=False)
    answers = Connection(os.dup(1), readable=False)
    os.dup2(2, 1)  # whatever C code prints must not land among the answers
    reasoner = reasoner or CaseReasoner()
    answers.send(READY)
    while True:
        try:
            job = jobs.recv()
        except EOFError:
            return
        for columns in job:
            try:
                answers.send(reasoner.reason(Batch.unpacked(columns)).packed())
            except EngineFailed as error:
                answers.send(f"refused: {error}")
