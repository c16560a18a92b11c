"""Reports in every format: what they hold, in which order, and that no text can act in them."""

from __future__ import annotations

import csv
import io
import itertools
import json
import sys
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from claimcheck import reporting
from claimcheck.errors import MissingExtraError
from claimcheck.reporting import FORMATS, Report, render, summary, telling, turned
from claimcheck.schema import LABELS, Article, Claim, Dropped, Pair, Published, Verdict

ODDS = {"supports": (0.8, 0.1, 0.1), "contradicts": (0.1, 0.8, 0.1), "unrelated": (0.1, 0.1, 0.8)}


def a_claim(text: str, article: str = "a", source: str = "", start: int = 0, **fields: Any) -> Claim:
    return Claim(
        id=fields.pop("id", f"{article}:{start}"),
        article_id=article,
        source=source or f"Bron {article}",
        start=start,
        end=start + len(text),
        text=text,
        statement=fields.pop("statement", " ".join(text.split())),
    )


def a_verdict(claim: Claim, evidence: Claim, label: Any = "contradicts", **fields: Any) -> Verdict:
    return Verdict(
        pair=Pair(claim=claim, evidence=evidence, similarity=0.5),
        label=label,
        probabilities=fields.pop("probabilities", ODDS[label]),
        reverse=fields.pop("reverse", ODDS[label]),
        reason=fields.pop("reason", "other"),
        claim_spans=fields.pop("claim_spans", ((claim.start, claim.end),)),
        evidence_spans=fields.pop("evidence_spans", ((evidence.start, evidence.end),)),
        windows=fields.pop("windows", 1),
        abstain_below=fields.pop("abstain_below", 0.0),
    )


def a_report(*verdicts: Verdict, **fields: Any) -> Report:
    given = {"articles": (), "claims": (), "dropped": (), "signature": {"version": "0.1.0"}}
    return Report(verdicts=verdicts, **{**given, **fields})


class Read(HTMLParser):
    """A page taken apart again: its visible pieces of text, its tags and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.texts.append("")

    def handle_data(self, data: str) -> None:
        self.texts[-1:] = [self.texts[-1] + data] if self.texts else [data]


DAM = a_claim("De dam brak om zes uur.", "a", id="dam")
DIJK = a_claim("De dijk hield stand.", "b", id="dijk")
WATER = a_claim("Het water stond twee meter hoog.", "b", start=30, id="water")

# Lone surrogates too, which Python's JSON reader lets through, and what would act if it were not escaped.
texts = st.text(st.characters(exclude_categories=()), min_size=1, max_size=60) | st.sampled_from(
    [
        *(
            "</script><script>x()</script>",
            "<b onclick=x>",
            "{{7*7}}{% x %}",
            "&lt;b&amp;",
            "]]><!--",
            "'\"`|",
        ),
        *("\u202eabc", "a\r\nb\u2028c\x00", "\x1b[2J[red]x", "# [x](y) ![z](w) `|`", "=1+1", "\ud800"),
    ]
)
labels = st.sampled_from(LABELS)


@st.composite
def odds(draw: st.DrawFn) -> tuple[float, float, float]:
    weights = draw(st.tuples(*[st.floats(0.001, 1.0)] * 3))
    return tuple(weight / sum(weights) for weight in weights)  # type: ignore[return-value]


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Two or three sources, whose claims follow one another in their articles, and some pairs of them."""
    claims: list[Claim] = []
    articles = []
    for number in range(draw(st.integers(2, 3))):
        text = ""
        source = draw(texts)
        for sentence in draw(st.lists(texts, min_size=1, max_size=3)):
            claims.append(a_claim(sentence, f"a{number}", source, start=len(text)))
            text += sentence + " "
        articles.append(Article(id=f"a{number}", source=source, text=text, title=draw(texts)))
    pairs = [(one, other) for one in claims for other in claims if one.article_id < other.article_id]
    verdicts = tuple(
        a_verdict(
            *pair,
            draw(labels),
            probabilities=draw(odds()),
            reverse=draw(odds()),
            reason=draw(st.sampled_from([*reporting._REASONS, "nieuw"])),
        )
        for pair in draw(st.lists(st.sampled_from(pairs), unique=True, max_size=5))
    )
    return a_report(*verdicts, articles=tuple(articles), claims=tuple(claims), notes=(draw(texts),))


