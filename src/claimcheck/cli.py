"""The command line: one subcommand per stage, JSON Lines in and out, and `compare` for the whole way.

Exit codes: 0 done, 1 a gate does not hold, 2 bad input or usage, 130 interrupted. Results go to standard output or to
``--out``; everything else (progress, notes, errors) goes to standard error.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from claimcheck.annotating import DEV, SEED, TEST
from claimcheck.errors import ClaimcheckError, InputError, OutputError
from claimcheck.pairing import FLOOR, TOP_K
from claimcheck.schema import LABELS, Article, Claim, Dropped, Pair, Verdict, by_label

if TYPE_CHECKING:
    from claimcheck.reporting import Report

CHUNK: Final = 64  # lines judged before they are written

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

corpora_app = typer.Typer(no_args_is_help=True, help="Benchmark corpora.")
app.add_typer(corpora_app, name="corpora")

Paths = Annotated[
    list[str], typer.Argument(metavar="PATH", help="Files or folders (.txt .md .html .jsonl); - is standard input.")
]
Lines = Annotated[str, typer.Argument(metavar="FILE", help="A JSON Lines file; - is standard input.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file, whole or not at all.")]
Format = Annotated[
    str | None, typer.Option("--format", help="html, jsonl, csv or md; the ending of --out if not given.")
]
ModelName = Annotated[
    str | None, typer.Option("--model", help="A model folder or Hugging Face id; the shipped model if not given.")
]
TopK = Annotated[int, typer.Option("--top-k", min=1, help="Candidates for each claim.")]
Floor = Annotated[float, typer.Option("--floor", min=0, max=1, help="The least similarity of a pair to judge.")]

Results = Annotated[Path, typer.Option("--results", help="The folder of predictions and scores.")]
RESULTS: Final = Path("evaluation/results")
DataDir = Annotated[
    str | None,
    typer.Option(
        "--data-dir",
        envvar="CLAIMCHECK_DATA",
        help="The folder of the published corpora; `hub` fetches them from the Hugging Face hub.",
    ),
]

Write = Callable[[str], object]
T = TypeVar("T")


def main() -> None:
    """Run the command line and leave with its exit code; a user's mistake gives one line, no traceback."""
    # A stream that the caller closed (`claimcheck … <&-`) is None.
    sys.stdin = sys.stdin or io.TextIOWrapper(io.BytesIO())
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # Windows consoles default to cp1252
    # A run that is told to end tidies up as after Ctrl-C, and leaves no draft beside its output.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except ClaimcheckError as error:
        _tell(str(error))
        sys.exit(2)
    except SystemExit as stop:
        if stop.code == 130:  # what typer makes of Ctrl-C
            _tell("interrupted")
        raise


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"claimcheck {metadata.version('claimcheck-nl')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Which claims in Dutch articles do other sources support, contradict or leave alone?"""


@app.command()
def compare(
    paths: Paths,
    out: Out = None,
    format_: Format = None,
    model: ModelName = None,
    top_k: TopK = TOP_K,
    floor: Floor = FLOOR,
) -> None:
    """Compare articles of several sources: which claims do the others support or contradict?"""
    from claimcheck.pipeline import ClaimChecker, check_comparable
    from claimcheck.reporting import render

    _check_beside(out, paths)
    chosen = _format(format_, out)
    with _output(out) as write:
        articles = _read(paths)
        check_comparable(articles)
        checker = ClaimChecker(model, top_k=top_k, floor=floor)
        with _progress("judging pairs") as progress:
            report = checker.compare(articles, progress)
        told = {f"{article.id}: {note}" for article in articles for note in article.notes}
        for note in report.notes:
            if note not in told:
                _tell(f"note: {note}")
        if chosen:
            write(render(report, chosen))
    if out or not chosen:
        _print_summary(report)


@app.command()
def read(paths: Paths, out: Out = None) -> None:
    """Files to articles, one a line."""
    with _output(out) as write:
        for article in _read(paths):
            write(_line(article.to_dict()))


