"""Measure candidate retrieval: words, vectors and their mean, and what the floor costs.

    python evaluation/pairing.py --data-dir DATA

Dev data only: STSb-nl dev (machine-translated) and SICK-NL TRIAL. A sentence's partner of similarity ≥ 4 must be
among the first ten of all second sentences. Writes its table into docs/decisions/0005-pairing.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from pathlib import Path

import numpy as np
import pages
from numpy.typing import NDArray

from claimcheck import corpora, pairing, read, segment
from claimcheck.nli import Model, load_model

RELATED = 4.0
CORPORA = Path(__file__).parents[1] / "corpora"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data_dir = os.environ.get("CLAIMCHECK_DATA")
    parser.add_argument("--data-dir", type=Path, default=data_dir, required=data_dir is None)
    arguments = parser.parse_args()
    model = load_model()
    out = []
    for name, checksum, rows in scored(arguments.data_dir):
        left, right, scores = [row[0] for row in rows], [row[1] for row in rows], np.array([row[2] for row in rows])
        cosine = model.embed(left) @ model.embed(right).T
        words = pairing._Words([*left, *right]).similarity(np.arange(len(left)))[:, len(left) :]
        wanted = np.flatnonzero(scores >= RELATED)
        out += [
            f"{name}: {len(rows)} pairs, {len(wanted)} of them ≥ {RELATED:g}, `{checksum[:16]}`. Cosine of sentences "
            f"of different pairs: mean {off_diagonal(cosine).mean():.2f}, "
            f"95th percentile {np.quantile(off_diagonal(cosine), 0.95):.2f}.",
            "",
            "| similarity | recall@1 | recall@10 | MRR | "
            + " | ".join(f"partners / others ≥ {floor:g}" for floor in FLOORS)
            + " |",
            "|---" * (4 + len(FLOORS)) + "|",
        ]
        stretched = pairing.stretched(cosine)
        for label, similarity in (
            ("words (BM25)", words),
            ("vectors", stretched),
            *(
                (f"{1 - share:.2f} words + {share:.2f} vectors", (1 - share) * words + share * stretched)
                for share in (0.25, 0.5, 0.75)
            ),
        ):
            partner = similarity[wanted, wanted]
            rank = 1 + (similarity[wanted] > partner[:, None]).sum(1)
            kept = [
                f"{(partner >= floor).mean():.1%} / {(off_diagonal(similarity) >= floor).mean():.1%}"
                for floor in FLOORS
            ]
            figures = [f"{(rank <= 1).mean():.3f}", f"{(rank <= 10).mean():.3f}", f"{(1 / rank).mean():.3f}"]
            out.append("| " + " | ".join([label, *figures, *kept]) + " |")
        out.append("")
    out += [*demo(model), ""]
    out.append(f"Model {model.name}, sha256 `{model.checksum}`.")
    pages.write(pages.DOCS / "decisions" / "0005-pairing.md", "pairing.py", "\n".join(out))


FLOORS = (0.1, 0.15, 0.2, 0.25, 0.3)


def scored(data_dir: Path) -> list[tuple[str, str, list[tuple[str, str, float]]]]:
    """Name, checksum and (first, second, similarity) rows of each set."""
    stsb = [(pair.first, pair.second, pair.score) for pair in corpora.load_scored("stsb_nl", "dev", data_dir)]
    return [
        ("STSb-nl dev", corpora.checksum("stsb_nl", "dev", data_dir), stsb),
        ("SICK-NL TRIAL", corpora.checksum("sick_nl", "trial", data_dir), relatedness(data_dir, "TRIAL")),
    ]


def relatedness(data_dir: Path, part: str) -> list[tuple[str, str, float]]:
    """SICK-NL's (A, B, relatedness). It stands beside the labels; the corpora room reads those."""
    with (data_dir / "sick_nl" / "SICK_NL.txt").open(encoding="utf-8", newline="") as lines:
        return [
            (row["sentence_A"], row["sentence_B"], float(row["relatedness_score"]))
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            if row["SemEval_set"] == part
        ]


def demo(model: Model) -> list[str]:
    """What each floor costs on the invented articles of corpora/demo: related pairs lost, pairs to judge."""
    gold = [json.loads(line) for line in (CORPORA / "demo-gold.jsonl").read_text(encoding="utf-8").splitlines()]
    related = {frozenset((row["claim"], row["evidence"])) for row in gold if row["label"] != "unrelated"}
    claims = [claim for article in read(CORPORA / "demo") for claim in segment(article).claims]
    out = [
        f"`corpora/demo`: {len(claims)} claims, {len(related)} related pairs in its gold file; ten candidates a claim:",
        "",
        "| floor | pairs to judge | related pairs lost |",
        "|---|---|---|",
    ]
    for floor in FLOORS:
        found = pairing.pair(claims, model, floor=floor)
        kept = {frozenset((each.claim.statement, each.evidence.statement)) for each in found}
        out.append(f"| {floor:g} | {len(found)} | {len(related - kept)} |")
    return out


def off_diagonal(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = matrix[~np.eye(len(matrix), dtype=bool)]
    return values


if __name__ == "__main__":
    main()