# ---------------------------------------------------------------- findings


def test_findings_put_contradictions_first_then_support_each_by_falling_probability() -> None:
    others = [a_claim(f"Zin {n}.", "b", start=10 * n) for n in range(6)]
    plan: list[tuple[Any, float]] = [
        *(("unrelated", 0.9), ("supports", 0.6), ("contradicts", 0.5)),
        *(("supports", 0.9), ("contradicts", 0.7), ("unrelated", 0.99)),
    ]
    verdicts = []
    for other, (label, p) in zip(others, plan, strict=True):
        probabilities = tuple(p if name == label else (1 - p) / 2 for name in LABELS)
        verdicts.append(a_verdict(DAM, other, label, probabilities=probabilities))
    found = a_report(*verdicts, claims=(DAM,)).findings()[0]
    assert [(v.label, v.probability) for v in found.verdicts] == [
        *(("contradicts", 0.7), ("contradicts", 0.5)),
        *(("supports", 0.9), ("supports", 0.6)),
        *(("unrelated", 0.99), ("unrelated", 0.9)),
    ]


def test_equal_probabilities_are_ordered_by_the_id_of_the_evidence() -> None:
    report = a_report(a_verdict(DAM, WATER), a_verdict(DAM, DIJK))
    assert [v.pair.evidence.id for v in report.findings()[0].verdicts] == ["dijk", "water"]


def test_findings_follow_the_articles_and_their_text_whatever_the_order_of_the_claims() -> None:
    articles = tuple(Article(id=name, source=f"Bron {name}", text=" " * 80) for name in ("b", "a"))
    report = a_report(articles=articles, claims=(DAM, WATER, DIJK))
    assert [finding.claim.id for finding in report.findings()] == ["dijk", "water", "dam"]


def test_a_claim_without_verdicts_has_an_empty_finding() -> None:
    assert [f.verdicts for f in a_report(claims=(DAM,)).findings()] == [()]


def test_claims_known_only_from_verdicts_have_findings_too() -> None:
    assert [f.claim.id for f in a_report(a_verdict(DAM, DIJK)).findings()] == ["dam", "dijk"]


@given(reports())
def test_each_verdict_is_in_the_findings_of_both_its_claims_and_nowhere_else(report: Report) -> None:
    found = [(f.claim, v) for f in report.findings() for v in f.verdicts]
    assert all(claim == verdict.pair.claim for claim, verdict in found)
    expected = [v for verdict in report.verdicts for v in (verdict, turned(verdict))]
    assert sorted(map(repr, expected)) == sorted(repr(verdict) for _, verdict in found)
    assert len(report.findings()) == len(report.claims)


def test_counts_are_of_verdicts_and_name_every_label() -> None:
    report = a_report(a_verdict(DAM, DIJK), a_verdict(DAM, WATER, "supports"))
    assert report.counts() == {"supports": 1, "contradicts": 1, "unrelated": 0}
    assert tuple(report.counts()) == LABELS


# ---------------------------------------------------------------- turned


@given(odds(), odds(), labels)
def test_a_verdict_turned_twice_has_its_pair_probabilities_and_spans_again(forth: Any, back: Any, label: Any) -> None:
    verdict = a_verdict(DAM, DIJK, label, probabilities=forth, reverse=back, claim_spans=((3, 6),))
    again = turned(turned(verdict))
    for name in ("pair", "probabilities", "reverse", "claim_spans", "evidence_spans", "windows"):
        assert getattr(again, name) == getattr(verdict, name)
    assert turned(verdict).pair.claim == DIJK
    assert turned(verdict).evidence_spans == ((3, 6),)
    assert turned(verdict).probability == max(back)


def test_the_telling_direction_does_not_depend_on_which_claim_came_first() -> None:
    for forth, back in itertools.product(ODDS, repeat=2):
        verdict = a_verdict(DAM, DIJK, forth, reverse=ODDS[back])
        assert telling(verdict).label == telling(turned(verdict)).label
        assert telling(verdict).label == min(forth, back, key=("contradicts", "supports", "unrelated").index)


