"""Numbers as Dutch writes them: digits with Dutch points and commas, and number words (read by text2num)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from text_to_num import Token, find_numbers

# "1.234.567,8", "4.000", "12,5", "75". Not inside a word ("F-16", "A12"), and no clock ("21.52 uur"): see dates.
_DIGITS: Final = re.compile(r"(?<![\w.,:-])(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?![\w-]|[.:]\d)")
# The combining marks belong to decomposed text, where "drieëntwintig" has a letter more.
_WORD: Final = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f])+")
# text2num reads no halves.
_ALSO: Final = {"anderhalf": 1.5, "anderhalve": 1.5, "tweeënhalf": 2.5, "helft": 0.5}
_HALF: Final = {"half": 0.5, "halve": 0.5}  # of a million only: "half oktober", "half drie"
_MULTIPLIERS: Final = {"duizend": 1e3, "miljoen": 1e6, "miljard": 1e9}


class Quantity(NamedTuple):
    """A number in a text: ``text[start:end]`` says ``value``."""

    start: int
    end: int
    value: float


def quantities(text: str) -> list[Quantity]:
    """The numbers of ``text`` in order; ordinals ("derde") and years count, the article "een" does not.

    >>> [quantity.value for quantity in quantities("Zeker veertig doden en 1.200 gewonden, 2,5 miljoen euro schade")]
    [40.0, 1200.0, 2500000.0]
    """
    found = [
        _multiplied(text, match.start(), match.end(), float(match[0].replace(".", "").replace(",", ".")))
        for match in _DIGITS.finditer(text)
    ]
    words = list(_WORD.finditer(text))
    # "Eén man": a capital loses its accent.
    said = [unicodedata.normalize("NFC", word[0]).lower().replace("eén", "één") for word in words]
    for word, name in zip(words, said, strict=True):
        if name in _ALSO:
            found.append(_multiplied(text, word.start(), word.end(), _ALSO[name]))
        elif name in _HALF and (half := _multiplied(text, word.start(), word.end(), _HALF[name])).value > 1:
            found.append(half)
    tokens = [
        _Token(name, after=text[words[i - 1].end() : word.start()] if i else "")
        for i, (word, name) in enumerate(zip(words, said, strict=True))
    ]
    for occurrence in find_numbers(tokens, "nl", threshold=0):
        start, end = words[occurrence.start].start(), words[occurrence.end - 1].end()
        if said[occurrence.start : occurrence.end] != ["een"]:  # an article far more often than a number
            found.append(Quantity(start, end, float(occurrence.value)))
    apart: list[Quantity] = []
    for quantity in sorted(found, key=lambda quantity: (quantity.start, -quantity.end)):
        # The multiplier of "2,5 miljoen" and of "anderhalf miljoen" are numbers within a number.
        if not apart or quantity.start >= apart[-1].end:
            apart.append(quantity)
    return apart


def _multiplied(text: str, start: int, end: int, value: float) -> Quantity:
    following = _WORD.match(text, end + 1) if text[end : end + 1].isspace() else None
    if following and following[0].lower() in _MULTIPLIERS:
        return Quantity(start, following.end(), value * _MULTIPLIERS[following[0].lower()])
    return Quantity(start, end, value)


class _Token(Token):  # type: ignore[misc]
    """One word and what stands between it and the word before, as text2num wants it."""

    def __init__(self, word: str, after: str) -> None:
        self._word = word
        self._after = after

    def text(self) -> str:
        return self._word

    def nt_separated(self, previous: Token) -> bool:  # noqa: ARG002
        # "vijf miljoen, twee daarvan …": a comma parts two numbers
        return bool(self._after.strip())
