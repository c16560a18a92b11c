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
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from tokenizers import Encoding, Tokenizer

from claimcheck.errors import MissingExtraError, ModelError
from claimcheck.schema import LABELS, Label, label_named

SHIPPED: Final = "claimcheck-nl-small"

ONNX_WEIGHTS: Final = "onnx/model_int8.onnx"
ROBERTAS: Final = ("camembert", "roberta", "xlm-roberta", "xlm-roberta-xl")
# transformers makes a fast tokenizer of any of these; older BERT folders have no tokenizer.json.
TOKENIZERS: Final = ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model")
TORCH_BATCH: Final = 32
UNKNOWN: Final = ("<unk>", "[UNK]")  # what stands for a piece that a vocabulary lacks; byte-level ones have none
# A window of evidence starts where three quarters of the one before it have passed, so that a fact that lies on
# one window's edge lies whole in the next.
WINDOW_STRIDE: Final = 0.75

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
        abstain_below: float,
        max_tokens: int,
        weights: Sequence[Path],
        revision: str = "",
    ) -> None:
        self.name = name
        self.temperature = temperature
        #: Below this probability the likeliest label was wrong too often on dev pairs (:mod:`claimcheck.calibrating`);
        #: 0 for a model without a calibration.
        self.abstain_below = abstain_below
        self._tokenizer = tokenizer
        self._forward = forward
        self._embed = embed
        self._columns = list(columns)
        self._max_tokens = max_tokens
        self._weights = weights
        self._revision = revision

    def __repr__(self) -> str:
        return f"<claimcheck model {self.name}>"

    @property
    def embeds(self) -> bool:
        """Whether :meth:`embed` works: only the shipped model and its kin have sentence vectors."""
        return self._embed is not None

    @cached_property
    def checksum(self) -> str:
        """The first 16 hex digits of the SHA-256 over the weight files; of the commit, where they are a hub's."""
        if not self._weights:
            return self._revision[:16]
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
        given. Raises ``ValueError`` when the two lists differ in length, :class:`ModelError` when the weights are
        so damaged that the answer is no number.
        """
        pieces = self._pieces(evidence, claims)
        flat = [piece for row in pieces for part in row for piece in part]
        if not flat:
            return np.empty((0, len(LABELS)))
        # text -> text is a pair for the tokenizer: <s> evidence </s></s> claim </s>
        logits = self._forward(self._tokenizer.encode_batch(flat))
        if not np.isfinite(logits).all():
            raise ModelError(f"{self.name}: the model gives logits that are no numbers (NaN or infinite)")
        probabilities = iter(softmax(logits[:, self._columns] / self.temperature, axis=1))
        return np.stack([_decide([[next(probabilities) for _ in part] for part in row]) for row in pieces])

    def windows(self, *, evidence: Sequence[str], claims: Sequence[str]) -> list[int]:
        """For each pair the number of pieces that :meth:`predict_proba` judges it in: 1 where it is read whole."""
        return [sum(len(part) for part in row) for row in self._pieces(evidence, claims)]

    def unread(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """For each text its words, in order, of which the model sees a blank: in a script that its vocabulary lacks.

        Signs that are neither letter nor digit (an emoji) do not count.
        """
        unknown = {self._tokenizer.token_to_id(name) for name in UNKNOWN} - {None}
        found = []
        for text, encoding in zip(
            texts, self._tokenizer.encode_batch([encodable(text) for text in texts]), strict=True
        ):
            spans = [span for span, piece in zip(encoding.offsets, encoding.ids, strict=True) if piece in unknown]
            found.append(
                tuple(
                    word.group()
                    for word in re.finditer(r"\S+", text)
                    if any(
                        start < word.end() and word.start() < end and any(map(str.isalnum, text[start:end]))
                        for start, end in spans
                    )
                )
            )
        return found

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1: shape ``(n, d)``. A text longer than the model can read is cut.

        Raises :class:`ModelError` for a checkpoint that only classifies.
        """
        if self._embed is None:
            raise ModelError(f"{self.name} has no sentence vectors; pair with the shipped model: load_model()")
        encodings = self._tokenizer.encode_batch([encodable(text) for text in texts])
        for encoding in encodings:
            encoding.truncate(self._max_tokens)
        return self._embed(encodings)

    def _pieces(self, evidence: Sequence[str], claims: Sequence[str]) -> list[list[list[tuple[str, str]]]]:
        """For each pair, for each part of its claim, the (evidence, claim) texts to read."""
        if len(evidence) != len(claims):
            raise ValueError(f"{len(evidence)} texts of evidence for {len(claims)} claims")
        evidence, claims = [encodable(text) for text in evidence], [encodable(text) for text in claims]
        budget = self._max_tokens - self._tokenizer.num_special_tokens_to_add(True)
        rows: list[list[list[tuple[str, str]]]] = []
        for text, claim, left, right in zip(
            evidence,
            claims,
            self._tokenizer.encode_batch(evidence, add_special_tokens=False),
            self._tokenizer.encode_batch(claims, add_special_tokens=False),
            strict=True,
        ):
            if len(left) + len(right) <= budget:
                rows.append([[(text, claim)]])
                continue
            # A long claim leaves half of the room to the evidence; a short one leaves it all the rest.
            size = max(budget // 2, budget - len(left))
            parts = _cut(claim, self._tokenizer, size, stride=1.0)
            passages = _cut(text, self._tokenizer, budget - min(len(right), size), stride=WINDOW_STRIDE)
            rows.append([[(passage, part) for passage in passages] for part in parts])
        return rows


def encodable(text: str) -> str:
    """``text`` with a question mark for half a surrogate pair, which an escape in JSON can leave."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _cut(text: str, tokenizer: Tokenizer, size: int, stride: float) -> list[str]:
    """``text`` in pieces of at most ``size`` tokens, each starting ``stride`` of a piece after the one before.

    Every character but white space at a piece's edges stands in some piece. A piece begins and ends where a word
    begins, as long as one does in the quarter before; else between two characters. (A character that is more than
    ``size`` tokens by itself would be a piece, too long.)
    """
    starts = [start for start, _ in tokenizer.encode(text, add_special_tokens=False).offsets]
    total = len(starts)
    if total <= size:
        return [text]
    # Where a piece may begin or end, and how many tokens come before: the several tokens of one character, such
    # as the "½" that is read as "1⁄2", stay together.
    before = [0, *(i for i in range(1, total) if starts[i] > starts[i - 1]), total]
    edges = [0, *(starts[i] for i in before[1:-1]), len(text)]

    def edge(tokens: int, above: int) -> int:
        """The last edge after edge ``above`` with at most ``tokens`` before it; where a word begins, if possible."""
        last = max(bisect_right(before, tokens) - 1, above + 1)
        for i in range(last, above, -1):
            if before[i] < tokens - size // 4:
                break
            if _begins_word(text, edges[i]):
                return i
        return last

    pieces, first = [], 0
    while True:
        last = edge(before[first] + size, first)
        piece = text[edges[first] : edges[last]].strip()
        # On its own, a piece may be tokenised longer than inside its text.
        while last > first + 1 and (excess := _length(piece, tokenizer) - size) > 0:
            last = edge(before[last] - excess, first)
            piece = text[edges[first] : edges[last]].strip()
        if piece:
            pieces.append(piece)
        if last == len(edges) - 1:
            return pieces or [""]
        first = last if stride >= 1 else edge(before[first] + int((before[last] - before[first]) * stride), first)


def _length(text: str, tokenizer: Tokenizer) -> int:
    return len(tokenizer.encode(text, add_special_tokens=False))


def _begins_word(text: str, position: int) -> bool:
    # The text's end counts; white space may belong to the token before or after it.
    return not text[position : position + 1].strip() or text[position - 1 : position].isspace()


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
    path, shown = locate(name)
    if path is None:
        return _transformers(shown, shown, [])
    if (path / ONNX_WEIGHTS).is_file() or name is None:
        return _onnx(path, shown)
    _require(path, "config.json")
    if not any((path / name).is_file() for name in TOKENIZERS):
        raise ModelError(f"{path}: this model folder lacks tokenizer.json (or {', '.join(TOKENIZERS[1:])})")
    if not sorted(path.glob("*.safetensors")):
        hint = "; pickled weights (.bin) are not read" if sorted(path.glob("*.bin")) else ""
        raise ModelError(f"{path}: no {ONNX_WEIGHTS} and no model.safetensors in this folder{hint}")
    return _transformers(str(path), shown, sorted(path.glob("*.safetensors")))


def locate(name: str | os.PathLike[str] | None) -> tuple[Path | None, str]:
    """The folder of a model and what it is called; no folder where ``name`` can only be an id of the hub.

    None is the shipped model. Raises :class:`ModelError` for what looks like a folder and is none.
    """
    if name is None:
        return _shipped_folder(), SHIPPED
    path = Path(name).expanduser()
    if path.is_dir():
        return path, path.name
    text = str(name)
    looks_local = text.startswith(("./", "../", "~")) or text.count("/") > 1 or "\\" in text
    beside_local = path.exists() or Path(text.split("/")[0]).is_dir()
    if isinstance(name, os.PathLike) or path.is_absolute() or looks_local or beside_local:
        raise ModelError(f"{text}: no such model folder")
    return None, text


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


def _number(record: dict[str, Any], key: str, path: Path) -> float:
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise ModelError(f"{path}: {key!r} is {value!r:.40}, not a number above 0")
    return value


def _tokenizer(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelError(f"{path}: damaged tokenizer ({one_line(error)})") from None
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def one_line(error: Exception) -> str:
    """The first line that says something of an error that may have many."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def columns(id2label: object, where: str) -> list[int]:
    """For each of ``LABELS`` the checkpoint's column; an unknown or doubled name is an error, never a guess."""
    given = {str(column): str(name) for column, name in id2label.items()} if isinstance(id2label, dict) else {}
    found: dict[Label, int] = {}
    for column, label_name in given.items():
        label = label_named(label_name)
        if label is not None and column in ("0", "1", "2"):
            found[label] = int(column)
    if len(given) != len(LABELS) or len(found) != len(LABELS):
        names = ", ".join(f"{column}: {label_name!r:.40}" for column, label_name in list(given.items())[:6]) or "none"
        raise ModelError(
            f"{where}: not a three-way NLI model: its labels are {names}; "
            "id2label in config.json must name entailment, neutral and contradiction"
        )
    return [found[label] for label in LABELS]


def _onnx(folder: Path, name: str) -> Model:
    import onnxruntime as ort

    _require(folder, "config.json", "tokenizer.json", ONNX_WEIGHTS)
    config = _json(folder / "config.json")
    order = columns(config.get("id2label"), str(folder))
    max_tokens, width = (
        _number(config, key, folder / "config.json") for key in ("max_position_embeddings", "hidden_size")
    )
    temperature, abstain_below = 1.0, 0.0
    if (calibration := folder / "calibration.json").is_file():
        record = _json(calibration)
        temperature = _number(record, "temperature", calibration)
        if "abstain_below" in record:
            abstain_below = _number(record, "abstain_below", calibration)
    tokenizer = _tokenizer(folder / "tokenizer.json")
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(folder / ONNX_WEIGHTS, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own exceptions share no base class but Exception
        raise ModelError(f"{folder / ONNX_WEIGHTS}: damaged weights ({one_line(error)})") from None
    inputs, outputs = ({node.name for node in nodes} for nodes in (session.get_inputs(), session.get_outputs()))
    if inputs != {"input_ids", "attention_mask"} or "logits" not in outputs:
        raise ModelError(
            f"{folder / ONNX_WEIGHTS}: takes {', '.join(sorted(inputs))} and gives {', '.join(sorted(outputs))}; "
            "it must take input_ids and attention_mask and give logits"
        )

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
            return np.empty((0, int(width)), dtype=np.float32)
        return np.stack(list(run(encodings, "sentence_vector"))).astype(np.float32)

    return Model(
        name,
        tokenizer=tokenizer,
        forward=forward,
        embed=embed if "sentence_vector" in outputs else None,
        columns=order,
        temperature=temperature,
        abstain_below=abstain_below,
        # The RoBERTa family counts positions from padding_idx + 1: its table is two longer than what it can read.
        max_tokens=int(max_tokens) - 2 * (config.get("model_type") in ROBERTAS),
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
        what = f"the model {name}" if weights else f"there is no model folder {name}; a Hugging Face id of that name"
        raise MissingExtraError(what, "hub") from None
    local = bool(weights)
    settings: dict[str, Any] = {"local_files_only": local, "trust_remote_code": False}
    try:
        with quiet(transformers.logging):
            config = transformers.AutoConfig.from_pretrained(where, **settings)
            order = columns(config.id2label, where)
            fast = transformers.AutoTokenizer.from_pretrained(where, use_fast=True, **settings)
            network, loading = transformers.AutoModelForSequenceClassification.from_pretrained(
                where, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **settings
            )
            network.eval()
    except ModelError:
        raise
    except Exception as error:  # OSError, ValueError, SafetensorError, … : whatever a damaged folder brings up
        if local:
            _find_damage(Path(where), weights)
        hint = "" if local else " (a hub id needs a network or a cached copy)"
        raise ModelError(f"{where}: cannot load this model{hint}: {one_line(error)}") from None
    if loading["missing_keys"]:  # transformers would judge with random numbers in their place
        raise ModelError(f"{where}: its weights lack {', '.join(sorted(loading['missing_keys'])[:3])}")
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
        return logits

    positions = getattr(config, "max_position_embeddings", None) or 512
    return Model(
        name,
        tokenizer=tokenizer,
        forward=forward,
        embed=None,
        columns=order,
        temperature=1.0,
        abstain_below=0.0,
        # The RoBERTa family counts positions from padding_idx + 1: its table is two longer than what it can read.
        # 8,192 keeps memory in bounds.
        max_tokens=int(min(fast.model_max_length, positions - 2, 8192)),
        weights=weights,
        revision=str(getattr(config, "_commit_hash", None) or ""),
    )


def _find_damage(folder: Path, weights: Sequence[Path]) -> None:
    """Raise a :class:`ModelError` that names the damaged file, where it can be told."""
    import safetensors

    _json(folder / "config.json")
    _tokenizer(folder / "tokenizer.json")
    for path in weights:
        try:
            with safetensors.safe_open(path, "numpy"):
                pass
        except Exception as error:  # SafetensorError, which is no more than an Exception, or OSError
            raise ModelError(f"{path}: damaged weights ({one_line(error)})") from None


@contextmanager
def quiet(log: Any) -> Iterator[None]:
    """Only errors are logged, and progress is shown to a terminal only."""
    verbosity, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity(logging.ERROR)
    if not sys.stderr.isatty():
        log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(verbosity)
        if bars:
            log.enable_progress_bar()
