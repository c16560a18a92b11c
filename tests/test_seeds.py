"""Five real articles, which are not part of this repository: what the first issue asks of them."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from claimcheck import Article, Claim, ClaimChecker, Dropped, Report, read, segment
from claimcheck.nli import Model

SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed articles are not here")


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return read(SEEDS)


@pytest.fixture(scope="module")
def claims(articles: list[Article]) -> list[Claim]:
    return [claim for article in articles for claim in segment(article).claims]


@pytest.fixture(scope="module")
def report(shipped: Model, articles: list[Article]) -> Report:
    return ClaimChecker(shipped, top_k=1).compare(articles)


def longest_run(left: list[str], right: list[str]) -> int:
    """The number of words in a row that the two share."""
    best, above = 0, [0] * (len(right) + 1)
    for word in left:
        row = [0, *(above[at] + 1 if word == other else 0 for at, other in enumerate(right))]
        best, above = max(best, *row), row
    return best


def test_they_are_compared_and_reported(report: Report, articles: list[Article]) -> None:
    assert len(articles) == 5
    assert len({article.source for article in articles}) == 5
    assert {claim.article_id for claim in report.claims} == {article.id for article in articles}
    assert report.verdicts
    page = report.html()
    assert all(article.id in page for article in articles)


def test_their_dates_are_known_to_the_day_or_the_month(articles: list[Article]) -> None:
    assert [str(article.published) for article in articles if article.published] == ["2025-11-14", "2025-03", "2025-05"]


def test_every_claim_is_a_slice_of_its_article(articles: list[Article], claims: list[Claim]) -> None:
    texts = {article.id: article.text for article in articles}
    assert len(claims) > 100
    for claim in claims:
        assert claim.text == texts[claim.article_id][claim.start : claim.end]


def test_nothing_but_white_space_is_lost(articles: list[Article]) -> None:
    for article in articles:
        found = segment(article)
        pieces = sorted((*found.claims, *found.dropped), key=lambda piece: piece.start)
        assert "".join("".join(piece.text.split()) for piece in pieces) == "".join(article.text.split())


def test_no_claim_is_a_stamp_a_heading_a_credit_or_a_separator(articles: list[Article], claims: list[Claim]) -> None:
    texts = "\n".join(article.text for article in articles)
    for furniture in (r"date 20\d\d-\d\d", r"^\d\. .*\?\s*$", "© REUTERS", r"^_{3,}\s*$", r"^[A-Z ]{20,}$"):
        pattern = re.compile(furniture, re.MULTILINE)
        assert pattern.search(texts)  # else this would show nothing
        assert [claim.text for claim in claims if pattern.search(claim.text)] == []
    assert [claim.text for claim in claims if claim.statement.endswith("?")] == []


def test_no_claim_stands_there_again_as_a_pull_quote(articles: list[Article], claims: list[Claim]) -> None:
    def repeats(left: Claim | Dropped, right: Claim | Dropped) -> bool:
        one, other = (re.findall(r"\w+", piece.text.lower()) for piece in (left, right))
        return longest_run(one, other) >= 0.6 * min(len(one), len(other))

    quotes = [piece for article in articles for piece in segment(article).dropped if piece.why == "pull quote"]
    assert len(quotes) >= 3
    for quote in quotes:  # else this would show nothing
        assert any(repeats(quote, claim) for claim in claims if claim.article_id == quote.article_id)
    same = [(left, right) for left, right in combinations(claims, 2) if left.article_id == right.article_id]
    assert [(left.text, right.text) for left, right in same if repeats(left, right)] == []


def test_a_hard_wrapped_sentence_is_one_claim_on_one_line(claims: list[Claim]) -> None:
    wrapped = [claim for claim in claims if "\n" in claim.text]
    assert len(wrapped) > 10
    for claim in wrapped:
        assert claim.statement == " ".join(claim.text.split())
        assert claim.statement[-1] in '.”"'
