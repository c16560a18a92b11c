"""How good predictions are, how sure one can be of that, and whether one model beats another.

Pure functions on arrays. ``gold`` is ``(n,)``, integers in the order of :data:`~claimcheck.schema.LABELS`;
``probabilities`` is ``(n, 3)`` in the same order, rows summing to 1. The label a model gives is the most probable one,
the first of ``LABELS`` on a tie. ``groups`` is ``(n,)`` of anything hashable: rows that share a premise or a claim
share a group and are drawn together.

What cannot be computed is NaN, never 0 and never an error: the precision of a label that is never given; recall,
average precision and false-support rate where gold has no row of that label. Arrays that are no labels or no
probabilities raise ``ValueError``, and so does an empty set of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from claimcheck.schema import LABELS, Example

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SUPPORTS: Final = LABELS.index("supports")
CONTRADICTS: Final = LABELS.index("contradicts")
BINS: Final = 15
RECALLS: Final = (0.5, 0.8)
TOLERANCE: Final = 1e-4  # float32 softmax and the six decimals of a record both stay far below
CHUNK: Final = 100  # draws scored at a time: 2,000 at once would take 80 MB for each array of SICK-NL's test rows
# One owner of the names: the keys of `scores`, `intervals` and `Comparison.differences`, in the order of a table.
METRICS: Final = (
    "accuracy",
    "macro_f1",
    *(f"{kind}_{label}" for label in LABELS for kind in ("precision", "recall", "f1")),
    "average_precision_contradicts",
    *(f"precision_at_recall_{recall * 100:.0f}_contradicts" for recall in RECALLS),
    "false_support_rate",
    "ece",
    "brier",
    "aurc",
)
SYMMETRY: Final = "symmetry_rate"  # beside them, where both directions were judged


def gold_of(pairs: Iterable[Example]) -> Ints:
    """The labels of three-way pairs, as every function here takes them. Another label raises ``ValueError``."""
    return np.array([LABELS.index(pair.label) for pair in pairs], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its 95 % confidence interval; all NaN where the value is undefined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What model B has above model A, with its 95 % interval.

    ``p_value`` is two-sided, by the bootstrap. ``detectable`` is the smallest true difference that rows like these
    would show in four of five repetitions.
    """

    value: float
    low: float
    high: float
    p_value: float
    detectable: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two models on the same rows. ``only_a`` and ``only_b`` count the rows that just one of them has right."""

    only_a: int
    only_b: int
    mcnemar_p: float
    differences: dict[str, Difference]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Per bin of the top probability, all of shape ``(bins,)``; the means are NaN in an empty bin."""

    edges: Floats  # (bins + 1,), from 0 to 1
    count: Ints
    confidence: Floats  # mean top probability
    accuracy: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRisk:
    """One point for each distinct top probability, from the surest down; all of shape ``(points,)``."""

    threshold: Floats
    coverage: Floats  # share of rows that are at least this sure
    risk: Floats  # share of those that are wrong


# ---- the scores of one set of predictions


