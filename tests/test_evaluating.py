"""Evaluation: predictions are made once and belong to what made them; scores and gates follow from them."""

import hashlib
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimcheck import baseline, corpora, metrics
from claimcheck.errors import InputError, ModelError, OutputError
from claimcheck.evaluating import (
    PART,
    Check,
    Predictions,
    Result,
    compare,
    compare_models,
    evaluate,
    folded,
    folder_name,
    gate,
    predict,
    read_predictions,
    read_results,
    score,
    swapped,
)
from claimcheck.metrics import Interval
from claimcheck.nli import load_model
from claimcheck.schema import LABELS, Example
from claimcheck.suites import CONTROLS, Suite, Task

pytest.importorskip("pyarrow", reason="needs the extra eval")

NAN = float("nan")
TWO_WAY = ["contradicts", "not_contradicts"] * 2
PLACES = ("Dordmeer", "Heist", "Lochem", "Tielt", "Assen", "Drongen")
EVENTS = ("de brug is afgesloten", "de markt gaat niet door", "de school krijgt een nieuw dak", "de tram rijdt weer")
SIGNATURE = {
    "corpus": "dijk",
    "corpus_checksum": "p1",
    "split": "all",
    "n": 0,
    "model": "lezer",
    "model_checksum": "c1",
    "control": "",
    "directions": 1,
    "version": "0",
}


def examples(n=12, labels=LABELS):
    """Pairs with texts that are all different; two of a group, the first label the most frequent."""
    made = []
    for i in range(n):
        place, event = PLACES[i % 6], EVENTS[i // 6 % 4]
        made.append(
            Example(
                id=f"p{i}",
                evidence=f"Volgens bericht {i} uit {place}: {event}.",
                claim=f"In {place}, meldt bron {i}, {event}.",
                label=labels[min(i % 4, len(labels) - 1) if i % 4 < 3 else 0],
                group=f"g{i // 2}",
                phenomenon=("ontkenning", "getal", "")[i % 3],
            )
        )
    return made


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row.to_dict()) + "\n" for row in rows), encoding="utf-8")
    return path


class Reader:
    """A model with an opinion on every pair of texts that depends on nothing else; remembers what it was asked."""

    name = "lezer"
    checksum = "c1"

    def __init__(self):
        self.asked = []

    def predict_proba(self, *, evidence, claims):
        self.asked += zip(evidence, claims, strict=True)
        rows = np.empty((len(claims), 3))
        for row, pair in zip(rows, zip(evidence, claims, strict=True), strict=True):
            digest = hashlib.sha256(json.dumps(pair).encode()).digest()
            row[:] = [1 + byte**3 for byte in digest[:3]]
        return rows / rows.sum(1, keepdims=True)


class Expert(Reader):
    """Knows the labels; is sure of ``sure`` and wrong about the ids in ``wrong``."""

    name = "kenner"

    def __init__(self, rows, sure=0.9, wrong=()):
        super().__init__()
        self.label = {(row.evidence, row.claim): LABELS.index(row.label) for row in rows}
        self.label |= {(row.claim, row.evidence): label for row, label in zip(rows, self.label.values(), strict=True)}
        self.wrong = {pair for row in rows if row.id in wrong for pair in [(row.evidence, row.claim)]}
        self.sure = sure
        self.checksum = f"kenner {sure} {sorted(wrong)}"

    def predict_proba(self, *, evidence, claims):
        given = super().predict_proba(evidence=evidence, claims=claims)
        for row, pair in zip(given, zip(evidence, claims, strict=True), strict=True):
            if pair in self.label:
                row[:] = (1 - self.sure) / 2
                row[(self.label[pair] + (pair in self.wrong)) % 3] = self.sure
        return given


@pytest.fixture
def suite(tmp_path):
    """Make a suite of one file of pairs; what is said beside is the task's."""

    def make(rows=None, *, name="dijk", controls=(), baselines=(), seed=13, draws=20, **task):
        path = write(tmp_path / "paren" / f"{name}.jsonl", examples() if rows is None else rows)
        tasks = (Task(corpus=name, pairs=path, **task),)
        return Suite(name="proef", tasks=tasks, controls=controls, baselines=baselines, seed=seed, draws=draws)

    return make


@pytest.fixture
def mnli(tmp_path, monkeypatch):
    """A data folder with a training file of MultiNLI that is taken for the published one."""

    def make(rows):
        names = {"supports": "entailment", "contradicts": "contradiction", "unrelated": "neutral"}
        lines = ["label\tpremise\thypothesis", *(f"{names[row.label]}\t{row.evidence}\t{row.claim}" for row in rows)]
        file = corpora.CORPORA["mnli"].splits["train"].file
        path = tmp_path / "data" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        monkeypatch.setitem(corpora.SHA256, file, hashlib.sha256(path.read_bytes()).hexdigest())
        return tmp_path / "data"

    monkeypatch.delenv("CLAIMCHECK_DATA", raising=False)
    return make


def predictions(rows, probabilities=None, **fields):
    """As :func:`predict` gives them, without a file."""
    reader = Reader()
    sides = {"evidence": [row.evidence for row in rows], "claims": [row.claim for row in rows]}
    return Predictions(
        signature={**SIGNATURE, "n": len(rows)},
        ids=[row.id for row in rows],
        groups=[row.group for row in rows],
        phenomena=[row.phenomenon for row in rows],
        gold=[row.label for row in rows],
        probabilities=reader.predict_proba(**sides) if probabilities is None else np.array(probabilities, dtype=float),
        reverse=fields.pop("reverse", None),
    )


