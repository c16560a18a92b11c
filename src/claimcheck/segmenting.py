"""Article → claims: the sentences that state something, and everything else with its reason.

The pipeline: lines → blocks (hard-wrapped lines joined, furniture lines taken out) → sentences → kind.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from claimcheck.dutch import newsroom
from claimcheck.dutch.abbreviations import NEVER_FINAL, STARTERS
from claimcheck.dutch.dates import leading_stamp
from claimcheck.dutch.sentences import APOSTROPHE_WORD, split_sentences
from claimcheck.dutch.verbs import (
    AFTER_AMBIGUOUS_IMPERATIVE,
    AMBIGUOUS_IMPERATIVES,
    IMPERATIVES,
    INVERTED_SUBJECTS,
    has_finite_verb,
)
from claimcheck.schema import Article, Claim, Dropped, Kind, Span

_CLOSERS: Final = "\"'”’»›)]“"  # “ closes in „German“ style
_BREAK: Final = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_INVISIBLE: Final = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]+")
_TOKEN: Final = re.compile(r"\w+")
# The longest sentence of a newspaper has a tenth of this; beyond it stands a table or a text without full stops,
# which no model can judge and which would be judged in hundreds of pieces.
MAX_CLAIM: Final = 10_000


@dataclass(frozen=True, slots=True)
class Segmentation:
    """What :func:`segment` makes of an article.

    ``claims`` and ``dropped`` are in text order; together their spans are disjoint and hold all of the
    text that is not white space.
    """

    article: Article
    claims: tuple[Claim, ...]
    dropped: tuple[Dropped, ...]


def segment(article: Article) -> Segmentation:
    """Cut ``article.text`` into claims (ids ``{article.id}#{n}``, n from 1) and dropped stretches.

    An empty text gives neither. Deterministic, and linear in the length of the text.
    """
    text = article.text
    pieces = _judged(text)
    claims: list[Claim] = []
    dropped: list[Dropped] = []
    for piece in _with_gaps(text, pieces):
        words = text[piece.start : piece.end]
        statement = _statement(words) if piece.kind == "claim" else ""
        if statement:
            claims.append(
                Claim(
                    id=f"{article.id}#{len(claims) + 1}",
                    article_id=article.id,
                    source=article.source,
                    start=piece.start,
                    end=piece.end,
                    text=words,
                    statement=statement,
                )
            )
            continue
        kind: Kind = "furniture" if piece.kind == "claim" else piece.kind
        dropped.append(
            Dropped(
                article_id=article.id,
                source=article.source,
                start=piece.start,
                end=piece.end,
                text=words,
                kind=kind,
                why=piece.why or "markup",
            )
        )
    return Segmentation(article, tuple(claims), tuple(dropped))


# ---------------------------------------------------------------------------------------------- lines


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    gap: bool  # an empty line or the text's start stands before it


@dataclass(slots=True)
class _Block:
    """Consecutive lines that are read as one paragraph."""

    start: int
    end: int
    marker: str = ""  # of a list item; it stands at ``marker_at``
    marker_at: int = 0
    alone: bool = True  # for a list item: no other item next to it
    shown: bool = False  # the caption over a credit line


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    kind: Kind
    why: str = ""


_MARKER: Final = re.compile(r"(?:[-*+•·–—▪●◦‣➤►▶→✓]|\(?\d{1,2}[.)]|[a-z]\))\s+(?=\S)")
_QUOTED: Final = re.compile(r"(?:>\s?)+")
_TERMINATED: Final = re.compile(r"[.!?…](?:\[\d{1,3}\])*[\"'”’»›)\]“\s*_]*$")
_MARKUP_LINE: Final = re.compile(
    r"<[^<>]{1,300}>|(?:https?://|www\.)\S+|\[[^\]]{1,60}\]:\s?\S+|</?\w[^>]{0,200}>\s?</\w+>"
)
_FRONT_MATTER: Final = re.compile(r"\s*---[ \t]*\r?\n(?:[^\r\n]*\r?\n){1,60}?---[ \t]*(?=\r?\n|$)")
_HALF: Final = re.compile(  # no Dutch heading or sentence ends with one of these words
    r"(?<!\w)(?:de|een|van|en|of|dat|als|te|om|volgens|tussen|deze|onze|hun|wegens|zonder|sinds|tijdens|naar|met)$"
)
_LINE_LIMIT: Final = 240  # no byline, credit or date line is longer


_LINE_FORMS: Final = (
    ("heading", re.compile(r"#{1,6}\s.*")),
    ("caption", re.compile(r"!\[[^\]]{0,200}\]\([^()]{0,300}\)")),
    ("markup", _MARKUP_LINE),
    ("credit", newsroom.CREDIT),
    ("byline", newsroom.BYLINE),
    ("date stamp", newsroom.DATE_LINE),
    ("date stamp", newsroom.READING_TIME),
    ("teaser", newsroom.TEASER),
    ("contact", newsroom.CONTACT),
)


def _lines(text: str, start: int) -> list[_Line]:
    lines: list[_Line] = []
    gap = True
    edges = [match.span() for match in _BREAK.finditer(text, start)]
    for line_end, next_start in [*edges, (len(text), len(text))]:
        body = text[start:line_end]
        kept = body.strip()
        if kept:
            first = start + len(body) - len(body.lstrip())
            lines.append(_Line(first, first + len(kept), gap))
        gap = not kept
        start = next_start
    return lines


def _line_furniture(line: str) -> str:
    """Why this line is furniture by its form alone, or ``""``."""
    if len(line) > 2 and line[0] == line[-1] == "|":
        return "table"
    if not any(character.isalnum() for character in line):
        return "separator"  # "______", "***", "---"
    if len(line) > _LINE_LIMIT:
        return ""
    return next((why for why, pattern in _LINE_FORMS if pattern.fullmatch(line)), "")


def _terminated(text: str, start: int, end: int) -> bool:
    return _TERMINATED.search(text[max(start, end - 40) : end]) is not None


def _starts_low(text: str, start: int) -> bool:
    """Does the text at ``start`` go on with a sentence (a small letter, and no "iPhone")?"""
    low = text[start : start + 8].lstrip("(\"'“‘„«")[:2]
    return low[:1].islower() and not low[1:].isupper() and not APOSTROPHE_WORD.match(text, start)


def _wrap_width(text: str, lines: list[_Line]) -> int:
    """The usual length of a hard-wrapped line of this text; 0 where lines are whole paragraphs.

    Evidence: a long line without a full stop, after which the next one starts with a small letter.
    """
    cut = [
        line.end - line.start
        for line, after in pairwise(lines)
        if 40 <= line.end - line.start <= 200
        and not _terminated(text, line.start, line.end)
        and _starts_low(text, after.start)
    ]
    return int(median(cut)) if len(cut) >= 2 else 0


def _continues(text: str, line: _Line, after: _Line, width: int) -> bool:
    """Is ``after`` the rest of a sentence that ``line`` began?"""
    low = _starts_low(text, after.start)
    if _terminated(text, line.start, line.end):
        last = text[max(line.start, line.end - 20) : line.end].split()[-1]
        if last.rstrip(".").lower() in NEVER_FINAL and last.endswith("."):
            return True  # "… volgens dr. ⏎ De Vries"
        return low and (not after.gap or last[-1] in "\"'”’»")  # "“Wij stoppen.” ⏎ zei hij"
    if low:
        return True
    tail = text[max(line.start, line.end - 20) : line.end]
    if tail[-1] in ",–—-(&/":
        return True
    if tail[-1] == ":":
        return text[after.start] in "\"'“‘„«"  # "De minister zei: ⏎ “Wij stoppen.”"
    if _HALF.search(tail):
        return True  # "zowel Mexico als ⏎ Canada"
    first_word = len(text[after.start : min(after.end, after.start + 40)].split()[0])
    # As full as the others: the break is the margin's, not the author's ("aan persbureau ⏎ Reuters").
    return bool(width) and line.end - line.start + 1 + first_word > 0.85 * width and text[after.start].isalnum()


def _blocks(text: str, start: int, pieces: list[_Piece]) -> list[_Block]:
    """Join lines into blocks; lines that are furniture by their form go to ``pieces``."""
    lines = _lines(text, start)
    width = _wrap_width(text, lines)
    blocks: list[_Block] = []
    previous: _Line | None = None  # the last line of the open block
    fence = ""
    for line in lines:
        body = text[line.start : line.end]
        if fence or body.startswith(("```", "~~~")):
            pieces.append(_Piece(line.start, line.end, "furniture", "code"))
            fence = body[:3] if not fence else "" if body.startswith(fence) else fence
            previous = None
            continue
        at = line.start
        if quoted := _QUOTED.match(body):
            at += quoted.end()
        goes_on = at == line.start and previous is not None and _continues(text, previous, line, width)
        open_low = goes_on and _starts_low(text, line.start)
        why = _line_furniture(text[at : line.end])
        if open_low and not (why in {"date stamp", "separator"} and not body.isalpha()):
            why = ""  # "… de huizen ⏎ van onze medewerkers": a rest of a sentence, no byline
        if why:
            pieces.append(_Piece(line.start, line.end, "furniture", why))
            if why == "credit" and not line.gap and previous and previous.gap and blocks[-1].start == previous.start:
                blocks[-1].shown = True  # a caption with its credit on the next line
            previous = None
            continue
        marker = _MARKER.match(text, at, line.end)
        if marker and not (goes_on and _starts_low(text, marker.end())):
            near = bool(blocks and blocks[-1].marker and not text[blocks[-1].end : at].strip())
            if near:
                blocks[-1].alone = False
            blocks.append(_Block(marker.end(), line.end, marker.group().strip(), at, alone=not near))
        elif goes_on or (quoted and previous and text[previous.start] == ">"):
            blocks[-1].end = line.end
        else:
            blocks.append(_Block(at, line.end))
        previous = line
    return blocks


# ---------------------------------------------------------------------------------------------- kinds

_SHORT: Final = 20  # words; a longer line without a full stop is a sentence that lost it
_FRAGMENT: Final = 15


def _judged(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    start = 0
    stamp = leading_stamp(text)
    if stamp is not None:
        start = stamp[1]
        pieces.append(_Piece(len(text[:start]) - len(text[:start].lstrip()), start, "furniture", "date stamp"))
    elif front := _FRONT_MATTER.match(text):
        start = front.end()
        pieces.append(_Piece(text.index("---"), start, "furniture", "markup"))
    blocks = _blocks(text, start, pieces)
    whole = [block for block in blocks if not block.marker]
    ended = sum(_terminated(text, block.start, block.end) for block in whole)
    punctuated = ended * 3 >= len(whole)  # else a missing full stop says nothing: a list of claims, one a line
    sentences: list[list[_Piece]] = []
    for index, block in enumerate(blocks):
        last = index == len(blocks) - 1
        sentences.append(list(_block_pieces(text, block, first=index == 0, last=last, punctuated=punctuated)))
    for start_end in _pull_quotes(text, blocks, sentences):
        index, number = start_end
        old = sentences[index][number]
        sentences[index][number] = _Piece(old.start, old.end, "furniture", "pull quote")
    for judged in sentences:
        pieces.extend(judged)
    return sorted(pieces, key=lambda piece: piece.start)


def _block_pieces(text: str, block: _Block, *, first: bool, last: bool, punctuated: bool) -> Iterator[_Piece]:
    """The block's sentences with their kinds."""
    start, end = block.start, block.end
    opening = block.marker_at if block.marker else start  # furniture takes the list marker along
    for why, label in (("dateline", newsroom.DATELINE), ("date stamp", newsroom.CLOCK_LABEL)):
        found = label.match(text, start, end)
        if found and found.end() < end:
            yield _Piece(opening, start + len(found.group().rstrip()), "furniture", why)
            start = opening = found.end()
    words = len(text[start : min(end, start + 2000)].split())
    if block.shown and words <= 60:
        yield _Piece(opening, end, "furniture", "caption")
        return
    tail_at = max(start, end - 120)
    credit = newsroom.CREDIT_TAIL.search(text[tail_at:end])
    if credit and tail_at + credit.start() > start:
        spans = split_sentences(text, start, tail_at + credit.start())
        if len(spans) <= 2 and words <= 60:  # "De minister bij zijn aankomst. © REUTERS"
            yield _Piece(opening, end, "furniture", "caption")
            return
        yield _Piece(tail_at + credit.start(), end, "furniture", "credit")
        end = spans[-1][1]
    spans = split_sentences(text, start, end)
    if not spans:
        return
    if len(spans) == 1 and (why := _standing_line(text, block, spans[0], first, last, punctuated)):
        yield _Piece(opening, spans[0][1], "furniture", why)
        return
    if opening < start:
        yield _Piece(block.marker_at, block.marker_at + len(block.marker), "furniture", "list marker")
    judged = [_sentence_piece(text, span) for span in spans]
    if len(spans) > 1 and not _terminated(text, *spans[-1]):
        # A heading glued to the paragraph before it: "… als het buurland. Verouderde tanks en lege kazernes"
        tail = text[slice(*spans[-1])]
        if len(tail.split()) <= _FRAGMENT and tail[-1] not in ":;," and not has_finite_verb(tail):
            judged[-1] = _Piece(*spans[-1], "furniture", "heading")
    fragments = [piece.kind == "claim" and not has_finite_verb(text[piece.start : piece.end]) for piece in judged]
    if all(fragment or piece.kind != "claim" for fragment, piece in zip(fragments, judged, strict=True)):
        # "Hoe kon dit gebeuren? Vijf vragen over de ramp.": nothing in it states anything
        judged = [
            _Piece(piece.start, piece.end, "furniture", "heading") if fragment else piece
            for fragment, piece in zip(fragments, judged, strict=True)
        ]
    yield from judged


def _standing_line(text: str, block: _Block, span: Span, first: bool, last: bool, punctuated: bool) -> str:
    """Why a block of one sentence is furniture, or ``""``."""
    body = text[slice(*span)]
    words = len(body[:2000].split())
    ends = body.rstrip(_CLOSERS + "*_ ")[-1:]
    if ends == "?":
        heading = (block.marker[:1].isdigit() and words <= 30) or (words <= 12 and not block.marker and not last)
        return "question heading" if heading and _kind(body) == "question" else ""
    if words <= _SHORT and body.isupper() and (words > 1 or not last):
        return "heading"  # "REGERING VALT OVER BEGROTING"
    if newsroom.SHOWS.match(body):
        return "caption"
    verb = has_finite_verb(body)
    if _terminated(text, *span):
        return "" if verb or words > _FRAGMENT or ends != "." else "heading"
    if block.marker and not (block.alone and block.marker[:1].isdigit()):
        return "" if verb and words >= 3 else "heading"  # a summary's bullet often lacks its full stop
    if last or not punctuated:
        return "" if verb and words >= 4 else "heading"  # there is no text that it could head
    return "heading" if words <= _SHORT + 10 * first or not verb else ""


def _sentence_piece(text: str, span: Span) -> _Piece:
    if span[1] - span[0] > MAX_CLAIM:
        return _Piece(*span, "furniture", "too long")
    kind = _kind(text[slice(*span)])
    return _Piece(*span, kind, "" if kind == "claim" else kind)


def _kind(sentence: str) -> Kind:
    bare = sentence.rstrip(_CLOSERS + "*_ \n")
    ends = bare[-1:]
    if ends and ends in "?!":
        opened = max(sentence.rfind(mark, 0, len(bare)) for mark in '“"‘„«')
        said = sentence[:opened].rstrip() if opened > 0 and len(bare) < len(sentence) else ""
        if said and (said[-1] in ":," or has_finite_verb(said)):
            return "claim"  # "Hij vroeg: “Waarom nu?”"
        return "question" if "?" in bare[-3:] else "exclamation"
    words = [token.lower() for token in _TOKEN.findall(sentence[:80])[:2]]
    if len(words) == 2 and words[1] not in INVERTED_SUBJECTS:
        if words[0] in IMPERATIVES and not re.search(r"[”\"’'],?\s", sentence):
            return "imperative"
        if words[0] in AMBIGUOUS_IMPERATIVES and words[1] in AFTER_AMBIGUOUS_IMPERATIVE:
            return "imperative"
    return "claim"


# ---------------------------------------------------------------------------------------------- pull quotes

_RUN: Final = 4  # words in a row that a pull quote shares with its sentence
_KEPT: Final = 4  # sentences remembered per run, so that a text of one repeated sentence stays linear
_DECISIVE: Final = frozenset(["niet", "geen", "nooit", "niemand", "niets", "noch"])


def _pull_quotes(text: str, blocks: list[_Block], sentences: list[list[_Piece]]) -> list[tuple[int, int]]:
    """``(block, sentence)`` of each standing line that repeats or condenses another sentence.

    "De haven heeft geen ruimte voor nieuwe kades." beside "De haven is vol en heeft voorlopig geen ruimte
    voor nieuwe kades.": at least half of its words stand there in one run, most of the rest too, and no
    number or negation differs. Of two such lines the shorter goes, of equal ones the first.
    """
    tokens: dict[tuple[int, int], list[str]] = {}
    runs: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for index, judged in enumerate(sentences):
        for number, piece in enumerate(judged):
            if piece.kind == "claim":
                key = (index, number)
                tokens[key] = words = [word.lower() for word in _TOKEN.findall(text, piece.start, piece.end)]
                for at in range(len(words) - _RUN + 1):
                    known = runs.setdefault(tuple(words[at : at + _RUN]), [])
                    if len(known) < _KEPT and (not known or known[-1] != key):
                        known.append(key)
    found: list[tuple[int, int]] = []
    for index, judged in enumerate(sentences):
        standing = [number for number, piece in enumerate(judged) if piece.kind == "claim"]
        if len(standing) != 1 or blocks[index].marker or len(tokens[index, standing[0]]) > 40:
            continue
        key = (index, standing[0])
        words, piece = tokens[key], judged[standing[0]]
        said = _TOKEN.findall(text, piece.start, piece.end)
        shared: Counter[tuple[int, int]] = Counter()
        for at in range(len(words) - _RUN + 1):
            shared.update(other for other in runs.get(tuple(words[at : at + _RUN]), ()) if other != key)
        for other, count in shared.items():
            theirs = tokens[other]
            alone = sum(piece.kind == "claim" for piece in sentences[other[0]]) == 1
            shorter = (len(words), key) < (len(theirs), other)
            echo = 2 * (count + _RUN - 1) >= len(words) and _within(said, theirs)
            if echo and (shorter or not alone):
                found.append(key)
                break
    return found


def _within(said: list[str], theirs: list[str]) -> bool:
    """May ``said`` shorten a sentence of these small-letter words? Subject, numbers, negations must match."""
    have = set(theirs)
    missing = [(at, word) for at, word in enumerate(said) if word.lower() not in have]
    if len(missing) > 0.3 * len(said):
        return False
    if any(word.isdigit() or word.lower() in _DECISIVE for _, word in missing):
        return False
    if missing and missing[0][0] == 0 and said[0].lower() not in STARTERS | {"de"}:
        return False  # "Ryanair heeft 25 procent van …" does not repeat that the State has 25 per cent
    return [word[:1].isupper() for at, word in missing if at].count(True) <= 1


# ---------------------------------------------------------------------------------------------- text

_INLINE: Final = (
    (re.compile(r"!\[[^\[\]]{0,300}\]\([^()\s]{0,500}\)"), ""),
    (re.compile(r"\[([^\[\]]{1,300})\]\([^()\s]{1,500}\)"), r"\1"),
    (re.compile(r"(?<!\w)(\*\*|__)(?=\S)([^*_]{1,500})(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"(?<![\w*_])([*_])(?=\S)([^*_]{1,500})(?<=\S)\1(?![\w*_])"), r"\2"),
    (re.compile(r"`([^`]{1,300})`"), r"\1"),
    (re.compile(r"[\n\r][ \t]*(?:>[ \t]?)+"), "\n"),
    # "samen-⏎werking", but "zee- ⏎ en luchtmacht"
    (re.compile(r"(?<=[^\W\d_])-[ \t]*[\r\n]\s*(?!(?:en|of)\b)(?=[a-z])"), ""),
    (re.compile(r"(?<=[^\W\d_])-[ \t]*[\r\n]\s*(?=[A-Z])"), "-"),
    (_INVISIBLE, ""),
    (re.compile(r"\s+"), " "),
)


_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,20});")  # "5&nbsp;miljoen&#8217;s"


def _statement(words: str) -> str:
    words = _ENTITY.sub(lambda match: html.unescape(match[0]), words)
    for pattern, replacement in _INLINE:
        words = pattern.sub(replacement, words)
    return words.strip()


def _with_gaps(text: str, pieces: list[_Piece]) -> Iterator[_Piece]:
    """``pieces`` without white space at their edges, and markup pieces for what lies between them."""
    at = 0
    for piece in [*pieces, _Piece(len(text), len(text), "claim")]:
        between = _Piece(at, piece.start, "furniture", "markup")
        for part in (between, piece):
            words = text[part.start : part.end]
            if kept := words.strip():
                start = part.start + len(words) - len(words.lstrip())
                yield _Piece(start, start + len(kept), part.kind, part.why)
        at = piece.end
