"""Measure `claimcheck suggest`: do its pairs teach a classifier more than pairs drawn at random?

    python evaluation/what_to_label.py --data-dir DATA

Simulated on labelled pairs whose labels are shown only when they are chosen. Chosen on SICK-NL TRAIN, scored on SICK-NL
TRIAL; German news (RTE-3) and XNLI stand for texts that the model was not made for. What is trained is a logistic
regression, in a blink, and not the model itself. Writes its tables into docs/decisions/0009-what-to-label.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pages
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from claimcheck import corpora, metrics, pairing, read, segment, suggesting
from claimcheck.nli import Model, load_model
from claimcheck.schema import LABELS, Claim, Example, Pair

Floats = NDArray[np.float64]
SEEDS = 10
POOL = 1_000
START, STEP = 25, 25  # labels to begin with, and labels a round
MARKS = (50, 100, 200)
CORPORA = Path(__file__).parents[1] / "corpora"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data_dir = os.environ.get("CLAIMCHECK_DATA")
    parser.add_argument("--data-dir", type=Path, default=data_dir, required=data_dir is None)
    arguments = parser.parse_args()
    model = load_model()
    encoder = Remembered(model)
    out = [
        *same_texts(encoder, arguments.data_dir),
        *rounds(encoder, arguments.data_dir),
        *(line for name in ("rte3_de", "xnli_de") for line in once(name, model, encoder, arguments.data_dir)),
        *demo(model, encoder),
        f"Model {model.name}, sha256 `{model.checksum}`; {SEEDS} seeds.",
    ]
    pages.write(pages.DOCS / "decisions" / "0009-what-to-label.md", "what_to_label.py", "\n".join(out))


class Remembered:
    """An encoder that embeds each text once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._model.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


@dataclass(frozen=True)
class Answers:
    """A classifier that gives the answers it is made of."""

    of: Callable[[Sequence[str], Sequence[str]], Floats]

    def predict_proba(self, *, evidence: Sequence[str], claims: Sequence[str]) -> Floats:
        return self.of(evidence, claims)


Texts = tuple[str, str]


@dataclass(frozen=True)
class Round:
    """What there is to choose from and with: the pairs, who answers, and the texts that are labelled already."""

    pairs: list[Pair]
    classifier: Answers
    encoder: Remembered
    labelled: list[Texts]
    seed: int

    @property
    def texts(self) -> list[Texts]:
        return [(pair.evidence.statement, pair.claim.statement) for pair in self.pairs]


def at_random(now: Round, n: int) -> list[Texts]:
    picked = np.random.default_rng(now.seed).choice(len(now.pairs), n, replace=False)
    return [now.texts[i] for i in picked]


def most_uncertain(now: Round, n: int) -> list[Texts]:
    texts = now.texts
    answers = now.classifier.of([text for text, _ in texts], [text for _, text in texts])
    return [texts[i] for i in np.argsort(-suggesting.entropy(answers), kind="stable")[:n]]


def suggested(now: Round, n: int) -> list[Texts]:
    found = suggesting.suggest(now.pairs, now.classifier, now.encoder, n=n, seed=now.seed, exclude=now.labelled)
    return [(each.evidence.statement, each.claim.statement) for each in found]


STRATEGIES: dict[str, Callable[[Round, int], list[Texts]]] = {
    "at random": at_random,
    "highest entropy": most_uncertain,
    "`suggest`": suggested,
}


def features(evidence: Sequence[str], claims: Sequence[str], encoder: Remembered) -> Floats:
    """Where the vectors differ, and the share of each side's words that stand in the other."""
    apart = np.abs(encoder.embed(evidence) - encoder.embed(claims)).astype(np.float64)
    words = [[set(re.findall(r"\w+", text.casefold())) for text in side] for side in (evidence, claims)]
    shares = [[len(a & b) / max(1, len(a)), len(a & b) / max(1, len(b))] for a, b in zip(*words, strict=True)]
    return np.hstack((10 * apart, 3 * np.array(shares).reshape(-1, 2)))  # so that a penalty weighs on both alike


