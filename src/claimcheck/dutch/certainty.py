"""Words that turn, weaken or bound a statement: negation, hedges, conditions, quantifiers."""

from __future__ import annotations

import re
from typing import Final


def _words(words: str) -> re.Pattern[str]:
    alternatives = "|".join(word.strip().replace(" ", r"\s+") for word in words.split(","))
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])", re.IGNORECASE)


# Words that speak of all or none, so that one exception contradicts them; "enkele" and "sommige" do not.
# "geen enkele bank" is a quantifier first; the longest alternative must therefore come first.
QUANTIFIER: Final = _words(
    "geen enkele, geen enkel, geen van de, alle, al het, al de, allemaal, elke, elk, iedere, ieder, iedereen, niemand, "
    "de meeste, de helft van"
)
NEGATION: Final = _words("niet, geen, nooit, niemand, niets, niks, nergens, noch, zonder, evenmin, geenszins")
# "zou", "zouden" report or doubt far more often than they tell of the past ("zou later sterven").
HEDGE: Final = _words(
    "mogelijk, misschien, wellicht, vermoedelijk, waarschijnlijk, naar verluidt, kennelijk, blijkbaar, schijnbaar, "
    "zou, zouden, lijkt, lijken, vermoed wordt, kan, kunnen, niet uitgesloten, onduidelijk"
)
CONDITION: Final = _words(
    "als, indien, mits, tenzij, wanneer, zodra, van plan, wil, willen, hoopt, hopen, overweegt, overwegen"
)
