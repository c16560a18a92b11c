"""The whole way in Python: `ClaimChecker` and what it makes of articles and single claims."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import claimcheck
import claimcheck.pipeline
from claimcheck import Article, ClaimChecker, Finding, InputError, ModelError, Report, Verdict
from claimcheck.nli import Model
from claimcheck.schema import LABELS

HAVENPOST = Article(
    id="havenpost",
    source="De Havenpost",
    text="Brug ingestort\n\nDe Veerbrug in Dordmeer is dinsdagochtend ingestort. Bij het ongeluk vielen drie gewonden. "
    "Waarom hield de brug het niet?\n\n______\n\nDe gemeente had de brug in april laten keuren.",
)
DELTA = Article(
    id="delta",
    source="Omroep Delta",
    text="In Dordmeer is dinsdag de Veerbrug ingestort. Volgens de politie raakte niemand gewond. "
    "De brug was al vijf jaar niet gekeurd.",
)
RIVIERNIEUWS = Article(
    id="riviernieuws",
    source="Riviernieuws",
    text="De Veerbrug stortte dinsdag in tijdens de spits. Drie mensen liggen gewond in het ziekenhuis.",
)
WITHOUT_CLAIMS = Article(id="kop", source="Kopkrant", text="Waarom eigenlijk? En wat nu?")
NEWS = (HAVENPOST, DELTA, RIVIERNIEUWS)


class WordCounter:
    """A classifier of a user's own: nothing but `predict_proba`. The shorter the evidence, the more it supports."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def predict_proba(self, *, evidence: Sequence[str], claims: Sequence[str]) -> NDArray[np.float64]:
        self.seen += zip(evidence, claims, strict=True)
        rows = [[1.0 / (1 + len(text.split())), 0.1 / (1 + len(text)), 0.0] for text in evidence]
        for row in rows:
            row[2] = 1 - row[0] - row[1]
        return np.array(rows).reshape(-1, 3)


@pytest.fixture(scope="module")
def checker(shipped: Model) -> ClaimChecker:
    return ClaimChecker(shipped)


@pytest.fixture(scope="module")
def report(checker: ClaimChecker) -> Report:
    return checker.compare((*NEWS, WITHOUT_CLAIMS))


def unordered(report: Report) -> list[frozenset[str]]:
    return sorted(
        (frozenset((v.pair.claim.id, v.pair.evidence.id)) for v in report.verdicts), key=lambda pair: sorted(pair)
    )


# --------------------------------------------------------------------------------- compare


def test_the_report_keeps_the_articles_their_claims_and_what_was_dropped(report: Report) -> None:
    assert report.articles == (*NEWS, WITHOUT_CLAIMS)
    assert [claim.source for claim in report.claims] == (
        ["De Havenpost"] * 3 + ["Omroep Delta"] * 3 + ["Riviernieuws"] * 2
    )
    assert [dropped.why for dropped in report.dropped if dropped.article_id == "havenpost"] == [
        "heading",
        "question",
        "separator",
    ]


def test_everything_in_a_report_is_a_slice_of_its_article(report: Report) -> None:
    texts = {article.id: article.text for article in report.articles}
    for piece in (*report.claims, *report.dropped):
        assert piece.text == texts[piece.article_id][piece.start : piece.end]
    for article in report.articles:
        pieces = sorted(
            (p for p in (*report.claims, *report.dropped) if p.article_id == article.id), key=lambda p: p.start
        )
        at = 0
        for piece in pieces:
            assert not article.text[at : piece.start].strip()
            at = piece.end
        assert not article.text[at:].strip()


def test_the_invariants_of_the_verdicts(report: Report) -> None:
    claims = set(report.claims)
    assert report.verdicts
    for verdict in report.verdicts:
        assert {verdict.pair.claim, verdict.pair.evidence} <= claims
        assert verdict.pair.claim.source != verdict.pair.evidence.source
        assert 0 <= verdict.pair.similarity <= 1
        for row in (verdict.probabilities, verdict.reverse):
            assert sum(row) == pytest.approx(1, abs=1e-6)
            assert min(row) >= 0
        assert verdict.label == LABELS[int(np.argmax(verdict.probabilities))]
        for side, spans in (
            (verdict.pair.claim, verdict.claim_spans),
            (verdict.pair.evidence, verdict.evidence_spans),
        ):
            assert spans
            assert all(side.start <= start < end <= side.end for start, end in spans)
        assert Verdict.from_dict(verdict.to_dict()).to_dict() == verdict.to_dict()


def test_each_unordered_pair_is_judged_once(report: Report) -> None:
    assert len(set(unordered(report))) == len(report.verdicts)


