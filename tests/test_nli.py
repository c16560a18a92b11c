"""A checkpoint as a pair classifier: the shipped model on ONNX Runtime, any other through transformers."""

from __future__ import annotations

import importlib
import itertools
import json
import pkgutil
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tokenizers import Tokenizer

import claimcheck
from claimcheck.errors import MissingExtraError, ModelError
from claimcheck.nli import ONNX_WEIGHTS, WINDOW_STRIDE, Model, _cut, _decide, load_model
from claimcheck.schema import LABELS

SHIPPED_FOLDER = Path(__file__).parents[1] / "models" / "claimcheck-nl-small"
SUPPORTS, CONTRADICTS, UNRELATED = range(3)

EVIDENCE = ["Een man slaapt.", "Twee honden rennen door het gras.", "Een vrouw snijdt een ui.", "Het regent in Gent."]
CLAIMS = ["Een man slaapt niet.", "Er rennen honden.", "Een kind speelt piano.", "Het is droog in Gent."]
FILLER = "De vergadering van de gemeenteraad duurde die avond langer dan gepland. "

Checkpoint = Callable[..., Path]


def judged(model: Model, evidence: str, claim: str) -> NDArray[np.float64]:
    return model.predict_proba(evidence=[evidence], claims=[claim])[0]


def message_of(name: str | Path) -> str:
    """What loading ``name`` fails with: always one line."""
    with pytest.raises(ModelError) as caught:
        load_model(name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.fixture
def onnx_copy(tmp_path: Path) -> Path:
    """The shipped folder, to be damaged; its large weights are a link."""
    folder = tmp_path / "kopie"
    shutil.copytree(SHIPPED_FOLDER, folder, ignore=shutil.ignore_patterns("*.onnx"))
    (folder / ONNX_WEIGHTS).symlink_to(SHIPPED_FOLDER / ONNX_WEIGHTS)
    return folder


# What a model answers


def test_no_pairs_give_an_array_of_no_rows_and_three_columns(shipped: Model, tiny_checkpoint: Checkpoint) -> None:
    for model in (shipped, load_model(tiny_checkpoint())):
        assert model.predict_proba(evidence=[], claims=[]).shape == (0, 3)
        assert model.windows(evidence=[], claims=[]) == []


def test_every_row_sums_to_one(shipped: Model, tiny_checkpoint: Checkpoint) -> None:
    for model in (shipped, load_model(tiny_checkpoint())):
        probabilities = model.predict_proba(evidence=EVIDENCE, claims=CLAIMS)
        assert probabilities.shape == (4, 3)
        assert probabilities.dtype == np.float64
        assert (probabilities >= 0).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)


def test_evidence_and_claims_of_different_number_are_the_callers_mistake(shipped: Model) -> None:
    with pytest.raises(ValueError, match="2 texts of evidence for 1 claims"):
        shipped.predict_proba(evidence=["a", "b"], claims=["c"])
    with pytest.raises(ValueError, match="0 texts of evidence for 1 claims"):
        shipped.windows(evidence=[], claims=["c"])


def test_the_shipped_model_knows_the_same_from_the_opposite_from_something_else(shipped: Model) -> None:
    assert judged(shipped, "Een man slaapt.", "Een man slaapt.").argmax() == SUPPORTS
    assert judged(shipped, "Een man slaapt.", "Een man slaapt niet.").argmax() == CONTRADICTS
    assert judged(shipped, "Een man slaapt.", "Een vrouw snijdt een ui in de keuken.").argmax() == UNRELATED


def test_neighbours_and_order_change_nothing_in_the_shipped_models_answer(shipped: Model) -> None:
    together = shipped.predict_proba(evidence=EVIDENCE, claims=CLAIMS)
    alone = np.stack([judged(shipped, *pair) for pair in zip(EVIDENCE, CLAIMS, strict=True)])
    backwards = shipped.predict_proba(evidence=EVIDENCE[::-1], claims=CLAIMS[::-1])[::-1]
    beside_a_long_one = shipped.predict_proba(evidence=[FILLER * 60, *EVIDENCE], claims=["Het regent.", *CLAIMS])[1:]
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together, backwards)
    np.testing.assert_array_equal(together, beside_a_long_one)