def scores(gold: ArrayLike, probabilities: ArrayLike) -> dict[str, float]:
    """Every name of :data:`METRICS`; shares lie in [0, 1], ``brier`` in [0, 2].

    - ``macro_f1`` is the mean over the labels that occur in gold or are given, as in scikit-learn.
    - ``average_precision_contradicts``: Σ (Rᵢ - Rᵢ₋₁)·Pᵢ over falling probability, not interpolated (scikit-learn).
    - ``precision_at_recall_R_contradicts``: the best precision of any threshold whose recall is at least R %.
    - ``false_support_rate``: the share of gold contradictions that are called support.
    - ``ece``: expected calibration error, 15 equal-width bins (lo, hi] of the top probability (Guo et al. 2017, "On
      Calibration of Modern Neural Networks").
    - ``brier``: mean over rows of Σ over labels (p - y)² (Brier 1950), so twice the half-scaled form.
    - ``aurc``: area under the coverage-risk curve, the mean over rows of the risk at that row's own confidence (Geifman
      & El-Yaniv 2019, "Bias-Reduced Uncertainty Estimation"); lower is better.
    """
    from sklearn.metrics import (
        accuracy_score,
        average_precision_score,
        f1_score,
        precision_recall_curve,
        precision_recall_fscore_support,
    )

    gold, probabilities = _checked(gold, probabilities)
    given = probabilities.argmax(1)
    every = {"labels": range(len(LABELS)), "zero_division": np.nan}
    values = {
        "accuracy": accuracy_score(gold, given),
        "macro_f1": f1_score(gold, given, average="macro", **every),
    }
    for kind, by_label in zip(
        ("precision", "recall", "f1"), precision_recall_fscore_support(gold, given, **every)[:3], strict=True
    ):
        values |= {f"{kind}_{label}": value for label, value in zip(LABELS, by_label, strict=True)}
    contradicts, surest = gold == CONTRADICTS, probabilities[:, CONTRADICTS]
    values["average_precision_contradicts"] = np.nan
    values |= {f"precision_at_recall_{recall * 100:.0f}_contradicts": np.nan for recall in RECALLS}
    if contradicts.any():
        values["average_precision_contradicts"] = average_precision_score(contradicts, surest)
        precision, recalls, _ = precision_recall_curve(contradicts, surest)
        for recall in RECALLS:
            values[f"precision_at_recall_{recall * 100:.0f}_contradicts"] = precision[recalls >= recall].max()
    cells = confusion(gold, probabilities)
    values["false_support_rate"] = (
        cells[CONTRADICTS, SUPPORTS] / contradicts.sum() if contradicts.any() else np.nan  # else 0 / 0
    )
    bins = reliability(gold, probabilities)
    values["ece"] = np.nansum(np.abs(bins.accuracy - bins.confidence) * bins.count) / len(gold)
    values["brier"] = np.square(probabilities - np.eye(len(LABELS))[gold]).sum(1).mean()
    curve = coverage_risk(gold, probabilities)
    values["aurc"] = (curve.risk * np.diff(curve.coverage, prepend=0)).sum()
    return {name: float(values[name]) for name in METRICS}


def confusion(gold: ArrayLike, probabilities: ArrayLike) -> Ints:
    """Rows by gold label (down) and given label (across), ``(3, 3)``; a row's sum is that label's support."""
    gold, probabilities = _checked(gold, probabilities)
    size = len(LABELS)
    return np.bincount(gold * size + probabilities.argmax(1), minlength=size * size).reshape(size, size)


def reliability(gold: ArrayLike, probabilities: ArrayLike, *, bins: int = BINS) -> Reliability:
    """The reliability diagram: how often the given label is right, by equal-width bins (lo, hi] of its probability."""
    gold, probabilities = _checked(gold, probabilities)
    top, right = probabilities.max(1), probabilities.argmax(1) == gold
    bin_of = _bin_of(top, bins)
    count = np.bincount(bin_of, minlength=bins)
    filled = np.where(count, count, np.nan)
    return Reliability(
        edges=np.linspace(0, 1, bins + 1),
        count=count,
        confidence=np.bincount(bin_of, top, bins) / filled,
        accuracy=np.bincount(bin_of, right, bins) / filled,
    )


def coverage_risk(gold: ArrayLike, probabilities: ArrayLike) -> CoverageRisk:
    """What share of the answers is wrong when only those at least so sure are given (El-Yaniv & Wiener 2010).

    Rows that are equally sure enter together, so the order of the rows changes nothing.
    """
    gold, probabilities = _checked(gold, probabilities)
    top, wrong = probabilities.max(1), probabilities.argmax(1) != gold
    order, ends = _falling(top)
    last = np.unique(ends)
    return CoverageRisk(
        threshold=top[order][last], coverage=(last + 1) / len(top), risk=np.cumsum(wrong[order])[last] / (last + 1)
    )


def symmetry_rate(forward: ArrayLike, backward: ArrayLike) -> float:
    """Of the pairs called a contradiction in either direction, the share that is called one in both.

    ``forward`` and ``backward`` are the ``(n, 3)`` probabilities of evidence → claim and of claim → evidence.
    Contradiction is symmetric, so a perfect model has 1. Pairs that neither direction calls a contradiction do not
    count, or a model that never does would be the most symmetric of all. NaN where no direction calls any.
    """
    there, back = (_probabilities(p).argmax(1) == CONTRADICTS for p in (forward, backward))
    if len(there) != len(back):
        raise ValueError(f"forward has {len(there)} rows, backward {len(back)}: they must be the same pairs")
    either = int((there | back).sum())
    return float((there & back).sum() / either) if either else float("nan")


