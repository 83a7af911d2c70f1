"""What pages may do, and what a request can make them do."""

from __future__ import annotations

import pytest

from tests.http.conftest import Served, problem

BROWSER = {"accept": "text/html"}


@pytest.mark.parametrize(
    "path", ["/", "/schema", "/organisations", "/organisations/nope", "/nowhere", "/sign-in", "/?a=b"]
)
def test_every_page_says_what_it_may_load_and_who_may_frame_it(nhsx: Served, path: str) -> None:
    answer = nhsx.get(path, headers=BROWSER)
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "tidy"),
    [
        ("/organisations/a%0d%0aX-Evil:%20y?as_of=", "/organisations/a%0D%0AX-Evil:%20y"),
        ("/organisations/%E6%97%A5?as_of=", "/organisations/%E6%97%A5"),
        ("/organisations/%3Fx?as_of=", "/organisations/%3Fx"),
    ],
)
def test_a_path_stays_a_path_in_a_redirect(app: Served, asked: str, tidy: str) -> None:
    answer = app.get(asked, headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, tidy)


def test_a_path_stays_a_path_in_a_link(app: Served) -> None:
    answer = app.get("/feeds/organisations/a%3E;rel=preload;as=image,%3C%5C%5Cevil.com/archive/1.atom")
    problem(answer, 404, "not-found")
    assert answer.headers["link"].count("<") == answer.headers["link"].count(">") == 1


def test_a_date_of_many_phrases_is_answered_at_once(app: Served) -> None:
    said = " ".join(["c"] * 30 + ["x"] + ["or later"] * 10)
    problem(app.get("/dates", params={"edtf": said}), 400, "invalid-date")
