"""Predict once, score many: a classifier's answers on benchmark splits, kept in files, and what they are worth.

:func:`evaluate` is the whole way. Its one slow step, :func:`predict`, writes a Parquet file per split under
``<results>/<model>/<corpus>/``; :func:`score`, :func:`compare` and :func:`gate` are pure functions of what is read
back from there. A run that was killed goes on where it stopped and ends in the same bytes.

Every file carries the signature of what it was made from: corpus and its checksum, split, number of pairs, model and
its checksum, decision settings, version. Files whose signatures do not fit together are never scored together.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from claimcheck import baseline, metrics
from claimcheck.errors import InputError, MissingExtraError, ModelError, OutputError
from claimcheck.metrics import SYMMETRY
from claimcheck.schema import LABELS, Encoder, Example, PairClassifier
from claimcheck.suites import ALL, DRAWS, LOWER_IS_BETTER, SEED, SWAPPED, Suite, Task

PART: Final = 256  # pairs predicted before they are saved: some two seconds' work
CURVE: Final = 60  # points kept of a coverage-risk curve
# What one label in gold leaves undefined, or makes another name for accuracy.
NEEDS_LABELS: Final = frozenset(
    name for name in metrics.METRICS if not (name in ("accuracy", "ece", "brier", "aurc") or name.startswith("recall_"))
)
_NAN: Final = float("nan")
_UNDEFINED: Final = metrics.Interval(_NAN, _NAN, _NAN)

Signature = Mapping[str, str | int | float]
Progress = Callable[[str, int, int], None]
"""Called with what is being judged, how many pairs of it are done and how many there are."""


# ---- the whole way


def evaluate(
    classifier: PairClassifier,
    suite: Suite,
    *,
    name: str = "",
    results: str | os.PathLike[str],
    data_dir: str | os.PathLike[str] | None = None,
    encoder: Encoder | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Result]:
    """Judge every split of the suite, keep the predictions, and score them beside the controls and baselines.

    Results come in the order of the suite's splits; of each split the model first, then its controls, then the
    baselines. They are also written to ``<results>/<name>/<suite>.jsonl``. Predictions that are there already, with the
    same signature, are not made again; those of the classifier with another signature are an :class:`InputError`
    unless ``overwrite``. ``name`` is what the classifier is called (default: its ``name``, or its class); its
    ``checksum``, where it has that attribute, tells its versions apart: without one nothing is reused.
    ``encoder`` serves the baseline ``cosine``; ``ValueError`` where the suite asks for that without one.

    All corpora are read before the first pair is judged: an absent one raises at once, and so do pairs that could not
    be scored (:class:`InputError`): of one label or of one group, two-way and three-way labels together, base rates
    for other labels than there are, and a gate on what those labels leave undefined.
    """
    name = name or str(getattr(classifier, "name", "") or type(classifier).__name__)
    folder = Path(results)
    if name in suite.baselines:
        raise InputError(f"{name} is a baseline of the suite; give the classifier another name to keep them apart")
    if "cosine" in suite.baselines and encoder is None:
        raise ValueError("the baseline cosine needs an encoder, such as load_model()")
    loaded = [(task, task.checksum(data_dir), task.examples(data_dir)) for task in suite.tasks]
    trained = _Baselines(encoder, suite.seed, data_dir)
    planned = []
    for task, checksum, examples in loaded:
        _check(task, examples)
        judges: list[tuple[str, str, Callable[[], PairClassifier], str]] = []
        for judge, control in _judges(name, task, suite):
            if judge == name or task.train is None:
                make = _controlled(control, classifier, suite.seed)
                judges.append((judge, control, make, str(getattr(classifier, "checksum", "") or "")))
            else:
                judges.append((judge, control, *trained.of(judge, task.train)))
        planned.append((task, checksum, examples, judges))
    found = []
    for task, checksum, examples, judges in planned:
        forward: Predictions | None = None  # the model's own, which come first
        for judge, control, make, judge_checksum in judges:
            path = _path(folder, judge, task, control)
            if control == SWAPPED and forward:
                found.append(_scored(swapped(forward), task, suite))
                continue
            both = task.both_directions and not control and judge == name
            signature: Signature = {
                "corpus": task.corpus,
                "corpus_checksum": checksum,
                "split": task.split,
                "n": len(examples),
                "model": judge,
                "model_checksum": judge_checksum,
                "control": control,
                "decision": f"most probable label, temperature {getattr(classifier, 'temperature', 1.0):.4f}"
                if judge == name
                else "most probable label",
                "directions": 2 if both else 1,
                "version": metadata.version("claimcheck-nl"),
                **({"order": suite.seed} if control == "shuffled_words" else {}),
            }
            predictions = _kept(path, signature, overwrite or bool(control) or judge != name)
            if predictions is None:
                predictions = predict(
                    make(),
                    examples,
                    path,
                    signature=signature,
                    both_directions=both,
                    progress=partial(progress, f"{task.name}: {' '.join((judge, control)).strip()}")
                    if progress
                    else None,
                )
            forward = forward or predictions
            found.append(_scored(predictions, task, suite))
    _write_results(found, _results_path(folder, name, suite))
    return found


def _judges(model: str, task: Task, suite: Suite) -> list[tuple[str, str]]:
    """Who judges a split, and through which control, in the order of the results."""
    controls = [control for control in suite.controls if control != SWAPPED or task.both_directions]
    baselines = [kind for kind in suite.baselines if task.train]
    return [(model, ""), *((model, control) for control in controls), *((kind, "") for kind in baselines)]


def _check(task: Task, examples: Sequence[Example]) -> None:
    """Before the work, not after it."""
    try:
        gold, _ = folded([example.label for example in examples], np.empty((len(examples), len(LABELS))))
    except InputError as error:
        raise InputError(f"{task.name}: {error}") from None
    only = {example.label for example in examples}
    if len(only) == 1 and not task.one_label:
        raise InputError(
            f"{task.name}: all {len(examples)} pairs are {only.pop()}; most metrics mean nothing there. "
            "If the split is meant to be so, say one_label = true in the suite"
        )
    _check_groups(task.name, [example.group for example in examples])
    if task.base_rates:
        _weights(task.name, gold, task.base_rates)
    # What is NaN even for a model that is always right is so for every model.
    undefined = {name for name, value in metrics.scores(gold, np.eye(len(LABELS))[gold]).items() if np.isnan(value)}
    needy = set(task.gates) & (undefined | (NEEDS_LABELS if len(only) == 1 else set()))
    if needy:
        labels = ", ".join(sorted(only))
        raise InputError(f"{task.name}: all pairs are {labels}, so that no gate can hold {', '.join(sorted(needy))}")
    if SYMMETRY in task.gates and not task.both_directions:
        raise InputError(f"{task.name}: a gate for {SYMMETRY} needs both_directions = true")


def _check_groups(where: str, groups: Sequence[str]) -> None:
    if len(set(groups)) < 2:
        raise InputError(f"{where}: all pairs are one group, so that no interval can be given")


def _weights(where: str, gold: NDArray[np.int64], base_rates: tuple[float, float, float]) -> NDArray[np.float64]:
    try:
        return metrics.base_rate_weights(gold, base_rates)
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None


def _controlled(control: str, classifier: PairClassifier, seed: int) -> Callable[[], PairClassifier]:
    return lambda: baseline.control(control, classifier, seed=seed) if control else classifier


class _Baselines:
    """Baselines of one run, each trained once on each split, and only when it has something to judge."""

    def __init__(self, encoder: Encoder | None, seed: int, data_dir: str | os.PathLike[str] | None) -> None:
        self._encoder, self._seed, self._data_dir = encoder, seed, data_dir
        self._fitted: dict[tuple[str, tuple[str, str] | Path], PairClassifier] = {}
        self._read: dict[tuple[str, str] | Path, tuple[str, list[Example]]] = {}

    def of(self, kind: str, train: tuple[str, str] | Path) -> tuple[Callable[[], PairClassifier], str]:
        """How to make the baseline, and a checksum of all that it is made from."""
        if isinstance(train, Path):
            source = Task(corpus=train.stem, pairs=train)
        else:
            source = Task(corpus=train[0], split=train[1])
        if train not in self._read:
            self._read[train] = source.checksum(self._data_dir), source.examples(self._data_dir)
        train_checksum, rows = self._read[train]
        of_encoder = str(getattr(self._encoder, "checksum", "")) if kind == "cosine" else ""
        made_from = f"{kind} {source.name} {train_checksum} {self._seed} {of_encoder}"

        def make() -> PairClassifier:
            key = (kind, train)
            if key not in self._fitted:
                self._fitted[key] = baseline.fit(kind, rows, encoder=self._encoder, seed=self._seed)
            return self._fitted[key]

        return make, hashlib.sha256(made_from.encode()).hexdigest()[:16]


def _path(folder: Path, model: str, task: Task, control: str) -> Path:
    name = ".".join(filter(None, (task.split, control)))
    return folder / folder_name(model) / task.corpus / f"{name}.parquet"


def folder_name(model: str) -> str:
    """The folder of a model's results: ``org/name`` of a hub becomes ``org__name``."""
    return re.sub(r"[^\w.-]+", "__", model).strip(".") or "model"


