"""The HTML report in a real browser, from disk, at the width of a desk and of a telephone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from claimcheck.reporting import Report
from claimcheck.schema import Article, Claim, Dropped, Pair, Published, Verdict

SIZES = {"desk": (1280, 900), "telephone": (390, 844)}
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]

HOSTILE = [
    "<script>window.hostile=1;alert(1)</script>",
    "</script><script>window.hostile=2</script>",
    "</style><img src=x onerror=window.hostile=3>",
    '" onload="window.hostile=4" x="',
    "{{7*7}} {% raw %}",
    "De \u202eetsriv\u202c eerste keer omgedraaid, en nu \u202ezonder einde.",
    "De boot 🚤 van \U0001f468‍\U0001f469‍\U0001f467 zonk.",
    "Aansprakelijkheidsverzekeringsmaatschappij" * 12,
    "&lt;b&gt; blijft &amp;lt;b&amp;gt;",
]

COURANT = (
    "Theater De Kroon brandt uit\n\n"
    "In theater De Kroon in Leerhoven is dinsdagavond brand uitgebroken. "
    "Bij de brand zijn zeven mensen om het leven gekomen. "
    "Het dak van de grote zaal stortte rond elf uur in.\n\n"
    "© Foto: eigen beeld\n\n"
    "Volgens de brandweer begon het vuur in de keuken van het restaurant. "
    "De burgemeester wist dat de vergunning was verlopen. "
    "De gemeente wil het theater binnen drie jaar herbouwen. Hoe kon het zo misgaan?"
)
PEIL = (
    "Negen doden bij theaterbrand in Leerhoven. "
    "Het vuur ontstond op dinsdag in de keuken, aldus een woordvoerder van de brandweer. "
    "De burgemeester zegt van niets te hebben geweten over een verlopen vergunning. "
    "In de zaal zaten op dat moment ruim vierhonderd bezoekers. "
    "Komende zaterdag is er een herdenking op het marktplein."
)


def article(identifier: str, source: str, text: str, **fields: Any) -> Article:
    return Article(id=identifier, source=source, text=text, **fields)


def claim(of: Article, text: str) -> Claim:
    start = of.text.index(text)
    return Claim(
        id=f"{of.id}:{start}",
        article_id=of.id,
        source=of.source,
        start=start,
        end=start + len(text),
        text=text,
        statement=" ".join(text.split()),
    )


def dropped(of: Article, text: str, kind: Any, why: str) -> Dropped:
    start = of.text.index(text)
    return Dropped(
        article_id=of.id,
        source=of.source,
        start=start,
        end=start + len(text),
        text=text,
        kind=kind,
        why=why,
    )


def verdict(one: Claim, other: Claim, label: Any, p: Any, reverse: Any, reason: str, *words: str) -> Verdict:
    """``words``: the telling words of the claim and of the evidence, or none."""
    spans = []
    for side, telling in zip((one, other), words or (one.text, other.text), strict=True):
        start = side.start + side.text.index(telling)
        spans.append(((start, start + len(telling)),))
    return Verdict(
        pair=Pair(claim=one, evidence=other, similarity=0.8),
        label=label,
        probabilities=p,
        reverse=reverse,
        reason=reason,
        claim_spans=spans[0],
        evidence_spans=spans[1],
        windows=2 if reason == "entailed" else 1,
    )


def sample() -> Report:
    courant = article(
        "courant",
        "De Leerhovense Courant",
        COURANT,
        title="Theater De Kroon brandt uit: zeven doden",
        published=Published.parse("2025-11-14"),
        url="https://courant.example/brand?a=1&b=2",
    )
    peil = article("peil", "Het Peil", PEIL, title="‘Niemand wist ervan’", published=Published.parse("2025-11"))
    evil = article(
        "evil<b>",
        "</title><script>window.hostile=5</script>",
        " ".join(HOSTILE),
        title='"><svg onload=window.hostile=6>',
        url="javascript:window.hostile=7",
        notes=("De taal lijkt <i>geen</i> Nederlands.",),
    )
    a = [
        claim(courant, sentence)
        for sentence in (
            "In theater De Kroon in Leerhoven is dinsdagavond brand uitgebroken.",
            "Bij de brand zijn zeven mensen om het leven gekomen.",
            "Het dak van de grote zaal stortte rond elf uur in.",
            "Volgens de brandweer begon het vuur in de keuken van het restaurant.",
            "De burgemeester wist dat de vergunning was verlopen.",
            "De gemeente wil het theater binnen drie jaar herbouwen.",
        )
    ]
    b = [claim(peil, f"{sentence.rstrip('.')}.") for sentence in PEIL.split(". ")]
    h = [claim(evil, text) for text in HOSTILE]
    verdicts = [
        verdict(a[1], b[0], "contradicts", (0.01, 0.97, 0.02), (0.02, 0.95, 0.03), "quantity", "zeven", "Negen"),
        verdict(
            *(a[4], b[2], "contradicts", (0.03, 0.91, 0.06), (0.04, 0.88, 0.08), "polarity"),
            *("wist dat de vergunning was verlopen", "van niets te hebben geweten"),
        ),
        verdict(a[3], b[1], "supports", (0.93, 0.01, 0.06), (0.81, 0.03, 0.16), "restatement"),
        verdict(a[0], b[1], "supports", (0.74, 0.05, 0.21), (0.2, 0.05, 0.75), "entailed"),
        *(
            verdict(one, other, "unrelated", (0.05, 0.04, 0.91), (0.01, 0.02, 0.97), "other")
            for one in a[:3]
            for other in b[3:]
        ),
        *(verdict(a[0], other, "unrelated", (0.1, 0.1, 0.8), (0.1, 0.1, 0.8), "other_entity") for other in h[:3]),
        *(
            verdict(one, b[0], "contradicts", (0.2, 0.6, 0.2), (0.2, 0.6, 0.2), "<img src=x onerror=alert(1)>")
            for one in h
        ),
        *(
            verdict(one, b[4], "supports", (0.6, 0.2, 0.2), (0.6, 0.2, 0.2), "entity", one.text[:3], "zaterdag")
            for one in h
        ),
    ]
    return Report(
        articles=(courant, peil, evil),
        claims=(*a, *b, *h),
        dropped=(
            dropped(courant, "Theater De Kroon brandt uit", "furniture", "heading"),
            dropped(courant, "© Foto: eigen beeld", "furniture", "credit"),
            dropped(courant, "Hoe kon het zo misgaan?", "question", "question"),
        ),
        verdicts=tuple(verdicts),
        signature={"version": "0.1.0", "model": "klein </script><script>window.hostile=8</script>"},
        notes=("peil.txt: gelezen als Windows-1252.", "<img src=x onerror=window.hostile=9>"),
    )


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


def missing(what: str) -> None:
    """A machine without a browser skips; the project's own checks never do."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true")
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("the package playwright is not installed")
    with sync_playwright() as playwright:
        path = chromium()
        if path is None and Path(playwright.chromium.executable_path).exists():
            path = playwright.chromium.executable_path
        if path is None:
            missing("no Chromium is installed")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """A page that notes what a report must never do."""

    def __init__(self, browser: Any, path: Path, size: str, **context: Any) -> None:
        width, height = SIZES[size]
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": height}, **context)
        self.page.set_default_timeout(10_000)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.goto(path.as_uri())

    def shown(self) -> list[str]:
        """The ids of the claims' rows on the screen."""
        return self.page.eval_on_selector_all(
            ".row[id]", "rows => rows.filter(row => row.checkVisibility()).map(row => row.id)"
        )

    def overflow(self) -> int:
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(sample().html(), encoding="utf-8")
    return path


