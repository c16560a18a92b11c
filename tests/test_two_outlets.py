"""The pairs of several outlets on one event: what is chosen on and what is reported share nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimcheck.corpora import read_pairs, text_key
from claimcheck.schema import LABELS

HERE = Path(__file__).parents[1] / "corpora" / "two-outlets"
DEV, TEST = (read_pairs(HERE / f"outlets_{part}.jsonl") for part in ("dev", "test"))


def test_no_event_and_no_text_is_both_chosen_on_and_reported():
    assert not {pair.group for pair in DEV} & {pair.group for pair in TEST}
    texts = [{text_key(text) for pair in part for text in (pair.evidence, pair.claim)} for part in (DEV, TEST)]
    assert not texts[0] & texts[1]


@pytest.mark.parametrize("part", [DEV, TEST])
def test_every_event_has_every_label_and_no_pair_twice(part):
    for event in {pair.group for pair in part}:
        pairs = [pair for pair in part if pair.group == event]
        assert {pair.label for pair in pairs} == set(LABELS)
        assert len({(text_key(pair.evidence), text_key(pair.claim)) for pair in pairs}) == len(pairs)


def test_numbers_of_pairs_do_not_tell_their_labels():
    first = [pair.label for pair in (*DEV, *TEST) if int(pair.id.rpartition("-")[2]) <= 15]
    assert 0.35 < first.count("unrelated") / len(first) < 0.65
