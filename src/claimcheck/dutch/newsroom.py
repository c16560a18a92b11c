"""The furniture of Dutch and Flemish news pages: what stands around an article but is not its story."""

from __future__ import annotations

import re
from typing import Final

from claimcheck.dutch.dates import MONTH_ABBREVIATIONS, MONTHS, WEEKDAYS

_AGENCIES: Final = (
    r"ANP|AFP|AP|EPA|EPA-EFE|REUTERS|Reuters|Belga|BELGA|BELGAIMAGE|Belga ?Image|Getty(?: Images)?|"
    r"Photo ?News|"
    r"Shutterstock|Unsplash|Hollandse Hoogte|ISOPIX|Isopix|VRT|NOS|RV|rr|RR|Novum|dpa|DPA|HLN|Bloomberg|"
    r"Pexels|Pixabay"
)
_CREDIT_WORDS: Final = (
    r"foto(?:'s|’s)?|beeld(?:en)?|bron(?:nen)?|video|illustraties?|fotografie|fotograaf|infografiek|grafiek|"
    r"graphic|copyright|credits?"
)

# "© REUTERS", "Foto: ANP / Jan de Vries", "Beeld Belga", "Bron: CBS", "EPA"
CREDIT: Final = re.compile(
    rf"(?:(?:©|\(c\))\s?[^!?]{{0,80}}|[(\[]?(?i:{_CREDIT_WORDS})\s?[:©][^!?]{{0,100}}"
    r"|(?:Foto|Beeld|Video|Illustratie)\s(?:van|door)\s[A-Z][\w '’/-]{2,40}"
    rf"|(?:(?i:{_CREDIT_WORDS})\s)?(?:{_AGENCIES})(?:\s?[/,|]\s?[^.!?]{{0,40}})?)",
)
# The same at the end of a caption: "De minister bij zijn aankomst. © REUTERS", "… (Foto: ANP)".
# No full stop after the bracket: "De werkloosheid steeg (bron: CBS)." is a sentence.
CREDIT_TAIL: Final = re.compile(
    rf"(?:(?:©|\(c\)\s)\s?(?:[^.!?©]|(?<=\b[A-Z])\.){{1,60}}\.?"
    rf"|[(\[|]\s?(?i:(?:archief)?(?:{_CREDIT_WORDS}))\b\s?:?[^()\[\]|]{{0,60}}[)\]]?"
    r"|(?<=[.!?”\"'’] )(?:(?i:foto|beeld|video|bron|illustratie)\s?:?\s)?"
    rf"(?:{_AGENCIES})(?:\s?/[^.!?]{{0,40}})?\.?"
    r"|(?<=[.!?”\"'’] )(?i:foto|beeld|video|bron|illustratie)\s?:?\s[A-Z][^.!?]{1,50}"
    rf"|(?<= )(?i:foto|beeld|video|illustratie)\s?:\s[A-Z][^.!?]{{1,50}}|[(\[](?:{_AGENCIES})[)\]])$"
)

# "Door Jan Jansen", "Van onze redacteur", "Redactie Binnenland", "Door onze redactie 14:32 – Bijgewerkt …"
BYLINE: Final = re.compile(
    r"(?:(?i:door|tekst|auteurs?|geschreven door|tekst en foto(?:'s|’s)|samenstelling|verslag|van)\s?:?\s"
    r"(?:(?i:onze|de|een)\s(?i:\w{0,20}(?:redac|correspondent|verslaggever|medewerker)\w*)\b[^.!?]{0,80}"
    r"|(?!(?:De|Het|Een|Die|Deze)\b)[A-Z][\w'’-]+"
    r"(?:\s(?:van|de|der|den|ter|ten|te|het|'t|’t|en|vande|el|al|[A-Z][\w'’.-]*|,|–|-|\|)){1,8}"
    r"(?:[,|–-][^.!?]{0,60})?)"
    r"|(?i:de\s)?(?:[Rr]edactie|REDACTIE)(?:\s\w+){0,3})(?:\s\d{1,2}[:.]\d{2}.{0,80})?"
)

# "Gemeente Sluis, afdeling Communicatie, pers@sluis.example", "Meer weten? Bel of mail: …"
CONTACT: Final = re.compile(r".{0,160}\b[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,60}[^.!?]{0,40}")

