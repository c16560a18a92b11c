"""Three-way NLI checkpoints as pair classifiers.

The shipped model runs on ONNX Runtime, without torch. Any other checkpoint runs through ``transformers`` (extra
``hub``): a local folder is never looked up on the network, a hub id is the one thing that may be downloaded. Only
safetensors and ONNX weights are read, never a pickle, and no code that comes with a checkpoint is run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from tokenizers import Encoding, Tokenizer

from claimcheck.errors import MissingExtraError, ModelError
from claimcheck.schema import LABELS, Label

SHIPPED: Final = "claimcheck-nl-small"

ONNX_WEIGHTS: Final = "onnx/model_int8.onnx"
TORCH_BATCH: Final = 32
# A window of evidence starts where three quarters of the one before it have passed, so that a fact that lies on
# one window's edge lies whole in the next.
WINDOW_STRIDE: Final = 0.75

# How the usual checkpoints name the three labels, case-folded. `LABEL_0` is not here: its meaning is a guess.
_NAMES_OF: Final[dict[Label, str]] = {
    "supports": "supports support supported entailment entails entailed entail e implicatie gevolg steunt "
    "ondersteunt implication implikation folgerung implicación implicazione implicação",
    "contradicts": "contradicts contradiction contradictory contradict c refutes refuted tegenspraak "
    "contradictie weerspreekt widerspruch contradicción contraddizione contradição",
    "unrelated": "unrelated neutral n nei not_enough_info neutraal los neutre neutrale neutro",
}
NLI_NAMES: Final = {name: label for label, names in _NAMES_OF.items() for name in names.split()}

# (token ids, attention mask, token types) of each text -> logits (n, number of labels)
Forward = Callable[[Sequence[Encoding]], NDArray[np.float64]]
Embed = Callable[[Sequence[Encoding]], NDArray[np.float32]]


class Model:
    """A loaded checkpoint: judges pairs and, where it can, embeds sentences. Made by :func:`load_model`."""

    def __init__(
        self,
        name: str,
        *,
        tokenizer: Tokenizer,
        forward: Forward,
        embed: Embed | None,
        columns: Sequence[int],
        temperature: float,
        max_tokens: int,
        weights: Sequence[Path],
    ) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._forward = forward
        self._embed = embed
        self._columns = list(columns)
        self._temperature = temperature
        self._max_tokens = max_tokens
        self._weights = weights

    def __repr__(self) -> str:
        return f"<claimcheck model {self.name}>"

    @property
    def embeds(self) -> bool:
        """Whether :meth:`embed` works: only the shipped model and its kin have sentence vectors."""
        return self._embed is not None

    @cached_property
    def checksum(self) -> str:
        """The first 16 hex digits of the SHA-256 over the weight files; empty where there is no local file."""
        if not self._weights:
            return ""
        digest = hashlib.sha256()
        for path in self._weights:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        return digest.hexdigest()[:16]

    def predict_proba(self, *, evidence: Sequence[str], claims: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities of evidence → claim: ``(n, 3)`` in the order of ``LABELS``; ``(0, 3)`` for no pairs.

        A pair longer than the model can read is judged window by window: each part of the claim takes the window
        of evidence that says most about it (the least ``unrelated``). One contradicted part contradicts the
        claim; it is supported no better than its least supported part. The row of the part that decided is
        given. Raises ``ValueError`` when the two lists differ in length.
        """
        pieces = self._pieces(evidence, claims)
        flat = [piece for row in pieces for part in row for piece in part]
        if not flat:
            return np.empty((0, len(LABELS)))
        # text -> text is a pair for the tokenizer: <s> evidence </s></s> claim </s>
        logits = self._forward(self._tokenizer.encode_batch(flat))
        probabilities = iter(softmax(logits[:, self._columns] / self._temperature, axis=1))
        return np.stack([_decide([[next(probabilities) for _ in part] for part in row]) for row in pieces])

    def windows(self, *, evidence: Sequence[str], claims: Sequence[str]) -> list[int]:
        """For each pair the number of pieces that :meth:`predict_proba` judges it in: 1 where it is read whole."""
        return [sum(len(part) for part in row) for row in self._pieces(evidence, claims)]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1: shape ``(n, d)``. A text longer than the model can read is cut.

        Raises :class:`ModelError` for a checkpoint that only classifies.
        """
        if self._embed is None:
            raise ModelError(f"{self.name} has no sentence vectors; pair with the shipped model: load_model()")
        encodings = self._tokenizer.encode_batch(list(texts))
        for encoding in encodings:
            encoding.truncate(self._max_tokens)
        return self._embed(encodings)

    def _pieces(self, evidence: Sequence[str], claims: Sequence[str]) -> list[list[list[tuple[str, str]]]]:
        """For each pair, for each part of its claim, the (evidence, claim) texts to read."""
        if len(evidence) != len(claims):
            raise ValueError(f"{len(evidence)} texts of evidence for {len(claims)} claims")
        budget = self._max_tokens - self._tokenizer.num_special_tokens_to_add(True)
        rows: list[list[list[tuple[str, str]]]] = []
        for left, right in zip(
            self._tokenizer.encode_batch(list(evidence), add_special_tokens=False),
            self._tokenizer.encode_batch(list(claims), add_special_tokens=False),
            strict=True,
        ):
            text, claim = evidence[len(rows)], claims[len(rows)]
            if len(left) + len(right) <= budget:
                rows.append([[(text, claim)]])
                continue
            # A long claim leaves half of the room to the evidence; a short one leaves it all the rest.
            parts = _cut(claim, right, max(budget // 2, budget - len(left)), stride=1.0)
            room = budget - min(len(right), max(budget // 2, budget - len(left)))
            passages = _cut(text, left, room, stride=WINDOW_STRIDE)
            rows.append([[(passage, part) for passage in passages] for part in parts])
        return rows


def _cut(text: str, encoding: Encoding, size: int, stride: float) -> list[str]:
    """``text`` in pieces of at most ``size`` tokens, each starting ``stride * size`` tokens after the last.

    A piece is cut where a word begins (a token after white space) as long as one does in its last quarter.
    """
    offsets = encoding.offsets
    if len(offsets) <= size:
        return [text]
    pieces, start = [], 0
    while True:
        # Two tokens short of the size: a piece on its own may be tokenised a little longer than inside its text.
        end = min(start + size - 2, len(offsets))
        if end < len(offsets):
            end = next((i for i in range(end, end - size // 4, -1) if _begins_word(text, offsets[i][0])), end)
        pieces.append(text[offsets[start][0] : offsets[end - 1][1]].strip())
        if end == len(offsets):
            return pieces
        start = end if stride >= 1 else start + max(1, int((end - start) * stride))


def _begins_word(text: str, position: int) -> bool:
    return text[position : position + 1].isspace() or text[position - 1 : position].isspace()


def _decide(parts: list[list[NDArray[np.float64]]]) -> NDArray[np.float64]:
    supports, contradicts, unrelated = range(3)
    telling = [min(windows, key=lambda row: float(row[unrelated])) for windows in parts]
    against = [row for row in telling if row.argmax() == contradicts]
    if against:
        return max(against, key=lambda row: float(row[contradicts]))
    return min(telling, key=lambda row: float(row[supports]))


def load_model(name: str | os.PathLike[str] | None = None) -> Model:
    """The shipped model, or the checkpoint in a folder, or one from the Hugging Face hub (by its id).

    Raises :class:`ModelError` when the folder lacks a file, the weights are damaged or the checkpoint is no
    three-way NLI model, and :class:`MissingExtraError` when it needs ``transformers`` and that is not installed.
    """
    if name is None:
        return _onnx(_shipped_folder(), SHIPPED)
    path = Path(name).expanduser()
    if path.is_dir():
        if (path / ONNX_WEIGHTS).is_file():
            return _onnx(path, path.name)
        _require(path, "config.json", "tokenizer.json")
        if not sorted(path.glob("*.safetensors")):
            hint = "; pickled weights (.bin) are not read" if sorted(path.glob("*.bin")) else ""
            raise ModelError(f"{path}: no {ONNX_WEIGHTS} and no model.safetensors in this folder{hint}")
        return _transformers(str(path), path.name, sorted(path.glob("*.safetensors")))
    text = str(name)
    looks_local = path.is_absolute() or text.startswith(("./", "../", "~")) or text.count("/") > 1 or "\\" in text
    if looks_local or path.exists() or Path(text.split("/")[0]).is_dir():
        raise ModelError(f"{text}: no such model folder")
    return _transformers(text, text, [])


def _shipped_folder() -> Path:
    installed = Path(__file__).parent / "_model"
    checkout = Path(__file__).parents[2] / "models" / SHIPPED
    return installed if installed.is_dir() else checkout


def _require(folder: Path, *names: str) -> None:
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"{folder}: this model folder lacks {', '.join(missing)}")


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{path}: no valid JSON ({error})") from None
    if not isinstance(content, dict):
        raise ModelError(f"{path}: holds {type(content).__name__}, not an object")
    return content


def _columns(id2label: dict[Any, Any], where: str) -> list[int]:
    """For each of ``LABELS`` the checkpoint's column; an unknown or doubled name is an error, never a guess."""
    found: dict[Label, int] = {}
    for column, label_name in id2label.items():
        label = NLI_NAMES.get(str(label_name).casefold().replace(" ", "_").replace("-", "_"))
        if label is not None:
            found[label] = int(column)
    if len(id2label) != len(LABELS) or len(found) != len(LABELS):
        names = ", ".join(repr(str(label_name)) for label_name in list(id2label.values())[:6])
        raise ModelError(
            f"{where}: not a three-way NLI model: its labels are {names}; "
            "id2label in config.json must name entailment, neutral and contradiction"
        )
    return [found[label] for label in LABELS]


