"""Claims → the pairs across sources that are worth judging.

Similarity is the mean of two views, each in [0, 1]: BM25 over the words, as a share of what the claim scores
against itself, and the cosine of the encoder's vectors, stretched from its resting level. Words find the names
and numbers that a small encoder blurs; vectors find the same fact in other words.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from claimcheck.schema import Claim, Encoder, Pair

TOP_K: Final = 10
# Measured by evaluation/pairing.py; see docs/decisions/0005-pairing.md.
FLOOR: Final = 0.15
COSINE_AT_REST: Final = 0.8
BLOCK: Final = 512  # claims scored at once: 512 × 40,000 similarities are 80 MB


def pair(claims: Sequence[Claim], encoder: Encoder, *, top_k: int = TOP_K, floor: float = FLOOR) -> list[Pair]:
    """For each claim the ``top_k`` most similar claims of other sources, at least ``floor`` similar.

    Each unordered pair is given once: the earlier of the two in ``claims`` is ``claim``, the later is
    ``evidence``; pairs are in the order of ``claims``. The same claims in the same order give the same pairs;
    equal similarities go to the earlier claim. No claims, or claims of one source, give no pairs. Raises
    ``ValueError`` for a ``top_k`` below 1 or a ``floor`` outside [0, 1].
    """
    if top_k < 1:
        raise ValueError(f"top_k is {top_k}; it must be at least 1")
    if not 0 <= floor <= 1:
        raise ValueError(f"floor is {floor}; it must lie in [0, 1]")
    sources = np.unique([claim.source for claim in claims], return_inverse=True)[1]
    if len(claims) < 2 or not sources.any():
        return []
    statements = [claim.statement for claim in claims]
    vectors = encoder.embed(statements)
    words = _Words(statements)
    chosen: dict[tuple[int, int], float] = {}
    for first in range(0, len(claims), BLOCK):
        rows = np.arange(first, min(first + BLOCK, len(claims)))
        similarity = (stretched(vectors[rows] @ vectors.T) + words.similarity(rows)) / 2
        similarity[sources[rows][:, None] == sources[None, :]] = -1
        for row, others in zip(rows, similarity, strict=True):
            # Rounded, so that the last bits of a matrix product decide neither ties nor the floor.
            others = others.astype(np.float64).round(6)
            for other in np.argsort(-others, kind="stable")[:top_k]:
                if others[other] < floor:
                    break
                key = (min(row, other), max(row, other))
                # BM25 is not symmetric: where both chose one another, the higher similarity counts.
                chosen[key] = max(chosen.get(key, 0.0), float(others[other]))
    return [
        Pair(claim=claims[left], evidence=claims[right], similarity=similarity)
        for (left, right), similarity in sorted(chosen.items())
    ]


def stretched(cosine: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosines on a scale where two sentences that have nothing to do with one another score about 0, in [0, 1]."""
    return np.clip((cosine.astype(np.float64) - COSINE_AT_REST) / (1 - COSINE_AT_REST), 0, 1)


class _Words:
    """BM25 among the statements themselves."""

    def __init__(self, statements: Sequence[str]) -> None:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)
        # One-letter tokens stay: "groep A" and "3 doden" differ from "groep B" and "5 doden" in nothing else.
        self._tokens: list[list[str]] = bm25s.tokenize(
            list(statements), token_pattern=r"(?u)\b\w+\b", stopwords="dutch", return_ids=False, show_progress=False
        )
        self._index = bm25s.BM25()
        if any(self._tokens):
            self._index.index(self._tokens, show_progress=False)

    def similarity(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores of every statement for each row, as a share of the row's own: shape ``(len(rows), n)``."""
        scores = np.stack([self._scores(row) for row in rows])
        own = scores[np.arange(len(rows)), rows][:, None]
        return np.clip(np.divide(scores, own, out=np.zeros_like(scores), where=own > 0), 0, 1)

    def _scores(self, row: int) -> NDArray[np.float32]:
        tokens = self._tokens[row]
        if not tokens:  # "Zij wel." holds stop words only
            return np.zeros(len(self._tokens), dtype=np.float32)
        return np.asarray(self._index.get_scores(tokens), dtype=np.float32)