def fitted(seen: Floats, gold: NDArray[np.int64]) -> Callable[[Floats], Floats]:
    if len(set(gold)) == 1:
        return lambda rows: np.eye(len(LABELS))[np.full(len(rows), gold[0])]
    regression = LogisticRegression(max_iter=1000).fit(seen, gold)

    def predict(rows: Floats) -> Floats:
        answers = np.zeros((len(rows), len(LABELS)))
        answers[:, regression.classes_] = regression.predict_proba(rows)
        return answers

    return predict


def answering(
    predict: Callable[[Floats], Floats], encoder: Remembered
) -> Callable[[Sequence[str], Sequence[str]], Floats]:
    return lambda evidence, claims: predict(features(evidence, claims, encoder))


def macro_f1(gold: NDArray[np.int64], answers: Floats) -> float:
    return metrics.scores(gold, answers)["macro_f1"]


def as_pair(evidence: str, claim: str) -> Pair:
    left, right = (
        Claim(id=side, article_id=side, source=side, start=0, end=len(text), text=text, statement=text)
        for side, text in (("evidence", evidence), ("claim", claim))
    )
    return Pair(claim=right, evidence=left, similarity=1.0)


def table(title: str, scores: dict[str, dict[int, list[float]]], labels: dict[str, list[int]]) -> list[str]:
    """Mean macro-F1 over the seeds, and how far above the random choice of the same seed, with its standard error."""
    out = [title, "", "| chosen | " + " | ".join(f"{mark} labels" for mark in MARKS) + " | labels seen at the end |"]
    out.append("|---" * (len(MARKS) + 2) + "|")
    for name, by_mark in scores.items():
        cells = []
        for mark in MARKS:
            values = np.array(by_mark[mark]) * 100
            above = values - np.array(scores["at random"][mark]) * 100
            error = above.std(ddof=1) / np.sqrt(len(above))
            cells.append(
                f"{values.mean():.1f}" + ("" if name == "at random" else f" ({above.mean():+.1f} ± {error:.1f})")
            )
        seen = np.bincount(labels[name], minlength=len(LABELS)) / len(labels[name])
        shares = ", ".join(f"{share:.0%} {label}" for share, label in zip(seen, LABELS, strict=True))
        out.append(f"| {name} | {' | '.join(cells)} | {shares} |")
    return [*out, ""]


