"""post.* and appointment.*"""

from __future__ import annotations

from events.dates import END
from tests.unit.vocabulary.stating import ROOT, acts, days, refused, told

POST = {"organisation": "nhsx", "post": "ceo", "title": "Chief Executive", "rank": "SCS 3"}
HELD = {"organisation": "nhsx", "post": "ceo", "person": "matthew-gould"}
SLOT = "[ceo matthew-gould]"
WHOM = "-> person/matthew-gould, post/ceo"


def test_posts_are_opened_and_ended() -> None:
    value = '= {"rank":"SCS 3","title":"Chief Executive"} -> post/ceo'
    assert told("post.created", POST) == {f"open organisation/nhsx posts[ceo] {value}"}
    assert told("post.abolished", POST) == {f"end organisation/nhsx posts[ceo] {value}"}


def test_an_appointment_is_opened_and_its_terms_set() -> None:
    data = {**HELD, "person_name": "Matthew Gould", "title": "CEO", "acting": False, "share": "0.5"}
    assert told("appointment.started", data) == {
        f'open organisation/nhsx appointments{SLOT} = {{"person_name":"Matthew Gould","title":"CEO"}} {WHOM}',
        f'set organisation/nhsx terms{SLOT} = {{"acting":false,"share":"0.5"}} {WHOM}',
    }
    assert told("appointment.started", HELD) == {
        f"open organisation/nhsx appointments{SLOT} {WHOM}",
        f"set organisation/nhsx terms{SLOT} {WHOM}",
    }


def test_an_appointment_ends_with_its_reason() -> None:
    assert told("appointment.ended", {**HELD, "reason": "retired"}) == {
        f'end organisation/nhsx appointments{SLOT} = {{"reason":"retired"}} {WHOM}'
    }


def test_an_end_may_name_the_opening_that_it_ends() -> None:
    opening = "0192f0c4-6d3c-7000-8000-000000000002"
    (effect,) = acts("appointment.ended", HELD, ends=opening)
    assert effect.fact.ends == opening
    assert refused("appointment.started", HELD, ends=opening).keys() == {"/ends"}


def test_changed_terms_are_set() -> None:
    assert told("appointment.changed", {**HELD, "acting": True}) == {
        f'set organisation/nhsx terms{SLOT} = {{"acting":true}} {WHOM}'
    }
    assert refused("appointment.changed", {**HELD, "share": "1.5"}).keys() == {"/data/share"}


def test_an_observation_is_of_its_day_only() -> None:
    opened, ended = acts("appointment.observed", {**HELD, "title": "CEO"}, "2019-06")
    assert (opened.property, opened.key) == ("observations", f"ceo matthew-gould {ROOT}")
    assert opened.fact.value == '{"title":"CEO"}'
    assert opened.targets == ("person/matthew-gould", "post/ceo")
    assert (days(opened), days(ended)) == (("2019-06-01", "2019-06-30"), ("2019-06-02", "2019-07-01"))
    assert ended.fact.ends == ROOT


def test_an_observation_may_last() -> None:
    opened, ended = acts("appointment.observed", HELD, "2019-06-01/2019-06-12")
    assert (days(opened), days(ended)) == (("2019-06-01", "2019-06-01"), ("2019-06-13", "2019-06-13"))
    opened, ended = acts("appointment.observed", HELD, "[2019-06-01..]")
    assert (opened.fact.latest, ended.fact.latest) == (END, END)
