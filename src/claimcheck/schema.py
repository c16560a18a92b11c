"""The records that travel from stage to stage, and the one owner of the label order.

All records are frozen. Offsets are half-open ranges of code points into ``Article.text``, which is never edited.
``to_dict`` gives what one JSON line holds; ``from_dict`` takes it back, ignores fields it does not know and raises
:class:`~claimcheck.errors.InputError` for one that is missing or has the wrong type (the reader of a file adds
the file's name and the line's number).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from claimcheck.errors import InputError

Label = Literal["supports", "contradicts", "unrelated"]
LABELS: Final[tuple[Label, Label, Label]] = ("supports", "contradicts", "unrelated")

# What checkpoints and annotators call the three labels, folded. `LABEL_0` is not here: its meaning is a guess.
_NAMES_OF: Final[dict[Label, str]] = {
    "supports": "supports support supported entailment entails entailed entail e implicatie gevolg steunt steun "
    "ondersteunt bevestigt implication implikation folgerung implicación implicazione implicação",
    "contradicts": "contradicts contradiction contradictory contradict c refutes refuted tegenspraak "
    "contradictie weerspreekt spreekt_tegen widerspruch contradicción contraddizione contradição",
    "unrelated": "unrelated neutral n nei not_enough_info neutraal los staat_los onafhankelijk neutre neutrale neutro",
}
LABEL_NAMES: Final = {name: label for label, names in _NAMES_OF.items() for name in names.split()}
"""Every name of a label that is understood, as :func:`label_named` folds it."""


def label_named(text: str) -> Label | None:
    """The label that ``text`` names in English, Dutch or as NLI does; None for any other word.

    Capitals, white space, hyphens and underscores make no difference: ``Not enough info``, ``NOT_ENOUGH_INFO``.
    """
    return LABEL_NAMES.get(re.sub(r"[\s_-]+", "_", text.casefold()).strip("_"))


# What a spreadsheet takes for a formula at the beginning of a cell: every CSV that is written guards it.
# The full-width forms count too: Excel reads "＝1+1" as a formula in some locales.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Kind = Literal["claim", "furniture", "question", "exclamation", "imperative"]
Span = tuple[int, int]
Probabilities = tuple[float, float, float]

_T = TypeVar("_T")
# Only these forms: what `datetime.fromisoformat` takes differs between Python 3.10 and 3.11.
_ISO: Final = re.compile(r"([0-9]{4}-[0-9]{2})(?:(-[0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}[0-9:.,+Z -]*)?)?")


def _get(record: Mapping[str, Any], name: str, kind: type[_T], default: _T | None = None) -> _T:
    """``record[name]``, checked; a missing or null field takes ``default`` where there is one."""
    value = record.get(name)
    if value is None and default is not None:
        return default
    if value is None:
        raise InputError(f"field {name!r} is missing")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        # Beyond this, an int cannot become a float, and no field is that large.
        value = float(max(min(value, 10**300), -(10**300)))
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise InputError(f"field {name!r} is {value!r:.60}, not of type {kind.__name__}")
    return value


@dataclass(frozen=True, slots=True)
class Published:
    """When an article came out, known to the day or only to the month.

    ``date`` is the first of the month where ``precision`` is ``"month"``. ``str()`` gives ISO 8601 of that
    precision: ``2025-11-14`` or ``2025-03``.
    """

    date: dt.date
    precision: Literal["day", "month"] = "day"

    @classmethod
    def parse(cls, text: str) -> Published:
        """Read ``2025-03``, ``2025-11-14`` or an ISO 8601 date-time (its time of day is dropped).

        Raises ``ValueError`` for anything else.
        """
        found = _ISO.fullmatch(text.strip())
        if not found:
            raise ValueError(f"{text!r:.60} is no ISO 8601 date")
        month, day = found.groups()
        return cls(dt.date.fromisoformat(f"{month}{day or '-01'}"), "day" if day else "month")

    def __str__(self) -> str:
        day = self.date.isoformat()
        return day if self.precision == "day" else day[: len("2025-03")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One text by one source.

    ``text`` is exactly what was read, stamps and line breaks included. ``extra`` keeps the input's fields that
    claimcheck does not know; ``notes`` says what the reader thinks its user should know (an encoding that was
    guessed, a language that is not Dutch).
    """

    id: str
    source: str
    text: str
    title: str = ""
    published: Published | None = None
    url: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        record: dict[str, Any] = {"id": self.id, "source": self.source, "text": self.text, "title": self.title}
        # A date that could not be read stands in `extra` as it was given.
        record["published"] = str(self.published) if self.published else self.extra.get("published")
        record["url"] = self.url
        if self.notes:
            record["notes"] = list(self.notes)
        return {**self.extra, **record}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A statement that a source makes: ``text == article.text[start:end]``, always.

    ``statement`` is what the model reads: ``text`` on one line and without markup. It equals ``text`` when
    nothing had to be changed.
    """

    id: str
    article_id: str
    source: str
    start: int
    end: int
    text: str
    statement: str

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Claim:
        text = _get(record, "text", str)
        start, end = _get(record, "start", int), _get(record, "end", int)
        if start < 0 or end - start != len(text):
            raise InputError(f"start {start} and end {end} do not span the {len(text)} characters of 'text'")
        article_id = _get(record, "article_id", str)
        return cls(
            id=_get(record, "id", str, f"{article_id}:{start}-{end}"),
            article_id=article_id,
            source=_get(record, "source", str),
            start=start,
            end=end,
            text=text,
            statement=_get(record, "statement", str, text),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A stretch of an article that is no claim, with ``kind`` and ``why`` (``"heading"``, ``"credit"`` …)."""

    article_id: str
    source: str
    start: int
    end: int
    text: str
    kind: Kind
    why: str

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two claims of different sources; ``similarity`` lies in [0, 1]."""

    claim: Claim
    evidence: Claim
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "claim": self.claim.to_dict(),
            "evidence": self.evidence.to_dict(),
            "similarity": round(self.similarity, 4),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Pair:
        if all(isinstance(record.get(side), str) for side in ("claim", "evidence")):
            raise InputError("claim and evidence are plain texts here; what is needed are the pairs that `pair` writes")
        sides = {}
        for side in ("claim", "evidence"):
            try:
                sides[side] = Claim.from_dict(_get(record, side, dict))
            except InputError as error:
                raise InputError(f"{side}: {error}") from None
        return cls(**sides, similarity=_share(record, "similarity", 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the evidence of a pair says about its claim.

    ``probabilities`` (evidence → claim) and ``reverse`` (claim → evidence) are in the order of :data:`LABELS`.
    ``reason`` is a code of ``docs/labels.md``. ``claim_spans`` and ``evidence_spans`` are the exact words that
    carry the reason, as offsets into the articles; the whole claim where no words stand out. ``windows`` is above
    1 when the pair was too long for the model and was judged in that many pieces. ``unread`` are words on either side
    of which the model sees nothing, because they are in a script that it does not know. Below the
    probability ``abstain_below`` the model's answers cannot be relied on; 0 where the model does not say.
    """

    pair: Pair
    label: Label
    probabilities: Probabilities
    reverse: Probabilities
    reason: str
    claim_spans: tuple[Span, ...]
    evidence_spans: tuple[Span, ...]
    windows: int = 1
    unread: tuple[str, ...] = ()
    abstain_below: float = 0.0

    @property
    def probability(self) -> float:
        """The probability of ``label``."""
        return self.probabilities[LABELS.index(self.label)]

    @property
    def uncertain(self) -> bool:
        """Whether ``label`` is less probable than ``abstain_below``."""
        return self.probability < self.abstain_below

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.pair.to_dict(),
            "label": self.label,
            "probabilities": by_label(self.probabilities),
            "reverse": by_label(self.reverse),
            "reason": self.reason,
            "claim_spans": [list(span) for span in self.claim_spans],
            "evidence_spans": [list(span) for span in self.evidence_spans],
            "windows": self.windows,
            "unread": list(self.unread),
            "uncertain": self.uncertain,
            "abstain_below": self.abstain_below,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Verdict:
        label = _get(record, "label", str)
        if label not in LABELS:
            raise InputError(f"label {label!r} is not one of {', '.join(LABELS)}")
        return cls(
            pair=Pair.from_dict(record),
            label=label,
            probabilities=_probabilities(record, "probabilities"),
            reverse=_probabilities(record, "reverse"),
            reason=_get(record, "reason", str),
            claim_spans=_spans(record, "claim_spans"),
            evidence_spans=_spans(record, "evidence_spans"),
            windows=_get(record, "windows", int, 1),
            unread=tuple(map(str, _get(record, "unread", list, []))),
            abstain_below=_get(record, "abstain_below", float, 0.0),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim and what other texts say about it; whoever makes it says in which order."""

    claim: Claim
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A labelled pair of a benchmark or of one's own annotation.

    ``label`` is one of :data:`LABELS`, or ``not_`` before one of them where a corpus says no more than that
    (``not_contradicts``: supported or unrelated). Examples of one ``group`` share a text and belong on one side of
    a split; they are drawn together when an interval is estimated.
    """

    id: str
    claim: str
    evidence: str
    label: str
    group: str
    phenomenon: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Example:
        label = _get(record, "label", str)
        if label.removeprefix("not_") not in LABELS:
            raise InputError(f"label {label!r:.60} is not one of {', '.join(LABELS)}")
        return cls(
            id=_get(record, "id", str),
            claim=_get(record, "claim", str),
            evidence=_get(record, "evidence", str),
            label=label,
            group=_get(record, "group", str),
            phenomenon=_get(record, "phenomenon", str, ""),
        )


class PairClassifier(Protocol):
    """Anything that judges pairs: the shipped model, a hub checkpoint, a baseline, a user's own object."""

    def predict_proba(self, *, evidence: Sequence[str], claims: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities of evidence → claim: shape ``(n, 3)`` in the order of :data:`LABELS`, rows summing to 1."""
        ...


class Encoder(Protocol):
    """Anything that turns sentences into vectors for pairing."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1: shape ``(n, d)``."""
        ...


def by_label(probabilities: Sequence[float]) -> dict[str, float]:
    """``{"supports": …, "contradicts": …, "unrelated": …}``, rounded to six decimals."""
    return {label: round(float(p), 6) for label, p in zip(LABELS, probabilities, strict=True)}


def _probabilities(record: Mapping[str, Any], name: str) -> Probabilities:
    named = _get(record, name, dict)
    try:
        supports, contradicts, unrelated = (_share(named, label) for label in LABELS)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    return supports, contradicts, unrelated


def _share(record: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = _get(record, name, float, default)
    if not 0 <= value <= 1:  # nor NaN, which JSON readers let in
        raise InputError(f"field {name!r} is {value!r:.60}, not a number from 0 to 1")
    return value


def _spans(record: Mapping[str, Any], name: str) -> tuple[Span, ...]:
    spans = []
    for span in _get(record, name, list):
        if not (isinstance(span, list) and len(span) == 2 and all(type(edge) is int for edge in span)):
            raise InputError(f"field {name!r} holds {span!r:.60}, not a [start, end] pair")
        if not 0 <= span[0] <= span[1]:
            raise InputError(f"field {name!r} holds {span!r:.60}, which is no stretch of a text")
        spans.append((span[0], span[1]))
    return tuple(spans)
