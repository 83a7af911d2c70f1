"""Archives, formats, codings and RFC 3229 over HTTP."""

from __future__ import annotations

import gzip
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree

import brotli
import feedparser
import pytest
import zstandard

from tests.feed_rules import problems
from tests.http.conftest import Served, created, problem

ATOM = "{http://www.w3.org/2005/Atom}"
DECODE = {
    "zstd": lambda content: zstandard.ZstdDecompressor().decompressobj().decompress(content),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}
PLAIN = {"accept-encoding": "identity"}


def fill(app: Served, events: int, organisation: str = "abc") -> None:
    """So many events about an organisation, one append."""
    first = app.node.log.head().position
    named = [created(f"{organisation}", f"Name {first + number}") for number in range(events)]
    assert app.post({"facts": named}).status_code == 201


def raw(app: Served, path: str, **headers: str) -> tuple[Any, bytes]:
    """An answer and its body as it was on the wire."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    with app.client.stream("GET", path, headers=given) as answer:
        return answer, b"".join(answer.iter_raw())


def test_a_walker_finds_every_event_once_from_the_head_back_to_the_first_archive(app: Served) -> None:
    for _ in range(5):
        fill(app, 83)
    for feed in ("all", "organisations/abc", "types/organisation.created"):
        seen: dict[str, str] = {}
        address: str | None = f"/feeds/{feed}.atom"
        documents = 0
        while address is not None:
            answer = app.get(address, headers=PLAIN)
            assert answer.status_code == 200
            assert problems(answer.content) == []
            assert not feedparser.parse(answer.content).bozo
            document = ElementTree.fromstring(answer.content)
            for entry in document.findall(f"{ATOM}entry"):
                text = ElementTree.tostring(entry).decode()
                assert seen.setdefault(entry.findtext(f"{ATOM}id", ""), text) == text
            previous = document.find(f"{ATOM}link[@rel='prev-archive']")
            address = None if previous is None else previous.get("href", "").removeprefix(app.node.register.base_url)
            documents += 1
        assert (len(seen), documents) == (415, 5)


def test_an_archive_is_immutable_and_the_same_the_second_time(app: Served) -> None:
    fill(app, 250)
    first = app.get("/feeds/all/archive/1.atom", headers=PLAIN)
    assert set(first.headers["cache-control"].split(", ")) == {"public", "max-age=31536000", "immutable"}
    fill(app, 250)
    again = app.get("/feeds/all/archive/1.atom", headers=PLAIN)
    assert sha256(again.content).digest() == sha256(first.content).digest()
    assert again.headers["etag"] == first.headers["etag"] == f'"{sha256(first.content).hexdigest()[:32]}"'
    unchanged = app.get("/feeds/all/archive/1.atom", headers={"if-none-match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = app.client.head("/feeds/all/archive/1.atom", headers=PLAIN)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(first.content))


@pytest.mark.parametrize("number", ["0", "3", "-1", "01", "x", "1.5", "9" * 40, "%31%20"])
@pytest.mark.parametrize("feed", ["all", "organisations/abc", "organisations/nobody", "types/organisation.created"])
def test_an_archive_that_there_is_not(app: Served, feed: str, number: str) -> None:
    fill(app, 250)
    answer = app.get(f"/feeds/{feed}/archive/{number}.atom")
    problem(answer, 404, "not-found")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["link"] == f'<{app.node.register.base_url}/feeds/{feed}.atom>; rel="current"'


def test_an_archive_needs_its_suffix(app: Served) -> None:
    fill(app, 100)
    assert "1.atom or 1.json" in problem(app.get("/feeds/all/archive/1"), 404, "not-found")["detail"]


@pytest.mark.parametrize("path", ["/feeds/all.atom", "/feeds/all.json", "/feeds/all/archive/1.atom", "/events"])
@pytest.mark.parametrize("coding", DECODE)
def test_codings_have_entity_tags_of_their_own(app: Served, path: str, coding: str) -> None:
    fill(app, 150)
    plain, content = raw(app, path, accept_encoding="identity")
    assert "content-encoding" not in plain.headers
    coded, body = raw(app, path, accept_encoding=coding)
    assert coded.headers["content-encoding"] == coding
    assert "Accept-Encoding" in coded.headers.get_list("vary", split_commas=True)
    assert int(coded.headers["content-length"]) == len(body) < len(content) / 4
    assert DECODE[coding](body) == content
    tag = coded.headers["etag"]
    assert tag == f'{plain.headers["etag"][:-1]}-{coding}"'
    for known in (tag, plain.headers["etag"]):
        unchanged = app.get(path, headers={"accept-encoding": coding, "if-none-match": f'"other", {known}'})
        assert (unchanged.status_code, unchanged.headers["etag"]) == (304, known)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br;q=0.9", "gzip"),
        ("br, gzip", "br"),
        ("*", "zstd"),
        ("gzip;q=0, *", "zstd"),
        ("deflate", None),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("", None),
        ("gzip;q=x", None),
    ],
)
def test_the_coding_is_the_one_that_the_client_likes_best(app: Served, accepted: str, coding: str | None) -> None:
    fill(app, 20)
    answer, _ = raw(app, "/feeds/all.atom", accept_encoding=accepted)
    assert answer.headers.get("content-encoding") == coding


def ids(answer: Any) -> list[str]:
    return [entry.id for entry in feedparser.parse(answer.content).entries]


def test_who_has_a_version_of_the_head_gets_the_entries_since(app: Served) -> None:
    fill(app, 130)
    for path in ("/feeds/all.atom", "/feeds/organisations/abc.atom"):
        before = app.get(path, headers=PLAIN)
        assert "A-IM" in before.headers.get_list("vary", split_commas=True)
        fill(app, 3)
        asked = {"a-im": "feed", "if-none-match": before.headers["etag"], **PLAIN}
        delta = app.get(path, headers=asked)
        whole = app.get(path, headers=PLAIN)
        assert (delta.status_code, delta.headers["im"]) == (226, "feed")
        assert delta.headers["cache-control"] == "no-store, im"
        assert delta.headers["etag"] == whole.headers["etag"]
        assert problems(delta.content) == []
        assert ids(delta) == ids(whole)[:3]
        assert set(ids(whole)) == {*ids(delta), *ids(before)}
        assert app.get(path, headers={**asked, "if-none-match": whole.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("manipulation", ["feed", "FEED", "gzip, feed;q=0.5"])
def test_manipulations_are_a_list(app: Served, manipulation: str) -> None:
    fill(app, 10)
    known = app.get("/feeds/all.atom").headers["etag"]
    fill(app, 1)
    assert app.get("/feeds/all.atom", headers={"a-im": manipulation, "if-none-match": known}).status_code == 226


def test_all_else_gets_the_whole_head(app: Served) -> None:
    fill(app, 150)
    known = app.get("/feeds/all.atom").headers["etag"]
    json = app.get("/feeds/all.json").headers["etag"]
    fill(app, 1)
    for asked in (
        {"a-im": "vcdiff", "if-none-match": known},
        {"a-im": "feed"},
        {"if-none-match": known},
        {"a-im": "feed", "if-none-match": json},  # of another format
        {"a-im": "feed", "if-none-match": f'"150-{"0" * 32}"'},  # which we never told
        {"a-im": "feed", "if-none-match": '"999999999-x"'},
        {"a-im": "feed", "if-none-match": "*x"},
    ):
        assert app.get("/feeds/all.atom", headers=asked).status_code == 200
    fill(app, 250)  # it is in the head no more: 401 events, of which the head has 201 and more
    assert app.get("/feeds/all.atom", headers={"a-im": "feed", "if-none-match": known}).status_code == 200


def test_heads_that_were_made_are_kept_and_told_anew_after_an_append(app: Served) -> None:
    fill(app, 10)
    made: list[bytes] = []
    put = app.node.kept.put
    app.node.kept.put = lambda *what: (made.append(what[1]), put(*what))[1]  # type: ignore[method-assign]
    first = app.get("/feeds/all.atom", headers=PLAIN)
    assert app.get("/feeds/all.atom", headers=PLAIN).content == first.content
    assert len(made) == 1
    fill(app, 1)
    assert len(ids(app.get("/feeds/all.atom", headers=PLAIN))) == 11
    assert len(made) == 2
