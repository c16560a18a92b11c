from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.errors import InputError, MissingExtraError
from claimcheck.reading import MAX_CHARACTERS, read, read_jsonl
from claimcheck.schema import Article

BRAND = "In een loods in Zwolle woedde dinsdagavond een grote brand. Niemand raakte gewond, zegt de brandweer."
ENGLISH = (
    "A large fire broke out in a warehouse on Tuesday evening. Nobody was hurt, the fire service says, "
    "but people "
    "living nearby were told to keep their windows closed. The mayor visited the scene and thanked the "
    "crews. "
    "Police are still trying to find out how the fire could have started in an empty building."
)


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def one(*paths: str | os.PathLike[str], stdin: bytes | None = None) -> Article:
    (article,) = read(*paths, stdin=None if stdin is None else io.BytesIO(stdin))
    return article


def refusal(*paths: str | os.PathLike[str], stdin: bytes | None = None) -> str:
    """The message with which these paths are refused; every refusal is one line."""
    with pytest.raises(InputError) as caught:
        read(*paths, stdin=None if stdin is None else io.BytesIO(stdin))
    message = str(caught.value)
    assert "\n" not in message
    assert "\r" not in message
    return message


def refused_line(path: Path, content: str | bytes) -> str:
    write(path, content)
    with pytest.raises(InputError) as caught:
        list(read_jsonl(path))
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))


# ------------------------------------------------------------ plain text and markdown


def test_a_text_file_takes_id_and_source_from_its_name_and_has_no_title(tmp_path: Path) -> None:
    article = one(write(tmp_path / "courant.txt", BRAND))
    assert article == Article(id="courant", source="courant", text=BRAND)


def test_the_title_of_markdown_is_its_first_heading_and_the_text_keeps_it(tmp_path: Path) -> None:
    text = f"Vooraf\r\n\r\n## Kop\r\n\r\n# Brand in loods \r\n{BRAND}\r\n# Nog een\r\n"
    article = one(write(tmp_path / "a.md", text))
    assert article.title == "Brand in loods"
    assert article.text == text


def test_a_leading_stamp_becomes_published_and_stays_in_the_text(tmp_path: Path) -> None:
    day = one(write(tmp_path / "dag.txt", f" date 2025-11-14 {BRAND}"))
    month = one(write(tmp_path / "maand.txt", f"date 2025-03 {BRAND}"))
    assert day.text.startswith(" date 2025-11-14 In een")
    assert (str(day.published), str(month.published)) == ("2025-11-14", "2025-03")


def test_a_given_date_wins_over_the_stamp(tmp_path: Path) -> None:
    record = {"text": f"date 2025-03 {BRAND}", "published": "2025-03-09T08:00:00Z"}
    assert str(one(write(tmp_path / "a.jsonl", lines(record))).published) == "2025-03-09"


# ------------------------------------------------------------ encodings

# NUL and half surrogate pairs are refused, and one byte order mark at the start belongs to the file.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])).filter(
    lambda text: text.strip() and not text.startswith("\ufeff")
)