def symmetry(
    forward: ArrayLike,
    backward: ArrayLike,
    groups: Sequence[Hashable] | NDArray[Any],
    *,
    seed: int,
    draws: int = 2000,
) -> Interval:
    """:func:`symmetry_rate` with its interval, as in :func:`intervals`."""
    rate = symmetry_rate(forward, backward)
    there, back = (_probabilities(p).argmax(1) == CONTRADICTS for p in (forward, backward))
    group_of = _grouped(groups, len(there))
    size = int(group_of.max()) + 1
    both, either = (np.bincount(group_of, marks, size) for marks in (there & back, there | back))
    drawn = _resampled(lambda counts: {SYMMETRY: _ratio(counts @ both, counts @ either)}, size, draws, seed)
    return _interval(rate, drawn[SYMMETRY], size)


# ---- how sure: intervals over groups, two models compared


def intervals(
    gold: ArrayLike,
    probabilities: ArrayLike,
    groups: Sequence[Hashable] | NDArray[Any],
    *,
    seed: int,
    draws: int = 2000,
) -> dict[str, Interval]:
    """:func:`scores` with 95 % intervals of a bootstrap that draws whole groups (Davison & Hinkley 1997).

    Percentile intervals, widened for few groups (Hesterberg 2015, "What Teachers Should Know About the Bootstrap");
    the one of ECE, whose draws are all too high, by test inversion (Carpenter 1999). How often they hold the truth:
    ``docs/decisions/0006-metrics.md``. Draws in which a metric is undefined are left out of its interval. Raises
    ``ValueError`` for fewer than two groups.
    """
    gold, probabilities = _checked(gold, probabilities)
    rows = _Rows(gold, probabilities, _grouped(groups, len(gold)))
    drawn = _resampled(rows.values, rows.size, draws, seed)
    gaps = rows.values(np.ones((1, rows.size)))["gaps"][0]
    return {
        name: _ece_interval(gaps, drawn["gaps"], rows.size)
        if name == "ece"
        else _interval(value, drawn[name], rows.size)
        for name, value in scores(gold, probabilities).items()
    }


def compare(
    gold: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    groups: Sequence[Hashable] | NDArray[Any],
    *,
    seed: int,
    draws: int = 2000,
) -> Comparison:
    """Is model B (probabilities ``b``) better than model A on the same rows? Differences are B - A.

    - ``mcnemar_p``: exact two-sided McNemar test, binomial with p = ½ on the rows that just one model has right
      (McNemar 1947; Dietterich 1998). It takes rows for independent; where groups are large, trust the bootstrap.
    - ``differences``: both models are scored on the same drawn groups; intervals as in :func:`intervals`. The p-value
      is twice the smaller tail of drawn differences beyond 0, (1 + count) / (1 + draws) each (Davison & Hinkley 1997),
      so never 0, and corrected for few groups as the interval is: below 0.05 where the interval leaves 0 out.
    - ``detectable`` = (t₀.₉₇₅ + t₀.₈)·SE with one degree of freedom less than there are groups (2.80·SE for many) and
      the bootstrap's standard error of the difference: power 80 % at a two-sided alpha of 5 % (Bloom 1995, "Minimum
      Detectable Effects"; Card et al. 2020, "With Little Power Comes Great Responsibility", on NLP). It holds for a
      pair of models that disagree as much as these two.

    Every metric but ``ece``: the biases of two ECEs do not cancel, and no interval tried held the true difference often
    enough; ``brier`` compares calibration and sharpness together. Where a model's value is undefined, the difference is
    NaN in every field.
    """
    from scipy.stats import binomtest

    gold, a = _checked(gold, a)
    _, b = _checked(gold, b)
    group_of = _grouped(groups, len(gold))
    rows = _Rows(gold, a, group_of), _Rows(gold, b, group_of)
    size = rows[0].size

    compared = [name for name in METRICS if name != "ece"]

    def gained(counts: Floats) -> dict[str, Floats]:
        of_a, of_b = (model.values(counts) for model in rows)
        return {name: of_b[name] - of_a[name] for name in compared}

    drawn = _resampled(gained, size, draws, seed)
    of_a, of_b = scores(gold, a), scores(gold, b)
    right_a, right_b = a.argmax(1) == gold, b.argmax(1) == gold
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    return Comparison(
        only_a=only_a,
        only_b=only_b,
        mcnemar_p=float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0,
        differences={name: _difference(of_b[name] - of_a[name], drawn[name], size) for name in compared},
    )


