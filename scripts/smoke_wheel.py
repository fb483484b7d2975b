"""Builds the wheel, installs it into an empty environment elsewhere, and runs it there.

What a checkout hides shows here: a file that the wheel lacks, a dependency that nobody declared, a path that
only exists beside the sources. Exits 1 with a sentence when something is missing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTPUTS = ("audit.html", "audit.xlsx", "findings.parquet", "set_aside.parquet", "run.json")


def main() -> int:
    """Build, install, run; the exit code."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="auditor-smoke-") as folder:
        place = Path(folder)
        run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(ROOT)])
        wheels = list(place.glob("auditor-*.whl"))
        if len(wheels) != 1:
            return failed(f"expected one wheel, found {len(wheels)}")
        print(f"built {wheels[0].name} ({wheels[0].stat().st_size // 1024} KiB)", flush=True)

        venv = place / "venv"
        environment = {**os.environ, "PYTHON": sys.executable}
        run(["sh", str(ROOT / "scripts" / "set_up.sh"), str(venv), str(wheels[0])], env=environment)

        # Nothing of the checkout or of the caller's environment may help.
        elsewhere = place / "elsewhere"
        elsewhere.mkdir()
        bare = {"PATH": os.defpath, "HOME": folder, "LANG": "C.UTF-8"}
        auditor = str(venv / "bin" / "auditor")
        where = output(
            [str(venv / "bin" / "python"), "-c", "import auditor; print(auditor.__file__)"], bare, elsewhere
        )
        if not Path(where).is_relative_to(venv):
            return failed(f"the installed program is not the one that runs: {where}")
        print(output([auditor, "--version"], bare, elsewhere), flush=True)
        print(output([auditor, "demo", "--out", "report"], bare, elsewhere), flush=True)
        for name in OUTPUTS:
            path = elsewhere / "report" / name
            if not path.is_file() or path.stat().st_size == 0:
                return failed(f"`auditor demo` of the installed wheel wrote no {name}")
    print(f"wheel smoke test passed in {time.monotonic() - started:.0f} s")
    return 0


def run(command: list[str], env: dict[str, str] | None = None) -> None:
    """Run `command` and stop with a sentence when it fails."""
    code = subprocess.run(command, env=env, check=False).returncode
    if code:
        raise SystemExit(failed(f"`{' '.join(command)}` exited with {code}"))


def output(command: list[str], env: dict[str, str], folder: Path) -> str:
    """What `command` prints, run in `folder` with nothing but `env`."""
    done = subprocess.run(command, env=env, cwd=folder, check=False, text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(
            failed(f"`{' '.join(command)}` exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        )
    return done.stdout.strip()


def failed(sentence: str) -> int:
    """Say why, and give exit code 1."""
    print(f"wheel smoke test failed: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
