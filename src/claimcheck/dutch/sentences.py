"""Where Dutch sentences end. Measured, and compared with the libraries, in decision 0002."""

from __future__ import annotations

import re
from typing import Final

from claimcheck.dutch.abbreviations import AFTER_ORDINAL, MAYBE_FINAL, NEVER_FINAL, STARTERS
from claimcheck.dutch.dates import MONTH_ABBREVIATIONS
from claimcheck.schema import Span

_OPENERS: Final = "\"'“‘„«‹([`,"
_FULL_STOP: Final = re.compile(r"(?<![.!?…])[.!?…]+(?:\[\d{1,3}\])*[\"'”’»›)\]*_]*")
_SPACE: Final = re.compile(r"\s*")
_NEXT_WORD: Final = re.compile(r"[^\W_]+")
_DOTTED: Final = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,3}")
APOSTROPHE_WORD: Final = re.compile(r"['’‘`][stnkm]\s+[A-Z]")  # "’s Avonds bleef het rustig."
_GLUED: Final = re.compile(r"(?!Com\b|Nl\b|Be\b|Org\b|Net\b|Js\b)[A-Z][a-zà-ÿ]*(?=[\s,])")


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The spans of the sentences of ``text[start:end]``, in order, without the white space around them.

    A line break is white space like any other here; ``text`` is one paragraph.
    """
    end = len(text) if end is None else end
    at = _SPACE.match(text, start, end).end()  # type: ignore[union-attr]
    spans: list[Span] = []
    counted, quotes = at, 0
    for match in _FULL_STOP.finditer(text, at, end):
        stop = match.end()
        if stop <= at:
            continue
        quotes += text.count('"', counted, stop)
        counted = stop
        following = _SPACE.match(text, stop, end).end()  # type: ignore[union-attr]
        # A closing quote set apart: "… omhoog gegaan. '' Hij lachte."
        mark = text[following : following + 2]
        width = 2 if mark == "''" else 1 if mark[:1] in ("”", "»") or (mark[:1] == '"' and quotes % 2) else 0
        if width and following > stop and (following + width >= end or text[following + width].isspace()):
            stop = following + width
            following = _SPACE.match(text, stop, end).end()  # type: ignore[union-attr]
        if following >= end:
            break
        if _is_boundary(text, at, match, stop, following):
            spans.append((at, stop))
            at = following
    tail = end
    while tail > at and text[tail - 1].isspace():
        tail -= 1
    if tail > at:
        spans.append((at, tail))
    return spans


def _is_boundary(text: str, at: int, match: re.Match[str], stop: int, following: int) -> bool:
    """Does the sentence that began at ``at`` end at ``stop``, given what comes before and after it?"""
    before = text[max(at, match.start() - 40) : match.start()]
    token = before.split()[-1] if before and not before[-1].isspace() else ""
    if following == stop:  # "… werd gesloten.De minister zei …": the space was lost in copying
        simple = token.isalpha() and token[-2:].islower() and len(token) > 2
        return simple and match.group() in {".", "!", "?"} and _GLUED.match(text, stop) is not None
    opening = following
    while opening < len(text) and text[opening] in _OPENERS and opening - following < 6:
        opening += 1
    first = text[opening : opening + 1]
    if first == ".":
        return False
    if first.islower() and not text[opening + 1 : opening + 2].isupper():  # "iPhone" opens a sentence too
        return APOSTROPHE_WORD.match(text, max(following, opening - 1)) is not None
    if match.group() in {"...", "…", "..", "...)", "…)", "...]", "…]"} and text[match.start() - 1] in "([":
        return False  # "(...)": something was left out
    if match.group() != ".":
        return True
    word_match = _NEXT_WORD.match(text, opening)
    word = word_match.group() if word_match else ""
    if token[:1] in {"'", "’"} and len(token) == 2:
        return True  # "de auto 's."
    return _full_stop_ends(token.lstrip("\"'“‘„«([`"), before, match.start() - len(token) == at, word)


def _full_stop_ends(token: str, before: str, opens: bool, word: str) -> bool:
    """Does the full stop after ``token`` end a sentence when ``word`` comes next?"""
    low = token.lower()
    starter = word[:1].isupper() and word.lower() in STARTERS
    if len(token) > 1 and token.isupper() and "." not in token:
        return True  # "de VS.", "het EM.": an acronym, though "vs." is an abbreviation
    if low in NEVER_FINAL:
        return False  # "dr. De Vries", "o.a. Gent", "nr. 5"
    if low in MAYBE_FINAL:
        name = low in MONTH_ABBREVIATIONS and token[0].isupper()  # "… zei Jan. Piet …", but "op 3 jan. Piet"
        return starter or name or word in {"De", "Een"}
    if token.isdigit() and len(token) <= 2:
        return not (opens or word.lower() in AFTER_ORDINAL)  # "1. Waarom …", "de 2. Bundesliga"
    if len(token) == 1 and token.isalpha():
        previous = before.split()[-2:-1]
        named = not previous or not previous[0][-1:].isalpha() or not previous[0].islower()
        return starter and not named  # "plan B. Het kabinet …", but "Jan P. Van Damme"
    if _DOTTED.fullmatch(token):
        return starter  # "J.P. Balkenende", "t.t.v. corona"
    return True