def per_thousand(
    gold: ArrayLike,
    probabilities: ArrayLike,
    weights: ArrayLike,
    groups: Sequence[Hashable] | NDArray[Any],
    *,
    seed: int,
    draws: int = 2000,
) -> dict[str, Interval]:
    """What a reader of 1,000 pairs gets, from a labelled sample of them that holds more contradictions than the field.

    ``weights`` is ``(n,)``, positive: how many pairs of the field a row stands for, that is 1 / its chance of being
    sampled (Horvitz & Thompson 1952; as Hájek's ratio: only their proportions count), or :func:`base_rate_weights`.
    Returns ``present``, ``found`` and ``false_alarms`` per 1,000 pairs, ``precision`` and ``recall``. The weights
    are taken as known: the intervals hold the chance in the sample, not in the weights.
    """
    gold, probabilities = _checked(gold, probabilities)
    weight = np.asarray(weights, dtype=np.float64)
    if weight.shape != gold.shape or not (np.isfinite(weight) & (weight > 0)).all():
        raise ValueError(f"weights must be {len(gold)} positive numbers, one a row")
    rows = _Rows(gold, probabilities, _grouped(groups, len(gold)), weight)
    whole = _thousand(rows.cells(np.ones((1, rows.size))))
    drawn = _resampled(lambda counts: _thousand(rows.cells(counts)), rows.size, draws, seed)
    return {name: _interval(float(value[0]), drawn[name], rows.size) for name, value in whole.items()}


def base_rate_weights(gold: ArrayLike, base_rates: Sequence[float]) -> Floats:
    """Weights for :func:`per_thousand`, ``(n,)``: rate of the label in the field / its share in ``gold``.

    ``base_rates`` are three shares in the order of ``LABELS`` that sum to 1. It supposes that a label's pairs in the
    sample are like that label's pairs in the field (label shift; Saerens et al. 2002).
    """
    gold, rates = _gold(gold), np.asarray(base_rates, dtype=np.float64)
    if rates.shape != (len(LABELS),) or not (rates >= 0).all() or abs(rates.sum() - 1) > TOLERANCE:
        raise ValueError(f"base_rates {base_rates!r:.80} are not {len(LABELS)} shares that sum to 1")
    count = np.bincount(gold, minlength=len(LABELS))
    for label, rate, rows in zip(LABELS, rates, count, strict=True):
        if (rate > 0) != (rows > 0):
            raise ValueError(f"base rate of {label} is {rate:g}, but {rows} rows of the sample have that label")
    return (rates / np.maximum(count, 1))[gold] * len(gold)


# ---- segmentation and pairing


def segmentation_scores(
    gold: Sequence[Collection[int]], predicted: Sequence[Collection[int]], lengths: Sequence[int]
) -> dict[str, float]:
    """Boundary ``precision``, ``recall`` and ``f1``, and ``window_diff``, over texts.

    An entry of ``gold`` and ``predicted`` holds the boundaries of one text: the offsets p, 0 < p < length, at which a
    segment other than the first begins. Precision, recall and F1 pool the boundaries of all texts; WindowDiff is the
    mean over the texts that are long enough for it.
    """
    if not len(gold) == len(predicted) == len(lengths):
        raise ValueError(f"{len(gold)} gold texts, {len(predicted)} predicted ones and {len(lengths)} lengths")
    if not len(gold):
        raise ValueError("no texts to score")
    hit = sum(len(set(g) & set(p)) for g, p in zip(gold, predicted, strict=True))
    wanted, given = sum(len(set(g)) for g in gold), sum(len(set(p)) for p in predicted)
    windows = [window_diff(*text) for text in zip(gold, predicted, lengths, strict=True)]
    defined = [value for value in windows if value == value]
    nan = float("nan")
    return {
        "precision": hit / given if given else nan,
        "recall": hit / wanted if wanted else nan,
        "f1": 2 * hit / (wanted + given) if wanted + given else nan,
        "window_diff": sum(defined) / len(defined) if defined else nan,
    }