@pytest.fixture(params=SIZES)
def watched(request: pytest.FixtureRequest, browser: Any, written: Path) -> Iterator[Watched]:
    watched = Watched(browser, written, request.param)
    yield watched
    watched.page.close()


def rows_with(labels: set[str], sources: set[str], unjudged: bool) -> list[str]:
    """What the filters should leave, from the records."""
    found = []
    for number, finding in enumerate(sample().findings()):
        kept = any(v.label in labels and v.pair.evidence.source in sources for v in finding.verdicts)
        if finding.claim.source in sources and (kept if finding.verdicts else unjudged):
            found.append(f"c{number}")
    return found


SOURCES = {article.source for article in sample().articles}
EVERY_LABEL = {"supports", "contradicts", "unrelated"}


def test_a_report_loads_nothing_and_runs_no_text_of_an_article(watched: Watched) -> None:
    for summary in watched.page.query_selector_all("details:not([open]) > summary"):
        summary.evaluate("summary => summary.click()")
    assert [url for url in watched.requests if not url.startswith("file:")] == []
    assert len(watched.requests) == 1
    assert watched.complaints == []
    assert watched.page.evaluate("window.hostile") is None
    assert watched.page.evaluate("document.querySelectorAll('script, style').length") == 2
    assert watched.page.evaluate("document.querySelectorAll('img, iframe, object, [onload], [onerror]').length") == 0
    texts = watched.page.eval_on_selector_all(".row[id] > .text", "found => found.map(p => p.textContent)")
    assert texts == [finding.claim.text for finding in sample().findings()]


