"""Labelled pairs → a checkpoint that judges pairs like these better, and an honest word on whether it does.

:func:`finetune` trains with transformers' Trainer (``mode="full"``), or fits the last layer alone on features that are
computed once (``mode="head"``: seconds, for very few pairs). What it leaves in ``out`` is a normal Hugging Face folder
with the int8 ONNX model that claimcheck runs, its calibration, and how it was made. A run that was killed goes on from
its last checkpoint and ends in the same weights.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import re
import shutil
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from claimcheck import calibrating, exporting, metrics, nli
from claimcheck.annotating import split
from claimcheck.corpora import text_key
from claimcheck.errors import ClaimcheckError, InputError, MissingExtraError, ModelError, OutputError, TrainingError
from claimcheck.schema import LABELS, Example

Mode = Literal["full", "head"]
MODES: Final[tuple[Mode, Mode]] = ("full", "head")
LEAST: Final = 8  # pairs: fewer say nothing
DEV_SHARE: Final = 0.2
SEED: Final = 13
DRAWS: Final = 2000
RARE: Final = 3  # from this ratio of the commonest label to the rarest, rare labels weigh more
# Evaluated and saved after every epoch, or after so many steps where epochs are very short or long.
LEAST_STEPS, MOST_STEPS = 50, 500
PENALTIES: Final = (0.001, 0.01, 0.1, 1.0)  # scikit-learn's C, chosen on dev
KEPT: Final = 16  # so many single sentences beside each batch of pairs, whose vectors are held
KEEPING_EVERY: Final = 2  # steps: a small batch of its own takes a quarter of the time of the pairs'
KEEPING: Final = 5.0  # weight of the loss that holds them: one minus the cosine
PRIOR: Final = 10.0  # so much cheaper than a feature's weight is it to keep the answer of the base
# No token is longer on average. What lies beyond would be cut, but only after tokenizers has made every pair of what is
# cut from both sides: of two texts of 5,000 words it never ends.
CHARACTERS: Final = 20
FINISHED: Final = "training.json"  # written last
_WORK: Final = ".training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How it is trained. ``batch`` is of pairs per step; ``low_memory`` takes them eight at a time and recomputes.

    ``epochs`` below 1 is so much of one, drawn by chance.

    The learning rate rises during the first ``warmup`` of the steps and then falls to 0 in a straight line; without
    ``decay`` it stays, for another training to go on from the last step.
    """

    mode: Mode = "full"
    epochs: float
    learning_rate: float
    batch: int
    seed: int = SEED
    lora: bool = False
    low_memory: bool = False
    max_tokens: int = 256  # a pair of news sentences has about a hundred; longer ones are cut for training only
    warmup: float = 0.06
    decay: bool = True
    weight_decay: float = 0.01
    patience: int = 3  # evaluations on dev without a better macro-F1