@given(text=texts, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_text_comes_back_as_it_was_written(text: str, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.txt")
        path.write_bytes(text.encode(encoding))
        assert one(path).text == text


@given(text=texts)
def test_any_text_comes_back_from_json_lines(text: str) -> None:
    record = json.dumps({"text": text}, ensure_ascii=len(text) % 2 == 0).encode()
    assert one("-", stdin=record).text == text


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_of_either_byte_order_is_read_by_its_mark(tmp_path: Path, mark: bytes) -> None:
    encoding = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    article = one(write(tmp_path / "a.txt", mark + BRAND.encode(encoding)))
    assert (article.text, article.notes) == (BRAND, ())


def test_line_ends_and_normal_forms_are_left_as_they_are(tmp_path: Path) -> None:
    text = "Caf\u00e9 en cafe\u0301.\r\nNieuwe regel\rOude Mac\n\n"
    assert one(write(tmp_path / "a.txt", text)).text == text


def test_windows_1252_is_read_and_reported(tmp_path: Path) -> None:
    article = one(write(tmp_path / "a.txt", "“Financiële crisis” kost € 5 miljoen.".encode("cp1252")))
    assert article.text == "“Financiële crisis” kost € 5 miljoen."
    assert article.notes == ("decoded as Windows-1252: byte 0x93 at offset 0 is not UTF-8",)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n\x01\x02", "a binary file (byte 0x01 at offset 8)"),
        (b"tekst\x81tekst", "a binary file (byte 0x81 at offset 5)"),
        (b"tekst\x00tekst", "NUL character at offset 5"),
        ("tekst".encode("utf-16-le"), "NUL character at offset 1"),
        (b"\xff\xfea\x00b", "breaks at byte 4"),
    ],
)
def test_what_is_no_text_is_refused_with_the_place(tmp_path: Path, content: bytes, expected: str) -> None:
    message = refusal(write(tmp_path / "a.txt", content))
    assert message.startswith(f"{tmp_path / 'a.txt'}: ")
    assert expected in message
    assert "save it as UTF-8" in message or "save the article as UTF-8" in message


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.jsonl"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \r\n\t\n", "\ufeff ".encode("utf-16-le")])
def test_an_empty_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    message = refusal(write(tmp_path / name, content))
    assert "empty" in message or "only white space" in message or ("jsonl" in name and "UTF-16" in message)


# ------------------------------------------------------------ JSON Lines


def test_a_json_line_gives_every_field_and_unknown_ones_are_kept_aside(tmp_path: Path) -> None:
    record = {
        "id": "n1",
        "source": "De Courant",
        "text": BRAND,
        "title": "Brand",
        "published": "2025-11-14",
        "url": "https://www.courant.example/brand",
        "sectie": ["regio", 3],
    }
    article = one(write(tmp_path / "a.jsonl", lines(record)))
    assert article.to_dict() == record
    assert article.extra == {"sectie": ["regio", 3]}


def test_without_a_source_it_is_the_site_and_else_the_file(tmp_path: Path) -> None:
    records = [
        {"text": BRAND, "url": "https://www.courant.example:8080/x"},
        {"text": BRAND, "url": "http://[stuk"},
    ]
    site, file = read(write(tmp_path / "pers.ndjson", lines(*records)))
    assert (site.source, file.source) == ("courant.example", "pers")
    assert (site.id, file.id) == ("pers-1", "pers-2")


def test_null_is_as_good_as_missing(tmp_path: Path) -> None:
    record = {"text": BRAND, "id": None, "source": None, "title": None, "published": None, "url": None}
    assert one(write(tmp_path / "a.jsonl", lines(record))) == Article(id="a-1", source="a", text=BRAND)


def test_a_date_that_is_no_iso_date_is_kept_aside_with_a_note(tmp_path: Path) -> None:
    article = one(write(tmp_path / "a.jsonl", lines({"text": BRAND, "published": "vrijdag 14 november"})))
    assert article.published is None
    assert article.extra == {"published": "vrijdag 14 november"}
    assert len(article.notes) == 1
    assert "'vrijdag 14 november'" in article.notes[0]


def test_articles_that_were_written_out_read_back_the_same(tmp_path: Path) -> None:
    first = read(write(tmp_path / "a.txt", "Café dicht.".encode("cp1252")), write(tmp_path / "b.md", f"# B\n{ENGLISH}"))
    written = lines(*(article.to_dict() for article in first)).encode()
    assert read("-", stdin=io.BytesIO(written)) == first
    assert all(len(article.notes) == 1 for article in first)


@pytest.mark.parametrize("field", ["id", "source", "text", "title", "published", "url"])
def test_a_field_of_the_wrong_type_is_refused(tmp_path: Path, field: str) -> None:
    path = write(tmp_path / "a.jsonl", lines({"text": BRAND}, {"text": BRAND, field: 7}))
    assert refusal(path) == f"{path}:2: field {field!r} is 7, not a string"


