"""The records: what a JSON line gives back, and what it is refused for."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.errors import InputError
from claimcheck.schema import LABELS, Article, Claim, Dropped, Pair, Published, Verdict, by_label


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    text, start = draw(st.text()), draw(st.integers(0, 10**6))
    return Claim(
        id=draw(st.text()),
        article_id=draw(st.text()),
        source=draw(st.text()),
        start=start,
        end=start + len(text),
        text=text,
        statement=draw(st.text()),
    )


def shares(decimals: int) -> st.SearchStrategy[float]:
    """Numbers from 0 to 1 that a record keeps exactly: it rounds to so many decimals."""
    return st.integers(0, 10**decimals).map(lambda part: round(part / 10**decimals, decimals))


pairs = st.builds(Pair, claim=claims(), evidence=claims(), similarity=shares(4))
probabilities = st.tuples(shares(6), shares(6), shares(6))
spans = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda s: (min(s), max(s)))).map(tuple)
verdicts = st.builds(
    Verdict,
    pair=pairs,
    label=st.sampled_from(LABELS),
    probabilities=probabilities,
    reverse=probabilities,
    reason=st.text(),
    claim_spans=spans,
    evidence_spans=spans,
    windows=st.integers(1, 100),
    abstain_below=st.floats(0, 1),
)


def over_the_wire(record: dict[str, Any]) -> Any:
    return json.loads(json.dumps(record))


@pytest.fixture
def verdict() -> dict[str, Any]:
    side = {"article_id": "a", "source": "krant", "start": 3, "end": 13, "text": "Het vriest"}
    named = {"supports": 0.2, "contradicts": 0.7, "unrelated": 0.1}
    return {
        "claim": side,
        "evidence": {**side, "source": "omroep"},
        "label": "contradicts",
        "probabilities": named,
        "reverse": dict(named),
        "reason": "polarity",
        "claim_spans": [[3, 6]],
        "evidence_spans": [[3, 13]],
    }


@given(claims())
def test_a_claim_comes_back_from_json_as_it_was(claim: Claim) -> None:
    assert Claim.from_dict(over_the_wire(claim.to_dict())) == claim


@given(pairs)
def test_a_pair_comes_back_from_json_as_it_was(pair: Pair) -> None:
    assert Pair.from_dict(over_the_wire(pair.to_dict())) == pair


@given(verdicts)
def test_a_verdict_comes_back_from_json_as_it_was(verdict: Verdict) -> None:
    assert Verdict.from_dict(over_the_wire(verdict.to_dict())) == verdict


@given(claims())
def test_fields_that_claimcheck_does_not_know_are_ignored(claim: Claim) -> None:
    assert Claim.from_dict({**claim.to_dict(), "kleur": "rood", "score": [1]}) == claim


def test_a_claim_without_id_or_statement_gets_them_from_its_place_and_text() -> None:
    claim = Claim.from_dict({"article_id": "a", "source": "krant", "start": 3, "end": 13, "text": "Het vriest"})
    assert (claim.id, claim.statement) == ("a:3-13", "Het vriest")


@pytest.mark.parametrize("name", ["article_id", "source", "start", "end", "text"])
@pytest.mark.parametrize("value", [..., None, [], True])
def test_a_claims_field_that_is_missing_or_of_another_type_is_named(name: str, value: Any) -> None:
    record = {"article_id": "a", "source": "krant", "start": 3, "end": 13, "text": "Het vriest", name: value}
    if value is ...:
        del record[name]
    with pytest.raises(InputError, match=f"'{name}'"):
        Claim.from_dict(record)


@pytest.mark.parametrize(("start", "end"), [(0, 9), (0, 11), (13, 3), (-10, 0)])
def test_offsets_that_cannot_be_those_of_the_text_are_refused(start: int, end: int) -> None:
    with pytest.raises(InputError, match=f"start {start} and end {end}"):
        Claim.from_dict({"article_id": "a", "source": "krant", "start": start, "end": end, "text": "Het vriest"})


def test_the_message_says_which_side_of_a_pair_is_wrong(verdict: dict[str, Any]) -> None:
    del verdict["evidence"]["text"]
    with pytest.raises(InputError, match="evidence: field 'text' is missing"):
        Pair.from_dict(verdict)


@pytest.mark.parametrize(
    "name", ["claim", "evidence", "label", "probabilities", "reverse", "reason", "claim_spans", "evidence_spans"]
)
@pytest.mark.parametrize("value", [..., None, 7])
def test_a_verdicts_field_that_is_missing_or_of_another_type_is_named(
    verdict: dict[str, Any], name: str, value: Any
) -> None:
    verdict[name] = value
    if value is ...:
        del verdict[name]
    with pytest.raises(InputError, match=f"'{name}'"):
        Verdict.from_dict(verdict)


def test_an_unknown_label_is_refused_with_the_known_ones(verdict: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="'neutraal' is not one of supports, contradicts, unrelated"):
        Verdict.from_dict({**verdict, "label": "neutraal"})


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, 1.1, 10**400, "0.5", True, None])
def test_a_probability_is_a_number_from_0_to_1(verdict: dict[str, Any], value: Any) -> None:
    verdict["reverse"]["contradicts"] = value
    with pytest.raises(InputError, match="reverse: field 'contradicts'"):
        Verdict.from_dict(verdict)


@pytest.mark.parametrize("value", [math.nan, -0.1, 1.1])
def test_a_similarity_is_a_number_from_0_to_1(verdict: dict[str, Any], value: float) -> None:
    with pytest.raises(InputError, match="'similarity'"):
        Pair.from_dict({**verdict, "similarity": value})


def test_whole_numbers_do_as_probabilities(verdict: dict[str, Any]) -> None:
    verdict["probabilities"] = {"supports": 0, "contradicts": 1, "unrelated": 0}
    assert Verdict.from_dict(verdict).probabilities == (0.0, 1.0, 0.0)


@pytest.mark.parametrize("span", [[1], [1, 2, 3], "12", [1.0, 2.0], [True, True], [5, 2], [-3, 2], None])
def test_a_span_is_two_whole_numbers_in_order(verdict: dict[str, Any], span: Any) -> None:
    with pytest.raises(InputError, match="'claim_spans'"):
        Verdict.from_dict({**verdict, "claim_spans": [span]})


def test_a_long_wrong_value_does_not_flood_the_message(verdict: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        Verdict.from_dict({**verdict, "probabilities": "x" * 10_000})
    assert len(str(caught.value)) < 200


def test_the_probability_of_a_verdict_is_that_of_its_label(verdict: dict[str, Any]) -> None:
    assert Verdict.from_dict(verdict).probability == 0.7


def test_probabilities_are_named_in_the_order_of_the_labels() -> None:
    assert list(by_label((0.5, 0.3, 0.2)).items()) == [("supports", 0.5), ("contradicts", 0.3), ("unrelated", 0.2)]


@given(st.dates(), st.sampled_from(["day", "month"]))
def test_a_publication_date_reads_back_what_it_writes(date: dt.date, precision: Any) -> None:
    published = Published(date if precision == "day" else date.replace(day=1), precision)
    assert Published.parse(str(published)) == published


@pytest.mark.parametrize(
    ("text", "date", "precision"),
    [
        ("2025-03", dt.date(2025, 3, 1), "month"),
        ("2025-11-14", dt.date(2025, 11, 14), "day"),
        (" 2025-11-14\n", dt.date(2025, 11, 14), "day"),
        ("2025-11-14T23:59:59", dt.date(2025, 11, 14), "day"),
        ("2025-11-14T23:59:59Z", dt.date(2025, 11, 14), "day"),
        ("2025-11-14T23:59:59.123+01:00", dt.date(2025, 11, 14), "day"),
        ("2025-11-14 08:30", dt.date(2025, 11, 14), "day"),
    ],
)
def test_a_publication_date_is_a_month_a_day_or_a_date_time(text: str, date: dt.date, precision: str) -> None:
    assert Published.parse(text) == Published(date, precision)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        *("", "2025", "2025-13", "2025-02-30", "0000-01", "14-11-2025", "14 november 2025", "2025-11-14 ochtend"),
        *("20251114", "2025-W46-5", "2025-11-14Z", "2025-3-1", "２０２５-11-14", "2025-11-14-15", "date 2025-11-14"),
    ],
)
def test_anything_else_is_no_publication_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Published.parse(text)


def test_an_articles_own_fields_win_over_unknown_ones_of_the_same_name() -> None:
    article = Article(id="a", source="krant", text="Het vriest.", extra={"text": "anders", "auteur": "Jo"})
    record = article.to_dict()
    assert (record["text"], record["auteur"], record["published"]) == ("Het vriest.", "Jo", None)


def test_a_dropped_stretch_says_its_kind_and_why() -> None:
    dropped = Dropped(article_id="a", source="krant", start=0, end=6, text="© ANP.", kind="furniture", why="credit")
    assert over_the_wire(dropped.to_dict())["why"] == "credit"
