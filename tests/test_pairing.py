"""Claims → candidate pairs across sources."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from claimcheck.nli import Model
from claimcheck.pairing import TOP_K, pair
from claimcheck.schema import Claim, Pair

VOCABULARY = ["brand", "school", "brug", "premier", "trein", "bos", "huis", "markt", "regen", "winst", "boer", "club"]


class FakeEncoder:
    """A vector for each text that depends on the text alone: random, of length 1, none at right angles."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = [np.random.default_rng(list(text.encode())).random(8) for text in texts]
        return np.array([vector / np.linalg.norm(vector) for vector in vectors], dtype=np.float32).reshape(-1, 8)


def made(*statements: tuple[str, str]) -> list[Claim]:
    """Claims from (source, statement); ids are the places in the list."""
    return [
        Claim(id=str(n), article_id=source, source=source, start=0, end=len(text), text=text, statement=text)
        for n, (source, text) in enumerate(statements)
    ]


def ids(pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    return [(pair.claim.id, pair.evidence.id) for pair in pairs]


sentences = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6).map(" ".join)
claim_lists = st.lists(st.tuples(st.sampled_from("abc"), sentences), max_size=12).map(lambda pairs: made(*pairs))


@given(claim_lists, st.integers(1, 4), st.sampled_from([0.0, 0.3, 0.5]))
def test_pairs_are_of_two_sources_each_once_and_in_the_order_of_the_claims(
    claims: list[Claim], top_k: int, floor: float
) -> None:
    pairs = pair(claims, FakeEncoder(), top_k=top_k, floor=floor)
    assert all(found.claim.source != found.evidence.source for found in pairs)
    places = [(int(left), int(right)) for left, right in ids(pairs)]
    assert all(left < right for left, right in places)
    assert places == sorted(set(places))
    assert all(floor <= found.similarity <= 1 for found in pairs)
    assert pairs == pair(claims, FakeEncoder(), top_k=top_k, floor=floor)


@given(claim_lists, st.integers(1, 4))
def test_every_claim_chooses_its_top_k_or_all_that_the_other_sources_have(claims: list[Claim], top_k: int) -> None:
    pairs = pair(claims, FakeEncoder(), top_k=top_k, floor=0)
    partners = Counter(claim.id for found in pairs for claim in (found.claim, found.evidence))
    choices = [min(top_k, sum(other.source != claim.source for other in claims)) for claim in claims]
    # A claim has at least its own choices, beside those of the claims that chose it.
    assert all(partners[claim.id] >= choice for claim, choice in zip(claims, choices, strict=True))
    assert len(pairs) <= sum(choices)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), sentences), max_size=12, unique_by=lambda made: made[1]),
    st.randoms(use_true_random=False),
    st.integers(1, 4),
)
def test_the_order_of_the_claims_decides_only_which_of_two_is_the_evidence(
    statements: list[tuple[str, str]], shuffler: random.Random, top_k: int
) -> None:
    claims = made(*statements)
    shuffled = shuffler.sample(claims, len(claims))
    plain, other = (
        {frozenset(ends): found.similarity for ends, found in zip(ids(pairs), pairs, strict=True)}
        for pairs in (pair(order, FakeEncoder(), top_k=top_k) for order in (claims, shuffled))
    )
    assert plain.keys() == other.keys()
    assert all(abs(plain[ends] - other[ends]) < 1e-5 for ends in plain)


def test_no_claims_one_claim_and_one_source_give_no_pairs() -> None:
    assert pair([], FakeEncoder()) == []
    assert pair(made(("a", "brand")), FakeEncoder()) == []
    assert pair(made(("a", "brand"), ("a", "brand in huis"), ("a", "school")), FakeEncoder()) == []


@pytest.mark.parametrize("top_k", [0, -1])
def test_a_top_k_below_one_is_the_callers_mistake(top_k: int) -> None:
    with pytest.raises(ValueError, match=f"top_k is {top_k}"):
        pair([], FakeEncoder(), top_k=top_k)


