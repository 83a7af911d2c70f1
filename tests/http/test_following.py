"""A mirror of the real application: the same answers, the same bytes, nothing wrong written, and asked with care."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from events import mirrors
from events.database import Database
from events.verifying import verify
from service.backoff import FAILURE_S_MAX
from service.cli import opening
from service.replication import documents
from service.replication.documents import UnreadableDocument
from service.replication.following import Diverged, Following
from service.replication.making import NotAMirror, OtherRegister, mirror_in
from service.replication.patience import POLL_S_MAX, Patience
from service.replication.remote import DOCUMENT_BYTES_MAX, HEAD, Remote, RemoteFailed, RemoteRefused, client_for
from tests.conftest import fresh_database
from tests.http.conftest import Serve, Served, created, problem
from tests.mirrors import LARGE, appends

ADDRESS = "http://127.0.0.1:8000"
BATCH = 60  # of events: less than the largest append, and many of them
Alter = Callable[[httpx.Request, httpx.Response], httpx.Response]
PLAIN = {"accept-encoding": "identity"}
BODY_BYTES_MAX = "16777216"


@pytest.fixture(params=["sqlite", "postgresql"])
def mirror_database(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A database for a mirror, in turn on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copyfile(sqlite_template, tmp_path / "mirror.db")
        with _open(f"sqlite:///{tmp_path / 'mirror.db'}") as database:
            yield database
        return
    with fresh_database(request.getfixturevalue("postgresql_server")) as url, _open(url) as database:
        yield database


@pytest.fixture
def mirror_file(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A database for a mirror on SQLite."""
    shutil.copyfile(sqlite_template, tmp_path / "mirror.db")
    with _open(f"sqlite:///{tmp_path / 'mirror.db'}") as database:
        yield database


@contextmanager
def _open(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def unread(answer: httpx.Response) -> httpx.Response:
    """The answer as it comes off a wire: nothing of it was read."""
    return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.read()))


class Wire(httpx.BaseTransport):
    """Carries requests to the application, tells which there were, and alters what comes back.

    It carries whole answers only, so it answers itself who asks for a stream, which has no end: by `stream`.
    """

    def __init__(self, app: Served, alter: Alter = lambda _request, answer: answer) -> None:
        self._app = app
        self.alter = alter
        self.stream: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(404)
        self.raw: dict[str, httpx.Response] = {}
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if (given := self.raw.get(request.url.path)) is not None:
            return given
        if request.url.path == "/events/stream":
            return unread(self.stream(request))
        headers = {**request.headers, **PLAIN}
        answer = self._app.client.request(request.method, request.url.raw_path.decode(), headers=headers)
        given = httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return unread(self.alter(request, given))

    def paths(self) -> list[str]:
        return [request.url.path for request in self.seen]


class Waits:
    """Patience that does not sleep; how long it would have."""

    def __init__(self, tries_max: int | None = 3) -> None:
        self.seconds: list[float] = []
        self.told: list[str] = []
        self.patience = Patience(
            tries_max=tries_max, tell=self.told.append, sleep=self.seconds.append, random=Random(1)
        )


def follower(
    database: Database, wire: Wire, *, token: str | None = None, waits: Waits | None = None, **options: Any
) -> Following:
    """What follows into a database, which is made the mirror if need be."""
    remote = Remote(ADDRESS, client_for(token, wire))
    first = remote.head()
    assert first is not None
    remote.forget()
    own = mirror_in(database, ADDRESS, first, None)
    return Following(
        remote, database, opening.log_of(database)[0], own, (waits or Waits()).patience, batch_events=BATCH, **options
    )


def fill(app: Served, events: int, organisation: str = "abc") -> None:
    """So many events about organisations, one append."""
    first = app.node.log.head().position
    named = [created(f"{organisation}-{number // 5}", f"Name {number}") for number in range(first, first + events)]
    assert app.post({"facts": named}).status_code == 201


def tell_all(app: Served) -> None:
    """Record facts of every kind."""
    token = app.make_token("append", "correct", "define-types")
    for each in appends():
        answer = app.post({"facts": each}, token=token)
        assert answer.status_code == 201, answer.text


