"""Fine-tuning: what a run leaves behind, what it learns, what stops it, and how it goes on after a kill."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import os
import shutil
import signal
import stat
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from claimcheck import load_model, metrics
from claimcheck.corpora import read_pairs
from claimcheck.errors import InputError, ModelError, OutputError, TrainingError
from claimcheck.schema import LABELS, Example
from conftest import TINY_LABELS, TINY_TOKENS, _save_tokenizer

torch = pytest.importorskip("torch", reason="needs the extra train")
transformers = pytest.importorskip("transformers", reason="needs the extra train")
for name in ("accelerate", "datasets", "onnx", "onnxscript", "peft"):
    pytest.importorskip(name, reason="needs the extra train")

from claimcheck import exporting, finetuning  # noqa: E402
from claimcheck.finetuning import Settings, defaults, finetune, fit, fit_head, load_base, logits_of  # noqa: E402

WORDS = dict(zip(LABELS, ("brand", "niet", "slaapt"), strict=True))
FULL = Settings(epochs=14, learning_rate=0.01, batch=16, patience=20)
HEAD = replace(FULL, mode="head")
ROOT = Path(__file__).parents[1]


def pairs(n, side, *, rule=WORDS):
    """Pairs in which one word of the claim says the label; all texts are different, and two make a group."""
    labels = [LABELS[i % 3] for i in range(n)]
    return [
        Example(
            id=f"{side}{i}",
            evidence=f"de {side} {i}",
            claim=f"het {rule[label]} {side} {i}",
            label=label,
            group=f"{side}{i // 2}",
        )
        for i, label in enumerate(labels)
    ]


TRAIN, DEV, TEST = pairs(96, "t"), pairs(45, "d"), pairs(60, "e")
WRONG = dict(zip(LABELS, ("niet", "slaapt", "brand"), strict=True))


def checkpoint(folder, family="Bert", kind="ForSequenceClassification", labels=TINY_LABELS, rows=(0, 1, 2), **config):
    """A folder with a tiny random network; the same for every order of ``labels`` if ``rows`` follow it."""
    if not (folder / "tokenizer.json").exists():
        _save_tokenizer(folder)
    names = {"id2label": dict(enumerate(labels)), "label2id": {label: n for n, label in enumerate(labels)}}
    if kind != "ForSequenceClassification":
        names = {}
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = {**size, "max_position_embeddings": TINY_TOKENS, "initializer_range": 0.3, **config}
    torch.manual_seed(0)
    network = getattr(transformers, f"{family}{kind}")(
        getattr(transformers, f"{family}Config")(vocab_size=64, pad_token_id=1, **names, **config)
    )
    if kind == "ForSequenceClassification" and hasattr(network, "classifier"):
        head = getattr(network.classifier, "out_proj", network.classifier)
        with torch.no_grad():
            head.weight.copy_(head.weight[list(rows)].clone())
            head.bias.copy_(torch.linspace(-0.2, 0.2, len(rows))[list(rows)])
    with finetuning.quiet():
        network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A three-way NLI model that knows nothing, its labels in an order of its own."""
    return checkpoint(tmp_path_factory.mktemp("basis") / "basis")


@pytest.fixture(scope="module")
def learned(base, tmp_path_factory):
    """What a whole run made of that base."""
    out = tmp_path_factory.mktemp("geleerd") / "mijn"
    return finetune(TRAIN, dev=DEV, test=TEST, base=base, out=out, settings=FULL)


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def content(folder):
    return {name: (folder / name).read_bytes() for name in files(folder)}


def weights(folder):
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


def assert_same_weights(left, right):
    assert left.keys() == right.keys()
    for key, values in left.items():
        np.testing.assert_array_equal(values, right[key], err_msg=key)


def differs(left, right):
    return any(not np.array_equal(values, right[key]) for key, values in left.items())


def sides(rows):
    return {"evidence": [row.evidence for row in rows], "claims": [row.claim for row in rows]}


def trained(base, work, settings, train=TRAIN, dev=DEV):
    """The network after training, without export and comparison."""
    with finetuning.quiet():
        transformers.set_seed(settings.seed)
        network, tokenizer, _ = load_base(base)
        if settings.mode == "head":
            fit_head(network, tokenizer, train, dev, settings)
        else:
            network = fit(network, tokenizer, train, dev, settings, work)
    return network, tokenizer


def accuracy(network, tokenizer, rows=TEST):
    return (logits_of(network, tokenizer, rows)[0].argmax(1) == metrics.gold_of(rows)).mean()


class Stopped(BaseException):
    """As hard a stop as there is in one process."""


@pytest.fixture
def unexported(base, tmp_path, monkeypatch):
    """Run until the weights are saved, and no further; gives the folder, which holds an unfinished training."""

    def stop(*_, **__):
        raise Stopped

    def make(train=TRAIN, name="mijn", **given):
        given = {"dev": DEV, "base": base, "settings": HEAD, **given}
        with monkeypatch.context() as patch:
            patch.setattr(exporting, "export", stop)
            with pytest.raises(Stopped):
                finetune(train, out=tmp_path / name, **given)
        return tmp_path / name

    return make


# ---- what it leaves


def test_transformers_loads_the_folder_with_labels_in_the_one_order(learned):
    network = transformers.AutoModelForSequenceClassification.from_pretrained(learned.folder)
    assert [network.config.id2label[i] for i in range(3)] == list(LABELS)
    assert network.config.label2id == {label: i for i, label in enumerate(LABELS)}
    assert network.dtype == torch.float32
    assert transformers.AutoTokenizer.from_pretrained(learned.folder).is_fast


