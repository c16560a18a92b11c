"""Suites: what is written in TOML is what is judged, and nothing that is misspelt is skipped in silence."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claimcheck.corpora import CORPORA
from claimcheck.errors import InputError
from claimcheck.metrics import METRICS, SYMMETRY
from claimcheck.suites import ALL, CONTROLS, LOWER_IS_BETTER, MAIN, SCORES, Suite, Task, load_suite, of_pairs

ROOT = Path(__file__).parents[1]
SHIPPED = sorted((ROOT / "evaluation" / "suites").glob("*.toml"))
WHOLE = """
title = "Proef"
about = "Twee sets"
metrics = ["macro_f1", "symmetry_rate"]
baselines = ["majority", "tfidf"]
controls = ["swapped", "claim_only"]
train = "sick_nl/train"
seed = 7
draws = 400

[[corpus]]
name = "sick_nl"
splits = ["test", "test_disjoint"]
both_directions = true
gates = { accuracy = 0.85, ece = 0, brier = 1.5 }

[[corpus]]
pairs = "../eigen/dijk.jsonl"
train = "xnli_de/dev"
one_label = true
base_rates = [0.1, 0.01, 0.89]
"""


@pytest.fixture
def write(tmp_path):
    def put(text, name="proef.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return put


@pytest.fixture
def refused(write):
    """The complaint about a suite, which must name the file and each of ``naming``."""

    def check(text, *naming):
        path = write(text)
        with pytest.raises(InputError) as caught:
            load_suite(path)
        message = str(caught.value)
        assert message.startswith(f"{path}: ")
        for name in naming:
            assert name in message
        return message

    return check


# ---- what is read


def test_every_key_of_a_suite_is_read(write):
    path = write(WHOLE)
    common = {"both_directions": True, "train": ("sick_nl", "train")}
    gates = {"accuracy": 0.85, "ece": 0.0, "brier": 1.5}
    assert load_suite(path) == Suite(
        name="proef",
        title="Proef",
        about="Twee sets",
        metrics=("macro_f1", "symmetry_rate"),
        baselines=("majority", "tfidf"),
        controls=("swapped", "claim_only"),
        seed=7,
        draws=400,
        tasks=(
            Task(corpus="sick_nl", split="test", gates=gates, **common),
            Task(corpus="sick_nl", split="test_disjoint", gates=gates, **common),
            Task(
                corpus="dijk",
                pairs=path.parent / "../eigen/dijk.jsonl",
                train=("xnli_de", "dev"),
                one_label=True,
                base_rates=(0.1, 0.01, 0.89),
            ),
        ),
    )


def test_baselines_may_learn_from_own_pairs_beside_the_suite(write):
    path = write('train = "../eigen/dijk.jsonl"\n[[corpus]]\npairs = "haven.jsonl"\n')
    (task,) = load_suite(path).tasks
    assert task.train == path.parent / "../eigen/dijk.jsonl"


def test_a_suite_that_says_only_its_corpus_has_all_controls_no_baseline_and_no_gate(write):
    suite = load_suite(write('[[corpus]]\nname = "sick_nl"\nsplit = "test"\n'))
    assert (suite.title, suite.metrics, suite.controls, suite.baselines) == ("proef", MAIN, CONTROLS, ())
    (task,) = suite.tasks
    assert task == Task(corpus="sick_nl", split="test")
    assert not task.gates


def test_a_name_that_is_listed_twice_counts_once(write):
    suite = load_suite(write('metrics = ["ece", "accuracy", "ece"]\n[[corpus]]\nname = "sick_nl"\nsplit = "test"\n'))
    assert suite.metrics == ("ece", "accuracy")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_project_s_own_suites_load_and_judge_beside_every_control(path):
    suite = load_suite(path)
    assert suite.controls == CONTROLS
    assert "majority" in suite.baselines or not any(task.train for task in suite.tasks)
    for task in suite.tasks:
        assert task.purpose
        assert task.train != (task.corpus, task.split)
        if task.pairs:
            assert task.examples(None)
        if isinstance(task.train, Path):
            assert Task(corpus="own", pairs=task.train).examples(None)


def test_there_are_the_five_suites_that_the_documentation_names():
    assert [path.stem for path in SHIPPED] == ["dutch", "multilingual", "news", "quick", "stress"]


def test_the_quick_suite_needs_no_data_but_the_project_s_own():
    suite = load_suite(ROOT / "evaluation" / "suites" / "quick.toml")
    assert all(task.pairs and task.train is None for task in suite.tasks)


def test_a_task_is_named_by_its_corpus_and_split_and_own_pairs_by_their_file():
    assert Task(corpus="sick_nl", split="test").name == "sick_nl/test"
    assert Task(corpus="dijk", pairs=Path("dijk.jsonl")).name == "dijk"


def test_own_pairs_are_for_reporting_and_a_split_for_what_its_corpus_says():
    assert Task(corpus="dijk", pairs=Path("dijk.jsonl")).purpose == "report"
    assert Task(corpus="sick_nl", split="train").purpose == "train"
    assert Task(corpus="sick_nl", split="test").purpose == "report"


def test_every_metric_has_a_known_better_side_and_can_be_shown():
    assert LOWER_IS_BETTER.issubset(METRICS)
    assert (*METRICS, SYMMETRY) == SCORES


def test_no_corpus_or_split_could_be_taken_for_a_control_or_leave_its_folder():
    for corpus in CORPORA.values():
        for name in (corpus.name, *corpus.splits):
            assert not set(name) & set("./\\"), name
        assert ALL not in corpus.splits


# ---- one's own files


def test_own_files_of_pairs_make_a_suite_with_all_controls_and_no_gate(tmp_path):
    suite = of_pairs(tmp_path / "dijk.jsonl", str(tmp_path / "markt.csv"))
    assert suite.tasks == (
        Task(corpus="dijk", pairs=tmp_path / "dijk.jsonl", both_directions=True),
        Task(corpus="markt", pairs=tmp_path / "markt.csv", both_directions=True),
    )
    assert (suite.name, suite.controls, suite.baselines) == ("dijk+markt", CONTROLS, ())
    assert not any(task.gates for task in suite.tasks)


def test_a_suite_of_many_own_files_keeps_a_name_that_a_file_can_have():
    assert len(of_pairs(*(f"{i:0100}.jsonl" for i in range(300))).name) < 200


def test_two_own_files_of_one_name_would_overwrite_each_other():
    with pytest.raises(InputError, match="same name"):
        of_pairs("a/dijk.jsonl", "b/dijk.csv")


@pytest.mark.parametrize("file", ["...jsonl", "map/...jsonl", "/"])
def test_an_own_file_without_a_name_cannot_put_its_results_outside_their_folder(write, file):
    with pytest.raises(InputError, match="needs a name"):
        of_pairs(file)
    with pytest.raises(InputError, match="needs a name"):
        load_suite(write(f"[[corpus]]\npairs = {json.dumps(file)}\n"))


def test_the_pairs_of_a_suite_are_relative_to_its_file_wherever_it_is_run(write, monkeypatch, tmp_path):
    row = {"evidence": "De dijk hield.", "claim": "De dijk brak.", "label": "contradicts"}
    (tmp_path / "dijk.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    suite = load_suite(write('[[corpus]]\npairs = "dijk.jsonl"\n'))
    monkeypatch.chdir("/")
    (examples,) = [task.examples(None) for task in suite.tasks]
    assert [(e.evidence, e.claim, e.label) for e in examples] == [tuple(row.values())]


def test_the_checksum_of_own_pairs_is_of_their_bytes(tmp_path):
    path = tmp_path / "dijk.jsonl"
    path.write_bytes(b"een")
    task = Task(corpus="dijk", pairs=path)
    first = task.checksum(None)
    path.write_bytes(b"twee")
    assert task.checksum(None) != first
    path.write_bytes(b"een")
    assert task.checksum(None) == first


@pytest.mark.parametrize("name", ["weg.jsonl", "map.jsonl"])
def test_own_pairs_that_cannot_be_read_are_an_input_error_that_names_them(tmp_path, name):
    (tmp_path / "map.jsonl").mkdir()
    task = Task(corpus="weg", pairs=tmp_path / name)
    for read in (task.checksum, task.examples):
        with pytest.raises(InputError, match="cannot be read"):
            read(None)


# ---- what is refused


def test_an_absent_suite_names_the_file(tmp_path):
    with pytest.raises(InputError, match=r"weg\.toml: cannot be read"):
        load_suite(tmp_path / "weg.toml")
    with pytest.raises(InputError, match="cannot be read"):
        load_suite(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["titel = 'half", "[[corpus]", b"\xff\xfe", "a = 1\na = 2\n", "a = " + "[" * 100_000],
    ids=["open quote", "open bracket", "no UTF-8", "key twice", "deep"],
)
def test_what_is_no_toml_names_the_file(refused, text):
    refused(text, "no valid TOML")


@pytest.mark.parametrize("text", ["", 'title = "Leeg"', "corpus = []"])
def test_a_suite_without_a_corpus_would_judge_nothing(refused, text):
    refused(text, "names no corpus")


ONE = '[[corpus]]\nname = "sick_nl"\nsplit = "test"\n'


@pytest.mark.parametrize(
    ("head", "naming"),
    [
        ("metric = ['ece']", ["'metric'"]),
        ("metrics = ['f1']", ["metrics", "'f1'", "macro_f1"]),
        ("metrics = [['ece']]", ["metrics"]),
        ("metrics = 'ece'", ["metrics", "list"]),
        ("baselines = ['bert']", ["baselines", "'bert'", "majority"]),
        ("controls = ['zelfde']", ["controls", "'zelfde'", "swapped"]),
        ("controls = [{}]", ["controls"]),
        ("title = 3", ["title", "str"]),
        ("about = 2025-11-14", ["about", "str"]),
        ("seed = 1.5", ["seed", "int"]),
        ("seed = true", ["seed", "int"]),
        ("seed = -1", ["seed"]),
        ("draws = 0", ["draws"]),
        ("draws = '2000'", ["draws", "int"]),
        ("train = 'sick_nl'", ["train", "sick_nl", "test_disjoint"]),
        ("train = 'sik_nl/train'", ["train", "sik_nl"]),
        ("train = 'stsb_nl/train'", ["train", "no split with labels"]),
        ("train = 4", ["train", "str"]),
    ],
)
def test_a_key_or_a_name_at_the_head_that_is_not_known_names_file_and_key(refused, head, naming):
    refused(f"{head}\n{ONE}", *naming)


@pytest.mark.parametrize(
    ("entry", "naming"),
    [
        ("", ["needs a name", "pairs"]),
        ("name = 'sick_nl'\nsplit = 'test'\npairs = 'dijk.jsonl'", ["needs a name", "pairs"]),
        ("name = 'sick_nl'", ["sick_nl/", "test_disjoint"]),
        ("name = 'sick_nl'\nsplits = []", ["sick_nl/", "test_disjoint"]),
        ("name = 'sick_nl'\nsplit = 'tset'", ["sick_nl/tset", "test_disjoint"]),
        ("name = 'sick_nl'\nsplits = [1]", ["splits", "1"]),
        ("name = 'sick_nl'\nsplits = [['test']]", ["splits", "['test']"]),
        ("name = 'sick_nl'\nsplits = 'test'", ["splits", "list"]),
        ("name = 'sick_nl'\nsplit = ['test']", ["split", "str"]),
        ("name = 'sick_nl'\nsplit = 'test'\nsplits = ['test']", ["'split'"]),
        ("name = 'sik_nl'\nsplit = 'test'", ["sik_nl/test", "corpora list"]),
        ("name = 'stsb_nl'\nsplit = 'test'", ["no split with labels"]),
        ("name = 3\nsplit = 'test'", ["name", "str"]),
        ("pairs = ['dijk.jsonl']", ["pairs", "str"]),
        ("pairs = 'dijk.jsonl'\nsplit = '../../weg'", ["'split'"]),
        ("pairs = 'dijk.jsonl'\nsplits = ['a']", ["'splits'"]),
        ("pairs = 'dijk.jsonl'\nboth_direction = true", ["'both_direction'"]),
        ("pairs = 'dijk.jsonl'\nboth_directions = 'ja'", ["both_directions", "bool"]),
        ("pairs = 'dijk.jsonl'\none_label = 1", ["one_label", "bool"]),
        ("pairs = 'dijk.jsonl'\ntrain = 'sick_nl/tain'", ["train", "sick_nl/tain"]),
        ("pairs = 'dijk.jsonl'\ngates = { acuracy = 0.8 }", ["gates", "'acuracy'", "accuracy"]),
        ("pairs = 'dijk.jsonl'\ngates = { accuracy = 85 }", ["gates", "accuracy", "85"]),
        ("pairs = 'dijk.jsonl'\ngates = { accuracy = -0.1 }", ["gates", "accuracy"]),
        ("pairs = 'dijk.jsonl'\ngates = { accuracy = nan }", ["gates", "accuracy"]),
        ("pairs = 'dijk.jsonl'\ngates = { accuracy = true }", ["gates", "accuracy"]),
        ("pairs = 'dijk.jsonl'\ngates = { accuracy = '0.8' }", ["gates", "accuracy"]),
        ("pairs = 'dijk.jsonl'\ngates = ['accuracy']", ["gates", "dict"]),
        ("pairs = 'dijk.jsonl'\nbase_rates = [0.5, 0.5]", ["base_rates"]),
        ("pairs = 'dijk.jsonl'\nbase_rates = [0.5, 0.5, 0.5]", ["base_rates", "sum to 1"]),
        ("pairs = 'dijk.jsonl'\nbase_rates = [10, 1, 89]", ["base_rates", "sum to 1"]),
        ("pairs = 'dijk.jsonl'\nbase_rates = [1.5, -0.5, 0]", ["base_rates"]),
        ("pairs = 'dijk.jsonl'\nbase_rates = [nan, 0.5, 0.5]", ["base_rates"]),
        ("pairs = 'dijk.jsonl'\nbase_rates = ['a', 'b', 'c']", ["base_rates"]),
        ("pairs = 'dijk.jsonl'\nbase_rates = [true, 0, 0]", ["base_rates"]),
        ("pairs = 'dijk.jsonl'\nbase_rates = 0.1", ["base_rates", "list"]),
    ],
)
def test_an_entry_that_is_not_known_names_file_entry_and_key(refused, entry, naming):
    refused(f"{ONE}[[corpus]]\n{entry}\n", "[[corpus]] 2", *naming)


@pytest.mark.parametrize("text", ['corpus = ["sick_nl"]', '[corpus]\nname = "sick_nl"', 'corpus = "sick_nl"'])
def test_corpora_are_tables(refused, text):
    refused(text, "corpus")


@pytest.mark.parametrize(
    ("more", "twice"),
    [
        ('[[corpus]]\nname = "sick_nl"\nsplit = "test"\n', "sick_nl/test"),
        ('[[corpus]]\nname = "sick_nl"\nsplits = ["test_ab", "test_ab"]\n', "sick_nl/test_ab"),
        ('[[corpus]]\npairs = "a/dijk.jsonl"\n[[corpus]]\npairs = "b/dijk.csv"\n', "dijk"),
    ],
)
def test_no_split_is_named_twice(refused, more, twice):
    refused(ONE + more, f"names {twice} twice")


# ---- garbage

NAMES = (
    *("title", "about", "metrics", "baselines", "controls", "train", "seed", "draws", "corpus"),
    *("name", "split", "splits", "pairs", "gates", "both_directions", "one_label", "base_rates"),
)
KEYS = st.sampled_from(NAMES) | st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=5)
WORDS = st.sampled_from(["sick_nl", "test", "sick_nl/train", "accuracy", "majority", "swapped", "dijk.jsonl", ""])
LEAVES = st.integers() | st.floats() | st.booleans() | WORDS | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def toml(value):
    """As an inline value; strings as JSON writes them, which TOML reads too."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value).lower() if isinstance(value, (bool, float)) else json.dumps(value)