@pytest.mark.parametrize(
    ("label", "other_way", "reason"),
    [
        ("contradicts", "contradicts", "quantity"),  # the label stays: the reason stays
        ("unrelated", "supports", "entailed"),
        ("supports", "unrelated", "more_specific"),
        ("contradicts", "unrelated", "other"),
        ("supports", "contradicts", "other"),
    ],
)
def test_a_turned_verdict_keeps_only_a_reason_that_still_holds(label: Any, other_way: Any, reason: str) -> None:
    verdict = turned(a_verdict(DAM, DIJK, label, reverse=ODDS[other_way], reason="quantity"))
    assert (verdict.label, verdict.reason) == (other_way, reason)


# ---------------------------------------------------------------- all formats


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_report_can_be_rendered_in_every_format(format: str) -> None:  # noqa: A002
    text = render(a_report(signature={}), format)
    assert "None" not in text
    assert (text == "") == (format == "jsonl")


def test_methods_give_what_render_gives() -> None:
    report = a_report(a_verdict(DAM, DIJK))
    rendered = [render(report, format) for format in FORMATS]  # noqa: A001
    assert rendered == [report.html(), report.jsonl(), report.csv(), report.markdown()]


def test_an_unknown_format_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="'pdf' is not one of html, jsonl, csv, md"):
        render(a_report(), "pdf")


@settings(max_examples=40)
@given(reports())
def test_every_format_can_be_written_as_utf8_whatever_the_texts(report: Report) -> None:
    for format in FORMATS:  # noqa: A001
        render(report, format).encode()
    report._repr_html_().encode()


# ---------------------------------------------------------------- JSON Lines, CSV, DataFrame


@given(reports())
def test_jsonl_gives_back_the_verdicts(report: Report) -> None:
    lines = report.jsonl().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [verdict.to_dict() for verdict in report.verdicts]


def rows_of(report: Report) -> list[dict[str, str]]:
    text = report.csv()
    assert text[0] == "\ufeff"
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


@given(reports())
def test_csv_gives_back_the_texts_but_for_the_apostrophe_and_unwritable_characters(report: Report) -> None:
    rows = rows_of(report)
    assert len(rows) == len(report.verdicts)
    for row, verdict in zip(rows, report.verdicts, strict=True):
        for name, side in (("claim", verdict.pair.claim), ("evidence", verdict.pair.evidence)):
            plain = reporting._writable(side.text)
            assert row[name] in (plain, f"'{plain}")
            assert int(row[f"{name}_start"]) == side.start
        assert row["label"] == verdict.label
        assert float(row["reverse_supports"]) == pytest.approx(verdict.reverse[0], abs=1e-6)


@pytest.mark.parametrize("text", ["=1+1", "+31 6", "-2 graden", "@jan", "\t=1", "\r=1", "\n=1", "＝1"])
def test_csv_cells_that_a_spreadsheet_would_compute_get_an_apostrophe(text: str) -> None:
    row = rows_of(a_report(a_verdict(a_claim(text, source=text), DIJK)))[0]
    assert (row["claim"], row["claim_source"]) == (f"'{text}", f"'{text}")
    assert row["evidence"] == "De dijk hield stand."


def test_csv_starts_with_the_columns_that_a_reader_wants_first() -> None:
    header = render(a_report(), "csv").lstrip("\ufeff").replace('"', "")
    assert header.startswith(
        "claim_source,claim,evidence_source,evidence,label,supports,contradicts,unrelated,reason,similarity,"
        "claim_id,evidence_id,"
    )


def test_a_dataframe_has_one_row_per_verdict_with_texts_as_read() -> None:
    pytest.importorskip("pandas")
    frame = a_report(a_verdict(a_claim("=1\x00", "a"), DIJK), a_verdict(DAM, WATER, "supports")).to_pandas()
    assert list(frame["claim"]) == ["=1\x00", "De dam brak om zes uur."]
    assert list(frame["label"]) == ["contradicts", "supports"]
    assert list(frame.columns) == next(csv.reader([render(a_report(), "csv").lstrip("\ufeff")]))


def test_an_empty_dataframe_has_the_columns_all_the_same() -> None:
    pytest.importorskip("pandas")
    assert "claim_source" in a_report().to_pandas().columns


def test_a_missing_pandas_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"pip install \"claimcheck-nl\[pandas\]\""):
        a_report().to_pandas()


