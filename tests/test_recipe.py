"""The recipe of the shipped model: nothing reported is trained on, and what is made of pairs keeps their meaning."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace

import pytest

from claimcheck.schema import Example
from conftest import load_script

tomllib = pytest.importorskip("tomllib", reason="the recipe needs Python 3.11")
torch = pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("transformers", reason="needs the extra train")
load_file = pytest.importorskip("safetensors.torch", reason="needs the extra train").load_file

recipe = load_script("models", "recipes", "nli.py")

LONG, OTHER = "In Lier was zondag een grote brand.", "Bij de brand in Lier kwam niemand om het leven."


def pair(evidence, claim, label="supports", id_="1"):
    return Example(id=id_, evidence=evidence, claim=claim, label=label, group="g")


REPORTED = recipe.Reported.of([[pair(LONG, OTHER)], [pair("Er was brand.", "Het regende.")]])


@pytest.mark.parametrize("by_text", [True, False])
@pytest.mark.parametrize(("first", "second"), [(LONG, OTHER), (OTHER, LONG), (LONG.upper(), f"  {OTHER} ")])
def test_a_reported_pair_is_refused_in_either_order_and_however_it_is_spaced(first, second, by_text):
    assert REPORTED.has(pair(first, second), by_text=by_text)


def test_one_reported_text_is_enough_on_either_side_unless_only_pairs_are_looked_at():
    for turned in (pair(LONG, "Iets anders."), pair("Iets anders.", LONG)):
        assert REPORTED.has(turned, by_text=True)
        assert not REPORTED.has(turned, by_text=False)


def test_a_text_of_few_words_is_refused_with_its_partner_only():
    assert not REPORTED.has(pair("Er was brand.", "Iets anders."), by_text=True)
    assert REPORTED.has(pair("Het regende.", "Er was brand."), by_text=True)


PAIRS = [
    pair(f"In plaats {i} was zondag een grote brand waarbij niemand omkwam.", f"Brand in plaats {i}.", label, str(i))
    for i, label in enumerate(["supports", "contradicts", "unrelated"] * 20)
]


def test_turned_round_a_contradiction_stays_one_and_what_says_twice_as_much_is_left_open():
    made = recipe.turned_round(PAIRS, "zaad")
    by_id = {p.id: p for p in PAIRS}
    for turned in made:
        origin = by_id[turned.id.removesuffix("/reversed")]
        assert (turned.evidence, turned.claim) == (origin.claim, origin.evidence)
        assert turned.label == ("contradicts" if origin.label == "contradicts" else "unrelated")
    assert made == recipe.turned_round(PAIRS, "zaad")


def test_as_many_are_left_open_as_contradict_so_that_length_tells_nothing():
    assert Counter(p.label for p in recipe.turned_round(PAIRS, "zaad")) == {"contradicts": 4, "unrelated": 4}


def test_where_no_evidence_says_twice_as_much_nothing_is_turned_round():
    alike = [pair(f"Zin {i}.", f"Zin {i + 1}.", p.label, p.id) for i, p in enumerate(PAIRS)]
    assert recipe.turned_round(alike, "zaad") == []


def told(claim, first, second):
    return [pair(LONG, claim, first, f"{claim}/a"), pair(OTHER, claim, second, f"{claim}/b")]


def test_versions_conflict_both_ways_where_one_supports_two_claims_that_the_other_contradicts():
    pairs = [*told("Een.", "supports", "contradicts"), *told("Twee.", "contradicts", "supports")]
    made = recipe.between(pairs)
    assert {(p.evidence, p.claim, p.label) for p in made} == {
        (LONG, OTHER, "contradicts"),
        (OTHER, LONG, "contradicts"),
    }


@pytest.mark.parametrize("labels", [("supports", "unrelated"), ("contradicts", "unrelated"), ("supports", "supports")])
def test_versions_are_not_said_to_conflict_by_one_claim_or_by_silence(labels):
    pairs = [*told("Een.", "supports", "contradicts"), *told("Twee.", *labels), *told("Drie.", *labels)]
    assert recipe.between(pairs) == []


@pytest.mark.parametrize("name", ["nli", "next", "trials"])
def test_every_number_of_rows_is_of_a_source_and_every_share_of_a_leg(name):
    usual, own = (tomllib.loads((recipe.HERE / f"{file}.toml").read_text("utf-8")) for file in ("nli", name))
    sources = {source["name"] for source in usual["source"]}
    earlier: set[str] = set()
    for leg in own["leg"]:
        assert set(leg.get("rows", ())) <= sources, leg["name"]
        assert set(leg.get("start", ())) <= earlier, leg["name"]
        earlier.add(leg["name"])
    assert set(own.get("average", ())) <= earlier


def test_in_a_mean_of_weights_each_leg_counts_by_its_share(tmp_path, tiny_checkpoint):
    one, other = (tiny_checkpoint(name=name, seed=seed) for name, seed in (("one", 1), ("other", 2)))
    weights = [load_file(folder / "model.safetensors") for folder in (one, other)]
    mean = recipe.average(tmp_path, "mean", {"one": 1, "other": 3}, SimpleNamespace(dev={}))
    for name, found in load_file(mean / "model.safetensors").items():
        torch.testing.assert_close(found, (weights[0][name] + 3 * weights[1][name]) / 4)


def test_a_finished_leg_is_not_trained_again_and_one_of_other_rows_is_refused(tmp_path):
    (tmp_path / "leg.json").write_text(json.dumps({"rows_sha256": recipe.finetuning.checksum(PAIRS)}))
    assert recipe.train_leg(tmp_path / "base", tmp_path, {}, PAIRS, None) == tmp_path
    with pytest.raises(SystemExit, match="was trained on other rows; remove it"):
        recipe.train_leg(tmp_path / "base", tmp_path, {}, PAIRS[1:], None)


@pytest.mark.parametrize(("decay", "kept"), [(True, 500), (False, 700)])
def test_the_record_names_the_step_whose_weights_were_kept(tmp_path, decay, kept):
    for step, best in ((500, 500), (700, 500)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        state = {"global_step": step, "best_global_step": best, "max_steps": 700}
        (folder / "trainer_state.json").write_text(json.dumps(state))
    settings = recipe.finetuning.Settings(epochs=1, learning_rate=1e-4, batch=64, decay=decay)
    assert recipe.kept_step(tmp_path, settings) == {"kept": kept, "of": 700}


def test_checkpoints_of_another_training_are_not_gone_on_from(tmp_path):
    recipe.begin(tmp_path, {"leg": 1, "rows": "a"})
    recipe.begin(tmp_path, {"leg": 1, "rows": "a"})
    with pytest.raises(SystemExit, match="was begun with other rows; remove it"):
        recipe.begin(tmp_path, {"leg": 1, "rows": "b"})
