"""How much do how many pairs teach, with which settings?

    python evaluation/fine_tuning.py --base runs/base --data-dir DATA

From an encoder that has never judged a pair (``models/recipes/base.py`` makes it), on SICK-NL TRAIN: first settings,
chosen on TRIAL; then learning curves of both modes, scored on TEST; then what fine-tuning on other pairs costs the
shipped model; then what all of SICK-NL TRAIN, which the shipped model has seen among much else, still gives it. Each
finished run is kept in evaluation/results/fine_tuning.jsonl, so that an interrupted program goes on. Writes its tables
into docs/decisions/0008-fine-tuning.md and draws docs/learning-curves.svg.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pages
from scipy.special import softmax

from claimcheck import annotating, corpora, finetuning, metrics
from claimcheck.finetuning import Settings
from claimcheck.nli import Model, load_model
from claimcheck.schema import Example

PAGE = pages.DOCS / "decisions" / "0008-fine-tuning.md"
PLOT = pages.DOCS / "learning-curves.svg"
KEPT = Path(__file__).parent / "results" / "fine_tuning.jsonl"  # one line a finished run
SIZES = (32, 100, 316, 1000, 4439)
SEEDS = (1, 2, 3)
TRIED_SEEDS = {100: SEEDS[:2], 1000: SEEDS[:1], 5000: SEEDS[:1]}
SHIPPED = [(3, 2e-5, 32), (3, 5e-5, 32), (3, 1e-4, 32)]  # from the shipped model; the best on TRIAL goes on to TEST
TRIED = {  # (epochs, learning rate, batch); stopped early on TRIAL
    100: [(15, 5e-5, 16), (15, 1e-4, 16), (15, 2e-4, 16), (30, 1e-4, 16)],
    1000: [(8, 5e-5, 32), (8, 1e-4, 32), (8, 2e-4, 32)],
    5000: [(3, 5e-5, 32), (3, 1e-4, 32), (3, 2e-4, 32)],  # of MNLI: SICK-NL has no more than 4,439
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--only", choices=("settings", "curves", "replay", "shipped"))
    arguments = parser.parse_args()
    of = {split: corpora.load("sick_nl", split, arguments.data_dir) for split in ("train", "trial", "test")}
    with finetuning.quiet():
        _, _, origin = finetuning.load_base(arguments.base)
    signature = (
        f"sick_nl@{corpora.checksum('sick_nl', 'train', arguments.data_dir)[:12]}, base sha256 "
        f"`{origin['sha256'][:12]}`."
    )
    if arguments.only in (None, "settings"):
        mnli = {
            "train": corpora.load("mnli", "train", arguments.data_dir),
            "trial": random.Random(1).sample(corpora.load("mnli", "dev_matched", arguments.data_dir), 2000),  # noqa: S311
        }
        tried = [
            run(
                arguments.base,
                of if size <= len(of["train"]) else mnli,
                size,
                seed,
                replace(finetuning.defaults(size), **named(setting)),
                score_on="trial",
            )
            for size, settings in TRIED.items()
            for setting in settings
            for seed in TRIED_SEEDS[size]
        ]
        signed = f"mnli@{corpora.checksum('mnli', 'train', arguments.data_dir)[:12]}, {signature}"
        pages.write(PAGE, "fine_tuning.py settings", table(list(grouped(tried, size_of_table)), "dev", signed))
    if arguments.only in (None, "curves"):
        curves = [
            run(arguments.base, of, size, seed, replace(finetuning.defaults(size), mode=mode), score_on="test")
            for mode in finetuning.MODES
            for size in SIZES
            for seed in SEEDS
        ]
        pages.write(PAGE, "fine_tuning.py curves", table(list(grouped(curves, size_of_table)), "TEST", signature))
        draw(curves)
    if arguments.only in (None, "replay"):
        pages.write(PAGE, "fine_tuning.py replay", replay(of, arguments.data_dir))
    if arguments.only in (None, "shipped"):
        pages.write(PAGE, "fine_tuning.py shipped", shipped(of))


def shipped(of: dict[str, list[Example]]) -> str:
    """The shipped model, trained on all of SICK-NL TRAIN: settings tried on TRIAL with one seed, the best on TEST."""
    with finetuning.quiet():
        network, tokenizer, origin = finetuning.load_base(None)
    before = finetuning.logits_of(network, tokenizer, of["test"])[0].argmax(1) == metrics.gold_of(of["test"])
    size = len(of["train"])
    tried = [
        run(
            None,
            of,
            size,
            SEEDS[0],
            replace(finetuning.defaults(size), **named(setting)),
            score_on="trial",
            of_base=origin["sha256"][:12],
        )
        for setting in SHIPPED
    ]
    best = max(tried, key=lambda record: record["accuracy"])["settings"]
    tested = [
        run(None, of, size, seed, Settings(**best), score_on="test", of_base=origin["sha256"][:12]) for seed in SEEDS
    ]
    signature = f"shipped model sha256 `{origin['sha256'][:12]}`, of which TEST gets {before.mean():.1%} as it is."
    return "\n\n".join(
        table(list(grouped(records, size_of_table)), where, signature)
        for records, where in ((tried, "TRIAL"), (tested, "TEST"))
    )


def replay(of: dict[str, list[Example]], data_dir: Path) -> str:
    """What 1,000 pairs of another kind cost the shipped model on SICK-NL, and what mixing in older pairs saves."""
    new = random.Random(SEEDS[0]).sample(corpora.load("xnli_de", "dev", data_dir), 1200)  # noqa: S311
    parts = annotating.split(new, dev=1 / 6, test=0.0, seed=SEEDS[0])
    xnli = corpora.load("xnli_de", "test", data_dir)
    rows = {record["name"]: record["replay"] for record in kept() if "replay" in record}
    for name, older in (("before", None), ("without replay", None), ("with replay", of["train"])):
        if name not in rows:
            with tempfile.TemporaryDirectory() as folder:
                started = time.monotonic()
                if name != "before":
                    finetuning.finetune(parts.train, dev=parts.dev, replay=older, out=f"{folder}/model")
                seconds = time.monotonic() - started
                model = load_model(None if name == "before" else f"{folder}/model")
                rows[name] = [accuracy(model, of["test"]), accuracy(model, xnli), seconds]
            keep({"name": name, "replay": rows[name]})
    lines = ["| | SICK-NL TEST | XNLI de test | seconds in all |", "|---|--:|--:|--:|"]
    lines += [
        f"| {name} | {sick:.1%} | {german:.1%} | {seconds:.0f} |" for name, (sick, german, seconds) in rows.items()
    ]
    note = f"Accuracy; {len(parts.train):,} pairs of XNLI de dev for training, {len(parts.dev)} to choose, one seed."
    return "\n".join([*lines, "", note])


def accuracy(model: Model, pairs: list[Example]) -> float:
    judged = model.predict_proba(evidence=[pair.evidence for pair in pairs], claims=[pair.claim for pair in pairs])
    return float((judged.argmax(1) == metrics.gold_of(pairs)).mean())


def named(setting: tuple[int, float, int]) -> dict[str, Any]:
    return dict(zip(("epochs", "learning_rate", "batch"), setting, strict=True))


def run(
    base: Path | None,
    of: dict[str, list[Example]],
    size: int,
    seed: int,
    settings: Settings,
    *,
    score_on: str,
    of_base: str = "",
) -> dict[str, Any]:
    """One training, or what is kept of it. The pairs are drawn by whole groups' order: any pair of TRAIN.

    ``of_base`` tells what is kept of one shipped model from what is kept of another.
    """
    settings = replace(settings, seed=seed)
    name = "-".join(map(str, (*filter(None, [of_base]), size, score_on, *asdict(settings).values())))
    for record in kept():
        if record["name"] == name:
            return record
    pairs = random.Random(seed).sample(of["train"], size)  # noqa: S311
    started = time.monotonic()
    work = Path(tempfile.mkdtemp(prefix="claimcheck-"))
    try:
        with finetuning.quiet():
            network, tokenizer, _ = finetuning.load_base(base)
            if settings.mode == "head":
                finetuning.fit_head(network, tokenizer, pairs, of["trial"], settings)
            else:
                network = finetuning.fit(network, tokenizer, pairs, of["trial"], settings, work)
        seconds = time.monotonic() - started
        logits, _ = finetuning.logits_of(network, tokenizer, of[score_on], settings.max_tokens)
    finally:
        shutil.rmtree(work)
    scores = metrics.scores(metrics.gold_of(of[score_on]), softmax(logits, axis=1))
    record = {
        "name": name,
        "size": size,
        "settings": asdict(settings),
        "accuracy": scores["accuracy"],
        "macro_f1": scores["macro_f1"],
        "seconds": seconds,
    }
    keep(record)
    return record


def kept() -> list[dict[str, Any]]:
    return [json.loads(line) for line in KEPT.read_text(encoding="utf-8").splitlines()] if KEPT.exists() else []


def keep(record: dict[str, Any]) -> None:
    with KEPT.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
    print(record, flush=True)


def size_of_table(record: dict[str, Any]) -> tuple[Any, ...]:
    settings = record["settings"]
    return record["size"], settings["mode"], settings["epochs"], settings["learning_rate"], settings["batch"]


def grouped(records: list[dict[str, Any]], key: Any) -> Iterator[tuple[tuple[Any, ...], list[dict[str, Any]]]]:
    keys = dict.fromkeys(map(key, records))
    for one in keys:
        yield one, [record for record in records if key(record) == one]


def table(groups: list[tuple[tuple[Any, ...], list[dict[str, Any]]]], where: str, signature: str) -> str:
    lines = [
        f"| pairs | mode | epochs, at most | learning rate | batch | accuracy on {where} | macro-F1 | seconds |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for (size, mode, epochs, rate, batch), records in groups:
        of = {name: [record[name] for record in records] for name in ("accuracy", "macro_f1", "seconds")}
        full = (str(epochs), f"{rate:g}", str(batch)) if mode == "full" else ("", "", "")
        spread = {name: f" ± {np.std(of[name], ddof=1):.1%}" if len(records) > 1 else "" for name in of}
        shown = [f"{np.mean(of[name]):.1%}{spread[name]}" for name in ("accuracy", "macro_f1")]
        row = (f"{size:,}", mode, *full, *shown, f"{np.mean(of['seconds']):.0f}")
        lines.append(f"| {' | '.join(row)} |")
    seeds = sorted({record["settings"]["seed"] for _, records in groups for record in records})
    note = f"Mean ± standard deviation of seeds {', '.join(map(str, seeds))}, which draw other pairs too; {signature}"
    return "\n".join([*lines, "", note])


def draw(curves: list[dict[str, Any]]) -> None:
    """Accuracy by number of pairs, one line a mode."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "claimcheck", "svg.fonttype": "none", "font.size": 11}):
        figure = Figure(figsize=(7, 4.2), layout="constrained")
        axes = figure.subplots()
        for mode, colour, mark in (("full", "#0072b2", "o"), ("head", "#d55e00", "s")):
            mine = [record for record in curves if record["settings"]["mode"] == mode]
            of = [[record["accuracy"] * 100 for record in mine if record["size"] == size] for size in SIZES]
            middle = [np.mean(values) for values in of]
            axes.plot(SIZES, middle, color=colour, marker=mark, label=f"--mode {mode}")
            axes.fill_between(SIZES, [min(v) for v in of], [max(v) for v in of], color=colour, alpha=0.2, linewidth=0)
        axes.set_xscale("log")
        axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
        axes.minorticks_off()
        axes.set_xlabel("labelled pairs of SICK-NL TRAIN")
        axes.set_ylabel("accuracy on SICK-NL TEST, %")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, loc="upper left")
        figure.savefig(PLOT, metadata={"Date": None})


if __name__ == "__main__":
    main()