def test_a_mirror_answers_and_publishes_the_same(serve: Serve, mirror_database: Database) -> None:
    with serve(body_bytes_max=BODY_BYTES_MAX) as app:
        tell_all(app)
        progress: list[tuple[int, int]] = []
        wire = Wire(app)
        head = follower(mirror_database, wire, progress=lambda *done: progress.append(done)).catch_up()
        size = app.node.log.head().position
        assert head == app.node.log.head()
        assert size > 300  # three archives, and batches among which is the largest append
        assert (progress[0], progress[-1]) == ((0, size), (size, size))
        assert max(after - here for (here, _), (after, _) in pairwise(progress)) >= LARGE > BATCH
        assert mirrors.load(mirror_database) == mirrors.Mirror(ADDRESS, size)
        assert verify(mirror_database) == verify(app.node.database) == []
        with serve(database_url=mirror_database.address) as mirror:
            assert mirror.node.register == app.node.register
            for path in (
                *(f"/feeds/all/archive/{number}.{form}" for number in (1, 2, 3) for form in ("atom", "json")),
                *(
                    "/feeds/all.atom",
                    "/feeds/all.json",
                    "/feeds/organisations/nhsx.atom",
                    "/feeds/types/x.audit.rated.atom",
                ),
                *("/log", "/organisations", "/people", "/anomalies", "/types", "/events?limit=1000"),
                *(
                    "/organisations/b?as_of=2021",
                    "/organisations/a?as_of=2021&known_at=100",
                    "/organisations/nhsx/timeline",
                ),
                *("/plans/merge-nhsx?as_of=2022-02-10", "/organisations/unit-1?as_of=2015-03-09", "/events?after=300"),
            ):
                here, there = mirror.get(path, headers=PLAIN), app.get(path, headers=PLAIN)
                assert (here.status_code, here.content) == (200, there.content), path
                assert here.headers["etag"] == there.headers["etag"], path


def test_a_mirror_refuses_facts(serve: Serve, app: Served, mirror_file: Database) -> None:
    fill(app, 3)
    follower(mirror_file, Wire(app)).catch_up()
    with serve(database_url=mirror_file.address) as mirror:
        for sent in ({"token": "none"}, {}):
            told = problem(mirror.post(created(), **sent), 403, "read-only-mirror")
            assert told["detail"].endswith(f"append at {ADDRESS}")
        dry = mirror.client.post("/events?dry_run=true", json=created())
        problem(dry, 403, "read-only-mirror")
        assert mirror.json("/log")["size"] == 3
        assert mirror.json("/health/ready")["status"] == "ready"


def test_what_is_new_alone_is_asked_for(app: Served, mirror_file: Database) -> None:
    fill(app, 250)
    wire = Wire(app)
    following = follower(mirror_file, wire)
    wire.seen.clear()
    following.catch_up()
    assert wire.paths()[:2] == [HEAD, "/log"]
    assert sorted(wire.paths()[2:]) == ["/feeds/all/archive/1.atom"]  # the second is in the head
    wire.seen.clear()
    following.catch_up()
    (asked,) = wire.seen
    assert asked.headers["user-agent"].startswith("Orgline/")
    assert (asked.headers["a-im"], asked.headers["if-none-match"][:5]) == ("feed", '"250-')
    fill(app, 3)
    wire.seen.clear()
    statuses: list[int] = []
    wire.alter = lambda _, answer: (statuses.append(answer.status_code), answer)[1]
    assert following.catch_up() == app.node.log.head()
    assert (wire.paths(), statuses) == ([HEAD, "/log"], [226, 200])
    fill(app, 420)  # more than a head holds: archives again, from the one that is not complete here
    wire.seen.clear()
    assert following.catch_up() == app.node.log.head()
    assert sorted(wire.paths()[2:]) == [f"/feeds/all/archive/{number}.atom" for number in (3, 4, 5)]
    assert verify(mirror_file) == []


def test_it_goes_on_where_its_log_ends(app: Served, mirror_file: Database) -> None:
    fill(app, 130)
    follower(mirror_file, Wire(app)).catch_up()
    fill(app, 240)
    wire = Wire(app)
    following = follower(mirror_file, wire)
    wire.seen.clear()
    following.catch_up()
    assert sorted(wire.paths()[2:]) == ["/feeds/all/archive/2.atom"]  # 131 to 200 are in it, the head begins with 201
    assert following.catch_up() == app.node.log.head()


