"""Numbers as Dutch writes them: digits with Dutch points and commas, and number words (read by text2num)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from text_to_num import Token, find_numbers

# "1.234.567,8", "4.000", "12,5", "75". Not inside a word ("F-16", "A12"), and no clock ("21.52 uur"): see dates.
_DIGITS: Final = re.compile(r"(?<![\w.,:-])(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?![\w-]|[.:]\d)")
_WORD: Final = re.compile(r"[^\W\d_]+")
# text2num reads neither "één" nor halves; "een" is an article far more often than a number.
_ALSO: Final = {"één": 1.0, "anderhalf": 1.5, "anderhalve": 1.5, "tweeënhalf": 2.5, "helft": 0.5}
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
    found += [
        _multiplied(text, word.start(), word.end(), _ALSO[word[0].lower()])
        for word in words
        if word[0].lower() in _ALSO
    ]
    taken = {position for quantity in found for position in range(quantity.start, quantity.end)}
    tokens = [
        _Token(word[0].lower(), after=text[words[i - 1].end() : word.start()] if i else "")
        for i, word in enumerate(words)
    ]
    for occurrence in find_numbers(tokens, "nl", threshold=0):
        start, end = words[occurrence.start].start(), words[occurrence.end - 1].end()
        if start not in taken:  # the multiplier of "2,5 miljoen" stands in its number already
            found.append(Quantity(start, end, float(occurrence.value)))
    return sorted(found)


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