@pytest.mark.parametrize("floor", [1.5, -0.1, float("nan")])
def test_a_floor_outside_0_to_1_is_the_callers_mistake(floor: float) -> None:
    with pytest.raises(ValueError, match=f"floor is {floor}"):
        pair([], FakeEncoder(), floor=floor)


def test_the_same_sentence_in_two_sources_has_similarity_one() -> None:
    (found,) = pair(made(("a", "De brug is dicht."), ("b", "De brug is dicht.")), FakeEncoder(), floor=1)
    assert found.similarity == 1


def test_equal_similarities_go_to_the_earlier_claim() -> None:
    claims = made(*[("b", "brand"), ("c", "school"), ("c", "brand")] * 40, ("a", "brand"))
    last = [left for left, right in ids(pair(claims, FakeEncoder(), top_k=10, floor=0.9)) if right == claims[-1].id]
    assert last == ["0", "2", "3", "5", "6", "8", "9", "11", "12", "14"]


@pytest.mark.parametrize(
    "statements",
    [
        ["De het een.", "Zij van hem."],
        ["De het een.", "De brand in het huis."],
        ["!!!", "…"],
        ["!!!", "brand"],
        ["12", "12 13"],
        ["", ""],
        ["👍", "今天"],
    ],
)
def test_claims_without_telling_words_are_paired_by_their_vectors(statements: list[str]) -> None:
    claims = made(*zip("ab", statements, strict=True))
    (found,) = pair(claims, FakeEncoder(), floor=0)
    assert 0 <= found.similarity <= 1


def test_a_single_digit_or_letter_tells_claims_apart() -> None:
    claims = made(("a", "groep A kreeg 3 punten"), ("b", "groep B kreeg 5 punten"), ("c", "groep A kreeg 3 punten"))

    class Blind:
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.ones((len(texts), 1), dtype=np.float32)

    similarity = {ends: found.similarity for found, ends in ((p, ids([p])[0]) for p in pair(claims, Blind()))}
    assert similarity["0", "2"] > similarity["0", "1"]


@settings(max_examples=30)
@given(st.lists(sentences, min_size=2, max_size=8, unique=True))
def test_the_word_half_of_similarity_is_bm25_as_a_share_of_the_claims_own_score(statements: list[str]) -> None:
    class Silent:
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.eye(len(texts), dtype=np.float32)  # every two at right angles

    tokens = [statement.split() for statement in statements]
    index = bm25s.BM25()
    index.index(tokens, show_progress=False)
    scores = np.stack([index.get_scores(words) for words in tokens])
    shares = np.clip(scores / scores.diagonal()[:, None], 0, 1)
    claims = made(*((str(n), statement) for n, statement in enumerate(statements)))
    pairs = pair(claims, Silent(), top_k=len(claims), floor=0)
    assert len(pairs) == len(claims) * (len(claims) - 1) // 2
    for found, (left, right) in zip(pairs, ids(pairs), strict=True):
        better = max(shares[int(left), int(right)], shares[int(right), int(left)])
        assert found.similarity == pytest.approx(better / 2, abs=1e-5)


def test_the_shipped_encoder_ranks_a_paraphrase_above_other_news(shipped: Model) -> None:
    claims = made(
        ("krant", "Bij een brand in Lier zijn twee kinderen omgekomen."),
        ("omroep", "De beurs van Amsterdam sloot hoger."),
        ("omroep", "Twee kinderen stierven in Lier door een woningbrand."),
    )
    best = max(pair(claims, shipped, floor=0), key=lambda found: found.similarity)
    assert ids([best]) == [("0", "2")]


def test_3000_claims_are_never_held_against_each_other_at_once() -> None:
    # Twelve words each; what the blocks need beside the pairs stays below one 3,000 × 3,000 float64 matrix.
    words = np.random.default_rng(0).integers(3_000, size=(3_000, 12))
    claims = made(*(("abc"[n % 3], " ".join(f"woord{word}" for word in row)) for n, row in enumerate(words)))
    tracemalloc.start()
    pairs = pair(claims, FakeEncoder(), floor=0.5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0 < len(pairs) <= 3_000 * TOP_K
    assert peak < 3_000 * 3_000 * 8