def rounds(encoder: Remembered, data_dir: Path) -> list[str]:
    """Rounds of labelling on SICK-NL, as its labels are spread and as those of news are."""
    gold: dict[Texts, int] = {}
    pool_of: list[Texts] = []
    for split in ("train_ab", "train_ba"):
        for example in corpora.load("sick_nl", split, data_dir):
            gold.setdefault((example.evidence, example.claim), LABELS.index(example.label))
            if split == "train_ab":
                pool_of.append((example.evidence, example.claim))
    pool_of = [texts for texts in dict.fromkeys(pool_of) if texts[::-1] in gold]
    trial = corpora.load("sick_nl", "trial", data_dir)
    unseen, wanted = features([e.evidence for e in trial], [e.claim for e in trial], encoder), metrics.gold_of(trial)
    encoder.embed([text for texts in pool_of for text in texts])
    out = []
    for skewed in (False, True):
        scores: dict[str, dict[int, list[float]]] = {name: {mark: [] for mark in MARKS} for name in STRATEGIES}
        seen: dict[str, list[int]] = {name: [] for name in STRATEGIES}
        for seed in range(SEEDS):
            mixed = np.random.default_rng(seed).permutation(len(pool_of))
            shuffled = [pool_of[i] for i in mixed]
            if skewed:
                each = (POOL // 20, POOL // 20, POOL - 2 * (POOL // 20))
                by_label = [[texts for texts in shuffled if gold[texts] == label] for label in range(len(LABELS))]
                shuffled = [texts for of_label, size in zip(by_label, each, strict=True) for texts in of_label[:size]]
                shuffled = [shuffled[i] for i in np.random.default_rng(seed).permutation(len(shuffled))]
            pool = shuffled[:POOL]
            for name, choose in STRATEGIES.items():
                labelled = pool[:START]
                while True:
                    gold_so_far = np.array([gold[texts] for texts in labelled])
                    seen_texts = [text for text, _ in labelled], [text for _, text in labelled]
                    predict = fitted(features(*seen_texts, encoder), gold_so_far)
                    if len(labelled) in MARKS:
                        scores[name][len(labelled)].append(macro_f1(wanted, predict(unseen)))
                    if len(labelled) >= MARKS[-1]:
                        break
                    known = {frozenset(texts) for texts in labelled}
                    left = [as_pair(*texts) for texts in pool if frozenset(texts) not in known]
                    answers = Answers(answering(predict, encoder))
                    now = Round(left, answers, encoder, labelled, 1000 * seed + len(labelled))
                    labelled = labelled + choose(now, STEP)
                seen[name] += [gold[texts] for texts in labelled]
        how = "thinned to 5 % supports and 5 % contradicts" if skewed else "labels as they are there"
        title = (
            f"SICK-NL TRAIN (`{corpora.checksum('sick_nl', 'train', data_dir)[:16]}`), {POOL:,} pairs to choose from, "
            f"{how}. {START} at random, then rounds of {STEP}. Macro-F1 on TRIAL ({len(trial)} pairs), and points "
            "above random with their standard error:"
        )
        out += table(title, scores, seen)
    return out


def once(name: str, model: Model, encoder: Remembered, data_dir: Path) -> list[str]:
    """One round, chosen by the shipped model on texts that it was not made for. Only evidence → claim has labels."""
    examples = corpora.load(name, "dev", data_dir)
    examples = [examples[i] for i in np.random.default_rng(0).permutation(len(examples))[:800]]
    gold = metrics.gold_of(examples)
    evidence, claims = [e.evidence for e in examples], [e.claim for e in examples]
    answers = model.predict_proba(evidence=evidence, claims=claims)
    by_texts = {frozenset(texts): i for i, texts in enumerate(zip(evidence, claims, strict=True))}
    classifier = Answers(lambda e, c: answers[[by_texts[frozenset(texts)] for texts in zip(e, c, strict=True)]])
    logs = np.log(answers + 1e-4)
    seen = np.hstack((features(evidence, claims, encoder), logs - logs.mean(0)))
    groups = sorted({example.group for example in examples})
    scores: dict[str, dict[int, list[float]]] = {way: {mark: [] for mark in MARKS} for way in STRATEGIES}
    labels: dict[str, list[int]] = {way: [] for way in STRATEGIES}
    for seed in range(SEEDS):
        held = set(np.random.default_rng(seed).permutation(groups)[: round(0.4 * len(groups))])
        test = np.array([example.group in held for example in examples])
        pool = [as_pair(evidence[i], claims[i]) for i in np.flatnonzero(~test)]
        for way, choose in STRATEGIES.items():
            for mark in MARKS:
                now = Round(pool, classifier, encoder, [], seed)
                picked = [by_texts[frozenset(texts)] for texts in choose(now, mark)]
                scores[way][mark].append(macro_f1(gold[test], fitted(seen[picked], gold[picked])(seen[test])))
            labels[way] += gold[picked].tolist()
    title = (
        f"{name} dev (`{corpora.checksum(name, 'dev', data_dir)[:16]}`), {len(examples)} pairs, four in ten groups "
        f"held out to score on, all chosen at once by the shipped model, whose own macro-F1 there is "
        f"{100 * macro_f1(gold, answers):.1f}:"
    )
    return table(title, scores, labels)


def same_texts(encoder: Remembered, data_dir: Path) -> list[str]:
    """How often a threshold takes two sentences for one, where they mean the same and where they exclude each other."""
    both = [corpora.load("sick_nl", split, data_dir) for split in ("train_ab", "train_ba")]
    other = {example.id: example.label for example in both[1]}
    kinds: dict[str, list[Example]] = {"same": [], "contradicts": []}
    for example in both[0]:
        if example.label == other[example.id] == "supports":
            kinds["same"].append(example)
        elif "contradicts" in (example.label, other[example.id]):
            kinds["contradicts"].append(example)
    shares = {}
    for kind, examples in kinds.items():
        left, right = [e.evidence for e in examples], [e.claim for e in examples]
        cosine = (encoder.embed(left) * encoder.embed(right)).sum(1)
        words = [[set(re.findall(r"\w+", text.casefold())) for text in side] for side in (left, right)]
        shares[kind] = cosine, np.array([len(a & b) / len(a | b) for a, b in zip(*words, strict=True)])
    out = [
        f"Sentences of SICK-NL TRAIN taken for one: of {len(kinds['same'])} pairs that mean the same (supports in both "
        f"directions) / of {len(kinds['contradicts'])} that contradict each other.",
        "",
        "| cosine at least | " + " | ".join(f"{share:g} of the words" for share in WORDS) + " |",
        "|---" * (len(WORDS) + 1) + "|",
    ]
    for least in (0.95, 0.97, 0.98, 0.99):
        cells = [
            " / ".join(f"{((cosine >= least) & (words >= share)).mean():.1%}" for cosine, words in shares.values())
            for share in WORDS
        ]
        out.append(f"| {least:g} | {' | '.join(cells)} |")
    return [*out, ""]


WORDS = (0.0, 0.6, 0.7, 0.8)


def demo(model: Model, encoder: Remembered) -> list[str]:
    """How many pairs worth a look are among the first thirty, by the least similarity of a candidate."""
    gold = [json.loads(line) for line in (CORPORA / "demo-gold.jsonl").read_text(encoding="utf-8").splitlines()]
    related = {frozenset((row["claim"], row["evidence"])) for row in gold if row["label"] != "unrelated"}
    claims = [claim for article in read(CORPORA / "demo") for claim in segment(article).claims]
    known: dict[Texts, Floats] = {}

    def remembered(evidence: Sequence[str], claims: Sequence[str]) -> Floats:
        sides = list(zip(evidence, claims, strict=True))
        new = [texts for texts in dict.fromkeys(sides) if texts not in known]
        if new:
            answers = model.predict_proba(evidence=[text for text, _ in new], claims=[text for _, text in new])
            known.update(zip(new, answers, strict=True))
        return np.stack([known[texts] for texts in sides])

    out = [
        f"`corpora/demo`: {len(related)} related pairs in its gold file. How many of them are among the candidates, "
        f"and among thirty that are chosen (mean of {SEEDS} seeds):",
        "",
        "| least similarity | candidates | related | " + " | ".join(STRATEGIES) + " |",
        "|---" * (3 + len(STRATEGIES)) + "|",
    ]
    for floor in (0.1, pairing.FLOOR, 0.2, 0.25, 0.3):
        pairs = pairing.pair(claims, encoder, floor=floor)
        there = {frozenset((pair.claim.statement, pair.evidence.statement)) for pair in pairs} & related
        found = []
        for choose in STRATEGIES.values():
            hits = [
                sum(
                    frozenset(texts) in related
                    for texts in choose(Round(pairs, Answers(remembered), encoder, [], seed), 30)
                )
                for seed in range(SEEDS)
            ]
            found.append(f"{np.mean(hits):.1f}")
        out.append(f"| {floor:g} | {len(pairs)} | {len(there)} | {' | '.join(found)} |")
    return [*out, ""]


if __name__ == "__main__":
    main()