def test_both_directions_are_those_of_the_classifier(report: Report, shipped: Model) -> None:
    sides = [(v.pair.claim.statement, v.pair.evidence.statement) for v in report.verdicts]
    claims, evidence = zip(*sides, strict=True)
    forward = shipped.predict_proba(evidence=evidence, claims=claims)
    backward = shipped.predict_proba(evidence=claims, claims=evidence)
    assert np.allclose([v.probabilities for v in report.verdicts], forward, atol=1e-9)
    assert np.allclose([v.reverse for v in report.verdicts], backward, atol=1e-9)


def test_the_same_articles_give_the_same_report(report: Report, checker: ClaimChecker) -> None:
    assert checker.compare(iter(report.articles)) == report


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(NEWS))
def test_the_order_of_the_articles_changes_no_pair_and_no_verdict(shipped: Model, order: list[Article]) -> None:
    def both_ways(report: Report) -> dict[tuple[str, str], object]:
        ways: dict[tuple[str, str], object] = {}
        for v in report.verdicts:
            ways[v.pair.claim.id, v.pair.evidence.id] = v.probabilities
            ways[v.pair.evidence.id, v.pair.claim.id] = v.reverse
        return ways

    checker = ClaimChecker(shipped, top_k=2)
    assert both_ways(checker.compare(order)) == both_ways(checker.compare(NEWS))


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_progress_reaches_the_number_of_pairs(
    report: Report, checker: ClaimChecker, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claimcheck.pipeline, "CHUNK", chunk)
    calls: list[tuple[int, int]] = []
    assert checker.compare(report.articles, lambda done, in_all: calls.append((done, in_all))) == report
    n = len(report.verdicts)
    assert calls[-1] == (n, n)
    assert [done for done, _ in calls] == [*range(chunk, n, chunk), n]
    assert {in_all for _, in_all in calls} == {n}


def test_the_settings_reach_the_pairing(shipped: Model) -> None:
    everything = ClaimChecker(shipped, top_k=50, floor=0).compare(NEWS)
    assert len(everything.verdicts) == 3 * 3 + 3 * 2 + 3 * 2
    assert len(ClaimChecker(shipped, top_k=1, floor=0).compare(NEWS).verdicts) <= 8
    assert ClaimChecker(shipped, floor=1).compare(NEWS).verdicts == ()


def test_the_signature_names_what_decided(report: Report, shipped: Model) -> None:
    assert report.signature == {
        "claimcheck": version("claimcheck-nl"),
        "model": shipped.name,
        "model_sha256": shipped.checksum,
        "top_k": claimcheck.pipeline.TOP_K,
        "floor": claimcheck.pipeline.FLOOR,
    }
    assert report.signature["model_sha256"]


# ------------------------------------------------------------------------------------ notes


def test_an_article_without_claims_is_noted(report: Report) -> None:
    assert report.notes == ("kop: no claim was found in this text",)


def test_articles_without_any_claim_give_a_report_without_verdicts(checker: ClaimChecker) -> None:
    empty = (WITHOUT_CLAIMS, Article(id="leeg", source="Leeg", text=""))
    calls: list[object] = []
    report = checker.compare(empty, lambda *call: calls.append(call))
    assert (report.claims, report.verdicts, calls) == ((), (), [])
    assert len(report.notes) == 2
    for format_ in ("html", "jsonl", "csv", "md"):
        claimcheck.reporting.render(report, format_)


def test_the_readers_notes_are_passed_on_with_the_articles_id(checker: ClaimChecker) -> None:
    noted = Article(id="oud", source="Oud Nieuws", text=DELTA.text, notes=("decoded as Windows-1252",))
    assert "oud: decoded as Windows-1252" in checker.compare((HAVENPOST, noted)).notes


def test_pairs_judged_in_pieces_are_counted_in_a_note(shipped: Model) -> None:
    endless = Article(
        id="lang", source="Lang", text="De Veerbrug in Dordmeer stortte in " + "en toen nog verder " * 300 + "."
    )
    report = ClaimChecker(shipped, floor=0).compare((endless, RIVIERNIEUWS))
    assert {verdict.windows > 1 for verdict in report.verdicts} == {True}
    assert report.notes == ("2 of 2 pairs were too long for the model and were judged in pieces",)


# ------------------------------------------------------------------------------------ check