def test_neighbours_and_order_change_nothing_in_a_checkpoints_answer(tiny_checkpoint: Checkpoint) -> None:
    model = load_model(tiny_checkpoint())
    texts = [("de brand " * n).strip() or "x" for n in range(40)]  # more than one batch, and some in windows
    claims = ["het slaapt niet"] * len(texts)
    together = model.predict_proba(evidence=texts, claims=claims)
    alone = np.stack([judged(model, text, claims[0]) for text in texts])
    backwards = model.predict_proba(evidence=texts[::-1], claims=claims)[::-1]
    assert np.ptp(together, axis=0).max() > 0.01  # the texts do differ
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together, backwards, atol=1e-5)


ODD_TEXTS = [
    *(
        "",
        " ",
        "\n\t",
        ".",
        "👩‍👩‍👧 🎉",
        "\x01\x07\x1b[31m\x7f",
        "\u200b\ufeff\xad",
        "من قال ذلك؟",
        "kapot \ud83d teken",
    ),
    *(
        "a" * 5_000,
        "hottentottententen" * 100,
        "今天下雨了。" * 100,
        "é" * 1_000,
        "½" * 300,
        "\ufdfa" * 300,
        "🎉" * 600,
    ),
]


def test_no_text_makes_the_shipped_model_fail(shipped: Model) -> None:
    pairs = [(text, "Een man slaapt.") for text in ODD_TEXTS] + [("Een man slaapt.", text) for text in ODD_TEXTS]
    probabilities = shipped.predict_proba(evidence=[left for left, _ in pairs], claims=[right for _, right in pairs])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert np.isfinite(shipped.embed(ODD_TEXTS)).all()


def test_no_text_makes_a_checkpoint_fail(tiny_checkpoint: Checkpoint) -> None:
    model = load_model(tiny_checkpoint())
    short = [text for text in ODD_TEXTS if len(text) < 1_000]
    pairs = [*itertools.product(short, repeat=2), *((text, "de brand") for text in ODD_TEXTS)]
    probabilities = model.predict_proba(evidence=[left for left, _ in pairs], claims=[right for _, right in pairs])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


# Long texts


def test_a_pair_that_fits_is_read_whole(shipped: Model) -> None:
    assert shipped.windows(evidence=EVIDENCE, claims=CLAIMS) == [1, 1, 1, 1]


def test_a_pair_that_just_fits_is_read_whole_and_one_token_more_is_not(tiny_checkpoint: Checkpoint) -> None:
    model = load_model(tiny_checkpoint())
    room = model._max_tokens - 4  # <s> </s> </s> </s>
    fits, too_long = (" ".join(["de"] * n) for n in (room - 1, room))
    assert model.windows(evidence=[fits, too_long], claims=["de", "de"]) == [1, 2]


def windows_read(model: Model, evidence: str, claim: str) -> list[tuple[str, str]]:
    """The texts that a pair is judged in, as the tokenizer hands them to the network."""
    return [window for part in model._pieces([evidence], [claim])[0] for window in part]


LONG_TEXTS = [
    FILLER * 60,
    "a" * 5_000,
    "½" * 1_200,
    "ﬃ" * 800,
    "Noord-Brabant/Limburg—" * 150,
    "één, twee; drie! " * 300,
]


@pytest.mark.parametrize("text", LONG_TEXTS)
def test_no_window_is_longer_than_the_model_reads(shipped: Model, tiny_checkpoint: Checkpoint, text: str) -> None:
    for model, both in ((shipped, text[:2_500]), (load_model(tiny_checkpoint()), text[:300])):
        for evidence, claim in [(text, "Het regent."), ("Het regent.", text), (both, both)]:
            windows = windows_read(model, evidence, claim)
            assert len(windows) > 1
            assert model.windows(evidence=[evidence], claims=[claim]) == [len(windows)]
            assert max(len(encoding) for encoding in model._tokenizer.encode_batch(windows)) <= model._max_tokens


def test_long_evidence_is_read_to_its_end(shipped: Model) -> None:
    evidence = FILLER * 60 + "Een man slaapt."
    passages = [passage for passage, _ in windows_read(shipped, evidence, "Een man slaapt niet.")]
    assert len(passages) > 1
    assert passages[0].startswith("De vergadering")
    assert passages[-1].endswith("Een man slaapt.")


