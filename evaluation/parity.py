"""Does the int8 model that is shipped answer as its weights do in fp32? On every split that is reported.

    python evaluation/parity.py --checkpoint runs/nli/LEG --data-dir DATA

Writes the table into ``docs/decisions/0010-shipped-model.md``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pages
from numpy.typing import NDArray

from claimcheck import metrics
from claimcheck.nli import Model, load_model
from claimcheck.schema import LABELS, Example
from claimcheck.suites import load_suite

SUITES = ("dutch", "news", "stress", "multilingual")
PAGE = pages.DOCS / "decisions" / "0010-shipped-model.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    arguments = parser.parse_args()
    started = time.perf_counter()
    shipped = load_model()
    shipped.predict_proba(evidence=["Het regent."], claims=["Het is droog."])
    loaded = time.perf_counter() - started
    full = load_model(arguments.checkpoint)
    lines = [
        "| split | n | same label | macro-F1 fp32 | macro-F1 int8 | lost |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for suite in SUITES:
        for task in load_suite(Path(__file__).parent / "suites" / f"{suite}.toml").tasks:
            pairs = task.examples(arguments.data_dir)
            if {pair.label for pair in pairs} != set(LABELS):
                continue  # macro-F1 is of three
            gold = metrics.gold_of(pairs)
            small, large = answers(shipped, pairs), answers(full, pairs)
            before, after = (metrics.scores(gold, found)["macro_f1"] for found in (large, small))
            same = (small.argmax(1) == large.argmax(1)).mean()
            lines.append(
                f"| {task.name} | {len(pairs):,} | {same:.2%} | {before:.2%} | {after:.2%} | {before - after:+.2%} |"
            )
            print(lines[-1], flush=True)
    lines += ["", f"Loading and the first verdict: {loaded:.2f} s. Model sha256 `{shipped.checksum}`."]
    pages.write(PAGE, "parity.py", "\n".join(lines))


def answers(model: Model, pairs: list[Example]) -> NDArray[np.float64]:
    return model.predict_proba(evidence=[pair.evidence for pair in pairs], claims=[pair.claim for pair in pairs])


if __name__ == "__main__":
    main()
