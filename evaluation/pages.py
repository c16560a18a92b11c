"""Pages of ``docs/`` hold what a program measured between two markers, so that nobody types a number."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def write(page: Path, program: str, content: str) -> None:
    """Replace what stands between ``<!-- begin: evaluation/PROGRAM -->`` and the next ``<!-- end -->`` of ``page``.

    Raises ``ValueError`` where the page has no such markers.
    """
    begin, end = f"<!-- begin: evaluation/{program} -->", "<!-- end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{page} lacks the markers {begin} … {end}")
    page.write_text(f"{before}{begin}\n{content}\n{end}{after}", encoding="utf-8")