def tree(folder):
    """Every file below, hidden ones too, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def parts_of(path):
    """The part files beside the predictions at ``path``, by the number of their first pair."""
    return sorted(int(part.stem) for part in path.with_name(f".{path.stem}.parts").glob("*.npy"))


# ---- predictions: files


def test_predictions_keep_the_order_of_the_pairs_and_come_back_from_the_file_exactly(tmp_path):
    rows = examples(2 * PART + 7)
    path = tmp_path / "uit" / "all.parquet"
    made = predict(Reader(), rows, path, signature=SIGNATURE, both_directions=True)
    read = read_predictions(path)
    alone = Reader()
    for i in (0, PART - 1, PART, 2 * PART, len(rows) - 1):
        there, back = (rows[i].evidence, rows[i].claim), (rows[i].claim, rows[i].evidence)
        for found, (evidence, claim) in ((read.probabilities, there), (read.reverse, back)):
            assert found[i].tolist() == alone.predict_proba(evidence=[evidence], claims=[claim])[0].tolist()
    for found in (made, read):
        assert list(found.ids) == [row.id for row in rows]
        assert list(found.groups) == [row.group for row in rows]
        assert list(found.phenomena) == [row.phenomenon for row in rows]
        assert list(found.gold) == [row.label for row in rows]
        assert found.signature == SIGNATURE
    np.testing.assert_array_equal(made.probabilities, read.probabilities)
    np.testing.assert_array_equal(made.reverse, read.reverse)


def test_one_direction_is_judged_where_no_more_is_asked(tmp_path):
    reader, path = Reader(), tmp_path / "all.parquet"
    assert predict(reader, examples(), path, signature=SIGNATURE).reverse is None
    assert reader.asked == [(row.evidence, row.claim) for row in examples()]
    assert read_predictions(path).reverse is None


def test_nothing_but_the_predictions_is_left_when_they_are_finished(tmp_path):
    predict(Reader(), examples(PART + 1), tmp_path / "all.parquet", signature=SIGNATURE)
    assert list(tree(tmp_path)) == ["all.parquet"]


def test_progress_counts_the_pairs_up_to_all_of_them(tmp_path):
    seen = []
    predict(
        Reader(),
        examples(PART + 3),
        tmp_path / "all.parquet",
        signature=SIGNATURE,
        progress=lambda done, in_all: seen.append((done, in_all)),
    )
    assert seen == [(PART, PART + 3), (PART + 3, PART + 3)]


def test_no_pairs_are_an_input_error(tmp_path):
    with pytest.raises(InputError, match="dijk: there are no pairs"):
        predict(Reader(), [], tmp_path / "all.parquet", signature=SIGNATURE)


def test_an_id_given_twice_is_an_input_error_before_anything_is_judged(tmp_path):
    reader, rows = Reader(), examples()
    with pytest.raises(InputError, match="'p3' is given to more than one pair"):
        predict(reader, [*rows, rows[3]], tmp_path / "all.parquet", signature=SIGNATURE)
    assert not reader.asked


@pytest.mark.parametrize("field", ["id", "group", "phenomenon"])
def test_half_a_surrogate_pair_that_no_file_can_hold_is_an_input_error_before_anything_is_judged(tmp_path, field):
    reader, rows = Reader(), examples()
    rows[5] = replace(rows[5], **{field: "p\ud83d"})
    with pytest.raises(InputError, match="cannot be written"):
        predict(reader, rows, tmp_path / "all.parquet", signature=SIGNATURE)
    assert not reader.asked


@pytest.mark.parametrize("content", [b"", b"PAR1", b"id,label\n", None])
def test_predictions_that_are_absent_or_damaged_are_an_input_error_that_names_the_file(tmp_path, content):
    path = tmp_path / "all.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"all\.parquet: "):
        read_predictions(path)


def test_a_parquet_file_cut_short_or_of_something_else_is_an_input_error(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    path = tmp_path / "all.parquet"
    predict(Reader(), examples(), path, signature=SIGNATURE)
    table, whole = parquet.read_table(path), path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_predictions(path)
    for other in (
        pa.table({"id": ["p1"]}),
        table.replace_schema_metadata({}),
        table.replace_schema_metadata({"claimcheck": "{"}),
        table.set_column(table.column_names.index("supports"), "supports", pa.array(["veel"] * len(examples()))),
    ):
        parquet.write_table(other, path)
        with pytest.raises(InputError, match="holds no predictions of claimcheck"):
            read_predictions(path)
    parquet.write_table(pa.concat_tables([table, table]), path)
    with pytest.raises(InputError, match="holds an id twice"):
        read_predictions(path)


# ---- predictions: a run that stops goes on


class Stopping(Reader):
    """Fails when it is asked for the pair ``at``."""

    def __init__(self, at):
        super().__init__()
        self.at = at

    def predict_proba(self, *, evidence, claims):
        if any(f"bericht {self.at} " in text for text in evidence):
            raise KeyboardInterrupt
        return super().predict_proba(evidence=evidence, claims=claims)


@pytest.fixture
def stopped(tmp_path):
    """The path of predictions of which the first part is done and no more, and all the pairs."""
    rows, path = examples(2 * PART + 5), tmp_path / "all.parquet"
    with pytest.raises(KeyboardInterrupt):
        predict(Stopping(PART + 2), rows, path, signature=SIGNATURE)
    assert parts_of(path) == [0]
    assert not path.exists()
    return path, rows


def asked_of(rows):
    return [(row.evidence, row.claim) for row in rows]


def test_a_part_that_is_done_is_not_predicted_again(stopped):
    path, rows = stopped
    reader, fresh = Reader(), path.with_name("vers.parquet")
    predict(reader, rows, path, signature=SIGNATURE)
    predict(Reader(), rows, fresh, signature=SIGNATURE)
    assert reader.asked == asked_of(rows[PART:])
    assert path.read_bytes() == fresh.read_bytes()


@pytest.mark.parametrize(
    "changed", [{"model_checksum": "c2"}, {"corpus_checksum": "p2"}, {"version": "1"}, {"directions": 2}, {"order": 3}]
)
def test_a_part_with_another_signature_is_not_used(stopped, changed):
    path, rows = stopped
    reader = Reader()
    predict(reader, rows, path, signature={**SIGNATURE, **changed})
    assert reader.asked == asked_of(rows)


def test_a_part_of_a_model_without_a_checksum_is_not_used(tmp_path):
    rows, path, nameless = examples(PART + 5), tmp_path / "all.parquet", {**SIGNATURE, "model_checksum": ""}
    with pytest.raises(KeyboardInterrupt):
        predict(Stopping(PART), rows, path, signature=nameless)
    reader = Reader()
    predict(reader, rows, path, signature=nameless)
    assert reader.asked == asked_of(rows)


@pytest.mark.parametrize("damage", ["cut", "empty", "zeros", "header", "other shape", "NaN"])
def test_a_damaged_part_is_predicted_again(stopped, damage):
    path, rows = stopped
    part = path.with_name(".all.parts") / "00000000.npy"
    whole = part.read_bytes()
    if damage == "NaN":
        np.save(part, np.full((PART, 3), NAN))
    elif damage == "other shape":
        np.save(part, np.full((PART, 6), 1 / 3))
    else:
        # What a crash of the machine can leave: less, nothing, or the right length filled up with zeros.
        kept = {"cut": whole[:-8], "empty": b"", "zeros": whole[:128].ljust(len(whole), b"\0"), "header": whole[:40]}
        part.write_bytes(kept[damage])
    reader, fresh = Reader(), path.with_name("vers.parquet")
    predict(reader, rows, path, signature=SIGNATURE)
    predict(Reader(), rows, fresh, signature=SIGNATURE)
    assert reader.asked == asked_of(rows)
    assert path.read_bytes() == fresh.read_bytes()


def test_drafts_that_a_killed_run_left_do_no_harm(stopped):
    path, rows = stopped
    (path.with_name(".all.parts") / "00000256.tmp").write_bytes(b"half")
    path.with_name(".all.parquet.tmp").write_bytes(b"half")
    reader = Reader()
    predict(reader, rows, path, signature=SIGNATURE)
    assert reader.asked == asked_of(rows[PART:])
    assert list(tree(path.parent)) == ["all.parquet"]


def test_a_signature_of_parts_that_is_garbage_only_means_that_they_are_not_used(stopped):
    path, rows = stopped
    (path.with_name(".all.parts") / "signature.json").write_bytes(b"\xff\xfe")
    reader = Reader()
    predict(reader, rows, path, signature=SIGNATURE)
    assert reader.asked == asked_of(rows)


def run(pairs, results, told, *, wait_at=0, full_at=0, room=0):
    """``evaluate``, telling ``told`` which pairs each call begins with.

    In call ``wait_at`` it says so and waits to be killed; from call ``full_at`` on no file may grow beyond ``room``
    bytes, which the operating system answers as it answers a full disk: the write fails half-way.
    """
    import resource  # not on Windows

    calls = 0

    class Telling(Reader):
        def predict_proba(self, *, evidence, claims):
            nonlocal calls
            calls += 1
            told([evidence[0], claims[0], len(claims)])
            if calls == wait_at:
                told("waits")
                sys.stdin.read()
            if calls == full_at:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            return super().predict_proba(evidence=evidence, claims=claims)

    task = Task(corpus="dijk", pairs=Path(pairs), both_directions=True)
    wanted = Suite(name="proef", tasks=(task,), controls=("claim_only", "swapped"), draws=20)
    evaluate(Telling(), wanted, results=results)


def child(pairs, results, **how):
    """What another process does: the same, telling it line by line; an output error is told last."""
    try:
        run(pairs, results, lambda what: print(json.dumps(what), flush=True), **how)
    except OutputError as error:
        print(json.dumps(str(error)))


def start(pairs, results, **how):
    code = f"import test_evaluating; test_evaluating.child({str(pairs)!r}, {str(results)!r}, **{how!r})"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent, **pipes)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """A file of 600 pairs, what a run that nothing stopped leaves behind, and the calls it made."""
    folder, calls = tmp_path_factory.mktemp("heel"), []
    pairs = write(folder / "dijk.jsonl", examples(600))
    run(pairs, folder / "uit", calls.append)
    assert len(calls) == 3 * 2 + 3  # three parts in both directions, three of them without evidence
    return pairs, tree(folder / "uit"), calls


@pytest.mark.parametrize(
    ("at", "again_from"),
    [
        (4, 2),  # the way back of the second part, which is then judged in both directions again
        (8, 7),  # the second part of the control
    ],
)
def test_a_run_that_is_killed_goes_on_and_ends_in_the_same_bytes(uninterrupted, tmp_path, at, again_from):
    pairs, whole, calls = uninterrupted
    process, told, again = start(pairs, tmp_path, wait_at=at), [], []
    for line in process.stdout:
        told.append(json.loads(line))
        if told[-1] == "waits":
            break
    process.kill()
    process.communicate()
    assert process.returncode == -9
    assert told == [*calls[:at], "waits"]
    assert any(name.endswith("parts/00000000.npy") for name in tree(tmp_path))
    assert whole.keys() - tree(tmp_path).keys()
    run(pairs, tmp_path, again.append)
    assert again == calls[again_from:]
    assert tree(tmp_path) == whole


@pytest.mark.parametrize(
    ("full_at", "room", "again_from"),
    [
        (3, 3000, 2),  # the second part, of 256 * 6 * 8 bytes and a header, is cut
        (5, 13_000, 6),  # parts fit and the Parquet file of 600 rows does not
    ],
)
def test_a_disk_that_is_full_half_way_keeps_what_is_finished(uninterrupted, tmp_path, full_at, room, again_from):
    pairs, whole, calls = uninterrupted
    out, _ = start(pairs, tmp_path, full_at=full_at, room=room).communicate()
    told, again = [json.loads(line) for line in out.splitlines()], []
    assert "cannot be written" in told[-1]
    assert "kept" in told[-1]
    assert not list(tmp_path.rglob("[!.]*.parquet"))
    run(pairs, tmp_path, again.append)
    assert again == calls[again_from:]
    assert tree(tmp_path) == whole


def test_results_that_cannot_be_written_are_an_output_error_before_anything_is_judged(suite, tmp_path):
    reader = Reader()
    (tmp_path / "uit").write_text("een bestand", encoding="utf-8")
    with pytest.raises(OutputError, match="uit"):
        evaluate(reader, suite(), results=tmp_path / "uit")
    assert not reader.asked


def test_scores_that_a_kill_left_out_are_made_from_the_predictions_alone(suite, tmp_path):
    evaluate(Reader(), suite(), results=tmp_path / "uit")
    whole = tree(tmp_path / "uit")
    (tmp_path / "uit" / "lezer" / "proef.jsonl").unlink()
    reader = Reader()
    evaluate(reader, suite(), results=tmp_path / "uit")
    assert not reader.asked
    assert tree(tmp_path / "uit") == whole


# ---- classifiers that give no probabilities


def spoilt(values, row, new):
    values = values.copy()
    values[row] = new
    return values


@pytest.mark.parametrize(
    ("spoil", "naming"),
    [
        (lambda v: spoilt(v, 7, [NAN, 0.5, 0.5]), ["p263", "NaN"]),
        (lambda v: spoilt(v, 7, [np.inf, 0, 0]), ["p263", "infinite"]),
        (lambda v: spoilt(v, 7, [1.25, -0.25, 0]), ["p263", "below 0"]),
        (lambda v: spoilt(v, 7, [0.5, 0.5, 0.5]), ["p263", "sum to 1"]),
        (lambda v: spoilt(v, 7, [0, 0, 0]), ["p263", "sum to 1"]),
        (lambda v: v[:, :2], ["shape", "(50, 2)", "(50, 3)", "supports, contradicts, unrelated"]),
        (lambda v: np.hstack((v, v[:, :1])), ["shape", "(50, 4)"]),
        (lambda v: v[:-1], ["shape", "(49, 3)", "50 pairs"]),
        (lambda v: v[:, 0], ["shape", "(50,)"]),
        (lambda _: None, ["shape"]),
        (lambda v: [["veel", "weinig", "niets"]] * len(v), ["list", "not numbers"]),
        (lambda v: [["supports"]] * len(v), ["list", "not numbers"]),
        (lambda v: [[1.0, 0.0, 0.0], [1.0]] * (len(v) // 2), ["list", "not numbers"]),
        (lambda _: {"supports": 1.0}, ["dict", "not numbers"]),
    ],
)
def test_what_is_no_probability_names_model_and_pair_and_keeps_what_is_finished(tmp_path, spoil, naming):
    class Bad(Reader):
        def predict_proba(self, *, evidence, claims):
            values = super().predict_proba(evidence=evidence, claims=claims)
            return spoil(values) if "bericht 256 " in evidence[0] else values

    rows, path = examples(PART + 50), tmp_path / "all.parquet"
    with pytest.raises(ModelError) as caught:
        predict(Bad(), rows, path, signature=SIGNATURE)
    for name in ("lezer", *naming):
        assert name in str(caught.value)
    assert not path.exists()
    mended = Reader()
    predict(mended, rows, path, signature=SIGNATURE)
    assert mended.asked == asked_of(rows[PART:])


def test_plain_lists_and_single_precision_are_good_enough(tmp_path):
    class Plain(Reader):
        def predict_proba(self, *, evidence, claims):
            return super().predict_proba(evidence=evidence, claims=claims).astype(np.float32).tolist()

    made = predict(Plain(), examples(), tmp_path / "all.parquet", signature=SIGNATURE)
    assert made.probabilities.dtype == np.float64


# ---- evaluate


PREDICTED = (".shuffled_words", ".claim_only", ".evidence_only")


def who(results):
    return [(result.name, result.model, result.control) for result in results]


def test_each_split_has_the_model_first_then_its_controls_then_the_baselines_in_the_suite_s_order(
    suite, tmp_path, mnli
):
    controls = ("shuffled_words", "swapped", "claim_only", "evidence_only")
    both = suite(controls=controls, both_directions=True, baselines=("majority", "tfidf"), train=("mnli", "train"))
    both = replace(both, tasks=(*both.tasks, *suite(name="markt").tasks))
    found = evaluate(Reader(), both, results=tmp_path / "uit", data_dir=mnli(examples()))
    assert who(found) == [
        ("dijk", "lezer", ""),
        *(("dijk", "lezer", control) for control in controls),
        ("dijk", "majority", ""),
        ("dijk", "tfidf", ""),
        ("markt", "lezer", ""),
        *(("markt", "lezer", control) for control in controls if control != "swapped"),
    ]
    assert set(tree(tmp_path / "uit")) == {
        "lezer/proef.jsonl",
        # "swapped" needs no predictions of its own
        *(f"lezer/{name}/all{part}.parquet" for name in ("dijk", "markt") for part in ["", *PREDICTED]),
        *(f"{name}/dijk/all.parquet" for name in ("majority", "tfidf")),
    }


def test_baselines_learn_from_own_pairs_and_are_made_anew_when_these_change(suite, tmp_path):
    own = tmp_path / "eigen.jsonl"

    def judged_by_majority(label):
        rows = [{"evidence": f"e {i}", "claim": f"c {i}", "label": label} for i in range(3)]
        own.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        found = evaluate(Reader(), suite(baselines=("majority",), train=own), results=tmp_path / "uit", overwrite=True)
        return found[-1].scores["accuracy"].value

    shares = [judged_by_majority(label) for label in LABELS]
    assert shares == [sum(row.label == label for row in examples()) / len(examples()) for label in LABELS]


def test_what_evaluate_found_can_be_read_back_in_the_same_order(suite, tmp_path, mnli):
    wanted = suite(
        [replace(row, phenomenon="een\u2028regel") if i < 6 else row for i, row in enumerate(examples())],
        controls=("swapped", *CONTROLS[:-1]),
        baselines=("majority",),
        train=("mnli", "train"),
        both_directions=True,
        base_rates=(0.5, 0.2, 0.3),
    )
    found = evaluate(Reader(), wanted, results=tmp_path / "uit", data_dir=mnli(examples()))
    read = read_results(tmp_path / "uit", "lezer", wanted)
    # NaN is not itself, but null is; numbers have six decimals.
    assert [result.to_dict() for result in read] == [json.loads(json.dumps(result.to_dict())) for result in found]
    assert math.isnan(read[-1].scores["precision_contradicts"].value)  # majority never says it
    assert all(isinstance(result, Result) for result in read)


def test_results_of_one_suite_do_not_replace_those_of_another(suite, tmp_path):
    first = suite(base_rates=(0.5, 0.2, 0.3))
    second = replace(suite(), name="ander")
    for wanted in (first, second):
        evaluate(Reader(), wanted, results=tmp_path)
    assert [bool(read_results(tmp_path, "lezer", wanted)[0].per_thousand) for wanted in (first, second)] == [
        True,
        False,
    ]


def test_results_that_are_not_there_or_damaged_are_an_input_error_that_names_the_file(suite, tmp_path):
    wanted = suite(controls=("claim_only",))
    with pytest.raises(InputError, match=r"proef\.jsonl: no results of lezer on proef; `claimcheck evaluate`"):
        read_results(tmp_path, "lezer", wanted)
    evaluate(Reader(), wanted, results=tmp_path)
    path = tmp_path / "lezer" / "proef.jsonl"
    whole = path.read_text(encoding="utf-8")
    for damaged in ("", "null\n", "[]\n", "{}\n", whole.replace('"scores": {', '"scores": {"x": 3, ')):
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(InputError, match=r"proef\.jsonl:1: "):
            read_results(tmp_path, "lezer", wanted)
    path.write_text(whole[:-99], encoding="utf-8")
    with pytest.raises(InputError, match=r"proef\.jsonl:2: "):
        read_results(tmp_path, "lezer", wanted)
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"proef\.jsonl: cannot be read"):
        read_results(tmp_path, "lezer", wanted)


def test_every_result_carries_the_signature_of_what_it_was_made_from(suite, tmp_path):
    wanted = suite(controls=("shuffled_words",), both_directions=True, seed=5)
    of_model, of_control = evaluate(Reader(), wanted, results=tmp_path)
    content = wanted.tasks[0].pairs.read_bytes()
    assert of_model.signature == {
        "corpus": "dijk",
        "corpus_checksum": hashlib.sha256(content).hexdigest(),
        "split": "all",
        "n": 12,
        "model": "lezer",
        "model_checksum": "c1",
        "control": "",
        "decision": "most probable label, temperature 1.0000",
        "directions": 2,
        "version": of_model.signature["version"],
        "seed": 5,
        "draws": 20,
    }
    differing = {key for key, value in of_control.signature.items() if of_model.signature.get(key) != value}
    assert differing == {"control", "directions", "order"}


def test_a_classifier_is_called_what_the_caller_says_or_its_name_or_its_class(suite, tmp_path):
    class Nameless(Reader):
        name = ""

    assert evaluate(Reader(), suite(), name="ander", results=tmp_path)[0].model == "ander"
    assert evaluate(Reader(), suite(), results=tmp_path)[0].model == "lezer"
    assert evaluate(Nameless(), suite(), results=tmp_path)[0].model == "Nameless"
    assert {path.name for path in tmp_path.iterdir()} >= {"ander", "lezer", "Nameless"}


def test_the_same_model_on_the_same_pairs_is_not_asked_again(suite, tmp_path):
    wanted = suite(controls=CONTROLS, both_directions=True)
    first = evaluate(Reader(), wanted, results=tmp_path / "uit")
    before, reader = tree(tmp_path / "uit"), Reader()
    again = evaluate(reader, wanted, results=tmp_path / "uit")
    assert not reader.asked
    assert repr(again) == repr(first)
    assert tree(tmp_path / "uit") == before


def test_a_control_that_shuffles_by_another_seed_is_asked_again_and_nothing_else_is(suite, tmp_path):
    controls = ("claim_only", "shuffled_words")
    evaluate(Reader(), suite(controls=controls, seed=1), results=tmp_path / "uit")
    reader, fresh = Reader(), Reader()
    found = evaluate(reader, suite(controls=controls, seed=2), results=tmp_path / "uit")
    assert len(reader.asked) == len(examples())
    assert repr(found) == repr(evaluate(fresh, suite(controls=controls, seed=2), results=tmp_path / "vers"))


@pytest.mark.parametrize("what", ["model", "pairs", "no checksum"])
def test_predictions_of_something_else_are_an_input_error_and_stay_as_they_are(suite, tmp_path, what):
    evaluate(Reader(), suite(), results=tmp_path / "uit")
    before, reader = tree(tmp_path / "uit"), Reader()
    wanted, naming = suite(), what
    if what == "model":
        reader.checksum, naming = "c2", "model_checksum is 'c1' there and 'c2' now"
    elif what == "pairs":
        wanted, naming = suite([replace(examples()[0], label="unrelated"), *examples()[1:]]), "corpus_checksum"
    else:
        reader.checksum, naming = "", "model_checksum"
    with pytest.raises(InputError, match=naming) as caught:
        evaluate(reader, wanted, results=tmp_path / "uit")
    assert "all.parquet" in str(caught.value)
    assert "Overwrite" in str(caught.value)
    assert not reader.asked
    assert tree(tmp_path / "uit") == before
    found = evaluate(reader, wanted, results=tmp_path / "uit", overwrite=True)
    assert len(reader.asked) == len(examples())
    assert repr(found) == repr(evaluate(reader, wanted, results=tmp_path / "vers"))


def test_both_directions_serve_a_suite_that_asks_for_one_and_one_is_no_obstacle_to_both(suite, tmp_path):
    one, both, reader = suite(), suite(both_directions=True), Reader()
    evaluate(Reader(), one, results=tmp_path / "uit")
    found = evaluate(reader, both, results=tmp_path / "uit")
    assert len(reader.asked) == 2 * len(examples())
    assert repr(found) == repr(evaluate(Reader(), both, results=tmp_path / "vers"))
    reader.asked.clear()
    evaluate(reader, one, results=tmp_path / "uit")
    assert not reader.asked
    # Another model is still another, and so is one of which nobody knows whether it is the same.
    reader.checksum = "c2"
    for wanted in (one, both):
        with pytest.raises(InputError, match="model_checksum"):
            evaluate(reader, wanted, results=tmp_path / "vers")
    reader.checksum = ""
    evaluate(reader, one, name="naamloos", results=tmp_path / "uit")
    with pytest.raises(InputError, match="naamloos"):
        evaluate(reader, both, name="naamloos", results=tmp_path / "uit")


def test_a_classifier_without_a_checksum_is_never_taken_for_the_one_before(suite, tmp_path):
    reader = Reader()
    reader.checksum = None
    evaluate(reader, suite(controls=("claim_only",)), results=tmp_path)
    with pytest.raises(InputError, match="lezer has no checksum"):
        evaluate(reader, suite(controls=("claim_only",)), results=tmp_path)
    reader.asked.clear()
    evaluate(reader, suite(controls=("claim_only",)), results=tmp_path, overwrite=True)
    assert len(reader.asked) == 2 * len(examples())


def test_damaged_predictions_are_an_input_error_that_overwrite_puts_right(suite, tmp_path):
    evaluate(Reader(), suite(), results=tmp_path)
    path = tmp_path / "lezer" / "dijk" / "all.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:50])
    with pytest.raises(InputError, match=r"all\.parquet: cannot be read"):
        evaluate(Reader(), suite(), results=tmp_path)
    evaluate(Reader(), suite(), results=tmp_path, overwrite=True)
    assert path.read_bytes() == whole


def test_controls_and_baselines_of_something_else_are_replaced_without_asking(suite, tmp_path, mnli):
    wanted = suite(controls=("claim_only",), baselines=("majority",), train=("mnli", "train"))
    data = mnli(examples())
    evaluate(Reader(), wanted, results=tmp_path / "uit", data_dir=data)
    (tmp_path / "uit" / "lezer" / "dijk" / "all.claim_only.parquet").write_bytes(b"half")
    (tmp_path / "uit" / "majority" / "dijk" / "all.parquet").write_bytes(b"half")
    for folder in ("uit", "vers"):
        evaluate(Reader(), wanted, results=tmp_path / folder, data_dir=data)
    assert tree(tmp_path / "uit") == tree(tmp_path / "vers")


@pytest.mark.parametrize(
    "name", ["..", "../../weg", "/weg/model", "a/../../../weg", "c:\\weg", ".", "weg\0", "…/..", " "]
)
def test_whatever_a_model_is_called_its_results_stay_in_their_folder(suite, tmp_path, name):
    evaluate(Reader(), suite(), name=name, results=tmp_path / "diep" / "uit")
    (folder,) = (tmp_path / "diep" / "uit").iterdir()
    assert sorted(tree(folder)) == ["dijk/all.parquet", "proef.jsonl"]
    assert {path.name for path in tmp_path.iterdir()} == {"diep", "paren"}
    assert [path.name for path in (tmp_path / "diep").iterdir()] == ["uit"]


@given(st.text())
def test_a_folder_s_name_is_one_that_is_neither_hidden_nor_above(name):
    folder = folder_name(name)
    assert Path(folder).name == folder
    assert folder
    assert not folder.startswith(".")
    assert folder.isprintable()


def test_a_hub_s_model_keeps_its_organisation_in_the_folder_s_name():
    assert folder_name("vakgroep/nli-model_v1.2") == "vakgroep__nli-model_v1.2"


def test_two_models_that_would_share_a_folder_are_told_apart(suite, tmp_path):
    evaluate(Reader(), suite(), name="a/b", results=tmp_path)
    with pytest.raises(InputError, match="model is 'a/b' there and 'a__b' now"):
        evaluate(Reader(), suite(), name="a__b", results=tmp_path)


def test_a_baseline_can_be_evaluated_like_any_classifier_but_not_beside_itself(suite, tmp_path):
    trained = baseline.fit("tfidf", examples())
    (result,) = evaluate(trained, suite(), results=tmp_path)
    assert result.model == "tfidf"
    with pytest.raises(InputError, match="tfidf is a baseline of the suite"):
        evaluate(trained, suite(baselines=("tfidf",)), results=tmp_path)


# ---- evaluate: what is found before the first pair is judged


def refusal(wanted, tmp_path, reader=None, **settings):
    """What evaluate says; nothing may have been judged or written."""
    reader = reader or Reader()
    with pytest.raises(InputError) as caught:
        evaluate(reader, wanted, results=tmp_path / "uit", **settings)
    assert not reader.asked
    assert not (tmp_path / "uit").exists()
    return str(caught.value)


@pytest.mark.parametrize("as_training", [False, True])
def test_an_absent_corpus_raises_before_anything_is_judged_and_says_where_it_looked_and_how_to_get_it(
    suite, tmp_path, monkeypatch, as_training
):
    monkeypatch.delenv("CLAIMCHECK_DATA", raising=False)
    good = suite()
    absent = Task(corpus="mnli", split="train")
    if as_training:
        absent = replace(suite(name="markt").tasks[0], train=("mnli", "train"))
    wanted = replace(good, tasks=(*good.tasks, absent), baselines=("tfidf",))
    message = refusal(wanted, tmp_path, data_dir=tmp_path / "data")
    corpus = corpora.CORPORA["mnli"]
    assert str(tmp_path / "data" / corpus.splits["train"].file) in message
    assert corpus.source in message
    assert f"licence: {corpus.licence}" in message
    message = refusal(wanted, tmp_path)
    assert "--data-dir" in message
    assert "CLAIMCHECK_DATA" in message


def test_absent_pairs_of_one_s_own_are_an_input_error_that_names_the_file(suite, tmp_path):
    wanted = suite()
    wanted = replace(wanted, tasks=(*wanted.tasks, Task(corpus="weg", pairs=tmp_path / "weg.jsonl")))
    assert refusal(wanted, tmp_path).startswith(f"{tmp_path / 'weg.jsonl'}: cannot be read")


def test_an_empty_split_is_an_input_error(suite, tmp_path, mnli):
    data = mnli([])
    wanted = Suite(name="leeg", tasks=(Task(corpus="mnli", split="train"),))
    assert "no example in split 'train' of mnli" in refusal(wanted, tmp_path, data_dir=data)
    assert "holds no pair" in refusal(suite([]), tmp_path)


def test_ids_given_twice_are_an_input_error_that_names_the_line(suite, tmp_path):
    assert "dijk.jsonl:13: id 'p0'" in refusal(suite([*examples(), examples()[0]]), tmp_path)


def with_label(label):
    return [replace(row, label=label) for row in examples()]


def test_one_label_only_is_an_input_error_unless_the_suite_says_so(suite, tmp_path):
    message = refusal(suite(with_label("supports")), tmp_path)
    assert "dijk: all 12 pairs are supports" in message
    assert "one_label = true" in message
    (result,) = evaluate(Reader(), suite(with_label("supports"), one_label=True), results=tmp_path)
    assert result.scores["accuracy"].value == result.scores["recall_supports"].value
    for name in ("macro_f1", "average_precision_contradicts", "precision_supports", "f1_supports"):
        assert math.isnan(result.scores[name].value)
    for name in ("accuracy", "recall_supports", "ece", "brier", "aurc"):
        assert result.scores[name].low <= result.scores[name].value <= result.scores[name].high


@pytest.mark.parametrize(
    ("labels", "metric"),
    [
        (["supports"], "macro_f1"),
        (["supports"], "precision_supports"),
        (["supports"], "recall_contradicts"),
        (["supports", "unrelated"], "false_support_rate"),
        (["supports", "unrelated"], "average_precision_contradicts"),
        (["supports", "unrelated"], "precision_at_recall_50_contradicts"),
        (["contradicts", "not_contradicts"], "recall_supports"),
    ],
)
def test_a_gate_on_what_the_labels_leave_undefined_is_an_input_error(suite, tmp_path, labels, metric):
    rows = [replace(row, label=labels[i % len(labels)]) for i, row in enumerate(examples())]
    message = refusal(suite(rows, one_label=True, gates={metric: 0.5}), tmp_path)
    assert message.startswith("dijk: all pairs are ")
    assert metric in message


def test_a_gate_on_what_one_label_leaves_defined_is_none(suite, tmp_path):
    wanted = suite(with_label("contradicts"), one_label=True, gates={"accuracy": 0.1, "recall_contradicts": 0.1})
    evaluate(Reader(), wanted, results=tmp_path)


def test_a_gate_on_symmetry_needs_both_directions(suite, tmp_path):
    assert "both_directions = true" in refusal(suite(gates={"symmetry_rate": 0.5}), tmp_path)
    evaluate(Reader(), suite(gates={"symmetry_rate": 0.5}, both_directions=True), results=tmp_path)


def test_one_group_only_is_an_input_error(suite, tmp_path):
    rows = [replace(row, group="een") for row in examples()]
    assert "dijk: all pairs are one group" in refusal(suite(rows), tmp_path)


def test_two_way_and_three_way_labels_in_one_file_are_an_input_error(suite, tmp_path):
    rows = [replace(examples()[0], label="not_contradicts"), *examples()[1:]]
    message = refusal(suite(rows), tmp_path)
    assert message.startswith("dijk: ")
    assert "two-way and three-way" in message


def test_base_rates_for_labels_that_no_pair_has_are_an_input_error(suite, tmp_path):
    rows = [row for row in examples() if row.label != "contradicts"]
    message = refusal(suite(rows, base_rates=(0.1, 0.01, 0.89)), tmp_path)
    assert message.startswith("dijk: base rate of contradicts")


def test_a_second_corpus_that_cannot_be_scored_stops_the_first_one_from_being_judged(suite, tmp_path):
    good, bad = suite(), suite(with_label("supports"), name="markt")
    assert "markt" in refusal(replace(good, tasks=good.tasks + bad.tasks), tmp_path)


def test_cosine_without_an_encoder_is_a_mistake_in_the_caller_s_code(suite, tmp_path):
    reader = Reader()
    with pytest.raises(ValueError, match="cosine needs an encoder"):
        evaluate(reader, suite(baselines=("cosine",)), results=tmp_path)
    assert not reader.asked


# ---- evaluate: baselines


def test_baselines_learn_from_the_training_split_and_are_trained_again_when_it_changes(suite, tmp_path, mnli):
    wanted = suite(baselines=("majority", "tfidf", "word_overlap"), train=("mnli", "train"))
    lopsided = [replace(row, label="unrelated" if i else "supports") for i, row in enumerate(examples())]
    shares = []
    for rows in (examples(), lopsided):
        found = evaluate(Reader(), wanted, results=tmp_path / "uit", data_dir=mnli(rows))
        assert [result.model for result in found] == ["lezer", "majority", "tfidf", "word_overlap"]
        shares.append(read_predictions(tmp_path / "uit" / "majority" / "dijk" / "all.parquet").probabilities[0])
    np.testing.assert_allclose(shares, [[0.5, 0.25, 0.25], [1 / 12, 0, 11 / 12]])


def test_without_a_training_split_no_baseline_stands_beside_the_model(suite, tmp_path):
    found = evaluate(Reader(), suite(baselines=("majority", "tfidf")), results=tmp_path)
    assert [result.model for result in found] == ["lezer"]


def test_a_suite_s_name_leads_its_results_nowhere_else(suite, tmp_path):
    evaluate(Reader(), replace(suite(), name="../../weg"), results=tmp_path / "diep" / "uit")
    assert sorted(tree(tmp_path / "diep")) == ["uit/lezer/__..__weg.jsonl", "uit/lezer/dijk/all.parquet"]


# ---- scores


def test_scores_are_those_of_the_metrics_room():
    rows = examples(60)
    made = predictions(rows)
    result = score(made, seed=3, draws=50)
    gold = [LABELS.index(row.label) for row in rows]
    groups = [row.group for row in rows]
    assert repr(result.scores) == repr(metrics.intervals(gold, made.probabilities, groups, seed=3, draws=50))
    assert result.confusion == metrics.confusion(gold, made.probabilities).tolist()
    assert (result.n, result.groups) == (60, 30)


def test_both_directions_add_the_symmetry_rate_and_the_control_swapped():
    rows = examples(60)
    turned = [replace(row, evidence=row.claim, claim=row.evidence) for row in rows]
    back = predictions(turned).probabilities
    made = predictions(rows, reverse=back)
    symmetry = score(made, draws=20).scores["symmetry_rate"]
    assert symmetry.value == metrics.symmetry_rate(made.probabilities, back)
    assert symmetry.low <= symmetry.value <= symmetry.high
    wrong_way = score(swapped(made), draws=20)
    assert wrong_way.control == "swapped"
    assert "symmetry_rate" not in wrong_way.scores
    assert repr(wrong_way.scores) == repr(score(predictions(rows, back), draws=20).scores)
    with pytest.raises(ValueError, match="one direction"):
        swapped(swapped(made))


@given(st.permutations(range(24)))
@settings(max_examples=20)
def test_the_order_of_the_rows_changes_no_score(order):
    rows = examples(24)
    straight, mixed = (score(predictions(some), draws=2) for some in (rows, [rows[i] for i in order]))
    for name, interval in straight.scores.items():
        assert interval.value == pytest.approx(mixed.scores[name].value, abs=1e-9, nan_ok=True)
    assert straight.confusion == mixed.confusion
    for plot in ("reliability", "coverage_risk"):
        for name, column in getattr(straight, plot).items():
            np.testing.assert_allclose(column, getattr(mixed, plot)[name], atol=1e-9)
    assert {name: n for name, (n, _) in straight.phenomena.items()} == {n: m for n, (m, _) in mixed.phenomena.items()}


def test_a_checkpoint_whose_labels_are_permuted_has_identical_scores(suite, tmp_path, tiny_checkpoint):
    given = (("entailment", "neutral", "contradiction"), ("contradiction", "entailment", "neutral"))
    straight = tiny_checkpoint(given[0], (0, 1, 2), name="recht")
    turned = tiny_checkpoint(given[1], (2, 0, 1), name="gedraaid")
    wrong = tiny_checkpoint(given[1], (0, 1, 2), name="verkeerd")
    wanted = suite(examples(16), controls=("claim_only", "swapped"), both_directions=True)
    found = [evaluate(load_model(folder), wanted, results=tmp_path) for folder in (straight, turned, wrong)]
    scores = [[repr((result.scores, result.confusion, result.phenomena)) for result in results] for results in found]
    assert [result.model for result in (found[0][0], found[1][0])] == ["recht", "gedraaid"]
    assert scores[0] == scores[1]
    assert scores[0] != scores[2]


def test_phenomena_are_counted_and_scored_apart():
    rows = examples(24)
    result = score(predictions(rows), draws=20)
    assert list(result.phenomena) == ["ontkenning", "getal"]
    assert sum(n for n, _ in result.phenomena.values()) == sum(bool(row.phenomenon) for row in rows)
    gold = np.array([LABELS.index(row.label) for row in rows])
    right = predictions(rows).probabilities.argmax(1) == gold
    for name, (n, accuracy) in result.phenomena.items():
        of = [i for i, row in enumerate(rows) if row.phenomenon == name]
        assert n == len(of)
        assert accuracy.value == pytest.approx(right[of].mean())
        assert accuracy.low <= accuracy.value <= accuracy.high


def test_a_phenomenon_of_one_group_has_a_value_without_an_interval_and_one_of_all_pairs_is_not_told_apart():
    rows = [replace(row, phenomenon="getal" if row.group == "g0" else "") for row in examples()]
    n, accuracy = score(predictions(rows), draws=20).phenomena["getal"]
    assert n == 2
    assert not math.isnan(accuracy.value)
    assert math.isnan(accuracy.low)
    assert not score(predictions([replace(row, phenomenon="getal") for row in rows]), draws=20).phenomena


def test_two_way_labels_are_scored_as_the_likelier_of_two():
    rows = [replace(row, label=label) for row, label in zip(examples(4), TWO_WAY, strict=True)]
    given = [[0.3, 0.4, 0.3], [0.3, 0.4, 0.3], [0.2, 0.6, 0.2], [0.6, 0.3, 0.1]]
    # "contradicts" is the likeliest of three in the first two rows, but less likely than not.
    result = score(predictions(rows, given), draws=20)
    assert result.confusion == [[0, 0, 0], [0, 1, 1], [0, 0, 2]]
    assert result.scores["accuracy"].value == 0.75
    assert math.isnan(result.scores["recall_supports"].value)


@pytest.mark.parametrize(("asked", "rest"), [("supports", "unrelated"), ("contradicts", "unrelated")])
@given(data=st.data())
@settings(max_examples=25)
def test_folding_keeps_rows_that_sum_to_one_and_leaves_the_label_asked_for(asked, rest, data):
    raw = data.draw(st.lists(st.tuples(*[st.integers(1, 99)] * 3), min_size=1, max_size=8))
    values = np.array(raw) / np.array(raw).sum(1, keepdims=True)
    gold = [f"not_{asked}", *data.draw(st.lists(st.sampled_from([asked, f"not_{asked}"]), max_size=7))][: len(values)]
    labels, given = folded(gold, values[: len(gold)])
    assert [LABELS[label] for label in labels] == [asked if name == asked else rest for name in gold]
    np.testing.assert_allclose(given.sum(1), 1)
    column = LABELS.index(asked)
    np.testing.assert_array_equal(given[:, column], values[: len(gold), column])
    assert (np.delete(given, [column, LABELS.index(rest)], axis=1) == 0).all()


def test_three_way_labels_are_not_folded():
    values = np.array([[0.2, 0.3, 0.5]])
    labels, given = folded(["contradicts"], values)
    assert labels.tolist() == [1]
    assert given is values


@pytest.mark.parametrize("gold", [["not_contradicts", "supports"], ["not_contradicts", "not_supports"]])
def test_labels_that_ask_different_questions_are_an_input_error(gold):
    rows = [replace(row, label=label) for row, label in zip(examples(2), gold, strict=True)]
    with pytest.raises(InputError, match="two-way and three-way"):
        score(predictions(rows), draws=20)


def test_scoring_refuses_one_label_and_one_group_and_base_rates_of_other_labels():
    with pytest.raises(InputError, match="dijk/all: all 12 pairs are supports"):
        score(predictions(with_label("supports")), draws=20)
    with pytest.raises(InputError, match="dijk/all: all pairs are one group"):
        score(predictions([replace(row, group="een") for row in examples()]), draws=20)
    with pytest.raises(InputError, match="dijk/all: base rate of contradicts"):
        score(predictions(examples()), draws=20, base_rates=(0.5, 0, 0.5))


def test_of_a_thousand_pairs_is_told_where_the_suite_says_the_base_rates():
    rows = examples(60)
    perfect = np.eye(3)[[LABELS.index(row.label) for row in rows]]
    assert score(predictions(rows), draws=20).per_thousand == {}
    result = score(predictions(rows, perfect), draws=20, base_rates=(0.1, 0.01, 0.89))
    assert result.per_thousand["present"].value == pytest.approx(10)
    assert result.per_thousand["found"].value == pytest.approx(10)
    assert result.per_thousand["false_alarms"].value == pytest.approx(0)


# ---- compare


def test_a_model_compared_with_itself_shows_no_difference():
    made = predictions(examples(60))
    found = compare(made, made, draws=50)
    assert (found.only_a, found.only_b, found.mcnemar_p) == (0, 0, 1.0)
    for difference in found.differences.values():
        assert (difference.value, difference.low, difference.high) == (0, 0, 0)
        assert difference.p_value == pytest.approx(1)


def test_the_second_model_is_the_one_that_may_be_better(suite, tmp_path):
    rows = examples(60)
    evaluate(Expert(rows, wrong={row.id for row in rows[:30]}), suite(rows), name="oud", results=tmp_path)
    evaluate(Expert(rows), suite(rows), name="nieuw", results=tmp_path)
    (found,) = compare_models(tmp_path, "oud", "nieuw", draws=50).values()
    assert (found.only_a, found.only_b) == (0, 30)
    assert found.mcnemar_p < 0.001
    accuracy = found.differences["accuracy"]
    assert accuracy.value == pytest.approx(0.5)
    assert 0 < accuracy.low <= accuracy.value <= accuracy.high


def test_two_way_predictions_are_compared_as_they_are_scored():
    rows = [replace(row, label=("contradicts", "not_contradicts")[i % 2]) for i, row in enumerate(examples())]
    unsure = np.tile([0.3, 0.4, 0.3], (len(rows), 1))
    certain = np.tile([0.0, 0.0, 1.0], (len(rows), 1))
    found = compare(predictions(rows, unsure), predictions(rows, certain), draws=20)
    assert (found.only_a, found.only_b) == (0, 0)


@pytest.mark.parametrize(
    ("change", "naming"),
    [
        ({"corpus": "markt"}, "corpus is 'dijk' here and 'markt' there"),
        ({"split": "test"}, "split"),
        ({"corpus_checksum": "p2"}, "corpus_checksum is 'p1' here and 'p2' there"),
    ],
)
def test_predictions_of_other_pairs_cannot_be_compared(change, naming):
    made = predictions(examples())
    with pytest.raises(InputError, match=naming):
        compare(made, replace(made, signature={**made.signature, **change}), draws=20)


def test_predictions_that_do_not_hold_the_same_pairs_cannot_be_compared():
    made = predictions(examples())
    fewer = predictions(examples()[:-1])
    other_gold = predictions([replace(examples()[0], label="unrelated"), *examples()[1:]])
    other_order = predictions(examples()[::-1])
    for other in (fewer, other_gold, other_order):
        with pytest.raises(InputError, match="same pairs"):
            compare(made, other, draws=20)


def test_one_group_cannot_be_compared():
    made = predictions([replace(row, group="een") for row in examples()])
    with pytest.raises(InputError, match="one group"):
        compare(made, made, draws=20)


def test_models_are_compared_on_every_split_that_both_judged_without_controls(suite, tmp_path):
    first = suite(controls=("claim_only",))
    both = replace(first, tasks=first.tasks + suite(name="markt").tasks + suite(name="a.b").tasks)
    evaluate(Reader(), both, name="org/een", results=tmp_path)
    evaluate(Reader(), replace(both, tasks=both.tasks[1:]), name="twee", results=tmp_path)
    assert list(compare_models(tmp_path, "org/een", "twee", draws=20)) == ["a.b", "markt"]
    assert list(compare_models(tmp_path, "org/een", "org/een", draws=20)) == ["a.b", "dijk", "markt"]


def test_a_split_of_a_corpus_is_compared_under_its_name(tmp_path, mnli):
    wanted = Suite(name="proef", tasks=(Task(corpus="mnli", split="train"),), controls=(), draws=20)
    data = mnli(examples())
    for name in ("een", "twee"):
        evaluate(Reader(), wanted, name=name, results=tmp_path / "uit", data_dir=data)
    assert list(compare_models(tmp_path / "uit", "een", "twee", draws=20)) == ["mnli/train"]


def test_models_that_judged_nothing_or_nothing_in_common_are_an_input_error(suite, tmp_path):
    evaluate(Reader(), suite(), name="een", results=tmp_path / "uit")
    evaluate(Reader(), suite(name="markt"), name="twee", results=tmp_path / "uit")
    with pytest.raises(InputError, match="een and twee have judged no split in common"):
        compare_models(tmp_path / "uit", "een", "twee")
    with pytest.raises(InputError, match="no predictions of drie; `claimcheck evaluate` makes them"):
        compare_models(tmp_path / "uit", "een", "drie")
    with pytest.raises(InputError, match="no predictions of een"):
        compare_models(tmp_path / "weg", "een", "twee")


# ---- gates


def holds(metric, bound, *interval):
    return Check(name="dijk", metric=metric, bound=bound, interval=Interval(*interval) if interval else None).holds


def test_a_score_below_its_floor_holds_while_its_interval_reaches_it():
    assert holds("accuracy", 0.85, 0.90, 0.87, 0.93)
    assert holds("accuracy", 0.85, 0.83, 0.79, 0.86)
    assert holds("accuracy", 0.85, 0.83, 0.79, 0.85)
    assert not holds("accuracy", 0.85, 0.83, 0.80, 0.849)


@pytest.mark.parametrize("metric", ["ece", "brier", "aurc", "false_support_rate"])
def test_where_lower_is_better_the_bound_is_a_ceiling(metric):
    assert holds(metric, 0.05, 0.02, 0.01, 0.03)
    assert holds(metric, 0.05, 0.06, 0.04, 0.08)
    assert not holds(metric, 0.05, 0.08, 0.06, 0.10)


def test_a_value_without_an_interval_is_held_to_the_bound_itself():
    assert holds("accuracy", 0.85, 0.85, NAN, NAN)
    assert not holds("accuracy", 0.85, 0.84, NAN, NAN)
    assert not holds("ece", 0.05, 0.06, NAN, NAN)


def test_what_is_undefined_or_not_measured_does_not_hold():
    for metric in ("accuracy", "ece"):
        assert not holds(metric, 0.0, NAN, NAN, NAN)
        assert not holds(metric, 1.0, NAN, NAN, NAN)
        assert not holds(metric, 0.5)


def test_each_corpus_is_held_to_its_own_gates(suite, tmp_path):
    rows, other = examples(80)[:40], examples(80)[40:]
    good = suite(rows, gates={"accuracy": 0.99, "ece": 0.11})
    bad = suite(other, name="markt", gates={"accuracy": 0.2})
    wanted = replace(good, tasks=good.tasks + bad.tasks)
    expert = Expert(rows + other, wrong={row.id for row in other})
    evaluate(expert, wanted, results=tmp_path)
    checks = gate(wanted, tmp_path, model="kenner", model_checksum=expert.checksum)
    assert [(check.name, check.metric, check.holds) for check in checks] == [
        ("dijk", "accuracy", True),
        ("dijk", "ece", True),
        ("markt", "accuracy", False),
    ]
    assert [check.interval.value for check in checks] == pytest.approx([1, 0.1, 0])
    assert not any(check.why for check in checks)


def test_a_suite_without_gates_has_nothing_to_check(suite, tmp_path):
    evaluate(Reader(), suite(), results=tmp_path)
    assert gate(suite(), tmp_path, model="lezer") == []


def test_what_was_measured_on_something_else_or_not_at_all_does_not_hold_and_says_why(suite, tmp_path):
    wanted = suite(gates={"accuracy": 0.0})

    def check(**settings):
        (found,) = gate(wanted, tmp_path, model="lezer", **settings)
        return found.holds, found.why

    held, why = check()
    assert not held
    assert "not measured" in why
    assert str(tmp_path / "lezer" / "proef.jsonl") in why
    evaluate(Reader(), wanted, results=tmp_path)
    assert check() == (True, "")
    assert check(model_checksum="c1") == (True, "")
    assert check(model_checksum="c2") == (False, "measured for another version of the model")
    suite([replace(examples()[0], claim="Anders."), *examples()[1:]])  # the same file, rewritten
    assert check() == (False, "measured on another revision of the pairs")


def test_a_gate_on_symmetry_that_was_measured_one_way_does_not_hold_and_says_why(suite, tmp_path):
    evaluate(Reader(), suite(), results=tmp_path)
    (found,) = gate(suite(gates={"symmetry_rate": 0.0}, both_directions=True), tmp_path, model="lezer")
    assert not found.holds
    assert "one direction" in found.why


def test_a_gate_whose_pairs_are_gone_or_whose_result_is_damaged_is_an_input_error(suite, tmp_path):
    wanted = suite(gates={"accuracy": 0.0})
    evaluate(Reader(), wanted, results=tmp_path)
    content = wanted.tasks[0].pairs.read_bytes()
    wanted.tasks[0].pairs.unlink()
    with pytest.raises(InputError, match=r"dijk\.jsonl: cannot be read"):
        gate(wanted, tmp_path, model="lezer")
    wanted.tasks[0].pairs.write_bytes(content)
    (tmp_path / "lezer" / "proef.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"proef\.jsonl:1: "):
        gate(wanted, tmp_path, model="lezer")
