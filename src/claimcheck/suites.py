"""Suites: which benchmark splits are judged, what is shown of them, and how good is good enough.

A suite is a TOML file (``evaluation/suites/``)::

    title = "Dutch"
    metrics = ["accuracy", "macro_f1"]          # the columns of the table; all of them are computed
    baselines = ["majority", "tfidf"]
    controls = ["claim_only", "swapped"]
    train = "sick_nl/train"                     # what the baselines learn from

    [[corpus]]
    name = "sick_nl"
    splits = ["test", "test_disjoint"]          # or split = "test"
    both_directions = true                      # judge claim -> evidence too
    gates = { accuracy = 0.85, ece = 0.05 }

    [[corpus]]
    pairs = "../../corpora/demo-gold.jsonl"     # one's own pairs, relative to this file
    base_rates = [0.10, 0.01, 0.89]             # supports, contradicts, unrelated in the field
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from claimcheck import corpora
from claimcheck.baseline import BASELINES
from claimcheck.baseline import CONTROLS as SHOWN_LESS
from claimcheck.errors import InputError, MissingExtraError
from claimcheck.metrics import METRICS, SYMMETRY, TOLERANCE
from claimcheck.schema import LABELS, Example

SEED: Final = 13
DRAWS: Final = 2000
ALL: Final = "all"  # the split of one's own pairs, which are not split
SWAPPED: Final = "swapped"  # the control that needs no prediction of its own
CONTROLS: Final = (*SHOWN_LESS, SWAPPED)
LOWER_IS_BETTER: Final = frozenset({"false_support_rate", "ece", "brier", "aurc"})
SCORES: Final = (*METRICS, SYMMETRY)
MAIN: Final = ("accuracy", "macro_f1", "average_precision_contradicts", "false_support_rate", "ece")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One split to judge: ``corpus`` and ``split`` of :mod:`~claimcheck.corpora`, or one's own ``pairs``.

    ``train`` is the (corpus, split), or the file of one's own pairs, that baselines learn from; without it the split
    has none. ``gates`` maps metrics to the least value that is good enough (the greatest for those of
    :data:`LOWER_IS_BETTER`). ``base_rates`` are the shares of the three labels in the field, for "of 1,000 pairs".
    ``one_label`` says that the split is known to hold one label only.
    """

    corpus: str
    split: str = ALL
    pairs: Path | None = None
    both_directions: bool = False
    one_label: bool = False
    train: tuple[str, str] | Path | None = None
    gates: Mapping[str, float] = field(default_factory=dict, hash=False)
    base_rates: tuple[float, float, float] | None = None

    @property
    def name(self) -> str:
        return self.corpus if self.split == ALL else f"{self.corpus}/{self.split}"

    @property
    def purpose(self) -> str:
        """``report``, or what else the split is for: then a model may have seen it."""
        return "report" if self.pairs else corpora.CORPORA[self.corpus].splits[self.split].purpose

    def checksum(self, data_dir: str | os.PathLike[str] | None) -> str:
        """SHA-256 of the file that is judged."""
        if self.pairs is None:
            return corpora.checksum(self.corpus, self.split, data_dir)
        try:
            return hashlib.sha256(self.pairs.read_bytes()).hexdigest()
        except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
            raise InputError(f"{self.pairs}: cannot be read: {getattr(error, 'strerror', error)}") from None

    def examples(self, data_dir: str | os.PathLike[str] | None) -> list[Example]:
        if self.pairs is None:
            return corpora.load(self.corpus, self.split, data_dir)
        return corpora.read_pairs(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Which splits are judged, what is shown of them, and what stands beside the model in every table."""

    name: str
    tasks: tuple[Task, ...]
    title: str = ""
    about: str = ""
    metrics: tuple[str, ...] = MAIN
    baselines: tuple[str, ...] = ()
    controls: tuple[str, ...] = CONTROLS
    seed: int = SEED
    draws: int = DRAWS


def load_suite(path: str | os.PathLike[str]) -> Suite:
    """Read a suite from TOML. Paths of one's own pairs are relative to the suite's file.

    Raises :class:`InputError`, naming the file and the key, for anything it does not know: a misspelt gate that
    is skipped in silence would hold nothing.
    """
    path = Path(path)
    try:
        record = _toml(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: no valid TOML ({error})") from None
    keys = _Keys(record, str(path))
    default_train = keys.take("train", str, "")
    tasks = []
    listed = keys.take("corpus", list, [])
    for number, entry in enumerate(listed, 1):
        if not isinstance(entry, dict):
            raise InputError(f"{path}: corpus must be written as tables: [[corpus]]")
        tasks += _tasks(_Keys(entry, f"{path}: [[corpus]] {number}"), path.parent, default_train)
    suite = Suite(
        name=path.stem,
        title=keys.take("title", str, path.stem),
        about=keys.take("about", str, ""),
        tasks=tuple(tasks),
        metrics=keys.names("metrics", SCORES, MAIN),
        baselines=keys.names("baselines", BASELINES, ()),
        controls=keys.names("controls", CONTROLS, CONTROLS),
        seed=keys.take("seed", int, SEED),
        draws=keys.take("draws", int, DRAWS),
    )
    keys.nothing_left()
    if not tasks:
        raise InputError(f"{path}: names no corpus; add [[corpus]] with a name and a split, or pairs")
    doubled = [name for name, count in Counter(task.name for task in tasks).items() if count > 1]
    if doubled:
        raise InputError(f"{path}: names {', '.join(doubled)} twice")
    if suite.draws < 1 or suite.seed < 0:
        raise InputError(f"{path}: draws must be 1 or more and seed 0 or more")
    return suite


def of_pairs(*paths: str | os.PathLike[str]) -> Suite:
    """A suite of one's own files of pairs, judged in both directions, with the controls and no gates."""
    tasks = tuple(Task(corpus=_stem(path), pairs=Path(path), both_directions=True) for path in paths)
    if len({task.corpus for task in tasks}) < len(tasks):
        raise InputError("two of the files have the same name; results are kept by that name")
    # Results are kept under that name, which must not grow with the number of files: "*.jsonl" may be hundreds.
    more = f"+{len(tasks) - 1}" if len(tasks) > 3 else "".join(f"+{task.corpus}" for task in tasks[1:])
    return Suite(name=f"{tasks[0].corpus}{more}" if tasks else "pairs", title="Own pairs", tasks=tasks)


def _stem(path: str | os.PathLike[str], where: str = "") -> str:
    stem = Path(path).stem
    if not stem.strip("."):  # "...jsonl" would keep its results in the folder above
        raise InputError(f"{where}{path}: needs a name before its ending; results are kept by that name")
    return stem


class _Keys:
    """The keys of one TOML table, taken one by one; what is left over is an error."""

    def __init__(self, record: Mapping[str, Any], where: str) -> None:
        self._left, self.where = dict(record), where

    def take(self, name: str, kind: type[Any], default: Any) -> Any:
        value = self._left.pop(name, default)
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InputError(f"{self.where}: {name} is {value!r:.60}, not of type {kind.__name__}")
        return value

    def names(self, key: str, known: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
        given = self.take(key, list, list(default))
        for name in given:
            if name not in known:
                raise InputError(f"{self.where}: {key}: {name!r:.60} is not one of {', '.join(known)}")
        return tuple(dict.fromkeys(given))

    def nothing_left(self) -> None:
        if self._left:
            raise InputError(f"{self.where}: does not know {', '.join(map(repr, self._left))}")


def _tasks(keys: _Keys, folder: Path, default_train: str) -> list[Task]:
    """The tasks of one ``[[corpus]]`` table: one for each of its splits."""
    name, file = keys.take("name", str, ""), keys.take("pairs", str, "")
    if bool(name) == bool(file):
        raise InputError(f"{keys.where}: needs a name (of a corpus) or pairs (a file), one of the two")
    splits = [ALL] if file else keys.take("splits", list, []) or [keys.take("split", str, "")]
    gates = keys.take("gates", dict, {})
    for metric, floor in gates.items():
        if metric not in SCORES:
            raise InputError(f"{keys.where}: gates: {metric!r:.60} is not one of {', '.join(SCORES)}")
        if type(floor) not in (int, float) or not 0 <= floor <= 2:
            raise InputError(f"{keys.where}: gates: {metric} is {floor!r:.60}, not a share (0.85)")
    rates = keys.take("base_rates", list, [])
    shares = all(type(rate) in (int, float) and 0 <= rate <= 1 for rate in rates)
    if rates and (len(rates) != len(LABELS) or not shares or abs(sum(rates) - 1) > TOLERANCE):
        raise InputError(
            f"{keys.where}: base_rates are {rates!r:.60}, not three shares ({', '.join(LABELS)}) that sum to 1"
        )
    task = Task(
        corpus=name or _stem(file, f"{keys.where}: "),
        pairs=folder / file if file else None,
        both_directions=keys.take("both_directions", bool, False),
        one_label=keys.take("one_label", bool, False),
        train=_train(keys.take("train", str, default_train), folder, keys.where),
        gates={metric: float(floor) for metric, floor in gates.items()},
        base_rates=(float(rates[0]), float(rates[1]), float(rates[2])) if rates else None,
    )
    keys.nothing_left()
    if name:
        for split in splits:
            if not isinstance(split, str):
                raise InputError(f"{keys.where}: splits holds {split!r:.60}, not a name")
            _known(name, split, keys.where)
    return [replace(task, split=split) for split in splits]


def _train(given: str, folder: Path, where: str) -> tuple[str, str] | Path | None:
    if not given:
        return None
    if given.endswith((".jsonl", ".ndjson", ".csv")):  # no corpus and no split is called so
        return folder / given
    name, _, split = given.partition("/")
    _known(name, split, f"{where}: train")
    return name, split


def _known(name: str, split: str, where: str) -> None:
    corpus = corpora.CORPORA.get(name)
    if corpus is None or split not in corpus.splits or not corpus.labels:
        choice = f"the splits {', '.join(corpus.splits)}" if corpus else "`claimcheck corpora list` shows them"
        raise InputError(f"{where}: {name}/{split} is no split with labels ({choice})")


def _toml(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError:
            raise MissingExtraError("a suite", "eval") from None
    with path.open("rb") as file:
        return tomllib.load(file)
