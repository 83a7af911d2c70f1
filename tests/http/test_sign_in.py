"""Signing in by a browser: what a session may do, what it may not, and what others cannot make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import html

from events import tables
from events.database import Database
from service.access import sessions, tokens
from service.access.tries import TRIES_MAX
from service.pages.sign_in import own_path
from tests.http.conftest import Serve, Served, created, problem

HOST = "http://testserver.local"
OWN = {"origin": HOST, "sec-fetch-site": "same-origin", "accept": "text/html"}
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def sign_in(app: Served, token: str, *, next: str = "", **headers: str) -> Any:  # noqa: A002 - as the field is called
    return app.client.post(
        "/sign-in", data={"token": token, "next": next}, headers={**OWN, **headers}, follow_redirects=False
    )


def form_token(app: Served) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', app.get("/sign-in", headers=BROWSER).text)
    assert found is not None
    return found[1]


def kept(app: Served) -> list[Any]:
    with app.node.database.snapshot() as connection:
        return list(connection.execute(sa.select(tables.session)).all())


@pytest.fixture
def closed(serve: Serve) -> Iterator[Served]:
    with serve(public_reads="false", token_cache_s="0") as app:
        app.post(created())
        yield app


def test_a_session_reads_what_its_token_may(closed: Served) -> None:
    assert sign_in(closed, closed.make_token("append", name="writer")).status_code == 303
    problem(closed.get("/organisations"), 403, "forbidden")
    assert sign_in(closed, closed.make_token("read", name="reader")).status_code == 303
    assert closed.get("/organisations").status_code == 200
    assert "reader" in closed.get("/sign-in", headers=BROWSER).text
    assert "You may:" in closed.get("/sign-in", headers=BROWSER).text
    assert len(kept(closed)) == 1, "the second sign-in ended the first"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Served) -> None:
    cookie = sign_in(app, app.token).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={12 * 3600}"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    secret = cookie.partition("=")[2].partition(";")[0]
    (row,) = kept(app)
    assert secret not in repr(row)
    assert row.hash == sessions.hash_of(secret)


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(serve: Serve) -> None:
    with serve(base_url="https://register.example") as app:
        answer = sign_in(app, app.token, origin="https://register.example")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-orgline=")
        assert "; Secure" in cookie
        assert "; Path=/;" in cookie


def test_pages_of_problems_know_who_is_signed_in(app: Served) -> None:
    sign_in(app, app.token)
    for path in ("/", "/organisations/nope", "/organisations/nope?as_of=soon"):
        assert "Signed in as" in app.get(path, headers={"accept": "text/html"}).text, path


def test_a_session_never_appends_by_itself(app: Served) -> None:
    sign_in(app, app.token)
    for headers in ({}, OWN):
        answer = app.client.post("/events", json=created(), headers=headers)
        assert answer.status_code == 401
    assert app.json("/log")["size"] == 0


def test_signing_out_ends_the_session_for_good(closed: Served) -> None:
    sign_in(closed, closed.token)
    cookies = dict(closed.client.cookies)
    stale = closed.client.post("/sign-out", data={"form_token": "00" * 48}, headers=OWN)
    assert stale.status_code == 403
    assert closed.get("/organisations").status_code == 200
    answer = closed.client.post(
        "/sign-out", data={"form_token": form_token(closed)}, headers=OWN, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert kept(closed) == []
    closed.client.cookies.update(cookies)
    assert closed.get("/organisations").status_code == 401


def test_a_session_ends_with_its_token(closed: Served) -> None:
    sign_in(closed, closed.make_token("read", name="curator"))
    assert closed.get("/organisations").status_code == 200
    tokens.revoke(closed.node.database, "curator", closed.node.clock())
    assert closed.get("/organisations").status_code == 401


def test_a_session_ends_when_its_time_is_over(closed: Served) -> None:
    sign_in(closed, closed.token)
    with closed.node.database.transaction() as connection:
        connection.execute(sa.update(tables.session).values(expires_at=closed.node.clock() - 1))
    assert closed.get("/organisations").status_code == 401
    sign_in(closed, closed.token)
    assert len(kept(closed)) == 1, "what is over is forgotten"


def test_no_session_is_taken_over_from_the_client(app: Served) -> None:
    app.client.cookies.set("orgline_session", "planted-by-somebody-else")
    secret = sign_in(app, app.token).headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert secret != "planted-by-somebody-else"
    assert [row.hash for row in kept(app)] == [sessions.hash_of(secret)]


def test_form_tokens_are_of_one_session_and_never_the_same(app: Served) -> None:
    sign_in(app, app.token)
    first = form_token(app)
    assert first != form_token(app)
    other = sessions.Session("another", tokens.Principal("x", frozenset()), 0)
    assert not other.made(first)
    for wrong in ("", "zz", first[:-2], first[:32]):
        assert not other.made(wrong)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example", "sec-fetch-site": ""},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": ""},
        {"origin": HOST, "sec-fetch-site": "same-site"},
        {"origin": "", "sec-fetch-site": ""},
    ],
)
def test_forms_of_other_sites_are_refused(app: Served, headers: dict[str, str]) -> None:
    sent = {name: value for name, value in {**OWN, **headers}.items() if value}
    for path in ("/sign-in", "/sign-out"):
        answer = app.client.post(path, data={"token": app.token}, headers=sent, follow_redirects=False)
        assert answer.status_code == 403
        assert "another" in answer.text or "does not tell" in answer.text
        assert "set-cookie" not in answer.headers
    assert kept(app) == []


def test_wrong_tokens_are_told_and_bounded(app: Served) -> None:
    answer = sign_in(app, "orgl_wrong")
    assert answer.status_code == 401
    assert "not known, or was revoked" in answer.text
    assert "orgl_wrong" not in answer.text
    for _ in range(TRIES_MAX):
        answer = sign_in(app, "orgl_wrong", **{"x-forwarded-for": "192.0.2.1, 203.0.113.9"})
    assert answer.status_code == 401, "another address, another count"
    answer = sign_in(app, app.token, **{"x-forwarded-for": "203.0.113.9"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert sign_in(app, app.token).status_code == 303


def test_clients_behind_several_proxies_are_told_apart(serve: Serve) -> None:
    with serve(trusted_proxies="203.0.113.0/24") as app:
        for _ in range(TRIES_MAX):
            sign_in(app, "orgl_wrong", **{"x-forwarded-for": "192.0.2.1, 203.0.113.9"})
        assert sign_in(app, app.token, **{"x-forwarded-for": "192.0.2.1, 203.0.113.8"}).status_code == 429
        assert sign_in(app, app.token, **{"x-forwarded-for": "192.0.2.2, 203.0.113.9"}).status_code == 303


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/organisations/nhsx?as_of=2021", "/organisations/nhsx?as_of=2021"),
        ("/", "/"),
        ("", None),
        ("//evil.example", None),
        ("/\\evil.example", None),
        ("\\\\evil.example", None),
        ("/a\\..\\evil", None),
        ("https://evil.example", None),
        ("javascript:alert(1)", None),
        ("/\tevil", None),
        ("/a\r\nset-cookie: x=y", None),
        (" /organisations", None),
        ("organisations", None),
        ("/sign-out", None),
        ("/" + "a" * 3_000, None),
    ],
)
def test_one_only_goes_on_to_pages_of_our_own(app: Served, given: str, expected: str | None) -> None:
    assert own_path(given) == expected
    answer = sign_in(app, app.token, next=given)
    assert (answer.status_code, answer.headers["location"]) == (303, expected or "/")


def test_where_reading_is_closed_people_are_led_to_the_sign_in_and_back(closed: Served) -> None:
    answer = closed.get("/organisations/abc?as_of=2021-06-01", headers=BROWSER, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/organisations/abc%3Fas_of%3D2021-06-01"
    page = closed.get(answer.headers["location"], headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert 'value="/organisations/abc?as_of=2021-06-01"' in page.text
    answer = sign_in(closed, closed.token, next="/organisations/abc?as_of=2021-06-01")
    assert answer.headers["location"] == "/organisations/abc?as_of=2021-06-01"
    assert "Alphabet" in closed.get(answer.headers["location"], headers=BROWSER).text


def test_the_list_of_feeds_is_a_page_like_others(closed: Served) -> None:
    assert closed.get("/feeds", headers=BROWSER, follow_redirects=False).headers["location"] == "/sign-in?next=/feeds"


def test_feeds_and_json_keep_their_401(closed: Served) -> None:
    for path, headers in (
        ("/feeds/all.atom", BROWSER),
        ("/feeds.opml", BROWSER),
        ("/organisations", {"accept": "application/json"}),
    ):
        answer = closed.get(path, headers=headers, follow_redirects=False)
        assert answer.status_code == 401
        assert [each.split()[0] for each in answer.headers.get_list("www-authenticate")] == ["Bearer", "Basic"]
    wrong = closed.get("/", headers={**BROWSER, "authorization": "Bearer orgl_wrong"}, follow_redirects=False)
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b'{"token":"x"}', "application/json", 415),
        (b"--x--", "multipart/form-data; boundary=x", 415),
        (b"", "", 415),
        (b"token=%ff%fe", "application/x-www-form-urlencoded", 401),
        (b"a=1&" * 6_000, "application/x-www-form-urlencoded", 415),
        (b"token=" + b"x" * 1_100_000, "application/x-www-form-urlencoded", 413),
    ],
)
def test_bodies_that_are_no_form(app: Served, content: bytes, media_type: str, status: int) -> None:
    headers = {**OWN, **({"content-type": media_type} if media_type else {})}
    answer = app.client.post("/sign-in", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


def test_pages_run_nothing_but_our_own_files(app: Served) -> None:
    headers = app.get("/sign-in", headers=BROWSER).headers
    for rule in ("default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_sessions_on_both_databases(database: Database) -> None:
    """What a session keeps, and that only so many of one token are kept."""
    text = tokens.create(database, "curator", ["append"], 1, lambda size: b"\1" * size)
    token_hash = tokens.hash_of(text)
    assert sessions.start(database, b"none", b"x", 1, 9) is None
    for n in range(sessions.SESSIONS_OF_A_TOKEN_MAX + 2):
        assert sessions.start(database, token_hash, bytes([n]), n + 10, 1_000) is not None
    with database.snapshot() as connection:
        hashes = set(connection.scalars(sa.select(tables.session.c.hash)))
    assert hashes == {bytes([n]) for n in range(2, sessions.SESSIONS_OF_A_TOKEN_MAX + 2)}
    principal, until = sessions.find(database, bytes([5])) or pytest.fail("it is in force")
    assert (principal.name, principal.scopes, until) == ("curator", {"append"}, 1_000)
    sessions.end(database, bytes([5]))
    assert sessions.find(database, bytes([5])) is None
    assert sessions.start(database, token_hash, b"later", 2_000, 3_000) is not None
    with database.snapshot() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.session)) == 1
    tokens.revoke(database, "curator", 2_001)
    assert sessions.find(database, b"later") is None


@pytest.mark.parametrize("other", ['other={"x":1}', "a b=1", "bad@name=1", "version=1", "flag", "=y", 'x="open'])
def test_what_others_keep_in_the_browser_hides_no_session(app: Served, other: str) -> None:
    started = sign_in(app, app.token)
    own = started.headers["set-cookie"].partition(";")[0]
    app.client.cookies.clear()
    answer = app.get("/facts/new", headers={**BROWSER, "cookie": f"{other}; {own}"}, follow_redirects=False)
    assert answer.status_code == 200


def test_a_dry_run_tells_nobody_what_they_may_not_read(closed: Served) -> None:
    fact = {"type": "organisation.dissolved", "effective": "2020", "data": {"organisation": "abc", "reason": "ceased"}}
    writer = closed.make_token("append", name="blind")
    problem(
        closed.client.post("/events?dry_run=true", json=fact, headers={"authorization": f"Bearer {writer}"}),
        403,
        "forbidden",
    )
    both = closed.make_token("append", "read", name="seeing")
    told = closed.client.post("/events?dry_run=true", json=fact, headers={"authorization": f"Bearer {both}"})
    assert told.status_code == 200


def test_the_foot_leads_back_to_the_page_where_one_was(app: Served) -> None:
    app.post(created("abc", "Abc"))

    def foot(path: str) -> str:
        page = html.fromstring(app.get(path, headers=BROWSER).text)
        (way,) = page.xpath("//footer//a[starts-with(@href, '/sign-in')]/@href")
        return str(way)

    path = "/organisations/abc?as_of=2021-06-01&known_at=1"
    page = html.fromstring(app.get(foot(path), headers=BROWSER).text)
    (wanted,) = page.xpath("//input[@name='next']/@value")
    assert sign_in(app, app.token, next=wanted).headers["location"] == path
    app.client.cookies.clear()
    assert (foot("/"), foot("/sign-in")) == ("/sign-in", "/sign-in")
