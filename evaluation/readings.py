"""How many pairs of our own training corpora are wrong or bad Dutch, written into each corpus' ``README.md``.

    python evaluation/readings.py

``readings.jsonl`` of each holds pairs drawn by chance, each as it stood when it was read: the label that the reader
gave without seeing ours, whether a colleague could argue for another, whether both sentences are Dutch that a newspaper
could print, and, after every disagreement was looked at again, whether our label is right, debatable or wrong.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pages
from scipy.stats import binomtest

CORPORA = Path(__file__).parents[1] / "corpora"


def table(corpus: Path) -> str:
    rows = [json.loads(line) for line in (corpus / "readings.jsonl").read_text(encoding="utf-8").splitlines()]
    verdicts = Counter(row["verdict"] for row in rows)
    found = {
        "label that the reader gave too": sum(row["label"] == row["reader"] for row in rows),
        "label wrong": verdicts["wrong"],
        "label debatable": verdicts["debatable"],
        "one sentence is not fluent": sum(not row["fluent"] for row in rows),
        "reader not sure of the label": sum(not row["sure"] for row in rows),
    }
    lines = [f"| of {len(rows)} pairs drawn by chance | n | share [95 %] |", "|---|--:|--:|"]
    for name, n in found.items():
        low, high = binomtest(n, len(rows)).proportion_ci(method="wilson")
        lines.append(f"| {name} | {n} | {n / len(rows):.1%} [{low:.1%}, {high:.1%}] |")
    return "\n".join(lines)


if __name__ == "__main__":
    for name in ("contrast", "two-versions"):
        pages.write(CORPORA / name / "README.md", "readings.py", table(CORPORA / name))