@pytest.mark.parametrize(("record", "what"), [({}, "missing"), ({"text": None}, "missing"), ({"text": " \n"}, "empty")])
def test_a_line_without_text_is_refused(tmp_path: Path, record: dict[str, object], what: str) -> None:
    path = write(tmp_path / "a.jsonl", "\n" + lines(record))
    assert refusal(path).startswith(f"{path}:2: field 'text' is {what}")


def test_blank_lines_count_but_give_nothing_and_a_mark_is_dropped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"a": 1}\r\n\r\n  \n{"b": "\\ud83d\\ude00"}')
    assert list(read_jsonl(path)) == [(1, {"a": 1}), (4, {"b": "😀"})]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a": 1}\n{"a": }\n', ":2: no valid JSON: Expecting value at column 7"),
        (b'{"a": 1} {"a": 2}', ":1: no valid JSON: Extra data at column 10"),
        (b"[1,\t2]", ":1: '[1, 2]' is not a JSON object"),
        (b'"tekst"', ":1: '\"tekst\"' is not a JSON object"),
        (b'{"a": NaN}', ":1: no valid JSON: NaN is not a number"),
        (b'{"a": [-Infinity]}', ":1: no valid JSON: -Infinity is not a number"),
        (b'{"a": 1e999}', ":1: no valid JSON: 1e999 is not a number"),
        (b'{"a": ' + b"9" * 5000 + b"}", ":1: no valid JSON: "),
        (b'{"a": ' + b"[" * 500_000, ":1: "),
        (b'{"a": "caf\xe9"}', ":1: byte 0xE9 at column 11 is not UTF-8"),
        (b"\xff\xfe{\x00}\x00", ":1: UTF-16; JSON Lines is UTF-8"),
        (rb'{"a": "x\u0000"}', r":1: field 'a' holds NUL (\u0000) at offset 1"),
        (rb'{"a": [{"b": "\ud800"}]}', r":1: field 'a' holds half a surrogate pair (\ud800) at offset 0"),
        (rb'{"\udc00": 1}', r":1: field '\udc00' holds half a surrogate pair"),
        (b'{"a": "' + b"x" * 16_000_000 + b'"}', ":1: longer than 16,000,000 bytes"),
    ],
    ids=str,
)
def test_a_line_that_is_no_json_object_is_refused_with_its_place(tmp_path: Path, content: bytes, expected: str) -> None:
    assert refused_line(tmp_path / "p.jsonl", content).startswith(expected)


