"""What claimcheck knows of Dutch: numbers, times, and the words that turn, weaken or hand on a statement."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.dutch.attribution import cues
from claimcheck.dutch.certainty import CONDITION, HEDGE, NEGATION, QUANTIFIER
from claimcheck.dutch.dates import leading_stamp, times
from claimcheck.dutch.quantities import quantities

NUMBER_WORDS = (
    *("een", "één", "Eén", "half", "helft", "anderhalf", "twee", "drieëntwintig", "honderd", "duizend", "miljoen"),
    *("miljard", "komma", "nul", "en", "derde", "min", "procent", "2,5", "1.000", "12", ",", ".", "-", "\n"),
)
# Any text, and texts in which number words meet in every order.
NUMERIC_TEXT = st.lists(st.sampled_from(NUMBER_WORDS) | st.text(max_size=4), max_size=10).flatmap(
    lambda words: st.sampled_from([" ", "", "  ", ", "]).map(lambda gap: gap.join(words))
)


def numbers(text: str) -> list[tuple[str, float]]:
    return [(text[start:end], value) for start, end, value in quantities(text)]


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match[0] for match in pattern.finditer(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("De stad telt 75 scholen.", [("75", 75)]),
        ("Er kwamen 1.234.567 bezoekers.", [("1.234.567", 1234567)]),
        ("De werkloosheid steeg naar 12,5 procent.", [("12,5", 12.5)]),
        ("Het kostte 4.500,75 euro.", [("4.500,75", 4500.75)]),
        ("Een boete van €40.", [("40", 40)]),
        ("In 2024 was het 3%.", [("2024", 2024), ("3", 3)]),
    ],
)
def test_digits_are_read_with_dutch_points_and_commas(text: str, expected: list[tuple[str, float]]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zeker veertig doden.", [("veertig", 40)]),
        ("Er stonden eenentwintig bussen.", [("eenentwintig", 21)]),
        ("De drieëntwintig leden stemden.", [("drieëntwintig", 23)]),
        ("Twaalfhonderd koeien.", [("Twaalfhonderd", 1200)]),
        ("Voor de derde keer.", [("derde", 3)]),
        ("Anderhalve meter afstand.", [("Anderhalve", 1.5)]),
        ("De helft bleef thuis.", [("helft", 0.5)]),
    ],
)
def test_number_words_are_read(text: str, expected: list[tuple[str, float]]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2,5 miljoen euro", [("2,5 miljoen", 2.5e6)]),
        ("twee miljoen euro", [("twee miljoen", 2e6)]),
        ("anderhalf miljoen euro", [("anderhalf miljoen", 1.5e6)]),
        ("een half miljoen euro", [("half miljoen", 5e5)]),
        ("een miljoen euro", [("een miljoen", 1e6)]),
        ("40 duizend\nbezoekers, 3 miljard", [("40 duizend", 4e4), ("3 miljard", 3e9)]),
        ("vijf miljoen, twee daarvan", [("vijf miljoen", 5e6), ("twee", 2)]),
    ],
)
def test_a_million_word_multiplies_the_number_before_it(text: str, expected: list[tuple[str, float]]) -> None:
    assert numbers(text) == expected


def test_een_is_an_article_and_één_is_a_number() -> None:
    assert numbers("Een man zag een hond.") == []
    assert numbers("Er bleef maar één man over.") == [("één", 1)]
    assert numbers("Eén man bleef over.") == [("Eén", 1)]


def test_half_alone_is_no_number() -> None:
    assert numbers("Half oktober, op de halve finale") == []


@pytest.mark.parametrize(
    "text", ["De F-16 landde.", "De A12 is dicht.", "om 21.52 uur", "om 21:52 uur", "de 75-plussers"]
)
def test_a_number_inside_a_name_or_a_clock_is_no_quantity(text: str) -> None:
    assert numbers(text) == []


def test_an_age_in_a_compound_is_no_quantity() -> None:
    assert numbers("De 60-jarige man had 3 honden.") == [("3", 3)]


def test_decomposed_letters_change_no_number() -> None:
    text = "Eén van de drieëntwintig mannen en tweeënhalf miljoen euro"
    apart = unicodedata.normalize("NFD", text)
    assert len(apart) > len(text)
    assert [value for _, value in numbers(apart)] == [value for _, value in numbers(text)] == [1, 23, 2.5e6]


@given(st.text() | NUMERIC_TEXT)
def test_quantities_stand_in_order_apart_and_inside_any_text(text: str) -> None:
    last = 0
    for start, end, value in quantities(text):
        assert last <= start < end <= len(text)
        assert isinstance(value, float)
        last = end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("De brug viel dinsdag om.", ["dinsdag"]),
        ("Dinsdagavond viel de brug om.", ["Dinsdag"]),
        ("Op 3 maart en op 14 november 2025.", ["3 maart", "14 november 2025"]),
        ("Om 21.52 uur, niet om 9:05 uur.", ["21.52", "9:05"]),
        ("Het dinsdagse overleg in maart.", []),
        ("De koers was 21.52 euro.", []),
    ],
)
def test_times_are_weekdays_days_of_a_month_and_clocks(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in times(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Volgens de buurt brandde het al.", ["Volgens"]),
        ("Het wordt later, aldus de NS.", ["aldus"]),
        ("De minister liet weten dat hij stopt.", ["liet weten"]),
        ("Hij deed het naar eigen\nzeggen alleen.", ["naar eigen\nzeggen"]),
        ("Dat zegt zij, maar hij beweerde iets anders.", ["zegt", "beweerde"]),
        ("De zegen van de stelling.", []),
    ],
)
def test_cues_hand_a_statement_to_somebody(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in cues(text)] == expected


def test_negations_are_whole_words_in_any_case() -> None:
    assert found(NEGATION, "Niet de buren, NOOIT iemand zonder reden.") == ["Niet", "NOOIT", "zonder"]
    assert found(NEGATION, "De nietjes en het niet-aanvalsverdrag, een geenszinsje") == []


def test_the_longest_quantifier_wins() -> None:
    assert found(QUANTIFIER, "Geen enkele bank en geen\nenkel bedrijf.") == ["Geen enkele", "geen\nenkel"]
    assert found(QUANTIFIER, "Alle leden, de helft van de bestuurders, al het geld.") == [
        *("Alle", "de helft van", "al het"),
    ]


def test_hedges_and_conditions_are_found() -> None:
    assert found(HEDGE, "Hij zou mogelijk naar verluidt gevlucht zijn.") == ["zou", "mogelijk", "naar verluidt"]
    assert found(CONDITION, "Als het vriest, is de club van plan te spelen, mits …") == ["Als", "van plan", "mits"]
    assert found(HEDGE, "De zoute kantine") == found(CONDITION, "De wilg van alsem") == []


# A backtracking regex needs hours for these; a linear one a moment.
@pytest.mark.parametrize(
    ("head", "filler"),
    [
        *(("", filler) for filler in ("1", ".111", ",1", "1.", "3 ", "A’", "é", "twee ", "geen ")),
        *((head, " ") for head in ("", "3", "21.52", "date", "geen", "al", "naar", "twee")),
    ],
)
def test_a_very_long_line_does_not_hang(head: str, filler: str) -> None:
    text = head + filler * (200_000 // len(filler)) + "."
    times(text), cues(text), leading_stamp(text), quantities(text)
    for pattern in (QUANTIFIER, NEGATION, HEDGE, CONDITION):
        found(pattern, text)
