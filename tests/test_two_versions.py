"""The pairs of two versions of one event: one side alone tells little, and nothing of it is reported."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from claimcheck import baseline, metrics
from claimcheck.corpora import read_pairs, text_key

CORPORA = Path(__file__).parents[1] / "corpora"
FILES = sorted(path.stem for path in (CORPORA / "two-versions").glob("*.jsonl") if path.stem != "readings")
PAIRS = {name: read_pairs(CORPORA / "two-versions" / f"{name}.jsonl") for name in FILES}


def test_no_pair_stands_twice():
    every = [(text_key(pair.evidence), text_key(pair.claim)) for pairs in PAIRS.values() for pair in pairs]
    assert len(set(every)) == len(every)


# In the other two, sentences of whole articles meet, most of which decide nothing about each other.
@pytest.mark.parametrize("name", [name for name in FILES if name not in ("articles", "dossiers")])
def test_most_claims_get_another_label_from_the_other_version(name):
    labels = defaultdict(set)
    for pair in PAIRS[name]:
        labels[pair.group, pair.claim].add(pair.label)
    assert sum(len(found) > 1 for found in labels.values()) > len(labels) / 2


@pytest.mark.parametrize("shown", ["claim", "evidence"])
@pytest.mark.parametrize("name", FILES)
def test_one_side_alone_tells_little_of_the_label(name, shown):
    held = set(sorted({pair.group for pair in PAIRS[name]})[::5])
    train, test = ([pair for pair in PAIRS[name] if (pair.group in held) == part] for part in (False, True))
    answers = baseline.fit(f"tfidf_{shown}_only", train).predict_proba(
        evidence=[pair.evidence for pair in test], claims=[pair.claim for pair in test]
    )
    gold = metrics.gold_of(test)
    majority = np.bincount(gold).max() / len(gold)
    assert (answers.argmax(1) == gold).mean() <= majority + 0.08


def test_no_text_of_it_is_reported_or_chosen_on():
    others = [
        *(CORPORA / name for name in ("demo-gold.jsonl", "stress.jsonl")),
        *(CORPORA / "contrast" / f"{part}.jsonl" for part in ("dev", "test_seen", "test_unseen")),
        *(CORPORA / "two-outlets" / f"outlets_{part}.jsonl" for part in ("dev", "test")),
    ]
    used = {text_key(text) for path in others for pair in read_pairs(path) for text in (pair.evidence, pair.claim)}
    trained = {text_key(text) for pairs in PAIRS.values() for pair in pairs for text in (pair.evidence, pair.claim)}
    assert not used & trained