def _kept(path: Path, signature: Signature, overwrite: bool) -> Predictions | None:
    """Finished predictions with this very signature; None where there are none, or where they may be replaced."""
    if not path.exists():
        return None
    try:
        predictions = read_predictions(path)
    except InputError:
        if overwrite:
            return None
        raise
    differing = [key for key in signature if predictions.signature.get(key) != signature[key]]
    if differing == ["directions"] and signature["model_checksum"]:
        # Two where one is asked will do; one where two are asked is judged again, and the same comes out once more.
        return predictions if signature["directions"] == 1 else None
    if not differing and signature["model_checksum"]:
        return predictions
    if overwrite:
        return None
    if differing:
        key = differing[0]
        why = f"{key} is {predictions.signature.get(key)!r:.80} there and {signature[key]!r:.80} now"
    else:
        why = f"{signature['model']} has no checksum, so nobody can tell whether it is the same model"
    raise InputError(f"{path}: holds other predictions: {why}. Overwrite them, or choose another folder for results")


def _scored(predictions: Predictions, task: Task, suite: Suite) -> Result:
    return score(
        predictions,
        purpose=task.purpose,
        seed=suite.seed,
        draws=suite.draws,
        base_rates=task.base_rates,
        one_label=task.one_label,
    )


def _results_path(results: Path, model: str, suite: Suite) -> Path:
    return results / folder_name(model) / f"{folder_name(suite.name)}.jsonl"


