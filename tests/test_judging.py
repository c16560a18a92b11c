"""Pairs → verdicts: both directions, the label, and the reason with its exact words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from claimcheck.judging import explain, judge
from claimcheck.nli import Model
from claimcheck.schema import LABELS, Claim, Label, Pair, Verdict

SURE = {"supports": (0.8, 0.1, 0.1), "contradicts": (0.1, 0.8, 0.1), "unrelated": (0.1, 0.1, 0.8)}
# Words that the rules look for, so that hypothesis meets them in every order.
TELLING = (
    *(
        "niet",
        "geen enkele",
        "Volgens",
        "mogelijk",
        "als",
        "dinsdag",
        "3 maart",
        "om 21.52 uur",
        "veertig",
        "2,5 miljoen",
    ),
    *("Alle", "in Gent", "De Vries", "van plan", "\n", "“", "’s", "één"),
)
TEXT = st.text() | st.lists(st.sampled_from(TELLING) | st.text(max_size=5)).map(" ".join)


class Fixed:
    """A classifier of the user's own: what it says of (evidence, claim) is given; anything else is unrelated."""

    def __init__(self, said: dict[str, Label] | None = None) -> None:
        self.said = {tuple(pair.split("→")): label for pair, label in (said or {}).items()}

    def predict_proba(self, *, evidence: Sequence[str], claims: Sequence[str]) -> NDArray[np.float64]:
        labels = [self.said.get(pair, "unrelated") for pair in zip(evidence, claims, strict=True)]
        return np.array([SURE[label] for label in labels]).reshape(-1, 3)