def _onnx(folder: Path, name: str) -> Model:
    import onnxruntime as ort

    _require(folder, "config.json", "tokenizer.json", ONNX_WEIGHTS)
    config = _json(folder / "config.json")
    calibration = _json(folder / "calibration.json") if (folder / "calibration.json").is_file() else {}
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelError(f"{folder / 'tokenizer.json'}: damaged tokenizer ({error})") from None
    try:
        session = ort.InferenceSession(folder / ONNX_WEIGHTS, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own exceptions share no base class but Exception
        raise ModelError(f"{folder / ONNX_WEIGHTS}: damaged weights ({str(error).splitlines()[0]})") from None
    tokenizer.no_padding()
    tokenizer.no_truncation()
    outputs = {output.name for output in session.get_outputs()}

    def run(encodings: Sequence[Encoding], output: str) -> Iterator[NDArray[Any]]:
        # One text at a time on one thread, as many at once as there are cores: no padding is computed, and what
        # a pair's neighbours are can change nothing in its verdict.
        def one(encoding: Encoding) -> NDArray[Any]:
            feed = {
                "input_ids": np.array([encoding.ids], dtype=np.int64),
                "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
            }
            result: NDArray[Any] = session.run([output], feed)[0][0]
            return result

        with ThreadPoolExecutor(_cores()) as pool:
            yield from pool.map(one, encodings)

    def forward(encodings: Sequence[Encoding]) -> NDArray[np.float64]:
        return np.stack(list(run(encodings, "logits"))).astype(np.float64)

    def embed(encodings: Sequence[Encoding]) -> NDArray[np.float32]:
        if not encodings:
            return np.empty((0, int(config["hidden_size"])), dtype=np.float32)
        return np.stack(list(run(encodings, "sentence_vector"))).astype(np.float32)

    return Model(
        name,
        tokenizer=tokenizer,
        forward=forward,
        embed=embed if "sentence_vector" in outputs else None,
        columns=_columns(config.get("id2label", {}), str(folder)),
        temperature=float(calibration.get("temperature", 1.0)),
        max_tokens=int(config["max_position_embeddings"]),
        weights=[folder / ONNX_WEIGHTS],
    )


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def _transformers(where: str, name: str, weights: Sequence[Path]) -> Model:
    try:
        import torch
        import transformers
    except ImportError:
        raise MissingExtraError(f"the model {name}", "hub") from None
    local = bool(weights)
    settings: dict[str, Any] = {"local_files_only": local, "trust_remote_code": False}
    verbosity = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity(logging.ERROR)
    try:
        config = transformers.AutoConfig.from_pretrained(where, **settings)
        columns = _columns(dict(config.id2label), where)
        fast = transformers.AutoTokenizer.from_pretrained(where, use_fast=True, **settings)
        network = transformers.AutoModelForSequenceClassification.from_pretrained(
            where, use_safetensors=True, dtype=torch.float32, **settings
        ).eval()
    except ModelError:
        raise
    except Exception as error:  # OSError, ValueError, SafetensorError, … : whatever a damaged folder brings up
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        hint = "" if local else " (a hub id needs a network or a cached copy)"
        raise ModelError(f"{where}: cannot load this model{hint}: {reason}") from None
    finally:
        transformers.logging.set_verbosity(verbosity)
    if not getattr(fast, "is_fast", False):
        raise ModelError(f"{where}: its tokenizer has no tokenizer.json; convert it with transformers first")
    tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pad = fast.pad_token_id or 0
    with_types = "token_type_ids" in fast.model_input_names

    def forward(encodings: Sequence[Encoding]) -> NDArray[np.float64]:
        logits = np.empty((len(encodings), len(LABELS)))
        by_length = sorted(range(len(encodings)), key=lambda i: len(encodings[i]))
        for first in range(0, len(by_length), TORCH_BATCH):
            rows = by_length[first : first + TORCH_BATCH]
            width = len(encodings[rows[-1]])
            ids, mask, types = (np.full((len(rows), width), fill) for fill in (pad, 0, 0))
            for row, i in enumerate(rows):
                n = len(encodings[i])
                ids[row, :n], mask[row, :n], types[row, :n] = encodings[i].ids, 1, encodings[i].type_ids
            feed = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            if with_types:
                feed["token_type_ids"] = torch.from_numpy(types)
            with torch.inference_mode():
                logits[rows] = network(**feed).logits.double().numpy()
        if not np.isfinite(logits).all():
            raise ModelError(f"{where}: the model gives logits that are no numbers (NaN or infinite)")
        return logits

    positions = [fast.model_max_length, getattr(config, "max_position_embeddings", 512) or 512]
    return Model(
        name,
        tokenizer=tokenizer,
        forward=forward,
        embed=None,
        columns=columns,
        temperature=1.0,
        # RoBERTa's table has two positions more than it can read (padding_idx + 1); 8,192 keeps memory in bounds.
        max_tokens=int(min(*positions, 8192)) - (2 if "roberta" in config.model_type else 0),
        weights=weights,
    )