def test_no_width_needs_scrolling_sideways_even_with_everything_open(watched: Watched) -> None:
    assert watched.overflow() <= 0
    watched.page.evaluate("document.querySelectorAll('details').forEach(found => found.open = true)")
    assert watched.overflow() <= 0


def test_every_claim_is_shown_before_a_filter_is_touched(watched: Watched) -> None:
    assert watched.shown() == rows_with(EVERY_LABEL, SOURCES, unjudged=True)
    assert watched.page.inner_text(".shown") == "20 van 20 beweringen getoond"


@pytest.mark.parametrize("label", sorted(EVERY_LABEL))
def test_a_label_that_is_turned_off_hides_its_verdicts_and_the_claims_with_no_other(
    watched: Watched, label: str
) -> None:
    watched.page.click(f"button[data-show={label}]")
    expected = rows_with(EVERY_LABEL - {label}, SOURCES, unjudged=True)
    assert watched.shown() == expected
    assert watched.page.inner_text(".shown").startswith(f"{len(expected)} van ")
    assert watched.page.locator(f".verdict[data-label={label}]:visible").count() == 0
    watched.page.click(f"button[data-show={label}]")
    assert watched.shown() == rows_with(EVERY_LABEL, SOURCES, unjudged=True)


def test_claims_without_verdict_and_dropped_text_have_their_own_switch(watched: Watched) -> None:
    assert watched.page.locator(".dropped:visible").count() == 3
    watched.page.click("button[data-show=dropped]")
    assert watched.page.locator(".dropped:visible").count() == 0
    watched.page.click("button[data-show=unjudged]")
    assert watched.shown() == rows_with(EVERY_LABEL, SOURCES, unjudged=False)
    assert len(watched.shown()) < len(sample().findings())


def test_a_source_that_is_unticked_is_gone_as_claim_and_as_evidence(watched: Watched) -> None:
    watched.page.uncheck(".sources label:has-text('Het Peil') input")
    assert watched.shown() == rows_with(EVERY_LABEL, SOURCES - {"Het Peil"}, unjudged=True)
    assert "Het Peil" not in watched.page.inner_text("main")


def test_the_switches_work_from_the_keyboard(watched: Watched) -> None:
    watched.page.focus("button[data-show=contradicts]")
    watched.page.keyboard.press("Enter")
    assert watched.page.get_attribute("button[data-show=contradicts]", "aria-pressed") == "false"
    assert watched.shown() == rows_with({"supports", "unrelated"}, SOURCES, unjudged=True)
    watched.page.focus(".sources input >> nth=0")
    watched.page.keyboard.press("Space")
    assert watched.shown() == rows_with({"supports", "unrelated"}, SOURCES - {"De Leerhovense Courant"}, unjudged=True)


