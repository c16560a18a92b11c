"""The command line: its contracts, its exit codes, and one clear line for whatever it cannot use."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import claimcheck.cli
import claimcheck.nli
import claimcheck.pipeline
from claimcheck import corpora
from claimcheck.nli import Model, load_model
from claimcheck.schema import LABELS, Verdict

HAVENPOST = (
    "De Veerbrug in Dordmeer is dinsdagochtend ingestort. Bij het ongeluk vielen drie gewonden. "
    "Waarom hield de brug het niet? De gemeente had de brug in april laten keuren."
)
DELTA = (
    "In Dordmeer is dinsdag de Veerbrug ingestort. Volgens de politie raakte niemand gewond. "
    "De brug was al vijf jaar niet gekeurd."
)
ENGLISH = (
    "The ferry bridge collapsed on Tuesday morning while the market was being set up. Three people were taken to "
    "hospital, and the police closed both banks of the river for the rest of the week. The town council had the "
    "bridge inspected in April, and nobody had found anything wrong with it at the time."
)
PAIRS = (
    ("De Veerbrug is ingestort.", "De brug in Dordmeer staat nog."),
    ("Er vielen drie gewonden.", "Niemand raakte gewond."),
    ("De winkels gaan zondag open.", "De dijkgraaf gaat met pensioen."),
    ("De brug is in april gekeurd.", "De keuring van de brug was in april."),
)
BINARY = Path(sys.executable).with_name("claimcheck")
FULL = Path("/dev/full")


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The lines of standard output, each of which must be a JSON object."""
        records = [json.loads(line) for line in self.out.split("\n")[:-1]]
        assert all(isinstance(record, dict) for record in records)
        return records


