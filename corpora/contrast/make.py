"""Make the contrast corpus: ``seeds/*.toml`` and ``lexicon.toml`` → one ``.jsonl`` file for each of ``PARTS``.

    python corpora/contrast/make.py                        # writes the files beside this one
    python corpora/contrast/make.py --check FILE.toml …    # reads seed files and says what is wrong with them

``README.md`` has the format. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tomllib

HERE = Path(__file__).parent
SIGNS = {">": ("supports", "unrelated"), "x": ("contradicts", "contradicts"), "~": ("unrelated", "unrelated")}
LABELS = ("supports", "contradicts", "unrelated")
PARTS = ("train", "dev", "test_seen", "test_unseen")
WORDINGS = (
    "word_order passive nominalisation separable_verb synonym flemish number_form date_form converse double_negation "
    "quote_form"
).split()
FAMILIES = {
    ">": "extra_detail hypernym bound hedge_added quantifier_down conjunction implicative factive consequence".split(),
    "x": (
        "negation_niet negation_geen negation_other negation_lexical implicative_negative antonym_verb antonym_other "
        "number number_bound money_percent weekday_date time_order entity_place entity_person role_swap "
        "role_swap_passive quantifier exclusive ruled_out reported_opposite"
    ).split(),
    "~": (
        "zou reported belief conditional plan question non_implicative other_entity other_event other_fact "
        "later_update open_number cause other_measure"
    ).split(),
}
# Never trained on: one or two families of each sign and one of wordings, chosen before anything was trained.
UNSEEN = {"converse", "factive", "time_order", "exclusive", "role_swap_passive", "question", "other_measure"}
FILLINGS = 3  # of a training seed with slots; to test, one says as much as three
MOST = 30  # pairs of one filling
SEED = 11
UNITS = (
    "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
    "achttien negentien"
).split()
TENS = "twintig dertig veertig vijftig zestig zeventig tachtig negentig".split()


@dataclass(frozen=True, slots=True)
class Wording:
    family: str  # "" for the first of a proposition
    text: str


@dataclass(frozen=True, slots=True)
class Relation:
    first: str
    sign: str
    second: str
    family: str


@dataclass(frozen=True, slots=True)
class Seed:
    id: str
    land: str
    propositions: dict[str, list[Wording]]
    relations: list[Relation]
    ranges: dict[str, tuple[int, int]]
    lists: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Candidate:
    evidence: tuple[str, int]  # proposition and wording
    claim: tuple[str, int]
    label: str
    families: frozenset[str]
    phenomenon: str


@dataclass(slots=True)
class Problems:
    found: list[str] = field(default_factory=list)

    def __call__(self, seed: str, what: str) -> None:
        self.found.append(f"{seed}: {what}")


# ---- reading


def read(path: Path, problem: Problems) -> list[Seed]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("seed", [])
    except tomllib.TOMLDecodeError as error:
        problem(path.name, f"is no TOML: {error}")
        return []
    seeds = [_seed(table, path, problem) for table in tables]
    for seed_id, times in Counter(seed.id for seed in seeds).items():
        if times > 1:
            problem(seed_id, "the id stands twice")
    return seeds


def _seed(table: dict[str, object], path: Path, problem: Problems) -> Seed:
    seed_id = str(table.get("id", f"{path.stem}-?"))
    if not re.fullmatch(rf"{path.stem}-\d{{3}}", seed_id) and path.stem != "example":
        problem(seed_id, f"the id is not {path.stem}-001 or the like")
    ranges: dict[str, tuple[int, int]] = {}
    propositions: dict[str, list[Wording]] = {}
    for key, value in table.items():
        if key in ("id", "land", "slots", "relations"):
            continue
        if not isinstance(value, list) or not value:
            problem(seed_id, f"{key} is no list")
        elif all(isinstance(part, int) for part in value):
            ranges[key] = (value[0], value[-1])
        else:
            propositions[key] = [_wording(text, i, key, seed_id, problem) for i, text in enumerate(value)]
    lists = {name: list(values) for name, values in dict(table.get("slots", {})).items()}
    relations = [
        found
        for text in table.get("relations", [])
        if (found := _relation(str(text), propositions, seed_id, problem)) is not None
    ]
    seed = Seed(seed_id, str(table.get("land")), propositions, relations, ranges, lists)
    _check(seed, problem)
    return seed


def _wording(text: object, place: int, key: str, seed_id: str, problem: Problems) -> Wording:
    family, bar, rest = str(text).rpartition("|")
    family, rest = family.strip(), rest.strip()
    if bool(bar) != bool(place):
        problem(seed_id, f"{key}: only the second wording and later ones begin with a family and a bar: {text!r:.60}")
    if bar and family not in WORDINGS:
        problem(seed_id, f"{key}: {family!r:.40} is no family of wordings")
    if not re.search(r"[.?!”…]$", rest):
        problem(seed_id, f"{key}: no full stop: {rest[-40:]!r}")
    if not 3 <= len(rest.split()) <= 45:
        problem(seed_id, f"{key}: {len(rest.split())} words: {rest!r:.60}")
    if '"' in rest or "  " in rest or "…" in rest:
        problem(seed_id, f"{key}: straight quotes, two spaces or dots: {rest!r:.60}")
    return Wording(family, rest)


def _relation(text: str, propositions: dict[str, list[Wording]], seed_id: str, problem: Problems) -> Relation | None:
    found = re.fullmatch(r"(\w+) ([>x~]) (\w+) \| (\w+)", text)
    if not found:
        problem(seed_id, f"no relation: {text!r:.60}")
        return None
    relation = Relation(found[1], found[2], found[3], found[4])
    for name in (relation.first, relation.second):
        if name not in propositions:
            problem(seed_id, f"{text!r}: there is no proposition {name}")
            return None
    if relation.family not in FAMILIES[relation.sign]:
        problem(seed_id, f"{text!r}: {relation.family} is no family of {relation.sign}")
    return relation


def _check(seed: Seed, problem: Problems) -> None:
    if seed.land not in ("nl", "be"):
        problem(seed.id, f"land is {seed.land!r}")
        return
    for name, (low, high) in seed.ranges.items():
        if not 1 <= low < high:
            problem(seed.id, f"{name}: the range {low}–{high}")
            return
    if len(seed.relations) < 14:
        problem(seed.id, f"{len(seed.relations)} relations; at least 14")
    told: dict[frozenset[str], str] = {}
    for relation in seed.relations:
        both = frozenset((relation.first, relation.second))
        if len(both) == 1:
            problem(seed.id, f"{relation.first} stands in a relation to itself")
        if both in told:
            problem(seed.id, f"{' and '.join(sorted(both))}: two relations")
        told[both] = relation.sign
    texts = [wording.text for wordings in seed.propositions.values() for wording in wordings]
    for text, times in Counter(texts).items():
        if times > 1:
            problem(seed.id, f"twice: {text!r:.60}")
    for name in seed.propositions:
        if not any(name in both for both in told):
            problem(seed.id, f"{name} stands in no relation")
    try:
        values = draw(seed, random.Random(0))
        for text in texts:
            fill(text, values)
    except KeyError as error:
        problem(seed.id, f"slot {error} is none of this seed or the lexicon")
    except ValueError as error:
        problem(seed.id, str(error))
    for (first, second), sign in derived(seed).items():
        declared = told.get(frozenset((first, second)))
        if declared and declared != sign:
            problem(seed.id, f"{first} {declared} {second}, but {first} {sign} {second} follows from other relations")
    for first, second in _supports(seed):
        if first == second:
            problem(seed.id, f"{first} > … > {first}: a circle; make them wordings of one proposition")


def _supports(seed: Seed) -> set[tuple[str, str]]:
    """Everything that > says, and what follows by going on from there."""
    found = {(relation.first, relation.second) for relation in seed.relations if relation.sign == ">"}
    while more := {(a, d) for a, b in found for c, d in found if b == c} - found:
        found |= more
    return found


def derived(seed: Seed) -> dict[tuple[str, str], str]:
    """Relations that follow: a > b > c gives a > c; a > b and b x c give a x c."""
    supports = _supports(seed)
    against = {pair for r in seed.relations if r.sign == "x" for pair in ((r.first, r.second), (r.second, r.first))}
    while more := {(a, c) for a, b in supports for d, c in against if b == d and (a, c) not in against}:
        against |= more | {(c, a) for a, c in more}
    return {**dict.fromkeys(supports, ">"), **dict.fromkeys(against, "x")}


# ---- slots


def draw(seed: Seed, chance: random.Random) -> dict[str, str]:
    """A value for every slot that the seed may use."""
    lists = {"plaats": LEXICON["plaats"][seed.land], **LEXICON["lijst"], **seed.lists}
    values: dict[str, str] = {}
    for name, fillers in lists.items():
        drawn = chance.sample(fillers, min(len(fillers), 5))
        values |= {f"{name}{_number(i)}": filler for i, filler in enumerate(drawn)}
    last = chance.sample(LEXICON["achternaam"][seed.land], 6)
    for kind, lasts in (("man", last[:3]), ("vrouw", last[3:])):
        for i, (first, family) in enumerate(zip(chance.sample(LEXICON["voornaam"][kind], 3), lasts, strict=True)):
            values[f"{kind}{_number(i)}"] = f"{first} {family}"
            values[f"{kind}{_number(i)}_kort"] = family[0].upper() + family[1:]
    months = chance.sample(LEXICON["lijst"]["maand"], 3)
    for i, (day, month) in enumerate(zip(chance.sample(range(1, 29), 3), months, strict=True)):
        values[f"datum{_number(i)}"] = f"{day} {month}"
    for name, (low, high) in seed.ranges.items():
        number = chance.randint(low + (high - low > 4), high)
        apart = max(2, round(number * 0.2))
        others = [n for n in range(low, high + 1) if abs(n - number) >= apart] or [
            n for n in range(low, high + 1) if n != number
        ]
        for key, n in ((name, number), (f"{name}2", chance.choice(others))):
            values[key] = _digits(n)
            below, above = _bounds(n)
            values |= {f"{key}_laag": _digits(below), f"{key}_hoog": _digits(above)}
            if n < 100:
                values[f"{key}_woord"] = in_words(n)
    return values


def _number(place: int) -> str:
    """{plaats}, {plaats2}, {plaats3} …"""
    return str(place + 1) if place else ""


def _digits(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _bounds(number: int) -> tuple[int, int]:
    """The round numbers next to it, below and above: 43 → 40, 50; 1.260 → 1.200, 1.300; 7 → 6, 8."""
    step = 1 if number < 10 else 5 if number < 20 else 10 ** (len(str(number)) - 1) // (1 if number < 100 else 2)
    return (number - 1) // step * step, number // step * step + step


def in_words(number: int) -> str:
    """0 to 99 in Dutch: 43 → drieënveertig."""
    if number < 20:
        return UNITS[number]
    ten, unit = divmod(number, 10)
    if not unit:
        return TENS[ten - 2]
    # "tweeëntwintig", but "eenentwintig": the diaeresis parts two vowels.
    return f"{UNITS[unit]}{'ën' if UNITS[unit].endswith('e') else 'en'}{TENS[ten - 2]}"


def fill(text: str, values: dict[str, str]) -> str:
    filled = re.sub(r"\{(\w+)\}", lambda slot: values[slot[1]], text)
    if "{" in filled or "}" in filled:
        raise ValueError(f"a brace is left over: {text!r:.60}")
    first = re.search(r"\w", filled)
    return filled if first is None else filled[: first.start()] + filled[first.start()].upper() + filled[first.end() :]


# ---- pairs


def candidates(seed: Seed) -> Iterator[Candidate]:
    """Every pair whose label follows from the seed, both directions, in a fixed order."""
    for name, wordings in seed.propositions.items():
        for i, one in enumerate(wordings):
            for j, other in enumerate(wordings):
                if i != j:
                    families = frozenset(filter(None, (one.family, other.family)))
                    yield Candidate((name, i), (name, j), "supports", families, other.family or one.family)
    families_of = {frozenset((r.first, r.second)): r.family for r in seed.relations}
    signs = {(r.first, r.second): r.sign for r in seed.relations}
    for pair, sign in sorted(derived(seed).items()):
        if pair not in signs and pair[::-1] not in signs:
            signs[pair] = sign
    all_families = {relation.family for relation in seed.relations}
    for (first, second), sign in signs.items():
        # What follows in two steps is of no one family: it counts as seen only where the whole seed's relations are.
        family = families_of.get(frozenset((first, second)), "derived")
        about = {family} if family != "derived" else {family, *(all_families & UNSEEN)}
        for i, one in enumerate(seed.propositions[first]):
            for j, other in enumerate(seed.propositions[second]):
                families = frozenset(filter(None, (*about, one.family, other.family)))
                forth, back = SIGNS[sign]
                yield Candidate((first, i), (second, j), forth, families, family)
                yield Candidate((second, j), (first, i), back, families, family)


def balanced(found: list[Candidate], most: int, chance: random.Random) -> list[Candidate]:
    """Pairs such that neither the claim alone nor the evidence alone tells the label: as many of each as can be had.

    Taken one by one: of the label taken least so far, the pair whose two propositions have had that label least.
    """
    order = list(found)
    chance.shuffle(order)
    left = {label: [candidate for candidate in order if candidate.label == label] for label in LABELS}
    taken: list[Candidate] = []
    totals: Counter[str] = Counter()
    as_claim: Counter[tuple[str, str]] = Counter()
    as_evidence: Counter[tuple[str, str]] = Counter()

    def excess(candidate: Candidate) -> float:
        claim, evidence, label = candidate.claim[0], candidate.evidence[0], candidate.label
        others = [other for other in LABELS if other != label]
        return (
            2.0 * as_claim[claim, label]
            - sum(as_claim[claim, other] for other in others)
            + 2.0 * as_evidence[evidence, label]
            - sum(as_evidence[evidence, other] for other in others)
        )

    while len(taken) < most and all(left.values()):
        label = min(LABELS, key=lambda name: (totals[name], name))
        best = min(left[label], key=excess)
        left[label].remove(best)
        taken.append(best)
        totals[label] += 1
        as_claim[best.claim[0], label] += 1
        as_evidence[best.evidence[0], label] += 1
    return taken


def part_of(seed: Seed) -> str:
    """Seven of ten seeds of a topic train, one is to choose on, two are tested."""
    return {0: "test", 5: "dev", 9: "test"}.get(int(seed.id[-3:]) % 10, "train")


def pairs(seed: Seed) -> Iterator[tuple[str, dict[str, str]]]:
    """The part that each pair of the seed belongs to, and the pair.

    A pair of a seed that is tested is of ``test_unseen`` where its own family is; what mixes both kinds is left out.
    """
    chance = random.Random(f"{SEED} {seed.id}")
    found = list(candidates(seed))
    part = part_of(seed)
    seen = [candidate for candidate in found if not candidate.families & UNSEEN]
    unseen = [candidate for candidate in found if candidate.phenomenon in UNSEEN]
    slots = any("{" in wording.text for wordings in seed.propositions.values() for wording in wordings)
    number = 0
    for _ in range(FILLINGS if slots and part == "train" else 1):
        values = draw(seed, chance)
        chosen = [("test_seen" if part == "test" else part, one) for one in balanced(seen, MOST, chance)]
        if part == "test":
            chosen += [("test_unseen", one) for one in few_of_each(unseen, chance)]
        for into, candidate in chosen:
            texts = [fill(seed.propositions[p][w].text, values) for p, w in (candidate.evidence, candidate.claim)]
            number += 1
            yield (
                into,
                {
                    "id": f"{seed.id}-{number:03}",
                    "evidence": texts[0],
                    "claim": texts[1],
                    "label": candidate.label,
                    "group": seed.id,
                    "phenomenon": candidate.phenomenon,
                },
            )


def few_of_each(found: list[Candidate], chance: random.Random, most: int = 4) -> list[Candidate]:
    order = list(found)
    chance.shuffle(order)
    had: Counter[str] = Counter()
    taken = []
    for candidate in order:
        had[candidate.phenomenon] += 1
        if had[candidate.phenomenon] <= most:
            taken.append(candidate)
    return taken


# ---- the command


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", nargs="+", type=Path)
    arguments = parser.parse_args()
    problem = Problems()
    paths = arguments.check or sorted((HERE / "seeds").glob("*.toml"))
    seeds = [seed for path in paths for seed in read(path, problem)]
    for line in problem.found:
        print(line, file=sys.stderr)
    if arguments.check and not problem.found:
        describe(seeds)
    if problem.found:
        raise SystemExit(f"{len(problem.found)} problems")
    if not arguments.check:
        write(seeds)


def describe(seeds: Iterable[Seed]) -> None:
    signs: Counter[str] = Counter()
    families: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    wordings = propositions = several = 0
    for seed in seeds:
        signs.update(relation.sign for relation in seed.relations)
        families.update(relation.family for relation in seed.relations)
        families.update(w.family for found in seed.propositions.values() for w in found if w.family)
        propositions += len(seed.propositions)
        wordings += sum(map(len, seed.propositions.values()))
        several += sum(len(found) > 1 for found in seed.propositions.values())
        labels.update(pair["label"] for _, pair in pairs(seed))
    print(f"{len(list(seeds))} seeds, {propositions} propositions ({several} with more wordings), {wordings} wordings")
    print("relations:", dict(signs), "· pairs taken:", dict(labels))
    print("families:", ", ".join(f"{name} {n}" for name, n in families.most_common()))
    known = {*WORDINGS, *(name for names in FAMILIES.values() for name in names)}
    print("not used yet:", ", ".join(sorted(known - set(families))) or "–")


def write(seeds: Iterable[Seed]) -> None:
    parts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for seed in seeds:
        for part, pair in pairs(seed):
            parts[part].append(pair)
    for part in PARTS:
        lines = "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in parts[part])
        (HERE / f"{part}.jsonl").write_text(lines, encoding="utf-8")
        print(f"{part}.jsonl: {len(parts[part]):,} pairs, {Counter(pair['label'] for pair in parts[part])}")


LEXICON = tomllib.loads((HERE / "lexicon.toml").read_text(encoding="utf-8"))

if __name__ == "__main__":
    main()