def _write_results(results: Sequence[Result], path: Path) -> None:
    lines = [json.dumps(result.to_dict(), ensure_ascii=False) for result in results]
    with _writing(path), _draft(path) as draft:
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_results(results: str | os.PathLike[str], model: str, suite: Suite) -> list[Result]:
    """What :func:`evaluate` found for this model, its controls and the suite's baselines, in the same order.

    Raises :class:`InputError` where there is nothing yet, and for a damaged file.
    """
    path = _results_path(Path(results), model, suite)
    try:
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")  # U+2028 in a name ends no line
    except FileNotFoundError:
        raise InputError(f"{path}: no results of {model} on {suite.name}; `claimcheck evaluate` makes them") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(Result.from_dict(json.loads(line)))
        except (ValueError, InputError) as error:
            raise InputError(f"{path}:{number}: {error}") from None
    return found


# ---- predictions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """What one model says of one split, in the order of the corpus.

    ``gold`` holds labels as in :class:`~claimcheck.schema.Example`; ``probabilities`` is ``(n, 3)`` for evidence →
    claim, ``reverse`` the same for claim → evidence, or None where that was not asked.
    """

    signature: Signature
    ids: Sequence[str]
    groups: Sequence[str]
    phenomena: Sequence[str]
    gold: Sequence[str]
    probabilities: NDArray[np.float64]
    reverse: NDArray[np.float64] | None


def predict(
    classifier: PairClassifier,
    examples: Sequence[Example],
    path: Path,
    *,
    signature: Signature,
    both_directions: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """The classifier's probabilities for ``examples``, written to the Parquet file ``path``.

    Every :data:`PART` pairs a part is saved beside it, so that a run that was killed goes on from there, as long as
    the signature is the same. The file itself is old, absent or complete, never half; it is overwritten. Raises
    :class:`ModelError` for probabilities that are none, :class:`InputError` for ids given twice, and
    :class:`OutputError` where the disk is full: the parts that are done are kept.
    """
    doubled = [id_ for id_, count in Counter(example.id for example in examples).items() if count > 1]
    if doubled:
        raise InputError(f"{signature.get('corpus')}: id {doubled[0]!r:.60} is given to more than one pair")
    if not examples:
        raise InputError(f"{signature.get('corpus')}: there are no pairs to judge")
    for row in examples:
        for kept in (row.id, row.group, row.phenomenon):
            if not kept.isascii() and kept.encode("utf-8", "replace").decode() != kept:
                raise InputError(f"{signature.get('corpus')}: {kept!r:.60} of pair {row.id!r:.60} cannot be written")
    parts = path.with_name(f".{path.stem}.parts")
    with _writing(parts):
        parts.mkdir(parents=True, exist_ok=True)
        _open_parts(parts, signature)
    found = []
    for first in range(0, len(examples), PART):
        rows = examples[first : first + PART]
        part = parts / f"{first:08}.npy"
        values = _saved(part, (len(rows), 6 if both_directions else 3))
        if values is None:
            values = _probabilities(classifier, rows, str(signature.get("model")))
            if both_directions:
                turned = [replace(row, claim=row.evidence, evidence=row.claim) for row in rows]
                values = np.hstack((values, _probabilities(classifier, turned, str(signature.get("model")))))
            with _writing(part), _draft(part) as draft, draft.open("wb") as file:
                np.save(file, values, allow_pickle=False)
        found.append(values)
        if progress:
            progress(first + len(rows), len(examples))
    values = np.vstack(found)
    predictions = Predictions(
        signature=dict(signature),
        ids=[row.id for row in examples],
        groups=[row.group for row in examples],
        phenomena=[row.phenomenon for row in examples],
        gold=[row.label for row in examples],
        probabilities=values[:, :3],
        reverse=values[:, 3:] if both_directions else None,
    )
    with _writing(path):
        _write_parquet(predictions, path)
        shutil.rmtree(parts)
    return predictions


def _open_parts(parts: Path, signature: Signature) -> None:
    """Parts of something else, or of a model that cannot be told from others, are no use."""
    note = parts / "signature.json"
    wanted = json.dumps(dict(signature), sort_keys=True).encode()
    usable = note.is_file() and note.read_bytes() == wanted and signature.get("model_checksum")
    if not usable:
        for old in parts.iterdir():
            old.unlink()
        with _draft(note) as draft:
            draft.write_bytes(wanted)


def _saved(part: Path, shape: tuple[int, int]) -> NDArray[np.float64] | None:
    try:
        values: NDArray[np.float64] = np.load(part, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # not there, or cut short by a crash of the machine
        return None
    if values.shape != shape or values.dtype != np.float64:
        return None
    # After a crash of the machine a file may have its length and hold zeros.
    whole = np.abs(values.reshape(-1, len(LABELS)).sum(1) - 1) <= metrics.TOLERANCE
    return values if whole.all() else None


def _probabilities(classifier: PairClassifier, rows: Sequence[Example], model: str) -> NDArray[np.float64]:
    given = classifier.predict_proba(evidence=[row.evidence for row in rows], claims=[row.claim for row in rows])
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise ModelError(f"{model}: predict_proba gives {type(given).__name__}, not numbers") from None
    if values.shape != (len(rows), len(LABELS)):
        raise ModelError(
            f"{model}: predict_proba gives an array of shape {values.shape} for {len(rows)} pairs; "
            f"wanted is ({len(rows)}, {len(LABELS)}): one column for each of {', '.join(LABELS)}"
        )
    for what, bad in (
        ("are not numbers (NaN or infinite)", ~np.isfinite(values).all(1)),
        ("are below 0", (values < 0).any(1)),
        ("do not sum to 1", np.abs(values.sum(1) - 1) > metrics.TOLERANCE),
    ):
        if bad.any():
            row = int(bad.argmax())
            raise ModelError(f"{model}: the probabilities of pair {rows[row].id!r:.60} {what}: {values[row].tolist()}")
    return values


def read_predictions(path: str | os.PathLike[str]) -> Predictions:
    """What :func:`predict` wrote. Raises :class:`InputError` for a file that is absent, damaged or of another kind."""
    pa, parquet = _arrow()
    try:
        table = parquet.read_table(os.fspath(path))
    except FileNotFoundError:
        raise InputError(f"{path}: no such predictions; `claimcheck evaluate` makes them") from None
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({str(error).splitlines()[0]})") from None
    note = (table.schema.metadata or {}).get(b"claimcheck")
    wanted = {"id", "group", "phenomenon", "gold", *LABELS}
    if note is None or not wanted <= set(table.column_names):
        raise InputError(f"{path}: holds no predictions of claimcheck")
    columns = table.to_pydict()
    if len(set(columns["id"])) < len(columns["id"]):
        raise InputError(f"{path}: holds an id twice")
    backward = [f"reverse_{label}" for label in LABELS]
    try:
        return Predictions(
            signature=dict(json.loads(note)),
            ids=columns["id"],
            groups=columns["group"],
            phenomena=columns["phenomenon"],
            gold=columns["gold"],
            probabilities=np.array([columns[label] for label in LABELS], dtype=np.float64).T,
            reverse=np.array([columns[name] for name in backward], dtype=np.float64).T
            if backward[0] in columns
            else None,
        )
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{path}: holds no predictions of claimcheck") from None


def _write_parquet(predictions: Predictions, path: Path) -> None:
    pa, parquet = _arrow()
    columns: dict[str, Any] = {
        "id": list(predictions.ids),
        "group": list(predictions.groups),
        "phenomenon": list(predictions.phenomena),
        "gold": list(predictions.gold),
        **{label: predictions.probabilities[:, i] for i, label in enumerate(LABELS)},
    }
    if predictions.reverse is not None:
        columns |= {f"reverse_{label}": predictions.reverse[:, i] for i, label in enumerate(LABELS)}
    note = json.dumps(dict(predictions.signature), sort_keys=True)
    with _draft(path) as draft:
        parquet.write_table(pa.table(columns).replace_schema_metadata({"claimcheck": note}), draft)


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("evaluation", "eval") from None
    return pyarrow, pyarrow.parquet


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its place when it is complete, so that no kill leaves half of one."""
    draft = path.with_name(f".{path.name}.tmp")
    yield draft
    draft.replace(path)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kept = "; what was finished is kept, and the same command goes on from there"
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}){kept}") from error