@app.command()
def segment(
    paths: Paths,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the text that is no claim, with its `kind` and `why`.")
    ] = False,
    out: Out = None,
) -> None:
    """Articles to claims, one a line."""
    from claimcheck import segmenting

    with _output(out) as write:
        for article in _read(paths):
            segmentation = segmenting.segment(article)
            pieces: list[Claim | Dropped] = list(segmentation.claims)
            if everything:
                pieces = sorted([*pieces, *segmentation.dropped], key=lambda piece: piece.start)
            for piece in pieces:
                kind = {"kind": "claim", "why": ""} if everything and isinstance(piece, Claim) else {}
                write(_line({**piece.to_dict(), **kind}))


@app.command()
def pair(lines: Lines, top_k: TopK = TOP_K, floor: Floor = FLOOR, out: Out = None) -> None:
    """Claims to candidate pairs across sources, one a line."""
    from claimcheck import nli, pairing

    seen: set[tuple[str, str]] = set()

    def new_claim(record: Mapping[str, Any]) -> Claim:
        claim = Claim.from_dict(record)
        if (claim.article_id, claim.id) in seen:
            raise InputError(f"claim id {claim.id!r} is taken by an earlier line; ids must be unique")
        seen.add((claim.article_id, claim.id))
        return claim

    with _output(out) as write:
        # `segment --all` also writes what is no claim
        claims = [claim for record, claim in _records(lines, new_claim) if record.get("kind", "claim") == "claim"]
        sources = {claim.source for claim in claims}
        if len(sources) < 2:
            found = f"only one source, {sources.pop()!r}" if sources else "no claims"
            raise InputError(f"{_name(lines)}: {found}; claims are paired across at least two sources")
        for found_pair in pairing.pair(claims, nli.load_model(), top_k=top_k, floor=floor):
            write(_line(found_pair.to_dict()))


@app.command()
def judge(lines: Lines, model: ModelName = None, out: Out = None) -> None:
    """Pairs to verdicts, one a line, in order.

    A line is what `pair` writes, or just {"evidence": "...", "claim": "..."}; every other field of it is kept. A
    plain line that has a `label` already keeps it as `given_label`.
    """
    from claimcheck.nli import load_model

    with _output(out) as write:
        records: Iterable[tuple[dict[str, Any], Pair | None]] = _records(lines, _pair_or_texts)
        if lines != "-":
            records = list(records)  # a bad line is found before the work, not after it
        in_all = len(records) if isinstance(records, list) else 0  # not known yet
        loaded = load_model(model)
        with _progress("judging") as progress:
            done = 0
            stream = iter(records)
            while chunk := list(islice(stream, CHUNK)):
                for record in _judged(chunk, loaded):
                    write(_line(record))
                done += len(chunk)
                if progress:
                    progress(done, in_all)


@app.command()
def report(
    lines: Lines,
    articles: Annotated[
        list[str] | None, typer.Option("--articles", help="The articles the claims come from, for their context.")
    ] = None,
    out: Out = None,
    format_: Format = None,
) -> None:
    """Verdicts to a report."""
    from claimcheck import segmenting
    from claimcheck.reporting import Report, render, telling

    chosen = _format(format_, out)
    with _output(out) as write:
        verdicts = [verdict for _, verdict in _records(lines, Verdict.from_dict)]
        texts = {article.id: article for article in _read(articles or [])}
        for verdict in verdicts if articles else []:
            for claim in (verdict.pair.claim, verdict.pair.evidence):
                _check_place(claim, texts, _name(lines))
        made = Report(
            articles=tuple(texts.values()),
            claims=(),  # the report takes them from the verdicts
            dropped=tuple(piece for article in texts.values() for piece in segmenting.segment(article).dropped),
            verdicts=tuple(map(telling, verdicts)),
            signature={"verdicts": _name(lines)},
        )
        if chosen:
            write(render(made, chosen))
    if out or not chosen:
        _print_summary(made)


