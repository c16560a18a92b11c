"""The contrast corpus: labels follow from relations, splits share nothing, and form alone gives little away."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from claimcheck import baseline, metrics
from claimcheck.corpora import read_pairs, text_key
from conftest import load_script

HERE = Path(__file__).parents[1] / "corpora" / "contrast"
make = load_script("corpora", "contrast", "make.py")

SEED = """
[[seed]]
id = "{stem}-001"
land = "nl"
n = [21, 39]
a = ["In {{plaats}} vielen {{n}} gewonden.", "word_order| Er vielen {{n}} gewonden in {{plaats}}."]
b = ["In {{plaats}} vielen zeker {{n_laag}} gewonden."]
c = ["In {{plaats}} vielen geen gewonden."]
d = ["In {{plaats}} zou de burgemeester {{man}} gewond zijn geraakt."]
relations = ["a > b | bound", "b x c | negation_geen", "a ~ d | zou"{more}]
"""


def seeds(tmp_path, text=SEED, more=""):
    path = tmp_path / "brand.toml"
    path.write_text(text.format(stem="brand", more=more), encoding="utf-8")
    problem = make.Problems()
    return make.read(path, problem), problem.found


@pytest.fixture(scope="module")
def parts():
    return {part: read_pairs(HERE / f"{part}.jsonl") for part in make.PARTS}


def test_the_files_are_what_the_seeds_make(tmp_path, monkeypatch):
    problem = make.Problems()
    found = [seed for path in sorted((HERE / "seeds").glob("*.toml")) for seed in make.read(path, problem)]
    assert not problem.found
    monkeypatch.setattr(make, "HERE", tmp_path)
    make.write(found)
    for part in make.PARTS:
        assert (tmp_path / f"{part}.jsonl").read_bytes() == (HERE / f"{part}.jsonl").read_bytes(), part


def test_no_seed_is_in_training_choosing_and_testing_at_once(parts):
    groups = {part: {pair.group for pair in pairs} for part, pairs in parts.items()}
    assert not groups["train"] & groups["dev"]
    assert not (groups["train"] | groups["dev"]) & (groups["test_seen"] | groups["test_unseen"])


def test_no_text_of_a_test_seed_is_trained_on(parts):
    texts = {
        part: {text_key(t) for pair in pairs for t in (pair.evidence, pair.claim)} for part, pairs in parts.items()
    }
    assert not texts["train"] & (texts["dev"] | texts["test_seen"] | texts["test_unseen"])


def test_families_that_are_tested_as_unseen_are_in_no_other_part(parts):
    for part in ("train", "dev", "test_seen"):
        assert not {pair.phenomenon for pair in parts[part]} & make.UNSEEN
    assert {pair.phenomenon for pair in parts["test_unseen"]} == make.UNSEEN


@pytest.mark.parametrize("shown", ["claim", "evidence"])
def test_one_side_alone_tells_little_of_the_label(parts, shown):
    test = parts["test_seen"]
    model = baseline.fit(f"tfidf_{shown}_only", parts["train"])
    answers = model.predict_proba(evidence=[pair.evidence for pair in test], claims=[pair.claim for pair in test])
    gold = metrics.gold_of(test)
    majority = np.bincount(gold).max() / len(gold)
    assert (answers.argmax(1) == gold).mean() <= majority + 0.08


def test_labels_follow_from_relations_in_both_directions(tmp_path):
    (seed,), _ = seeds(tmp_path)
    labels = {(one.evidence, one.claim): one.label for one in make.candidates(seed)}
    assert labels[("a", 0), ("a", 1)] == labels[("a", 1), ("a", 0)] == "supports"
    assert labels[("a", 1), ("b", 0)] == "supports"
    assert labels[("b", 0), ("a", 1)] == "unrelated"
    assert labels[("b", 0), ("c", 0)] == labels[("c", 0), ("b", 0)] == "contradicts"
    assert labels[("a", 0), ("d", 0)] == labels[("d", 0), ("a", 0)] == "unrelated"


def test_what_supports_something_contradicts_what_that_contradicts(tmp_path):
    (seed,), _ = seeds(tmp_path)
    labels = {(one.evidence, one.claim): one.label for one in make.candidates(seed)}
    assert labels[("a", 0), ("c", 0)] == labels[("c", 0), ("a", 1)] == "contradicts"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (', "a ~ c | zou"', "follows from other relations"),
        (', "b > a | bound"', "two relations"),
        (', "a x e | number"', "no proposition e"),
        (', "a x d | zou"', "no family of x"),
        (', "a is d"', "no relation"),
        ("", "3 relations; at least 14"),
    ],
)
def test_relations_that_cannot_be_are_named(tmp_path, more, message):
    _, found = seeds(tmp_path, more=more)
    assert any(message in line for line in found), found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{{man}}", "{{vrouw9}}", "slot 'vrouw9'"),
        ("word_order|", "woordvolgorde|", "no family of wordings"),
        ("word_order|", "", "begin with a family"),
        ("geen gewonden.", "geen gewonden", "no full stop"),
        ('land = "nl"', 'land = "fr"', "land is 'fr'"),
        ("brand-001", "x-1", "the id is not"),
        ("n = [21, 39]", "n = [21, 21]", "the range 21–21"),
    ],
)
def test_seeds_that_cannot_be_are_named(tmp_path, old, new, message):
    text = SEED.replace("{stem}-001", "brand-001").replace(old, new)
    _, found = seeds(tmp_path, text=text)
    assert any(message in line for line in found), found


def test_slots_of_one_seed_have_one_value_and_round_numbers_lie_on_their_side(tmp_path):
    (seed,), _ = seeds(tmp_path)
    for n in range(30):
        values = make.draw(seed, make.random.Random(n))
        assert values["plaats"] != values["plaats2"]
        assert values["man"].endswith(values["man_kort"][1:])
        assert int(values["n_laag"]) < int(values["n"]) < int(values["n_hoog"])
        assert values["n"] != values["n2"]
        assert values["n_woord"] == make.in_words(int(values["n"]))


@pytest.mark.parametrize(
    ("number", "words"), [(0, "nul"), (16, "zestien"), (21, "eenentwintig"), (43, "drieënveertig"), (90, "negentig")]
)
def test_numbers_are_written_as_dutch_writes_them(number, words):
    assert make.in_words(number) == words


def test_pairs_that_are_taken_have_each_label_alike_often(parts):
    for part in ("train", "dev", "test_seen"):
        found = Counter(pair.label for pair in parts[part])
        assert max(found.values()) <= 1.15 * min(found.values()), (part, found)


def test_each_seed_gives_every_label(parts):
    found = defaultdict(set)
    for pair in parts["train"]:
        found[pair.group].add(pair.label)
    assert all(len(labels) == 3 for labels in found.values())