def test_check_gives_one_verdict_for_each_text_in_order(checker: ClaimChecker, shipped: Model) -> None:
    evidence = ["Niemand raakte gewond.", "Er vielen drie gewonden.", "De winkels zijn open.", "Niemand raakte gewond."]
    finding = checker.check("Bij het ongeluk vielen drie gewonden.", evidence)
    assert isinstance(finding, Finding)
    assert finding.claim.text == "Bij het ongeluk vielen drie gewonden."
    assert [verdict.pair.evidence.text for verdict in finding.verdicts] == evidence
    rows = shipped.predict_proba(evidence=evidence, claims=[finding.claim.text] * 4)
    assert np.allclose([verdict.probabilities for verdict in finding.verdicts], rows, atol=1e-9)


def test_check_reads_a_text_on_one_line_and_keeps_it_as_given(checker: ClaimChecker) -> None:
    finding = checker.check(" De brug\n is dicht. ", ["De brug\tis open."])
    assert (finding.claim.text, finding.claim.statement) == (" De brug\n is dicht. ", "De brug is dicht.")
    assert finding.verdicts[0].pair.evidence.statement == "De brug is open."


def test_check_without_evidence_gives_no_verdicts(checker: ClaimChecker) -> None:
    assert checker.check("De brug is dicht.", []).verdicts == ()


@pytest.mark.parametrize(
    ("claim", "evidence", "name"),
    [
        ("", ["De brug is open."], "claim"),
        (" \n", [], "claim"),
        ("De brug is dicht.", ["Ja, open.", "\t"], "evidence 2"),
    ],
)
def test_an_empty_text_cannot_be_checked(checker: ClaimChecker, claim: str, evidence: list[str], name: str) -> None:
    with pytest.raises(InputError, match=f"the {name} is empty"):
        checker.check(claim, evidence)


def test_one_text_in_the_place_of_a_list_is_a_mistake_in_the_code(checker: ClaimChecker) -> None:
    with pytest.raises(TypeError, match="list of texts"):
        checker.check("De brug is dicht.", "De brug is open.")


# ------------------------------------------------------------------------------- bad input


def test_nothing_to_compare_is_an_error_and_so_is_one_source(checker: ClaimChecker) -> None:
    with pytest.raises(InputError, match="no articles"):
        checker.compare([])
    twin = Article(id="havenpost-2", source="De Havenpost", text=DELTA.text)
    for articles in ([HAVENPOST], [HAVENPOST, twin]):
        with pytest.raises(InputError, match="only one source, 'De Havenpost'"):
            checker.compare(articles)


def test_texts_in_the_place_of_articles_are_a_mistake_in_the_code(checker: ClaimChecker) -> None:
    with pytest.raises(TypeError, match="compare takes Articles"):
        checker.compare(["De brug is dicht.", "De brug is open."])  # type: ignore[list-item]


def test_two_articles_with_one_id_are_an_error(checker: ClaimChecker) -> None:
    twin = Article(id="havenpost", source="Elders", text=DELTA.text)
    with pytest.raises(InputError, match="two articles have the id 'havenpost'"):
        checker.compare([HAVENPOST, DELTA, twin])


@pytest.mark.parametrize("settings", [{"top_k": 0}, {"floor": 1.5}, {"floor": -0.1}, {"floor": float("nan")}])
def test_settings_outside_their_range_are_a_mistake_in_the_code(shipped: Model, settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="|".join(settings)):
        ClaimChecker(shipped, **settings).compare(NEWS)  # type: ignore[arg-type]


# --------------------------------------------------------------------------- another model


def test_anything_with_predict_proba_is_a_model() -> None:
    model = WordCounter()
    report = ClaimChecker(model).compare(NEWS)
    assert report.signature["model"] == "WordCounter"
    assert report.signature["model_sha256"] == ""
    assert len(model.seen) == 2 * len(report.verdicts)
    for verdict in report.verdicts:
        words = len(verdict.pair.evidence.statement.split())
        assert verdict.probabilities[0] == pytest.approx(1 / (1 + words))
        assert verdict.windows == 1


def test_a_model_without_vectors_leaves_pairing_to_the_shipped_one(report: Report) -> None:
    assert unordered(ClaimChecker(WordCounter()).compare(report.articles)) == unordered(report)


def test_a_model_whose_answer_has_the_wrong_shape_is_a_mistake_in_the_code() -> None:
    class TwoWay(WordCounter):
        def predict_proba(self, *, evidence: Sequence[str], claims: Sequence[str]) -> NDArray[np.float64]:
            return super().predict_proba(evidence=evidence, claims=claims)[:, :2]

    with pytest.raises(ValueError, match="shape"):
        ClaimChecker(TwoWay()).check("De brug is dicht.", ["De brug is open."])


def test_a_model_folder_that_is_not_there_is_found_at_once() -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        ClaimChecker("./nergens")