# ---- scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The scores of one model (seen through ``control``, where that is not empty) on one split.

    ``scores`` holds every metric, and ``symmetry_rate`` where both directions were judged (its interval is NaN);
    ``confusion`` is gold down, given across. ``reliability`` and ``coverage_risk`` are the columns of their plots.
    ``phenomena`` maps each to its number of pairs and accuracy; ``per_thousand`` is empty without base rates.
    """

    model: str
    control: str
    corpus: str
    split: str
    purpose: str
    n: int
    groups: int
    signature: Signature
    scores: Mapping[str, metrics.Interval]
    confusion: Sequence[Sequence[int]]
    reliability: Mapping[str, Sequence[float]]
    coverage_risk: Mapping[str, Sequence[float]]
    phenomena: Mapping[str, tuple[int, metrics.Interval]]
    per_thousand: Mapping[str, metrics.Interval]

    @property
    def name(self) -> str:
        """The corpus and, where it is split, the split."""
        return self.corpus if self.split == ALL else f"{self.corpus}/{self.split}"

    def to_dict(self) -> dict[str, Any]:
        """What one JSON file holds; NaN becomes null, numbers have six decimals."""
        record = {name: getattr(self, name) for name in self.__slots__}
        record["scores"] = {name: _numbers(value) for name, value in self.scores.items()}
        record["phenomena"] = {name: [n, *_numbers(value)] for name, (n, value) in self.phenomena.items()}
        record["per_thousand"] = {name: _numbers(value) for name, value in self.per_thousand.items()}
        for plot in ("reliability", "coverage_risk"):
            record[plot] = {name: [_number(v) for v in column] for name, column in record[plot].items()}
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Result:
        try:
            fields = {name: record[name] for name in cls.__slots__}
            fields["signature"] = dict(fields["signature"])
            fields["scores"] = {name: _interval(value) for name, value in fields["scores"].items()}
            fields["phenomena"] = {name: (n, _interval(rest)) for name, (n, *rest) in fields["phenomena"].items()}
            fields["per_thousand"] = {name: _interval(value) for name, value in fields["per_thousand"].items()}
            for plot in ("reliability", "coverage_risk"):
                fields[plot] = {
                    name: [float("nan") if v is None else v for v in column] for name, column in fields[plot].items()
                }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"no result of claimcheck ({type(error).__name__}: {error})") from None
        return cls(**fields)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _numbers(value: metrics.Interval) -> list[float | None]:
    return [_number(v) for v in (value.value, value.low, value.high)]


def _interval(values: Sequence[float | None]) -> metrics.Interval:
    value, low, high = (float("nan") if v is None else float(v) for v in values)
    return metrics.Interval(value, low, high)


def score(
    predictions: Predictions,
    *,
    purpose: str = "report",
    seed: int = SEED,
    draws: int = DRAWS,
    base_rates: tuple[float, float, float] | None = None,
    one_label: bool = False,
) -> Result:
    """Every metric with its 95 % interval over groups, and the columns of the plots.

    Raises :class:`InputError` where gold holds one label only, unless ``one_label`` says that this is known: then
    the metrics of :data:`NEEDS_LABELS` are NaN. Where a corpus tells two labels only (``not_contradicts``), the
    probabilities of the other two are added up and stand under ``unrelated`` (``contradicts`` for ``not_unrelated``).
    """
    where = f"{predictions.signature.get('corpus')}/{predictions.signature.get('split')}"
    gold, probabilities = folded(predictions.gold, predictions.probabilities)
    only = set(predictions.gold)
    if len(only) == 1 and not one_label:
        raise InputError(f"{where}: all {len(gold)} pairs are {only.pop()}; most metrics mean nothing there")
    _check_groups(where, predictions.groups)
    settings: Any = {"seed": seed, "draws": draws}
    scores = metrics.intervals(gold, probabilities, predictions.groups, **settings)
    if len(only) == 1:
        scores |= dict.fromkeys(NEEDS_LABELS, _UNDEFINED)
    if predictions.reverse is not None:
        scores[SYMMETRY] = metrics.symmetry(
            predictions.probabilities, predictions.reverse, predictions.groups, **settings
        )
    bins, curve = metrics.reliability(gold, probabilities), metrics.coverage_risk(gold, probabilities)
    points = np.unique(np.linspace(0, len(curve.coverage) - 1, min(CURVE, len(curve.coverage))).astype(int))
    per_thousand = {}
    if base_rates:
        weights = _weights(where, gold, base_rates)
        per_thousand = metrics.per_thousand(gold, probabilities, weights, predictions.groups, **settings)
    # Sorted as they are in the file, so that scores are the same bytes whether predictions were made or read.
    signature = dict(sorted({**predictions.signature, "seed": seed, "draws": draws}.items()))
    return Result(
        model=str(predictions.signature["model"]),
        control=str(predictions.signature["control"]),
        corpus=str(predictions.signature["corpus"]),
        split=str(predictions.signature["split"]),
        purpose=purpose,
        n=len(gold),
        groups=len(set(predictions.groups)),
        signature=signature,
        scores=scores,
        confusion=metrics.confusion(gold, probabilities).tolist(),
        reliability={
            "edges": bins.edges.tolist(),
            "count": bins.count.tolist(),
            "confidence": bins.confidence.tolist(),
            "accuracy": bins.accuracy.tolist(),
        },
        coverage_risk={name: getattr(curve, name)[points].tolist() for name in ("threshold", "coverage", "risk")},
        phenomena=_phenomena(predictions, gold, probabilities, settings),
        per_thousand=per_thousand,
    )


def swapped(predictions: Predictions) -> Predictions:
    """The same pairs judged the wrong way round, against the labels of the right way.

    A model that only matches words loses nothing by it. Raises ``ValueError`` where one direction was judged.
    """
    if predictions.reverse is None:
        raise ValueError("only one direction was judged")
    signature = {**predictions.signature, "control": SWAPPED}
    return replace(predictions, signature=signature, probabilities=predictions.reverse, reverse=None)


def folded(gold: Sequence[str], probabilities: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels as numbers, and probabilities to fit.

    Where gold says ``not_contradicts`` (or ``not_supports``), nobody labelled which of the two others a pair is. Their
    probabilities are added up, so that the answer is the likelier of two, as it is when one asks just that question;
    a rest is put under the last label that is not asked for.
    """
    twos = {label.removeprefix("not_") for label in gold if label.startswith("not_")}
    if not twos:
        return np.array([LABELS.index(label) for label in gold], dtype=np.int64), probabilities
    asked = twos.pop()
    if twos or set(gold) - {asked, f"not_{asked}"}:
        raise InputError(f"labels {', '.join(sorted(set(gold)))} do not go together: two-way and three-way")
    column = LABELS.index(asked)
    rest = max(i for i in range(len(LABELS)) if i != column)
    values = np.zeros_like(probabilities)
    values[:, column] = probabilities[:, column]
    values[:, rest] = probabilities.sum(1) - probabilities[:, column]
    return np.array([column if label == asked else rest for label in gold], dtype=np.int64), values