# "Lees ook: …", "Lees meer", "Tekst gaat verder onder de foto". A plain word is a teaser only when it
# stands alone: "Delen van de stad stonden onder water." is news.
TEASER: Final = re.compile(
    r"[(\[]?(?i:(?:lees|bekijk|kijk|luister|zie)\s(?:ook|meer|verder|hier|alles|onze)\b.{0,200}"
    r"|(?:de\s|het\s)?(?:tekst|artikel|verhaal)\s(?:loopt|gaat)\s(?:verder|door)\b.{0,80}"
    r"|(?:volg\sons|deel\s(?:dit|via|op)|abonneer|log\sin|schrijf\sje|meld\sje|dit\sartikel\sis\salleen|alleen\svoor"
    r"\sabonnees)\b.{0,120}|meer\s(?:lezen|over|weten|nieuws|uit)\b[^.!]{0,60}"
    r"|(?:wij|we|deze\s(?:web)?site)\sgebruik(?:en|t)\scookies\b.{0,160}"
    r"|(?:ook\s(?:interessant|lezen)|advertenties?|gerelateerde?(?:\sartikel(?:s|en)|\snieuws)?|aanbevolen|meest\sgelezen"
    r"|net\sbinnen|reageer|reacties|inloggen|plus(?:\sartikel)?|premium|delen|nieuwsbrief|abonnees?)\s?(?::.{0,120})?)[)\]]?"
)

_MONTH: Final = rf"(?:{'|'.join((*MONTHS, *MONTH_ABBREVIATIONS))}|mar|may|oct|dec)\.?"
_CLOCK: Final = r"\d{1,2}[:.u]\d{2}(?:\s?(?:uur|u)\b\.?)?"
# "14 november 2025 om 12:03", "01-Mar-08", "2025-11-14", "Gepubliceerd op …", "Laatst bijgewerkt: 14.32 uur"
DATE_LINE: Final = re.compile(
    rf"(?i:(?:(?:gepubliceerd|laatst(?:e)?\s(?:bijgewerkt|gewijzigd|update)|bijgewerkt|geplaatst|update|aangepast|datum"
    rf"|date|vandaag|gisteren)\b[\s:,]*(?:op\s|om\s)?)?(?:(?:{'|'.join(WEEKDAYS)}|ma|di|wo|do|vr|za|zo)\.?,?\s)?"
    rf"(?:\d{{1,2}}[\s./-](?:{_MONTH}|\d{{1,2}})(?:[\s./-]\d{{2,4}})?|\d{{4}}-\d{{2}}(?:-\d{{2}})?)?"
    rf"(?:[\s,|–-]*(?:om\s)?{_CLOCK})?(?:[\s,|–-]*(?:leestijd|update|bijgewerkt|laatst).{{0,60}})?)"
)
READING_TIME: Final = re.compile(
    r"(?i:leestijd:?\s.{1,30}|\d{1,3}\s(?:minuten|min\.?)(?:\sleestijd|\slezen)?|\d+\sreacties?)"
)

# A live blog's label before its text: "14.32 uur – De brug is weer open."
CLOCK_LABEL: Final = re.compile(rf"{_CLOCK}\s?[–—:|-]\s")
# "BRUSSEL (Belga) - ", "AMSTERDAM (ANP) – ", "DEN HAAG - ", "Gent (Belga) - "
DATELINE: Final = re.compile(
    rf"\*{{0,2}}(?:[A-Z][A-Z'’/-]+(?:[ ,/]{{1,2}}[A-Z][A-Z'’/-]*){{0,3}}(?:\s?\([^()]{{2,30}}\))?"
    rf"|[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+){{0,3}}"
    rf"(?:\s?\((?:{_AGENCIES})[^()]{{0,20}}\)|,\s\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?))"
    r"\*{0,2}\s?(?:--|[-–—•|])\s(?=[A-Z“\"‘'’])"
)
# "In deze afbeelding zie je …:", "Op de foto ziet u …": it shows, it does not tell
SHOWS: Final = re.compile(
    r"(?i:(?:in|op)\s(?:deze|dit|de|het|onderstaande?|bovenstaande?)\s(?:afbeelding|foto|beeld|kaart(?:je)?|grafiek|video|"
    r"illustratie|infographic|filmpje|plaatje|tabel)\s(?:hieronder\s|hierboven\s)?(?:zie|ziet|zien)\s(?:je|u|we|jullie)\b)"
)
