"""Article → claims: one test per rule, each with the Dutch that needs it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimcheck.dutch.dates import leading_stamp
from claimcheck.dutch.sentences import split_sentences
from claimcheck.dutch.verbs import has_finite_verb
from claimcheck.schema import Article
from claimcheck.segmenting import Segmentation, segment


def cut(text: str) -> Segmentation:
    return segment(Article(id="a", source="krant", text=text))


def claims(text: str) -> list[str]:
    return [claim.statement for claim in cut(text).claims]


def dropped(text: str) -> list[tuple[str, str]]:
    return [(piece.why, piece.text) for piece in cut(text).dropped]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


BODY = "De gemeente bouwt een brug over het kanaal. De werken beginnen in mei."


# ------------------------------------------------------------------ invariants

PIECES = [
    *(
        "De brug is open. ",
        "de",
        "Wat nu? ",
        "Lees ook: x",
        "© ANP",
        "date 2025-03 ",
        "- ",
        "1. ",
        "# ",
        "> ",
        "|",
    ),
    *(
        "\n",
        "\n\n",
        "\r\n",
        "\u2028",
        "\x85",
        " ",
        "\u00a0",
        "\t",
        "“",
        "”",
        '"',
        "''",
        "(",
        ")",
        "...",
        "…",
        "!",
    ),
    *(
        "e\u0301",
        "é",
        "😀",
        "👩‍🚒",
        "\u00ad",
        "\u200b",
        "\ufeff",
        "\x00",
        "```",
        "---",
        "***",
        "_",
        "[a](b)",
        "dr. ",
    ),
    *(
        "Jan",
        " zegt ",
        "12",
        ".",
        ",",
        ":",
        "BRUSSEL (Belga) - ",
        "14.32 uur – ",
        "![x](y)",
        "| a | b |",
        "Door Jan Maes",
    ),
]
texts = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


@given(texts)
@settings(max_examples=400, deadline=None)
def test_every_span_holds_its_own_text_and_nothing_vanishes(text: str) -> None:
    result = cut(text)
    pieces = sorted([*result.claims, *result.dropped], key=lambda piece: piece.start)
    at = 0
    for piece in pieces:
        assert piece.start >= at
        assert not text[at : piece.start].strip()
        assert piece.text == text[piece.start : piece.end]
        assert piece.text
        assert piece.text == piece.text.strip()
        at = piece.end
    assert not text[at:].strip()
    assert list(result.claims) == sorted(result.claims, key=lambda claim: claim.start)
    assert list(result.dropped) == sorted(result.dropped, key=lambda piece: piece.start)


@given(texts)
@settings(max_examples=150, deadline=None)
def test_claims_are_numbered_from_one_and_a_second_run_gives_the_same(text: str) -> None:
    result = cut(text)
    assert result == cut(text)
    assert [claim.id for claim in result.claims] == [f"a#{n}" for n in range(1, len(result.claims) + 1)]
    assert all(piece.kind != "claim" and piece.why for piece in result.dropped)


@given(texts)
@settings(max_examples=150, deadline=None)
def test_statements_are_one_line_and_never_empty(text: str) -> None:
    for claim in cut(text).claims:
        assert claim.statement
        assert claim.statement == " ".join(claim.statement.split())


@given(texts)
@settings(max_examples=150, deadline=None)
def test_sentences_are_disjoint_and_hold_all_of_the_text(text: str) -> None:
    joined = "".join("".join(sentence.split()) for sentence in sentences(text))
    assert joined == "".join(text.split())


@pytest.mark.parametrize("text", ["", " \n\t\u00a0\r\n"])
def test_an_empty_text_gives_neither_claims_nor_dropped_pieces(text: str) -> None:
    assert cut(text) == Segmentation(cut(text).article, (), ())


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028"])
def test_line_breaks_and_normal_forms_change_no_claim(form: str, line_break: str) -> None:
    text = "Geëerde gast 😀\n\nDe premier is één dag in Curaçao. Hij blijft er niet.\n\nZij blijft ook niet."
    given_text = unicodedata.normalize(form, text).replace("\n", line_break)
    found = [unicodedata.normalize("NFC", statement) for statement in claims(given_text)]
    assert found == ["De premier is één dag in Curaçao.", "Hij blijft er niet.", "Zij blijft ook niet."]


def test_statement_equals_text_when_nothing_had_to_change() -> None:
    assert all(claim.statement is claim.text or claim.statement == claim.text for claim in cut(BODY).claims)


def test_long_texts_of_any_shape_are_cut() -> None:
    # Not timed: a rule that takes more than linear time makes this test hang.
    shapes = [
        "De minister zei dr. De Vries o.a. niets. ",
        "woord\n",
        "Woord\n",
        ".",
        "“",
        '"',
        "[",
        "*a",
        "> ",
        " ",
        "![",
    ]
    for shape in shapes:
        text = (shape * (1_000_000 // len(shape)))[:300_000] + "x"
        cut(text)


# ------------------------------------------------------------------ sentences


@pytest.mark.parametrize(
    "text",
    [
        "Volgens dr. De Vries is het virus weg.",
        "De groep betaalde o.a. Gent en Brugge terug.",
        "Lokaal nr. 5 bleef dicht.",
        "Premier J.P. Balkenende trad af.",
        "Jan P. Van Damme werd voorzitter.",
        "De club speelt volgend jaar in de 2. Bundesliga.",
        "De prijs steeg tot 1.250,50 euro.",
        "“Wij stoppen”, zei hij.",
        "“Waarom nu?” vroeg hij.",
        "“Wij stoppen!”, riep hij.",
        "Yahoo! heeft duizend banen geschrapt.",
        "De fabriek in de V.S. heeft nieuwe machines.",
        "Zij zei dat … het niet kon.",
        "In de brief stond dat de lening (...) Belgische banken raakt.",
        "Het bedrijf X vs. Y gaat voort.",
        "De zaak dient op 3 jan. om tien uur.",
    ],
)
def test_no_sentence_ends_here(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "“Wij stoppen.”| Hij liep weg.",
        "De troepen vertrekken uit de VS.| Het leger zwijgt.",
        "De fabriek staat in de V.S.| Het plan is oud.",
        "Hij bracht brood, kaas enz.| De rest bleef liggen.",
        "Het werd plan B.| Het kabinet zweeg.",
        "De stand was 7-4.| Nederland leidt de poule.",
        "Het bleef stil...| Toen ging het licht uit.",
        "Zij wacht al een uur.| Jan ook.",
        "De trein stond stil.| ’s Avonds reed hij weer.",
        "De beurs daalde.| eBay steeg.",
        "“Er is gekozen.| Het plan gaat door,” zei ze.",
        "Wij wonnen. ''| Hij lachte.",
        'Zij zei: "Wij wonnen. "| Hij lachte.',
        "De haven groeit.[12]| De stad ook.",
        "De brug werd gesloten.|De minister kwam kijken.",
        "Klopt dat?| Niemand weet het!| Het onderzoek loopt.",
    ],
)
def test_a_sentence_ends_here(text: str) -> None:
    assert sentences(text.replace("|", "")) == [part.strip() for part in text.split("|")]


# ------------------------------------------------------------------ lines


def test_hard_wrapped_lines_are_one_sentence_even_with_empty_lines_between() -> None:
    lines = [
        "De burgemeester van Oostende heeft tijdens de raad van maandag gezegd dat het nieuwe zwembad",
        "er pas in de herfst van volgend jaar komt. Zij weet dat aan de aannemer en aan persbureau",
        "Belga, dat de planning al in mei had gemeld. Volgens het bestek zou de bouw van het zwembad",
        "hoogstens twee jaar duren.",
    ]
    expected = [
        f"{lines[0]} er pas in de herfst van volgend jaar komt.",
        "Zij weet dat aan de aannemer en aan persbureau Belga, dat de planning al in mei had gemeld.",
        "Volgens het bestek zou de bouw van het zwembad hoogstens twee jaar duren.",
    ]
    assert claims("\n".join(lines)) == expected
    assert claims("\n\n".join(lines)) == expected


def test_a_title_at_a_line_end_goes_on_with_its_name() -> None:
    assert claims("Het rapport is geschreven door dr.\nDe Smet van de dienst Groen.") == [
        "Het rapport is geschreven door dr. De Smet van de dienst Groen."
    ]


def test_a_word_broken_at_a_line_end_is_whole_in_the_statement() -> None:
    assert claims("De samen-\nwerking tussen zee-\nen luchtmacht is voorbij.") == [
        "De samenwerking tussen zee- en luchtmacht is voorbij."
    ]


def test_a_heading_is_not_glued_to_the_paragraph_below() -> None:
    text = f"Stad krijgt nieuwe brug\n{BODY}\n\nKritiek van de oppositie\n\nDe oppositie is tegen."
    assert dropped(text) == [("heading", "Stad krijgt nieuwe brug"), ("heading", "Kritiek van de oppositie")]


def test_a_heading_with_a_verb_but_no_full_stop_is_a_heading_where_text_follows() -> None:
    assert dropped(f"{BODY}\n\nOppositie noemt plan onbetaalbaar\n\n{BODY}")[0][0] == "heading"
    assert claims("Oppositie noemt het plan onbetaalbaar") == ["Oppositie noemt het plan onbetaalbaar"]


def test_lines_that_all_lack_a_full_stop_are_claims_if_they_have_a_verb() -> None:
    lines = [
        "De prijs van brood is gestegen",
        "De haven van Gent groeit met tien procent",
        "Het aantal daklozen daalt",
    ]
    assert claims("\n".join(lines)) == lines


def test_a_heading_glued_to_the_end_of_a_paragraph_is_taken_off() -> None:
    text = f"De kazerne staat al jaren leeg. Oude tanks en trouwe soldaten\n\n{BODY}"
    assert dropped(text) == [("heading", "Oude tanks en trouwe soldaten")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("______", "separator"),
        ("* * *", "separator"),
        ("© REUTERS", "credit"),
        ("Foto: ANP / Jan de Wit", "credit"),
        ("Beeld Belga", "credit"),
        ("Bron: Statistiek Vlaanderen", "credit"),
        ("De minister bij zijn aankomst in Gent. © REUTERS", "caption"),
        ("De minister kwam aan in Gent. Foto: Jan Peeters", "caption"),
        ("De minister bij zijn aankomst (foto: ANP)", "caption"),
        ("Op deze foto zie je de oude sluis:", "caption"),
        ("Door Jan Janssens", "byline"),
        ("Van onze correspondent in Parijs", "byline"),
        ("Redactie Binnenland", "byline"),
        ("Door onze redactie 14:32 – Laatst bijgewerkt om 16:05", "byline"),
        ("14 november 2025 om 12:03", "date stamp"),
        ("Gepubliceerd op vrijdag 14 nov. 2025", "date stamp"),
        ("01-Mar-08", "date stamp"),
        ("Leestijd: 3 minuten", "date stamp"),
        ("Lees ook: Nieuwe sluis gaat open", "teaser"),
        ("Lees meer", "teaser"),
        ("Tekst gaat verder onder de foto", "teaser"),
        ("Advertentie", "teaser"),
        ("1. Waarom komt er een brug?", "question heading"),
        ("Wat gaat dat kosten?", "question heading"),
        ("‘Niemand heeft het gezien’", "heading"),
        ("REGERING VALT OVER BEGROTING", "heading"),
        ("Oude ruzies, lege kassen en een gesloten haven.", "heading"),
        ("https://example.org/brug", "markup"),
    ],
)
def test_furniture_lines_are_dropped_whole(line: str, why: str) -> None:
    text = f"{BODY}\n\n{line}\n\nHet kanaal is tien meter breed."
    assert dropped(text) == [(why, line)]
    assert len(claims(text)) == 3


@pytest.mark.parametrize(
    "line",
    [
        "Delen van de stad stonden onder water.",
        "Advertenties op sociale media bleken vals.",
        "Bronnen van de recherche zeggen dat de man gevlucht is.",
        "De werkloosheid steeg tot 5 procent (bron: CBS).",
        "Door Sven Maes, de schepen van Groen, werd een plan voorgesteld.",
        "Meer over de zaak is niet bekend.",
        "Foto’s van de brand gingen rond.",
        "Hij schat de schade op een miljoen.",
        "Het voelt goed aan.",
    ],
)
def test_sentences_that_look_like_furniture_stay_claims(line: str) -> None:
    assert line in claims(f"{BODY}\n\n{line}\n\nHet kanaal is tien meter breed.")


def test_a_line_above_a_credit_line_is_its_caption() -> None:
    text = f"{BODY}\n\nMinister De Wit bezoekt de sluis.\n© Jan Peeters\n\nHet kanaal is tien meter breed."
    assert dropped(text) == [("caption", "Minister De Wit bezoekt de sluis."), ("credit", "© Jan Peeters")]


def test_a_credit_after_a_long_paragraph_takes_only_itself() -> None:
    text = f"{BODY} Het kanaal is tien meter breed. De stad betaalt. © Belga"
    assert dropped(text) == [("credit", "© Belga")]


def test_a_dateline_and_a_clock_label_are_no_part_of_the_claim() -> None:
    assert claims("BRUSSEL (Belga) - De regering is gevallen.") == ["De regering is gevallen."]
    assert claims("14.32 uur – De brug is weer open.") == ["De brug is weer open."]
    assert dropped("14.32 uur – De brug is weer open.") == [("date stamp", "14.32 uur –")]


def test_a_list_item_may_open_with_a_clock_label() -> None:
    assert dropped("- 14.32 uur – De brug is weer open.") == [("date stamp", "- 14.32 uur –")]


def test_list_items_lose_their_marker_and_stay_claims_if_they_have_a_verb() -> None:
    text = f"{BODY}\n\n- De brug kost 3 miljoen euro\n- Er komt een fietspad\n• Kosten: onbekend"
    assert claims(text)[2:] == ["De brug kost 3 miljoen euro", "Er komt een fietspad"]
    assert dropped(text) == [("list marker", "-"), ("list marker", "-"), ("heading", "• Kosten: onbekend")]


# ------------------------------------------------------------------ pull quotes


@pytest.mark.parametrize(
    ("quote", "sentence"),
    [
        ("De haven is volgens hem te klein.", "De haven is volgens hem te klein."),
        ("De haven blijft volgens hem veel te klein.", "Deze haven blijft volgens hem veel te klein."),
        (
            "Hij heeft geen geld voor een nieuwe kade.",
            "Hij is ontgoocheld en heeft geen geld voor een nieuwe kade.",
        ),
        ("“Ik heb nooit gelogen.”", "“Ik heb nooit gelogen”, zei hij."),
    ],
)
def test_a_standing_line_that_repeats_a_sentence_is_a_pull_quote(quote: str, sentence: str) -> None:
    text = f"{BODY}\n\n{quote}\n\nDe havenmeester maakt zich zorgen. {sentence} De schippers wachten af."
    assert dropped(text) == [("pull quote", quote)]
    assert sentence in claims(text)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Het aantal doden is gestegen tot 12.", "Het aantal doden is gestegen tot 43."),
        ("De minister wist niet van het lek.", "De minister wist al lang van het lek."),
        (
            "Rabo heeft 25 procent van de aandelen.",
            "De staat, die 25 procent van de aandelen heeft, is tegen.",
        ),
    ],
)
def test_another_number_negation_or_subject_is_no_pull_quote(line: str, sentence: str) -> None:
    text = f"{BODY}\n\n{line}\n\nHet nieuws kwam laat. {sentence} De zaak loopt."
    assert {line, sentence} <= set(claims(text))


# ------------------------------------------------------------------ kinds


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Wie betaalt dat?", "question"),
        ("“Wie betaalt dat?”", "question"),
        ("Wat een ramp!", "exclamation"),
        ("Lees hier het hele verslag van de raad.", "imperative"),
        ("Kijk naar de cijfers.", "imperative"),
        ("Deel dit bericht.", "imperative"),
    ],
)
def test_questions_exclamations_and_imperatives_are_no_claims(sentence: str, kind: str) -> None:
    result = cut(f"De raad kwam samen. {sentence} De zitting duurde lang.")
    assert [(piece.kind, piece.text) for piece in result.dropped] == [(kind, sentence)]


@pytest.mark.parametrize(
    "sentence",
    [
        "“Waarom nu?”, vroeg hij.",
        "Hij vroeg: “Waarom nu?”",
        "Komt er geen akkoord, dan valt de regering.",
        "Blijf je thuis, dan mis je de stoet.",
        "Volgens de raad is het te duur.",
        "Steun voor het plan brokkelt af.",
        "Deel van het plan is een tunnel.",
        "“Kijk naar de cijfers”, zei ze.",
        "“Wij blijven bouwen.”",
    ],
)
def test_sentences_that_state_something_are_claims(sentence: str) -> None:
    assert sentence in claims(f"De raad kwam samen. {sentence} De zitting duurde lang.")


def test_a_fragment_beside_a_question_states_nothing() -> None:
    text = f"{BODY}\n\nHoe kon dit? Vijf vragen en antwoorden over de brug.\n\n{BODY}"
    assert [why for why, _ in dropped(text)] == ["question", "heading"]


def test_has_finite_verb_takes_no_noun_for_a_verb() -> None:
    assert not has_finite_verb("Zeven vragen over de toenemende spanningen tussen beide landen")
    assert has_finite_verb("De rechter besprak het dossier")


# ------------------------------------------------------------------ stamps and Markdown


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        (" date 2025-11-14 De brug is open.", "2025-11-14"),
        ("\ufeffDATUM: 2025-03 De brug is open.", "2025-03"),
        ("date 2025-13 De brug is open.", None),
        ("date 2025-02-30 De brug is open.", None),
        ("De date 2025-03 was bekend.", None),
    ],
)
def test_a_leading_stamp_is_read_if_it_is_a_date(text: str, stamp: str | None) -> None:
    found = leading_stamp(text)
    assert (str(found[0]) if found else None) == stamp
    assert found is None or text[found[1] :] == " De brug is open."


def test_the_leading_stamp_is_no_part_of_a_claim() -> None:
    result = cut(" date 2025-11-14 De brug is open.")
    assert [claim.text for claim in result.claims] == ["De brug is open."]
    assert [(piece.why, piece.text) for piece in result.dropped] == [("date stamp", "date 2025-11-14")]


def test_markdown_is_taken_off_the_statement_but_not_off_the_text() -> None:
    claim = cut("De **minister** bezoekt [de *haven*](https://example.org/h) en\nde `sluis`.").claims[0]
    assert claim.statement == "De minister bezoekt de haven en de sluis."
    assert claim.text.startswith("De **minister**")


def test_markdown_structure_is_furniture() -> None:
    text = (
        "---\ntitle: Brug\n---\n# Een nieuwe brug\n\n"
        "> De brug komt er,\n> zegt de schepen.\n\n![De brug](b.jpg)\n\n"
        "```\nx = 1\n```\n\n| jaar | euro |\n|---|---|\n| 2025 | 3 |\n\n***\n\n1. De werken starten in mei.\n"
    )
    assert claims(text) == ["De brug komt er, zegt de schepen.", "De werken starten in mei."]
    whys = [
        "markup",
        "heading",
        "markup",
        "caption",
        *["code"] * 3,
        *["table"] * 3,
        "separator",
        "list marker",
    ]
    assert [why for why, _ in dropped(text)] == whys


def test_soft_hyphens_and_zero_width_spaces_leave_the_statement() -> None:
    claim = cut("De water\u00adstand\u200b is\u00a0hoog.").claims[0]
    assert claim.statement == "De waterstand is hoog."
    assert claim.text == "De water\u00adstand\u200b is\u00a0hoog."


# ------------------------------------------------------------------ golden record

GOLDEN = """\
 date 2025-11-14 Sluis van Zandvliet gaat jaren dicht