@app.command()
def suggest(
    articles: Annotated[list[str], typer.Option("--articles", help="Files or folders of articles; repeatable.")],
    n: Annotated[int, typer.Option("--n", min=1, help="So many pairs.")] = 100,
    exclude: Annotated[
        list[Path] | None,
        typer.Option("--exclude", help="Pairs that are labelled or suggested already (.jsonl .csv); repeatable."),
    ] = None,
    model: ModelName = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another number gives another choice.")] = SEED,
    out: Out = None,
) -> None:
    """Which pairs of unlabelled articles to label next: those the model is unsure of, of many kinds, none twice.

    Fill in `label` in each line, or go by `pairs export`. Labels given in an earlier round go into --exclude.
    """
    from claimcheck import corpora, nli, pairing, segmenting, suggesting
    from claimcheck.pipeline import check_comparable

    _check_beside(out, articles)
    if out and out.is_file():
        raise OutputError(f"--out {out}: is there already and may hold labels; name another, and --exclude this one")
    with _output(out) as write:
        earlier = [row for file in exclude or [] for row in corpora.read_annotations(file, labelled=False)]
        texts = _read(articles)
        check_comparable(texts)
        encoder = nli.load_model()  # near-duplicates are measured on its vectors, also for another model
        classifier = nli.load_model(model) if model else encoder
        claims = [claim for article in texts for claim in segmenting.segment(article).claims]
        pairs = pairing.pair(claims, encoder, floor=suggesting.FLOOR)
        with _progress("judging") as progress:
            found = suggesting.suggest(
                pairs,
                classifier,
                encoder,
                n=n,
                seed=seed,
                exclude=[(row.evidence, row.claim) for row in earlier],
                progress=progress,
            )
        if not found:
            why = "no claims of two sources are alike enough"
            if pairs:
                why = "all are twice the same text" + (", or nearly as in --exclude" if earlier else "")
            raise InputError(f"no pair to label in {len(texts)} articles: {why}; give other articles")
        for suggestion in found:
            write(_line(suggestion.to_dict()))
        if len(found) < n:
            _tell(f"note: {len(found)} pairs, not {n}: there are no more but near-duplicates")


@app.command()
def evaluate(
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="PAIRS", help="Files of labelled pairs (.jsonl .csv), in place of --suite."),
    ] = None,
    suite: Annotated[Path | None, typer.Option("--suite", help="A suite (TOML), as in evaluation/suites.")] = None,
    model: ModelName = None,
    data_dir: DataDir = None,
    results: Results = RESULTS,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write a report: .html or .md.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace predictions of another version of the model or corpus.")
    ] = False,
) -> None:
    """How good is a model? Scores with intervals, beside controls and baselines.

    Predictions are kept under --results: a run that was stopped goes on, and what is there is not judged again.
    """
    from claimcheck import evaluating, suites, tabulating
    from claimcheck.nli import load_model

    if bool(pairs) == bool(suite):
        raise InputError("name --suite or files of labelled pairs, one of the two")
    if out and out.suffix.lower() not in (".html", ".md"):
        raise InputError(f"--out {out}: end it in .html or .md")
    wanted = suites.load_suite(suite) if suite else suites.of_pairs(*pairs or [])
    with _output(out) if out else nullcontext() as write:
        classifier = load_model(model)
        with _progress("judging") as moved:
            found = evaluating.evaluate(
                classifier,
                wanted,
                results=results,
                data_dir=data_dir,
                encoder=load_model() if model else classifier,
                overwrite=overwrite,
                progress=moved and (lambda what, done, in_all: moved(done, in_all, what)),
            )
        if out and write:
            if out.suffix.lower() == ".html":
                write(tabulating.html(wanted, found))
            else:
                plots = out.with_name(f"{out.stem}-plots")
                write(tabulating.markdown(wanted, found, plots=plots, relative_to=out.parent))
    _print_rows(tabulating.table(wanted, found))


@app.command("compare-models")
def compare_models(
    a: Annotated[str, typer.Argument(metavar="A", help="The name under which a model's predictions are kept.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The model that may be better.")],
    results: Results = RESULTS,
) -> None:
    """Is model B better than model A? Paired, on every split that both have judged."""
    from claimcheck import evaluating, tabulating

    _print_rows(tabulating.comparison(a, b, evaluating.compare_models(results, a, b)))


