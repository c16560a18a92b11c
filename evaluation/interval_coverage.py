"""Do the 95 % intervals of `claimcheck.metrics` hold the truth 95 times in 100?

    python evaluation/interval_coverage.py

Simulates corpora whose true scores are known, because the same generator makes one of about 400,000 rows, and counts
how often the intervals hold them. Needs no data. Writes its tables into docs/decisions/0006-metrics.md.
"""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple

import numpy as np
import pages
import scipy
from numpy.typing import NDArray
from scipy.stats import norm

from claimcheck import metrics

SEED = 13
BASE_RATES = (0.29, 0.15, 0.56)  # about SICK-NL's
TRUTH_ROWS = 400_000
COMPARED = ("accuracy", "macro_f1", "f1_contradicts", "average_precision_contradicts", "brier")
FIT = (0.93, 0.97)


class Setting(NamedTuple):
    """What kind of corpus, judged by what kind of model."""

    groups: int
    most: int  # a group has 1 to this many rows, evenly
    spread: float  # how much groups differ in labels and in difficulty
    sharpness: float  # 2: about calibrated where groups are alike; above: overconfident

    def __str__(self) -> str:
        rows = f"of 1 to {self.most}" if self.most > 1 else "of 1"
        return f"{self.groups} groups {rows}, spread {self.spread:g}, sharpness {self.sharpness:g}"


SETTINGS = (Setting(600, 1, 0, 1.8), Setting(200, 8, 0.7, 1.2), Setting(200, 8, 0.7, 3), Setting(40, 8, 0.7, 1.8))


class Corpus(NamedTuple):
    """One simulated corpus and two models' probabilities for it."""

    gold: NDArray[np.int64]
    a: NDArray[np.float64]
    b: NDArray[np.float64]  # model A's evidence with more noise
    groups: NDArray[np.int64]


def simulated(setting: Setting, groups: int, seed: list[int]) -> Corpus:
    random = np.random.default_rng(seed)
    group_of = np.repeat(np.arange(groups), random.integers(1, setting.most + 1, groups))
    rates = softmax(np.log(BASE_RATES) + setting.spread * random.normal(size=(groups, 3)))
    gold = (random.random(len(group_of))[:, None] > rates[group_of].cumsum(1)[:, :2]).sum(1)
    logits = random.normal(size=(len(gold), 3))
    logits[np.arange(len(gold)), gold] += (1.6 + setting.spread * random.normal(size=groups))[group_of]
    noisy = logits + 0.4 * random.normal(size=logits.shape)
    return Corpus(gold, softmax(setting.sharpness * logits), softmax(setting.sharpness * noisy), group_of)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def measured(setting: Setting, runs: int, draws: int) -> dict[str, Any]:
    whole = simulated(setting, TRUTH_ROWS * 2 // (setting.most + 1), [SEED])
    truth, other = metrics.scores(whole.gold, whole.a), metrics.scores(whole.gold, whole.b)
    held: dict[str, int] = dict.fromkeys(metrics.METRICS, 0)
    gained = {name: {"held": 0, "significant": 0, "detectable": []} for name in COMPARED}
    for run in range(runs):
        corpus = simulated(setting, setting.groups, [SEED, SETTINGS.index(setting), run])
        found = metrics.intervals(corpus.gold, corpus.a, corpus.groups, seed=run, draws=draws)
        for name, interval in found.items():
            held[name] += interval.low <= truth[name] <= interval.high
        comparison = metrics.compare(corpus.gold, corpus.a, corpus.b, corpus.groups, seed=run, draws=draws)
        for name, row in gained.items():
            difference = comparison.differences[name]
            row["held"] += difference.low <= other[name] - truth[name] <= difference.high
            row["significant"] += difference.p_value < 0.05
            row["detectable"].append(difference.detectable)
    return {
        "truth": truth,
        "held": {name: count / runs for name, count in held.items()},
        "gained": {
            name: {
                "truth": other[name] - truth[name],
                "held": row["held"] / runs,
                "significant": row["significant"] / runs,
                "detectable": float(np.median(row["detectable"])),
            }
            for name, row in gained.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--dry", action="store_true", help="print, and leave the page as it is")
    arguments = parser.parse_args()
    results = [measured(setting, arguments.runs, arguments.draws) for setting in SETTINGS]
    shares = [share for result in results for share in result["held"].values()]
    inside = sum(FIT[0] <= share <= FIT[1] for share in shares)
    out = [f"- {letter}: {setting}" for letter, setting in zip("ABCD", SETTINGS, strict=True)]
    out += [
        "",
        f"Of {arguments.runs:,} simulated corpora, the share whose interval holds the truth (the truth itself in "
        f"brackets); {inside} of {len(shares)} lie within {FIT[0]:.0%} to {FIT[1]:.0%}, "
        f"the lowest is {min(shares):.1%}, the highest {max(shares):.1%}:",
        "",
        "| metric | " + " | ".join("ABCD") + " |",
        "|---" * 5 + "|",
    ]
    out += [
        f"| {name} | "
        + " | ".join(f"{result['held'][name]:.1%} ({result['truth'][name]:.3f})" for result in results)
        + " |"
        for name in metrics.METRICS
    ]
    out += [
        "",
        "Two models on the same rows: the share of intervals that hold the true difference; the share with p < 0.05; "
        "and the power that the median `detectable` promises for the true difference:",
        "",
        "| | metric | true difference | held | detectable | p < 0.05 | promised |",
        "|---" * 7 + "|",
    ]
    for letter, result in zip("ABCD", results, strict=True):
        for name, row in result["gained"].items():
            effect = abs(row["truth"]) / row["detectable"] * (norm.ppf(0.975) + norm.ppf(0.8))
            promised = norm.cdf(effect - norm.ppf(0.975))
            out.append(
                f"| {letter} | {name} | {row['truth']:+.3f} | {row['held']:.1%} | {row['detectable']:.3f} "
                f"| {row['significant']:.0%} | {promised:.0%} |"
            )
    out += [
        "",
        f"{arguments.draws:,} draws a corpus, seed {SEED}, truth from about {TRUTH_ROWS:,} rows, "
        f"numpy {np.__version__}, scipy {scipy.__version__}.",
    ]
    print("\n".join(out))
    if not arguments.dry:
        pages.write(pages.DOCS / "decisions" / "0006-metrics.md", "interval_coverage.py", "\n".join(out))


if __name__ == "__main__":
    main()