def _phenomena(
    predictions: Predictions, gold: NDArray[np.int64], probabilities: NDArray[np.float64], settings: dict[str, int]
) -> dict[str, tuple[int, metrics.Interval]]:
    named = np.array(predictions.phenomena)
    groups = np.array(predictions.groups)
    found = {}
    for name in dict.fromkeys(predictions.phenomena):
        rows = named == name
        if not name or rows.all():
            continue
        accuracy = metrics.Interval(float((probabilities[rows].argmax(1) == gold[rows]).mean()), np.nan, np.nan)
        if len(set(groups[rows].tolist())) > 1:
            accuracy = metrics.intervals(gold[rows], probabilities[rows], groups[rows], **settings)["accuracy"]
        found[name] = (int(rows.sum()), accuracy)
    return found


def compare(a: Predictions, b: Predictions, *, seed: int = SEED, draws: int = DRAWS) -> metrics.Comparison:
    """Is model B better than model A on the same split? See :func:`claimcheck.metrics.compare`.

    Raises :class:`InputError` where the two were not asked the same pairs of the same revision of the corpus.
    """
    for key in ("corpus", "split", "corpus_checksum"):
        if a.signature.get(key) != b.signature.get(key):
            raise InputError(
                f"predictions of {a.signature['model']} and {b.signature['model']} cannot be compared: "
                f"{key} is {a.signature.get(key)!r} here and {b.signature.get(key)!r} there"
            )
    if list(a.ids) != list(b.ids) or list(a.gold) != list(b.gold):
        raise InputError(f"{a.signature['corpus']}: the two files of predictions do not hold the same pairs")
    _check_groups(f"{a.signature['corpus']}/{a.signature['split']}", a.groups)
    gold, of_a = folded(a.gold, a.probabilities)
    _, of_b = folded(b.gold, b.probabilities)
    return metrics.compare(gold, of_a, of_b, a.groups, seed=seed, draws=draws)


