"""Pairs → verdicts: the classifier asked both ways, and a reason found for what it said.

The label is the classifier's; nothing here overrules it. The reason is looked for afterwards, by rules over the
words of both sides, and so explains rather than decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, Protocol, runtime_checkable

from claimcheck.dutch import certainty
from claimcheck.dutch.attribution import cues
from claimcheck.dutch.dates import times
from claimcheck.dutch.quantities import quantities
from claimcheck.schema import LABELS, Claim, Label, Pair, PairClassifier, Span, Verdict

# A capital inside a sentence: a name, mostly. The first word of a sentence is skipped.
_NAME: Final = re.compile(r"(?<=[^\s.!?“\"‘'(]\s)[A-ZÀ-Þ][\w’'-]+")

Spans = list[Span]
Finder = Callable[[str], Spans]


@runtime_checkable
class Windowed(Protocol):
    """A classifier that reads a long pair in pieces and can say how many."""

    def windows(self, *, evidence: Sequence[str], claims: Sequence[str]) -> list[int]:
        """The number of pieces for each pair."""
        ...


def judge(pairs: Sequence[Pair], classifier: PairClassifier) -> list[Verdict]:
    """One verdict for each pair, in order; both directions are judged and kept.

    ``label`` is the likeliest of evidence → claim, the earlier in ``LABELS`` on a tie. Raises ``ValueError`` when
    the classifier's answer has not the shape ``(n, 3)``.
    """
    evidence = [pair.evidence.statement for pair in pairs]
    claims = [pair.claim.statement for pair in pairs]
    both = {"evidence": [*evidence, *claims], "claims": [*claims, *evidence]}
    probabilities = classifier.predict_proba(**both)
    if probabilities.shape != (2 * len(pairs), len(LABELS)):
        raise ValueError(f"predict_proba gave shape {probabilities.shape}, not {(2 * len(pairs), len(LABELS))}")
    pieces = classifier.windows(**both) if isinstance(classifier, Windowed) else [1] * (2 * len(pairs))
    verdicts = []
    for i, pair in enumerate(pairs):
        forward, backward = probabilities[i], probabilities[i + len(pairs)]
        label, reverse = LABELS[int(forward.argmax())], LABELS[int(backward.argmax())]
        reason, claim_spans, evidence_spans = explain(pair, label, reverse)
        verdicts.append(
            Verdict(
                pair=pair,
                label=label,
                probabilities=(float(forward[0]), float(forward[1]), float(forward[2])),
                reverse=(float(backward[0]), float(backward[1]), float(backward[2])),
                reason=reason,
                claim_spans=claim_spans,
                evidence_spans=evidence_spans,
                windows=max(pieces[i], pieces[i + len(pairs)]),
            )
        )
    return verdicts


def explain(pair: Pair, label: Label, reverse: Label) -> tuple[str, tuple[Span, ...], tuple[Span, ...]]:
    """A reason code of ``docs/reasons.md`` for ``label``, and the words that carry it on the claim's and evidence's side.

    Spans are offsets into the articles. A side on which no words stand out is marked whole.
    """
    claim, evidence = pair.claim.text, pair.evidence.text
    reason, here, there = _REASONS[label](claim, evidence, reverse)
    return reason, _in_article(pair.claim, here), _in_article(pair.evidence, there)


def _in_article(claim: Claim, spans: Spans) -> tuple[Span, ...]:
    if not spans:
        return ((claim.start, claim.end),)
    return tuple((claim.start + start, claim.start + end) for start, end in spans)


def _supported(claim: str, evidence: str, reverse: Label) -> tuple[str, Spans, Spans]:
    here, there = _different(claim, evidence, _numbers)
    if here and there:
        return "quantity", here, there
    return ("restatement" if reverse == "supports" else "entailed"), [], []


def _contradicted(claim: str, evidence: str, reverse: Label) -> tuple[str, Spans, Spans]:  # noqa: ARG001
    quantified = [certainty.matches(certainty.QUANTIFIER, text) for text in (claim, evidence)]
    if any(quantified) and _words(claim, quantified[0]) != _words(evidence, quantified[1]):
        return "quantifier", quantified[0], quantified[1]
    negated = [certainty.matches(certainty.NEGATION, text) for text in (claim, evidence)]
    if len(negated[0]) % 2 != len(negated[1]) % 2:
        return "polarity", negated[0], negated[1]
    for reason, finder in (("time", times), ("quantity", _numbers), ("entity", _names)):
        here, there = _different(claim, evidence, finder)
        if here and there:
            return reason, here, there
    return "other", [], []


def _unrelated(claim: str, evidence: str, reverse: Label) -> tuple[str, Spans, Spans]:
    if reverse == "supports":
        return "more_specific", [], []
    for reason, finder in (
        ("hedged", lambda text: certainty.matches(certainty.HEDGE, text)),
        ("reported", cues),
        ("conditional", lambda text: certainty.matches(certainty.CONDITION, text)),
    ):
        there = finder(evidence)
        if there and not finder(claim) and _overlap(claim, evidence) > SAME_SUBJECT:
            return reason, [], there
    here, there = _different(claim, evidence, _names)
    if here and there and not _same(claim, evidence, _names):
        return "other_entity", here, there
    return "silent", [], []


_REASONS: Final[dict[Label, Callable[[str, str, Label], tuple[str, Spans, Spans]]]] = {
    "supports": _supported,
    "contradicts": _contradicted,
    "unrelated": _unrelated,
}
# A hedge or "volgens" only explains anything where the two sentences speak of the same thing: share of the
# shorter one's longer words that stands in the other.
SAME_SUBJECT: Final = 0.5


def _overlap(claim: str, evidence: str) -> float:
    left, right = ({word for word in re.findall(r"\w{4,}", text.lower())} for text in (claim, evidence))
    return len(left & right) / max(1, min(len(left), len(right)))


def _words(text: str, spans: Spans) -> set[str]:
    return {text[start:end].casefold() for start, end in spans}


def _numbers(text: str) -> Spans:
    dated = {position for start, end in times(text) for position in range(start, end)}
    return [(number.start, number.end) for number in quantities(text) if number.start not in dated]


def _names(text: str) -> Spans:
    return [match.span() for match in _NAME.finditer(text)]


def _keys(text: str, spans: Spans) -> list[object]:
    """What the spans mean: the value of a number ("veertig" is "40"), else the word in lower case."""
    return [
        quantities(text[start:end])[0].value if quantities(text[start:end]) else text[start:end].casefold()
        for start, end in spans
    ]


def _different(claim: str, evidence: str, finder: Finder) -> tuple[Spans, Spans]:
    """What ``finder`` finds on one side and not on the other."""
    here, there = finder(claim), finder(evidence)
    mine, theirs = _keys(claim, here), _keys(evidence, there)
    return (
        [span for span, key in zip(here, mine, strict=True) if key not in theirs],
        [span for span, key in zip(there, theirs, strict=True) if key not in mine],
    )


def _same(claim: str, evidence: str, finder: Finder) -> bool:
    return bool(set(_keys(claim, finder(claim))) & set(_keys(evidence, finder(evidence))))