@pytest.mark.parametrize("before", [0, 15, 30, 60])
def test_a_fact_anywhere_in_long_evidence_is_seen(shipped: Model, before: int) -> None:
    evidence = FILLER * before + "Een man slaapt. " + FILLER * (60 - before)
    claim = "Een man slaapt niet."
    windows = windows_read(shipped, evidence, claim)
    assert len(windows) > 1
    assert any("Een man slaapt." in passage for passage, _ in windows)
    # The verdict is the one on the window that says most, alone.
    alone = np.stack([judged(shipped, *window) for window in windows])
    np.testing.assert_array_equal(judged(shipped, evidence, claim), alone[alone[:, UNRELATED].argmin()])


def test_a_claim_of_600_words_is_judged_part_by_part(shipped: Model) -> None:
    claim = " ".join(["Een man slaapt op de bank en een hond rent door het gras."] * 50)
    assert len(claim.split()) >= 600
    assert shipped.windows(evidence=["Een man slaapt."], claims=[claim])[0] > 1
    np.testing.assert_allclose(judged(shipped, "Een man slaapt.", claim).sum(), 1)


SUPPORTED, SOMEWHAT, DENIED, SILENT = (
    np.array(row) for row in [(0.8, 0.1, 0.1), (0.5, 0.1, 0.4), (0.2, 0.6, 0.2), (0.05, 0.05, 0.9)]
)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([[SILENT, SUPPORTED, SILENT]], SUPPORTED),
        ([[SILENT, DENIED, SUPPORTED]], SUPPORTED),
        ([[SUPPORTED], [SOMEWHAT]], SOMEWHAT),
        ([[SUPPORTED], [SILENT]], SILENT),
        ([[SUPPORTED], [SILENT], [DENIED]], DENIED),
        ([[SUPPORTED], [SILENT, DENIED], [SOMEWHAT, SILENT]], DENIED),
    ],
)
def test_one_denied_part_denies_a_long_claim_and_all_must_support_it(
    parts: list[list[NDArray[np.float64]]], expected: NDArray[np.float64]
) -> None:
    assert _decide(parts) is expected


def test_a_roberta_reads_two_positions_less_than_its_table_has(tiny_checkpoint: Checkpoint) -> None:
    model = load_model(tiny_checkpoint(family="Roberta"))
    texts = [" ".join(["de"] * n) for n in range(50, 70)]
    assert model.predict_proba(evidence=texts, claims=["de"] * len(texts)).shape == (20, 3)


def tiny_pieces_tokenizer() -> Tokenizer:
    from tokenizers import models, normalizers, pre_tokenizers

    # Pieces that overlap ("ab", "ba"), so that a word cut in two is tokenised otherwise than as a whole.
    scores = {"<unk>": 0, "▁": -3, "▁a": -3.5, "ab": -3.2, "ba": -3.1, "aba": -4, **dict.fromkeys("ab12⁄.", -4)}
    tokenizer = Tokenizer(models.Unigram([(piece, float(score)) for piece, score in scores.items()], unk_id=0))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


TOKENIZERS = {"pieces": tiny_pieces_tokenizer(), "shipped": Tokenizer.from_file(str(SHIPPED_FOLDER / "tokenizer.json"))}
for _tokenizer in TOKENIZERS.values():
    _tokenizer.no_truncation()
    _tokenizer.no_padding()

WORDS = st.text(st.sampled_from("ab½"), max_size=30) | st.text(max_size=8) | st.sampled_from(["een", "Gent", "\x00"])
TEXTS = st.lists(WORDS, max_size=40).flatmap(
    lambda words: st.sampled_from([" ", "\n ", ""]).map(lambda s: s.join(words))
)


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=200)
@given(text=TEXTS, size=st.integers(8, 30), stride=st.sampled_from([WINDOW_STRIDE, 1.0]))
def test_the_pieces_of_a_long_text_hold_all_of_it_in_order_and_none_is_too_long(
    name: str, text: str, size: int, stride: float
) -> None:
    tokenizer = TOKENIZERS[name]
    pieces = _cut(text, tokenizer, size, stride)
    assert pieces
    position = end = 0  # where the last piece began, and how far the text has been read
    for piece in pieces:
        assert len(tokenizer.encode(piece, add_special_tokens=False)) <= size
        # The nearest place that leaves no gap behind the pieces before it.
        nearest = text.find(piece, position)
        while (later := text.find(piece, nearest + 1)) != -1 and not text[end:later].strip():
            nearest = later
        assert nearest != -1
        assert not text[end:nearest].strip()
        position, end = nearest, max(end, nearest + len(piece))
    assert not text[end:].strip()