def compare_models(
    results: str | os.PathLike[str], a: str, b: str, *, seed: int = SEED, draws: int = DRAWS
) -> dict[str, metrics.Comparison]:
    """:func:`compare` on every split that both models judged, by the split's name.

    Raises :class:`InputError` where a model has no predictions or the two have no split in common.
    """
    of = {}
    for model in (a, b):
        folder = Path(results) / folder_name(model)
        of[model] = {
            path.relative_to(folder): path for path in sorted(folder.glob("*/[!.]*.parquet")) if "." not in path.stem
        }
        if not of[model]:
            raise InputError(f"{folder}: no predictions of {model}; `claimcheck evaluate` makes them")
    shared = [relative for relative in of[a] if relative in of[b]]
    if not shared:
        raise InputError(f"{a} and {b} have judged no split in common")
    found = {}
    for relative in shared:
        pair = read_predictions(of[a][relative]), read_predictions(of[b][relative])
        name = str(relative.parent) if relative.stem == ALL else str(relative.with_suffix(""))
        found[name] = compare(*pair, seed=seed, draws=draws)
    return found


# ---- gates


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One gate: ``metric`` on ``name`` must not be worse than ``bound`` by more than its interval.

    ``interval`` is None, and ``why`` says it, where the metric was not measured or on something else.
    """

    name: str
    metric: str
    bound: float
    interval: metrics.Interval | None
    why: str = ""

    @property
    def holds(self) -> bool:
        """Only a value whose whole interval lies on the wrong side of the bound fails, and one that is not known."""
        if self.interval is None or np.isnan(self.interval.value):
            return False
        low, high = self.interval.low, self.interval.high
        if np.isnan(low):
            low = high = self.interval.value
        return low <= self.bound if self.metric in LOWER_IS_BETTER else high >= self.bound


def gate(suite: Suite, results: str | os.PathLike[str], *, model: str, model_checksum: str = "") -> list[Check]:
    """Every gate of the suite, each corpus apart; empty where the suite has none, which is no reason to be content.

    A result of another revision of the pairs, or (where ``model_checksum`` is given) of the model, does not count.
    """
    path = _results_path(Path(results), model, suite)
    measured = read_results(results, model, suite) if path.exists() else []
    own = {result.name: result for result in measured if result.model == model and not result.control}
    checks = []
    for task in suite.tasks:
        result = own.get(task.name)
        why = "" if result else f"not measured (not in {path})"
        if result and task.pairs is not None and result.signature.get("corpus_checksum") != task.checksum(None):
            result, why = None, "measured on another revision of the pairs"
        if result and model_checksum and result.signature.get("model_checksum") != model_checksum:
            result, why = None, "measured for another version of the model"
        for metric, bound in task.gates.items():
            interval = result.scores.get(metric) if result else None
            unknown = "" if interval else why or "not among the scores (one direction was judged)"
            checks.append(Check(name=task.name, metric=metric, bound=bound, interval=interval, why=unknown))
    return checks
