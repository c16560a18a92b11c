"""Verdicts → a report: one HTML page, JSON Lines, CSV, Markdown, a DataFrame, a few lines in the terminal.

The HTML page and the Markdown speak Dutch, since newsrooms read them; everything for programs and terminals
uses the names of the records. All texts come from the web: each format escapes what could act in it (markup,
formulas, terminal codes).
"""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal

from claimcheck.dutch.dates import MONTHS
from claimcheck.errors import MissingExtraError
from claimcheck.schema import FORMULA, LABELS, Article, Claim, Dropped, Finding, Label, Published, Span, Verdict

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, RenderableType

Format = Literal["html", "jsonl", "csv", "md"]
FORMATS: Final[tuple[Format, ...]] = ("html", "jsonl", "csv", "md")

# What an editor wants to see first.
_ORDER: Final[tuple[Label, ...]] = ("contradicts", "supports", "unrelated")

_CONTEXT = 300  # characters of the article on either side of a sentence
_UNRELATED_SHOWN = 3  # per claim, in HTML
# 15,000 unrelated verdicts in full make a page of a million elements, which no browser opens gladly.
_UNRELATED_IN_FULL = 2_000
_LARGE = 500  # rows from which the browser is told to lay out only what is on the screen

_WORDS: Final[Mapping[Label, str]] = {
    "contradicts": "weerspreekt",
    "supports": "ondersteunt",
    "unrelated": "los",
}
# True in both directions wherever a turned verdict keeps its reason.
_REASONS: Final[Mapping[str, str]] = {
    "restatement": "Beide zinnen zeggen hetzelfde, in andere woorden.",
    "entailed": "De andere zin zegt dit ook, en mogelijk meer.",
    "more_specific": "De ene zin zegt meer dan de andere dekt.",
    "quantity": "De getallen in beide zinnen verschillen; daar hangt het oordeel van af.",
    "later_update": "Een telling die oploopt, op twee momenten: beide kunnen kloppen.",
    "time": "De zinnen noemen een ander tijdstip voor dezelfde gebeurtenis.",
    "polarity": "De ene zin bevestigt wat de andere ontkent.",
    "antonym": "De zinnen gebruiken woorden met een tegengestelde betekenis.",
    "role": "Wie iets doet en wie het ondergaat, is verwisseld.",
    "other_entity": "Het gaat om een andere persoon, plaats of organisatie.",
    "entity": "De zinnen noemen een andere naam waar er maar één kan kloppen.",
    "quantifier": "De zinnen verschillen in ‘alle’, ‘geen’, ‘enkele’ of ‘sommige’.",
    "hedged": "Een van beide houdt een slag om de arm (‘mogelijk’, ‘naar verluidt’).",
    "reported": "Een van beide zegt alleen dat iemand dit beweert.",
    "conditional": "Een van beide is een plan, een hoop, een voorwaarde of een vraag.",
    "silent": "De ene zin zegt niets over wat de andere beweert.",
    "other": "Het model vond geen afzonderlijke aanleiding.",
}
# Why a stretch of text is no claim, as segmenting calls it.
_DROPPED: Final[Mapping[str, str]] = {
    "byline": "auteursregel",
    "caption": "bijschrift",
    "code": "code",
    "contact": "contactregel",
    "credit": "fotobron",
    "date stamp": "datumregel",
    "dateline": "plaats en datum",
    "exclamation": "uitroep",
    "furniture": "geen lopende tekst",
    "heading": "kop",
    "imperative": "aansporing",
    "list marker": "opsommingsteken",
    "markup": "opmaak",
    "pull quote": "uitgelicht citaat",
    "question": "vraag",
    "question heading": "vraag als kop",
    "separator": "scheidingslijn",
    "table": "tabel",
    "teaser": "verwijzing",
    "too long": "te lang voor een zin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything one comparison found.

    ``verdicts`` holds each unordered pair once, in its :func:`telling` direction where ``ClaimChecker`` or the
    command line made the report. ``signature`` says how they came about (version, model and
    its checksum, settings) in plain JSON values; ``notes`` what the user should know. ``articles`` may be
    empty: verdicts that were piped in come without them, and are then shown without context. ``claims`` may
    lack claims that verdicts hold, which are added where needed.
    """

    articles: tuple[Article, ...]
    claims: tuple[Claim, ...]
    dropped: tuple[Dropped, ...]
    verdicts: tuple[Verdict, ...]
    signature: Mapping[str, Any] = field(hash=False)
    notes: tuple[str, ...] = ()

    def findings(self) -> tuple[Finding, ...]:
        """One finding per claim, also for one without verdicts, in the order of the articles and their text.

        A finding holds every verdict that involves its claim, each turned so that ``finding.claim`` is
        ``verdict.pair.claim``: contradicts first, then supports, then unrelated, each by falling probability
        (ties by the evidence's id).
        """
        judged = (side for verdict in self.verdicts for side in (verdict.pair.claim, verdict.pair.evidence))
        claims: dict[tuple[str, str], Claim] = {}
        for claim in (*self.claims, *judged):
            claims.setdefault(_key(claim), claim)
        verdicts: dict[tuple[str, str], list[Verdict]] = {key: [] for key in claims}
        for verdict in self.verdicts:
            verdicts[_key(verdict.pair.claim)].append(verdict)
            verdicts[_key(verdict.pair.evidence)].append(turned(verdict))

        rank: dict[str, int] = {}
        for article_id in (*(a.id for a in self.articles), *(c.article_id for c in claims.values())):
            rank.setdefault(article_id, len(rank))
        ordered = sorted(claims.values(), key=lambda c: (rank[c.article_id], c.start, c.end))
        return tuple(Finding(claim, tuple(sorted(verdicts[_key(claim)], key=_strength))) for claim in ordered)

    def counts(self) -> dict[Label, int]:
        """How many verdicts carry each label, zeros included, in the order of ``LABELS``."""
        counts = dict.fromkeys(LABELS, 0)
        for verdict in self.verdicts:
            counts[verdict.label] += 1
        return counts

    def html(self) -> str:
        """One self-contained page. See :func:`render`."""
        return render(self, "html")

    def jsonl(self) -> str:
        """One verdict per line, as ``Verdict.to_dict`` gives it."""
        return render(self, "jsonl")

    def csv(self) -> str:
        """One verdict per row under a header. See :func:`render`."""
        return render(self, "csv")

    def markdown(self) -> str:
        """The counts and, per article, the claims that are contradicted or supported."""
        return render(self, "md")

    def to_pandas(self) -> pd.DataFrame:
        """One row per verdict, with the columns of the CSV and the texts exactly as read.

        Raises :class:`~claimcheck.errors.MissingExtraError` without pandas.
        """
        try:
            import pandas as pd
        except ImportError:
            raise MissingExtraError("to_pandas", "pandas") from None
        return pd.DataFrame([_cells(verdict) for verdict in self.verdicts], columns=list(_COLUMNS))

    def _repr_html_(self) -> str:
        """A table for notebooks: the counts and the twenty strongest contradictions and supports."""
        strongest = [v for label in _ORDER[:2] for v in _strongest(self, label)]
        rows = "".join(
            f"<tr><td>{v.label}</td><td>{_escaped(_percent(v.probability))}</td>"
            + "".join(
                f"<td><bdi>{_escaped(side.source)}</bdi></td>"
                f'<td style="text-align:left"><bdi>{_escaped(_short(side.statement, 200))}</bdi></td>'
                for side in (v.pair.claim, v.pair.evidence)
            )
            + "</tr>"
            for v in strongest[:20]
        )
        names = ("label", "probability", "claim_source", "claim", "evidence_source", "evidence")
        head = "".join(f"<th>{name}</th>" for name in names)
        counts = ", ".join(f"{n} {label}" for label, n in self.counts().items())
        left_out = f"<p>… and {len(strongest) - 20} more</p>" if len(strongest) > 20 else ""
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
        return f"<div><p><b>{len(self.verdicts)} verdicts</b>: {counts}</p>{table}{left_out}</div>"


def turned(verdict: Verdict) -> Verdict:
    """The same pair the other way round: its evidence as the claim.

    The label is the argmax of ``reverse``. A reason depends on the direction and cannot be found again here:
    where the label stays, the reason stays; where it changes, it is the most that the two labels tell.
    """
    label = LABELS[max(range(len(LABELS)), key=verdict.reverse.__getitem__)]
    if label == verdict.label:
        reason = verdict.reason
    elif label == "supports":
        reason = "entailed"
    elif label == "unrelated" and verdict.label == "supports":
        reason = "more_specific"
    else:
        reason = "other"
    pair = verdict.pair
    return replace(
        verdict,
        pair=replace(pair, claim=pair.evidence, evidence=pair.claim),
        label=label,
        probabilities=verdict.reverse,
        reverse=verdict.probabilities,
        reason=reason,
        claim_spans=verdict.evidence_spans,
        evidence_spans=verdict.claim_spans,
    )


def telling(verdict: Verdict) -> Verdict:
    """``verdict`` or the same pair turned round, whichever tells an editor more.

    Contradiction tells more than support, and support more than neither; then the likelier of the two, then
    the direction as it was judged. Which claim of a pair comes first is chance, and the report must not depend on it.
    """
    return min(verdict, turned(verdict), key=lambda each: _strength(each)[:2])


def render(report: Report, format: str) -> str:  # noqa: A002 (the word of the command line)
    """The report in one of :data:`FORMATS`; to be written as UTF-8.

    ``html`` is one page that loads nothing. ``jsonl`` and ``csv`` hold every verdict once. The CSV starts
    with a byte order mark (Excel takes a file without one for Windows-1252) and puts an apostrophe before a
    text that a spreadsheet would take for a formula. Raises ``ValueError`` for another format.
    """
    if format == "html":
        return _html(report)
    if format == "jsonl":
        return "".join(_json_line(verdict.to_dict()) for verdict in report.verdicts)
    if format == "csv":
        return _csv(report)
    if format == "md":
        return _markdown(report)
    raise ValueError(f"format {format!r} is not one of {', '.join(FORMATS)}")


def summary(report: Report, console: Console, *, top: int = 5) -> None:
    """Print the counts, then the ``top`` strongest contradictions and supports with their sources.

    Sentences are cut to the console's width, one line each.
    """
    from rich.table import Table
    from rich.text import Text

    sources = len(_sources(report))
    claims = len(report.findings())
    console.print(
        f"{len(report.verdicts)} verdicts on {claims} claims of {sources} source{'s' * (sources != 1)}: "
        + ", ".join(f"{n} {label}" for label, n in report.counts().items()),
        highlight=False,
    )
    titles: tuple[tuple[Label, str, str], ...] = (
        ("contradicts", "Strongest contradictions: a claim, and under it what contradicts it", "red"),
        ("supports", "Strongest supports: a claim, and under it what supports it", "green"),
    )
    for label, title, colour in titles:
        verdicts = _strongest(report, label)
        if not verdicts:
            continue
        table = Table(box=None, show_header=False, pad_edge=False, expand=True)
        table.add_column(justify="right", width=4)
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=max(12, console.width // 4))
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for number, verdict in enumerate(verdicts[:top]):
            cells: RenderableType = Text(_percent(verdict.probability), style=f"bold {colour}")
            for side in (verdict.pair.claim, verdict.pair.evidence):
                table.add_row(cells, Text(_line(side.source), style="bold"), Text(_line(side.statement)))
                cells = ""
            if number + 1 < len(verdicts[:top]):
                table.add_row()
        console.print()
        console.print(Text(title, style=f"bold {colour}"))
        console.print(table)
        if len(verdicts) > top:
            console.print(Text(f"     … and {len(verdicts) - top} more", style="dim"))


# ---------------------------------------------------------------- what the formats share


def _key(claim: Claim) -> tuple[str, str]:
    return claim.article_id, claim.id


def _strength(verdict: Verdict) -> tuple[int, float, str, str]:
    pair = verdict.pair
    return _ORDER.index(verdict.label), -verdict.probability, pair.evidence.id, pair.claim.id


def _strongest(report: Report, label: Label) -> list[Verdict]:
    return sorted((v for v in report.verdicts if v.label == label), key=_strength)


def _sources(report: Report) -> list[str]:
    """Every source once, in order of appearance."""
    found = [a.source for a in report.articles] + [c.source for c in report.claims]
    found += [side.source for v in report.verdicts for side in (v.pair.claim, v.pair.evidence)]
    return list(dict.fromkeys(found + [d.source for d in report.dropped]))


def _percent(probability: float) -> str:
    """``97%``; never 0 % or 100 %, which a model cannot know."""
    if probability < 0.005:
        return "<1%"
    return ">99%" if probability >= 0.995 else f"{100 * probability:.0f}%"


def _number(n: int, one: str, many: str) -> str:
    """``1 bewering``, ``20.000 beweringen``."""
    return f"{n:,}".replace(",", ".") + f" {one if n == 1 else many}"


def _date(published: Published) -> str:
    """``14 november 2025`` or ``maart 2025``."""
    date = published.date
    day = f"{date.day} " if published.precision == "day" else ""
    return f"{day}{MONTHS[date.month - 1]} {date.year}"


# A lone surrogate ("\ud800" in somebody's JSON) cannot be written as UTF-8; NUL is no character of HTML.
_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")
# Control codes steer a terminal, bidi controls turn round the rest of a line. White space is none of these.
_STEERING: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _writable(text: str) -> str:
    """``text`` with U+FFFD for what cannot be written; its length stays."""
    return _UNWRITABLE.sub("\ufffd", text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _line(text: str) -> str:
    """``text`` on one line, without control codes."""
    return _one_line(_STEERING.sub("", _writable(text)))


def _short(text: str, width: int) -> str:
    text = _line(text)
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def _escaped(text: str) -> str:
    return html.escape(_writable(text))


def _json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)


def _json_line(record: Mapping[str, Any]) -> str:
    line = _json(record)
    # JSON can write a lone surrogate, as an escape.
    return (json.dumps(record) if _UNWRITABLE.search(line) else line) + "\n"


# ---------------------------------------------------------------- CSV

_COLUMNS: Final = (
    *("claim_source", "claim", "evidence_source", "evidence", "label", *LABELS, "reason", "similarity"),
    *("claim_id", "evidence_id", "claim_article", "claim_start", "claim_end"),
    *("evidence_article", "evidence_start", "evidence_end", "claim_spans", "evidence_spans"),
    *(f"reverse_{label}" for label in LABELS),
    *("windows", "unread", "uncertain"),
)


def _cells(verdict: Verdict) -> dict[str, Any]:
    record = verdict.to_dict()
    claim, evidence = verdict.pair.claim, verdict.pair.evidence
    return {
        "claim_source": claim.source,
        "claim": claim.text,
        "evidence_source": evidence.source,
        "evidence": evidence.text,
        "label": verdict.label,
        **record["probabilities"],
        "reason": verdict.reason,
        "similarity": record["similarity"],
        "claim_id": claim.id,
        "evidence_id": evidence.id,
        "claim_article": claim.article_id,
        "claim_start": claim.start,
        "claim_end": claim.end,
        "evidence_article": evidence.article_id,
        "evidence_start": evidence.start,
        "evidence_end": evidence.end,
        "claim_spans": " ".join(f"{start}:{end}" for start, end in verdict.claim_spans),
        "evidence_spans": " ".join(f"{start}:{end}" for start, end in verdict.evidence_spans),
        **{f"reverse_{label}": p for label, p in record["reverse"].items()},
        "windows": verdict.windows,
        "unread": " ".join(verdict.unread),
        "uncertain": verdict.uncertain,
    }


def _csv(report: Report) -> str:
    file = io.StringIO()
    # All texts are quoted: before Python 3.13 a lone "\r" would otherwise stand bare and end the row.
    writer = csv.DictWriter(file, _COLUMNS, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writeheader()
    for verdict in report.verdicts:
        writer.writerow({k: _cell(v) if isinstance(v, str) else v for k, v in _cells(verdict).items()})
    return "\ufeff" + file.getvalue()


def _cell(text: str) -> str:
    text = _writable(text)
    return f"'{text}" if text.startswith(FORMULA) else text


# ---------------------------------------------------------------- Markdown

# "://" and "www." too: GitHub makes links of bare addresses.
_MARKDOWN: Final = re.compile(r"[\\`*_{}\[\]#|~!$@^=+-]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def _md(text: str) -> str:
    """``text`` as inline Markdown, fit for a table cell, in which nothing acts."""
    return _MARKDOWN.sub(r"\\\g<0>", html.escape(_line(text), quote=False))


def _markdown(report: Report) -> str:
    lines = [f"# {_title(report)}", "", _lead(report), ""]
    counts = report.counts()
    lines += ["| oordeel | paren |", "|---|---:|"]
    lines += [f"| {_WORDS[label]} | {counts[label]} |" for label in _ORDER]
    if report.notes:
        lines += ["", "Let op:", "", *(f"- {_md(note)}" for note in report.notes)]

    articles = {article.id: article for article in report.articles}
    for name, findings in _sections(report).items():
        rows = [
            f"| {_md(finding.claim.statement)} | {_WORDS[v.label]} "
            f"| {_md(_percent(v.probability))}{', onzeker' if v.uncertain else ''} "
            f"| {_md(v.pair.evidence.source)} | {_md(v.pair.evidence.statement)} | {_md(_reason(v.reason))} |"
            for finding in findings
            for v in finding.verdicts
            if v.label != "unrelated"
        ]
        if rows:
            lines += ["", f"## {_md(_heading(articles.get(name[0]), name[1]))}", ""]
            lines += ["| bewering | oordeel | kans | bron | wat die bron zegt | waarom |"]
            lines += ["|---|---|---:|---|---|---|", *rows]
    if not counts["contradicts"] + counts["supports"]:
        lines += ["", "Geen tegenspraak of ondersteuning gevonden."]
    if report.signature:
        lines += ["", "## Hoe dit tot stand kwam", ""]
        lines += [
            f"- {_md(str(name))}: {_md(value if isinstance(value, str) else _json(value))}"
            for name, value in report.signature.items()
        ]
    return _writable("\n".join(lines) + "\n")


def _heading(article: Article | None, source: str) -> str:
    if article is None:
        return source
    title = f": {article.title}" if article.title else ""
    date = f" ({_date(article.published)})" if article.published else ""
    return f"{article.source}{title}{date}"


def _title(report: Report) -> str:
    n = len(_sources(report))
    return f"{_number(n, 'bron', 'bronnen')} naast elkaar" if n > 1 else "Te weinig bronnen om te vergelijken"


def _lead(report: Report) -> str:
    claims = _number(len(report.findings()), "bewering", "beweringen")
    articles = _number(len(report.articles), "artikel", "artikelen")
    pairs = _number(len(report.verdicts), "paar zinnen", "paren van zinnen")
    where = f" uit {articles}" if report.articles else ""
    return (
        f"{claims}{where}. Over {pairs} is gevraagd: als de ene zin klopt, wat zegt dat dan over de andere? "
        "De antwoorden komen van een taalmodel. Ze zeggen hoe de zinnen zich verhouden, niet wat waar is. "
        "Elk paar telt hierboven één keer en staat hieronder bij beide zinnen, voor elke richting met een eigen kans."
    )


def _reason(code: str) -> str:
    return _REASONS.get(code, code)


def _sections(report: Report) -> dict[tuple[str, str], list[Finding]]:
    """The findings by ``(article id, source)``; without an article all claims of a source stand together."""
    known = {article.id for article in report.articles}
    sections: dict[tuple[str, str], list[Finding]] = {(a.id, a.source): [] for a in report.articles}
    sources = {article.id: article.source for article in report.articles}
    for finding in report.findings():
        claim = finding.claim
        name = claim.article_id if claim.article_id in known else ""
        sections.setdefault((name, sources.get(name, claim.source)), []).append(finding)
    return sections


# ---------------------------------------------------------------- HTML


def _html(report: Report) -> str:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["csp_hash"] = _csp_hash
    template = resources.files("claimcheck").joinpath("templates/report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(_view(report))


def _csp_hash(text: str) -> str:
    """What a Content-Security-Policy calls an inline script or style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(str(text).encode()).digest()).decode()


def _view(report: Report) -> dict[str, Any]:
    """What the template shows, ready to print: strings, numbers, lists and dicts."""
    findings = report.findings()
    shown = sum(min(_UNRELATED_SHOWN, _unrelated(finding.verdicts)) for finding in findings)
    page = _Page(
        articles={article.id: article for article in report.articles},
        sources={source: number for number, source in enumerate(_sources(report))},
        rows={_key(finding.claim): number for number, finding in enumerate(findings)},
        compact=shown > _UNRELATED_IN_FULL,
    )
    dropped: dict[tuple[str, str], list[Dropped]] = {}
    for piece in report.dropped:
        article = page.articles.get(piece.article_id)
        section = (article.id, article.source) if article else ("", piece.source)
        dropped.setdefault(section, []).append(piece)
    sections = _sections(report)
    for section in dropped:
        sections.setdefault(section, [])
    contradictions = _strongest(report, "contradicts")
    claims = Counter(finding.claim.source for finding in findings)
    return {
        "title": _title(report),
        "lead": _lead(report),
        "counts": [(label, _WORDS[label], report.counts()[label]) for label in _ORDER],
        "labels": [(label, _WORDS[label]) for label in _ORDER],
        "sources": [
            {"name": _writable(source), "number": number, "claims": claims[source]}
            for source, number in page.sources.items()
        ],
        "notes": [_writable(note) for note in report.notes],
        "signature": _writable(_json(dict(report.signature), indent=2)),
        "strongest": [page.entry(verdict) for verdict in contradictions[:5]],
        "contradictions": len(contradictions),
        "sections": [page.section(name, of_section, dropped.get(name, [])) for name, of_section in sections.items()],
        "claims": len(findings),
        "dropped": len(report.dropped),
        "large": len(findings) + len(report.dropped) > _LARGE,
        "compact": page.compact,
    }


def _unrelated(verdicts: Iterable[Verdict]) -> int:
    return sum(verdict.label == "unrelated" for verdict in verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What every part of one page needs to know of the others."""

    articles: Mapping[str, Article]
    sources: Mapping[str, int]
    rows: Mapping[tuple[str, str], int]
    compact: bool  # unrelated verdicts: only the other sentence, without the article around it

    def section(self, name: tuple[str, str], findings: Sequence[Finding], dropped: Sequence[Dropped]) -> dict[str, Any]:
        article = self.articles.get(name[0])
        rows = [(f.claim.start, f.claim.end, self.row(f)) for f in findings]
        rows += [(d.start, d.end, _dropped_row(d.text, d.why or d.kind)) for d in dropped]
        if article is None:
            # Claims of several articles that are not here: their offsets say nothing about their order.
            return _article_view(None, name[1], self.sources[name[1]], [row for _, _, row in rows])
        rows.sort(key=lambda row: row[:2])
        whole: list[dict[str, Any]] = []
        at = 0
        for start, end, row in [*rows, (len(article.text), len(article.text), None)]:
            rest = article.text[at:start]
            if any(character.isalnum() for character in rest):
                whole.append(_dropped_row(rest.strip(), ""))
            if row is not None:
                whole.append(row)
            at = max(at, end)
        return _article_view(article, name[1], self.sources[name[1]], whole)

    def row(self, finding: Finding) -> dict[str, Any]:
        number = len(finding.verdicts) - _unrelated(finding.verdicts)
        unrelated = finding.verdicts[number:]
        return {
            "id": f"c{self.rows[_key(finding.claim)]}",
            "text": _writable(finding.claim.text),
            "verdicts": [self.entry(verdict) for verdict in finding.verdicts[:number]],
            "unrelated": [self.entry(verdict) for verdict in unrelated[:_UNRELATED_SHOWN]],
            "unrelated_count": _number(len(unrelated), "zin", "zinnen"),
            "left_out": max(0, len(unrelated) - _UNRELATED_SHOWN),
        }

    def entry(self, verdict: Verdict) -> dict[str, Any]:
        claim, evidence = verdict.pair.claim, verdict.pair.evidence
        compact = self.compact and verdict.label == "unrelated"
        width = 0 if compact else _CONTEXT
        return {
            "id": f"v{self.rows[_key(claim)]}-{self.rows[_key(evidence)]}",
            "label": verdict.label,
            "word": _WORDS[verdict.label],
            "percent": _percent(verdict.probability),
            "source": self.sources[evidence.source],
            "reason": _writable(_reason(verdict.reason)),
            "code": _writable(verdict.reason),
            "windows": verdict.windows,
            "unread": _writable(", ".join(verdict.unread)),
            "uncertain": verdict.uncertain,
            "compact": compact,
            "claim": self.side(claim, verdict.claim_spans, width),
            "evidence": self.side(evidence, verdict.evidence_spans, width),
            "odds": [
                (
                    label,
                    _WORDS[label],
                    [
                        (f"{100 * odds[LABELS.index(label)]:.1f}", _percent(odds[LABELS.index(label)]))
                        for odds in (verdict.probabilities, verdict.reverse)
                    ],
                )
                for label in _ORDER
            ],
        }

    def side(self, claim: Claim, spans: Sequence[Span], width: int) -> dict[str, Any]:
        """A sentence cut into plain and telling words, and the article around it."""
        article = self.articles.get(claim.article_id)
        before = after = ""
        if article and width and article.text[claim.start : claim.end] == claim.text:
            before = _head(article.text[max(0, claim.start - width) : claim.start], cut=claim.start > width)
            after = article.text[claim.end : claim.end + width]
            after = _tail(after, cut=claim.end + width < len(article.text))
        return {
            "source": _writable(claim.source),
            "row": f"c{self.rows[_key(claim)]}",
            "text": _writable(claim.text),
            "before": _writable(before),
            "parts": [(_writable(text), telling) for text, telling in _parts(claim, spans)],
            "after": _writable(after),
            # Line breaks taken out are no news to the reader; a subject put back is.
            "statement": "" if claim.statement == _one_line(claim.text) else _writable(claim.statement),
        }


# A heading would otherwise run into the sentence under it: "Brand in theater In theater De Kroon …".
_PARAGRAPH: Final = re.compile(r"\r?\n[ \t\r]*\n\s*")


def _head(text: str, *, cut: bool) -> str:
    """The words before a sentence, the first of them whole."""
    return _PARAGRAPH.sub(" ¶ ", f"… {text.split(None, 1)[-1]}" if cut and text.strip() else text)


def _tail(text: str, *, cut: bool) -> str:
    """The words after a sentence, the last of them whole."""
    return _PARAGRAPH.sub(" ¶ ", f"{text.rsplit(None, 1)[0]} …" if cut and text.strip() else text)


def _parts(claim: Claim, spans: Sequence[Span]) -> list[tuple[str, bool]]:
    """The claim's text in pieces that join to it, and whether each carries the reason.

    Spans outside the claim count for nothing, overlapping ones are one. No piece stands out where all would.
    """
    parts: list[tuple[str, bool]] = []
    at = claim.start
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, claim.end)
        if start < end:
            parts += [(claim.text[at - claim.start : start - claim.start], False)] if at < start else []
            parts.append((claim.text[start - claim.start : end - claim.start], True))
            at = end
    parts += [(claim.text[at - claim.start :], False)] if at < claim.end else []
    return parts if any(not telling for _, telling in parts) else [(claim.text, False)]


def _dropped_row(text: str, why: str) -> dict[str, Any]:
    reason = f"geen bewering: {_DROPPED.get(why, why)}" if why else "niet ingedeeld"
    return {"dropped": _writable(reason), "text": _writable(text)}


# Also keeps out "javascript:", "data:", blanks and control codes.
_LINK: Final = re.compile(r"https?://([^\s/?#\x00-\x20\x7f]+)[^\s\x00-\x20\x7f]*", re.IGNORECASE)


def _article_view(
    article: Article | None, source: str, number: int, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    link = _LINK.fullmatch(article.url) if article else None
    return {
        "source": _writable(source),
        "number": number,
        "title": _writable(article.title) if article else "",
        "date": _date(article.published) if article and article.published else "",
        "iso": str(article.published) if article and article.published else "",
        "url": _writable(article.url) if article else "",
        "host": _writable(link[1]) if link else "",
        "notes": [_writable(note) for note in article.notes] if article else [],
        "rows": rows,
    }