def defaults(rows: int, *, lora: bool = False) -> Settings:
    """Settings for so many training pairs, measured in ``docs/decisions/0008-fine-tuning.md``."""
    if rows < 500:
        settings = Settings(epochs=15, learning_rate=1e-4, batch=16)
    elif rows < 5000:
        settings = Settings(epochs=8, learning_rate=1e-4, batch=32)
    else:
        settings = Settings(epochs=3, learning_rate=1e-4, batch=32)
    # Adapters are few and start at zero: they learn at ten times the rate (Hu et al. 2021, "LoRA").
    return replace(settings, lora=True, learning_rate=10 * settings.learning_rate) if lora else settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was made: the folder, the settings, what the reader should know, and the comparison with the base.

    ``compared_on`` is ``"test"``, or ``"dev"`` where no test pairs were given: on those, training was also stopped and
    calibrated, which flatters. ``comparison`` is None where the base does not judge pairs. ``verdict`` says it in
    Dutch.
    """

    folder: Path
    settings: Settings
    rows: dict[str, int]
    scores: dict[str, metrics.Interval]
    compared_on: Literal["dev", "test"]
    comparison: metrics.Comparison | None
    verdict: str
    notes: tuple[str, ...]


def finetune(
    train: Sequence[Example],
    *,
    out: str | os.PathLike[str],
    dev: Sequence[Example] | None = None,
    test: Sequence[Example] | None = None,
    replay: Sequence[Example] | None = None,
    base: str | os.PathLike[str] | None = None,
    settings: Settings | None = None,
    overwrite: bool = False,
) -> Outcome:
    """Train ``base`` (default: the shipped model) on ``train`` and leave the new model in the folder ``out``.

    Without ``dev``, a fifth of ``train`` is set apart by group. ``replay`` are older pairs, of which as many as there
    are new ones are mixed in against forgetting, drawn once. The same call goes on with a run that was killed.

    Raises :class:`InputError` for fewer than :data:`LEAST` pairs, one label only, two-way labels, pairs of ``dev`` or
    ``test`` that share a text with ``train`` (or ``test`` with ``dev``), an ``out`` that holds a finished model or the
    unfinished one of another call (unless ``overwrite``); :class:`ModelError` for a base that is missing or no encoder;
    :class:`TrainingError` for a loss that is no number and for too little memory; :class:`OutputError` for a full disk.
    Whatever was saved before an error stays.
    """
    torch, transformers = _libraries()
    folder = Path(out)
    train, dev, notes = _parts(train, dev, test, replay, settings.seed if settings else SEED)
    settings = settings or defaults(len(train))
    if not (0 < settings.learning_rate < float("inf") and min(settings.epochs, settings.batch) >= 1):
        raise InputError(f"learning rate, epochs and batch must be above 0, not {settings}")
    where = nli.locate(base)[0]
    if where and folder.exists() and where.samefile(folder):
        raise InputError(f"{folder}: is the base itself; give the new model another folder")
    started = time.monotonic()
    with quiet(), _named_failures(folder):
        transformers.set_seed(settings.seed)  # a new head and adapters are drawn before Trainer sets it
        network, tokenizer, origin = load_base(base)
        plan: dict[str, Any] = {
            "claimcheck": metadata.version("claimcheck-nl"),
            "base": origin,
            "settings": asdict(settings),
            "data": {
                name: checksum(pairs) for name, pairs in (("train", train), ("dev", dev), ("test", test)) if pairs
            },
            "rows": {name: len(pairs) for name, pairs in (("train", train), ("dev", dev), ("test", test)) if pairs},
        }
        work = _open(folder, plan, overwrite)
        for old in (FINISHED, "calibration.json"):
            (folder / old).unlink(missing_ok=True)
        if settings.mode == "head":
            fit_head(network, tokenizer, train, dev, settings)
        else:
            network = fit(network, tokenizer, train, dev, settings, work)
        network.float().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        for file in folder.glob("*.safetensors"):  # written for the owner's eyes only
            file.chmod((folder / "config.json").stat().st_mode)
        # Read anew: in Trainer's hands the network may have been wrapped in autocast.
        network = transformers.AutoModelForSequenceClassification.from_pretrained(folder, use_safetensors=True)
        exporting.export(network, folder / nli.ONNX_WEIGHTS, separator=_separator(tokenizer))
        calibration, agreement = _calibrate(network, tokenizer, folder, dev)
    on: Literal["dev", "test"] = "test" if test else "dev"
    judged = list(test or dev)
    scores, comparison = _compare(base, folder, judged)
    verdict = _verdict(comparison, len(judged), len({pair.group for pair in judged}))
    record = {
        **plan,
        "seconds": round(time.monotonic() - started),
        "labels": dict(Counter(pair.label for pair in train)),
        "calibration": calibration,
        "onnx_agrees_on_dev": agreement,
        "compared_on": on,
        "scores": {name: [_number(v) for v in (s.value, s.low, s.high)] for name, s in scores.items()},
        "verdict": verdict,
        "notes": notes,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "numpy": np.__version__},
    }
    with _named_failures(folder):
        (folder / "README.md").write_text(_card(folder.name, record), encoding="utf-8")
        _write_json(folder / FINISHED, record)
        shutil.rmtree(folder / _WORK, ignore_errors=True)
    return Outcome(
        folder=folder,
        settings=settings,
        rows=plan["rows"],
        scores=scores,
        compared_on=on,
        comparison=comparison,
        verdict=verdict,
        notes=tuple(notes),
    )


# ---- what goes in


def _parts(
    train: Sequence[Example],
    dev: Sequence[Example] | None,
    test: Sequence[Example] | None,
    replay: Sequence[Example] | None,
    seed: int,
) -> tuple[Sequence[Example], Sequence[Example], list[str]]:
    """The pairs to train and to choose on, checked, and what the user should know of how they came about."""
    notes = []
    _check(train, "train")
    if dev is None:
        parts = split(train, dev=DEV_SHARE, test=0.0, seed=seed)
        train, dev = parts.train, parts.dev
        if min(len({pair.label for pair in part}) for part in (train, dev)) < 2:
            raise InputError(
                f"train: no fifth of the {len(train) + len(dev)} pairs can be set apart so that both parts have two "
                "labels or more; give pairs to choose and calibrate on (--dev), or label more"
            )
        notes.append(
            f"{len(dev)} of {len(train) + len(dev)} pairs were set apart, by group, to choose and calibrate on"
        )
    for name, pairs in (("dev", dev), ("test", test)):
        if pairs is not None:
            _check(pairs, name, least=1)
    _check_leaks(train=train, dev=dev, test=test)
    if replay:
        _check(replay, "replay", least=1)
        chosen = random.Random(SEED).sample(list(replay), min(len(replay), len(train)))  # noqa: S311
        used = {text_key(text) for pair in (*dev, *(test or ())) for text in (pair.evidence, pair.claim)}
        kept = [pair for pair in chosen if not used & {text_key(pair.evidence), text_key(pair.claim)}]
        notes.append(
            f"{len(kept)} older pairs are mixed in; {len(chosen) - len(kept)} more share a text with dev or test"
        )
        train = [*train, *kept]
    return train, dev, notes


def _check(pairs: Sequence[Example], name: str, least: int = LEAST) -> None:
    if len(pairs) < least:
        raise InputError(f"{name}: {len(pairs)} pairs are too few; at least {least} are needed")
    labels = Counter(pair.label for pair in pairs)
    if strange := set(labels) - set(LABELS):
        raise InputError(f"{name}: label {strange.pop()!r:.60} is not one of {', '.join(LABELS)}")
    if len(labels) < 2 and name != "replay":
        raise InputError(f"{name}: all {len(pairs)} pairs are {labels.popitem()[0]}; there is nothing to tell apart")
    for pair in pairs:
        if not pair.evidence.strip() or not pair.claim.strip():
            raise InputError(f"{name}: pair {pair.id!r:.60} has an empty text")


def _check_leaks(**parts: Sequence[Example] | None) -> None:
    """No text on two sides: a model that has seen a sentence knows more than it will know of the next one."""
    seen: dict[str, str] = {}
    for name, pairs in parts.items():
        here = {text_key(text) for pair in pairs or () for text in (pair.evidence, pair.claim)}
        if shared := [text for text in sorted(here) if text in seen]:
            raise InputError(
                f"{len(shared)} texts of {name} also stand in {seen[shared[0]]}, so that its score would mean nothing; "
                f"the first is {shared[0]!r:.80}. `claimcheck pairs split` makes parts that share none"
            )
        seen |= dict.fromkeys(here, name)


def checksum(pairs: Sequence[Example]) -> str:
    """SHA-256 of the texts and labels, in their order."""
    content = json.dumps([[pair.evidence, pair.claim, pair.label] for pair in pairs], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def load_base(name: str | os.PathLike[str] | None) -> tuple[Any, Any, dict[str, str]]:
    """A sequence classifier of torch with its outputs in the order of ``LABELS``, its tokenizer, and what it is.

    The head of a three-way NLI checkpoint is kept; any other encoder gets a new one. A folder of claimcheck that holds
    ONNX only (the shipped model) is taken from there. Raises :class:`ModelError` for what is missing or no encoder.
    """
    torch, transformers = _libraries()
    path, shown = nli.locate(name)
    settings: dict[str, Any] = {"local_files_only": path is not None, "trust_remote_code": False}
    where = str(path) if path else shown
    try:
        config = transformers.AutoConfig.from_pretrained(where, **settings)
        tokenizer = transformers.AutoTokenizer.from_pretrained(where, use_fast=True, **settings)
    except Exception as error:  # OSError, ValueError …: whatever a folder that is none brings up
        raise ModelError(f"{where}: cannot be a base: {nli.one_line(error)}") from None
    families = transformers.models.auto.modeling_auto
    decoder = (
        config.model_type in families.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
        and config.model_type not in families.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    ) or any("CausalLM" in name for name in config.architectures or ())
    if decoder or getattr(config, "is_encoder_decoder", False):
        raise ModelError(f"{where}: is no encoder ({', '.join(config.architectures or [config.model_type])})")
    try:
        columns: list[int] | None = nli.columns(config.id2label, where)
    except ModelError:
        columns = None
    config.num_labels = len(LABELS)
    try:
        if path and not sorted(path.glob("*.safetensors")) and (path / nli.ONNX_WEIGHTS).is_file():
            network = transformers.AutoModelForSequenceClassification.from_config(config)
            lacking = network.load_state_dict(exporting.torch_weights(path / nli.ONNX_WEIGHTS), strict=False)
            missing = set(lacking.missing_keys)
        else:
            network, loading = transformers.AutoModelForSequenceClassification.from_pretrained(
                where,
                config=config,
                use_safetensors=True,
                dtype=torch.float32,
                ignore_mismatched_sizes=columns is None,
                output_loading_info=True,
                **settings,
            )
            missing = set(loading["missing_keys"])
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"{where}: cannot be a base: {nli.one_line(error)}") from None
    of_encoder = [key for key in missing if key.startswith(f"{network.base_model_prefix}.") and "pooler" not in key]
    if of_encoder or (missing and columns):
        raise ModelError(f"{where}: its weights lack {', '.join(sorted(of_encoder or missing)[:3])}")
    if columns:
        last = _last_layer(network)
        with torch.no_grad():
            last.weight.copy_(last.weight[columns].clone())
            if last.bias is not None:
                last.bias.copy_(last.bias[columns].clone())
    network.config.id2label = dict(enumerate(LABELS))
    network.config.label2id = {label: number for number, label in enumerate(LABELS)}
    files = sorted(path.glob("*.safetensors")) or [path / nli.ONNX_WEIGHTS] if path else []
    checksum = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest() if files else ""
    return network, tokenizer, {"name": shown, "sha256": checksum, "judges": "yes" if columns else "no"}


def _last_layer(network: Any) -> Any:
    """The linear layer whose outputs are the logits."""
    import torch

    layers = [
        layer for layer in network.modules() if isinstance(layer, torch.nn.Linear) and layer.out_features == len(LABELS)
    ]
    if not layers:
        raise ModelError(f"{type(network).__name__} has no linear layer for {len(LABELS)} labels")
    return layers[-1]


# ---- training


def fit(
    network: Any,
    tokenizer: Any,
    train: Sequence[Example],
    dev: Sequence[Example],
    settings: Settings,
    work: Path,
    *,
    targets: NDArray[np.float64] | None = None,
    keep: Sequence[str] = (),
) -> Any:
    """The network after training, at the step that was best on dev; at the last one where the rate stays.

    ``targets``, probabilities ``(len(train), 3)`` in the order of ``LABELS``, are learned in place of the labels
    (Hinton et al. 2015, "Distilling the knowledge in a neural network"). The vectors of the sentences ``keep`` (the
    mean of the last layer) are held where ``network`` has them now: a model that only learns to judge pairs can no
    longer find them.
    """
    import torch
    import transformers
    from datasets import Dataset
    from torch.utils.data import Sampler

    room = _room(network, tokenizer, settings.max_tokens)

    def encoded(pairs: Sequence[Example], wanted: NDArray[Any]) -> Any:
        batch = tokenizer(*_sides(pairs, room * CHARACTERS).values(), truncation=True, max_length=room)
        columns = {name: batch[name] for name in tokenizer.model_input_names if name in batch}
        return Dataset.from_dict({**columns, "labels": wanted.tolist()})

    def vectors(model: Any, sentences: Sequence[str]) -> Any:
        # Trainer's own autocast is around the whole network's forward, which this goes past.
        with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=_bf16(torch)):
            return sentence_vectors(model, tokenizer, sentences, room)

    if not torch.cuda.is_available():
        # On a processor the backward pass of torch's fused attention takes a third of each step.
        network.set_attn_implementation("eager")
    # The vocabulary of some thousand sentences can only pull the vectors of words apart.
    network.get_input_embeddings().requires_grad_(False)
    if settings.lora:
        network = _with_adapters(network)
    rows = encoded(train, metrics.gold_of(train) if targets is None else np.asarray(targets))
    held = None
    if keep:
        network.eval()
        with torch.inference_mode():
            parts = [vectors(network, keep[first : first + KEPT]) for first in range(0, len(keep), KEPT)]
        held = torch.cat(parts).clone()
    small = min(8, settings.batch) if settings.low_memory else settings.batch
    per_epoch = -(-len(train) // settings.batch)
    steps = math.ceil(per_epoch * settings.epochs)
    every = -(-steps // -(-steps // min(max(per_epoch, LEAST_STEPS), MOST_STEPS)))  # so that the last step is one
    counts = np.bincount(metrics.gold_of(train), minlength=len(LABELS))
    weights = None
    if counts.max() > RARE * max(counts.min(), 1):
        # A label that does not occur weighs nothing; the others as if all were equally frequent.
        balanced = np.where(counts, len(train) / np.maximum(counts, 1) / (counts > 0).sum(), 0)
        weights = torch.tensor(balanced, dtype=torch.float32)
    arguments = transformers.TrainingArguments(
        output_dir=str(work),
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup,
        lr_scheduler_type="linear" if settings.decay else "constant_with_warmup",
        weight_decay=settings.weight_decay,
        per_device_train_batch_size=small,
        gradient_accumulation_steps=max(1, settings.batch // small),
        gradient_checkpointing=settings.low_memory,
        per_device_eval_batch_size=64,
        bf16=_bf16(torch),
        use_cpu=not torch.cuda.is_available(),
        seed=settings.seed,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        # While the rate stays, which step is best is chance, and the next training wants all of this one.
        load_best_model_at_end=settings.decay,
        metric_for_best_model="macro_f1",
        greater_is_better=True,
        logging_steps=every,
        report_to="none",
        dataloader_pin_memory=False,
        disable_tqdm=not sys.stderr.isatty(),
    )
    lengths = [len(ids) for ids in rows["input_ids"]]

    class ByLength(Sampler[int]):
        """Pairs of like length side by side, in an order that follows from seed and epoch alone.

        Trainer's own sampler draws from the global generator, whose state at the beginning of an epoch is not saved: a
        run resumed in the middle of one would see other pairs.
        """

        def __init__(self) -> None:
            self.epoch = 0

        def __len__(self) -> int:
            return len(lengths)

        def set_epoch(self, epoch: int) -> None:
            self.epoch = epoch

        def __iter__(self) -> Iterator[int]:
            draw = np.random.default_rng((settings.seed, self.epoch))
            order = draw.permutation(len(lengths))
            size = settings.batch  # also where a step gathers smaller batches: it sees the same pairs
            pool = 50 * size
            batches = []
            for first in range(0, len(order), pool):
                near = sorted(order[first : first + pool].tolist(), key=lambda row: -lengths[row])
                batches += [near[at : at + size] for at in range(0, len(near), size)]
            # A last batch that is not full must stay last, or all behind it would shift.
            full, rest = [b for b in batches if len(b) == size], [b for b in batches if len(b) < size]
            for number in draw.permutation(len(full)).tolist():
                yield from full[number]
            for batch in rest:
                yield from batch

    def no_number(what: str, step: int) -> TrainingError:
        return TrainingError(
            f"{what} no number (NaN or infinite) at batch {step} of {trainer.state.max_steps}; what was saved before "
            f"stays in {work}. Lower the learning rate (now {settings.learning_rate:g})"
        )

    class PairTrainer(transformers.Trainer):
        def _get_train_sampler(self, train_dataset: Any = None) -> Any:  # noqa: ARG002
            return ByLength()

        def compute_loss(
            self,
            model: Any,
            inputs: Any,
            return_outputs: bool = False,
            num_items_in_batch: Any = None,  # noqa: ARG002
        ) -> Any:
            labels = inputs.pop("labels")
            outputs = model(**inputs)
            loss = torch.nn.functional.cross_entropy(
                outputs.logits.float(), labels, weight=None if weights is None else weights.to(labels.device)
            )
            if model.training and held is not None and self.state.global_step % KEEPING_EVERY == 0:
                first = self.state.global_step // KEEPING_EVERY * KEPT % max(len(keep) - KEPT + 1, 1)
                some = slice(first, first + KEPT)
                loss = loss + KEEPING * (1 - (vectors(model, keep[some]) * held[some].to(loss.device)).sum(1)).mean()
            if model.training and not torch.isfinite(loss):
                raise no_number("the loss is", self.state.global_step + 1)
            return (loss, outputs) if return_outputs else loss

    class KeepTwo(transformers.TrainerCallback):
        """The best checkpoint and the last one. (Trainer's own limit goes by file times, which small models tie.)"""

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            kept = {state.best_model_checkpoint and Path(state.best_model_checkpoint).name}
            kept.add(f"checkpoint-{state.global_step}")
            for checkpoint in work.glob("checkpoint-*"):
                if checkpoint.name not in kept:
                    shutil.rmtree(checkpoint)

    class StopEarly(transformers.TrainerCallback):
        """Stop after ``patience`` evaluations without a better one.

        Counted from steps: Trainer's own callback forgets its count, and that it has stopped, when a run is resumed.
        """

        stopped = False

        def _due(self, state: Any) -> bool:
            best = state.best_global_step
            return bool(best) and state.global_step - best >= settings.patience * every

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            if state.best_global_step:  # the folder may have been moved, or been named from elsewhere
                state.best_model_checkpoint = str(work / f"checkpoint-{state.best_global_step}")
            self.stopped = self._due(state)  # killed after its last step, before it was exported

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            if self.stopped:  # Trainer looks only after one more step, whose weights nobody keeps
                control.should_training_stop = True
                control.should_evaluate = control.should_save = control.should_log = False

        def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
            better = state.best_metric is None or given["metrics"]["eval_macro_f1"] > state.best_metric
            if not better and self._due(state):
                control.should_training_stop = True

    def judged(output: Any) -> dict[str, float]:
        # Checked before the checkpoint of this step is written, which must not be one of weights that are no numbers.
        if not np.isfinite(output.predictions).all():
            raise no_number("the answers on dev are", trainer.state.global_step)
        return {"macro_f1": metrics.scores(output.label_ids, _softmax(output.predictions))["macro_f1"]}

    trainer = PairTrainer(
        model=network,
        args=arguments,
        train_dataset=rows,
        eval_dataset=encoded(dev, metrics.gold_of(dev)),
        data_collator=transformers.DataCollatorWithPadding(tokenizer, pad_to_multiple_of=8),
        compute_metrics=judged,
        callbacks=[StopEarly(), KeepTwo()],
    )
    trainer.model_accepts_loss_kwargs = False  # the loss is a mean: Trainer divides it by the steps it gathers
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train(resume_from_checkpoint=_last_complete(work))
    trained: Any = trainer.model
    return trained.merge_and_unload() if settings.lora else trained


def _with_adapters(network: Any) -> Any:
    try:
        import peft
    except ImportError:
        raise MissingExtraError("LoRA", "train") from None
    settings = peft.LoraConfig(
        task_type=peft.TaskType.SEQ_CLS, r=16, lora_alpha=32, lora_dropout=0.05, target_modules="all-linear"
    )
    return peft.get_peft_model(network, settings)


def _last_complete(work: Path) -> str | None:
    """The newest checkpoint that was written to its end; what a killed save left is removed.

    Trainer writes ``trainer_state.json`` last.
    """
    found = sorted(work.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    for checkpoint in reversed(found):
        try:
            json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(checkpoint)
            continue
        return str(checkpoint)
    return None


def _bf16(torch: Any) -> bool:
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    # Without the instructions, bf16 on a processor is slower than fp32.
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())


# ---- the head alone


def fit_head(
    network: Any, tokenizer: Any, train: Sequence[Example], dev: Sequence[Example], settings: Settings
) -> None:
    """Put a logistic regression, fitted on what the last layer sees, in place of that layer.

    The base's own logits are features too, :data:`PRIOR` times as large, so that it is cheap to go on answering like
    the base. They are linear in the others: all of it becomes one matrix again.
    """
    torch, _ = _libraries()
    from sklearn.linear_model import LogisticRegression

    features, wanted = _features(network, tokenizer, train, settings), metrics.gold_of(train)
    unseen, gold = _features(network, tokenizer, dev, settings), metrics.gold_of(dev)
    last = _last_layer(network)
    weight = last.weight.detach().double().numpy()
    bias = last.bias.detach().double().numpy() if last.bias is not None else np.zeros(len(LABELS))
    mean, spread = features.mean(0), features.std(0) + 1e-8
    prior_mean = (features @ weight.T + bias).mean(0)

    def seen(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.hstack(((rows - mean) / spread, PRIOR * (rows @ weight.T + bias - prior_mean)))

    def fitted(penalty: float) -> tuple[float, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a fit that did not converge is judged on dev like any other
            model = LogisticRegression(C=penalty, max_iter=1000, random_state=settings.seed).fit(seen(features), wanted)
        given = np.zeros((len(dev), len(LABELS)))
        given[:, model.classes_] = model.predict_proba(seen(unseen))
        return -float(np.log(np.maximum(given[np.arange(len(gold)), gold], 1e-9)).mean()), model

    _, best = min((fitted(penalty) for penalty in PENALTIES), key=lambda found: found[0])
    size = features.shape[1]
    new_weight, new_bias = np.zeros((len(LABELS), size)), np.full(len(LABELS), -20.0)
    # Two labels give scikit-learn one row: of the second against the first.
    coef, intercept = best.coef_, best.intercept_
    if len(best.classes_) == 2:
        coef, intercept = np.vstack((-coef / 2, coef / 2)), np.concatenate((-intercept / 2, intercept / 2))
    direct, through = coef[:, :size] / spread, PRIOR * coef[:, size:]
    new_weight[best.classes_] = direct + through @ weight
    new_bias[best.classes_] = intercept - direct @ mean + through @ (bias - prior_mean)
    with torch.no_grad():
        if last.bias is None:
            last.bias = torch.nn.Parameter(torch.zeros(len(LABELS)))
        last.weight.copy_(torch.from_numpy(new_weight))
        last.bias.copy_(torch.from_numpy(new_bias))


def _features(network: Any, tokenizer: Any, pairs: Sequence[Example], settings: Settings) -> NDArray[np.float64]:
    """What the last layer is given for each pair: ``(n, d)``."""
    seen: list[NDArray[np.float64]] = []
    hook = _last_layer(network).register_forward_pre_hook(lambda _, given: seen.append(given[0].double().numpy()))
    try:
        order = logits_of(network, tokenizer, pairs, settings.max_tokens)[1]
    finally:
        hook.remove()
    features = np.empty((len(pairs), seen[0].shape[-1]))
    features[order] = np.vstack(seen)
    if not np.isfinite(features).all():
        raise TrainingError("what the last layer of the base sees is no number (NaN or infinite); take another base")
    return features


def logits_of(
    network: Any, tokenizer: Any, pairs: Sequence[Example], max_tokens: int | None = None
) -> tuple[NDArray[np.float64], list[int]]:
    """Logits ``(n, 3)`` in the order of ``pairs``, and the order in which the pairs were run: by length."""
    torch, _ = _libraries()
    network.eval()
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].evidence) + len(pairs[i].claim))
    logits = np.empty((len(pairs), len(LABELS)))
    room = _room(network, tokenizer, max_tokens)
    for first in range(0, len(order), 32):
        rows = order[first : first + 32]
        batch = tokenizer(
            *_sides([pairs[i] for i in rows], room * CHARACTERS).values(),
            padding=True,
            truncation=True,
            max_length=room,
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits[rows] = network(**batch.to(network.device)).logits.double().cpu().numpy()
    return logits, order


def sentence_vectors(network: Any, tokenizer: Any, sentences: Sequence[str], max_tokens: int) -> Any:
    """A tensor ``(n, d)``: for each sentence the mean of the last layer over its tokens, of length 1. In one batch."""
    import torch

    batch = tokenizer(list(sentences), padding=True, truncation=True, max_length=max_tokens, return_tensors="pt")
    batch = batch.to(network.device)
    hidden = network.base_model(**batch).last_hidden_state.float()
    mask = batch["attention_mask"].unsqueeze(-1)
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


def vectors_of(
    network: Any, tokenizer: Any, sentences: Sequence[str], max_tokens: int | None = None
) -> NDArray[np.float32]:
    """:func:`sentence_vectors` of as many as there are: ``(n, d)``, in the order of ``sentences``."""
    torch, _ = _libraries()
    network.eval()
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    vectors = np.empty((len(sentences), network.config.hidden_size), dtype=np.float32)
    room = _room(network, tokenizer, max_tokens)
    for first in range(0, len(order), 32):
        rows = order[first : first + 32]
        with torch.inference_mode():
            vectors[rows] = sentence_vectors(network, tokenizer, [sentences[i] for i in rows], room).cpu().numpy()
    return vectors


def _room(network: Any, tokenizer: Any, wanted: int | None) -> int:
    """How many tokens the network reads, and no more than wanted."""
    # The RoBERTa family counts positions from padding_idx + 1: its table is two longer than what it can read.
    positions = (getattr(network.config, "max_position_embeddings", None) or 512) - 2
    return int(min(tokenizer.model_max_length, positions, wanted or positions))


def _separator(tokenizer: Any) -> int | None:
    """The token after whose first occurrence everything is of type 1, where the model is told types as BERT is."""
    types = (encoded := tokenizer("a", "b")).get("token_type_ids") or [0]
    return int(encoded["input_ids"][types.index(1) - 1]) if 1 in types else None


# ---- what comes out


def _open(folder: Path, plan: Mapping[str, Any], overwrite: bool) -> Path:
    """The folder of the checkpoints of just this plan."""
    work, note = folder / _WORK, folder / _WORK / "plan.json"
    if (folder / FINISHED).exists() and not overwrite:
        raise InputError(f"{folder}: holds a finished model; choose another folder, or overwrite it")
    if not note.is_file() and not overwrite and any((*folder.glob("*.safetensors"), *folder.glob("onnx/*"))):
        raise InputError(f"{folder}: holds a model already; choose another folder, or overwrite it")
    unfinished = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else None
    if unfinished is not None and unfinished != json.loads(json.dumps(plan)):
        if not overwrite:
            differing = [key for key in plan if unfinished.get(key) != json.loads(json.dumps(plan[key]))]
            raise InputError(
                f"{folder}: holds an unfinished training of another call (other {', '.join(differing)}); give the same "
                "pairs, base and settings to go on with it, or overwrite it"
            )
        shutil.rmtree(work)
    work.mkdir(parents=True, exist_ok=True)
    _write_json(note, plan)
    return work


def _calibrate(
    network: Any, tokenizer: Any, folder: Path, dev: Sequence[Example]
) -> tuple[dict[str, str | float], float]:
    """``calibration.json`` of the model in ``folder``, and on what share of dev it answers as ``network`` does.

    Fitted on the answers of the int8 model, since that is what will be asked.
    """
    gold, sides = metrics.gold_of(dev), _sides(dev)
    answers = np.log(np.maximum(nli.load_model(folder).predict_proba(**sides), 1e-12))
    temperature = round(calibrating.fit_temperature(answers, gold), 4)
    calibration: dict[str, str | float] = {
        "temperature": temperature,
        "abstain_below": round(calibrating.abstain_below(gold, _softmax(answers / temperature)), 4),
        "risk": calibrating.RISK,
        "fitted_on": f"dev, n = {len(dev)}",
    }
    _write_json(folder / "calibration.json", calibration)
    own = logits_of(network, tokenizer, dev)[0]
    return calibration, float((answers.argmax(1) == own.argmax(1)).mean())


def _compare(
    base: str | os.PathLike[str] | None, folder: Path, pairs: Sequence[Example]
) -> tuple[dict[str, metrics.Interval], metrics.Comparison | None]:
    gold, groups = metrics.gold_of(pairs), [pair.group for pair in pairs]
    new = nli.load_model(folder).predict_proba(**_sides(pairs))
    if len(set(groups)) < 2:
        undefined = float("nan")
        return {
            name: metrics.Interval(value, undefined, undefined) for name, value in metrics.scores(gold, new).items()
        }, None
    scores = metrics.intervals(gold, new, groups, seed=SEED, draws=DRAWS)
    try:
        old = nli.load_model(base).predict_proba(**_sides(pairs))
    except ModelError:  # an encoder that was never taught to judge
        return scores, None
    return scores, metrics.compare(gold, old, new, groups, seed=SEED, draws=DRAWS)


def _verdict(comparison: metrics.Comparison | None, rows: int, groups: int) -> str:
    """In words, for a Dutch newsroom: points of macro-F1 above the base. Pairs of one group give no interval."""
    if comparison is None:
        why = f"alle {rows} paren horen bij één groep" if groups < 2 else f"die oordeelt nog niet (n = {rows})"
        return f"niet te vergelijken met de basis: {why}"
    found = comparison.differences["macro_f1"]

    def points(value: float) -> str:
        return f"{abs(value) * 100:.1f}".replace(".", ",")

    def signed(value: float) -> str:
        return f"{'-' if value < 0 else ''}{points(value)}"

    if found.low > 0 or found.high < 0:
        word, sign = ("beter", "+") if found.low > 0 else ("slechter", "-")
        interval = f"[{signed(found.low)}–{signed(found.high)}]"
        return f"{word}: {sign}{points(found.value)} punten macro-F1 {interval}, n = {rows}"
    least = points(found.detectable)
    return f"geen aantoonbaar verschil (n = {rows}; het kleinste aantoonbare verschil is {least} punten)"


def _card(name: str, record: Mapping[str, Any]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("claimcheck"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    # A name is anybody's: on one line, and nothing in it acts as Markdown. (`<` and `&` are Jinja's to escape.)
    environment.filters["plain"] = lambda text: re.sub(r"[][\\`*_{}()#|~!$@^=+:.-]", r"\\\g<0>", " ".join(text.split()))
    shown = ("accuracy", "macro_f1", *(f"f1_{label}" for label in LABELS), "false_support_rate", "ece")
    rows = [
        (score.replace("_", " "), *(f"{v * 100:.1f}" if v is not None else "–" for v in record["scores"][score]))
        for score in shown
    ]
    return (
        environment.get_template("model_card.md.j2").render(name=name, record=record, rows=rows, labels=LABELS) + "\n"
    )


def _sides(pairs: Sequence[Example], most: int | None = None) -> dict[str, list[str]]:
    """What a model is asked, the first ``most`` characters of it.

    Half a surrogate pair, which tokenizers refuse, becomes a question mark.
    """
    return {
        "evidence": [nli.encodable(pair.evidence[:most]) for pair in pairs],
        "claims": [nli.encodable(pair.claim[:most]) for pair in pairs],
    }


def _softmax(logits: Any) -> NDArray[np.float64]:
    from scipy.special import softmax

    values: NDArray[np.float64] = softmax(np.asarray(logits, dtype=np.float64), axis=1)
    return values


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _write_json(path: Path, record: Mapping[str, Any]) -> None:
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def _libraries() -> tuple[Any, Any]:
    try:
        import accelerate  # noqa: F401
        import datasets  # noqa: F401
        import torch
        import transformers
    except ImportError:
        raise MissingExtraError("fine-tuning", "train") from None
    return torch, transformers


@contextmanager
def quiet() -> Iterator[None]:
    """Progress of training for a terminal, errors, and nothing else of what the libraries tell."""
    import datasets
    import transformers

    bars = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        with nli.quiet(transformers.logging), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if not bars:
            datasets.enable_progress_bars()


@contextmanager
def _named_failures(folder: Path) -> Iterator[None]:
    """Disk and memory at their end, as errors that say what to do."""
    try:
        yield
    except ClaimcheckError:
        raise
    except MemoryError:
        raise _out_of_memory() from None
    except OSError as error:
        raise _disk(folder, error) from error
    except Exception as error:  # SafetensorError, RuntimeError of torch's allocator or writer
        what = str(error).casefold()
        if "not enough memory" in what or "out of memory" in what or "can't allocate memory" in what:
            raise _out_of_memory() from error
        # "File too large (os error 27)", "No space left on device (os error 28)"
        if "no space left" in what or "os error" in what or "file write failed" in what or "unexpected pos" in what:
            raise _disk(folder, error) from error
        raise


def _out_of_memory() -> TrainingError:
    return TrainingError("memory ran out; train with --low-memory, or a smaller --batch. What was saved before stays")


def _disk(folder: Path, error: Exception) -> OutputError:
    what = getattr(error, "strerror", None) or nli.one_line(error)
    return OutputError(f"{folder}: cannot be written ({what}); what was saved before stays, and the same call goes on")