def test_what_is_recorded_meanwhile_is_taken_in(app: Served, mirror_file: Database) -> None:
    """Between the head document and the size of the log, and while archives are fetched."""
    fill(app, 230)
    wire = Wire(app)
    following = follower(mirror_file, wire)
    more = iter((40, 320, 25, 0, 0, 0, 0, 0))

    def append(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path != "/log" and (count := next(more, 0)):
            fill(app, count)
        return answer

    wire.alter = append
    following.catch_up()
    assert following.catch_up() == app.node.log.head()
    assert app.node.log.head().position == 230 + 40 + 320 + 25
    assert verify(mirror_file) == []


def test_what_was_told_beyond_the_size_of_the_log_is_asked_for_again(app: Served, mirror_file: Database) -> None:
    """Something is recorded after each answer, so the second head goes beyond the size that was told between them."""
    fill(app, 230)
    wire = Wire(app)
    following = follower(mirror_file, wire)
    left = iter(range(24))

    def append(_: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if next(left, None) is not None:
            fill(app, 3)
        return answer

    wire.alter = append
    for _ in range(10):
        following.catch_up()
    assert next(left, None) is None
    assert following.catch_up() == app.node.log.head()
    assert verify(mirror_file) == []


def altered(path: str, old: bytes, new: bytes) -> Alter:
    """Changes what one document says."""

    def alter(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path != path:
            return answer
        assert old in answer.content
        headers = [(name, value) for name, value in answer.headers.multi_items() if name != "content-length"]
        return httpx.Response(answer.status_code, headers=headers, content=answer.content.replace(old, new, 1))

    return alter


def test_a_change_that_is_no_longer_what_was_recorded_is_not_written(app: Served, mirror_file: Database) -> None:
    fill(app, 30)
    wire = Wire(app)
    following = follower(mirror_file, wire)
    following.catch_up()
    before = following.catch_up()
    fill(app, 20)
    wire.alter = altered(HEAD, b'"name":"Name 41"', b'"name":"Name 14"')
    with pytest.raises(Diverged, match=r"first 50 events.* at position 31 or after"):
        following.catch_up()
    assert opening.log_of(mirror_file)[0].head() == before
    assert verify(mirror_file) == []
    wire.alter = lambda _request, answer: answer
    assert following.catch_up() == app.node.log.head()


def test_a_long_way_is_proven_at_its_end(app: Served, mirror_file: Database) -> None:
    for _ in range(12):
        fill(app, 25)
    wire = Wire(app, altered("/feeds/all/archive/1.atom", b'"name":"Name 41"', b'"name":"Name 14"'))
    with pytest.raises(Diverged, match=r"first 300 events.* at position 1 or after"):
        follower(mirror_file, wire).catch_up()
    assert mirrors.load(mirror_file) == mirrors.Mirror(ADDRESS, 0)
    assert opening.log_of(mirror_file)[0].head().position < 300  # the last batch was not written


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("/log", b'"size":150', b'"size":100', "holds 100 events, 150 were repeated"),
        ("/log", b'"root_hash":"', b'"root_hash":"00', "the root hash of the first 150"),
        ("/log", b'"root_hash":"', b'"root_hash":"x', "the root hash of the first 150"),
    ],
)
def test_a_log_that_is_another_one(
    app: Served, mirror_file: Database, path: str, old: bytes, new: bytes, words: str
) -> None:
    fill(app, 150)
    wire = Wire(app)
    follower(mirror_file, wire).catch_up()
    again = follower(mirror_file, wire)
    wire.alter = altered(path, old, new)
    with pytest.raises(Diverged, match=words):
        again.catch_up()


def test_an_event_that_is_missing(app: Served, mirror_file: Database) -> None:
    fill(app, 150)
    wire = Wire(app, altered(HEAD, b'position="77"', b'position="777"'))
    with pytest.raises(Diverged, match="no event 77 in its feed"):
        follower(mirror_file, wire).catch_up()
    assert opening.log_of(mirror_file)[0].head().position == 0


def test_another_register_is_refused(serve: Serve, app: Served, mirror_file: Database, tmp_path: Path) -> None:
    fill(app, 2)
    following = follower(mirror_file, wire := Wire(app))
    wire.alter = altered(HEAD, b'time_zone="UTC"', b'time_zone="Europe/London"')
    with pytest.raises(OtherRegister, match="time zone"):
        following.catch_up()
    with serve(database_url=f"sqlite:///{tmp_path / 'other.db'}") as other:
        fill(other, 2)
        with pytest.raises(OtherRegister, match="differs in its id"):
            follower(mirror_file, Wire(other))
        with pytest.raises(NotAMirror, match="a register of its own"):
            follower(other.node.database, Wire(app))


def test_a_register_that_moved_is_followed_at_its_new_address(app: Served, mirror_file: Database) -> None:
    fill(app, 2)
    follower(mirror_file, Wire(app)).catch_up()
    first = Remote("https://new.example/feeds/all.atom", client_for(None, Wire(app)))
    assert first.address == "https://new.example"
    document = first.head()
    assert document is not None
    mirror_in(mirror_file, first.address, document, "https://ignored.example")
    assert mirrors.load(mirror_file) == mirrors.Mirror("https://new.example", 2)


def test_a_mirror_may_have_a_base_url_of_its_own(app: Served, mirror_file: Database) -> None:
    document = Remote(ADDRESS, client_for(None, Wire(app))).head()
    assert document is not None
    assert mirror_in(mirror_file, ADDRESS, document, "https://mirror.example").base_url == "https://mirror.example"


def test_closed_reading_needs_a_token(serve: Serve, mirror_file: Database) -> None:
    with serve(public_reads="false") as app:
        fill(app, 2)
        with pytest.raises(RemoteRefused, match=r"401 .*--token-file"):
            follower(mirror_file, Wire(app))
        token = app.make_token("read")
        assert follower(mirror_file, Wire(app), token=token).catch_up() == app.node.log.head()


def failing(answers: Sequence[httpx.Response | Exception]) -> Alter:
    """The first answers are these ones."""
    left = list(answers)

    def alter(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not left:
            return answer
        first = left.pop(0)
        if isinstance(first, Exception):
            raise first
        return first

    return alter


def test_failures_are_waited_out(app: Served, mirror_file: Database) -> None:
    fill(app, 150)
    wire, waits = Wire(app), Waits(tries_max=None)
    following = follower(mirror_file, wire, waits=waits)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    wire.alter = failing(
        [
            httpx.ConnectError("refused"),
            httpx.Response(503),
            httpx.Response(502),
            httpx.Response(503, headers={"retry-after": "77"}),
            httpx.Response(429, headers={"retry-after": soon}),
            httpx.ReadTimeout(""),
            httpx.Response(500, headers={"retry-after": "soon"}),
        ]
    )
    assert following.catch_up() == app.node.log.head()
    first, second, third, asked, dated, *rest = waits.seconds
    assert 1 <= first <= 2 <= second <= 4 <= third <= 8
    assert asked == 77
    assert 90 < dated <= 100
    assert all(32 <= each <= 128 for each in rest)
    assert "ConnectError" in waits.told[0]
    assert len(waits.told) == 7


def test_failures_amid_the_archives_cost_nothing_that_was_written(app: Served, mirror_file: Database) -> None:
    for _ in range(10):
        fill(app, 50)
    wire = Wire(app)
    following = follower(mirror_file, wire)
    failures = iter((False, False, True, False, True))

    def alter(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if "archive" in request.url.path and next(failures, False):
            return httpx.Response(404)  # of a node that has come less far
        return answer

    wire.alter = alter
    assert following.catch_up() == app.node.log.head()
    assert verify(mirror_file) == []


def test_patience_has_an_end_where_it_is_asked_for(app: Served, mirror_file: Database) -> None:
    wire, waits = Wire(app), Waits(tries_max=3)
    following = follower(mirror_file, wire, waits=waits)
    wire.alter = lambda _request, _answer: httpx.Response(503)
    with pytest.raises(RemoteFailed, match="503"):
        following.catch_up()
    assert len(waits.seconds) == 2


def test_waits_grow_to_their_limits() -> None:
    waits = Waits(tries_max=None)
    answers = iter([*[RemoteFailed("no")] * 20])

    def ask() -> int:
        for failed in answers:
            raise failed
        return 1

    assert waits.patience.call(ask) == 1
    assert FAILURE_S_MAX / 2 <= waits.seconds[-1] <= FAILURE_S_MAX
    waits.seconds.clear()
    for _ in range(20):
        waits.patience.poll()
    assert waits.seconds[0] <= 1
    assert POLL_S_MAX / 2 <= waits.seconds[-1] <= POLL_S_MAX
    waits.patience.refresh()
    waits.patience.poll(at_least=5)
    assert waits.seconds[-1] == 5


class Ended(Exception):
    """The end of a test."""


@pytest.mark.parametrize(
    "stream",
    [
        None,  # one that ends soon
        httpx.Response(404),
        httpx.Response(503, headers={"retry-after": "9"}),
        httpx.Response(200, headers={"content-type": "text/plain"}, content=b"id: 9\ndata: x\n\n"),
    ],
)
def test_without_a_stream_it_looks_now_and_then(
    app: Served, mirror_file: Database, stream: httpx.Response | None
) -> None:
    """A stream is only a sign that there is something new; whatever becomes of it, what is recorded comes."""
    fill(app, 2)
    heads: list[int] = []
    seconds: list[float] = []

    def sleep(wanted: float) -> None:
        seconds.append(wanted)
        if len(seconds) % 3 == 0:
            fill(app, 1)
        if len(heads) == 3:
            raise Ended

    wire = Wire(app)
    wire.stream = lambda _: beats(2) if stream is None else stream
    waits = Waits()
    waits.patience.wait = sleep
    following = follower(mirror_file, wire, waits=waits)
    following.catch_up()
    with pytest.raises(Ended):
        following.run(lambda head: heads.append(head.position))
    assert heads == [3, 4, 5]
    asked = wire.paths().count("/events/stream")
    assert asked == 1 if stream is not None and stream.status_code in (200, 404) else asked > 3


def beats(position: int) -> httpx.Response:
    """A stream that tells a position, and ends."""
    content = f'retry: 2000\n\nid: {position}\nevent: position\ndata: {{"position":{position}}}\n\n'.encode()
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=content)


def test_news_of_a_stream_is_looked_at_at_once(app: Served, mirror_file: Database) -> None:
    fill(app, 2)
    wire, waits = Wire(app), Waits()
    following = follower(mirror_file, wire, waits=waits)
    following.catch_up()
    heads: list[int] = []

    def stream(request: httpx.Request) -> httpx.Response:
        assert request.url.params["after"] == str(app.node.log.head().position)
        if len(heads) == 3:
            raise Ended
        fill(app, 1)
        return beats(app.node.log.head().position)

    wire.stream = stream
    with pytest.raises(Ended):
        following.run(lambda head: heads.append(head.position))
    assert heads == [3, 4, 5]
    assert sum(waits.seconds) < 5


def test_what_is_too_large_or_no_register_is_refused(app: Served, mirror_file: Database) -> None:
    fill(app, 2)
    wire = Wire(app)
    following = follower(mirror_file, wire)
    for path, answer, words in (
        (HEAD, httpx.Response(200, content=iter([b"x" * (DOCUMENT_BYTES_MAX // 8)] * 9)), "larger than"),
        (HEAD, httpx.Response(200, content=b"<html/>"), "no Atom feed"),
        (HEAD, httpx.Response(404), "404 Not Found: is there a register"),
        (HEAD, httpx.Response(403), "403"),
        ("/log", httpx.Response(200, content=b"[]"), "not what a register says"),
        ("/log", httpx.Response(200, content=b"x" * 100_000), "larger than"),
    ):
        wire.alter = lambda request, given, path=path, answer=answer: answer if request.url.path == path else given
        with pytest.raises(RemoteRefused, match=words):
            following.catch_up()
    assert opening.log_of(mirror_file)[0].head().position == 0


ZEROS = gzip.compress(bytes(DOCUMENT_BYTES_MAX * 4))


@pytest.mark.parametrize(
    ("path", "coding", "content", "words"),
    [
        (HEAD, "gzip", ZEROS, "larger than"),
        (HEAD, "zstd", b"x", "coding zstd"),
        ("/log", "identity", b'{"x":' + b"[" * 60_000, "not what a register says"),
    ],
    ids=["zeros", "another coding", "deep"],
)
def test_what_would_take_all_memory_is_refused(
    app: Served, mirror_file: Database, path: str, coding: str, content: bytes, words: str
) -> None:
    fill(app, 2)
    wire = Wire(app)
    stream = httpx.ByteStream(content)
    wire.raw = {path: httpx.Response(200, headers={"content-encoding": coding}, stream=stream)}
    with pytest.raises(RemoteRefused, match=words):
        follower(mirror_file, wire).catch_up()


@pytest.mark.parametrize("content", [b"id: 1" * 300_000, b"data: x\ndata: " + b"y" * 2_000_000])
def test_a_line_without_end_is_no_stream(app: Served, content: bytes) -> None:
    wire = Wire(app)
    wire.stream = lambda _: httpx.Response(200, headers={"content-type": "text/event-stream"}, content=content)
    with pytest.raises(RemoteRefused, match="a line of more than"):
        next(Remote(ADDRESS, client_for(None, wire)).news(0))


def test_what_is_unchanged_though_nobody_asked_is_a_failure(app: Served, mirror_file: Database) -> None:
    fill(app, 230)
    for path in ("/log", "/feeds/all/archive/1.atom", "/events/stream"):
        wire, waits = Wire(app), Waits(tries_max=2)
        wire.raw = {path: httpx.Response(304)}
        wire.stream = lambda _: httpx.Response(304)
        with pytest.raises((RemoteFailed, RemoteRefused), match="304"):
            following = follower(mirror_file, wire, waits=waits)
            following.catch_up()
            next(Remote(ADDRESS, client_for(None, wire)).news(0))


def test_a_head_that_lags_behind_its_log_is_not_taken_for_all(app: Served, mirror_file: Database) -> None:
    """A cache gives an old head document with its ETag, and says that it is unchanged."""
    fill(app, 2)
    old = app.client.get(HEAD, headers=PLAIN)
    wire, waits = Wire(app), Waits(tries_max=3)
    following = follower(mirror_file, wire, waits=waits)
    following.catch_up()
    fill(app, 1)

    def lagging(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path != HEAD:
            return answer
        if request.headers.get("if-none-match") == old.headers["etag"]:
            return httpx.Response(304)
        return httpx.Response(200, headers={"etag": old.headers["etag"]}, content=old.content)

    wire.alter = lagging
    with pytest.raises(RemoteFailed, match="behind its log"):
        follower(mirror_file, wire, waits=waits).catch_up()


BOMB = b'<!DOCTYPE f [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><feed>&b;</feed>'
OUTSIDE = b'<!DOCTYPE f [<!ENTITY a SYSTEM "file:///etc/passwd">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>'


def test_documents_that_are_none(app: Served) -> None:
    fill(app, 2)
    sound = app.get("/feeds/all.atom", headers=PLAIN).content
    event = documents.read(sound).events[0]
    assert event.position == 1
    changes = [
        (b'position="2"', b'position="-2"'),
        (b'position="2"', b'position="two"'),
        (b'salt="', b'salt="x'),
        (b'salt="', b'salt="00'),
        (b'recorded_by="', b'by="'),
        (b'recorded_at="', b'recorded_at="0'),
        (b"</orgline:event>", b"x</orgline:event>"),
        (f"urn:uuid:{event.id}".encode(), f"urn:other:{event.id}".encode()),
        (b'"tags":["organisation/', b'"tags":["organisation-'),
        (b'"earliest":"2019', b'"earliest":"2031'),
        (b'"edtf":"2019"', b'"edtf":"2019-13"'),
        (b"<orgline:event ", b'<orgline:event encoding="base64" '),
        (b'time_zone="', b'zone="'),
        (b'<orgline:register id="', b'<orgline:register id="x'),
        (b"</feed>", b"</fee>"),
    ]
    unsound = [sound.replace(old, new, 1) for old, new in changes]
    assert all(each != sound for each in unsound)
    doctype = sound.replace(b"<feed", b"<!DOCTYPE feed><feed", 1)
    for content in (*unsound, doctype, BOMB, OUTSIDE, b"", b"\xff", b"<feed/>", b"{}"):
        with pytest.raises(UnreadableDocument):
            documents.read(content)


def test_one_follows_at_a_time(mirror_file: Database) -> None:
    with mirror_file.alone("follow") as first, Database(mirror_file.address).alone("follow") as second:
        assert (first, second) == (True, False)