def run(*arguments: object, stdin: str | bytes = b"") -> Run:
    """The command in this process, as if its three streams were pipes."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["claimcheck", *map(str, arguments)])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as stop:
            claimcheck.cli.main()
    for stream in (out, err):
        stream.flush()
    code = stop.value.code
    assert code is None or isinstance(code, int)
    return Run(code or 0, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]


def refusal(*arguments: object, stdin: str | bytes = b"") -> str:
    """The one line with which the command refuses its input: exit code 2 and nothing on standard output."""
    done = run(*arguments, stdin=stdin)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("claimcheck: ")
    assert done.err.count("\n") == 1
    assert done.err.endswith("\n")
    return done.err.removeprefix("claimcheck: ").rstrip("\n")


def lines(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def plain(pairs: tuple[tuple[str, str], ...] = PAIRS) -> list[dict[str, Any]]:
    return [{"evidence": evidence, "claim": claim} for evidence, claim in pairs]


def claim(text: str, source: str, start: int = 0, **fields: object) -> dict[str, object]:
    return {"article_id": source, "source": source, "start": start, "end": start + len(text), "text": text, **fields}


@pytest.fixture(scope="module", autouse=True)
def _one_shipped_model(shipped: Model) -> Iterator[None]:
    """The shipped model is loaded once for all commands of this file that run in this process."""

    def load(name: str | os.PathLike[str] | None = None) -> Model:
        return shipped if name is None else load_model(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claimcheck.nli, "load_model", load)
        patch.setattr(claimcheck.pipeline, "load_model", load)
        yield


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """A folder with two articles of two sources."""
    folder = tmp_path / "nieuws"
    folder.mkdir()
    (folder / "havenpost.txt").write_text(HAVENPOST, encoding="utf-8")
    (folder / "delta.txt").write_text(DELTA, encoding="utf-8")
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


File = Callable[[str, "str | bytes"], Path]


# ---------------------------------------------------------------------------- read, segment


def test_read_writes_one_article_a_line_with_its_text_untouched(news: Path) -> None:
    (news / "delta.txt").write_bytes(DELTA.replace(". ", ".\r\n\r\n").encode())
    records = run("read", news).records
    assert [record["source"] for record in records] == ["delta", "havenpost"]
    assert records[0]["text"] == DELTA.replace(". ", ".\r\n\r\n")


def test_read_passes_unknown_fields_on() -> None:
    given = {"id": "a1", "source": "De Havenpost", "text": HAVENPOST, "rubriek": {"naam": "regio", "nr": 3}}
    (record,) = run("read", "-", stdin=lines(given)).records
    assert given.items() <= record.items()


def test_segment_writes_one_claim_a_line_that_is_a_slice_of_its_article(news: Path) -> None:
    texts = {"havenpost": HAVENPOST, "delta": DELTA}
    records = run("segment", news).records
    assert [record["article_id"] for record in records] == ["delta"] * 3 + ["havenpost"] * 3
    for record in records:
        assert {"article_id", "source", "start", "end", "text", "statement"} <= record.keys()
        assert record["text"] == texts[record["article_id"]][record["start"] : record["end"]]


def test_segment_takes_what_read_writes(news: Path) -> None:
    assert run("segment", "-", stdin=run("read", news).out) == run("segment", news)


def test_segment_takes_plain_text_from_standard_input() -> None:
    assert [record["article_id"] for record in run("segment", "-", stdin=HAVENPOST).records] == ["stdin"] * 3


def test_segment_all_adds_the_rest_in_text_order_with_kind_and_why(news: Path) -> None:
    records = run("segment", "--all", news / "havenpost.txt").records
    assert [(record["kind"], record["why"]) for record in records] == [
        ("claim", ""),
        ("claim", ""),
        ("question", "question"),
        ("claim", ""),
    ]
    assert " ".join(record["text"] for record in records) == HAVENPOST


# ------------------------------------------------------------------------------------ pair


def test_pair_takes_segment_all_and_pairs_claims_only(news: Path) -> None:
    everything, claims = run("segment", "--all", news).out, run("segment", news).out
    assert '"question"' in everything
    paired = run("pair", "-", stdin=everything)
    assert paired.code == 0
    assert paired.out == run("pair", "-", stdin=claims).out


def test_pairs_are_of_two_sources(news: Path) -> None:
    records = run("pair", "-", stdin=run("segment", news).out).records
    assert records
    for record in records:
        assert {record["claim"]["source"], record["evidence"]["source"]} == {"havenpost", "delta"}
        assert 0 <= record["similarity"] <= 1


def test_top_k_and_floor_are_passed_on(news: Path) -> None:
    claims = run("segment", news).out
    everything = run("pair", "-", "--floor", "0", "--top-k", "9", stdin=claims).records
    assert len(everything) == 9
    assert len(run("pair", "-", "--floor", "0", "--top-k", "1", stdin=claims).records) < 6
    least = sorted(record["similarity"] for record in everything)[4]
    kept = run("pair", "-", "--floor", str(least + 1e-3), "--top-k", "9", stdin=claims).records
    assert kept == [record for record in everything if record["similarity"] > least + 1e-3]
    compared = run("compare", news, "--format", "jsonl", "--floor", "0", "--top-k", "9").records
    # A report turns a pair to its more telling direction.
    assert [{record["claim"]["id"], record["evidence"]["id"]} for record in compared] == [
        {record["claim"]["id"], record["evidence"]["id"]} for record in everything
    ]


@pytest.mark.parametrize("content", ["", lines(claim("De brug is dicht.", "a"), claim("De weg is open.", "a", 20))])
def test_pair_needs_claims_of_two_sources(file: File, content: str) -> None:
    path = file("claims.jsonl", content)
    assert refusal("pair", path).startswith(f"{path}: {'only one source' if content else 'no claims'}")


def test_a_claim_that_comes_twice_is_refused_with_its_line(file: File) -> None:
    first, second = claim("De brug is dicht.", "a", id="a#1"), claim("De weg is open.", "b", id="b#1")
    path = file("claims.jsonl", lines(first, second, first))
    assert refusal("pair", path).startswith(f"{path}:3: claim id 'a#1' is taken")


# ----------------------------------------------------------------------------------- judge


def test_plain_lines_come_back_in_order_with_label_and_probabilities() -> None:
    given = plain()
    records = run("judge", "-", stdin=lines(*given)).records
    assert [(record["evidence"], record["claim"]) for record in records] == list(PAIRS)
    for record in records:
        assert record.keys() == {"evidence", "claim", "label", "probabilities"}
        assert list(record["probabilities"]) == list(LABELS)
        assert sum(record["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert record["label"] == max(LABELS, key=record["probabilities"].__getitem__)


def test_the_probabilities_are_of_evidence_to_claim(shipped: Model) -> None:
    row = shipped.predict_proba(evidence=["In Lier brandde dinsdag een school af."], claims=["In Lier was een brand."])[
        0
    ]
    (record,) = run(
        "judge", "-", stdin=lines(*plain((("In Lier brandde dinsdag een school af.", "In Lier was een brand."),)))
    ).records
    assert list(record["probabilities"].values()) == pytest.approx(list(row), abs=1e-6)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcé_", max_size=5), inner, max_size=3),
    max_leaves=8,
)
ours = ("evidence", "claim", "label", "given_label", "probabilities", "windows")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=st.dictionaries(st.text("abcé\u2028_ ", max_size=6).filter(lambda name: name not in ours), json_values))
def test_every_other_field_of_a_line_is_kept(extra: dict[str, Any]) -> None:
    (record,) = run(
        "judge", "-", stdin=lines({**extra, "evidence": "De brug is dicht.", "claim": "Het regent."})
    ).records
    kept = {name: value for name, value in record.items() if name not in ours}
    assert repr(kept) == repr(extra)  # repr: 1 is not 1.0, and the order counts


def test_a_given_label_is_kept_as_given_label_also_by_a_second_judge() -> None:
    given = [{**record, "label": label} for record, label in zip(plain(), ("tegenspraak", "", None, 2), strict=True)]
    once = run("judge", "-", stdin=lines(*given))
    assert [record["given_label"] for record in once.records] == ["tegenspraak", "", None, 2]
    assert all(record["label"] in LABELS for record in once.records)
    assert run("judge", "-", stdin=once.out).out == once.out


def test_plain_lines_and_pairs_may_be_mixed(news: Path) -> None:
    pairs = run("pair", "-", stdin=run("segment", news).out).records[:2]
    mixed = [plain()[0], pairs[0], plain()[1], pairs[1]]
    records = run("judge", "-", stdin=lines(*mixed)).records
    assert [record["claim"] for record in records] == [record["claim"] for record in mixed]
    assert [record for record in records if "reverse" in record] == [records[1], records[3]]
    assert [records[1], records[3]] == run("judge", "-", stdin=lines(*pairs)).records
    assert [records[0], records[2]] == run("judge", "-", stdin=lines(*plain()[:2])).records


def test_a_pair_keeps_the_fields_of_its_sides_too() -> None:
    pair = {
        "claim": claim("De brug is dicht.", "a", spreker={"naam": "Jansen"}),
        "evidence": claim("De brug is open.", "b"),
        "batch": [1, 2],
    }
    (record,) = run("judge", "-", stdin=lines(pair)).records
    assert record["claim"]["spreker"] == {"naam": "Jansen"}
    assert record["batch"] == [1, 2]
    assert (
        Verdict.from_dict(record).to_dict().items()
        <= {**record, "claim": Verdict.from_dict(record).pair.claim.to_dict()}.items()
    )


@pytest.mark.parametrize("chunk", [1, 3])
def test_neither_order_nor_chunks_change_a_verdict(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run("judge", "-", stdin=lines(*plain())).records
    monkeypatch.setattr(claimcheck.cli, "CHUNK", chunk)
    assert run("judge", "-", stdin=lines(*plain())).records == whole
    assert run("judge", "-", stdin=lines(*plain()[::-1])).records == whole[::-1]


def test_a_pair_too_long_for_the_model_says_in_how_many_windows_it_was_judged() -> None:
    long = "De raad sprak urenlang over de begroting van het waterschap. " * 120
    records = run(
        "judge", "-", stdin=lines({"evidence": long, "claim": "De raad sprak over geld."}, plain()[0])
    ).records
    assert records[0]["windows"] > 1
    assert "windows" not in records[1]


def test_words_that_the_model_cannot_read_are_named_beside_the_verdict() -> None:
    records = run(
        "judge", "-", stdin=lines({"evidence": "De raad sprak.", "claim": "In 東京 sprak men."}, plain()[0])
    ).records
    assert records[0]["unread"] == ["東京"]
    assert "unread" not in records[1]


def test_two_texts_judged_less_surely_than_the_model_asks_are_marked_as_uncertain(shipped: Model) -> None:
    records = run("judge", "-", stdin=lines(*plain())).records
    sure = [max(record["probabilities"].values()) >= shipped.abstain_below for record in records]
    assert [record.get("uncertain", False) for record in records] == [not answer for answer in sure]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_no_lines_in_give_no_lines_out(file: File, content: str) -> None:
    assert run("judge", file("niets.jsonl", content)) == Run(0, "", "")
    assert run("judge", "-", stdin=content) == Run(0, "", "")


def test_windows_line_ends_a_byte_order_mark_and_line_separators_do_no_harm(file: File) -> None:
    given = {"evidence": "De brug\u2028is dicht.", "claim": "De brug\x85is open.", "n": 10**30}
    path = file("lijn.jsonl", "\ufeff" + lines(given, plain()[0]).replace("\n", "\r\n"))
    records = run("judge", path).records
    assert len(records) == 2
    assert given.items() <= records[0].items()


def test_judge_may_write_over_its_own_input(file: File) -> None:
    path = file("paren.jsonl", lines(*plain()))
    printed = run("judge", path)
    assert run("judge", path, "--out", path) == Run(0, "", "")
    assert path.read_text(encoding="utf-8") == printed.out


# -------------------------------------------------------------------- the stages, compare


def test_the_stages_one_by_one_give_the_verdicts_of_compare(news: Path) -> None:
    text = ""
    for stage in (
        ("read", news),
        ("segment", "-"),
        ("pair", "-"),
        ("judge", "-"),
        ("report", "-", "--format", "jsonl"),
    ):
        done = run(*stage, stdin=text)
        assert (done.code, done.err) == (0, "")
        text = done.out
    assert text
    assert text == run("compare", news, "--format", "jsonl").out


@pytest.fixture
def verdicts(news: Path, file: File) -> Path:
    return file("oordelen.jsonl", run("compare", news, "--format", "jsonl").out)


def test_report_takes_the_context_from_the_articles(news: Path, verdicts: Path) -> None:
    question = "Waarom hield de brug het niet?"  # no claim, so only an article can bring it in
    assert question not in run("report", verdicts, "--format", "html").out
    assert question in run("report", verdicts, "--articles", news, "--format", "html").out
    both = ("--articles", news / "havenpost.txt", "--articles", news / "delta.txt")
    assert question in run("report", verdicts, *both, "--format", "html").out


def test_report_refuses_articles_that_are_not_those_of_the_claims(news: Path, verdicts: Path) -> None:
    message = refusal("report", verdicts, "--articles", news / "delta.txt", "--format", "html")
    assert message.startswith(f"{verdicts}: article 'havenpost'")
    assert "--articles" in message
    (news / "delta.txt").write_text("Intussen herschreven. " + DELTA, encoding="utf-8")
    assert "is not what stands in article 'delta'" in refusal("report", verdicts, "--articles", news)


def test_report_refuses_a_line_without_a_verdict(file: File) -> None:
    path = file("paren.jsonl", lines(*plain()))
    assert refusal("report", path) == f"{path}:1: field 'label' is missing"


@pytest.mark.parametrize(
    ("format_", "start"),
    [("html", "<!DOCTYPE html>"), ("jsonl", '{"claim": {'), ("csv", '\ufeff"claim_source"'), ("md", "# 2 bronnen")],
)
def test_compare_writes_each_format_by_name_and_by_ending(news: Path, tmp_path: Path, format_: str, start: str) -> None:
    printed = run("compare", news, "--format", format_)
    assert printed.code == 0
    assert printed.out.lower().startswith(start.lower())
    out = tmp_path / f"uit.{format_.upper()}"
    assert run("compare", news, "--out", out).code == 0
    assert out.read_bytes().decode() == printed.out
    other = tmp_path / "zonder-einde"
    assert run("compare", news, "--out", other, "--format", format_).code == 0
    assert other.read_bytes().decode() == printed.out


def test_compare_prints_the_table_unless_the_report_itself_goes_to_standard_output(news: Path, tmp_path: Path) -> None:
    compare = ("compare", news, "--floor", "0")  # every claim is in a verdict, so that `report` knows of it
    table = run(*compare).out
    assert "2 sources" in table
    assert run(*compare, "--out", tmp_path / "r.csv").out == table
    assert "2 sources" not in run(*compare, "--format", "csv").out
    assert run("report", "-", stdin=run(*compare, "--format", "jsonl").out).out == table


@pytest.mark.parametrize("arguments", [("--format", "xls"), ("--format", ""), ("--out", "r.xls"), ("--out", "rapport")])
def test_an_unknown_format_is_refused_and_the_known_ones_named(news: Path, arguments: tuple[str, str]) -> None:
    message = refusal("compare", news, *arguments)
    assert message.startswith(arguments[0])
    assert message.endswith("one of html, jsonl, csv, md")


def test_the_signature_names_model_checksum_version_and_settings(news: Path, shipped: Model) -> None:
    page = run("compare", news, "--format", "md", "--top-k", "3", "--floor", "0.25").out.replace("\\", "")
    for line in (
        f"model: {shipped.name}",
        f"model_sha256: {shipped.checksum}",
        "top_k: 3",
        "floor: 0.25",
        "claimcheck: ",
    ):
        assert f"- {line}" in page


def test_compare_and_judge_take_another_model(news: Path, tiny_checkpoint: Callable[..., Path]) -> None:
    folder = tiny_checkpoint(name="klein")
    assert "- model: klein" in run("compare", news, "--format", "md", "--model", folder).out
    theirs = run("judge", "-", "--model", folder, stdin=lines(*plain()))
    assert theirs.code == 0
    assert theirs.out != run("judge", "-", stdin=lines(*plain())).out


def test_a_text_that_is_not_dutch_is_noted_and_compared_all_the_same(file: File, news: Path) -> None:
    done = run("compare", news, file("courier.txt", ENGLISH), "--format", "jsonl")
    assert done.code == 0
    assert "claimcheck: note: courier: the text looks English (en), not Dutch" in done.err
    assert any("courier" in (record["claim"]["source"], record["evidence"]["source"]) for record in done.records)


def test_an_article_without_a_claim_is_noted(news: Path, file: File) -> None:
    done = run("compare", news, file("leeg.txt", "Waarom eigenlijk? En wat nu?"))
    assert done.code == 0
    assert done.err == "claimcheck: note: leeg: no claim was found in this text\n"


# -------------------------------------------------------------------------- bad input


def test_a_missing_path_is_named(tmp_path: Path, news: Path) -> None:
    missing = tmp_path / "nergens.txt"
    for command in ("read", "segment", "compare"):
        assert refusal(command, news, missing) == f"{missing}: no such file or folder"
    for command in ("pair", "judge", "report"):
        assert refusal(command, missing) == f"{missing}: no such file or folder"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "binary"),
        (b"", "empty"),
        (b" \n\t\n", "white space"),
        (b"De brug is dicht.\0De brug is open.", "NUL character at offset 17"),
        (b"De brug is dicht. " * 290_000, "at most 1,000,000 characters"),
    ],
    ids=["binary", "empty", "blank", "nul", "5 MB"],
)
def test_a_file_that_holds_no_article_is_refused(news: Path, file: File, content: bytes, said: str) -> None:
    path = file("raar.txt", content)
    message = refusal("compare", news, path)
    assert message.startswith(f"{path}: ")
    assert said in message


def test_a_folder_with_nothing_readable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "foto.png").write_bytes(b"\x89PNG")
    message = refusal("compare", tmp_path)
    assert message.startswith(f"{tmp_path}: ")
    assert ".txt" in message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"evidence": "a", "claim": ', "no valid JSON"),
        ('["a", "b"]', "not a JSON object"),
        ('{"evidence": "a"}', "field 'claim' is missing"),
        ('{"evidence": "a", "claim": null}', "field 'claim' is None"),
        ('{"evidence": "  ", "claim": "b"}', "field 'evidence' is '  '; it must be a text"),
        ('{"evidence": 7, "claim": "b"}', "field 'evidence' is 7; it must be a text"),
        ('{"evidence": "a\\u0000", "claim": "b"}', "field 'evidence' holds NUL"),
        ('{"evidence": "a\\ud800", "claim": "b"}', "field 'evidence' holds half a surrogate pair"),
        ('{"evidence": "a", "claim": "b", "n": NaN}', "NaN"),
        ('{"evidence": "a", "claim": "b", "n": ' + "[" * 100_000, "nested too deeply"),
        ('{"evidence": {"text": "a"}, "claim": "b"}', "field 'claim' is 'b', not of type dict"),
    ],
)
def test_a_line_that_cannot_be_judged_is_named_before_any_work(file: File, line: str, said: str) -> None:
    path = file("paren.jsonl", lines(*plain()) + line + "\n" + lines(*plain()))
    message = refusal("judge", path)
    assert message.startswith(f"{path}:5: ")
    assert said in message
    assert refusal("judge", "-", stdin=line).startswith("<stdin>:1: ")


def test_a_line_number_is_never_taken_for_an_emoji(file: File) -> None:
    path = file(":fire:.jsonl", lines(*plain() * 25)[:-2] + "\n")  # ":100:" is one, and so is the name
    assert refusal("judge", path).startswith(f"{path}:100: ")


def test_what_a_message_quotes_cannot_act_in_the_terminal() -> None:
    given = {"id": "x\x1b[31m\ny\u202e", "source": "s", "text": ENGLISH}
    done = run("segment", "-", stdin=lines(given))
    assert done.err.startswith("claimcheck: note: x\\x1b[31m\\ny\\u202e: the text looks English")
    assert done.err.count("\n") == 1


def test_two_articles_with_one_id_are_refused(file: File) -> None:
    path = file("a.jsonl", lines(*({"id": "x", "source": s, "text": DELTA} for s in ("a", "b"))))
    assert refusal("compare", path) == f"{path}:2: id 'x' is taken by {path}:1; ids must be unique"


def test_one_source_is_too_few(news: Path) -> None:
    message = refusal("compare", news / "delta.txt")
    assert "only one source, 'delta'" in message
    assert "add an article of another source" in message


def test_a_model_folder_with_a_missing_file_is_named_and_so_is_the_file(news: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    for arguments in (("compare", news), ("judge", "-")):
        message = refusal(*arguments, "--model", folder)
        assert message.startswith(str(folder))
        assert "tokenizer.json" in message


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("vergelijk",),
        ("compare",),
        ("judge",),
        ("compare", "a.txt", "--top-k", "0"),
        ("compare", "a.txt", "--floor", "1.5"),
        ("compare", "a.txt", "--kleur"),
        ("read", "-streep.txt"),
    ],
)
def test_a_mistake_in_the_usage_ends_with_2_and_an_empty_standard_output(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Usage: " in done.err


# -------------------------------------------------------------------------------- output


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading anything is an error: what is refused under this was refused before the work."""

    def refuse(*_: object) -> None:
        raise AssertionError("the work had begun")

    monkeypatch.setattr(claimcheck.cli, "_read", refuse)
    monkeypatch.setattr(claimcheck.cli, "_records", refuse)


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("command", ["compare", "read", "segment", "pair", "judge", "report"])
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nergens/r.html", "No such file"),
        ("bestand.txt/r.html", "Not a directory"),
        ("map.html", "is a folder"),
        ("x" * 300 + ".html", "File name too long"),
    ],
    ids=["missing folder", "below a file", "a folder", "too long"],
)
def test_output_that_cannot_be_written_is_found_before_the_work(
    tmp_path: Path, command: str, place: str, said: str
) -> None:
    (tmp_path / "bestand.txt").touch()
    (tmp_path / "map.html").mkdir()
    out = tmp_path / place
    message = refusal(command, "in.jsonl", "--out", out)
    assert message.startswith(f"{out}: ")
    assert said in message