def window_diff(gold: Collection[int], predicted: Collection[int], length: int, *, k: int | None = None) -> float:
    """The share of windows of width ``k`` with another number of boundaries than gold has there; lower is better.

    Pevzner & Hearst 2002, "A Critique and Improvement of an Evaluation Metric for Text Segmentation". Boundaries are
    offsets p, 0 < p < ``length``. ``k`` is half the mean gold segment unless given. NaN where ``length`` ≤ ``k``.
    """
    gaps = np.zeros((2, length + 1), dtype=np.int64)
    for row, boundaries in zip(gaps, (gold, predicted), strict=True):
        for boundary in boundaries:
            if not 0 < boundary < length:
                raise ValueError(f"boundary {boundary} does not lie inside a text of {length}")
            row[boundary] = 1
    if k is None:
        k = max(1, round(length / (2 * (len(set(gold)) + 1))))
    elif k < 1:
        raise ValueError(f"k is {k}, not 1 or more")
    if length <= k:
        return float("nan")
    before = gaps[:, :length].cumsum(1)  # boundaries at or before each unit's start
    inside = before[:, k:] - before[:, :-k]
    return float((inside[0] != inside[1]).mean())


def retrieval_scores(relevance: ArrayLike, similarity: ArrayLike, *, k: int) -> dict[str, float]:
    """``recall``@k, ``mrr`` and ``ndcg``@k, means over the queries with a relevant candidate; NaN if there is none.

    Both arrays are ``(queries, candidates)``: gains of 0 and above, and similarities, -inf for a candidate that was not
    offered. Among equally similar candidates the least relevant comes first, so that a tie never helps. nDCG takes
    gains as they are, over log₂(rank + 1) (Järvelin & Kekäläinen 2002), like scikit-learn's.
    """
    gain, closeness = np.asarray(relevance, dtype=np.float64), np.asarray(similarity, dtype=np.float64)
    if gain.ndim != 2 or gain.shape != closeness.shape or not gain.size:
        raise ValueError(f"relevance {gain.shape} and similarity {closeness.shape} must be one and the same (q, c)")
    if not (np.isfinite(gain) & (gain >= 0)).all():
        raise ValueError("relevance must hold gains of 0 and above")
    if np.isnan(closeness).any() or (closeness == np.inf).any():
        raise ValueError("similarity holds NaN or +inf")
    if k < 1:
        raise ValueError(f"k is {k}, not 1 or more")
    asked = gain.max(1) > 0
    gain, closeness = gain[asked], closeness[asked]
    if not len(gain):
        return dict.fromkeys(("recall", "mrr", "ndcg"), float("nan"))
    order = np.lexsort((gain, -closeness), axis=-1)
    found = np.where(np.isfinite(closeness), gain, 0)
    ranked = np.take_along_axis(found, order, 1)
    ideal = -np.sort(-gain, axis=1)[:, :k]
    hit = ranked > 0
    first = np.where(hit.any(1), 1 / (hit.argmax(1) + 1), 0)
    discount = 1 / np.log2(np.arange(ideal.shape[1]) + 2)
    return {
        "recall": float((hit[:, :k].sum(1) / (gain > 0).sum(1)).mean()),
        "mrr": float(first.mean()),
        "ndcg": float(((ranked[:, :k] @ discount) / (ideal @ discount)).mean()),
    }


# ---- what is taken as labels, probabilities and groups