@app.command()
def gate(
    suite: Annotated[Path, typer.Option("--suite", help="A suite with gates.")],
    model: ModelName = None,
    results: Results = RESULTS,
) -> None:
    """Leave with 1 where a score of `evaluate` is below its floor by more than its interval."""
    from claimcheck import evaluating, suites
    from claimcheck.nli import load_model

    loaded = load_model(model)
    checks = evaluating.gate(suites.load_suite(suite), results, model=loaded.name, model_checksum=loaded.checksum)
    rows = []
    for check in checks:
        value = check.interval
        bound = f"{'at most' if check.metric in suites.LOWER_IS_BETTER else 'at least'} {check.bound * 100:.1f}"
        shown = f"{value.value * 100:.1f} [{value.low * 100:.1f}, {value.high * 100:.1f}]" if value else check.why
        rows.append(
            {
                "corpus": check.name,
                "metric": check.metric,
                "wanted": bound,
                "measured": shown,
                "": "holds" if check.holds else "FAILS",
            }
        )
    _print_rows(rows)
    if not checks:
        _tell(f"{suite}: has no gates, so there was nothing to check")
    if not checks or not all(check.holds for check in checks):
        raise typer.Exit(1)


@app.command()
def finetune(
    train: Annotated[
        list[str], typer.Option("--train", help="Labelled pairs to learn from (.jsonl .csv); repeatable.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder of the new model.")],
    dev: Annotated[
        str | None, typer.Option("--dev", help="Pairs to choose and calibrate on; a fifth of --train if not given.")
    ] = None,
    test: Annotated[str | None, typer.Option("--test", help="Pairs for the comparison with the base.")] = None,
    base: Annotated[
        str | None, typer.Option("--base", help="A model folder or Hugging Face id; the shipped model if not given.")
    ] = None,
    mode: Annotated[str, typer.Option("--mode", help="full, or head: the last layer alone, in seconds.")] = "full",
    peft: Annotated[
        str | None, typer.Option("--peft", help="lora: train small adapters in place of all weights.")
    ] = None,
    replay: Annotated[
        str | None,
        typer.Option("--replay", help="Older pairs to mix in against forgetting: a file, or CORPUS/SPLIT."),
    ] = None,
    data_dir: DataDir = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Times through the pairs, at most.")] = None,
    learning_rate: Annotated[float | None, typer.Option("--learning-rate", help="The highest step size.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="Pairs a step.")] = None,
    low_memory: Annotated[bool, typer.Option("--low-memory", help="Slower, with far less memory.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of everything random.")] = 13,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the model that is in --out.")] = False,
) -> None:
    """Teach a model your own labelled pairs, and learn whether it has become better.

    A run that was stopped goes on with the same command.
    """
    from dataclasses import replace

    from claimcheck import corpora, finetuning

    if mode not in finetuning.MODES:
        raise InputError(f"--mode {mode!r}: is not one of {', '.join(finetuning.MODES)}")
    if peft not in (None, "lora"):
        raise InputError(f"--peft {peft!r}: only lora is known")
    if peft and mode == "head":
        raise InputError("--peft lora is for --mode full: the head alone has no use for adapters")
    pairs = [pair for path in train for pair in corpora.read_pairs(path)]
    given: dict[str, Any] = {"epochs": epochs, "learning_rate": learning_rate, "batch": batch}
    settings = replace(
        finetuning.defaults(len(pairs), lora=bool(peft)),
        mode=mode,
        low_memory=low_memory,
        seed=seed,
        **{name: value for name, value in given.items() if value is not None},
    )
    older = None
    if replay:
        name, _, part = replay.partition("/")
        older = corpora.load(name, part, data_dir) if name in corpora.CORPORA else corpora.read_pairs(replay)
    made = finetuning.finetune(
        pairs,
        out=out,
        dev=corpora.read_pairs(dev) if dev else None,
        test=corpora.read_pairs(test) if test else None,
        replay=older,
        base=base,
        settings=settings,
        overwrite=overwrite,
    )
    for note in made.notes:
        _tell(f"note: {note}")
    with _output(None) as write:
        write(f"{made.folder}: trained on {made.rows['train']} pairs, compared on {made.compared_on}\n{made.verdict}\n")


@corpora_app.command("list")
def list_corpora() -> None:
    """The benchmark corpora that can be read, with their splits, labels and licence."""
    from claimcheck import corpora

    shown = ("name", "language", "splits", "labels", "licence")
    _print_rows([{name: corpus[name] for name in shown} for corpus in corpora.table()])


pairs_app = typer.Typer(no_args_is_help=True, help="One's own labelled pairs.")
app.add_typer(pairs_app, name="pairs")

PairsFile = Annotated[Path, typer.Argument(metavar="FILE", help="Labelled pairs (.jsonl .csv).")]


@pairs_app.command("validate")
def validate_pairs(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files of labelled pairs (.jsonl .csv).")],
) -> None:
    """What is in these files, and what is wrong with it? Leaves with 2 where a row cannot be used.

    Of several files, also what one shares with another.
    """
    from claimcheck import annotating

    found = annotating.validate(files)
    _print_counts("file", found.labels)
    _print_counts("phenomenon", found.phenomena)
    with _output(None) as write:
        write("".join(f"{sentence}\n" for sentence in found.sentences()))
    if not found.usable:
        raise typer.Exit(2)


@pairs_app.command("split")
def split_pairs(
    file: PairsFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for train.jsonl, dev.jsonl and test.jsonl.")],
    dev: Annotated[float, typer.Option("--dev", min=0, max=1, help="The share for dev; 0 for none.")] = DEV,
    test: Annotated[float, typer.Option("--test", min=0, max=1, help="The share for test; 0 for none.")] = TEST,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another number gives another split.")] = SEED,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier split.")] = False,
) -> None:
    """Cut labelled pairs into train, dev and test, with no text and no group in two of them."""
    from claimcheck import annotating, corpora

    if not dev + test < 1:
        raise InputError(f"--dev {dev} and --test {test} leave nothing to train on; together they must be below 1")
    splits = annotating.split(corpora.read_annotations(file), dev=dev, test=test, seed=seed)
    parts = {out / f"{name}.jsonl": getattr(splits, name) for name in ("train", "dev", "test")}
    for path, rows in parts.items():
        if path.exists() and not rows:
            raise OutputError(f"{path}: is of another split and this one has no {path.stem}; remove it first")
        if path.exists() and path.samefile(file):
            raise OutputError(f"{path}: is the file that is cut; name another folder with --out")
        if path.exists() and not overwrite:
            raise OutputError(f"{path}: is there already; replace it with --overwrite")
    with _named(out):
        out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for path, rows in parts.items():
            if rows:
                stack.enter_context(_output(path))("".join(_line(row.record) for row in rows))
    counts = {str(path): annotating.count_labels(row.label for row in rows) for path, rows in parts.items() if rows}
    _print_counts("file", counts)
    for name, labels in counts.items():
        if lacking := [label for label in LABELS if not labels[label]]:
            _tell(f"note: {name} has no pair labelled {' or '.join(lacking)}")


