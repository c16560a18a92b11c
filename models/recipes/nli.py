"""Train the shipped model: a mixture of NLI corpora in legs, through the package's own fine-tuning.

    python models/recipes/base.py --out runs/base
    python models/recipes/nli.py --base runs/base --data-dir DATA --out runs/nli
    python models/recipes/export.py --checkpoint runs/nli --base runs/base --data-dir DATA --out FOLDER

``nli.toml`` lists what goes in, and how much; another ``--recipe`` says only what differs (``trials.toml``). A killed
run goes on from its last checkpoint; finished legs are not run again. What was tried, and what it gave on dev, is in
``LOG.md``. No row is trained on whose text stands in a split that is reported (:class:`Reported`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tomllib
import torch
import transformers
from safetensors.torch import load_file
from sklearn.neighbors import NearestNeighbors

from claimcheck import corpora, finetuning, metrics
from claimcheck.corpora import text_key
from claimcheck.schema import LABELS, Example

HERE = Path(__file__).parent
OWN = HERE.parent.parent / "corpora"
RECIPE = HERE / "nli.toml"
# Sentences of which a caption corpus has many by chance; a match of so few words is no leak.
SHORT = 5
NEIGHBOURS = 5  # of a sentence, in the base's vectors, from another place
SAME = 0.97  # cosine from which two sentences may say the same
NEAR = 12_000  # sentences that neighbours are looked for among
NEAR_DEV = 0.1  # of them are for choosing on only
ALIKE, APART = 4.6, 1.0  # STSb scores from which, and up to which, a label follows
LONGER = 2  # times as many words: what says so much more does not follow
SENTENCES = 20_000  # whose vectors are held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("CLAIMCHECK_DATA"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--commercial-safe", action="store_true", help="without corpora that forbid commercial use")
    parser.add_argument("--describe", action="store_true", help="say what would be trained on, and stop")
    arguments = parser.parse_args()
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8")) | tomllib.loads(
        arguments.recipe.read_text(encoding="utf-8")
    )
    mixture = Mixture(recipe, arguments.data_dir, arguments.base, commercial_safe=arguments.commercial_safe)
    base = arguments.base
    for leg in recipe["leg"]:
        folder = arguments.out / leg["name"]
        rows = mixture.draw(leg)
        print(f"{leg['name']}: {len(rows):,} rows", dict(Counter(row.phenomenon for row in rows)), flush=True)
        if not arguments.describe:
            if "start" in leg and not (folder / "leg.json").is_file():  # a finished leg needs none
                base = average(arguments.out, f"{leg['name']}_start", leg["start"], mixture)
            trained = train_leg(base, folder, leg, rows, mixture)
            base = base if recipe.get("apart") else trained
    if not (arguments.describe or recipe.get("apart")):
        average(arguments.out, "average", recipe["average"], mixture)
        print(json.dumps(record_of(arguments.out, recipe, mixture), indent=2))


def train_leg(base: Path, folder: Path, leg: dict[str, Any], rows: list[Example], mixture: Mixture) -> Path:
    """One leg, from the weights of the one before; nothing where it is finished.

    Raises ``SystemExit`` where the folder holds a leg, finished or begun, of other rows.
    """
    checksum = finetuning.checksum(rows)
    if (folder / "leg.json").is_file():
        if json.loads((folder / "leg.json").read_text(encoding="utf-8"))["rows_sha256"] != checksum:
            raise SystemExit(f"{folder}: was trained on other rows; remove it to train it anew")
        return folder
    started = time.monotonic()
    settings = finetuning.Settings(
        epochs=leg["epochs"],
        learning_rate=leg["learning_rate"],
        batch=leg.get("batch", 32),
        seed=leg["seed"],
        max_tokens=leg.get("max_tokens", 160),
        decay=leg.get("decay", True),
        patience=1000,  # never stopped early
    )
    transformers.set_seed(settings.seed)
    with finetuning.quiet():
        network, tokenizer, origin = finetuning.load_base(base)
        if "dropout" in leg:
            for module in network.modules():
                if isinstance(module, torch.nn.Dropout):
                    module.p = leg["dropout"]
        work = folder / "checkpoints"
        begin(work, {"leg": leg, "base": origin["sha256"], "rows": checksum})
        resumed = any(work.glob("checkpoint-*"))
        network = finetuning.fit(
            network, tokenizer, rows, mixture.dev_sample(), settings, work, keep=mixture.sentences(leg)
        )
        network.float().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        scores = {name: score(network, tokenizer, pairs) for name, pairs in mixture.dev.items()}
    written = {
        "leg": leg,
        "base": origin,
        "rows_sha256": checksum,
        "rows": dict(Counter(row.phenomenon for row in rows)),
        "dev": scores,
        "step": kept_step(work, settings),
        "seconds": round(time.monotonic() - started),
        "resumed": resumed,  # then those are of its last part only
    }
    (folder / "leg.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(written["dev"]), written["seconds"], "s", flush=True)
    return folder


def average(out: Path, name: str, shares: dict[str, float], mixture: Mixture) -> Path:
    """``out/name``: a network whose weights are the mean of those of the legs, each counting by its share.

    Along one training the mean of late weights lies nearer to the middle of what they circle around (Izmailov et al.
    2018, "Averaging Weights Leads to Wider Optima and Better Generalization").
    """
    with finetuning.quiet():
        network, tokenizer, _ = finetuning.load_base(out / next(iter(shares)))
        parts = {leg: load_file(out / leg / "model.safetensors") for leg in shares}
        total = sum(shares.values())
        network.load_state_dict(
            {key: sum(share * parts[leg][key] for leg, share in shares.items()) / total for key in network.state_dict()}
        )
        network.save_pretrained(out / name)
        tokenizer.save_pretrained(out / name)
        scores = {part: score(network, tokenizer, pairs) for part, pairs in mixture.dev.items()}
    (out / name / "leg.json").write_text(
        json.dumps({"shares": shares, "dev": scores}, indent=2) + "\n", encoding="utf-8"
    )
    print(json.dumps(scores), flush=True)
    return out / name


def kept_step(work: Path, settings: finetuning.Settings) -> dict[str, int]:
    """Whose weights a finished training left, and of how many."""
    states = [json.loads(file.read_text(encoding="utf-8")) for file in work.glob("checkpoint-*/trainer_state.json")]
    last = max(states, key=lambda state: state["global_step"])
    return {"kept": last["best_global_step" if settings.decay else "global_step"], "of": last["max_steps"]}


def begin(work: Path, plan: dict[str, Any]) -> None:
    """Make the folder of checkpoints, or see that those in it are of the very same training."""
    work.mkdir(parents=True, exist_ok=True)
    note = work / "plan.json"
    if not note.is_file():
        note.write_text(json.dumps(plan, indent=2) + "\n", encoding="utf-8")
    elif differing := [name for name, value in json.loads(note.read_text("utf-8")).items() if value != plan[name]]:
        raise SystemExit(f"{work}: was begun with other {', '.join(differing)}; remove it to begin anew")


def score(network: Any, tokenizer: Any, pairs: Sequence[Example]) -> dict[str, float]:
    """Accuracy, macro-F1, and the share of pairs that contradict nothing and are called a contradiction."""
    logits, _ = finetuning.logits_of(network, tokenizer, pairs, 256)
    gold = metrics.gold_of(pairs)
    found = {"accuracy": float((logits.argmax(1) == gold).mean())}
    if len(set(gold.tolist())) == len(LABELS):
        probabilities = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
        found["macro_f1"] = metrics.scores(gold, probabilities)["macro_f1"]
    innocent = gold != LABELS.index("contradicts")
    found["false_alarms"] = float((logits.argmax(1)[innocent] == LABELS.index("contradicts")).mean())
    return {name: round(value, 4) for name, value in found.items()}


def record_of(out: Path, recipe: dict[str, Any], mixture: Mixture) -> dict[str, Any]:
    legs = [json.loads((out / leg["name"] / "leg.json").read_text(encoding="utf-8")) for leg in recipe["leg"]]
    record = {
        "recipe": "models/recipes/nli.py",
        "legs": legs,
        "average": json.loads((out / "average" / "leg.json").read_text(encoding="utf-8")),
        "refused": dict(mixture.refused),
        "data": mixture.checksums,
        "seconds": sum(leg["seconds"] for leg in legs),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "numpy": np.__version__},
    }
    (out / "training.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return record


# ---- what goes in


@dataclass(frozen=True, slots=True)
class Reported:
    """The texts of every split that scores are reported on: what nobody may train on.

    A pair is refused where both texts stand in one reported pair, in either order. A single text is refused where it
    has more than ``SHORT`` words; SICK's own splits share most sentences, as published, and are checked by pair only.
    """

    texts: frozenset[str]
    pairs: frozenset[frozenset[str]]

    @classmethod
    def of(cls, parts: Iterable[Sequence[Example]]) -> Reported:
        pairs = [(text_key(pair.evidence), text_key(pair.claim)) for part in parts for pair in part]
        texts = {text for pair in pairs for text in pair if len(text.split()) > SHORT}
        return cls(frozenset(texts), frozenset(frozenset(pair) for pair in pairs))

    def has(self, pair: Example, *, by_text: bool) -> bool:
        first, second = text_key(pair.evidence), text_key(pair.claim)
        return frozenset((first, second)) in self.pairs or (by_text and (first in self.texts or second in self.texts))


class Mixture:
    """The sources of the recipe, read once and freed of what is reported; each leg draws from them."""

    def __init__(
        self, recipe: dict[str, Any], data_dir: Path | None, base: Path, *, commercial_safe: bool = False
    ) -> None:
        self.data_dir = data_dir
        self.base = base
        self.checksums: dict[str, str] = {}
        self.refused: Counter[str] = Counter()
        self.held_out = {f"xnli/dev/{row}" for row in range(2491 - recipe["held_out"]["xnli_dev"], 2491)}
        reported = Reported.of(self._reported())
        wanted = [source for source in recipe["source"] if not (commercial_safe and source.get("nc"))]
        self.sources: dict[str, list[Example]] = {}
        self.settings = {source["name"]: source for source in wanted}
        for source in wanted:
            found = self._read(source)
            kept = [pair for pair in found if not reported.has(pair, by_text="sick" not in source["name"])]
            self.refused[source["name"]] += len(found) - len(kept)
            self.sources[source["name"]] = [replace(pair, phenomenon=source["name"]) for pair in kept]

    def draw(self, leg: dict[str, Any]) -> list[Example]:
        """The rows of a leg, shuffled: by its seed, so the same each time."""
        chance = random.Random(leg["seed"])
        rows = []
        for name, pairs in self.sources.items():
            usual = self.settings[name].get("rows", len(pairs))
            most = leg.get("rows", {}).get(name, leg.get("others", usual))
            rows += chance.sample(pairs, min(most, len(pairs)))
        chance.shuffle(rows)
        return rows

    def sentences(self, leg: dict[str, Any]) -> list[str]:
        """Single sentences, mostly Dutch, whose vectors training must not move. None of a licence that forbids much."""
        if not leg.get("keep", True):
            return []
        pool = [text for name in ("stsb_nl", "contrast", "near_dutch", "everyday", "foreign", "new_protocols")
                for pair in self.sources.get(name, ()) for text in (pair.evidence, pair.claim)]  # fmt: skip
        distinct = sorted(set(pool))
        random.Random(leg["seed"]).shuffle(distinct)
        return distinct[:SENTENCES]

    @cached_property
    def dev(self) -> dict[str, list[Example]]:
        """What is chosen on, by name; none of it is trained on."""
        return {
            "sick_nl": self._load("sick_nl", "trial"),
            "contrast": corpora.read_pairs(OWN / "contrast" / "dev.jsonl"),
            "two_outlets": corpora.read_pairs(OWN / "two-outlets" / "outlets_dev.jsonl"),
            "mnli": random.Random(1).sample(self._load("mnli", "dev_matched"), 1500),
            **{
                f"xnli_{language}": [p for p in self._load(f"xnli_{language}", "dev") if p.id in self.held_out]
                for language in ("de", "en", "fr")
            },
            "near_dutch": self.near_dev,
        }

    def dev_sample(self) -> list[Example]:
        """A part of :attr:`dev` that is judged in a few seconds, so that the best step is kept."""
        chance = random.Random(2)
        return [pair for pairs in self.dev.values() for pair in chance.sample(pairs, min(300, len(pairs)))]

    def _reported(self) -> Iterable[list[Example]]:
        for name, corpus in corpora.CORPORA.items():
            for split, part in corpus.splits.items():
                here = self.data_dir and (Path(self.data_dir) / part.file).is_file()
                if corpus.labels and part.purpose == "report" and here:
                    yield self._load(name, split)
        yield self._load("mnli", "dev_matched")
        for language in ("nl", "en"):
            yield self._load(f"sick_{language}", "trial")
        yield [
            p
            for language in ("de", "en", "fr", "es")
            for p in self._load(f"xnli_{language}", "dev")
            if p.id in self.held_out
        ]
        for own in (
            OWN / "stress.jsonl",
            OWN / "demo-gold.jsonl",
            *(OWN / "contrast" / f"{part}.jsonl" for part in ("dev", "test_seen", "test_unseen")),
            *(OWN / "two-outlets" / f"outlets_{part}.jsonl" for part in ("dev", "test")),
        ):
            yield corpora.read_pairs(own)
        for split in ("dev", "test"):
            yield [
                Example(id=p.id, evidence=p.first, claim=p.second, label="unrelated", group=p.group)
                for p in corpora.load_scored("stsb_nl", split, self.data_dir)
            ]

    def _load(self, name: str, split: str) -> list[Example]:
        pairs = corpora.load(name, split, self.data_dir)
        self.checksums[f"{name}/{split}"] = corpora.checksum(name, split, self.data_dir)
        return pairs

    def _read(self, source: dict[str, Any]) -> list[Example]:
        """One source's rows, before a leg draws from them."""
        if "pairs" in source:
            path = RECIPE.parent / source["pairs"]
            pairs = corpora.read_pairs(path)
            self.checksums[f"{path.parent.name}/{path.name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif "join" in source:
            pairs = self._joined(source)
        elif "scored" in source:
            pairs = self._scored(source)
        elif "near" in source:
            pairs = self._near(source)
        elif "between" in source:
            pairs = between([pair for name in source["between"] for pair in self.sources[name]])
        else:
            name = source.get("corpus", source["name"])
            pairs = [p for split in source["splits"] for p in self._load(name, split) if p.id not in self.held_out]
        if source.get("reverse"):
            pairs += turned_round(pairs, source["name"])
        return pairs

    def _joined(self, source: dict[str, Any]) -> list[Example]:
        """Each pair with its two sides in two languages drawn by chance, which may be one."""
        by_language = [
            {p.id: p for split in source["splits"] for p in self._load(name, split)} for name in source["join"]
        ]
        chance = random.Random(source["name"])
        found = []
        for time_ in range(source.get("times", 1)):
            for id_ in by_language[0]:
                if id_ in self.held_out or not all(id_ in part for part in by_language):
                    continue
                one, other = chance.choice(by_language)[id_], chance.choice(by_language)[id_]
                found.append(replace(one, id=f"{id_}/{time_}", claim=other.claim))
        return found

    def _scored(self, source: dict[str, Any]) -> list[Example]:
        """STSb: the same in the eyes of people, or not alike at all. Synthetic labels."""
        found = []
        for pair in corpora.load_scored(source["name"], source["scored"], self.data_dir):
            if APART < pair.score < ALIKE:
                continue
            label = "supports" if pair.score >= ALIKE else "unrelated"
            found.append(
                Example(id=pair.id, evidence=pair.first, claim=pair.second, label=label, group=pair.group)  # type: ignore[arg-type]
            )
        self.checksums[f"{source['name']}/{source['scored']}"] = corpora.checksum(
            source["name"], source["scored"], self.data_dir
        )
        return found

    def _near(self, source: dict[str, Any]) -> list[Example]:
        """Nearest neighbours from different places: unrelated, if hardly ever not. Synthetic.

        They are what ``claimcheck pair`` puts forward where two articles are not about one event.
        """
        sentences: dict[str, str] = {}  # sentence → where it comes from
        for name in source["near"]:
            if name == "ud_dutch":
                for file in sorted((Path(self.data_dir or "") / "ud_dutch").rglob("*.conllu")):
                    for i, text in enumerate(ud_sentences(file)):
                        # Neighbours in an article may well be about one fact.
                        sentences.setdefault(text, f"{file.name}/{i // 40}")
            else:
                for pair in self.sources[name]:
                    for text in (pair.evidence, pair.claim):
                        sentences.setdefault(text, f"{name}/{pair.group}")
        chance = random.Random(source["name"])
        texts = [text for text in sentences if 5 <= len(text.split()) <= 45]
        texts = chance.sample(texts, min(len(texts), NEAR))
        network, tokenizer, _ = finetuning.load_base(self.base)
        with torch.autocast("cpu", dtype=torch.bfloat16):  # twice as fast, and near is near
            vectors = finetuning.vectors_of(network, tokenizer, texts, 128)
        # Some of the nearest are from the same place.
        distances, places = NearestNeighbors(n_neighbors=4 * NEIGHBOURS, metric="cosine").fit(vectors).kneighbors()
        found = []
        for i, (row, away) in enumerate(zip(places, distances, strict=True)):
            apart = [
                j
                for j, distance in zip(row.tolist(), away.tolist(), strict=True)
                if sentences[texts[i]] != sentences[texts[j]] and 1 - distance < SAME
            ]
            found += [(texts[i], texts[j]) for j in apart[:NEIGHBOURS]]
        chance.shuffle(found)
        pairs = [
            Example(id=f"{source['name']}/{n}", evidence=one, claim=other, label="unrelated", group=str(n))
            for n, (one, other) in enumerate(found)
        ]
        if source["name"] == "near_dutch":  # a part to choose on, which shares no sentence with the rest
            held = set(texts[: int(NEAR_DEV * len(texts))])
            self.near_dev = [pair for pair in pairs if pair.evidence in held and pair.claim in held]
            pairs = [pair for pair in pairs if not held & {pair.evidence, pair.claim}]
        return pairs


def turned_round(pairs: Sequence[Example], seed: str) -> list[Example]:
    """A fifth of the contradictions with evidence and claim exchanged, and as many others. Synthetic labels.

    Contradictions stay such (``docs/labels.md``). Of the others those are taken whose evidence has at least twice the
    words of the claim: exchanged, the claim says more than the evidence, which leaves it open. Contradictions alone
    would teach that a short evidence with a long claim is one.
    """
    chance = random.Random(seed)
    against = [pair for pair in pairs if pair.label == "contradicts"]
    longer = [
        pair
        for pair in pairs
        if pair.label != "contradicts" and len(pair.evidence.split()) >= LONGER * len(pair.claim.split())
    ]
    many = min(len(against) // 5, len(longer))
    return [
        replace(pair, id=f"{pair.id}/reversed", evidence=pair.claim, claim=pair.evidence, label=label)
        for part, label in ((against, "contradicts"), (longer, "unrelated"))
        for pair in chance.sample(part, many)
    ]


def between(pairs: Sequence[Example]) -> list[Example]:
    """The two versions of each group of ``corpora/two-versions`` against each other, where they must conflict.

    One supports what the other contradicts, of at least two claims: then both cannot be true. Synthetic, in both
    directions.
    """
    told: dict[tuple[str, str], dict[str, str]] = {}  # (group, claim) → version → label
    for pair in pairs:
        if not pair.id.endswith("/reversed"):
            told.setdefault((pair.group, pair.claim), {})[pair.evidence] = pair.label  # type: ignore[assignment]
    conflicts = Counter(
        (group, *sorted(labels))
        for (group, _), labels in told.items()
        if sorted(labels.values()) == ["contradicts", "supports"]
    )
    return [
        Example(id=f"{group}/{n}", evidence=versions[n], claim=versions[1 - n], label="contradicts", group=group)
        for (group, *versions), many in conflicts.items()
        if many >= 2
        for n in (0, 1)
    ]


def ud_sentences(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]


if __name__ == "__main__":
    main()