Door Mieke Claes en Tom Wouters
Beeld: Belga

ANTWERPEN (Belga) - De grote sluis van Zandvliet sluit vanaf januari voor drie jaar. Dat heeft het
havenbedrijf vrijdag bekendgemaakt. Volgens ir. De Backer zijn de deuren versleten.

Wat betekent dat voor de haven? Vijf vragen en antwoorden.

1. Waarom moet de sluis dicht?

De deuren dateren uit 1967. “Ze kunnen elk moment breken. Wij nemen geen risico”, zegt De Backer.

De rederijen hebben geen plan voor de wachttijden.

De rederijen klagen luid en hebben voorlopig geen plan voor de wachttijden. Lange files en boze loodsen

Een schip wacht voor de sluis. © REUTERS

______
Lees ook: Haven boekt recordjaar

- De herstelling kost 40 miljoen euro
- Drie kranen

Wat een tegenslag! Kijk hier naar de beelden. Komt er vertraging, dan betaalt de aannemer.
"""

EXPECTED = [
    ("date stamp", "date 2025-11-14"),
    ("heading", "Sluis van Zandvliet gaat jaren dicht"),
    ("byline", "Door Mieke Claes en Tom Wouters"),
    ("credit", "Beeld: Belga"),
    ("dateline", "ANTWERPEN (Belga) -"),
    ("claim", "De grote sluis van Zandvliet sluit vanaf januari voor drie jaar."),
    ("claim", "Dat heeft het havenbedrijf vrijdag bekendgemaakt."),
    ("claim", "Volgens ir. De Backer zijn de deuren versleten."),
    ("question", "Wat betekent dat voor de haven?"),
    ("heading", "Vijf vragen en antwoorden."),
    ("question heading", "1. Waarom moet de sluis dicht?"),
    ("claim", "De deuren dateren uit 1967."),
    ("claim", "“Ze kunnen elk moment breken."),
    ("claim", "Wij nemen geen risico”, zegt De Backer."),
    ("pull quote", "De rederijen hebben geen plan voor de wachttijden."),
    ("claim", "De rederijen klagen luid en hebben voorlopig geen plan voor de wachttijden."),
    ("heading", "Lange files en boze loodsen"),
    ("caption", "Een schip wacht voor de sluis. © REUTERS"),
    ("separator", "______"),
    ("teaser", "Lees ook: Haven boekt recordjaar"),
    ("list marker", "-"),
    ("claim", "De herstelling kost 40 miljoen euro"),
    ("heading", "- Drie kranen"),
    ("exclamation", "Wat een tegenslag!"),
    ("imperative", "Kijk hier naar de beelden."),
    ("claim", "Komt er vertraging, dan betaalt de aannemer."),
]


def test_golden_record_of_an_article_with_every_trap() -> None:
    result = cut(GOLDEN)
    found = [(claim.start, "claim", claim.statement) for claim in result.claims]
    found += [(piece.start, piece.why, piece.text) for piece in result.dropped]
    assert [(what, text) for _, what, text in sorted(found)] == EXPECTED


def test_a_sentence_longer_than_any_newspaper_prints_is_dropped_as_too_long():
    segmentation = cut("De minister komt. " + "en hij ging verder " * 600 + "tot het eind.")
    assert [(piece.kind, piece.why) for piece in segmentation.dropped] == [("furniture", "too long")]


def test_a_full_stop_inside_bold_text_ends_its_sentence() -> None:
    assert claims("**De Jonge won.** Zijn partij haalde tien zetels.") == [
        "De Jonge won.",
        "Zijn partij haalde tien zetels.",
    ]


def test_named_characters_are_read_as_what_they_stand_for() -> None:
    assert claims("Het zwembad kost 5&nbsp;miljoen euro.") == ["Het zwembad kost 5 miljoen euro."]


@pytest.mark.parametrize("dateline", ["**ZUTPHEN** - ", "Den Haag, 3 maart 2026 - ", "BRUSSEL (BELGA) -- "])
def test_a_dateline_is_taken_off_in_any_of_its_forms(dateline: str) -> None:
    segmentation = cut(dateline + "De brug is weer open.")
    assert [piece.why for piece in segmentation.dropped] == ["dateline"]
    assert [claim.text for claim in segmentation.claims] == ["De brug is weer open."]