@pytest.mark.usefixtures("no_work")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_without_write_permission_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    out.touch(mode=0o400)
    assert "no permission" in refusal("compare", "in.txt", "--out", out)


def test_a_failing_run_leaves_the_old_output_and_no_litter(tmp_path: Path) -> None:
    out = tmp_path / "oordelen.jsonl"
    out.write_text("oud", encoding="utf-8")
    bad = lines(*plain()) + "{}\n"
    assert refusal("judge", "-", "--out", out, stdin=bad).startswith("<stdin>:5: ")
    assert out.read_text(encoding="utf-8") == "oud"
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_output_through_a_link_lands_where_the_link_points_and_keeps_its_permissions(tmp_path: Path) -> None:
    target, link = tmp_path / "doel.jsonl", tmp_path / "link.jsonl"
    target.touch(mode=0o600)
    link.symlink_to(target)
    assert run("judge", "-", "--out", link, stdin=lines(*plain())).code == 0
    assert link.is_symlink()
    assert len(target.read_text(encoding="utf-8").splitlines()) == len(PAIRS)
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("times", [1, 100], ids=["at the end", "on the way"])
def test_a_full_disk_is_an_error_and_no_traceback(file: File, times: int) -> None:
    path = file("paren.jsonl", lines(*plain() * times))
    assert refusal("judge", path, "--out", FULL) == f"{FULL}: cannot be written (No space left on device)"


