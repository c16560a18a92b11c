"""Dates as Dutch news writes them: the stamp before a collected article, and the names of months and days."""

from __future__ import annotations

import re
from typing import Final

from claimcheck.schema import Published

MONTHS: Final = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)
MONTH_ABBREVIATIONS: Final = (
    *("jan", "feb", "febr", "mrt", "apr", "jun", "jul"),
    *("aug", "sep", "sept", "okt", "nov", "dec"),
)
WEEKDAYS: Final = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")

_STAMP: Final = re.compile(
    r"[\s\ufeff\u200b]*(?:date|datum)[ \t\u00a0]*(?::[ \t\u00a0]*)?([0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)(?![\w-])",
    re.IGNORECASE,
)


def leading_stamp(text: str) -> tuple[Published, int] | None:
    """The stamp at the very start of ``text`` and the offset just after it, or ``None`` where there is none.

    A stamp is ``date 2025-11-14`` or ``date 2025-03`` (also ``datum``, in any case, with a colon), after
    white space or a byte order mark at most. ``date 2025-13 …`` is no date, hence no stamp.
    """
    match = _STAMP.match(text)
    if match is None:
        return None
    try:
        return Published.parse(match[1]), match.end(1)
    except ValueError:
        return None


_TIME: Final = re.compile(
    rf"\b(?:{'|'.join(WEEKDAYS)})(?=\b|(?:ochtend|middag|avond|nacht)\b)"
    rf"|\b\d{{1,2}}\s+(?:{'|'.join(MONTHS)})\b(?:\s+\d{{4}}\b)?"
    r"|\b\d{1,2}[.:]\d{2}(?=\s+uur\b)",
    re.IGNORECASE,
)


def times(text: str) -> list[tuple[int, int]]:
    """Spans of weekdays ("dinsdag" in "dinsdagavond"), days of a month and clock times, in text order."""
    return [match.span() for match in _TIME.finditer(text)]
