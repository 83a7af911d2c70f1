"""The rules that feeds are tested by find what they are meant to find."""

from __future__ import annotations

import re

import pytest

from tests.feed_rules import problems, walked

SOUND = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>urn:uuid:11111111-2222-4333-8444-555555555555</id>
<title>All changes</title>
<updated>2022-02-01T09:30:00.000000Z</updated>
<author><name>Orgline</name></author>
<link rel="self" href="https://example.org/feeds/all.atom" type="application/atom+xml"/>
<generator>Orgline</generator>
<entry>
<id>urn:uuid:a</id>
<title>First</title>
<updated>2022-02-01T09:30:00.000000Z</updated>
<link rel="alternate" type="text/html" href="https://example.org/events/a"/>
<summary>What happened</summary>
<category term="x" scheme="urn:x:y"/>
</entry>
<entry>
<id>urn:uuid:b</id>
<title>Second</title>
<updated>2022-02-01T09:30:00Z</updated>
<link rel="alternate" type="text/html" href="https://example.org/events/b"/>
<summary type="html">What &lt;b&gt;happened&lt;/b&gt;</summary>
</entry>
</feed>
"""


GENERATOR = "<generator>Orgline</generator>"
ARCHIVE, COMPLETE = (f'<{name} xmlns="http://purl.org/syndication/history/1.0"/>' for name in ("archive", "complete"))


def linked(rel: str, name: str) -> str:
    return f'<link rel="{rel}" href="https://example.org/feeds/{name}.atom"/>'


def page(name: str, entry: str, **links: str) -> bytes:
    """A page with one entry."""
    whole = SOUND[: SOUND.index("<entry>")].replace("feeds/all.atom", f"feeds/{name}.atom")
    own = SOUND[SOUND.index("<entry>") : SOUND.index("<entry>\n<id>urn:uuid:b")]
    own = own.replace("urn:uuid:a", f"urn:uuid:{entry}")
    return f"{whole}{''.join(linked(rel, to) for rel, to in links.items())}{own}</feed>".encode()


SOUND_PAGES = {
    "one": page("one", "a", next="two"),
    "two": page("two", "b", next="three", previous="one", first="one"),
    "three": page("three", "c", previous="two", first="one"),
}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, None),
        ({"two": page("two", "a", next="three", previous="one", first="one")}, "entry urn:uuid:a is on 2 pages"),
        ({"two": page("two", "b", next="three", previous="three", first="one")}, "the page before is"),
        ({"two": page("two", "b", next="three", previous="one", first="two")}, "its first page is"),
        ({"two": page("other", "b", next="three", previous="one", first="one")}, "its own address is"),
        ({"three": page("three", "c", next="two", previous="two", first="one")}, "which was there before"),
        ({"three": page("three", "c", previous="two", first="one").replace(b"1111-2222", b"0000-2222")}, "2 ids"),
        ({"three": page("three", "c", previous="two", first="one").replace(b"2022-02", b"2022-03")}, "not in order"),
        ({"two": page("two", "b c", next="three", previous="one", first="one")}, "no absolute IRI"),
    ],
)
def test_a_walk_through_pages_is_checked(changed: dict[str, bytes], found: str | None) -> None:
    pages = SOUND_PAGES | changed
    name = re.compile(r"https://example\.org/feeds/(\w+)\.atom").fullmatch

    def read(address: str) -> bytes:
        told = name(address)
        assert told is not None
        return pages[told[1]]

    entries, messages = walked("https://example.org/feeds/one.atom", read)
    assert len(entries) == 3
    if found is None:
        assert messages == []
    else:
        assert any(found in message for message in messages), messages


def test_a_sound_feed_has_no_problems() -> None:
    assert problems(SOUND.encode()) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("<title>First</title>", "<title>First</tytle>", "not well-formed"),
        ("<title>First</title>", "<title>Fir\x01st</title>", "not well-formed"),
        ("2005/Atom", "2005/Atoms", "the root is"),
        ("UTF-8", "ISO-8859-1", "does not say UTF-8"),
        (" encoding='UTF-8'", "", "does not say UTF-8"),
        ("<id>urn:uuid:11111111-2222-4333-8444-555555555555</id>", "", "feed: 0 elements id"),
        ("<title>All changes</title>", "", "feed: 0 elements title"),
        ("<title>All changes</title>", "<title> </title>", "feed: title: empty"),
        ("<generator>Orgline</generator>", "<generator>A</generator><generator>B</generator>", "2 elements generator"),
        ("<generator>Orgline</generator>", "<generator/>", "empty generator"),
        ("<generator>Orgline</generator>", "<summary>x</summary>", "summary does not belong here"),
        ("<author><name>Orgline</name></author>", "", "no author"),
        ("<author><name>Orgline</name></author>", "<author><name> </name></author>", "not one name"),
        ("<name>Orgline</name>", "<name>Orgline</name><uri>here</uri>", "is no absolute IRI"),
        ("<name>Orgline</name>", "<name>Orgline</name><email>here</email>", "no e-mail address"),
        ('rel="self"', 'rel="related"', "no link rel=self"),
        ('xml:lang="en"', 'xml:lang="English, British"', "no language tag"),
        ("</entry>\n</feed>", "</entry>\n<subtitle>x</subtitle></feed>", "metadata after the first entry"),
        ("<id>urn:uuid:b</id>", "<id>urn:uuid:a</id>", "urn:uuid:a occurs 2 times"),
        ("<id>urn:uuid:a</id>", "<id>a</id>", "'a' is no absolute IRI"),
        ("<id>urn:uuid:a</id>", "<id> urn:uuid:a</id>", "is no absolute IRI"),
        ("2022-02-01T09:30:00Z", "2022-02-01 09:30:00Z", "no date of RFC 3339"),
        ("2022-02-01T09:30:00Z", "2022-02-30T09:30:00Z", "2022-02-30"),
        ("2022-02-01T09:30:00Z", "2022-02-01T09:30:00", "no date of RFC 3339"),
        ("2022-02-01T09:30:00Z", "2022-02-01", "no date of RFC 3339"),
        ('<link rel="alternate" type="text/html" href="https://example.org/events/a"/>', "", "neither content nor"),
        ('rel="alternate" type="text/html" href="https://example.org/events/a"', 'href="/events/a"', "no absolute IRI"),
        ("https://example.org/events/a", "https://example.org/events/a b", "no absolute IRI"),
        ("https://example.org/events/a", "https://example.org/events/a%zz", "no absolute IRI"),
        ("<summary>", '<link href="https://example.org/" type="text/html"/><summary>', "2 alternates"),
        ('type="text/html" href="https://example.org/events/a"', 'type="html" href="x:y"', "no media type"),
        ('rel="alternate" type="text/html"', 'rel="alternative" type="text/html"', "not registered"),
        ('rel="alternate" type="text/html"', 'rel="alternate" kind="text/html"', "attributes ['kind']"),
        ("<summary>What happened</summary>", "", "neither content nor summary"),
        ("<summary>What happened</summary>", "<summary>What <b>happened</b></summary>", "elements inside text"),
        ("<summary>What happened</summary>", '<summary type="text/plain">x</summary>', "type 'text/plain'"),
        ("<summary>What happened</summary>", '<summary type="xhtml">x</summary>', "not one XHTML div"),
        ("<summary>What happened</summary>", "<summary>x</summary><summary>y</summary>", "2 elements summary"),
        ("<summary>What happened</summary>", "<summary>x</summary><foo xmlns=''/>", "in no namespace"),
        ("<summary>What happened</summary>", "<summary>x</summary><entry/>", "entry does not belong here"),
        ("<summary>What happened</summary>", "<summary>x</summary>y", "text between the elements"),
        ("<summary>What happened</summary>", "<published>soon</published>", "published 'soon'"),
        ("<summary>What happened</summary>", '<content src="https://example.org/a.pdf"/>', "and no summary"),
        ('term="x"', 'label="x"', "without term"),
        ('scheme="urn:x:y"', 'scheme="types"', "no absolute IRI"),
        (GENERATOR, f"{linked('next', 'b')}{linked('next', 'c')}{GENERATOR}", "several links rel=next"),
        (GENERATOR, f"{linked('next', 'all')}{GENERATOR}", "rel=next leads to itself"),
        (GENERATOR, f"{linked('prev-archive', 'all')}{GENERATOR}", "rel=prev-archive leads to itself"),
        (GENERATOR, f"{linked('next', 'b')}{GENERATOR}{COMPLETE}", "complete, and yet a page"),
        (GENERATOR, f"{linked('current', 'b')}{GENERATOR}{ARCHIVE}{COMPLETE}", "complete, and yet an archive"),
        (GENERATOR, f"{GENERATOR}{ARCHIVE}", "an archive without link rel=current"),
    ],
)
def test_a_fault_is_found(old: str, new: str, found: str) -> None:
    assert old in SOUND
    messages = problems(SOUND.replace(old, new, 1).encode())
    assert any(found in message for message in messages), messages