def test_nothing_left_to_show_is_said_and_undone_with_one_click(watched: Watched) -> None:
    for box in watched.page.query_selector_all(".sources input"):
        box.uncheck()
    assert watched.shown() == []
    assert watched.page.is_visible(".empty")
    watched.page.click("#everything")
    assert watched.shown() == rows_with(EVERY_LABEL, SOURCES, unjudged=True)


@pytest.mark.parametrize("how", ["click", "Enter"])
def test_an_opened_verdict_highlights_both_sentences_in_their_context(watched: Watched, how: str) -> None:
    for number, finding in enumerate(sample().findings()):
        for verdict in [v for v in finding.verdicts if v.label != "unrelated"][:1]:
            opened = watched.page.locator(f"#c{number} .verdict").first
            assert not opened.locator("mark").first.is_visible()
            if how == "click":
                opened.locator("summary").click()
            else:
                opened.locator("summary").press("Enter")
            assert opened.locator("mark").first.is_visible()
            assert opened.locator("mark").evaluate_all("found => found.map(mark => mark.textContent)") == [
                verdict.pair.claim.text,
                verdict.pair.evidence.text,
            ]
    panel = watched.page.locator("#c1 .panel").first
    assert panel.locator("mark strong").all_inner_texts() == ["zeven", "Negen"]
    assert "Het dak van de grote zaal" in panel.locator(".context").first.inner_text()
    assert "97%" in panel.inner_text()


def test_a_link_from_the_head_opens_its_verdict_even_when_filtered_out(watched: Watched) -> None:
    watched.page.click("button[data-show=contradicts]")
    watched.page.click(".strongest a >> nth=0")
    watched.page.wait_for_selector("#v1-6[open] mark", state="visible")


def test_without_javascript_everything_can_be_read_and_no_dead_switch_shows(browser: Any, written: Path) -> None:
    plain = Watched(browser, written, "telephone", java_script_enabled=False)
    assert plain.page.locator(".filters:visible").count() == 0
    assert plain.page.locator(".row:visible").count() == 20 + 3
    plain.page.click("#v1-6 > summary")
    assert plain.page.locator("#v1-6 mark").first.is_visible()
    plain.page.close()


# WCAG 2.2, 1.4.3: the contrast of every text with the nearest opaque background behind it.
CONTRAST = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (v) => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const background = (element) => getComputedStyle(element).backgroundColor;
  const found = { checked: 0, faint: [] };
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    let behind = element;
    const clear = (at) => at !== document.body && (channels(background(at))[3] ?? 1) < 1;
    while (clear(behind)) behind = behind.parentElement;
    const tones = [getComputedStyle(element).color, background(behind)];
    const [light, dark] = tones.map((tone) => luminance(channels(tone))).sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    found.checked += 1;
    if (ratio < 4.5) found.faint.push([element.className, element.textContent.slice(0, 40), ratio, ...tones]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_background(browser: Any, written: Path, scheme: str) -> None:
    watched = Watched(browser, written, "desk", color_scheme=scheme)
    watched.page.evaluate("document.querySelectorAll('details').forEach(found => found.open = true)")
    watched.page.click("button[data-show=unrelated]")
    watched.page.mouse.move(0, 0)
    found = watched.page.evaluate(CONTRAST)
    assert found["faint"] == []
    assert found["checked"] > 500
    watched.page.close()


def test_verdicts_that_came_without_articles_show_their_sentences(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    piped = Report(articles=(), claims=(), dropped=(), verdicts=sample().verdicts, signature={})
    path.write_text(piped.html(), encoding="utf-8")
    watched = Watched(browser, path, "telephone")
    assert watched.complaints == []
    assert len(watched.shown()) == len(piped.findings())
    opened = watched.page.locator(".verdict.contradicts").first
    opened.locator("summary").click()
    sentences = [p.strip() for p in opened.locator(".context").all_inner_texts()]
    assert sentences == [opened.locator("mark").nth(side).inner_text() for side in (0, 1)]
    assert watched.overflow() <= 0
    watched.page.close()
