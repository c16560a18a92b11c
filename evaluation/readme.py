"""Run what README.md shows and write the real output under it.

    python evaluation/readme.py

Python blocks run one after another in one namespace; the ``text`` block that follows one is what it printed. In a
``console`` block each line that starts with ``$ claimcheck`` is run, and the lines under it are its output.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"```(python|console|text)\n(.*?)```\n", re.DOTALL)


def rendered(text: str) -> str:
    """``text`` with every output block filled in anew; to be called with the project's root as current folder."""
    namespace: dict[str, Any] = {}
    printed = ""

    def fill(match: re.Match[str]) -> str:
        nonlocal printed
        kind, body = match.groups()
        if kind == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(body, str(README), "exec"), namespace)  # noqa: S102
            printed = out.getvalue()
        elif kind == "text" and printed:
            body, printed = printed, ""
        elif kind == "console":
            body = "\n".join(_run(line) for line in body.splitlines() if line.startswith("$ "))
        return f"```{kind}\n{body.rstrip()}\n```\n"

    return BLOCK.sub(fill, text)


def _run(line: str) -> str:
    command = shlex.split(line.removeprefix("$ "), comments=True)
    if command[0] != "claimcheck":
        return line
    done = subprocess.run(  # noqa: S603 (the README's own words)
        [sys.executable, "-m", "claimcheck", *command[1:]],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "110", "TERM": "dumb"},
    )
    shown = "\n".join(row.rstrip() for row in done.stdout.splitlines())
    return f"{line}\n{shown}\n" if shown else line


if __name__ == "__main__":
    os.chdir(ROOT)
    README.write_text(rendered(README.read_text(encoding="utf-8")), encoding="utf-8")
