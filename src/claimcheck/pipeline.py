"""The whole way, from articles to a report: composition only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from claimcheck.errors import InputError
from claimcheck.judging import judge
from claimcheck.nli import Model, load_model
from claimcheck.pairing import FLOOR, TOP_K, pair
from claimcheck.reporting import Report, telling
from claimcheck.schema import Article, Claim, Encoder, Finding, Pair, PairClassifier, Verdict
from claimcheck.segmenting import segment

CHUNK = 64  # pairs judged between two calls of `progress`

Progress = Callable[[int, int], None]


class ClaimChecker:
    """Compares articles and checks single claims.

    ``model`` is a model folder, a hub id, any object with ``predict_proba``
    (:class:`~claimcheck.schema.PairClassifier`), or nothing: the shipped model. Pairing uses the shipped model's
    vectors where the classifier has none of its own. Raises :class:`~claimcheck.errors.ModelError` when the model
    cannot be loaded.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | PairClassifier | None = None,
        *,
        top_k: int = TOP_K,
        floor: float = FLOOR,
    ) -> None:
        self.top_k = top_k
        self.floor = floor
        self._classifier: PairClassifier = (
            load_model(model) if model is None or isinstance(model, (str, os.PathLike)) else model
        )

    @cached_property
    def _encoder(self) -> Encoder:
        if isinstance(self._classifier, Model) and self._classifier.embeds:
            return self._classifier
        return load_model()

    def compare(self, articles: Iterable[Article], progress: Progress | None = None) -> Report:
        """What the sources say of one another's claims.

        ``progress`` is called with (pairs judged, pairs in all) after every few dozen. Raises
        :class:`~claimcheck.errors.InputError` for no articles, for two with the same id and for articles of one
        source only: there is nothing to compare. A text without claims is no error; the report then says so.
        """
        articles = tuple(articles)
        check_comparable(articles)
        segmentations = [segment(article) for article in articles]
        claims = tuple(claim for segmentation in segmentations for claim in segmentation.claims)
        pairs = pair(claims, self._encoder, top_k=self.top_k, floor=self.floor)
        verdicts: list[Verdict] = []
        for first in range(0, len(pairs), CHUNK):
            verdicts += map(telling, judge(pairs[first : first + CHUNK], self._classifier))
            if progress:
                progress(len(verdicts), len(pairs))
        return Report(
            articles=articles,
            claims=claims,
            dropped=tuple(dropped for segmentation in segmentations for dropped in segmentation.dropped),
            verdicts=tuple(verdicts),
            signature=self._signature(),
            notes=tuple(_notes(articles, claims, verdicts)),
        )

    def check(self, claim: str, evidence: Sequence[str]) -> Finding:
        """What each text of ``evidence`` says about ``claim``: verdicts in the order of ``evidence``.

        Raises :class:`~claimcheck.errors.InputError` for a text that is empty, and ``TypeError`` for one text
        where a list of texts belongs.
        """
        if isinstance(evidence, str):
            raise TypeError("evidence is a list of texts, not one text")
        subject = _single(claim, "claim")
        pairs = [
            Pair(claim=subject, evidence=_single(text, f"evidence {n}"), similarity=1.0)
            for n, text in enumerate(evidence, start=1)
        ]
        return Finding(subject, tuple(judge(pairs, self._classifier)))

    def _signature(self) -> dict[str, Any]:
        model = self._classifier
        return {
            "claimcheck": version("claimcheck-nl"),
            "model": getattr(model, "name", type(model).__name__),
            "model_sha256": getattr(model, "checksum", ""),
            "top_k": self.top_k,
            "floor": self.floor,
        }


def check_comparable(articles: Sequence[Article]) -> None:
    """Raise :class:`InputError` unless there are articles of at least two sources, each with its own id."""
    if not all(isinstance(article, Article) for article in articles):
        raise TypeError(
            "compare takes Articles: read(PATH) makes them of files, Article(id=…, source=…, text=…) of texts"
        )
    if not articles:
        raise InputError("no articles to compare; give at least two, of different sources")
    seen: set[str] = set()
    for article in articles:
        if article.id in seen:
            raise InputError(f"two articles have the id {article.id!r}; give each its own")
        seen.add(article.id)
    sources = sorted({article.source for article in articles})
    if len(sources) == 1:
        raise InputError(
            f"only one source, {sources[0]!r}: claims are compared across sources; "
            "add an article of another source, or set the field 'source' in .jsonl"
        )


def _notes(articles: Sequence[Article], claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> Iterable[str]:
    with_claims = {claim.article_id for claim in claims}
    for article in articles:
        yield from (f"{article.id}: {note}" for note in article.notes)
        if article.id not in with_claims:
            yield f"{article.id}: no claim was found in this text"
    in_pieces = sum(verdict.windows > 1 for verdict in verdicts)
    if in_pieces:
        yield f"{in_pieces} of {len(verdicts)} pairs were too long for the model and were judged in pieces"
    unread = [verdict.unread[0] for verdict in verdicts if verdict.unread]
    if unread:
        yield f"{len(unread)} of {len(verdicts)} pairs have words in a script that the model cannot read: {unread[0]} …"


def _single(text: str, name: str) -> Claim:
    if not text.strip():
        raise InputError(f"the {name} is empty")
    return Claim(
        id=name, article_id=name, source=name, start=0, end=len(text), text=text, statement=" ".join(text.split())
    )