def test_pieces_begin_and_end_between_words_where_there_are_any() -> None:
    text = FILLER * 20
    for piece in _cut(text, TOKENIZERS["shipped"], 60, WINDOW_STRIDE):
        assert set(piece.split()) <= set(FILLER.split())


def test_windows_of_evidence_overlap_so_that_a_fact_on_an_edge_is_whole_in_one() -> None:
    sentences = [f"Op plaats {n} staat een huis." for n in range(200)]
    pieces = _cut(" ".join(sentences), TOKENIZERS["shipped"], 100, WINDOW_STRIDE)
    assert all(any(sentence in piece for piece in pieces) for sentence in sentences)


# Sentence vectors


def test_vectors_have_length_one_whatever_their_neighbours(shipped: Model) -> None:
    assert shipped.embeds
    vectors = shipped.embed([*EVIDENCE, "", FILLER * 60])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[2], shipped.embed([EVIDENCE[2]])[0])


def test_no_texts_give_no_vectors_of_the_usual_width(shipped: Model) -> None:
    assert shipped.embed([]).shape == (0, shipped.embed(["Het regent."]).shape[1])


def test_a_sentence_lies_nearer_to_its_paraphrase_than_to_another(shipped: Model) -> None:
    fire, blaze, cake = shipped.embed(["De brand is geblust.", "Het vuur is uit.", "Oma bakt een taart."])
    assert fire @ blaze > fire @ cake


def test_a_checkpoint_that_only_classifies_has_no_vectors(tiny_checkpoint: Checkpoint) -> None:
    model = load_model(tiny_checkpoint())
    assert not model.embeds
    with pytest.raises(ModelError, match="tiny has no sentence vectors"):
        model.embed(["Het regent."])


# Labels


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_a_checkpoints_labels_changes_nothing(tiny_checkpoint: Checkpoint, order: Sequence[int]) -> None:
    names = ["entailment", "contradiction", "neutral"]
    plain = load_model(tiny_checkpoint(names, range(3), name="plain"))
    moved = load_model(tiny_checkpoint([names[i] for i in order], order, name="moved"))
    expected = plain.predict_proba(evidence=EVIDENCE, claims=CLAIMS)
    assert np.ptp(expected, axis=1).min() > 0.01  # the columns do differ
    np.testing.assert_array_equal(moved.predict_proba(evidence=EVIDENCE, claims=CLAIMS), expected)


@pytest.mark.parametrize(
    "names",
    [
        ("ENTAILMENT", "Contradiction", "NeUtRaL"),
        ("e", "c", "n"),
        ("entails", "contradicts", "neutral"),
        ("implicatie", "tegenspraak", "neutraal"),
        ("SUPPORTS", "REFUTES", "NOT ENOUGH INFO"),
        ("SUPPORTS", "REFUTES", "not-enough-info"),
        ("supports", "contradicts", "unrelated"),
        ("implication", "contradiction", "neutre"),
    ],
)
def test_labels_are_translated_from_any_case_and_usual_language(
    tiny_checkpoint: Checkpoint, names: Sequence[str]
) -> None:
    plain = load_model(tiny_checkpoint(LABELS, name="plain"))
    named = load_model(tiny_checkpoint(names, name="named"))
    np.testing.assert_array_equal(
        named.predict_proba(evidence=EVIDENCE, claims=CLAIMS), plain.predict_proba(evidence=EVIDENCE, claims=CLAIMS)
    )


@pytest.mark.parametrize(
    "names",
    [
        ("LABEL_0", "LABEL_1", "LABEL_2"),
        ("entailment", "not_entailment"),
        ("entailment", "neutral", "entails"),
        ("entailment", "neutral", "contradiction", "other"),
        ("positive", "negative", "neutral"),
    ],
)
def test_labels_that_are_not_those_of_three_way_nli_are_named_and_refused(
    tiny_checkpoint: Checkpoint, names: Sequence[str]
) -> None:
    message = message_of(tiny_checkpoint(names))
    assert "not a three-way NLI model" in message
    assert all(repr(name) in message for name in names)