def _gold(gold: ArrayLike) -> Ints:
    labels = np.asarray(gold)
    if labels.ndim != 1:
        raise ValueError(f"gold has shape {labels.shape}, not (n,)")
    if not len(labels):
        raise ValueError("there are no rows to score")
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"gold holds {labels.dtype}, not integers in the order of LABELS")
    if len(strange := np.flatnonzero((labels < 0) | (labels >= len(LABELS)))):
        raise ValueError(f"gold[{strange[0]}] is {labels[strange[0]]}, not a label from 0 to {len(LABELS) - 1}")
    return labels.astype(np.int64)


def _probabilities(probabilities: ArrayLike) -> Floats:
    rows = np.asarray(probabilities, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(LABELS):
        raise ValueError(f"probabilities have shape {rows.shape}, not (n, {len(LABELS)})")
    for what, bad in (
        ("hold NaN or infinity", ~np.isfinite(rows).all(1)),
        ("lie outside [0, 1]", ((rows < 0) | (rows > 1 + TOLERANCE)).any(1)),
        ("do not sum to 1", np.abs(rows.sum(1) - 1) > TOLERANCE),
    ):
        if bad.any():
            first = int(bad.argmax())
            raise ValueError(f"{bad.sum()} rows of probabilities {what}, the first is row {first}: {rows[first]}")
    return rows


def _checked(gold: ArrayLike, probabilities: ArrayLike) -> tuple[Ints, Floats]:
    labels, rows = _gold(gold), _probabilities(probabilities)
    if len(labels) != len(rows):
        raise ValueError(f"gold has {len(labels)} rows, probabilities {len(rows)}")
    return labels, rows


def _grouped(groups: Sequence[Hashable] | NDArray[Any], rows: int) -> Ints:
    """Groups as numbers from 0, in order of first appearance."""
    names = groups.tolist() if isinstance(groups, np.ndarray) else groups
    if len(names) != rows:
        raise ValueError(f"there are {len(names)} groups for {rows} rows")
    for row, name in enumerate(names):
        if name is None or name != name:
            raise ValueError(f"row {row} has no group, but {name}")
    numbers: dict[Hashable, int] = {}
    group_of = np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)
    if len(numbers) < 2:
        raise ValueError("all rows share one group: there is nothing to draw from, so no interval")
    return group_of


def _bin_of(top: Floats, bins: int) -> Ints:
    # Inner edges only: rounding may put a sum of probabilities a hair above 1.
    return np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], top, side="left").astype(np.int64)


def _falling(values: Floats) -> tuple[Ints, Ints]:
    """The order from high to low, and for each place in it the last place of equal value."""
    order = np.argsort(-values, kind="stable")
    ordered = -values[order]
    return order, np.searchsorted(ordered, ordered, side="right") - 1


# ---- the bootstrap