def message_of(path):
    """What is wrong with the suite; empty where it loads."""
    try:
        assert load_suite(path).tasks
    except InputError as error:
        return str(error)
    return ""


@given(
    head=st.dictionaries(KEYS, VALUES, max_size=3),
    entries=st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=2),
)
@example(head={}, entries=[{"name": "sick_nl", "splits": [{"a": 1}]}])
@example(head={}, entries=[{"pairs": "dijk.jsonl", "gates": {"accuracy": [1]}, "base_rates": [10**400, 0, 0]}])
@example(head={"seed": 10**400, "draws": 1}, entries=[{"pairs": "dijk.jsonl"}])
def test_whatever_toml_says_it_is_a_suite_or_an_input_error(tmp_path_factory, head, entries):
    path = tmp_path_factory.getbasetemp() / "wat.toml"
    lines = [f"{key} = {toml(value)}" for key, value in head.items()]
    for entry in entries:
        lines += ["[[corpus]]", *(f"{key} = {toml(value)}" for key, value in entry.items())]
    path.write_text("\n".join(lines), encoding="utf-8")
    message = message_of(path)
    assert not message or message.startswith(f"{path}: ")


@given(st.binary(max_size=60))
def test_whatever_bytes_there_are_it_is_an_input_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "wat.toml"
    path.write_bytes(content)
    with pytest.raises(InputError):
        load_suite(path)