@pytest.mark.parametrize(
    "id2label",
    [
        *(None, [], ["entailment", "neutral", "contradiction"], {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}),
        *(
            {"1": "supports", "2": "contradicts", "3": "unrelated"},
            {"a": "supports", "b": "contradicts", "c": "neutral"},
        ),
    ],
)
def test_an_onnx_folder_must_name_its_three_columns(onnx_copy: Path, id2label: object) -> None:
    config = json.loads((onnx_copy / "config.json").read_text(encoding="utf-8"))
    (onnx_copy / "config.json").write_text(json.dumps({**config, "id2label": id2label}), encoding="utf-8")
    assert "not a three-way NLI model" in message_of(onnx_copy)


# Folders that are not as they should be


def test_an_onnx_folder_works_from_anywhere(shipped: Model, onnx_copy: Path) -> None:
    copy = load_model(onnx_copy)
    assert (copy.name, copy.checksum) == ("kopie", shipped.checksum)
    np.testing.assert_array_equal(
        copy.predict_proba(evidence=EVIDENCE, claims=CLAIMS), shipped.predict_proba(evidence=EVIDENCE, claims=CLAIMS)
    )


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_file_that_an_onnx_folder_lacks_is_named(onnx_copy: Path, name: str) -> None:
    (onnx_copy / name).unlink()
    assert f"lacks {name}" in message_of(onnx_copy)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_file_that_a_checkpoint_lacks_is_named(tiny_checkpoint: Checkpoint, name: str) -> None:
    folder = tiny_checkpoint()
    (folder / name).unlink()
    assert f"{folder}: this model folder lacks {name}" in message_of(folder)


def test_a_folder_without_weights_says_which_files_it_looked_for(tiny_checkpoint: Checkpoint) -> None:
    folder = tiny_checkpoint()
    (folder / "model.safetensors").unlink()
    assert f"no {ONNX_WEIGHTS} and no model.safetensors" in message_of(folder)


def test_pickled_weights_are_not_read(tiny_checkpoint: Checkpoint) -> None:
    folder = tiny_checkpoint()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "pickled weights (.bin) are not read" in message_of(folder)


DAMAGE = [b"", b"{", b"\x80\x81", b"[1, 2]", b"null"]


@pytest.mark.parametrize("content", DAMAGE)
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "calibration.json"])
def test_a_damaged_json_file_in_an_onnx_folder_is_named(onnx_copy: Path, name: str, content: bytes) -> None:
    (onnx_copy / name).write_bytes(content)
    assert str(onnx_copy / name) in message_of(onnx_copy)


@pytest.mark.parametrize("content", DAMAGE)
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_damaged_json_file_in_a_checkpoint_is_named(tiny_checkpoint: Checkpoint, name: str, content: bytes) -> None:
    folder = tiny_checkpoint()
    (folder / name).write_bytes(content)
    assert str(folder / name) in message_of(folder)


@pytest.mark.parametrize("value", [0, -1, "1.5", None, True])
def test_a_temperature_is_a_number_above_zero(onnx_copy: Path, value: object) -> None:
    (onnx_copy / "calibration.json").write_text(json.dumps({"temperature": value}), encoding="utf-8")
    assert "calibration.json: 'temperature' is" in message_of(onnx_copy)


def test_a_model_without_calibration_is_taken_as_it_is(onnx_copy: Path) -> None:
    (onnx_copy / "calibration.json").unlink()
    assert judged(load_model(onnx_copy), "Een man slaapt.", "Een man slaapt.").argmax() == SUPPORTS


@pytest.mark.parametrize("kept", [0, 100, 1_000_000])
def test_truncated_onnx_weights_are_named(onnx_copy: Path, kept: int) -> None:
    with (SHIPPED_FOLDER / ONNX_WEIGHTS).open("rb") as file:
        start = file.read(kept)
    (onnx_copy / ONNX_WEIGHTS).unlink()
    (onnx_copy / ONNX_WEIGHTS).write_bytes(start)
    assert f"{onnx_copy / ONNX_WEIGHTS}: damaged weights" in message_of(onnx_copy)