class _Rows:
    """Predictions that can be scored under many weightings of their groups at once.

    Whatever is a sum over rows is summed per group once, and one matrix product scores all draws. Average precision,
    precision at recall and AURC depend on the order of rows: cumulated weights in an order that is sorted once.
    """

    def __init__(self, gold: Ints, probabilities: Floats, group_of: Ints, weights: Floats | None = None) -> None:
        weights = np.ones(len(gold)) if weights is None else weights
        given, top = probabilities.argmax(1), probabilities.max(1)
        self.size = int(group_of.max()) + 1
        # One table, so that a draw costs one product: nine cells of the confusion matrix, the gap between accuracy and
        # confidence in each bin, the squared error.
        self._sums = np.zeros((self.size, len(LABELS) ** 2 + BINS + 1))
        np.add.at(self._sums, (group_of, gold * len(LABELS) + given), weights)
        np.add.at(self._sums, (group_of, len(LABELS) ** 2 + _bin_of(top, BINS)), weights * ((given == gold) - top))
        squares = np.square(probabilities - np.eye(len(LABELS))[gold]).sum(1)
        self._sums[:, -1] = np.bincount(group_of, weights * squares, self.size)
        self._by_contradicts = _Ranked(probabilities[:, CONTRADICTS], gold == CONTRADICTS, group_of, weights)
        self._by_confidence = _Ranked(top, given != gold, group_of, weights)

    def cells(self, counts: Floats) -> Floats:
        """Confusion matrices of shape ``(draws, 3, 3)`` for ``counts`` of shape ``(draws, groups)``."""
        return (counts @ self._sums[:, : len(LABELS) ** 2]).reshape(-1, len(LABELS), len(LABELS))

    def values(self, counts: Floats) -> dict[str, Floats]:
        """Every metric under every draw, each ``(draws,)``, and what ECE is the sum of absolute values of.

        That is ``gaps``, ``(draws, BINS)``: (accuracy - confidence)·share of rows.
        """
        sums = counts @ self._sums
        cells = sums[:, : len(LABELS) ** 2].reshape(-1, len(LABELS), len(LABELS))
        total = cells.sum((1, 2))
        gaps = sums[:, len(LABELS) ** 2 : -1] / total[:, None]
        hit, wanted, given = np.diagonal(cells, axis1=1, axis2=2), cells.sum(2), cells.sum(1)
        f1 = _ratio(2 * hit, wanted + given)
        occurs = ~np.isnan(f1)
        values = {
            "accuracy": hit.sum(1) / total,
            "macro_f1": np.where(occurs, f1, 0).sum(1) / occurs.sum(1),
            "false_support_rate": _ratio(cells[:, CONTRADICTS, SUPPORTS], wanted[:, CONTRADICTS]),
            "gaps": gaps,
            "ece": np.abs(gaps).sum(1),
            "brier": sums[:, -1] / total,
            "aurc": self._by_confidence.mean_risk(counts),
        }
        for kind, by_label in (("precision", _ratio(hit, given)), ("recall", _ratio(hit, wanted)), ("f1", f1)):
            values |= {f"{kind}_{label}": by_label[:, number] for number, label in enumerate(LABELS)}
        precision, recall, share = self._by_contradicts.curve(counts)
        undefined = wanted[:, CONTRADICTS] == 0
        values["average_precision_contradicts"] = np.where(undefined, np.nan, (precision * share).sum(1))
        for level in RECALLS:
            # A weighting's recall is a quotient of sums; 0.8 must not be missed by a rounding of 1e-16.
            best = np.where(recall >= level - 1e-12, precision, 0).max(1, initial=0)
            name = f"precision_at_recall_{level * 100:.0f}_contradicts"
            values[name] = np.where(undefined, np.nan, best)
        return values


class _Ranked:
    """Rows in falling order of a score, some of them marked: the precision of the mark under many weightings."""

    def __init__(self, score: Floats, marked: NDArray[np.bool_], group_of: Ints, weights: Floats) -> None:
        order, self._ends = _falling(score)
        self._groups, self._weights = group_of[order], weights[order]
        self._plain = bool((weights == 1).all())
        self._marked = marked[order]
        self._at = np.flatnonzero(self._marked)
        self._starts = np.flatnonzero(np.diff(self._ends, prepend=-1))  # of the blocks of equal scores
        # The marked rows at or before the end of a marked row's block of equal scores.
        self._upto = np.searchsorted(self._at, self._ends[self._at], side="right") - 1

    def _weigh(self, counts: Floats) -> Floats:
        drawn = counts[:, self._groups]
        return drawn if self._plain else drawn * self._weights

    def curve(self, counts: Floats) -> tuple[Floats, Floats, Floats]:
        """Precision and recall at each marked row's score, and its share of the marks: each ``(draws, marked)``."""
        weight = self._weigh(counts)
        share = weight[:, self._at]
        hit = share.cumsum(1)[:, self._upto]
        whole = weight.cumsum(1)[:, self._ends[self._at]]
        total = np.maximum(share.sum(1, keepdims=True), np.finfo(float).tiny)
        return hit / np.maximum(whole, np.finfo(float).tiny), hit / total, share / total

    def mean_risk(self, counts: Floats) -> Floats:
        """The mean over rows of the share of marks among those that score at least as high: ``(draws,)``."""
        weight = self._weigh(counts)
        hit = weight * self._marked
        if len(self._starts) < weight.shape[1]:
            weight, hit = (np.add.reduceat(of_rows, self._starts, axis=1) for of_rows in (weight, hit))
        whole = weight.cumsum(1)
        risk = np.cumsum(hit, axis=1, out=hit)
        risk /= np.maximum(whole, np.finfo(float).tiny)
        area: Floats = np.einsum("ij,ij->i", risk, weight) / whole[:, -1]
        return area