@pairs_app.command("import")
def import_pairs(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Label Studio's export (.json), or labelled pairs (.csv .jsonl).")
    ],
    out: Out = None,
) -> None:
    """Label Studio's export (JSON or JSON-MIN) or CSV to labelled pairs, one a line."""
    from claimcheck import annotating

    _check_other_file(out, file)
    with _output(out) as write:
        found = annotating.import_pairs(file)
        for note in found.notes:
            _tell(f"note: {note}")
        for record in found.records:
            write(_line(record))


@pairs_app.command("export")
def export_pairs(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Pairs, labelled or not (.jsonl .csv).")],
    to: Annotated[Literal["label-studio", "csv"], typer.Option("--to", help="What to write.")],
    out: Out = None,
    config_out: Annotated[
        Path | None,
        typer.Option("--config-out", help="Label Studio's labelling interface (XML); beside --out if not given."),
    ] = None,
) -> None:
    """Pairs to tasks for Label Studio, with its labelling interface, or to CSV; `pairs import` takes both back."""
    from claimcheck import annotating, corpora

    if config_out and to == "csv":
        raise InputError("--config-out is for --to label-studio")
    for path in (out, config_out):
        _check_other_file(path, file)
    rows = corpora.read_annotations(file, labelled=False)
    if not rows:
        raise InputError(f"{file}: holds no pair")
    if to == "csv":
        with _output(out) as write:
            write(annotating.to_csv(rows))
        return
    config = annotating.label_studio_config(rows)
    beside = config_out or (out and out.with_name(f"{out.stem}-config.xml"))
    if beside and not config_out and beside.exists() and beside.read_bytes() != config.encode():
        _tell(f"note: {beside} is there already and is left as it is; name a file with --config-out")
        beside = None
    with ExitStack() as stack:
        stack.enter_context(_output(out))(
            json.dumps(annotating.label_studio_tasks(rows), ensure_ascii=False, indent=1) + "\n"
        )
        if beside:
            stack.enter_context(_output(beside))(config)


