"""``python -m auditor.cli``: the same as ``auditor``."""

from auditor.cli.main import run

if __name__ == "__main__":
    run()
