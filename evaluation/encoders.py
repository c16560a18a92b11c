"""Which vectors should pairing use? The shipped model's own, against BM25, its base, and a static table of the base.

    pip install "model2vec[distill]"
    python evaluation/encoders.py --base runs/base --data-dir DATA

A Dutch sentence should find its partner: in SICK-NL TEST and STSb-nl test one that people found at least 4 of 5 alike
(among all second sentences), in Tatoeba its English translation, in MEANTIME any sentence of the English version of its
article. Only reported, nothing is chosen here; ``pairing.py`` chooses on dev. Writes docs/decisions/0011-encoder.md.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pages
from false_alarms import WORDS
from model2vec.distill import distill
from numpy.typing import NDArray
from pairing import RELATED, relatedness
from scipy.stats import binomtest

from claimcheck import Article, corpora, pairing, segment
from claimcheck.finetuning import load_base, vectors_of
from claimcheck.nli import load_model

STATIC = 256  # dimensions, model2vec's default
Matrix = NDArray[np.floating]


@dataclass(frozen=True)
class Task:
    """``relevant[i, j]``: whether candidate ``j`` is what query ``i`` should find."""

    name: str
    queries: list[str]
    candidates: list[str]
    relevant: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    arguments = parser.parse_args()
    model = load_model()
    network, tokenizer, _ = load_base(arguments.base)
    static = distill(str(arguments.base), pca_dims=STATIC)
    encoders: dict[str, Callable[[Task], Matrix]] = {
        "words (BM25)": words,
        "base encoder": lambda task: cosine(task, lambda texts: vectors_of(network, tokenizer, texts)),
        "base encoder, with its prefix “query:”": lambda task: cosine(
            task, lambda texts: vectors_of(network, tokenizer, [f"query: {text}" for text in texts])
        ),
        f"static table of the base, {STATIC} numbers a piece": lambda task: cosine(task, static.encode),
        "shipped model": lambda task: cosine(task, model.embed),
        "words and shipped model, as `pair` mixes them": lambda task: (
            words(task) + pairing.stretched(cosine(task, model.embed))
        ),
    }
    lines = []
    seconds = dict.fromkeys(encoders, 0.0)
    for task in (read(arguments.data_dir) for read in (sick, stsb, tatoeba, meantime)):
        lines += [
            f"{task.name}: {len(task.queries):,} sentences, {len(task.candidates):,} to find them among.",
            "",
            "| vectors | recall@1 | recall@10 [95 %] | MRR |",
            "|---|--:|--:|--:|",
        ]
        for name, similarity in encoders.items():
            started = time.monotonic()
            ranks = ranks_of(similarity(task), task.relevant)
            seconds[name] += time.monotonic() - started
            found = int((ranks <= 10).sum())
            low, high = binomtest(found, len(ranks)).proportion_ci(method="wilson")
            lines.append(
                f"| {name} | {(ranks <= 1).mean():.3f} | {found / len(ranks):.3f} [{low:.3f}, {high:.3f}] "
                f"| {(1 / ranks).mean():.3f} |"
            )
        lines.append("")
    fastest = min(seconds.values())
    times = "; ".join(f"{name} {taken / fastest:.1f}" for name, taken in seconds.items())
    lines.append(f"Time of all four together, as a multiple of the fastest: {times}.")
    lines += ["", f"Model {model.name}, sha256 `{model.checksum}`."]
    pages.write(pages.DOCS / "decisions" / "0011-encoder.md", "encoders.py", "\n".join(lines))


def words(task: Task) -> Matrix:
    found = pairing._Words([*task.queries, *task.candidates]).similarity(np.arange(len(task.queries)))
    return found[:, len(task.queries) :]


def cosine(task: Task, embed: Callable[[Sequence[str]], Matrix]) -> Matrix:
    sides = [np.asarray(embed(texts)) for texts in (task.queries, task.candidates)]
    first, second = (side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9) for side in sides)
    return np.asarray(first @ second.T)


def ranks_of(similarity: Matrix, relevant: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each query the place of the first relevant candidate, from 1; of what ties with it half comes before."""
    best = np.where(relevant, similarity, -np.inf).max(1, keepdims=True)
    before, level = ((found & ~relevant).sum(1) for found in (similarity > best, similarity == best))
    return np.asarray(1 + before + level / 2)


def one_to_one(name: str, rows: Sequence[tuple[str, str]]) -> Task:
    candidates = list(dict.fromkeys(second for _, second in rows))
    place = {text: i for i, text in enumerate(candidates)}
    partners: dict[str, set[int]] = {}
    for first, second in rows:
        partners.setdefault(first, set()).add(place[second])
    relevant = np.zeros((len(partners), len(candidates)), dtype=bool)
    for i, found in enumerate(partners.values()):
        relevant[i, sorted(found)] = True
    return Task(name, list(partners), candidates, relevant)


def among_all(name: str, rows: Sequence[tuple[str, str, float]]) -> Task:
    """Only pairs that are alike are looked for, among the second sentences of all pairs."""
    alike = one_to_one(name, [(first, second) for first, second, score in rows if score >= RELATED])
    others = [second for _, second, _ in rows if second not in set(alike.candidates)]
    others = list(dict.fromkeys(others))
    wider = np.hstack((alike.relevant, np.zeros((len(alike.queries), len(others)), dtype=bool)))
    return Task(name, alike.queries, [*alike.candidates, *others], wider)


def sick(data_dir: Path) -> Task:
    return among_all("SICK-NL TEST, relatedness ≥ 4", relatedness(data_dir, "TEST"))


def stsb(data_dir: Path) -> Task:
    rows = [(pair.first, pair.second, pair.score) for pair in corpora.load_scored("stsb_nl", "test", data_dir)]
    return among_all("STSb-nl test (machine-translated), similarity ≥ 4", rows)


def tatoeba(data_dir: Path) -> Task:
    dutch, english = (
        (data_dir / "tatoeba_en_nl" / f"tatoeba.nld-eng.{code}").read_text(encoding="utf-8").splitlines()
        for code in ("nld", "eng")
    )
    return one_to_one("Tatoeba, Dutch → English", list(zip(dutch, english, strict=True)))


def meantime(data_dir: Path) -> Task:
    sentences: dict[str, list[tuple[str, str]]] = {"nl": [], "en": []}
    with (data_dir / "meantime" / "meantime_airbus_gm.jsonl").open(encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record["lang"] == "nl":
                texts = [line.strip() for line in record["text"].splitlines()]
            else:  # printed as one line
                article = Article(id=record["id"], source="meantime", text=record["text"])
                texts = [claim.text for claim in segment(article).claims]
            sentences[record["lang"]] += [(record["doc"], text) for text in texts if len(text.split()) >= WORDS]
    (of_dutch, dutch), (of_english, english) = (zip(*sentences[code], strict=True) for code in ("nl", "en"))
    relevant = np.array(of_dutch)[:, None] == np.array(of_english)[None, :]
    return Task("MEANTIME, Dutch sentence → English article", list(dutch), list(english), relevant)


if __name__ == "__main__":
    main()