def _check_beside(out: Path | None, paths: Sequence[str]) -> None:
    if out and any(Path(path).is_dir() and out.resolve().is_relative_to(Path(path).resolve()) for path in paths):
        raise InputError(f"--out {out}: lies in a folder that is read; the next run would take it for an article")


def _check_other_file(out: Path | None, file: Path) -> None:
    if out and out.exists() and file.exists() and out.samefile(file):
        raise OutputError(f"--out {out}: is the file that is read; name another one")


def _print_counts(of: str, counts: Mapping[str, Mapping[str, int]]) -> None:
    from claimcheck.annotating import visible

    labels = dict.fromkeys(label for of_one in counts.values() for label in of_one)
    _print_rows(
        [
            {of: visible(name), "pairs": f"{sum(of_one.values()):,}"}
            | {label: f"{of_one.get(label, 0):,}" for label in labels}
            for name, of_one in counts.items()
        ]
    )


def _check_place(claim: Claim, texts: Mapping[str, Article], name: str) -> None:
    article = texts.get(claim.article_id)
    if article is None:
        raise InputError(
            f"{name}: article {claim.article_id!r} of claim {claim.id!r} is not among --articles; "
            "give the files or the JSON Lines that the claims were cut from"
        )
    if article.text[claim.start : claim.end] != claim.text:
        raise InputError(f"{name}: claim {claim.id!r} is not what stands in article {article.id!r} at {claim.start}")


def _judged(chunk: list[tuple[dict[str, Any], Pair | None]], model: Any) -> Iterator[dict[str, Any]]:
    from claimcheck import judging

    verdicts = iter(judging.judge([pair for _, pair in chunk if pair], model))
    plain = [record for record, pair in chunk if not pair]
    sides = {"evidence": [record["evidence"] for record in plain], "claims": [record["claim"] for record in plain]}
    unread = zip(*(model.unread(texts) for texts in sides.values()), strict=True)
    rows = iter(zip(model.predict_proba(**sides), model.windows(**sides), unread, strict=True))
    for record, pair_ in chunk:
        if pair_:
            verdict = next(verdicts).to_dict()
            sides_ = {side: {**record[side], **verdict[side]} for side in ("claim", "evidence")}
            yield {**record, **verdict, **sides_}
            continue
        probabilities, windows, words = next(rows)
        # A second judge must not take the first one's label for the given one.
        given = {"given_label": record.get("given_label", record["label"])} if "label" in record else {}
        judged = {"label": LABELS[int(probabilities.argmax())], "probabilities": by_label(probabilities)}
        told = {
            "windows": windows if windows > 1 else 0,
            "unread": list(dict.fromkeys((*words[0], *words[1]))),
            "uncertain": bool(probabilities.max() < model.abstain_below),
        }
        yield {**record, **given, **judged, **{name: value for name, value in told.items() if value}}


def _pair_or_texts(record: Mapping[str, Any]) -> Pair | None:
    if isinstance(record.get("claim"), dict) or isinstance(record.get("evidence"), dict):
        return Pair.from_dict(record)
    for side in ("evidence", "claim"):
        if side not in record:
            raise InputError(f"field {side!r} is missing; a line holds at least evidence and claim")
        if not isinstance(record[side], str) or not record[side].strip():
            raise InputError(f"field {side!r} is {record[side]!r:.60}; it must be a text that is not empty")
    return None


def _read(paths: list[str]) -> list[Article]:
    from claimcheck import reading

    articles = reading.read(*paths)
    for article in articles:
        for note in article.notes:
            _tell(f"note: {article.id}: {note}")
    return articles