def test_claimcheck_loads_the_folder_and_judges_as_torch_does_at_the_calibrated_temperature(learned):
    network = transformers.AutoModelForSequenceClassification.from_pretrained(learned.folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(learned.folder)
    temperature = json.loads((learned.folder / "calibration.json").read_text())["temperature"]
    wanted = softmax(logits_of(network, tokenizer, TEST)[0] / temperature, axis=1)
    found = load_model(learned.folder).predict_proba(**sides(TEST))
    assert (found.argmax(1) == wanted.argmax(1)).mean() >= 0.95
    assert abs(found - wanted).mean() < 0.05
    sure = np.sort(wanted, axis=1)
    clear = sure[:, 2] - sure[:, 1] > 0.3
    assert clear.any()
    np.testing.assert_array_equal(found.argmax(1)[clear], wanted.argmax(1)[clear])


def test_safetensors_and_onnx_are_left_and_no_pickle_and_no_work(learned):
    assert files(learned.folder) == {
        "README.md",
        "calibration.json",
        "config.json",
        "model.safetensors",
        "onnx/model_int8.onnx",
        "tokenizer.json",
        "tokenizer_config.json",
        "training.json",
    }


def test_whoever_may_read_the_readme_may_read_every_file(learned):
    modes = {name: stat.S_IMODE((learned.folder / name).stat().st_mode) for name in files(learned.folder)}
    assert set(modes.values()) == {modes["README.md"]}


def test_training_json_holds_what_is_needed_to_make_it_again(learned, base):
    record = json.loads((learned.folder / "training.json").read_text(encoding="utf-8"))
    assert record["settings"] == asdict(FULL)
    assert record["settings"]["seed"] == FULL.seed
    assert record["rows"] == {"train": 96, "dev": 45, "test": 60} == learned.rows
    assert record["labels"] == dict.fromkeys(LABELS, 32)
    digest = hashlib.sha256((base / "model.safetensors").read_bytes()).hexdigest()
    assert record["base"] == {"name": "basis", "sha256": digest, "judges": "yes"}
    assert len({*record["data"].values()}) == 3
    assert record["versions"] == {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "numpy": np.__version__,
    }
    assert record["compared_on"] == "test"
    assert record["verdict"] == learned.verdict
    for metric, interval in learned.scores.items():
        value, low, high = record["scores"][metric]
        assert value == pytest.approx(interval.value, abs=1e-6)
        assert (low, high) == pytest.approx((interval.low, interval.high), abs=1e-6)


def test_the_scores_are_those_of_the_model_that_claimcheck_runs(learned):
    wanted = metrics.scores(metrics.gold_of(TEST), load_model(learned.folder).predict_proba(**sides(TEST)))
    assert {name: interval.value for name, interval in learned.scores.items()} == pytest.approx(wanted, nan_ok=True)


def test_temperature_and_threshold_are_fitted_on_dev_on_the_answers_that_will_be_given(learned, tmp_path):
    from claimcheck.calibrating import abstain_below, fit_temperature

    calibration = json.loads((learned.folder / "calibration.json").read_text())
    plain = shutil.copytree(learned.folder, tmp_path / "ongeijkt")
    (plain / "calibration.json").unlink()
    logits = np.log(np.maximum(load_model(plain).predict_proba(**sides(DEV)), 1e-12))
    temperature = fit_temperature(logits, metrics.gold_of(DEV))
    assert calibration["temperature"] == pytest.approx(temperature, abs=1e-3)
    given = load_model(learned.folder).predict_proba(**sides(DEV))
    assert calibration["abstain_below"] == pytest.approx(abstain_below(metrics.gold_of(DEV), given), abs=1e-3)
    assert calibration["fitted_on"] == "dev, n = 45"


def test_the_model_card_says_verdict_scores_data_base_settings_licence_and_limits(learned):
    card = (learned.folder / "README.md").read_text(encoding="utf-8")
    record = json.loads((learned.folder / "training.json").read_text(encoding="utf-8"))
    for part in (
        learned.verdict,
        record["base"]["sha256"][:16],
        *(checksum[:16] for checksum in record["data"].values()),
        "seed 13",
        "learning_rate 0.01",
        "supports 32, contradicts 32, unrelated 32",
        "Licence",
        "Limits",
        transformers.__version__,
        f"{learned.scores['macro_f1'].value * 100:.1f}",
    ):
        assert part in card
    assert "which flatters" not in card  # that is said where there is no test


def test_names_of_folders_act_neither_in_the_markdown_nor_in_the_yaml_of_the_model_card(tmp_path, base):
    import yaml
    from markdown_it import MarkdownIt

    hostile = "x](javascript:alert(1)) <img src=x onerror=y> `z` **v** $w$\n# Kop\n---\nlicense: mit"
    shown = Path(hostile).name.replace("\n", " ")
    named = tmp_path / "bron" / Path(hostile).name
    shutil.copytree(base, named)
    made = finetune(TRAIN, dev=DEV, base=named, out=tmp_path / "uit" / Path(hostile).name, settings=HEAD)
    card = (made.folder / "README.md").read_text(encoding="utf-8")
    _, front, body = card.split("---\n", 2)
    assert yaml.safe_load(front)["base_model"] == Path(hostile).name
    assert yaml.safe_load(front)["license"] == "other"
    tokens = [t for token in MarkdownIt("commonmark").parse(body) for t in (token, *(token.children or ()))]
    assert not [t for t in tokens if t.type in ("link_open", "image", "html_inline", "html_block", "strong_open")[:4]]
    assert [t.tag for t in tokens if t.type == "heading_open"].count("h1") == 1
    text = "".join(t.content for t in tokens if t.type == "text")
    assert text.count(shown) == 2
    assert "which flatters" in body
    assert made.compared_on == "dev"


# ---- learning


@pytest.mark.parametrize(
    ("change", "least"),
    [({}, 0.85), ({"lora": True}, 0.85), ({"low_memory": True}, 0.85), ({"mode": "head"}, 0.45)],
    ids=["full", "lora", "low memory", "head"],
)
def test_a_rule_is_learned_in_every_mode(base, tmp_path, change, least):
    network, tokenizer = trained(base, tmp_path, replace(FULL, **change))
    before, _, _ = load_base(base)
    assert accuracy(network, tokenizer) >= least
    assert accuracy(network, tokenizer) >= accuracy(before, tokenizer) + 0.1


def test_probabilities_are_learned_in_place_of_the_labels_where_they_are_given(base, tmp_path):
    def turned(label):
        return (LABELS.index(label) + 1) % 3

    dev = [replace(pair, label=LABELS[turned(pair.label)]) for pair in DEV]
    targets = np.eye(3)[[turned(pair.label) for pair in TRAIN]] * 0.7 + 0.1
    with finetuning.quiet():
        network, tokenizer, _ = load_base(base)
        network = fit(network, tokenizer, TRAIN, dev, replace(FULL, epochs=30), tmp_path, targets=targets)
    answers = softmax(logits_of(network, tokenizer, TRAIN)[0], axis=1)
    assert (answers.argmax(1) == targets.argmax(1)).mean() > 0.9
    assert abs(answers.max(1).mean() - 0.8) < 0.05, "as sure as its teacher, and no surer"


def test_vectors_of_sentences_that_are_kept_stay_where_the_base_had_them(base, tmp_path):
    sentences = [pair.claim for pair in TRAIN[:40]]

    def vectors(network, tokenizer):
        batch = tokenizer(sentences, padding=True, return_tensors="pt")
        with torch.inference_mode():
            last = network.eval().base_model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        return torch.nn.functional.normalize((last * mask).sum(1) / mask.sum(1), dim=-1)

    before = vectors(*load_base(base)[:2])
    moved = {}
    for name, keep in (("free", ()), ("kept", sentences)):
        with finetuning.quiet():
            network, tokenizer, _ = load_base(base)
            network = fit(network, tokenizer, TRAIN, DEV, FULL, tmp_path / name, keep=keep)
        moved[name] = float((1 - (vectors(network, tokenizer) * before).sum(1)).mean())
    assert moved["kept"] < moved["free"] / 3, moved


def test_the_head_is_fitted_with_the_penalty_that_is_best_on_dev(base, tmp_path, monkeypatch):
    def loss(penalties):
        monkeypatch.setattr(finetuning, "PENALTIES", penalties)
        network, tokenizer = trained(base, tmp_path, HEAD)
        given = softmax(logits_of(network, tokenizer, DEV)[0], axis=1)
        return -np.log(given[np.arange(len(DEV)), metrics.gold_of(DEV)]).mean()

    every = finetuning.PENALTIES
    assert loss(every) == pytest.approx(min(loss((penalty,)) for penalty in every), abs=1e-4)


def test_a_head_that_saw_two_of_three_labels_hardly_ever_gives_the_third(base, tmp_path):
    two = [pair for pair in TRAIN if pair.label != "contradicts"]
    network, tokenizer = trained(base, tmp_path, HEAD, train=two)
    given = softmax(logits_of(network, tokenizer, TEST)[0], axis=1)
    assert given[:, LABELS.index("contradicts")].max() < 0.01
    apart = [pair for pair in TRAIN if pair.label != "contradicts"]
    assert accuracy(network, tokenizer, apart) > 0.6


def test_better_is_said_with_points_interval_and_n(learned):
    change = learned.comparison.differences["macro_f1"]
    points = f"{change.value * 100:.1f}".replace(".", ",")
    assert change.low > 0
    assert learned.verdict.startswith(f"beter: +{points} punten macro-F1 [")
    assert learned.verdict.endswith("], n = 60")
    assert "." not in learned.verdict


def test_worse_is_said_too(learned, tmp_path):
    made = finetune(
        pairs(96, "v", rule=WRONG), dev=pairs(45, "w", rule=WRONG), test=TEST, base=learned.folder,
        out=tmp_path / "mijn", settings=replace(FULL, epochs=10),
    )  # fmt: skip
    change = made.comparison.differences["macro_f1"]
    assert change.high < 0
    assert made.verdict.startswith("slechter: -" + f"{-change.value * 100:.1f} punten".replace(".", ","))


def test_no_difference_is_said_with_the_smallest_that_would_have_been_seen(learned, tmp_path):
    some = TEST[:12]
    made = finetune(TRAIN, dev=DEV, test=some, base=learned.folder, out=tmp_path / "mijn", settings=HEAD)
    change = made.comparison.differences["macro_f1"]
    assert change.low <= 0 <= change.high
    least = f"{change.detectable * 100:.1f}".replace(".", ",")
    assert made.verdict == (f"geen aantoonbaar verschil (n = 12; het kleinste aantoonbare verschil is {least} punten)")


def test_an_encoder_without_a_head_gets_one_and_cannot_be_compared(tmp_path):
    plain = checkpoint(tmp_path / "kaal", kind="Model")
    long = replace(DEV[0], id="lang", claim=" ".join(["het brand huis"] * 400), evidence="de " * 2000 + "kade")
    made = finetune(TRAIN, dev=[*DEV, long], base=plain, out=tmp_path / "mijn", settings=HEAD)
    assert made.comparison is None
    assert made.verdict == "niet te vergelijken met de basis: die oordeelt nog niet (n = 46)"
    assert json.loads((made.folder / "training.json").read_text())["base"]["judges"] == "no"
    assert load_model(made.folder).predict_proba(**sides(TEST)).shape == (60, 3)


def test_dev_of_one_group_gives_scores_without_intervals(base, tmp_path):
    one = [replace(pair, group="een") for pair in DEV[:6]]
    made = finetune(TRAIN, dev=one, base=base, out=tmp_path / "mijn", settings=HEAD)
    assert made.comparison is None
    assert made.verdict == "niet te vergelijken met de basis: alle 6 paren horen bij één groep"
    assert made.scores["accuracy"].value >= 0
    assert math.isnan(made.scores["accuracy"].low)
    record = json.loads((made.folder / "training.json").read_text(), parse_constant=pytest.fail)
    assert record["scores"]["accuracy"][1:] == [None, None]
    assert "nan" not in (made.folder / "README.md").read_text(encoding="utf-8")


def test_rare_labels_weigh_more(base, tmp_path):
    # No text says its label, so that only how often each occurs can be learned.
    lopsided = [
        replace(pair, claim=f"het huis t {i}", label=LABELS[0] if i % 8 else LABELS[1 + i % 16 // 8])
        for i, pair in enumerate(TRAIN)
    ]
    dev = [replace(pair, claim=f"het huis d {i}") for i, pair in enumerate(DEV)]
    network, tokenizer = trained(base, tmp_path, replace(FULL, epochs=6, learning_rate=0.003), lopsided, dev)
    mean = softmax(logits_of(network, tokenizer, lopsided)[0], axis=1).mean(0)
    assert mean[0] < 0.6  # 7 of 8 are of this label


def test_a_label_that_occurs_once_or_never_does_no_harm(base, tmp_path):
    once = [pair for pair in TRAIN if pair.label != "unrelated"] + [TRAIN[2]]
    for name, rows in (("een", once), ("geen", once[:-1])):
        network, tokenizer = trained(base, tmp_path / name, replace(FULL, epochs=1), rows)
        assert np.isfinite(logits_of(network, tokenizer, TEST)[0]).all()


def test_a_pair_far_longer_than_the_model_reads_is_cut_and_half_a_surrogate_pair_is_read(base, tmp_path):
    odd = [
        replace(TRAIN[0], evidence="de brand " * 50_000),
        replace(TRAIN[1], claim="het niet " * 5000, evidence="de kade " * 5000),
        replace(TRAIN[2], claim="het slaapt \ud83d in huis"),
    ]
    network, tokenizer = trained(base, tmp_path, replace(FULL, epochs=1), [*TRAIN[3:], *odd], [*DEV, *odd[:1]])
    assert np.isfinite(logits_of(network, tokenizer, odd)[0]).all()


@pytest.fixture(scope="module", params=["Roberta", "Bert"])
def of_family(request, tmp_path_factory):
    """Roberta's positions begin at 2; this Bert is told which tokens are of the claim, as those of the hub are."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "Bert":
        _save_tokenizer(folder / "basis")
        _with_types(folder / "basis")
    checkpoint(folder / "basis", family=request.param)
    made = finetune(TRAIN, dev=DEV, test=TEST, base=folder / "basis", out=folder / "mijn", settings=FULL)
    return request.param, made


def test_both_families_of_encoders_are_trained_and_exported(of_family):
    _, made = of_family
    assert made.verdict.startswith("beter: ")
    assert json.loads((made.folder / "training.json").read_text())["onnx_agrees_on_dev"] >= 0.9


def test_a_pair_longer_than_the_new_model_reads_is_judged_in_pieces(of_family):
    _, made = of_family
    long = {"evidence": ["de " * 500 + "kade"], "claims": [" ".join(["het brand huis"] * 100)]}
    assert load_model(made.folder).predict_proba(**long).sum() == pytest.approx(1)


def _with_types(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    second = [piece["Sequence"]["id"] for piece in tokenizer["post_processor"]["pair"] if "Sequence" in piece].index(
        "B"
    )
    del tokenizer["post_processor"]["pair"][3]  # as BERT: [CLS] A [SEP] B [SEP]
    for piece in tokenizer["post_processor"]["pair"][3:]:
        next(iter(piece.values()))["type_id"] = second
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings["model_input_names"] = ["input_ids", "token_type_ids", "attention_mask"]
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def test_low_memory_trains_on_the_same_batches_to_nearly_the_same_network(tmp_path):
    still = checkpoint(tmp_path / "basis", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    settings = replace(FULL, epochs=3, learning_rate=1e-3, batch=32)
    found = []
    for low_memory in (False, True):
        chosen = replace(settings, low_memory=low_memory)
        network, tokenizer = trained(still, tmp_path / str(low_memory), chosen)
        found.append(logits_of(network, tokenizer, TEST)[0])
    before, tokenizer, _ = load_base(still)
    moved = abs(found[0] - logits_of(before, tokenizer, TEST)[0]).mean()
    assert abs(found[0] - found[1]).mean() < 0.02 * moved


def test_low_memory_keeps_batches_that_are_small_already(tmp_path, base):
    found = []
    for low_memory in (False, True):
        chosen = replace(FULL, epochs=1, batch=4, low_memory=low_memory)
        trained(base, tmp_path / str(low_memory), chosen, TRAIN[:24])
        states = sorted((tmp_path / str(low_memory)).glob("*/trainer_state.json"))
        found.append([json.loads(state.read_text())["global_step"] for state in states])
    assert found[0] == found[1] == [6]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path, unexported):
    plain = checkpoint(tmp_path / "kaal", kind="Model")
    for settings in (replace(FULL, epochs=2), replace(FULL, epochs=2, lora=True), HEAD):
        torch.manual_seed(1)  # what was drawn before makes no difference
        one = weights(unexported(base=plain, settings=settings, name="een", overwrite=True))
        torch.manual_seed(2)
        two = weights(unexported(base=plain, settings=settings, name="twee", overwrite=True))
        other = weights(unexported(base=plain, settings=replace(settings, seed=14), name="drie", overwrite=True))
        assert_same_weights(one, two)
        assert differs(one, other)


def test_older_pairs_are_mixed_in_as_many_as_new_ones_without_those_that_dev_or_test_know(base, tmp_path):
    older = [*pairs(400, "o"), *[replace(pair, id=f"x{pair.id}") for pair in DEV]]
    made = finetune(
        TRAIN[:60], replay=older, base=base, out=tmp_path / "mijn", settings=replace(FULL, epochs=2, lora=True)
    )
    apart, mixed = made.notes
    left = made.rows["train"] + made.rows["dev"] - 60
    assert apart.startswith(f"{made.rows['dev']} of 60 pairs were set apart")
    assert mixed.startswith(f"{left} older pairs are mixed in")
    assert 0 < left <= 60 - made.rows["dev"]
    record = json.loads((made.folder / "training.json").read_text())
    assert sum(record["labels"].values()) == made.rows["train"] == record["rows"]["train"]
    assert record["notes"] == list(made.notes)


def test_older_pairs_that_share_a_text_with_dev_are_left_out(unexported):
    older = [replace(pair, id=f"x{pair.id}", claim=pair.claim.upper()) for pair in DEV]
    folder = unexported(replay=older)
    plan = json.loads((folder / ".training" / "plan.json").read_text())
    assert plan["rows"]["train"] == len(TRAIN)


def test_pairs_are_set_apart_by_group_and_text(unexported, monkeypatch):
    seen = {}

    def watch(_network, _tokenizer, train, dev, _settings):
        seen.update(train=train, dev=dev)

    monkeypatch.setattr(finetuning, "fit_head", watch)
    unexported(dev=None)
    groups = [{pair.group for pair in seen[name]} for name in ("train", "dev")]
    assert not groups[0] & groups[1]
    assert sum(map(len, seen.values())) == len(TRAIN)
    assert len(seen["dev"]) == pytest.approx(0.2 * len(TRAIN), abs=3)


@pytest.mark.parametrize("rows", [1, 8, 200, 5000, 100_000])
def test_defaults_are_there_for_every_number_of_pairs_and_adapters_learn_faster(rows):
    assert defaults(rows).epochs >= 1
    assert defaults(rows, lora=True).lora
    assert defaults(rows, lora=True).learning_rate > defaults(rows).learning_rate


# ---- the base


@pytest.mark.parametrize("family", ["Bert", "Roberta"])
def test_a_base_whose_labels_are_permuted_starts_with_identical_answers(tmp_path, family):
    straight = checkpoint(tmp_path / "recht", family)
    turned = checkpoint(
        tmp_path / "gedraaid", family, labels=("contradiction", "entailment", "neutral"), rows=(2, 0, 1)
    )
    found = []
    for folder in (straight, turned):
        network, tokenizer, origin = load_base(folder)
        assert list(network.config.id2label.values()) == list(LABELS)
        assert origin["judges"] == "yes"
        found.append(logits_of(network, tokenizer, TEST)[0])
        wanted = load_model(folder).predict_proba(**sides(TEST))
        np.testing.assert_allclose(softmax(found[-1], axis=1), wanted, atol=1e-5)
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize(
    ("kind", "labels"),
    [("Model", TINY_LABELS), ("ForMaskedLM", TINY_LABELS), ("ForSequenceClassification", ("goed", "slecht"))],
)
def test_any_other_encoder_keeps_its_body_and_gets_a_head_for_three_labels(tmp_path, kind, labels):
    given = checkpoint(tmp_path / "kaal", kind=kind, labels=labels, rows=range(len(labels)))
    with finetuning.quiet():
        network, tokenizer, origin = load_base(given)
    assert origin["judges"] == "no"
    assert list(network.config.id2label.values()) == list(LABELS)
    assert logits_of(network, tokenizer, TEST)[0].shape == (60, 3)
    body = {key.removeprefix("bert."): values for key, values in weights(given).items()}
    for key, values in network.bert.embeddings.state_dict().items():
        np.testing.assert_array_equal(values.numpy(), body[f"embeddings.{key}"])


SHIPPED = ROOT / "models" / "claimcheck-nl-small"


def as_a_base(name):
    network, tokenizer, origin = load_base(name)
    assert origin["judges"] == "yes"
    return network, tokenizer


def from_safetensors(_):
    return as_a_base(None)


def from_onnx_alone(folder):  # what the wheel has
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.safetensors"), dirs_exist_ok=True)
    return as_a_base(folder)


def by_transformers_alone(_):
    network = transformers.AutoModelForSequenceClassification.from_pretrained(SHIPPED)
    assert network.dtype == torch.float32
    return network, transformers.AutoTokenizer.from_pretrained(SHIPPED)


@pytest.mark.parametrize("read", [from_safetensors, from_onnx_alone, by_transformers_alone])
def test_the_shipped_model_becomes_a_network_that_answers_as_it_does(shipped, tmp_path, read):
    rows = read_pairs(ROOT / "corpora" / "stress.jsonl")[:60]
    with finetuning.quiet():
        network, tokenizer = read(tmp_path)
    assert [network.config.id2label[i] for i in range(3)] == list(LABELS)
    found = softmax(logits_of(network, tokenizer, rows)[0] / shipped.temperature, axis=1)
    wanted = shipped.predict_proba(**sides(rows))
    np.testing.assert_allclose(found, wanted, atol=0.05)  # it is in fp32; the shipped one rounds activations too
    # Nothing but near ties may fall to the other side.
    first, second = np.sort(wanted, axis=1)[:, :0:-1].T
    clear = first - second > 0.1
    assert clear.sum() > 40
    assert (found.argmax(1) == wanted.argmax(1))[clear].all()


def decoder(folder):
    size = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 64}
    return checkpoint(folder, "GPT2", kind="LMHeadModel", **size)


def classifying_decoder(folder):
    return checkpoint(folder, "GPT2", n_embd=16, n_layer=1, n_head=2, n_positions=64)


def both(folder):
    size = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "eos_token_id": 2}
    return checkpoint(folder, "Bart", kind="ForConditionalGeneration", **size, **heads)


def damaged(name, content):
    def make(folder):
        checkpoint(folder)
        (folder / name).unlink() if content is None else (folder / name).write_bytes(content)
        return folder

    return make


def lacking(part):
    def make(folder):
        from safetensors.numpy import save_file

        checkpoint(folder)
        kept = {key: values for key, values in weights(folder).items() if part not in key}
        save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    return make


@pytest.mark.parametrize(
    "make",
    [
        decoder,
        classifying_decoder,
        both,
        lambda folder: folder,
        damaged("model.safetensors", None),
        damaged("model.safetensors", b"\x10\0\0\0\0\0\0\0kapot"),
        damaged("config.json", b"{"),
        damaged("config.json", b'{"model_type": "weet ik niet"}'),
        damaged("tokenizer.json", b"{}"),
        lacking("layer.0.output"),
        lacking("classifier"),
    ],
    ids=[
        "decoder", "decoder with a head", "encoder-decoder", "no folder", "no weights", "damaged weights",
        "damaged config", "unknown architecture", "damaged tokenizer", "a layer is missing", "the head is missing",
    ],
)  # fmt: skip
def test_a_base_that_is_missing_damaged_or_no_encoder_is_a_model_error_that_names_it(tmp_path, make):
    folder = make(tmp_path / "basismodel")
    with pytest.raises(ModelError, match="basismodel"):
        finetune(TRAIN, dev=DEV, base=folder, out=tmp_path / "mijn", settings=HEAD)
    assert not (tmp_path / "mijn").exists()


def test_pickled_weights_are_not_read(tmp_path):
    folder = checkpoint(tmp_path / "basismodel")
    torch.save({}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="basismodel"):
        load_base(folder)


# ---- a run that was killed goes on


STEPS = 6  # of 16 pairs each, in an epoch of TRAIN
EVERY = 4  # so that checkpoints fall within epochs
LONG = replace(FULL, epochs=30, learning_rate=0.01, patience=3)


def child(base, out, *, moment, at=0):
    """What another process does: train, and be killed, or run out of disk, at the ``at``-th time of ``moment``."""
    import resource  # not on Windows

    finetuning.LEAST_STEPS = finetuning.MOST_STEPS = EVERY
    Trainer = transformers.Trainer  # noqa: N806
    calls = 0

    def dying(owner, name):
        inner = getattr(owner, name)

        def wrapped(*given, **named):
            nonlocal calls
            calls += 1
            if calls == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return inner(*given, **named)

        setattr(owner, name, wrapped)

    def filling(owner, name, at, room):
        inner = getattr(owner, name)
        count = 0

        def wrapped(*given, **named):
            nonlocal count
            count += 1
            if count == at:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            return inner(*given, **named)

        setattr(owner, name, wrapped)
        return lambda: setattr(owner, name, inner)

    moments = {
        "step": (Trainer, "training_step"),
        "save": (Trainer, "_save_optimizer_and_scheduler"),  # between the weights and the state of a checkpoint
        "export": (exporting, "export"),
    }
    if moment != "full":
        dying(*moments[moment])
        finetune(TRAIN, dev=DEV, base=base, out=out, settings=LONG)
    # Weights of some 30 kB, then the optimizer's numbers, twice as many; then the ONNX file.
    for where, nth, room in (("_save_checkpoint", 3, 10_000), ("_save_checkpoint", 2, 35_000), ("export", 1, 60_000)):
        undo = filling(Trainer if where.startswith("_") else exporting, where, nth, room)
        try:
            finetune(TRAIN, dev=DEV, base=base, out=out, settings=LONG)
        except OutputError as error:
            print(json.dumps([str(error), *_readable(out)]), flush=True)
        undo()
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _readable(out):
    """The steps of the checkpoints that can be loaded in ``out``."""
    found = []
    for folder in out.glob(".training/checkpoint-*"):
        if (folder / "trainer_state.json").exists():
            state = json.loads((folder / "trainer_state.json").read_text())
            transformers.BertForSequenceClassification.from_pretrained(folder)
            found.append(state["global_step"])
    return sorted(found)


def start(base, out, **how):
    code = f"import sys; sys.path.insert(0, '.'); from pathlib import Path; import test_finetuning as t; t.child(Path({str(base)!r}), Path({str(out)!r}), **{how!r})"  # noqa: E501
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True, env=environment
    )


@pytest.fixture
def several_checkpoints(monkeypatch):
    monkeypatch.setattr(finetuning, "LEAST_STEPS", EVERY)
    monkeypatch.setattr(finetuning, "MOST_STEPS", EVERY)


@pytest.fixture(scope="module")
def uninterrupted(base, tmp_path_factory):
    """The weights of a run that nothing stopped but patience, the step of its best checkpoint, and its last step."""
    work = tmp_path_factory.mktemp("heel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finetuning, "LEAST_STEPS", EVERY)
        patch.setattr(finetuning, "MOST_STEPS", EVERY)
        network, _ = trained(base, work, LONG)
    last = max(
        (json.loads(path.read_text()) for path in work.glob("*/trainer_state.json")), key=lambda s: s["global_step"]
    )
    assert last["global_step"] < STEPS * LONG.epochs  # it was stopped early
    assert last["global_step"] == last["best_global_step"] + LONG.patience * EVERY
    made = {key: values.numpy().copy() for key, values in network.state_dict().items()}
    return made, last["best_global_step"], last["global_step"]


@pytest.mark.usefixtures("several_checkpoints")
@pytest.mark.parametrize(("decay", "last"), [(True, 0.0), (False, 0.01)])
def test_the_learning_rate_falls_to_nothing_unless_it_is_to_stay(base, tmp_path, decay, last):
    trained(base, tmp_path, replace(FULL, epochs=2, decay=decay))
    state = json.loads((tmp_path / f"checkpoint-{2 * STEPS}" / "trainer_state.json").read_text())
    assert state["log_history"][-2]["learning_rate"] == pytest.approx(last, abs=0.01 / STEPS)


@pytest.mark.usefixtures("several_checkpoints")
@pytest.mark.parametrize("decay", [True, False])
def test_kept_is_the_best_step_or_the_last_one_where_the_rate_stays(base, tmp_path, monkeypatch, decay):
    scores = iter([0.9, 0.5, 0.4, 0.3])  # the first evaluation is the best
    inner = metrics.scores
    monkeypatch.setattr(metrics, "scores", lambda *given: {**inner(*given), "macro_f1": next(scores)})
    network, _ = trained(base, tmp_path, replace(LONG, epochs=1, decay=decay, patience=99))
    found = sorted(tmp_path.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    assert len(found) == 2
    kept = weights(found[0 if decay else -1])
    assert_same_weights({key: values.numpy() for key, values in network.state_dict().items()}, kept)


@pytest.mark.usefixtures("several_checkpoints")
def test_an_uninterrupted_run_ends_in_the_same_weights_every_time(uninterrupted, base, tmp_path):
    made, *_ = uninterrupted
    for again in range(2):
        network, _ = trained(base, tmp_path / str(again), LONG)
        assert_same_weights({key: values.numpy() for key, values in network.state_dict().items()}, made)


@pytest.fixture
def steps(monkeypatch):
    """The number of every training step that is made in this process."""
    made = []
    inner = transformers.Trainer.training_step

    def counted(self, *given, **named):
        made.append(self.state.global_step + 1)
        return inner(self, *given, **named)

    monkeypatch.setattr(transformers.Trainer, "training_step", counted)
    return made


def moment_of(name, best, last):
    return {
        "step": {"moment": "step", "at": best + EVERY + 3},  # within an epoch, after an evaluation that was not better
        "save": {"moment": "save", "at": best // EVERY + 2},
        "export": {"moment": "export", "at": 1},
    }[name] | {"resumes_at": {"step": best + EVERY, "save": best + EVERY, "export": last}[name]}


@pytest.mark.usefixtures("several_checkpoints")
@pytest.mark.parametrize("name", ["step", "save", "export"])
def test_a_killed_run_goes_on_from_its_last_checkpoint_and_ends_in_the_same_weights(
    uninterrupted, base, tmp_path, steps, name
):
    wanted, best, last = uninterrupted
    how = moment_of(name, best, last)
    resumes_at = how.pop("resumes_at")
    out = tmp_path / "mijn"
    process = start(base, out, **how)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    checkpoints = {path.name for path in out.glob(".training/checkpoint-*")}
    assert f"checkpoint-{best}" in checkpoints
    assert resumes_at in _readable(out)
    if name == "save":  # a folder with weights and no state
        half = out / ".training" / f"checkpoint-{resumes_at + EVERY}"
        assert (half / "model.safetensors").exists()
        assert not (half / "trainer_state.json").exists()
    moved = out.rename(tmp_path / "verhuisd")  # nor does it matter where it lies
    made = finetune(TRAIN, dev=DEV, base=base, out=moved, settings=LONG)
    assert_same_weights(weights(moved), wanted)
    # It did not begin anew. (One step is made, and not kept, to find out that it had stopped.)
    assert steps == list(range(resumes_at + 1, max(last, resumes_at + 1) + 1))
    assert made.folder == moved
    assert not (moved / ".training").exists()


@pytest.mark.usefixtures("several_checkpoints")
def test_a_full_disk_is_an_output_error_that_leaves_the_last_checkpoint_and_the_same_call_goes_on(
    uninterrupted, base, tmp_path, steps
):
    wanted, _, last = uninterrupted
    out = tmp_path / "mijn"
    process = start(base, out, moment="full")
    told = [json.loads(line) for line in process.communicate()[0].splitlines()]
    assert process.returncode == 0
    assert len(told) == 3
    for message, *readable in told:
        assert "mijn: cannot be written (" in message
        assert "what was saved before stays" in message
        assert readable
    assert told[0][-1] == 2 * EVERY  # the third save failed, and the second is there
    assert told[1][-1] == 3 * EVERY
    assert told[2][-1] == last
    finetune(TRAIN, dev=DEV, base=base, out=out, settings=LONG)
    assert_same_weights(weights(out), wanted)
    assert len(steps) <= 1
    assert not [name for name in files(out) if name.endswith(".tmp")]


@pytest.mark.usefixtures("several_checkpoints")
@pytest.mark.parametrize("change", [{"lora": True}, {"low_memory": True, "batch": 24}])
def test_adapters_and_gathered_batches_go_on_after_a_stop_too(base, tmp_path, monkeypatch, change):
    settings = replace(LONG, epochs=3, **change)
    wanted, _ = trained(base, tmp_path / "heel", settings)
    inner = transformers.Trainer.training_step

    def stopping(self, *given, **named):
        if self.state.global_step == EVERY + 1:
            raise Stopped
        return inner(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(transformers.Trainer, "training_step", stopping)
        with pytest.raises(Stopped):
            trained(base, tmp_path / "half", settings)
    again, _ = trained(base, tmp_path / "half", settings)
    for key, values in wanted.state_dict().items():
        assert torch.equal(values, again.state_dict()[key]), key


@pytest.mark.parametrize(
    "damage", [lambda state: state.unlink(), lambda state: state.write_text(state.read_text()[:50])]
)
@pytest.mark.usefixtures("several_checkpoints")
def test_a_checkpoint_that_was_half_written_is_thrown_away_for_the_one_before(base, tmp_path, steps, damage):
    settings = replace(FULL, epochs=3)
    trained(base, tmp_path, settings)
    last = max(tmp_path.glob("checkpoint-*"), key=lambda path: int(path.name[11:]))
    half = tmp_path / "checkpoint-9999"
    shutil.copytree(last, half)
    damage(half / "trainer_state.json")
    steps.clear()
    trained(base, tmp_path, settings)
    assert not half.exists()
    assert not steps  # it was finished


# ---- another call in the same folder


def test_an_unfinished_training_of_other_pairs_settings_or_base_is_refused_by_name_and_kept(base, unexported, tmp_path):
    folder = unexported()
    before = content(folder)
    other = checkpoint(tmp_path / "ander", initializer_range=0.2)
    calls = (
        ({"train": TRAIN[:-1]}, "data"),
        ({"train": [*TRAIN[:-1], replace(TRAIN[-1], label="supports")]}, "data"),
        ({"dev": DEV[:-1]}, "data"),
        ({"test": TEST}, "data"),
        ({"settings": replace(HEAD, seed=14)}, "settings"),
        ({"base": other}, "base"),
    )
    for change, named in calls:
        given = {"train": TRAIN, "dev": DEV, "base": base, "settings": HEAD, **change}
        with pytest.raises(InputError, match=f"unfinished training of another call .*{named}"):
            finetune(given.pop("train"), out=folder, **given)
        assert content(folder) == before


@pytest.mark.usefixtures("several_checkpoints")
def test_an_unfinished_training_that_is_overwritten_starts_anew(unexported, steps):
    folder = unexported(settings=replace(FULL, epochs=2))
    assert list(folder.glob(".training/checkpoint-*"))
    steps.clear()
    unexported(settings=replace(FULL, epochs=1), overwrite=True)
    assert steps == list(range(1, STEPS + 1))


def test_a_finished_model_is_overwritten_only_where_that_is_asked(learned, unexported, base, tmp_path):
    folder = shutil.copytree(learned.folder, tmp_path / "mijn")
    before = content(folder)
    for settings in (FULL, HEAD):
        with pytest.raises(InputError, match="holds a finished model; choose another folder, or overwrite"):
            finetune(TRAIN, dev=DEV, test=TEST, base=base, out=folder, settings=settings)
        assert content(folder) == before
    unexported(overwrite=True)
    assert differs(weights(folder), weights(learned.folder))
    # Until the new one is finished, nothing says that there is one, nor gives it the old one's temperature.
    assert not {"training.json", "calibration.json"} & files(folder)


def test_a_model_of_somebody_else_is_not_overwritten_and_a_base_is_no_place_for_its_child(base, tmp_path):
    other = checkpoint(tmp_path / "ander")
    before = content(other)
    with pytest.raises(InputError, match="holds a model already"):
        finetune(TRAIN, dev=DEV, base=base, out=other, settings=HEAD)
    with pytest.raises(InputError, match="is the base itself"):
        finetune(TRAIN, dev=DEV, base=other, out=other, settings=HEAD, overwrite=True)
    assert content(other) == before


def test_a_folder_that_cannot_be_made_is_an_output_error(base, tmp_path):
    (tmp_path / "bestand").write_text("geen map")
    with pytest.raises(OutputError, match="bestand"):
        finetune(TRAIN, dev=DEV, base=base, out=tmp_path / "bestand" / "mijn", settings=HEAD)
    with pytest.raises(OutputError, match="bestand"):
        finetune(TRAIN, dev=DEV, base=base, out=tmp_path / "bestand", settings=HEAD)


# ---- bad input


def changed(rows, **fields):
    return [*rows[:-1], replace(rows[-1], **fields)]


ONE = [replace(pair, label="supports") for pair in TRAIN]
BAD = {
    "fewer than eight": ({"train": TRAIN[:7]}, "train: 7 pairs are too few; at least 8"),
    "none": ({"train": []}, "train: 0 pairs"),
    "no dev at all": ({"dev": []}, "dev: 0 pairs"),
    "unknown label": ({"train": changed(TRAIN, label="misschien")}, "train: label 'misschien' is not one of supports"),
    "two-way label": ({"train": changed(TRAIN, label="not_supports")}, "train: label 'not_supports' is not one"),
    "two-way label in test": ({"test": changed(TEST, label="not_contradicts")}, "test: label 'not_contradicts'"),
    "one label": ({"train": ONE}, "train: all 96 pairs are supports"),
    "one label in dev": ({"dev": DEV[:1]}, "dev: all 1 pairs are supports"),
    "empty claim": ({"train": changed(TRAIN, claim=" \n\u00a0")}, "train: pair 't95' has an empty text"),
    "empty evidence": ({"dev": changed(DEV, evidence="")}, "dev: pair 'd44' has an empty text"),
    "dev in train": ({"dev": changed(DEV, claim=TRAIN[3].claim)}, "1 texts of dev also stand in train"),
    "on the other side": ({"dev": changed(DEV, claim=TRAIN[3].evidence)}, "1 texts of dev also stand in train"),
    "in capitals and spaces": (
        {"dev": changed(DEV, evidence=f" {TRAIN[3].evidence.upper()}\n".replace(" ", "  "))},
        "1 texts of dev also stand in train",
    ),
    "test in train": ({"test": changed(TEST, claim=TRAIN[3].claim)}, "1 texts of test also stand in train"),
    "test in dev": ({"test": changed(TEST, evidence=DEV[3].claim)}, "1 texts of test also stand in dev"),
    "an older pair without a label": ({"replay": changed(TEST, label="los")}, "replay: label 'los'"),
    "all one group": ({"train": [replace(p, group="een") for p in TRAIN], "dev": None}, "in 1 group cannot be cut"),
    "nothing to set apart": (
        {"train": [*ONE[:20], TRAIN[22]], "dev": None},
        "no fifth of the 21 pairs can be set apart so that both parts have two labels",
    ),
    "no epochs": ({"settings": replace(FULL, epochs=0)}, "must be above 0"),
    "a learning rate that is no number": ({"settings": replace(FULL, learning_rate=math.nan)}, "must be above 0"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_pairs_that_cannot_be_used_are_an_input_error_before_anything_is_made(base, tmp_path, change, message):
    given = {"train": TRAIN, "dev": DEV, "base": base, "settings": HEAD, **change}
    with pytest.raises(InputError, match=message):
        finetune(given.pop("train"), out=tmp_path / "mijn", **given)
    assert not (tmp_path / "mijn").exists()


@pytest.mark.usefixtures("several_checkpoints")
def test_a_loss_that_is_no_number_stops_at_its_batch_and_keeps_the_last_good_checkpoint(base, tmp_path, monkeypatch):
    good, _ = trained(base, tmp_path, replace(FULL, epochs=2))
    kept = {path.name for path in tmp_path.glob("checkpoint-*")}
    assert kept
    # Goes on from there, at a rate that no network survives.
    optimizer = transformers.Trainer.training_step

    def poisoned(self, *given, **named):
        loss = optimizer(self, *given, **named)
        with torch.no_grad():
            next(p for p in self.model.parameters() if p.requires_grad).fill_(math.nan)
        return loss

    monkeypatch.setattr(transformers.Trainer, "training_step", poisoned)
    with pytest.raises(TrainingError, match=r"no number .* at batch 1[34] of 24; what was saved before stays in"):
        trained(base, tmp_path, replace(FULL, epochs=4))
    assert {path.name for path in tmp_path.glob("checkpoint-*")} == kept
    for path in tmp_path.glob("checkpoint-*"):
        assert all(np.isfinite(values).all() for values in weights(path).values())
    assert all(np.isfinite(values.numpy()).all() for values in good.state_dict().values())


@pytest.mark.parametrize("rows", [16, 96])
def test_a_learning_rate_that_blows_up_leaves_no_checkpoint_of_numbers_that_are_none(base, tmp_path, rows):
    with pytest.raises(TrainingError, match=r"no number .*Lower the learning rate \(now 1e\+30\)"):
        trained(base, tmp_path, replace(FULL, learning_rate=1e30), TRAIN[:rows])
    for path in tmp_path.glob("checkpoint-*"):
        assert all(np.isfinite(values).all() for values in weights(path).values())


@pytest.mark.parametrize("settings", [FULL, HEAD], ids=["full", "head"])
def test_a_base_whose_weights_are_no_numbers_is_a_training_error(base, tmp_path, settings):
    from safetensors.numpy import save_file

    sick = shutil.copytree(base, tmp_path / "ziek")
    broken = copy.deepcopy(weights(sick))
    broken["classifier.weight"][:] = math.nan
    broken["bert.encoder.layer.0.output.dense.weight"][:] = math.nan
    save_file(broken, sick / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(TrainingError, match="no number"):
        finetune(TRAIN, dev=DEV, base=sick, out=tmp_path / "mijn", settings=settings)


def test_memory_that_ran_out_says_which_setting_to_lower(tmp_path):
    for much in (lambda: torch.empty(10**15), lambda: np.empty(10**15), lambda: bytearray(10**18)):
        with (
            pytest.raises(TrainingError, match="memory ran out; train with --low-memory, or a smaller --batch"),
            finetuning._named_failures(tmp_path),
        ):
            much()
