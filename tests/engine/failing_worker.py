"""A worker process whose engine fails on chosen lines: `python failing_worker.py HOW MARKER PATH...`.

A batch that holds line 666 makes it die (kill), hang, or refuse; line 777 does so once, and leaves a file behind.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    how, marker = sys.argv[1], Path(sys.argv[2])
    sys.path[:] = sys.argv[3:]

    from auditor.engine.cases import Batch, BatchVerdicts
    from auditor.engine.host import EngineFailed
    from auditor.engine.reasoning import CaseReasoner
    from auditor.engine.worker import main

    class FailingReasoner(CaseReasoner):
        def reason(self, batch: Batch) -> BatchVerdicts:
            lines = set(batch.candidates.line)
            once = 777 in lines and not marker.exists()
            if once:
                marker.touch()
            if 666 in lines or once:
                if how == "kill":
                    os.kill(os.getpid(), signal.SIGSEGV)
                if how == "hang":
                    signal.pause()
                raise EngineFailed("as it was told")
            return super().reason(batch)

    if how == "stillborn":
        sys.exit("no engine here")
    main(FailingReasoner())
