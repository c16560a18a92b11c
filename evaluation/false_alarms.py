"""How often does a model see a contradiction between sentences of different articles, where there is hardly any?

    python evaluation/false_alarms.py --base runs/base --data-dir DATA [--model FOLDER] [--read FILE]

Pairs: each Dutch sentence of the MEANTIME articles with its five nearest neighbours (cosine of the base encoder's mean
vectors) in other articles, judged from the neighbour to the sentence. ``--read`` writes the pairs that are called a
contradiction to a file outside the repository, to be read; the page ``docs/decisions/0010-shipped-model.md`` gets their
number and places, and of what kind they are by ``results/false_alarms_read.jsonl``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pages
from numpy.typing import NDArray

from claimcheck.finetuning import load_base, vectors_of
from claimcheck.nli import load_model
from claimcheck.schema import LABELS

# What readers made of the alarms, by place: {"evidence": [article, line], "claim": [article, line], "kind": …}
READ = Path(__file__).parent / "results" / "false_alarms_read.jsonl"
PAGE = pages.DOCS / "decisions" / "0010-shipped-model.md"
FILE = "meantime/meantime_airbus_gm.jsonl"
NEIGHBOURS = 5
WORDS = 5  # shorter lines are dates and bylines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--read", type=Path)
    parser.add_argument("--no-page", action="store_true")
    arguments = parser.parse_args()
    places, sentences = zip(*read(arguments.data_dir / FILE), strict=True)
    network, tokenizer, _ = load_base(arguments.base)
    vectors = vectors_of(network, tokenizer, sentences)
    pairs = list(neighbours([article for article, _ in places], vectors))
    model = load_model(arguments.model)
    judged = model.predict_proba(
        evidence=[sentences[near] for _, near in pairs], claims=[sentences[one] for one, _ in pairs]
    )
    called = [LABELS[best] for best in judged.argmax(1)]
    alarms = [place for place, label in enumerate(called) if label == "contradicts"]
    kinds = {
        (*record["evidence"], *record["claim"]): record["kind"]
        for record in map(json.loads, READ.read_text(encoding="utf-8").splitlines())
    }
    of_alarm = [kinds.get((*places[pairs[i][1]], *places[pairs[i][0]]), "not read yet") for i in alarms]
    sure = sum(judged[i].max() >= model.abstain_below for i in alarms)
    shares = ", ".join(f"{label} {called.count(label) / len(called):.1%}" for label in LABELS)
    lines = [
        f"{len(sentences):,} sentences, {len(pairs):,} pairs: {shares}. Model sha256 `{model.checksum[:12]}`.",
        f"Called a contradiction and not marked as uncertain (below {model.abstain_below}): {sure / len(pairs):.1%}.",
        "",
        f"The {len(alarms)} that are called a contradiction, as a reader sees them: "
        + ", ".join(f"{kind} {n}" for kind, n in Counter(of_alarm).most_common())
        + ". By article:line of the evidence → of the claim, with the probability:",
        "",
        *(
            f"- {places[pairs[i][1]][0]}:{places[pairs[i][1]][1]} → {places[pairs[i][0]][0]}:{places[pairs[i][0]][1]}, "
            f"{judged[i, LABELS.index('contradicts')]:.2f}, {kind}"
            for i, kind in zip(alarms, of_alarm, strict=True)
        ),
    ]
    print(lines[0])
    if not arguments.no_page:
        pages.write(PAGE, "false_alarms.py", "\n".join(lines))
    if arguments.read:
        with arguments.read.open("w", encoding="utf-8") as file:
            for i in alarms:
                evidence, claim = sentences[pairs[i][1]], sentences[pairs[i][0]]
                record = {
                    "places": [places[pairs[i][1]], places[pairs[i][0]]],
                    "evidence": evidence,
                    "claim": claim,
                    "probabilities": judged[i].round(3).tolist(),
                }
                file.write(json.dumps(record, ensure_ascii=False) + "\n")


def read(path: Path) -> Iterator[tuple[tuple[str, int], str]]:
    """((article, line), sentence), without what is too short to say anything; a line that stands twice counts once."""
    seen = set()
    for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        for number, line in enumerate(record["text"].splitlines(), 1):
            sentence = line.strip()
            if record["lang"] == "nl" and len(sentence.split()) >= WORDS and sentence not in seen:
                seen.add(sentence)
                yield (record["id"], number), sentence


def neighbours(articles: list[str], of: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """(sentence, one of its nearest neighbours in other articles), nearest first."""
    alike = of @ of.T
    names = np.array(articles)
    alike[names[:, None] == names[None, :]] = -1
    for one, row in enumerate(alike):
        for near in np.argsort(-row, kind="stable")[:NEIGHBOURS].tolist():
            yield one, near


if __name__ == "__main__":
    main()