def test_an_escaped_backslash_before_u0000_is_no_nul(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", rb'{"a": "C:\\u0000"}')
    assert list(read_jsonl(path)) == [(1, {"a": r"C:\u0000"})]


def test_json_lines_that_cannot_be_opened_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mist\.jsonl: no such file"):
        list(read_jsonl(tmp_path / "mist.jsonl"))
    with pytest.raises(InputError, match="is a folder, not"):
        list(read_jsonl(tmp_path))


def test_json_lines_are_read_while_the_pipe_is_still_open() -> None:
    code = "from claimcheck.reading import read_jsonl\nfor pair in read_jsonl('-'): print(pair, flush=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"a": 1}\n')
        process.stdin.flush()
        assert process.stdout.readline().strip() == b"(1, {'a': 1})"  # answered before the input ends
        process.stdin.close()
        assert process.wait() == 0


def test_a_bad_line_on_standard_input_is_named_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 1}\n{"a"')))
    objects = read_jsonl("-")
    assert next(objects) == (1, {"a": 1})
    with pytest.raises(InputError, match=r"^<stdin>:2: "):
        next(objects)


# ------------------------------------------------------------ ids


def test_files_that_share_a_stem_take_their_path_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("nos/brand.txt", "vrt/brand.txt", "vrt/regen.txt"):
        write(Path(name), BRAND)
    assert [a.id for a in read("nos/brand.txt", "vrt")] == ["nos/brand.txt", "vrt/brand.txt", "regen"]
    assert [a.id for a in read("./vrt/brand.txt")] == ["brand"]


def test_ids_from_names_never_collide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a-1.txt", "b.txt", "b.html.txt", "c.txt"):
        write(Path(name), BRAND)
    write(Path("a.jsonl"), lines({"text": BRAND}, {"text": BRAND}))
    write(Path("b.md"), BRAND)
    write(Path("b.txt.md"), BRAND)
    write(Path("d.jsonl"), lines({"text": BRAND, "id": "c"}))
    assert {a.id for a in read(".")} == {
        *("a-1.txt", "a.jsonl-1", "a-2", "b.txt", "b.md", "b.html", "b.txt.md", "c", "c.txt")
    }


def test_a_given_id_twice_is_refused_with_both_places(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", lines({"text": BRAND, "id": "x"}))
    second = write(tmp_path / "b.jsonl", lines({"text": BRAND}, {"text": BRAND, "id": "x"}))
    assert refusal(first, second) == f"{second}:2: id 'x' is taken by {first}:1; ids must be unique"


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", BRAND)
    (tmp_path / "b.txt").symlink_to(path)
    assert [a.id for a in read(path, tmp_path, str(tmp_path) + "/./a.txt")] == ["a"]


# ------------------------------------------------------------ folders and paths


def test_a_folder_is_read_by_path_without_hidden_and_other_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/A.TXT", "c.md", ".git/x.txt", ".hidden.txt", "x.pdf", "x.csv"):
        write(tmp_path / name, BRAND)
    os.mkfifo(tmp_path / "pijp.txt")
    assert [a.id for a in read(tmp_path)] == ["A", "z", "b", "c"]


def test_a_folder_with_nothing_readable_names_what_would_be(tmp_path: Path) -> None:
    write(tmp_path / "x.pdf", b"%PDF")
    message = refusal(tmp_path)
    assert "nothing readable" in message
    assert all(suffix in message for suffix in (".txt", ".md", ".html", ".htm", ".jsonl", ".ndjson"))


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "mist.txt") == f"{tmp_path / 'mist.txt'}: no such file or folder"
    assert "no such file" in refusal(tmp_path / "twee\nregels.txt")
    assert "empty" in refusal("")
    assert "cannot be read" in refusal("nul\0nul.txt")


def test_a_file_name_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
    Path(name).write_text(BRAND)
    assert "rename it" in refusal(name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", BRAND)
    path.chmod(0)
    assert refusal(path) == f"{path}: no permission to read it"


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.ODT"])
def test_documents_are_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    assert "save the article as plain text" in refusal(write(tmp_path / name, BRAND))


@pytest.mark.parametrize("name", ["a.csv", "a.json", "LEESMIJ"])
def test_other_kinds_are_refused_with_the_kinds_that_are_read(tmp_path: Path, name: str) -> None:
    assert ".txt, .md, .html, .htm, .jsonl, .ndjson" in refusal(write(tmp_path / name, BRAND))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "b.txt"])
def test_an_article_of_more_than_a_million_characters_is_refused(tmp_path: Path, name: str) -> None:
    text = "a" * (5 * MAX_CHARACTERS if name == "b.txt" else MAX_CHARACTERS + 1)
    message = refusal(write(tmp_path / name, lines({"text": text}) if name == "a.jsonl" else text))
    assert "at most 1,000,000 characters; split it" in message
    assert one(write(tmp_path / "c.txt", "a" * MAX_CHARACTERS)).id == "c"


def test_a_large_archive_of_small_articles_is_fine(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", lines(*({"text": "Kort bericht. " * 8_000} for _ in range(50))))
    assert path.stat().st_size > 5_000_000
    assert len(read(path)) == 50


def test_no_path_gives_no_article() -> None:
    assert read() == []


# ------------------------------------------------------------ standard input


def test_standard_input_is_told_by_its_first_characters() -> None:
    assert one("-", stdin=BRAND.encode()) == Article(id="stdin", source="stdin", text=BRAND)
    assert one("-", stdin=b"\xef\xbb\xbf\n " + lines({"text": BRAND}).encode()).id == "stdin-2"
    for start in ("<!DOCTYPE html>\n<html>", "\n<HTML lang=nl>"):
        assert one("-", stdin=f"{start}<body><p>{BRAND}</p></body></html>".encode()).text.strip() == BRAND
    assert one("-", stdin=BRAND.encode("utf-16")).text == BRAND


def test_empty_standard_input_is_refused() -> None:
    assert refusal("-", stdin=b"").startswith("<stdin>: empty")


def test_standard_input_is_the_process_s_own_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BRAND.encode())))
    assert one("-", "-").text == BRAND


