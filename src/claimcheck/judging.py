"""Pairs → verdicts: the classifier asked both ways, and a reason found for what it said.

The label is the classifier's; nothing here overrules it. The reason is looked for afterwards, by rules over the
words of both sides, and so explains rather than decides. The codes are described in ``docs/labels.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol, runtime_checkable

import numpy as np

from claimcheck.dutch.attribution import cues
from claimcheck.dutch.certainty import CONDITION, HEDGE, NEGATION, QUANTIFIER
from claimcheck.dutch.dates import times
from claimcheck.dutch.quantities import quantities
from claimcheck.schema import LABELS, Claim, Label, Pair, PairClassifier, Span, Verdict

# A capital inside a sentence: a name, mostly. The first word of a sentence or quotation is skipped.
_NAME: Final = re.compile(r"(?<=[^\s.!?“\"‘'(]\s)[A-ZÀ-Þ](?:[’'-]?\w)+")
_LONG_WORD: Final = re.compile(r"\w{4,}")
# A hedge or "volgens" explains something only where both sentences speak of the same thing: the share of the
# shorter one's longer words that stands in the other.
SAME_SUBJECT: Final = 0.5


class Mark(NamedTuple):
    """A stretch of a sentence that may carry a reason, and what it means: "veertig" and "40" mean the same."""

    span: Span
    meaning: object


class Reason(NamedTuple):
    """A reason code and the stretches of claim and evidence that carry it, as offsets into those two texts."""

    code: str
    claim: Sequence[Mark] = ()
    evidence: Sequence[Mark] = ()


Finder = Callable[[str], list[Mark]]


@runtime_checkable
class Reader(Protocol):
    """A classifier that can say how it reads: a long pair in how many pieces, and of which words it sees nothing.

    Answers less probable than ``abstain_below`` are uncertain.
    """

    abstain_below: float

    def windows(self, *, evidence: Sequence[str], claims: Sequence[str]) -> list[int]:
        """The number of pieces for each pair."""
        ...

    def unread(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """For each text its words in a script that the model does not know."""
        ...


def judge(pairs: Sequence[Pair], classifier: PairClassifier) -> list[Verdict]:
    """One verdict for each pair, in order; both directions are judged and kept.

    ``label`` is the likeliest of evidence → claim, the earlier in ``LABELS`` on a tie. Raises ``ValueError`` when
    the classifier's answer has not the shape ``(n, 3)`` or holds NaN.
    """
    evidence = [pair.evidence.statement for pair in pairs]
    claims = [pair.claim.statement for pair in pairs]
    both = {"evidence": [*evidence, *claims], "claims": [*claims, *evidence]}
    probabilities = np.asarray(classifier.predict_proba(**both), dtype=np.float64)
    if probabilities.shape != (2 * len(pairs), len(LABELS)):
        raise ValueError(f"predict_proba gave shape {probabilities.shape}, not {(2 * len(pairs), len(LABELS))}")
    if not np.isfinite(probabilities).all():
        raise ValueError("predict_proba gave numbers that are NaN or infinite")
    pieces = [1] * (2 * len(pairs))
    unread: list[tuple[str, ...]] = [()] * (2 * len(pairs))
    abstain_below = 0.0
    if isinstance(classifier, Reader):
        abstain_below = classifier.abstain_below
        pieces, unread = classifier.windows(**both), classifier.unread(both["evidence"])
    verdicts = []
    for i, pair in enumerate(pairs):
        forward, backward = probabilities[i], probabilities[i + len(pairs)]
        label, reverse = LABELS[int(forward.argmax())], LABELS[int(backward.argmax())]
        reason = explain(pair.claim.text, pair.evidence.text, label, reverse)
        verdicts.append(
            Verdict(
                pair=pair,
                label=label,
                probabilities=(float(forward[0]), float(forward[1]), float(forward[2])),
                reverse=(float(backward[0]), float(backward[1]), float(backward[2])),
                reason=reason.code,
                claim_spans=_in_article(pair.claim, reason.claim),
                evidence_spans=_in_article(pair.evidence, reason.evidence),
                windows=max(pieces[i], pieces[i + len(pairs)]),
                unread=tuple(dict.fromkeys((*unread[i], *unread[i + len(pairs)]))),
                abstain_below=abstain_below,
            )
        )
    return verdicts


def explain(claim: str, evidence: str, label: Label, reverse: Label) -> Reason:
    """The reason for ``label`` (evidence → claim), given also the label of claim → evidence."""
    if label == "supports":
        return _why_supported(claim, evidence, reverse)
    if label == "contradicts":
        return _why_contradicted(claim, evidence)
    return _why_unrelated(claim, evidence, reverse)


def _why_supported(claim: str, evidence: str, reverse: Label) -> Reason:
    here, there = _apart(_numbers, claim, evidence)
    if here and there:
        return Reason("quantity", here, there)
    return Reason("restatement" if reverse == "supports" else "entailed")


def _why_contradicted(claim: str, evidence: str) -> Reason:
    here, there = _apart(_words(QUANTIFIER), claim, evidence)
    if here or there:
        return Reason("quantifier", here, there)
    here, there = _words(NEGATION)(claim), _words(NEGATION)(evidence)
    if len(here) % 2 != len(there) % 2:
        return Reason("polarity", here, there)
    for code, finder in (("time", _times), ("quantity", _numbers), ("entity", _names)):
        here, there = _apart(finder, claim, evidence)
        if here and there:
            return Reason(code, here, there)
    return Reason("other")


def _why_unrelated(claim: str, evidence: str, reverse: Label) -> Reason:
    if reverse == "supports":
        return Reason("more_specific")
    if _overlap(claim, evidence) >= SAME_SUBJECT:
        for code, finder in (("hedged", _words(HEDGE)), ("reported", _cues), ("conditional", _words(CONDITION))):
            if finder(evidence) and not finder(claim):
                return Reason(code, (), finder(evidence))
    here, there = _apart(_names, claim, evidence)
    if here and there and len(here) == len(_names(claim)):
        return Reason("other_entity", here, there)
    return Reason("silent")


def _apart(finder: Finder, claim: str, evidence: str) -> tuple[list[Mark], list[Mark]]:
    """What ``finder`` finds in one text and, by its meaning, not in the other."""
    here, there = finder(claim), finder(evidence)
    mine, theirs = {mark.meaning for mark in here}, {mark.meaning for mark in there}
    return [mark for mark in here if mark.meaning not in theirs], [mark for mark in there if mark.meaning not in mine]


def _marks(text: str, spans: list[Span]) -> list[Mark]:
    # On one line: a hard wrap may stand in "geen\nenkele".
    return [Mark((start, end), " ".join(text[start:end].casefold().split())) for start, end in spans]


def _words(pattern: re.Pattern[str]) -> Finder:
    return lambda text: _marks(text, [match.span() for match in pattern.finditer(text)])


def _cues(text: str) -> list[Mark]:
    return _marks(text, cues(text))


def _times(text: str) -> list[Mark]:
    return _marks(text, times(text))


def _names(text: str) -> list[Mark]:
    return _words(_NAME)(text)


def _numbers(text: str) -> list[Mark]:
    dated = times(text)  # the 3 of "3 maart" is no amount
    return [
        Mark((start, end), value)
        for start, end, value in quantities(text)
        if not any(first <= start < last for first, last in dated)
    ]


def _overlap(claim: str, evidence: str) -> float:
    left, right = set(_LONG_WORD.findall(claim.lower())), set(_LONG_WORD.findall(evidence.lower()))
    return len(left & right) / max(1, min(len(left), len(right)))


def _in_article(claim: Claim, marks: Sequence[Mark]) -> tuple[Span, ...]:
    """Offsets into the article; the whole claim where nothing is marked."""
    if not marks:
        return ((claim.start, claim.end),)
    return tuple((claim.start + start, claim.start + end) for (start, end), _ in marks)
