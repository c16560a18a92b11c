"""Turn a trained checkpoint into the folder that claimcheck ships: weights in int8 ONNX and in fp16 safetensors,
tokenizer, calibration, model card.

    python models/recipes/export.py --checkpoint runs/nli --base runs/base --data-dir DATA --out FOLDER

Temperature and threshold are fitted on the dev parts of the mixture (``nli.py``), each weighing alike. Of TEST this
program reads SICK-NL's only, and only for the model card; everything else that is reported comes from
``claimcheck evaluate``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import tomllib
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nli import RECIPE, Mixture
from numpy.typing import NDArray
from safetensors.torch import save_file
from scipy.special import softmax

from claimcheck import calibrating, corpora, exporting, finetuning, metrics
from claimcheck.nli import load_model
from claimcheck.schema import LABELS, Example

HERE = Path(__file__).parent
BLOCK = 128  # `docs/decisions/0004-model-format.md`: the whole below 50 MB
SHARE = 400  # rows of each dev part that the calibration is fitted on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    out: Path = arguments.out
    training = json.loads((arguments.checkpoint / "training.json").read_text(encoding="utf-8"))
    checkpoint = arguments.checkpoint / "average"

    with finetuning.quiet():
        network, tokenizer, _ = finetuning.load_base(checkpoint)
        exporting.export(network, out / "onnx" / "model_int8.onnx", sentence_vector=True, block=BLOCK)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(checkpoint / name, out / name)
    # In fp16 for size; config.json says float32, which is what transformers makes of them.
    halved = {name: weight.half().contiguous() for name, weight in network.state_dict().items()}
    save_file(halved, out / "model.safetensors", metadata={"format": "pt"})
    (out / "calibration.json").unlink(missing_ok=True)

    dev = Mixture(tomllib.loads(RECIPE.read_text(encoding="utf-8")), arguments.data_dir, arguments.base).dev
    judged = {name: probabilities(out, pairs) for name, pairs in dev.items()}
    wanted = {name: metrics.gold_of(pairs) for name, pairs in dev.items()}
    calibration = calibrated({name: (judged[name], wanted[name]) for name in dev})
    (out / "calibration.json").write_text(json.dumps(calibration, indent=2) + "\n", encoding="utf-8")

    weights = (out / "onnx" / "model_int8.onnx", out / "model.safetensors")
    test = corpora.load("sick_nl", "test", arguments.data_dir)
    shipped = probabilities(out, test)
    reference = softmax(finetuning.logits_of(network, tokenizer, test)[0], axis=1)
    training["export"] = {
        **{path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in weights},
        "megabytes": {path.name: round(path.stat().st_size / 1e6, 1) for path in weights},
        "onnxruntime": onnxruntime.__version__,
        "dev": {name: scores(wanted[name], judged[name], calibration["temperature"]) for name in dev},
        "sick_nl_test": {
            **scores(metrics.gold_of(test), shipped),
            "accuracy_fp32": metrics.scores(metrics.gold_of(test), reference)["accuracy"],
            "agreement": float((shipped.argmax(1) == reference.argmax(1)).mean()),
            "n": len(test),
        },
    }
    (out / "training.json").write_text(json.dumps(training, indent=2) + "\n", encoding="utf-8")
    (out / "README.md").write_text(model_card(training, calibration), encoding="utf-8")
    print(json.dumps(training["export"], indent=2))


def probabilities(folder: Path, pairs: list[Example]) -> NDArray[np.float64]:
    return load_model(folder).predict_proba(
        evidence=[pair.evidence for pair in pairs], claims=[pair.claim for pair in pairs]
    )


def scores(wanted: NDArray[np.int64], judged: NDArray[np.float64], temperature: float = 1.0) -> dict[str, float | None]:
    """None where a score is undefined: macro-F1 where a label is missing."""
    found = metrics.scores(wanted, softmax(np.log(np.maximum(judged, 1e-12)) / temperature, axis=1))
    if len(set(wanted.tolist())) < len(LABELS):
        found["macro_f1"] = float("nan")
    return {name: None if np.isnan(found[name]) else round(found[name], 4) for name in ("accuracy", "macro_f1", "ece")}


def calibrated(parts: dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]]) -> dict[str, Any]:
    chance = np.random.default_rng(1)
    logits, wanted = [], []
    for judged, labels in parts.values():
        rows = chance.choice(len(labels), min(SHARE, len(labels)), replace=False)
        logits.append(np.log(np.maximum(judged[rows], 1e-12)))
        wanted.append(labels[rows])
    together, labels = np.concatenate(logits), np.concatenate(wanted)
    temperature = round(calibrating.fit_temperature(together, labels), 4)
    threshold = calibrating.abstain_below(labels, softmax(together / temperature, axis=1))
    return {
        "temperature": temperature,
        "abstain_below": round(threshold, 4),
        "risk": calibrating.RISK,
        "fitted_on": f"dev parts of {', '.join(parts)}, up to {SHARE} pairs each, n = {len(labels)}",
    }


def model_card(training: dict[str, Any], calibration: dict[str, Any]) -> str:
    environment = Environment(  # noqa: S701 (Markdown of our own numbers)
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("model_card.md.j2")
    return page.render(training=training, calibration=calibration, labels=LABELS) + "\n"


if __name__ == "__main__":
    main()