# ------------------------------------------------------------ HTML

META = (
    '<meta property="og:site_name" content="De Courant"><meta property="og:title" content="Brand in loods">'
    '<meta property="article:published_time" content="2025-11-14T22:10:00+01:00">'
    '<meta property="article:modified_time" content="2025-11-20T08:00:00+01:00">'
    '<link rel="canonical" href="https://www.courant.example/regio/brand">'
)
MORE = "De brandweer had het vuur rond middernacht onder controle. Over de oorzaak is nog niets bekend."


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html lang=nl><head>{head}</head><body><article>{body}</article></body></html>"


def test_a_page_gives_text_title_date_site_and_address(tmp_path: Path) -> None:
    html = page(f"<p>{BRAND}</p><p>{MORE}</p><script>alert('x')</script>", META)
    assert one(write(tmp_path / "a.html", html)) == Article(
        id="a",
        source="De Courant",
        text=f"{BRAND}\n{MORE}",
        title="Brand in loods",
        published=one(write(tmp_path / "b.txt", "date 2025-11-14 x")).published,
        url="https://www.courant.example/regio/brand",
    )


def test_a_page_without_a_site_name_takes_the_host_and_else_the_file(tmp_path: Path) -> None:
    link = '<link rel="canonical" href="https://www.courant.example/brand">'
    assert one(write(tmp_path / "a.html", page(f"<p>{BRAND}</p>", link))).source == "courant.example"
    assert one(write(tmp_path / "b.htm", page(f"<p>{BRAND}</p>"))).source == "b"


@pytest.mark.parametrize("body", ["", "<p>Al in 2019 brandde de loods af.</p>", "<footer>© 2019-2024 Courant</footer>"])
def test_a_date_is_never_made_up(tmp_path: Path, body: str) -> None:
    assert one(write(tmp_path / "a.html", page(f"<p>{BRAND}</p>{body}"))).published is None


@pytest.mark.parametrize(
    ("declared", "encoding", "noted"),
    [
        ("windows-1252", "cp1252", False),
        ("ISO-8859-1", "cp1252", False),
        ("iso-8859-15", "iso-8859-15", False),
        ("utf-8", "cp1252", True),
        ("", "cp1252", True),
        ("windows-1252", "utf-8", False),
        ("utf-8", "utf-16", False),
        ("rot13", "utf-8-sig", False),
    ],
)
def test_the_encoding_of_a_page_is_its_own(tmp_path: Path, declared: str, encoding: str, noted: bool) -> None:
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    text = f"Het café kost € 5 miljoen, zegt de coördinator. {BRAND}"
    article = one(write(tmp_path / "a.html", page(f"<p>{text}</p>", head).encode(encoding)))
    assert article.text.strip() == text
    assert any("Windows-1252" in note for note in article.notes) is noted


def test_a_page_without_main_text_is_refused(tmp_path: Path) -> None:
    for html in (page(""), page(f"<script>var a = '{BRAND}'</script>"), "<html>"):
        assert "no main text" in refusal(write(tmp_path / "a.html", html))


def test_a_page_of_more_than_five_megabytes_is_refused(tmp_path: Path) -> None:
    assert "5,000,000 is the most" in refusal(write(tmp_path / "a.html", page("<p>x</p>" * 700_000)))