@pytest.mark.parametrize("kept", [0, 4, 1_000, 10_000])
def test_truncated_safetensors_are_named(tiny_checkpoint: Checkpoint, kept: int) -> None:
    weights = tiny_checkpoint() / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    assert f"{weights}: damaged weights" in message_of(weights.parent)


def test_weights_without_the_classifier_are_refused_and_not_made_up(tiny_checkpoint: Checkpoint) -> None:
    from safetensors.numpy import load_file, save_file

    weights = tiny_checkpoint() / "model.safetensors"
    kept = {name: array for name, array in load_file(weights).items() if "classifier" not in name}
    save_file(kept, weights, metadata={"format": "pt"})
    assert "its weights lack classifier.bias, classifier.weight" in message_of(weights.parent)


def test_weights_that_are_no_numbers_are_found_when_they_answer(tiny_checkpoint: Checkpoint) -> None:
    from safetensors.numpy import load_file, save_file

    weights = tiny_checkpoint() / "model.safetensors"
    arrays = {name: np.full_like(array, np.nan) for name, array in load_file(weights).items()}
    save_file(arrays, weights, metadata={"format": "pt"})
    with pytest.raises(ModelError, match="tiny: the model gives logits that are no numbers"):
        judged(load_model(weights.parent), "a", "b")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "name", ["./weg", "../weg/model", "/weg/model", "~/weg/model", "a/b/c", "models\\weg", "tests/weg"]
)
def test_a_missing_folder_is_not_looked_up_on_the_network(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tests").mkdir()
    monkeypatch.chdir(tmp_path)
    assert message_of(name) == f"{name}: no such model folder"


@pytest.mark.usefixtures("no_network")
def test_a_path_object_is_never_a_hub_id() -> None:
    assert message_of(Path("weg/model")) == "weg/model: no such model folder"


@pytest.mark.usefixtures("no_network")
def test_a_file_is_no_model_folder(tmp_path: Path) -> None:
    (tmp_path / "model").touch()
    assert "no such model folder" in message_of(str(tmp_path / "model"))


@pytest.mark.usefixtures("no_network")
def test_a_hub_id_without_a_network_says_that_it_needs_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    message = message_of("claimcheck-nl/bestaat-niet")
    assert message.startswith("claimcheck-nl/bestaat-niet: cannot load this model (a hub id needs a network")


@pytest.mark.parametrize("module", ["torch", "transformers"])
def test_a_missing_extra_gives_the_command_that_installs_it(
    tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    folder = tiny_checkpoint()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=re.escape('pip install "claimcheck-nl[hub]"')):
        load_model(folder)


def test_loading_a_checkpoint_prints_nothing_where_there_is_no_terminal(
    tiny_checkpoint: Checkpoint, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tiny_checkpoint()
    capfd.readouterr()
    judged(load_model(folder), "a", "b")
    assert capfd.readouterr() == ("", "")


def test_a_checksum_is_that_of_the_weights(shipped: Model, tiny_checkpoint: Checkpoint) -> None:
    one, again, other = (tiny_checkpoint(seed=seed, name=f"m{n}") for n, seed in enumerate([1, 1, 2]))
    sums = [load_model(folder).checksum for folder in (one, again, other)]
    assert sums[0] == sums[1]
    assert len({*sums, shipped.checksum}) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", checksum) for checksum in [*sums, shipped.checksum])


# What importing costs

HEAVY = ("torch", "transformers", "onnxruntime", "trafilatura", "pandas", "jinja2", "bm25s", "sklearn", "py3langid")
MODULES = ["claimcheck", *(f"claimcheck.{module.name}" for module in pkgutil.iter_modules(claimcheck.__path__))]
MODULES.remove("claimcheck.__main__")  # importing it runs the command line


def test_importing_any_module_loads_nothing_heavy() -> None:
    code = f"import sys, {', '.join(MODULES)}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_can_be_imported() -> None:
    for name in claimcheck.__all__:
        assert getattr(claimcheck, name) is not None
        assert name in dir(importlib.import_module("claimcheck"))
    with pytest.raises(AttributeError, match="no attribute 'bestaat_niet'"):
        _ = claimcheck.bestaat_niet