def _ratio(above: Floats, below: Floats) -> Floats:
    """``above / below``, NaN where ``below`` is 0."""
    out = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=out, where=below != 0)
    return out


def _thousand(cells: Floats) -> dict[str, Floats]:
    scale = 1000 / cells.sum((1, 2))
    present, called = cells[:, CONTRADICTS].sum(1), cells[:, :, CONTRADICTS].sum(1)
    found = cells[:, CONTRADICTS, CONTRADICTS]
    return {
        "present": present * scale,
        "found": found * scale,
        "false_alarms": (called - found) * scale,
        "precision": _ratio(found, called),
        "recall": _ratio(found, present),
    }


def _drawn(groups: int, draws: int, seed: int) -> Iterator[Floats]:
    """How often each group is drawn, ``(draws, groups)``, in parts."""
    if draws < 1:
        raise ValueError(f"draws is {draws}, not 1 or more")
    random = np.random.default_rng(seed)
    for first in range(0, draws, CHUNK):
        size = min(CHUNK, draws - first)
        picked = random.integers(groups, size=(size, groups)) + groups * np.arange(size)[:, None]
        yield np.bincount(picked.ravel(), minlength=size * groups).reshape(size, groups).astype(np.float64)


def _resampled(values: Callable[[Floats], dict[str, Floats]], groups: int, draws: int, seed: int) -> dict[str, Floats]:
    parts = [values(counts) for counts in _drawn(groups, draws, seed)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _widening(groups: int) -> float:
    """How much wider than the normal a t interval is, and than a bootstrap whose variance divides by n, not n - 1."""
    from scipy.stats import norm, t

    return float(np.sqrt(groups / (groups - 1)) * t.ppf(0.975, groups - 1) / norm.ppf(0.975))


def _interval(value: float, drawn: Floats, groups: int) -> Interval:
    from scipy.stats import norm

    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(drawn):
        return Interval(float("nan"), float("nan"), float("nan"))
    tail = float(norm.cdf(norm.ppf(0.025) * _widening(groups)))
    low, high = np.quantile(drawn, (tail, 1 - tail))
    return Interval(value, float(low), float(high))


def _ece_interval(gaps: Floats, drawn: Floats, groups: int) -> Interval:
    """Which true ECEs would make the measured one no surprise?

    Absolute values turn noise into error: a perfectly calibrated model measures above 0, and a drawn sample, noise upon
    noise, above that, so percentiles can lie wholly beyond the truth. Instead, the true gaps are supposed to be the
    measured ones times a factor; the interval is of the factors under which the measured ECE lies between the 2.5th and
    the 97.5th percentile of what the noise makes of them.
    """
    from scipy.optimize import brentq

    value = float(np.abs(gaps).sum())
    noise = (drawn - drawn.mean(0)) * _widening(groups)

    def above(factor: float, share: float) -> float:
        return float(np.quantile(np.abs(factor * gaps + noise).sum(1), share)) - value

    if value == 0 or above(0, 0.975) >= 0:
        low = 0.0
    else:
        low = brentq(above, 0, 1, args=(0.975,)) if above(1, 0.975) > 0 else 1.0
    high = 1.0
    if value > 0 and above(1, 0.025) < 0:
        while above(high, 0.025) < 0:
            high *= 2
        high = brentq(above, 1, high, args=(0.025,))
    return Interval(value, low * value, high * value)


def _difference(value: float, drawn: Floats, groups: int) -> Difference:
    from scipy.stats import norm, t

    interval = _interval(value, drawn, groups)
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(interval.value) or len(drawn) < 2:
        return Difference(*[float("nan")] * 5)
    tail = min(0.5, (1 + min((drawn <= 0).sum(), (drawn >= 0).sum())) / (1 + len(drawn)))
    # A few groups' worth of evidence weighs less: the inverse of what widens the interval.
    correction = np.sqrt(groups / (groups - 1))
    return Difference(
        value=value,
        low=interval.low,
        high=interval.high,
        p_value=float(2 * t.sf(norm.isf(tail) / correction, groups - 1)),
        detectable=float(t.ppf((0.975, 0.8), groups - 1).sum() * correction * drawn.std()),
    )
