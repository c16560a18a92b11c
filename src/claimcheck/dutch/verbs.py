"""Is there a finite verb in these words? A guess from frequent forms and endings, without a tagger.

It leans to "yes": a heading kept as a claim does less harm than a sentence that is lost. Measured against
the trees of UD Dutch by ``evaluation/sentence_splitters.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Frequent finite forms that no ending gives away: auxiliaries, stems, strong past tenses.
FINITE: Final = _words(
    "ben bent is zijn was waren heb hebt heeft hebben had hadden word wordt worden werd werden zal zult "
    "zullen zou zouden kan kun kunt kunnen kon konden mag mogen mocht mochten moet moeten moest moesten "
    "wil wilt willen wilde wilden wou wouden hoef hoeft hoeven hoefde hoefden durf durven laat laten liet "
    "lieten ga gaat gaan ging gingen kom komt komen kwam kwamen doe doet doen deed deden sta staat staan "
    "stond stonden zie ziet zien zag zagen geef geven gaf gaven neem nemen nam namen krijg krijgen kreeg "
    "kregen blijf blijven bleef bleven blijk blijken bleek bleken lijk lijken leek leken weet weten wist "
    "wisten vind vinden vond vonden denk denken dacht dachten breng brengen bracht brachten zoek zoeken "
    "zocht zochten koop kopen kocht kochten zeg zeggen zei zeiden vraag vragen vroeg vroegen spreek "
    "spreken sprak spraken houd houden hield hielden loop lopen liep liepen lig liggen lag lagen zit "
    "zitten zat zaten hang hangen hing hingen val vallen viel vielen sterf sterven stierf stierven "
    "verlies verliezen verloor verloren win winnen won wonnen begin beginnen begon begonnen schrijf "
    "schrijven schreef schreven lees lezen las trek trekken trok trokken sluit sluiten sloot sloten "
    "besluit besluiten besloot besloten schiet schieten schoot schoten kies kiezen koos kozen rijd rijden "
    "reed reden vlieg vliegen vloog vlogen draag dragen droeg droegen sla slaan sloeg sloegen treed "
    "treden trad traden help helpen hielp hielpen roep roepen riep riepen werp werpen wierp wierpen steek "
    "steken stak staken breek breken brak braken vecht vechten vocht vochten stijg stijgen steeg stegen "
    "daal dalen krimp krimpen kromp krompen zwijg zwijgen zweeg zwegen verdwijn verdwijnen verdween "
    "verdwenen verschijn verschijnen verscheen verschenen bewijs bewijzen bewees bewezen wijs wijzen wees "
    "wezen ontbreek ontbreken ontbrak ontbraken ontstaan ontstond ontstonden bestaan bestond bestonden "
    "verlaat verliet verlieten versla verslaan versloeg versloegen eet eten at aten drink drinken dronk "
    "dronken heet heten hef hieven hief bezit bezat bezaten genoot genoten groei leef leven lijd lijden "
    "leed schuif schuiven schoof schoven snijd sneed sneden spring sprong sprongen stink vang ving vingen "
    "vries vroor weeg woog wogen zend zenden zond zonden zing zong zongen zink zonk zonken zwem zwom "
    "zwommen verbied verbood verboden bied bood boden gebied geniet geldt gold golden gebeurt gebeuren "
    "gebeurde gebeurden geeft gelooft geloven geloofde gebruikt gebruiken gebruikte gebruikten getuigt "
    "getuigde getuigden gedraagt gedroeg geraakt geraakte geneest genas onderhandelt verkeert beschouwt "
    "woont woonde vreest eist stelt stelde noemt noemde zegt meldt meldde gelden schold zwoer stal beval "
    "deelt stemt loog bedroeg betrof trof troffen ontving ontvangen ontvingen vernam verbleef erkende "
    "herkende verkende ontkende tekende ondertekende betekende rekende diende verdiende leende ontleende "
    "verleende meende wende bekende opende kende doorbrak volgden richtten schat geloof klom klommen "
    "vertrok vertrokken voltrok keek keken overleed overleden onderging verkreeg behield behoort aldus"
)

# Frequent words in -t, -en or -de/-te that are no verb.
_NOT_FINITE: Final = _words(
    "het dat met uit niet tot dit wat omdat eerst naast nooit net zodat want meest soort juist feit helft "
    "ooit markt rest product doordat slecht recht kort echt punt moment president kunst tekst voet kant "
    "achterkant overkant contact export import direct student concept kwart wit zwart groot licht krant "
    "wet maart parlement senaat raad kabinet gewest overzicht resultaat effect inzicht opkomst "
    "tijdschrift conflict kracht opdracht budget tegemoet bericht gezicht gedicht gewicht gerucht gevecht "
    "gebrek gebied gast god haat hart hert hout kast klant lijst lucht luchtmacht macht "
    "mond nacht object ost west oost plaats plant poort post project proces publicist journalist "
    "jurist terrorist socialist liberalist rechter schot stoet straat schrift "
    "uitzicht toekomst tocht uitkomst winst verlust vliegtuig vorst vracht vrucht "
    "weerwicht zacht zicht zilt dicht dienst inlichtingendienst expert best minst laatst vast alert "
    "bekwaamheid exact compleet concreet discreet absoluut zoet heet beet internet veiligheidsraad "
    "overheidsdienst agent asfalt aspect akkoord ambt ambacht antidrugs avant bent bestuurslid bank biet "
    "bot brandt buit brut boot idioot piloot vloot sloot kroot kut luit fluit besluit beleid "
    "spijt tijd feestelijkheid mits via fiat format advocaat kandidaat soldaat diplomaat automaat "
    "klimaat formaat dictaat element document argument monument instrument experiment "
    "appartement departement evenement fundament incident accident patiënt cliënt procent percent talent "
    "transport rapport sport paspoort woord noord contract pact impact district perfect correct "
    "subject insect dialect architect respect circuit debat kat rat stad mandaat verraad apparaat citaat "
    "plakkaat privaat traktaat accent patent parket banket toilet ticket pakket wapenpakket biljet balket "
    "kanjer comité bandiet verdriet rit linksaf fors opzet inzet omzet wedstrijd "
    "overwicht schuldbewust bewust robuust gerust lust kust mast vuist list twist artiest feest "
    "geest beest priester tempeest protest arrest vest nest fest tussen tegen binnen buiten boven "
    "beneden samen eigen geen alleen open morgen gisteren even meteen iedereen heen omheen teken verleden "
    "redenen mensen kinderen jongeren ouderen jaren dagen weken landen miljoenen sommigen velen beiden "
    "anderen zeven negen toen regen leven zaken cijfers de te grote tweede laatste oude witte rode goede "
    "slechte harde beide derde vierde einde waarde aarde orde vrede ruimte ziekte gemeente lengte diepte "
    "hoogte breedte warmte kalmte gebeurte behoefte gedachte gemiddelde zijde mede bende eerste website "
    "route minute favoriete periode methode tante geboorte oppervlakte moeite intrede directe aparte "
    "uiterste gezonde wijde brede koude late vaste vroegere ronde blinde vreemde "
    "liefde schade woede genade weide steppe sekte elite suite attente laagte leegte schaarste grootte"
)

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+|[^\w\s]")
_NOUN_ENDING: Final = re.compile(r"(?:iteit|ment|dienst|kracht|markt|macht)$")
_ADJECTIVE_ENDING: Final = re.compile(r"(?:ende|(?:lijk|ig|isch|oot|oog|aag|erk|est|in|aat|eer|uw|ur)ste)$")
_PREFIX: Final = re.compile(r"(?:be|ver|ont|her|over|onder|door|voor|aan|om|mis|weer)(?=\w{3})")
_NUMERALS: Final = _words("twee drie vier vijf zes zeven acht negen tien vele enkele alle")
# After these an "-en" word is a noun or an infinitive, not a plural verb.
_BEFORE_NOUN: Final = _words(
    "de het een deze die dit dat geen alle veel enkele meer minder vele twee drie vier vijf zes zeven "
    "acht negen tien en én of óf van met over voor in op aan bij tussen tegen door uit naar te om zonder "
    "wegens sinds tot onder als mijn jouw zijn haar ons onze hun uw"
)


def has_finite_verb(text: str) -> bool:
    """Whether a word of ``text`` could be a finite verb ("Trumps oude vetes en oliebelangen." has none)."""
    words: Sequence[str] = _WORD.findall(text)
    previous = ""
    for index, word in enumerate(words):
        after = words[index + 1].lower() if index + 1 < len(words) else ""
        low = word.lower()
        if low in FINITE if index == 0 else word.islower() and _could_be_finite(low, previous, after):
            return True
        pronoun = low == "het" and index == 0  # "Het was": no article, as it opens the sentence
        previous = "" if pronoun else low
    return False


def _could_be_finite(word: str, previous: str, after: str) -> bool:
    if word in FINITE or _PREFIX.sub("", word, count=1) in FINITE:
        # "met zijn zoon", "de was": after a determiner or preposition these are possessives and nouns.
        possessive = word == "zijn" and previous in _BEFORE_NOUN
        counted = previous in _NUMERALS and word.endswith("en")  # "vijf vragen"
        return not (possessive or counted or previous in {"de", "het", "een"})
    if word in _NOT_FINITE or len(word) < 3 or previous in {"de", "het", "een", "te", "deze"}:
        return False
    if word.endswith("t"):
        return not (word.startswith("ge") or _NOUN_ENDING.search(word))
    if word.endswith(("de", "te")):
        return not (word.startswith("ge") or _ADJECTIVE_ENDING.search(word))
    if word.endswith("en"):
        adjective_before = (previous.endswith("e") and len(previous) > 3) or previous.startswith("ge")
        return not (
            previous in _BEFORE_NOUN or adjective_before or not previous[-1:].isalpha() or after in {"van", "en"}
        )
    return False


# Commands that open a sentence: "Lees hier meer.", "Kijk naar de cijfers."
IMPERATIVES: Final = _words(
    "lees kijk bekijk klik luister beluister volg abonneer download ontdek check reageer registreer meld "
    "schrijf stuur vergeet probeer gebruik blijf doe geef houd hou laat let neem pas print scan schakel "
    "tik typ bezoek onthoud wacht zie log ga kom zet raak haal pak vermijd controleer eet drink vul kies draag"
)
# These are nouns as well ("Steun voor Oekraïne groeit."): commands only before one of the words below.
AMBIGUOUS_IMPERATIVES: Final = _words("deel steun vraag stel bel mail word tip zorg koop help")
AFTER_AMBIGUOUS_IMPERATIVE: Final = _words(
    "dit deze ons hier je uw mee hem haar lid nu zelf mij me abonnee vriend donateur"
)
# "Blijf je thuis, dan …", "Kom ik te laat, dan …": the inversion of a condition, no command.
INVERTED_SUBJECTS: Final = _words("ik je jij u men")