class Reading(Fixed):
    """A classifier of the user's own that also says how it reads."""

    def __init__(self, pieces: list[int], abstain_below: float = 0.0) -> None:
        super().__init__()
        self.pieces = pieces
        self.abstain_below = abstain_below

    def windows(self, *, evidence: Sequence[str], claims: Sequence[str]) -> list[int]:
        assert (evidence, claims) == (["B.", "A."], ["A.", "B."])
        return self.pieces

    def unread(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        return [()] * len(texts)


class Answering:
    """A classifier that gives one answer, whatever it is asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def predict_proba(self, *, evidence: Sequence[str], claims: Sequence[str]) -> Any:
        assert len(evidence) == len(claims)
        return self.answer


def side(text: str, source: str = "krant", start: int = 0) -> Claim:
    return Claim(
        id=f"{source}:{start}",
        article_id=source,
        source=source,
        start=start,
        end=start + len(text),
        text=text,
        statement=" ".join(text.split()),
    )


def paired(claim: str, evidence: str) -> Pair:
    return Pair(claim=side(claim), evidence=side(evidence, "omroep"), similarity=0.5)


def one(answer: Sequence[Sequence[float]]) -> Verdict:
    """The verdict on one pair, of which the two directions get the two rows of ``answer``."""
    return judge([paired("Het vriest.", "Het dooit.")], Answering(np.array(answer)))[0]


# Verdicts


def test_no_pairs_give_no_verdicts() -> None:
    assert judge([], Fixed()) == []


def test_both_directions_are_judged_and_kept() -> None:
    classifier = Fixed({"B.→A.": "supports", "A.→B.": "contradicts"})
    (verdict,) = judge([paired("A.", "B.")], classifier)
    assert verdict.label == "supports"
    assert verdict.probabilities == SURE["supports"]
    assert verdict.reverse == SURE["contradicts"]


def test_the_reverse_is_the_verdict_on_the_swapped_pair(shipped: Model) -> None:
    pair = paired("Een man slaapt op de bank.", "Een man slaapt.")
    swapped = Pair(claim=pair.evidence, evidence=pair.claim, similarity=pair.similarity)
    there, back = judge([pair, swapped], shipped)
    assert there.reverse == back.probabilities
    assert back.reverse == there.probabilities
    assert there.probabilities != there.reverse


def test_verdicts_are_in_the_order_of_the_pairs() -> None:
    pairs = [paired(f"Claim {n}.", f"Bewijs {n}.") for n in range(5)]
    verdicts = judge(pairs, Fixed({"Bewijs 3.→Claim 3.": "contradicts"}))
    assert [verdict.pair for verdict in verdicts] == pairs
    assert [verdict.label for verdict in verdicts] == [*["unrelated"] * 3, "contradicts", "unrelated"]


def test_the_model_reads_the_statement_and_the_reason_the_text() -> None:
    pair = paired("De brug is\nniet open.", "De brug is open.")
    (verdict,) = judge([pair], Fixed({"De brug is open.→De brug is niet open.": "contradicts"}))
    assert (verdict.label, verdict.reason) == ("contradicts", "polarity")
    assert verdict.claim_spans == ((11, 15),)


@given(st.tuples(*[st.floats(0, 1)] * 3), st.tuples(*[st.floats(0, 1)] * 3))
def test_the_label_is_the_likeliest_and_on_a_tie_the_earlier(
    forward: tuple[float, ...], backward: tuple[float, ...]
) -> None:
    verdict = one([forward, backward])
    assert verdict.label == LABELS[forward.index(max(forward))]
    assert verdict.probability == max(forward)
    assert verdict.reverse == backward


@pytest.mark.parametrize("shape", [(1, 3), (3, 3), (2, 2), (2, 4), (6,), (0, 3)])
def test_an_answer_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="predict_proba gave shape"):
        judge([paired("A.", "B.")], Answering(np.full(shape, 1 / 3)))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_answer_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="NaN or infinite"):
        judge([paired("A.", "B.")], Answering(np.full((2, 3), value)))


def test_probabilities_are_plain_floats_whatever_array_they_come_in() -> None:
    for answer in (np.full((2, 3), 1 / 4, dtype=np.float32), [[0, 1, 0], [0, 0, 1]]):
        verdict = judge([paired("A.", "B.")], Answering(answer))[0]
        assert {type(number) for number in (*verdict.probabilities, *verdict.reverse)} == {float}


def test_a_pair_read_in_windows_says_in_how_many(shipped: Model) -> None:
    long = "De vergadering van de gemeenteraad duurde langer dan gepland. " * 60
    short, in_pieces = judge([paired("Een man slaapt.", "Een man eet."), paired("Een man slaapt.", long)], shipped)
    assert short.windows == 1
    assert in_pieces.windows == max(
        *shipped.windows(evidence=[long.strip()], claims=["Een man slaapt."]),
        *shipped.windows(evidence=["Een man slaapt."], claims=[long.strip()]),
    )
    assert in_pieces.windows > 1


@pytest.mark.parametrize("pieces", [[1, 3], [3, 1]])
def test_the_direction_read_in_more_windows_counts(pieces: list[int]) -> None:
    assert judge([paired("A.", "B.")], Reading(pieces))[0].windows == 3


def test_a_classifier_that_knows_no_windows_reads_every_pair_whole() -> None:
    assert judge([paired("A.", "B.")], Fixed())[0].windows == 1


def test_words_in_a_script_that_the_model_does_not_know_are_named_on_either_side(shipped: Model) -> None:
    plain, foreign = judge(
        [
            paired("De raad stemde tegen 🙂.", "Zoë Çelik’s “façade” kostte € 5."),
            paired("De lezing in ราชอาณาจักร ging door.", "In 東京 sprak de raad."),
        ],
        shipped,
    )
    assert plain.unread == ()
    assert set(foreign.unread) == {"ราชอาณาจักร", "東京"}


@pytest.mark.parametrize(("below", "uncertain"), [(0.0, False), (0.8, False), (0.81, True)])
def test_a_verdict_is_uncertain_where_its_label_is_less_probable_than_the_model_asks(
    below: float, uncertain: bool
) -> None:
    assert judge([paired("A.", "B.")], Reading([1, 1], below))[0].uncertain is uncertain


def test_a_classifier_without_a_threshold_is_never_uncertain() -> None:
    assert not judge([paired("A.", "B.")], Fixed())[0].uncertain


def test_the_shipped_model_has_a_threshold(shipped: Model) -> None:
    assert 1 / 3 < shipped.abstain_below < 1


def test_the_shipped_model_sees_a_denial_and_points_at_it(shipped: Model) -> None:
    (verdict,) = judge([paired("Een man slaapt niet.", "Een man slaapt.")], shipped)
    assert (verdict.label, verdict.reason) == ("contradicts", "polarity")
    assert verdict.claim_spans == ((15, 19),)


# Reasons: (label, reverse, claim, evidence) -> (code, the words in the claim, the words in the evidence)

REASONS: list[tuple[Label, Label, str, str, str, list[str], list[str]]] = [
    # Support
    (
        "supports",
        "supports",
        "De raad verwierp het plan.",
        "Het plan haalde het niet in de raad.",
        "restatement",
        [],
        [],
    ),
    ("supports", "unrelated", "In Aalst was een brand.", "In Aalst brandde een school af.", "entailed", [], []),
    (
        *("supports", "unrelated"),
        *("Er raakten zeker dertig mensen gewond.", "Bij het ongeval raakten 34 mensen gewond."),
        *("quantity", ["dertig"], ["34"]),
    ),
    # The same number in words and digits carries no reason of its own.
    ("supports", "supports", "Er vielen veertig doden.", "Er vielen 40 doden.", "restatement", [], []),
    # The day of a month is no amount.
    (
        *("supports", "unrelated"),
        *("De top duurt tot 4 maart.", "De top begint op 3 maart en duurt een dag."),
        *("entailed", [], []),
    ),
    # Contradiction
    (
        *("contradicts", "contradicts"),
        *("Geen enkele school sloot de deuren.", "Drie scholen sloten de deuren."),
        *("quantifier", ["Geen enkele"], []),
    ),
    (
        *("contradicts", "contradicts"),
        *("Alle leden stemden voor.", "De helft van de leden stemde voor."),
        *("quantifier", ["Alle"], ["De helft van"]),
    ),
    (
        *("contradicts", "contradicts"),
        *("De minister kende het rapport.", "De minister kende het rapport niet."),
        *("polarity", [], ["niet"]),
    ),
    (
        *("contradicts", "contradicts"),
        *("De tunnel gaat maandag open.", "De tunnel gaat donderdagavond open."),
        *("time", ["maandag"], ["donderdag"]),
    ),
    (
        *("contradicts", "contradicts"),
        *("De tunnel gaat op 3 maart open.", "De tunnel gaat op 4 maart open."),
        *("time", ["3 maart"], ["4 maart"]),
    ),
    (
        *("contradicts", "contradicts"),
        *("De club telt 1.200 leden.", "De club telt negenhonderd leden."),
        *("quantity", ["1.200"], ["negenhonderd"]),
    ),
    (
        *("contradicts", "contradicts"),
        *("De finale wordt gespeeld in Utrecht.", "De finale wordt gespeeld in Zwolle."),
        *("entity", ["Utrecht"], ["Zwolle"]),
    ),
    ("contradicts", "contradicts", "De prijzen stijgen.", "De prijzen dalen.", "other", [], []),
    # A denial on both sides turns nothing.
    ("contradicts", "contradicts", "Hij won niet vaak.", "Hij verloor niet vaak.", "other", [], []),
    # Neither
    (
        *("unrelated", "supports"),
        *("Bij een brand in Aalst stierf een vrouw.", "In Aalst was een brand."),
        *("more_specific", [], []),
    ),
    (
        *("unrelated", "unrelated"),
        *("De verdachte is gevlucht naar Spanje.", "De verdachte is mogelijk gevlucht naar Spanje."),
        *("hedged", [], ["mogelijk"]),
    ),
    (
        *("unrelated", "unrelated"),
        *("De brand werd aangestoken.", "Volgens omwonenden werd de brand aangestoken."),
        *("reported", [], ["Volgens"]),
    ),
    (
        *("unrelated", "unrelated"),
        *("De fabriek in Hasselt sluit.", "De fabriek in Hasselt sluit als de vraag daalt."),
        *("conditional", [], ["als"]),
    ),
    (
        *("unrelated", "unrelated"),
        *("De gemeente Meppel bouwt een zwembad.", "De gemeente Venlo sloot een bibliotheek."),
        *("other_entity", ["Meppel"], ["Venlo"]),
    ),
    ("unrelated", "unrelated", "Het regende de hele dag.", "De trein reed op tijd.", "silent", [], []),
    # A hedge about something else explains nothing.
    ("unrelated", "unrelated", "Het regende de hele dag.", "De trein komt mogelijk later.", "silent", [], []),
]


@pytest.mark.parametrize(("label", "reverse", "claim", "evidence", "code", "here", "there"), REASONS)
def test_a_reason_is_found_with_its_words(
    label: Label, reverse: Label, claim: str, evidence: str, code: str, here: list[str], there: list[str]
) -> None:
    reason = explain(claim, evidence, label, reverse)
    assert reason.code == code
    assert [claim[slice(*mark.span)] for mark in reason.claim] == here
    assert [evidence[slice(*mark.span)] for mark in reason.evidence] == there


def test_a_line_break_inside_a_phrase_does_not_make_it_another() -> None:
    assert (
        explain("Geen\nenkele bank viel om.", "Geen enkele bank stond op.", "contradicts", "contradicts").code
        == "other"
    )


def test_a_closing_quotation_mark_is_no_part_of_a_name() -> None:
    claim, evidence = "Hij noemt zich ‘de stem van Brussel’.", "Hij noemt zich ‘de stem van Luik’."
    reason = explain(claim, evidence, "contradicts", "contradicts")
    assert [claim[slice(*mark.span)] for mark in reason.claim] == ["Brussel"]


def test_spans_point_at_exactly_the_words_in_the_two_articles() -> None:
    articles = {
        "krant": "BRUSSEL – Nieuws. De brug zakte maandag in, zegt men.",
        "omroep": "Eerst iets anders? De brug zakte vrijdag in.",
    }
    claim = side("De brug zakte maandag in, zegt men.", "krant", articles["krant"].index("De brug"))
    evidence = side("De brug zakte vrijdag in.", "omroep", articles["omroep"].index("De brug"))
    assert claim.start > 0 < evidence.start
    verdict = judge([Pair(claim=claim, evidence=evidence, similarity=1)], Answering([SURE["contradicts"]] * 2))[0]
    assert verdict.reason == "time"
    assert [articles["krant"][start:end] for start, end in verdict.claim_spans] == ["maandag"]
    assert [articles["omroep"][start:end] for start, end in verdict.evidence_spans] == ["vrijdag"]


def test_where_no_word_stands_out_the_whole_claim_is_the_span() -> None:
    pair = Pair(claim=side("Het regende.", start=7), evidence=side("De trein reed.", "omroep", 5), similarity=1)
    (verdict,) = judge([pair], Fixed())
    assert (verdict.claim_spans, verdict.evidence_spans) == (((7, 19),), ((5, 19),))


@given(TEXT, TEXT, st.integers(0, 1_000), st.sampled_from(LABELS), st.sampled_from(LABELS))
def test_any_text_gets_a_reason_and_spans_inside_its_claim(
    claim: str, evidence: str, start: int, label: Label, reverse: Label
) -> None:
    pair = Pair(claim=side(claim, start=start), evidence=side(evidence, "omroep", start + 1), similarity=0)
    (verdict,) = judge([pair], Answering([SURE[label], SURE[reverse]]))
    assert verdict.reason
    for spans, where in ((verdict.claim_spans, pair.claim), (verdict.evidence_spans, pair.evidence)):
        assert spans
        assert all(where.start <= first <= last <= where.end for first, last in spans)
        assert list(spans) == sorted(set(spans))


# A backtracking regex needs hours for these; a linear one a moment.
@pytest.mark.parametrize("filler", ["A’", "Aa-", "a", " ", "a A", "3 ", "niet ", "geen\n"])
def test_a_very_long_claim_does_not_hang(filler: str) -> None:
    text = filler * (100_000 // len(filler))
    for label in LABELS:
        assert explain(text, "De brug is dicht.", label, "unrelated").code
