"""How Dutch says that somebody else says so."""

from __future__ import annotations

import re
from typing import Final

# "volgens de buurt", "aldus de president", "zegt hij": the verbs only in forms that report what is said.
_CUE: Final = re.compile(
    r"\b(?:volgens|aldus|naar\s+eigen\s+zeggen|zegt|zegde|zei|zeiden|zeggen|stelt|stelde|stellen|meldt|meldde|melden|"
    r"meldden|beweert|beweerde|beweren|beweerden|verklaart|verklaarde|verklaren|verklaarden|laat\s+weten|liet\s+weten|"
    r"vertelt|vertelde|denkt|dacht|vindt|vond|beschuldigt|beschuldigde|beschuldigen)\b",
    re.IGNORECASE,
)


def cues(text: str) -> list[tuple[int, int]]:
    """Spans of the words in ``text`` that hand its content to somebody: "volgens", "aldus", "zei" …"""
    return [match.span() for match in _CUE.finditer(text)]