def _records(lines: str, parse: Callable[[Mapping[str, Any]], T]) -> Iterator[tuple[dict[str, Any], T]]:
    """Each line's object and what ``parse`` makes of it; an error names the file and the line."""
    from claimcheck.reading import read_jsonl

    for number, record in read_jsonl(lines):
        try:
            yield record, parse(record)
        except InputError as error:
            raise InputError(f"{_name(lines)}:{number}: {error}") from None


def _name(lines: str) -> str:
    return "<stdin>" if lines == "-" else lines


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _format(given: str | None, out: Path | None) -> str | None:
    from claimcheck.reporting import FORMATS

    if given is None and out is None:
        return None
    chosen = given if given is not None else out.suffix.lstrip(".").lower() if out else ""
    if chosen not in FORMATS:
        named = (
            f"--format {given!r}: no such format; give"
            if given is not None
            else f"--out {out}: end it in a format or add --format,"
        )
        raise InputError(f"{named} one of {', '.join(FORMATS)}")
    return chosen


@contextmanager
def _output(out: Path | None) -> Iterator[Write]:
    """A function that writes text to ``out`` or standard output.

    A file is written beside its place and moved there at the end, so that it is either old or complete; that it
    can be written is found out before the work starts.
    """
    if out is None:
        if sys.stdout is None:
            raise OutputError("standard output is closed; name a file with --out")
        try:
            yield _writer(sys.stdout.write, "standard output")
            with _named("standard output"):
                sys.stdout.flush()
        except OutputError as error:
            # What is left in the buffer has nowhere to go; Python would try again at its end, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if not isinstance(error.__cause__, BrokenPipeError):  # `claimcheck segment … | head` has enough
                raise
        return
    with _named(out):
        if out.is_dir():
            raise OutputError(f"{out}: is a folder; --out names a file")
        if out.exists() and not os.access(out, os.W_OK):
            raise OutputError(f"{out}: cannot be written (no permission)")
        regular = not out.exists() or out.is_file()  # a pipe cannot be replaced
        target = Path(os.path.realpath(out)) if regular else out  # a link stays, even /dev/stdout
        draft = target.with_name(f".{target.name}.{os.getpid()}.tmp") if regular else out
        file = draft.open("w", encoding="utf-8", newline="")
    try:
        yield _writer(file.write, out)
        with _named(out):
            file.close()
            if regular:
                if target.exists():
                    shutil.copymode(target, draft)
                draft.replace(target)
    finally:
        with suppress(OSError):  # a full disk: said already
            file.close()
        if regular:
            draft.unlink(missing_ok=True)


def _writer(write: Write, name: Path | str) -> Write:
    def written(text: str) -> None:
        with _named(name):
            write(text)

    return written


@contextmanager
def _named(name: Path | str) -> Iterator[None]:
    """The operating system's complaints about an output, with its name."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{name}: cannot be written ({error.strerror or error})") from error


@contextmanager
def _progress(what: str) -> Iterator[Callable[..., None] | None]:
    """A callback (done, in all or 0, what) that moves a bar on standard error; ``None`` where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def moved(done: int, in_all: int, now: str = what) -> None:
            bar.update(task, description=now, completed=done, total=in_all or None)

        yield moved


def _print_summary(report: Report) -> None:
    from claimcheck.reporting import summary

    console = Console(highlight=False)
    with _output(None) as write:
        with _named("standard output"), console.capture() as captured:  # unbuffered, rich writes an empty string too
            summary(report, console)
        write(captured.get())


def _print_rows(rows: Sequence[Mapping[str, str]]) -> None:
    """A table on standard output; a file or pipe gets it unbroken, however wide it is."""
    from rich.table import Table

    if not rows:
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*row.values())
    with _output(None) as write:
        console = Console(highlight=False, markup=False)
        if not console.is_terminal:
            console.width = 10_000
        with _named("standard output"), console.capture() as captured:
            console.print(table)
        write(captured.get())


def _tell(message: str) -> None:
    """One line on standard error, in which nothing acts: names and ids may hold line breaks and terminal codes."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
    print(f"claimcheck: {shown}", file=sys.stderr)
