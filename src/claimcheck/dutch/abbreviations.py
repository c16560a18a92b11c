"""Dutch abbreviations whose full stop ends no sentence; in lower case, without the last full stop."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Something always follows: a name ("dr. De Vries"), a number ("nr. 5") or the rest ("o.a. in Gent").
NEVER_FINAL: Final = _words(
    "dr drs ds ing ir prof mr mrs ms mevr mw dhr hr jhr ltn lt sgt kard mgr br zr st ste nr nrs blz pag "
    "art afb afd fig hfst hs vgl cf zgn zogen resp ca plm fa gebr wed geb bijv d.w.z dwz m.a.w m.n m.b.v "
    "m.b.t m.i.v m.u.v i.c.m i.p.v i.v.m i.s.m i.t.t i.o i.h.b i.h.a n.a.v o.a o.m o.b.v o.l.v o.v.v "
    "t.a.v t.b.v t.g.v t.h.v t.o.v t.w t.e.m v.d v.h v.a a.d a.h.v z.g.n e.g i.e vs u.a lic"
)

# These stand inside a sentence and at its end; the next word decides: "de V.S. heeft", "de V.S. Het".
MAYBE_FINAL: Final = _words(
    "enz etc e.a e.d e.o e.v jl jr sr chr n.chr v.chr a.s p.m a.m u.m n.v b.v bv nv b.v.b.a bvba v.z.w "
    "vzw v.s u.s v.k e.u co corp inc ltd bros s.a a.g s.p.a d.c l.a excl incl i.m o.o c.s jan feb febr "
    "mrt apr jun jul aug sep sept okt nov dec"
)

# Capitalised after a doubtful full stop, these start a sentence: function words, and none of the
# particles of Dutch names ("C. De Vos", "J. Van Damme", "A. Den Doolaard").
STARTERS: Final = _words(
    "aan al alle alleen als andere beide behalve bij bovendien daar daarbij daardoor daarin daarmee "
    "daarna daarnaast daarom daarvoor dan dat deze die dit door doordat dus echter een eerder eerst elke "
    "en enkele er ervan haar hen het hij hierdoor hiermee hoe hoewel hun ik in inmiddels intussen je jullie "
    "maar meer men met mijn minder na naar naast nadat niemand niet niets nog nu om omdat ondanks onder "
    "ondertussen onze ook op over pas sinds slechts sommige terwijl toch toen tot tijdens tussen uit "
    "vandaag vanaf vandaar veel verder volgens voor vooral voordat vorig vorige waar waarom wanneer want "
    "wat we wel welke wie wij zelfs ze zij zo zodra zonder zowel"
)

# A number before these is part of a name, not the end of a sentence: "de 2. Bundesliga", "1. FC Köln".
AFTER_ORDINAL: Final = _words("bundesliga fc fsv sc sv liga regionalliga hnl lig division")