# ---------------------------------------------------------------- Markdown


@settings(max_examples=60)
@given(texts, texts)
def test_a_text_in_markdown_is_shown_as_it_is_and_makes_no_markup(text: str, source: str) -> None:
    markdown = pytest.importorskip("markdown_it")
    claim = a_claim(text, "a", source=f"x{source}")
    page = (
        markdown.MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(a_report(a_verdict(claim, DIJK)).markdown())
    )
    read = Read(page)
    assert set(read.tags) <= {"h1", "h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert reporting._line(text) in [" ".join(piece.split()) for piece in read.texts]
    # The counts, and for each of the two articles a header and a row.
    assert page.count("<tr>") == 1 + 3 + 2 * 2


@pytest.mark.parametrize(
    "text",
    [
        "a|b",
        "[x](http://y.example)",
        "`code`",
        "<b>vet</b>",
        "**vet**",
        "http://x.example",
        "a\n\n# kop",
        "![x](y)",
    ],
)
def test_markup_in_a_markdown_cell_is_disarmed(text: str) -> None:
    page = a_report(a_verdict(a_claim(text), DIJK)).markdown()
    assert text not in page


def test_markdown_leaves_unrelated_pairs_to_the_counts() -> None:
    page = a_report(a_verdict(DAM, DIJK), a_verdict(DAM, WATER, "unrelated")).markdown()
    assert "| los | 1 |" in page
    assert "twee meter" not in page
    assert page.count("De dijk hield stand.") == 2  # as evidence, and as a claim of its own


# ---------------------------------------------------------------- HTML


@settings(max_examples=60)
@given(reports())
def test_every_text_in_html_is_found_back_and_adds_no_tag(report: Report) -> None:
    read = Read(report.html())
    shown = [reporting._writable(piece) for piece in read.texts]
    for claim in report.claims:
        assert reporting._writable(claim.text) in shown
    for article in report.articles:
        assert reporting._writable(article.title) in shown
        assert reporting._writable(article.source) in shown
    assert reporting._writable(report.notes[0]) in shown
    assert read.tags.count("script") == 1
    assert read.tags.count("style") == 1
    assert not {name for name, _ in read.attributes if name.startswith("on") or name in ("src", "style")}


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:x", " javascript:x", "ftp://x.example"),
        *("http:", "https://", "//x.example", "http://a b", "https://x.example/\n"),
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    article = Article(id="a", source="Bron a", text="", url=url)
    read = Read(render(a_report(articles=(article,)), "html"))
    assert [value for name, value in read.attributes if name == "href"] == []
    assert url.strip() in [piece.strip() for piece in read.texts]


def test_a_link_to_an_article_gives_away_nothing() -> None:
    article = Article(id="a", source="Bron a", text="", url='https://x.example/"><b>?a=1&b=2')
    read = Read(render(a_report(articles=(article,)), "html"))
    assert ("href", 'https://x.example/"><b>?a=1&b=2') in read.attributes
    assert ("rel", "noopener noreferrer") in read.attributes
    assert "x.example" in read.texts


def test_the_policy_of_the_page_allows_its_own_script_and_style_by_their_hash_only() -> None:
    page = render(a_report(), "html")
    policy = next(v for _, v in Read(page).attributes if v and v.startswith("default-src"))
    script = page.split("<script>")[1].split("</script>")[0]
    style = page.split("<style>")[1].split("</style>")[0]
    assert policy == (
        f"default-src 'none'; style-src '{reporting._csp_hash(style)}'; "
        f"script-src '{reporting._csp_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def test_the_page_names_no_other_host() -> None:
    page = render(a_report(a_verdict(DAM, DIJK)), "html")
    assert "http:" not in page
    assert "https:" not in page


def test_every_reason_code_has_dutch_words_and_an_unknown_one_is_shown_as_it_is() -> None:
    codes = {
        *(
            "restatement",
            "entailed",
            "more_specific",
            "quantity",
            "later_update",
            "time",
            "polarity",
            "antonym",
        ),
        *(
            "role",
            "other_entity",
            "entity",
            "quantifier",
            "hedged",
            "reported",
            "conditional",
            "silent",
            "other",
        ),
    }
    assert set(reporting._REASONS) == codes
    page = render(a_report(a_verdict(DAM, DIJK, reason="toekomstige_code")), "html")
    assert "toekomstige_code" in page


def test_telling_words_are_marked_within_their_sentence() -> None:
    verdict = a_verdict(DAM, DIJK, claim_spans=((7, 11), (15, 18)))
    parts = "De dam <strong>brak</strong> om <strong>zes</strong> uur."
    assert f"<mark>{parts}</mark>" in render(a_report(verdict), "html")


@given(st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=5), st.integers(0, 20))
def test_the_parts_of_a_sentence_join_to_it_whatever_the_spans(spans: Any, start: int) -> None:
    claim = a_claim("De dam brak om zes uur.", start=start)
    parts = reporting._parts(claim, spans)
    assert "".join(text for text, _ in parts) == claim.text
    assert all(text for text, _ in parts)
    inside = {at for s, e in spans for at in range(max(s, claim.start), min(e, claim.end))}
    telling = sum(len(text) for text, telling in parts if telling)
    assert telling == (0 if len(inside) == len(claim.text) else len(inside))


def test_a_sentence_is_shown_with_300_characters_of_its_article_on_either_side_in_whole_words() -> None:
    text = "voor " * 100 + DAM.text + " erna" * 100
    article = Article(id="a", source="Bron a", text=text)
    claim = replace(DAM, start=500, end=500 + len(DAM.text))
    page = render(a_report(a_verdict(claim, DIJK), articles=(article,)), "html")
    assert f'<span class="before">… {"voor " * 59}</span><mark>{DAM.text}</mark>' in page
    assert f'<span class="after">{" erna" * 59} …</span>' in page


def test_an_article_that_does_not_hold_the_claim_gives_no_context() -> None:
    article = Article(id="a", source="Bron a", text="Een heel andere tekst dan waar de bewering uit komt.")
    page = render(a_report(a_verdict(DAM, DIJK), articles=(article,)), "html")
    assert f'<span class="before"></span><mark>{DAM.text}</mark><span class="after"></span>' in page


@pytest.mark.parametrize(("kind", "words"), [("html", "Onzeker: "), ("md", ", onzeker |"), ("csv", ",True\n")])
def test_an_uncertain_verdict_says_so(kind: str, words: str) -> None:
    assert words in render(a_report(a_verdict(DAM, DIJK, abstain_below=1.0)), kind)
    assert words not in render(a_report(a_verdict(DAM, DIJK)), kind)


def test_a_turned_verdict_is_uncertain_by_the_probability_of_its_own_direction() -> None:
    verdict = a_verdict(
        DAM, DIJK, probabilities=(0.05, 0.9, 0.05), reverse=(0.1, 0.6, 0.3), reason="time", abstain_below=0.7
    )
    assert (verdict.uncertain, turned(verdict).uncertain) == (False, True)


def test_a_pair_read_in_windows_says_so() -> None:
    assert "In 3 delen gelezen" in render(a_report(a_verdict(DAM, DIJK, windows=3)), "html")
    assert "delen gelezen" not in render(a_report(a_verdict(DAM, DIJK)), "html")


def test_a_statement_that_differs_from_the_sentence_is_shown() -> None:
    elided = a_claim("en vertrok\nmeteen.", statement="De minister vertrok meteen.")
    assert "Gelezen als" in render(a_report(a_verdict(elided, DIJK)), "html")
    wrapped = a_claim("De minister\nvertrok.")
    assert "Gelezen als" not in render(a_report(a_verdict(wrapped, DIJK)), "html")


def test_no_text_of_an_article_is_missing_from_its_page() -> None:
    text = "Kop zonder punt\n\nDe dam brak om zes uur. Een vergeten stuk. © Foto: ANP"
    at = text.index("De dam")
    article = Article(id="a", source="Bron a", text=text, published=Published.parse("2025-03"))
    credit = text.index("©")
    dropped = Dropped(
        article_id="a",
        source="Bron a",
        start=credit,
        end=len(text),
        text=text[credit:],
        kind="furniture",
        why="credit",
    )
    claim = replace(DAM, start=at, end=at + len(DAM.text))
    page = render(a_report(articles=(article,), claims=(claim,), dropped=(dropped,)), "html")
    order = [page.index(piece) for piece in ("Kop zonder punt", DAM.text, "Een vergeten stuk.", "© Foto: ANP")]
    assert order == sorted(order)
    assert "geen bewering: fotobron" in page
    assert "maart 2025" in page


def test_of_unrelated_verdicts_the_page_shows_three_and_counts_the_rest() -> None:
    others = [a_claim(f"Zin nummer {n}.", "b", start=20 * n) for n in range(8)]
    page = render(a_report(*(a_verdict(DAM, other, "unrelated") for other in others), claims=(DAM,)), "html")
    of_dam = page.split('id="c0"')[1].split("</li>")[0]
    assert of_dam.count("<details") == 1 + 3
    assert "8 zinnen van andere bronnen" in of_dam
    assert "Nog 5 niet getoond; de uitvoer als jsonl of csv bevat alle oordelen." in of_dam


def test_a_report_with_very_many_unrelated_verdicts_shows_those_in_short(monkeypatch: Any) -> None:
    report = a_report(a_verdict(DAM, DIJK, "unrelated"), a_verdict(DAM, WATER))
    full = render(report, "html")
    monkeypatch.setattr(reporting, "_UNRELATED_IN_FULL", 1)
    short = render(report, "html")
    assert full.count('class="odds"') == 4
    assert short.count('class="odds"') == 2
    assert short.count("Als de andere bron klopt: ") == 2


@pytest.mark.parametrize(
    ("probability", "shown"), [(0.0, "<1%"), (0.004, "<1%"), (0.5, "50%"), (0.994, "99%"), (1.0, ">99%")]
)
def test_no_probability_is_shown_as_never_or_always(probability: float, shown: str) -> None:
    assert reporting._percent(probability) == shown


# ---------------------------------------------------------------- notebook and terminal


@settings(max_examples=60)
@given(reports())
def test_the_table_for_notebooks_holds_text_only_and_no_script(report: Report) -> None:
    read = Read(report._repr_html_())
    assert set(read.tags) <= {"div", "p", "b", "table", "thead", "tbody", "tr", "th", "td", "bdi"}
    assert {name for name, _ in read.attributes} <= {"style"}


def printed(report: Report, **options: Any) -> str:
    console = Console(file=io.StringIO(), width=options.pop("width", 80), **options)
    summary(report, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_terminal_shows_counts_then_contradictions_then_supports_with_sources() -> None:
    text = printed(a_report(a_verdict(DAM, WATER, "supports"), a_verdict(DAM, DIJK)))
    order = ["2 verdicts on 3 claims of 2 sources: 1 supports, 1 contradicts, 0 unrelated"]
    order += [
        "Strongest contradictions",
        "80%",
        "Bron a",
        DAM.text,
        "Bron b",
        DIJK.text,
        "Strongest supports",
    ]
    places = [text.index(piece) for piece in order]
    assert places == sorted(places)


def test_the_terminal_shows_five_of_each_and_counts_the_rest() -> None:
    others = [a_claim(f"Zin nummer {n}.", "b", start=20 * n) for n in range(7)]
    text = printed(a_report(*(a_verdict(DAM, other) for other in others)))
    assert text.count("Zin nummer") == 5
    assert "… and 2 more" in text


def test_the_terminal_says_nothing_of_labels_without_verdicts() -> None:
    assert printed(a_report()).strip() == (
        "0 verdicts on 0 claims of 0 sources: 0 supports, 0 contradicts, 0 unrelated"
    )


@settings(max_examples=40)
@given(reports(), st.integers(40, 120))
def test_no_line_in_the_terminal_is_wider_than_it_or_holds_a_control_code(report: Report, width: int) -> None:
    from rich.cells import cell_len

    for line in printed(report, width=width).split("\n"):
        assert cell_len(line) <= width
        assert not [character for character in line if unicodedata.category(character) == "Cc"]
        assert "\u202e" not in line


def test_markup_of_the_terminal_in_a_text_is_shown_and_not_obeyed() -> None:
    text = printed(a_report(a_verdict(a_claim("[bold]Vet[/bold] \x1b[31mrood\x1b[0m"), DIJK)))
    assert "[bold]Vet[/bold] [31mrood[0m" in text