def test_a_page_of_more_than_twenty_thousand_elements_is_refused(tmp_path: Path) -> None:
    html = page(f"<p>{BRAND}</p><table><tr>" + "<td>" * 20_000)
    assert "20,000 is the most" in refusal(write(tmp_path / "a.html", html))


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 15_000,
        "<b>" * 15_000,
        "<table><tr>" + "<td>" * 3_000,
        "<" * 100_000,
        "&" * 100_000,
        "<!--" * 50_000,
        "&#xD800;&#0;&#x110000;",
        '<script type="application/ld+json">{"headline":"' + '\\"' * 100_000 + "</script>",
        '<script type="application/ld+json">' + '{"a":' * 100_000 + "</script>",
        '<script type="application/ld+json">{"@type": ["News", 3], "author": [[]], "publisher": 7}</script>',
        '<img src="http://courant.invalid/x.png"><iframe src="file:///etc/passwd"></iframe>',
        '<?xml version="1.0" encoding="ebcdic-cp-be"?><p>x</p>',
    ],
    ids=lambda body: body[:40],
)
def test_a_hostile_page_gives_its_text_or_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], body: str
) -> None:
    path = write(tmp_path / "a.html", page(f"<p>{BRAND}</p>{body}", META))
    try:
        text = one(path).text
    except InputError:
        refusal(path)  # one line
    else:
        assert BRAND in text
        assert "\0" not in text
        text.encode()
    assert capfd.readouterr() == ("", "")


def test_an_xml_declaration_does_not_stop_a_page(tmp_path: Path) -> None:
    html = f'<?xml version="1.0" encoding="utf-8"?>\n{page(f"<p>{BRAND} Één.</p>")}'
    assert one(write(tmp_path / "a.html", html)).text.strip() == f"{BRAND} Één."


def test_a_page_without_trafilatura_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(MissingExtraError, match=r"reading \.html .*claimcheck-nl\[html\]"):
        read(write(tmp_path / "a.html", page(f"<p>{BRAND}</p>")))


def test_reading_says_nothing_on_the_terminal(tmp_path: Path) -> None:
    write(tmp_path / "a.html", page("<script>x</script>"))
    code = "import sys, claimcheck.reading as r\ntry: r.read(sys.argv[1])\nexcept r.InputError: print(1)"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("1", "")


# ------------------------------------------------------------ language


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (ENGLISH, "English (en)"),
        (
            "Bei einem Brand in einer Lagerhalle ist am Dienstagabend niemand verletzt worden. Die "
            "Feuerwehr hatte die "
            "Flammen gegen Mitternacht unter Kontrolle. Anwohner sollten Fenster und Türen geschlossen "
            "halten. Wie es "
            "zu dem Feuer kam, ist noch unklar; die Polizei ermittelt.",
            "German (de)",
        ),
        (
            "'n Groot brand het Dinsdagaand in 'n pakhuis uitgebreek. Niemand is beseer nie, sê die "
            "brandweer, maar "
            "mense wat naby woon, is gevra om hulle vensters toe te hou. Die burgemeester het die toneel "
            "besoek en die "
            "spanne bedank. Die polisie weet nog nie hoe die brand ontstaan het nie.",
            "Afrikaans (af)",
        ),
    ],
)
def test_a_text_that_is_not_dutch_is_noted_and_kept(tmp_path: Path, text: str, named: str) -> None:
    article = one(write(tmp_path / "a.txt", text))
    assert article.notes == (f"the text looks {named}, not Dutch; judged all the same",)
    assert article.text == text


@pytest.mark.parametrize(
    "text",
    [
        "The fire is out.",  # too short to tell
        "1-2 3-4 " * 100,  # no language
        BRAND * 5,
        "“We will not be intimidated, and we will win this fight”, zei senator Lindsey Graham op Fox "
        "News. De Republikein "
        "uit South Carolina reageerde op een stuk in The Wall Street Journal. Volgens de krant wil het "
        "Witte Huis de "
        "National Guard naar Portland en Chicago sturen. Het Pentagon geeft geen commentaar.",
    ],
)
def test_dutch_and_what_is_too_short_to_tell_get_no_note(tmp_path: Path, text: str) -> None:
    assert one(write(tmp_path / "a.txt", text)).notes == ()


def test_importing_reading_loads_no_detector_and_no_extractor() -> None:
    code = "import sys, claimcheck.reading; print({'py3langid', 'trafilatura', 'lxml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