# ------------------------------------------------------- as a process: pipes, signals, terminals


def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    options["env"] = {**os.environ, "OMP_NUM_THREADS": "1", **options.get("env", {})}
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a job in the background, whose children would ignore it too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen([str(BINARY), *map(str, arguments)], **options)


def finish(process: subprocess.Popen[bytes]) -> Run:
    out, err = process.communicate(timeout=60)
    return Run(process.returncode, (out or b"").decode(), (err or b"").decode())


def test_the_installed_command_prints_only_json_to_a_pipe(file: File) -> None:
    done = finish(start("judge", file("paren.jsonl", lines(*plain()))))
    assert (done.code, done.err) == (0, "")
    assert done.out == run("judge", "-", stdin=lines(*plain())).out


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_enough_ends_the_command_quietly(file: File, unbuffered: str) -> None:
    path = file("veel.txt", "".join(f"Huis {n} in de Kerkstraat is verkocht. " for n in range(3000)))
    process = start("segment", path, env={"PYTHONUNBUFFERED": unbuffered})
    assert process.stdout
    assert json.loads(process.stdout.readline())["start"] == 0
    process.stdout.close()
    assert process.stderr
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [("segment",), ("compare", "--top-k", "1")])
def test_standard_output_on_a_full_disk_is_one_line_of_error(
    news: Path, command: tuple[str, ...], unbuffered: str
) -> None:
    with FULL.open("wb") as full:
        done = finish(start(*command, news, stdout=full, env={"PYTHONUNBUFFERED": unbuffered}))
    assert done == Run(2, "", "claimcheck: standard output: cannot be written (No space left on device)\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("redirection", "expected"),
    [
        ("<&-", Run(2, "", "claimcheck: <stdin>: empty; an article needs text\n")),
        (">&-", Run(2, "", "claimcheck: standard output is closed; name a file with --out\n")),
        ("2>&-", Run(2, "", "")),
    ],
)
def test_a_stream_that_is_closed_is_no_traceback(redirection: str, expected: Run) -> None:
    shell = ["sh", "-c", f'exec "$0" segment - {redirection}', str(BINARY)]
    done = subprocess.run(shell, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert Run(done.returncode, done.stdout.decode(), done.stderr.decode()) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_out_to_dev_stdout_goes_where_standard_output_goes(file: File, tmp_path: Path) -> None:
    path, out = file("paren.jsonl", lines(*plain())), tmp_path / "uit.jsonl"
    shell = ["sh", "-c", f'exec "$0" judge "{path}" --out /dev/stdout > "{out}"', str(BINARY)]
    assert subprocess.run(shell, stdin=subprocess.DEVNULL, timeout=60, check=False).returncode == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == len(PAIRS)
    assert Path("/dev/stdout").is_symlink()


def test_a_locale_without_utf_8_changes_nothing_in_the_output(file: File) -> None:
    path = file("paren.jsonl", lines({"evidence": "“Één brug”, zegt men.", "claim": "De brug – dé brug – is dicht."}))
    done = finish(start("judge", path, env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}))
    assert done == run("judge", path)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_killed_run_leaves_the_old_output_whole(tmp_path: Path, name: str) -> None:
    out = tmp_path / "oordelen.jsonl"
    out.write_text("oud", encoding="utf-8")
    process = start("judge", "-", "--out", out, stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.write(lines(*plain() * 32).encode())  # two chunks; then it waits for more
    process.stdin.flush()
    deadline = time.monotonic() + 60
    while not any(draft.stat().st_size for draft in tmp_path.glob(".oordelen.jsonl.*.tmp")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(getattr(signal, name))
    done = finish(process)
    assert out.read_text(encoding="utf-8") == "oud"
    if name == "SIGINT":
        assert done == Run(130, "", "claimcheck: interrupted\n")
        assert [path.name for path in tmp_path.iterdir()] == [out.name]
    elif name == "SIGTERM":
        assert done == Run(128 + signal.SIGTERM, "", "")
        assert [path.name for path in tmp_path.iterdir()] == [out.name]
    else:
        assert done == Run(-signal.SIGKILL, "", "")


def on_terminal(process: subprocess.Popen[bytes], terminal: int) -> str:
    """What the process writes to the pseudo-terminal until it ends."""
    seen = b""
    with contextlib.suppress(OSError):  # Linux ends a terminal with an error
        while data := os.read(terminal, 65536):
            seen += data
    os.close(terminal)
    assert process.wait(60) == 0
    return seen.decode()


@pytest.mark.parametrize("columns", [80, 20])
def test_the_progress_bar_is_for_terminals_and_stays_out_of_the_results(file: File, columns: int) -> None:
    pty, termios, fcntl = (pytest.importorskip(name) for name in ("pty", "termios", "fcntl"))
    path = file("paren.jsonl", lines(*plain()))
    terminal, slave = pty.openpty()
    size = b"".join(n.to_bytes(2, sys.byteorder) for n in (24, columns, 0, 0))
    fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
    results = file("uit.jsonl", "")
    with results.open("wb") as out:
        process = start("judge", path, stdout=out, stderr=slave, env={"TERM": "xterm"})
    os.close(slave)
    shown = on_terminal(process, terminal)
    assert "judging" in shown
    assert results.read_text(encoding="utf-8") == run("judge", path).out


def test_two_runs_at_once_leave_one_whole_file(file: File, tmp_path: Path) -> None:
    path, out = file("paren.jsonl", lines(*plain() * 5)), tmp_path / "oordelen.jsonl"
    both = [start("judge", path, "--out", out) for _ in range(2)]
    assert [finish(process) for process in both] == [Run(0, "", "")] * 2
    assert out.read_text(encoding="utf-8") == run("judge", path).out
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_read_and_written(tmp_path: Path) -> None:
    inlet, outlet, between = (tmp_path / name for name in ("in.jsonl", "uit.jsonl", "tussen.jsonl"))
    os.mkfifo(inlet)
    os.mkfifo(outlet)
    # A daemon, and a reader that does not wait: opening a pipe that nobody else opens blocks for ever.
    threading.Thread(target=inlet.write_text, args=(lines(*plain()),), daemon=True).start()
    assert finish(start("judge", inlet, "--out", between)) == Run(0, "", "")
    reader = os.open(outlet, os.O_RDONLY | os.O_NONBLOCK)
    assert finish(start("judge", between, "--out", outlet)) == Run(0, "", "")
    assert os.read(reader, 65536).count(b"\n") == len(PAIRS)
    os.close(reader)
    assert outlet.is_fifo()


@pytest.mark.parametrize("name", ["brand 🔥.txt", "regel\nbreuk.txt", "-streep.txt", ":fire:.txt", "[red]x.txt"])
def test_a_strange_file_name_is_a_file_name(file: File, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(name, DELTA)
    monkeypatch.chdir(path.parent)
    assert len(run("segment", "--", name).records) == 3
    path.unlink()
    refusal("segment", "--", name)


def test_a_report_is_not_written_into_a_folder_that_is_read(tmp_path: Path) -> None:
    for name, text in (("havenpost.txt", HAVENPOST), ("delta.txt", DELTA)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert "lies in a folder that is read" in refusal("compare", tmp_path, "--out", tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_the_version_is_that_of_the_installed_package() -> None:
    assert run("--version") == Run(0, f"claimcheck {metadata.version('claimcheck-nl')}\n", "")


def test_every_corpus_is_listed_with_its_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    shown = run("corpora", "list").out
    for corpus in corpora.CORPORA.values():
        assert corpus.name in shown
        assert corpus.licence in shown
