"""Adding, correcting and withdrawing facts by forms, without a script."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from events.vocabulary import TYPES
from service.access import tokens
from service.access.tries import TRIES_MAX, Tries
from tests.http.conftest import Serve, Served, created
from tests.http.curating import OWN, Curator, Page
from tests.unit.test_forms import DEFINITION, OTHER, entered_of, example, posted, sheet_of


@pytest.fixture
def curator(nhsx: Served) -> Curator:
    return Curator(nhsx)


def location(page: Page) -> str:
    assert page.status == 303, page.text
    return str(page.answer.headers["location"])


def size(curator: Curator) -> int:
    return int(curator.app.json("/log")["size"])


def recorded(curator: Curator, page: Page) -> Any:
    """The event that a form led to."""
    return curator.app.json(location(page), headers={"accept": "application/json"})


def test_the_whole_walk(curator: Curator) -> None:
    page = curator.open("/facts/new")
    assert "Organisations merge" in page.text
    page = curator.open("/facts/new/organisation.created?organisation=new-unit&effective=autumn%202021")
    assert page.fields["/data/organisation"] == "new-unit"
    assert "autumn 2021: 1 September 2021 to 30 November 2021 (in EDTF: 2021-23)" in page.text
    before = size(curator)
    page = page.fill(
        sources__0__title="Press release",
        sources__0__url="https://example.org/unit",
        sources__0__published="22 November 2021",
        name="New Unit",
        parents__0="nhs-england",
        note="Said in passing.",
    ).press("preview")
    assert page.status == 200
    assert "New Unit created, autumn 2021. Part of NHS England." in page.text
    assert "new-unit is not known: recording this makes a new organisation." in page.text
    assert "Press release https://example.org/unit Published on: 22 November 2021" in page.text
    assert "Name New Unit" in page.text
    assert "organisation, not known before" in page.text
    assert "New Unit Existence nothing recorded holds, since autumn 2021" in page.text
    assert "Relation: part of, NHS England" in page.text
    assert size(curator) == before
    event = recorded(curator, page.press("record"))
    assert (event["type"], event["recorded_by"]) == ("organisation.created", "curator")
    assert event["effective"]["edtf"] == "2021-23"
    assert event["sources"] == [
        {"title": "Press release", "url": "https://example.org/unit", "published": "2021-11-22"}
    ]
    assert event["data"]["parents"] == ["nhs-england"]
    done = curator.open(f"/events/{event['id']}")
    assert "Recorded. Everybody who follows the register hears of it." in done.text
    assert done.find('//*[@class="recorded"]//a/@href') == [
        "/organisations/new-unit?as_of=2021-11-30",
        "/organisations/nhs-england?as_of=2021-11-30",
    ]
    assert "See it on New Unit, 30 November 2021" in done.text
    assert "Correct this fact" in done.text
    assert event["id"] in curator.app.get("/feeds/all.atom").text
    curator.app.client.cookies.clear()
    again = curator.open(f"/events/{event['id']}")
    assert "Recorded. Everybody" not in again.text
    assert "Correct this fact" not in again.text


def test_all_faults_are_told_at_once_beside_their_fields_and_nothing_is_lost(curator: Curator) -> None:
    page = curator.open("/facts/new/appointment.started")
    page = page.fill(
        effective__edtf="sometime",
        organisation="NHS Englnd",
        share="half",
        person_name="<b>Jane</b> \"Doe\" & 'co'",
        sources__0__url="ftp://example.org",
        sources__0__quote="  first\nsecond",
        note="\nkept",
    ).press("preview")
    assert page.status == 422
    anchors = [anchor for anchor, _ in page.faults]
    expected = ["sources-0-url", "effective-edtf", "data-organisation", "data-post", "data-person", "data-share"]
    assert anchors == [f"#f-{each}" for each in expected]
    for anchor in anchors:
        (field,) = page.find(f'//*[@id="{anchor[1:]}"]')
        assert field.get("aria-invalid") == "true"
        described = field.get("aria-describedby").split()
        assert all(page.find(f'//*[@id="{each}"]') for each in described)
        assert any(each.endswith("-fault") for each in described)
    assert page.find('//*[@class="summary"]/@autofocus')
    assert page.find("//title/text()")[0].startswith("Problem: Somebody takes up a post")
    assert page.fields["/data/person_name"] == "<b>Jane</b> \"Doe\" & 'co'"
    assert page.fields["/note"] == "\r\nkept"
    assert page.fields["/sources/0/quote"] == "  first\r\nsecond"
    assert "Use nhs-england (NHS England)" in page.text
    page = page.press("use:/data/organisation nhs-england")
    assert page.fields["/data/organisation"] == "nhs-england"
    assert page.fields["/data/share"] == "half"


def test_rows_are_added_and_removed_without_a_script(curator: Curator) -> None:
    page = curator.open("/facts/new/organisation.merged?organisation=nhsx")
    assert page.fields["/data/originals/0"] == "nhsx"
    page = page.press("add:/data/originals")
    (focused,) = page.find("//*[@autofocus]")
    assert focused.get("name") == "/data/originals/1"
    page = page.fill(originals__1="nhs-digital").press("add:/sources").fill(sources__1__title="Second").press("edit")
    assert (page.fields["/data/originals/1"], page.fields["/sources/0/title"]) == ("nhs-digital", "Second")
    page = page.press("remove:/data/originals/0")
    assert page.fields["/data/originals/0"] == "nhs-digital"
    assert "/data/originals/1" not in page.fields


def test_a_plan_that_is_pending_is_offered(curator: Curator) -> None:
    plan = {
        "type": "change.announced",
        "effective": "2022",
        "data": {
            "plan": "rename-nhsd",
            "organisation": "nhs-digital",
            "title": "NHS Digital to be renamed",
            "changes": [{"change": "name.adopted", "draft": {"organisation": "nhs-digital"}}],
        },
    }
    assert curator.app.post(plan).status_code == 201
    page = curator.open("/facts/new/name.adopted?organisation=nhs-digital&effective=2023")
    page = page.fill(name="NHSD", kind="short").press("preview")
    assert page.status == 422
    assert page.faults == [("#offer-0", "Say whether this brings about the plan that was announced.")]
    assert "It fulfils the plan: NHS Digital to be renamed" in page.text
    page = page.press("preview", offer="whole:no-such-plan")
    assert page.status == 422
    none = page.press("preview", offer="no")
    assert none.status == 200
    part = page.press("preview", offer="part:rename-nhsd")
    assert "Plan that it brings about rename-nhsd a part of it" in part.text
    event = recorded(curator, part.press("record"))
    assert event["fulfils"] == {"plan": "rename-nhsd", "part": True}


def test_sending_twice_records_once(curator: Curator) -> None:
    page = curator.open("/facts/new/priority.set?organisation=nhsx&effective=2020").fill(priority="speed")
    preview = page.press("preview")
    first = location(preview.press("record"))
    after = size(curator)
    assert "Recorded. Everybody" in curator.open(first).text
    assert location(preview.press("record")) == first
    told = curator.open(first).text
    assert "This was recorded already: nothing more was recorded now." in told
    assert "Recorded. Everybody" not in told
    old = page.press("preview")
    assert old.status == 200, "sent once more from an old page"
    assert f"This was recorded before, as fact {after}: the fact as it was recorded" in old.text
    assert old.find('//main//a[text()="the fact as it was recorded"]/@href') == [first]
    assert "Nothing is recorded yet." not in old.text
    assert old.find('//button[@value="record"]') == []
    assert old.press("anew").find('//button[@value="record"]')
    page.texts["/data/priority"] = "haste"
    other = page.press("record")
    assert other.status == 409
    assert "recorded before, with other content" in other.text
    assert size(curator) == after
    further = other.press("anew")
    assert further.status == 200
    assert location(further.press("record")) != first


def test_all_that_was_typed_is_in_the_preview(app: Served) -> None:
    page = (
        Curator(app)
        .open("/facts/new/appointment.started")
        .fill(
            sources__0__title="Gazette & Co",
            sources__0__url="https://example.org/g",
            sources__0__publisher="The Press",
            sources__0__published="May 2021",
            sources__0__accessed="6 June 2021",
            sources__0__quote="She begins.",
            effective__edtf="2021",
            effective__earliest="2021-02-01",
            effective__text="early 2021",
            organisation="abc",
            post="abc-head",
            person="jane-doe",
            person_name="Jane Doe",
            share="0.5",
            acting="true",
            reason="For a while",
            note="Said so.",
        )
    )
    preview = page.press("preview")
    assert preview.status == 200, preview.faults
    shown = preview.text
    for text in (
        "Gazette & Co",
        "https://example.org/g",
        "Publisher: The Press",
        "Published on: May 2021: 1 May 2021 to 31 May 2021",
        "Read on: 6 June 2021",
        "She begins.",
        "Not before 2021-02-01",
        "early 2021",
        "Jane Doe",
        "0.5",
        "For a while",
        "Said so.",
    ):
        assert text in shown, text
    assert "without a source" not in shown


def test_a_fact_without_a_source_is_told_to_stand_so(app: Served) -> None:
    page = Curator(app).open("/facts/new/priority.set?organisation=abc&effective=2020").fill(priority="speed")
    preview = page.press("preview")
    assert "the fact will stand without a source" in preview.text
    assert preview.press("record").status == 303


@pytest.mark.parametrize(
    ("date", "query"),
    [
        ("autumn 2021", "?as_of=2021-11-30"),
        ("from 2015 to 2016", "?as_of=2015-12-31"),
        ("from 2015 to 2015", "?as_of=2015-01-01"),
        ("2015 or later", "?as_of=2015-01-01"),
        ("by 2015", "?as_of=2015-12-31"),
    ],
)
def test_what_was_recorded_leads_to_a_day_on_which_it_holds(app: Served, date: str, query: str) -> None:
    curator = Curator(app)
    page = curator.open("/facts/new/priority.set?organisation=abc").fill(priority="speed", effective__edtf=date)
    done = curator.open(location(page.press("preview").press("record")))
    assert done.find('//*[@class="recorded"]//a/@href') == [f"/organisations/abc{query}"]


def test_a_short_name_that_is_left_empty_is_made_from_the_title(app: Served) -> None:
    curator = Curator(app)
    page = curator.open("/facts/new/priority.set?organisation=abc&effective=2020")
    assert "such as paperless-records" in page.text
    preview = page.fill(title="Paper & pens' end").press("preview")
    assert "Priority paper-and-pens-end" in preview.text
    event = recorded(curator, preview.press("record"))
    assert event["data"] == {"organisation": "abc", "priority": "paper-and-pens-end", "title": "Paper & pens' end"}
    neither = curator.open("/facts/new/priority.set?organisation=abc&effective=2020").press("preview")
    assert neither.faults == [("#f-data-title", "Title: write a title, or a short name under “Priority”")]
    assert "Needed, unless you write a short name under “Priority”." in neither.text


def test_the_name_of_just_one_is_taken_for_its_identifier(curator: Curator) -> None:
    page = curator.open("/facts/new/priority.set?effective=2020&priority=speed")
    for name in ("nhsX", " NHSX"):
        preview = page.fill(organisation=name).press("preview")
        assert preview.status == 200, preview.faults
        assert "NHSX set a priority" in preview.text
        assert "Organisation NHSX (nhsx)" in preview.text, "whom it means"
    once = page.fill(organisation="NHS Commissioning Board for England").press("preview")
    assert "Organisation NHS England (nhs-england)" in once.text, "what it is called no longer"
    merged = curator.open("/facts/new/organisation.merged?effective=2020")
    merged = merged.fill(originals__0="NHSX", result="NHS Digital").press("preview")
    assert "NHSX merged into NHS Digital" in merged.text, "in a list too"
    assert curator.app.post(created("nhsx-2", "Nhsx")).status_code == 201
    several = page.fill(organisation="NHSX").press("preview")
    assert [anchor for anchor, _ in several.faults] == ["#f-data-organisation"]
    buttons = several.find('//*[@class="suggestions"]//button/@value')
    assert buttons[:2] == ["use:/data/organisation nhsx", "use:/data/organisation nhsx-2"]
    used = several.press(buttons[1])
    assert used.fields["/data/organisation"] == "nhsx-2"
    assert [each.get("name") for each in used.find("//*[@autofocus]")] == ["/data/organisation"]


def test_a_new_post_carries_its_organisation(curator: Curator) -> None:
    page = curator.open("/facts/new/appointment.started?effective=2020&person=ada-sample")
    preview = page.fill(organisation="NHSX", post="Chief Technology Officer").press("preview")
    event = recorded(curator, preview.press("record"))
    assert (event["data"]["post"], event["data"]["title"]) == (
        "nhsx-chief-technology-officer",
        "Chief Technology Officer",
    )
    page = curator.open("/facts/new/appointment.started?effective=2020&person=ada-sample")
    own = page.fill(organisation="NHSX", post="chief executive").press("preview")
    assert "appointed Chief Executive of NHSX" in own.text, "its own post of that title, though others have one too"
    other = page.fill(organisation="NHS England", post="Chief Technology Officer").press("preview")
    assert other.find('//*[@class="suggestions"]//button/text()') == [
        "Use nhsx-chief-technology-officer (Chief Technology Officer, NHSX)",
        "Or make a new one: nhs-england-chief-technology-officer",
    ]
    meant = other.press("use:/data/post nhsx-chief-technology-officer").press("preview")
    assert "nhsx-chief-technology-officer is recorded as a post of NHSX, not of NHS England" in meant.text
    made = other.press("new:/data/post nhs-england-chief-technology-officer").press("preview")
    assert "is recorded as a post of" not in made.text
    assert "appointed Chief Technology Officer of NHS England" in made.text
    unsaid = page.fill(organisation="Ministry of Nothing", post="Head of Nothing at All").press("preview")
    assert "so write the organisation first" in dict(unsaid.faults)["#f-data-post"]
    assert not unsaid.find('//button[starts-with(@value, "new:/data/post")]')


def test_who_writes_of_a_post_again_is_offered_a_further_one(app: Served) -> None:
    curator = Curator(app)
    page = curator.open("/facts/new/post.created?organisation=abc&effective=2020").fill(post="Head")
    first = recorded(curator, page.press("preview").press("record"))
    assert first["data"]["post"] == "abc-head"
    page = curator.open(f"/events/{first['id']}/retract").fill(reason="error")
    page.press("preview").press("record")
    again = curator.open("/facts/new/post.created?organisation=abc&effective=2020").fill(post="Head").press("preview")
    assert again.find('//*[@class="suggestions"]//button/@value') == [
        "use:/data/post abc-head",
        "new:/data/post abc-head-2",
    ]


def test_a_name_in_the_place_of_an_identifier_leads_to_who_bears_it(curator: Curator) -> None:
    page = curator.open("/facts/new/priority.set?effective=2020")

    def offered(text: str) -> tuple[str, list[str]]:
        answer = page.fill(organisation=text, priority="speed").press("preview")
        ((anchor, words),) = answer.faults
        assert anchor == "#f-data-organisation"
        return words, answer.find('//*[@class="suggestions"]//button/text()')

    words, buttons = offered("National Health")
    assert "write" not in words
    assert (buttons[0], buttons[-1]) == (
        "Use nhs (National Health Service)",
        "Or make a new one: national-health",
    )
    words, buttons = offered("Ministry of Nothing")
    assert "nothing of that name is known" in words
    assert buttons == ["Make a new one: ministry-of-nothing"]
    assert "Perhaps you mean" not in page.fill(organisation="Ministry of Nothing").press("preview").text


@pytest.mark.parametrize(
    ("text", "likeliest"),
    [("NHS Englnad", "nhs-england"), ("NHXS", "nhsx"), ("hnsx", "nhsx"), ("Department of Helth", "dhsc")],
)
def test_a_misspelt_name_leads_to_who_may_be_meant(curator: Curator, text: str, likeliest: str) -> None:
    page = curator.open("/facts/new/organisation.dissolved?effective=2020&reason=ceased")
    answer = page.fill(organisation=text).press("preview")
    buttons = answer.find('//*[@class="suggestions"]//button/@value')
    assert buttons[0] == f"use:/data/organisation {likeliest}"
    assert not any(each.startswith("new:") for each in buttons), "what ends has begun"


def test_where_something_must_be_recorded_already_no_new_one_is_offered(curator: Curator) -> None:
    page = curator.open("/facts/new/organisation.dissolved?effective=2020&reason=ceased")
    answer = page.fill(organisation="Ministry of Nothing").press("preview")
    ((_, words),) = answer.faults
    assert "Only what is recorded already makes sense here" in words
    assert answer.find('//*[@class="suggestions"]') == []
    preview = page.fill(organisation="nhs-englnad").press("preview")
    assert "nhs-englnad is not known, though it must have begun before" in preview.text
    assert preview.find('//*[@class="suggestions"]//button/text()') == [
        "Use nhs-england (NHS England)",
        "Use nhs-england-transformation-directorate (NHS England transformation directorate)",
    ]
    meant = preview.press("use:/data/organisation nhs-england")
    assert meant.fields["/data/organisation"] == "nhs-england"
    assert "NHS England ceased" not in meant.text, "the form again, nothing is recorded"


def test_words_become_the_identifier_of_what_is_new_and_its_title(curator: Curator) -> None:
    page = curator.open("/facts/new/responsibility.gained?organisation=nhsx&effective=2020")
    preview = page.fill(responsibility="What Good Looks Like").press("preview")
    assert preview.status == 200, preview.faults
    assert "NHSX gained responsibility: What Good Looks Like" in preview.text
    assert "what-good-looks-like is not known: recording this makes a new responsibility." in preview.text
    event = recorded(curator, preview.press("record"))
    assert (event["data"]["responsibility"], event["data"]["title"]) == (
        "what-good-looks-like",
        "What Good Looks Like",
    )
    again = page.fill(responsibility="What Good Loks Like").press("preview")
    assert again.status == 422
    buttons = again.find('//*[@class="suggestions"]//button/@value')
    assert buttons == [
        "use:/data/responsibility what-good-looks-like",
        "new:/data/responsibility what-good-loks-like",
    ]
    used = again.press(buttons[0]).fields
    assert (used["/data/responsibility"], used["/data/title"]) == ("what-good-looks-like", "")
    made = again.press(buttons[1]).fields
    assert (made["/data/responsibility"], made["/data/title"]) == ("what-good-loks-like", "What Good Loks Like")
    titled = again.fill(title="Another").press(buttons[1]).fields
    assert titled["/data/title"] == "Another"


def test_a_post_and_a_person_may_be_written_in_words(app: Served) -> None:
    assert app.post(created("abc", "Alphabet")).status_code == 201
    curator = Curator(app)
    page = curator.open("/facts/new/appointment.started?organisation=abc&effective=2020")
    preview = page.fill(post="Head of Letters", person="Ada Keel", person_name="Dr Ada Keel").press("preview")
    event = recorded(curator, preview.press("record"))
    assert event["data"] == {
        "organisation": "abc",
        "post": "abc-head-of-letters",
        "title": "Head of Letters",
        "person": "ada-keel",
        "person_name": "Dr Ada Keel",
    }
    blank = page.fill(post="abc-head-of-letters", person_name="Bob Mast").press("preview")
    assert blank.find('//*[@class="suggestions"]//button/@value') == ["new:/data/person bob-mast"]


def test_what_would_begin_without_a_title_is_warned_of(app: Served) -> None:
    curator = Curator(app)
    page = curator.open("/facts/new/responsibility.gained?organisation=abc&effective=2020")
    warning = "ships gets no title: pages will call it ships."
    assert warning in page.fill(responsibility="ships").press("preview").text
    titled = page.fill(responsibility="ships", title="Ships").press("preview")
    assert "gets no title" not in titled.text
    titled.press("record")
    known = curator.open("/facts/new/responsibility.gained?organisation=def&effective=2020")
    assert (
        "gets no title"
        in curator.open("/facts/new/priority.set?organisation=abc&effective=2020")
        .fill(priority="speed")
        .press("preview")
        .text
    )
    assert "gets no title" not in known.fill(responsibility="ships").press("preview").text


def test_types_of_facts_are_found_by_a_word_and_keep_whom_they_are_about(curator: Curator) -> None:
    page = curator.open("/facts/new?organisation=nhsx&q=Merge")
    assert page.find("//h1/text()") == ["Add a fact about NHSX"]
    shown = page.find("//section[not(@hidden)]//li[not(@hidden)]/a/@href")
    assert shown == ["/facts/new/organisation.merged?organisation=nhsx"]
    assert page.find("//main//form//input[@name='organisation']/@value") == ["nhsx"]
    assert page.find('//a[text()="Show all types of facts"]/@href') == ["/facts/new?organisation=nhsx"]
    none = curator.open("/facts/new?q=zebra")
    assert none.find("//section[not(@hidden)]") == []
    assert "No type of fact says that." in none.text
    assert none.find("//h1/text()") == ["Add a fact"]
    for words, types in (
        ("renamed", {"name.adopted"}),
        ("closed", {"organisation.dissolved", "organisation.merged"}),
        ("hired", {"appointment.started"}),
        ("director", {"appointment.started", "appointment.ended", "post.created"}),
        ("resigned", {"appointment.ended"}),
    ):
        found = curator.open(f"/facts/new?q={words}").find("//section[not(@hidden)]//li[not(@hidden)]/a/@href")
        assert types <= {each.rpartition("/")[2] for each in found}, words
    everything = curator.open("/facts/new")
    for jargon in ("organisation.reinstated", "names it in fulfils", "follows does", "null takes", "‹Reason›"):
        assert jargon not in everything.text
    assert everything.find("//section[@hidden] | //li[@hidden]") == []
    assert "No type of fact says that." not in everything.text


def test_odd_facts_are_warned_of_in_words(curator: Curator) -> None:
    page = curator.open("/facts/new/post.abolished?organisation=nhsx&effective=2020").fill(post="no-such-post")
    page = page.press("preview")
    assert page.status == 200
    assert "What is odd about it" in page.text
    assert "this fact ends what nothing had started" in page.text
    assert page.press("record").status == 303


def test_a_fact_is_corrected_and_the_correction_undone(curator: Curator) -> None:
    assert curator.app.post(created("abc", "Alhpabet", note="As read.")).status_code == 201
    event = curator.app.json("/events?tag=organisation/abc")["items"][0]
    page = curator.open(f"/events/{event['id']}/correct")
    assert (page.fields["/data/name"], page.fields["/effective/edtf"]) == ("Alhpabet", "2019")
    assert page.fields["/note"] == "As read."
    wrong = page.fill(name="", reason="A slip").press("preview")
    assert wrong.faults == [("#f-data-name", "Name: this field is required: add it")]
    page = wrong.fill(name="Alphabet", effective__edtf="May 2019").press("preview")
    assert "Correction: Alphabet created, May 2019" in page.text
    assert "Legal name Alhpabet, since 2019 Alphabet, since May 2019" in page.text
    correction = recorded(curator, page.press("record"))
    assert correction["data"]["reason"] == "A slip"
    assert correction["data"]["event"] == event["id"]
    assert curator.app.json("/organisations/abc")["name"] == "Alphabet"
    history = curator.app.json(f"/events/{event['id']}/history")
    assert [each["stands"] for each in history["items"]] == [False, True]
    again = curator.open(f"/events/{event['id']}/correct")
    assert again.fields["/data/name"] == "Alphabet", "as it stands now, from whichever event"
    assert curator.open(f"/events/{correction['id']}/correct").fields["/data/name"] == "Alphabet"
    page = curator.open(f"/events/{correction['id']}/retract")
    assert "what stood before stands again" in page.text
    assert page.press("preview").faults == [("#f-reason-0", "Why: this field is required: add it")]
    page = page.fill(reason="error", note="It was right.").press("preview")
    assert "Legal name Alphabet, since May 2019 Alhpabet, since 2019" in page.text
    retraction = recorded(curator, page.press("record"))
    assert retraction["data"] == {"event": correction["id"], "reason": "error"}
    assert retraction["note"] == "It was right."
    assert curator.app.json("/organisations/abc")["name"] == "Alhpabet"


def test_the_date_is_corrected_as_it_was_said(app: Served) -> None:
    curator = Curator(app)
    said = {"2021-23": "autumn 2021", "2013~": "about 2013", "2019-05-05": "5 May 2019", "2019?": "2019?"}
    for n, (edtf, words) in enumerate(said.items()):
        assert app.post(created(f"abc-{n}", effective=edtf)).status_code == 201
        (event,) = app.json(f"/events?tag=organisation/abc-{n}")["items"]
        page = curator.open(f"/events/{event['id']}/correct")
        assert page.fields["/effective/edtf"] == words
        kept = page.fill(name="Alpha").press("preview").press("record")
        assert recorded(curator, kept)["data"]["replacement"]["effective"]["edtf"] == edtf
    (shown,) = curator.open(f"/events/{app.json('/events')['items'][0]['id']}").find("//dt[text()='Effective']")
    assert " ".join(shown.getnext().text_content().split()) == "autumn 2021 EDTF 2021-23"
    assert shown.getnext().find("span").get("class") == "fine"


def test_what_cannot_be_corrected_says_so(curator: Curator) -> None:
    curator.app.client.post("/events", json={"type": "type.defined", "data": DEFINITION}, headers=bearer(curator))
    definition = curator.app.json("/events?type=type.defined")["items"][0]["id"]
    page = curator.open(f"/events/{definition}/correct")
    assert (page.status, "stays as it is" in page.text) == (404, True)
    for path in ("/facts/new/fact.corrected", "/facts/new/no.such", "/events/x/correct", "/events/x/retract"):
        assert curator.open(path).status == 404
    missing = "/events/0192f0c4-6d3c-7000-8000-00000000ffff"
    assert curator.open(f"{missing}/correct").status == curator.open(f"{missing}/retract").status == 404
    assert "did you mean" in curator.open("/facts/new/organisation.create").text


def bearer(curator: Curator) -> dict[str, str]:
    return {"authorization": f"Bearer {curator.token}"}


def test_every_type_is_recorded_by_its_form_as_by_the_interface(app: Served) -> None:
    curator = Curator(app)
    assert app.post(created("other", "Other", id=OTHER)).status_code == 201
    for name in TYPES:
        if name.startswith("fact."):
            continue
        fact = example(name)
        sheet = sheet_of(fact)
        page = curator.open(f"/facts/new/{name}")
        entered = posted(sheet.field, entered_of(fact, sheet))
        controls = {key: text for key, text in page.fields.items() if not key.startswith("/")}
        page = curator.post(f"/facts/new/{name}", {**controls, **entered, "offer": "no", "do": "preview"})
        assert page.status == 200, (name, page.faults)
        event = recorded(curator, page.press("record"))
        del fact["id"]
        told = app.client.post("/events?dry_run=true", json=fact, headers=bearer(curator)).json()["events"][0]
        for member in ("type", "schema", "data", "tags", "effective", "sources", "note", "fulfils", "follows", "ends"):
            assert event.get(member) == told.get(member), (name, member)


def test_a_type_of_ones_own(curator: Curator) -> None:
    page = curator.open("/facts/new/type.defined").fill(
        name="x.audit.rated",
        json_schema=msgspec.json.encode(DEFINITION["json_schema"]).decode(),
        subjects='{"organisation": "organisation"}',
        sets__0__does="sets",
        sets__0__property="x.audit.rating",
        sets__0__value="rating",
        says="{organisation} rated {rating}",
    )
    assert location(page.press("preview").press("record")).startswith("/events/")
    assert "x.audit.rated" in curator.open("/facts/new").text
    page = curator.open("/facts/new/x.audit.rated?organisation=nhsx&effective=2021")
    assert "It reads: ‹Organisation› rated ‹The rating›" in page.text
    page = page.press("add:/data/parts").fill(rating="bad", fixed="always", parts__0__name="one").press("preview")
    assert page.status == 422
    assert any("score" in words.lower() for _, words in page.faults), page.faults
    page = page.fill(score="1,000", public="false", parts__0__name="one").press("preview")
    assert "NHSX rated bad, 2021" in page.text
    event = recorded(curator, page.press("record"))
    assert event["data"] == {
        "organisation": "nhsx",
        "rating": "bad",
        "score": 1000,
        "public": False,
        "fixed": "always",
        "parts": [{"name": "one"}],
    }
    page = curator.open(f"/events/{event['id']}/correct").fill(rating="good").press("preview")
    assert recorded(curator, page.press("record"))["data"]["replacement"]["data"]["rating"] == "good"


def test_a_form_needs_a_session_with_the_scope(app: Served) -> None:
    anonymous = app.client.get("/facts/new/name.adopted?kind=short", headers=OWN, follow_redirects=False)
    assert anonymous.headers["location"] == "/sign-in?next=/facts/new/name.adopted%3Fkind%3Dshort"
    curator = Curator(app, "read")
    for path in ("/facts/new/name.adopted", "/facts/new/type.defined"):
        assert curator.open(path).status == 403
    appender = Curator(app, "append")
    page = appender.open("/facts/new/name.adopted")
    assert page.status == 200
    answer = appender.post("/facts/new/identity.equated", {**page.fields, "/data/keep": "abc"})
    assert answer.status == 401
    assert "lacks the scope correct" in answer.text
    assert answer.fields["/data/keep"] == "abc"
    assert "Correct this fact" not in appender.open("/events/x").text


def test_where_reading_is_closed_the_forms_need_the_scope_read_too(serve: Serve) -> None:
    with serve(public_reads="false") as app:
        event = app.post(created()).json()["events"][0]["id"]
        curator = Curator(app, "append", "correct")
        for path in ("/facts/new", "/facts/new/name.adopted", f"/events/{event}/correct", f"/events/{event}/retract"):
            assert curator.open(path).status == 403
        page = Curator(app).open(f"/events/{event}/correct")
        assert page.fields["/data/name"] == "Alphabet"


def test_who_is_signed_out_while_typing_loses_nothing(serve: Serve) -> None:
    with serve(token_cache_s="0") as app:
        curator = Curator(app)
        page = curator.open("/facts/new/organisation.created")
        filled = page.fill(organisation="abc", name="Al<p>ha", effective__edtf="2020", note="a\nb")
        app.client.cookies.clear()
        page = filled.press("record")
        assert page.status == 401
        assert "Nothing that you typed is lost" in page.text
        wrong = page.press("record", sign_in_token="orgl_wrong")
        assert (wrong.status, "not known" in wrong.text) == (401, True)
        for _ in range(TRIES_MAX):
            refused = wrong.press("record", sign_in_token="orgl_wrong")
        assert (refused.status, refused.fields["/data/name"]) == (429, "Al<p>ha")
        assert int(refused.answer.headers["retry-after"]) > 0
        assert any("too many tokens" in words for _, words in refused.faults)
        app.node.tries = Tries(lambda: 0.0)
        page = refused.press("record", sign_in_token=curator.token)
        assert page.status == 200, "never recorded at once: one sees it again"
        assert "Al<p>ha created, 2020" in page.text
        assert app.json("/log")["size"] == 0
        event = recorded(curator, page.press("record"))
        assert (event["data"]["name"], event["note"]) == ("Al<p>ha", "a\nb")
        tokens.revoke(app.node.database, "curator", app.node.clock())
        assert curator.open("/facts/new").status == 303


@pytest.mark.parametrize("token", ["", "00" * 48, "no hex"])
def test_a_form_that_is_not_of_this_session_records_nothing_and_loses_nothing(app: Served, token: str) -> None:
    curator = Curator(app)
    page = curator.open("/facts/new/organisation.created").fill(
        organisation="abc", name="Alpha", effective__edtf="2020"
    )
    page.texts["form_token"] = token
    again = page.press("record")
    assert again.status == 403
    assert again.fields["/data/name"] == "Alpha"
    assert app.json("/log")["size"] == 0
    assert again.press("record").status == 303


def test_pages_show_who_is_signed_in_and_only_to_them(nhsx: Served) -> None:
    path = "/organisations/nhsx?as_of=2021-06-01"
    anonymous = nhsx.get(path, headers=OWN)
    kept = {**OWN, "if-none-match": anonymous.headers["etag"]}
    assert nhsx.get(path, headers=kept).status_code == 304
    curator = Curator(nhsx, "append")
    answer = nhsx.get(path, headers=kept)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")
    assert "etag" not in answer.headers
    assert "Signed in as curator" in answer.text
    link = Page(curator, answer, path).find('//a[text()="Add a fact about NHSX"]/@href')[0]
    assert curator.open(link).find('//a[text()="A name comes into use"]/@href') == [
        "/facts/new/name.adopted?organisation=nhsx"
    ]
    assert "etag" in nhsx.get("/organisations/nhsx", headers={"accept": "application/json"}).headers
    nhsx.client.cookies.clear()
    assert nhsx.get(path, headers=kept).status_code == 304


def test_the_same_on_both_databases(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        app.post(created("def", "Delta"))
        curator = Curator(app)
        page = curator.open("/facts/new/organisation.created").fill(
            organisation="Dleta", name="Alpha", effective__edtf="autumn 2021"
        )
        page = page.press("preview")
        assert "Use def (Delta)" in page.text
        meant = curator.open("/facts/new/post.created?organisation=delta&effective=2020").fill(post="Head")
        assert "Post of Head created at Delta, 2020" in (preview := meant.press("preview").text)
        assert "Delta (def)" in preview
        page = page.fill(organisation="abc").press("preview")
        event = recorded(curator, page.press("record"))
        page = curator.open(f"/events/{event['id']}/correct").fill(name="Alphabet").press("preview")
        assert page.press("record").status == 303
        assert app.json("/organisations/abc")["name"] == "Alphabet"


def test_another_site_cannot_send_a_form(app: Served) -> None:
    curator = Curator(app)
    filled = curator.open("/facts/new/organisation.created").fill(
        organisation="abc", name="Alpha", effective__edtf="2020"
    )
    sent = {**filled.page.fields, **filled.texts, "do": "record"}
    for origin, site in (("https://evil.example", "cross-site"), ("null", "same-site"), ("https://evil.example", "")):
        headers = {"origin": origin, "sec-fetch-site": site}
        answer = curator.post("/facts/new/organisation.created", sent, **headers)
        assert answer.status == 403
    assert app.json("/log")["size"] == 0


def test_bad_bodies_are_told_and_nothing_is_lost(app: Served) -> None:
    curator = Curator(app)
    page = curator.open("/facts/new/organisation.created")
    fields = {**page.fields, "/data/organisation": "abc", "/data/name": "Alpha", "/effective/edtf": "2020"}
    unknown = curator.post("/facts/new/organisation.created", {**fields, "/data/nam": "<i>x", "do": "record"})
    assert unknown.status == 422
    assert "not known here, /data/nam" in unknown.text
    assert unknown.fields["/data/name"] == "Alpha"
    content = b"&".join(f"{name}={value}".encode() for name, value in fields.items() if name in ("form_token", "id"))
    headers = {**OWN, "content-type": "application/x-www-form-urlencoded"}
    garbled = app.client.post(
        "/facts/new/organisation.created",
        content=content + b"&/data/organisation=abc&/data/name=Al%ffpha&/effective/edtf=2020&do=record",
        headers=headers,
    )
    assert garbled.status_code == 422
    assert "could not be read" in garbled.text
    assert "Al\ufffdpha" in garbled.text
    files = app.client.post("/facts/new/organisation.created", files={"a": b"x"}, data=fields, headers=OWN)
    assert (files.status_code, "files are not taken" in files.text) == (415, True)
    large = curator.post("/facts/new/organisation.created", {**fields, "/note": "x" * 1_100_000})
    assert large.status == 413
    assert "still stands as you typed it" in large.text
    long = curator.post("/facts/new/organisation.created", {**fields, "/note": "x" * 30_000})
    assert (long.status, len(long.fields["/note"])) == (422, 30_000)
    zero = curator.post("/facts/new/organisation.created", {**fields, "/note": "a\0b"})
    assert zero.status == 422
    json = curator.post("/facts/new/attribute.set", {**fields, "/data/value": "[" * 5_000, "do": "preview"})
    assert json.status == 422
    deep = curator.post("/facts/new/organisation.created", {**fields, "/a" * 500: "x", "/data/parents/99999": "def"})
    assert deep.status == 422
    assert app.json("/log")["size"] == 0


ALIVE = "//img | //main//script | //*[@onerror]"
ATTACKS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; alert(1)//", "{{ 7 * 7 }}", "</textarea>")


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_typed_is_shown_as_text(app: Served, attack: str) -> None:
    curator = Curator(app)
    page = curator.open("/facts/new/organisation.created")
    fields = {name: attack for name in page.fields if name.startswith("/") and name != "/fulfils/part"}
    shown = curator.post("/facts/new/organisation.created", {**page.fields, **fields})
    assert shown.status == 422
    assert not shown.find(ALIVE)
    assert shown.fields["/data/name"] == attack
    sound = {
        **page.fields,
        "/data/organisation": "abc",
        "/effective/edtf": "2020",
        "/sources/0/url": "https://a.example",
    }
    texts = {"/data/name": attack, "/note": attack, "/sources/0/title": attack, "/sources/0/quote": attack}
    preview = curator.post("/facts/new/organisation.created", {**sound, **texts, "do": "preview"})
    assert preview.status == 200
    event = curator.open(location(preview.press("record")))
    for each in (preview, event):
        assert attack.split(maxsplit=1)[0] in each.text
        assert not each.find(ALIVE)
        assert "script-src 'self'" in each.answer.headers["content-security-policy"]


def test_an_unknown_name_in_the_query_names_the_nearest(app: Served) -> None:
    page = Curator(app).open("/facts/new/name.adopted?organization=abc")
    assert (page.status, "did you mean organisation?" in page.text) == (400, True)


def test_a_mirror_takes_no_facts(app: Served) -> None:
    curator = Curator(app)
    event = app.post(created()).json()["events"][0]
    app.node.mirror = type("Mirror", (), {"source": "https://elsewhere.example"})()
    try:
        assert curator.open("/facts/new").status == 403
        assert "Correct this fact" not in curator.open(f"/events/{event['id']}").text
    finally:
        app.node.mirror = None


def test_dates_are_explained_as_one_types(app: Served) -> None:
    assert app.json("/dates?edtf=autumn%202021") == {
        "edtf": "2021-23",
        "words": "autumn 2021",
        "earliest": "2021-09-01",
        "latest": "2021-11-30",
        "told": "autumn 2021: 1 September 2021 to 30 November 2021 (in EDTF: 2021-23)",
    }
    answer = app.get("/dates?edtf=soon")
    assert answer.status_code == 400
    assert "is no date" in answer.json()["detail"]
    assert re.search("there is no parameter", app.get("/dates?edtf=2020&x=1").text)
