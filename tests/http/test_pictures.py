"""Organisations as pictures: what they show, to whom, and how little it takes to ask again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from itertools import islice
from typing import Any
from unicodedata import normalize

import pytest

from bench.pictures import LARGE, facts
from events.prepared import Prepared
from events.queries.lanes import ROWS_MAX, STRETCHES_MAX
from service.representations import drawing
from service.representations.drawing import DARK, LIGHT, WIDTH_MAX, WIDTH_MIN
from tests.http.conftest import Serve, Served, created, problem
from tests.pictures import SVG, description, outside, overlapping, parsed, texts, titles

TIMELINE, LINEAGE = "/organisations/nhsx/timeline.svg", "/organisations/nhsx/lineage.svg"
STATEMENTS_MAX = 12


def picture(served: Served, path: str) -> Any:
    answer = served.get(path)
    assert answer.status_code == 200, answer.text
    return parsed(answer.content)


def record(served: Served, *given: dict[str, Any]) -> None:
    answer = served.post({"facts": list(given)})
    assert answer.status_code == 201, answer.text


def told(type_: str, effective: Any, **data: Any) -> dict[str, Any]:
    return {"type": type_, "effective": effective, "data": data}


def test_the_timeline_of_nhsx_says_what_is_known(nhsx: Served) -> None:
    root = picture(nhsx, f"{TIMELINE}?as_of=2021-06-01")
    assert root.get("role") == "img"
    ids = {each.get("id"): each for each in root.iter() if each.get("id")}
    labelled = [ids[name].tag.removeprefix(SVG) for name in root.get("aria-labelledby").split()]
    assert labelled == ["title", "desc"]
    said = description(root)
    for words in (
        "Active from some day between 20 February 2019 and 9 April 2019",
        "merged into NHS England, February 2022",
        "1 post with 1 appointment, 7 initiatives, 2 targets and 3 plans",
        "1 June 2021, when its status was active",
    ):
        assert words in said
    shown = texts(root)
    for words in (
        "Matthew Gould, Chief Executive",
        "NHSX brand name",
        "COVID-19 contact tracing app trialled 5 May 2020",
        "due 2018, then 2020, then 2023, then 2024",
        "superseded 22 November 2021",
        "1 June 2021",
    ):
        assert any(words in each for each in shown), words
    assert any("possibly" in each and "Paperless NHS" in each for each in titles(root))


@pytest.mark.parametrize("path", [TIMELINE, LINEAGE])
@pytest.mark.parametrize("width", [WIDTH_MIN, 480, 960, WIDTH_MAX])
def test_texts_never_lie_on_one_another(nhsx: Served, path: str, width: int) -> None:
    root = picture(nhsx, f"{path}?width={width}&as_of=2021-06")
    assert overlapping(root) == []
    assert outside(root) == []
    assert root.get("width") is None
    assert root.get("viewBox").startswith(f"0 0 {float(width)} ")


def test_other_processes_draw_the_same_bytes(nhsx: Served, sqlite_url: str) -> None:
    paths = [f"{path}?as_of=2021-06-01&known_at=79" for path in (TIMELINE, LINEAGE)]
    own = [sha256(nhsx.get(path).content).hexdigest() for path in paths]
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.pictures", sqlite_url, *paths],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        assert done.stdout.decode().split() == own


def test_the_same_question_gives_the_same_bytes(nhsx: Served, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (f"{TIMELINE}?as_of=2020&known_at=79", f"{LINEAGE}?as_of=2023&known_at=79"):
        first = nhsx.get(path).content
        nhsx.node.kept._held.clear()
        again = nhsx.get(path).content
        assert again == first
        numbers = re.findall(rb"-?\d+\.(\d+)", re.sub(rb"<style>.*?</style>", b"", first))
        assert max(map(len, numbers)) <= 2
    other = nhsx.get(f"{TIMELINE}?as_of=2020&known_at=79&width=500").content
    ids = [set(re.findall(rb'id="([^"]+)"', each)) for each in (nhsx.get(f"{TIMELINE}?as_of=2020").content, other)]
    assert not ids[0] & ids[1], "two pictures in one page would share identifiers"


def test_what_is_uncertain_or_planned_looks_and_reads_so(app: Served) -> None:
    record(
        app,
        created("abc", "Alphabet", "2019-02"),
        told("name.adopted", "2019?", organisation="abc", name="Abc Ltd", kind="brand"),
        told("appointment.started", "[2019-03-01..2019-09-30]", organisation="abc", post="chief", person="kim"),
        told("change.announced", "2020-05-05", plan="p", organisation="abc", title="To be renamed", intended="2030"),
    )
    root = picture(app, "/organisations/abc/timeline.svg?as_of=2021")
    soft = [each for each in root.iter(f"{SVG}rect") if each.get("class") == "soft-in"]
    ids = {each.get("id"): each for each in root.iter() if each.get("id")}
    assert len(soft) == 3  # its beginning, that of its name, and that of the appointment
    for each in soft:
        gradient = ids[each.get("fill").removeprefix("url(#").removesuffix(")")]
        opacities = [float(stop.get("stop-opacity")) for stop in gradient]
        assert opacities == sorted(opacities)
        assert opacities[0] < 0.2
        assert opacities[-1] == 1
    wide = [float(each.get("width")) for each in soft]
    assert wide[2] / wide[0] == pytest.approx(213 / 27, rel=0.05)  # days between the bounds
    dashed = [each for each in root.iter(f"{SVG}rect") if "possible" in (each.get("class") or "")]
    assert len(dashed) == 1
    assert dashed[0].get("stroke-dasharray")
    hatched = {each.get("id") for each in root.iter(f"{SVG}pattern")}
    assert any(each.get("fill", "").removeprefix("url(#").removesuffix(")") in hatched for each in root.iter())
    shown = " ".join(texts(root))
    for words in ("Abc Ltd possibly, brand name", "intended 2030", "Dashed: possible", "Hatched: planned"):
        assert words in shown
    assert any(each.startswith("Abc Ltd (brand name) possibly") for each in titles(root))


HOSTILE = [
    '"><script>alert(1)</script>',
    "]]>&lt;!--<![CDATA[",
    "'\"&amp;&",
    "\u202eevil\u2066\u2069\u2069 name",
    "هيئة الصحة الوطنية",
    "👩‍👩‍👧‍👦🇬🇧 e\u0301\u0302\u0303",
    "line\nbreak\ttab \x07bell \ufffe",
    "x" * 300,
    "</style></svg>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_texts(app: Served, name: str) -> None:
    record(
        app,
        created("abc", name),
        told("appointment.started", "2020", organisation="abc", post="chief", person="kim", person_name=name),
        told("initiative.announced", "2020", initiative="i", organisation="abc", name=name),
        told("organisation.merged", "2022", originals=["abc"], result="def"),
        created("def", name, "2022"),
    )
    for path in ("timeline", "lineage"):
        answer = app.get(f"/organisations/abc/{path}.svg?width=320")
        root = parsed(answer.content)
        allowed = {"svg", "title", "desc", "style", "defs", "rect", "text", "tspan", "g", "line", "path", "polygon"}
        allowed |= {"linearGradient", "stop", "pattern", "mask", "circle", "a"}
        assert {each.tag.removeprefix(SVG) for each in root.iter()} <= allowed
        assert not any(name.startswith("on") for each in root.iter() for name in each.attrib)
        assert not any(each in answer.text for each in ("\u202e", "\u2066"))
        assert overlapping(root) == []
        assert outside(root) == []
        assert drawing.plain(normalize("NFC", name)) in " ".join([description(root), *titles(root)])


def test_a_picture_may_use_its_own_style_and_nothing_else(nhsx: Served) -> None:
    for path in (TIMELINE, LINEAGE):
        answer = nhsx.get(path)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        style = parsed(answer.content).findtext(f"{SVG}style")
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors *"
        for scheme in ("prefers-color-scheme:dark", "@media print"):
            assert scheme in style
        addresses = set(re.findall(r"""https?://[^"'<\s)]+""", answer.text)) - {"http://www.w3.org/2000/svg"}
        assert all(each.startswith("http://127.0.0.1:8000/organisations/") for each in addresses)
        assert not any(word in answer.text for word in ("<script", "@import", "@font-face", "<image", "<foreignObject"))


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_contrast(colours: dict[str, str]) -> None:
    paper = colours["paper"]
    for role, colour in colours.items():
        if role not in ("paper", "rule"):
            assert _contrast(colour, paper) >= 4.5, role


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_who_has_it_is_told_so(nhsx: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (TIMELINE, LINEAGE, "/plans.ics"):
        answer = nhsx.get(path)
        assert answer.headers["cache-control"] == "public, no-cache"
        drawn: list[object] = []
        monkeypatch.setattr(drawing, "document", lambda *given, drawn=drawn: drawn.append(given))
        again = nhsx.get(path, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content, drawn) == (304, b"", [])
        monkeypatch.undo()
        settled = nhsx.get(f"{path}?as_of=2021&known_at=79")
        assert settled.headers["cache-control"] == "public, max-age=31536000, immutable"
    before = nhsx.get(f"{TIMELINE}?as_of=2021").headers["etag"]
    record(nhsx, created("other"))
    assert nhsx.get(f"{TIMELINE}?as_of=2021").headers["etag"] != before


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("timeline.svg?as_of=2019-13", "invalid-date", "month"),
        ("timeline.svg?known_at=tuesday", "invalid-known-at", "tuesday"),
        ("timeline.svg?known_at=80", "invalid-known-at", "80"),
        ("timeline.svg?from=2021&to=2020", "invalid-parameter", "earlier day"),
        ("timeline.svg?from=soon", "invalid-date", "soon"),
        ("timeline.svg?width=100", "invalid-parameter", "320"),
        ("timeline.svg?width=9999", "invalid-parameter", "1600"),
        ("timeline.svg?format=json", "unknown-parameter", "format"),
        ("lineage.svg?depth=0", "invalid-parameter", "depth"),
        ("lineage.svg?nodes=many", "invalid-parameter", "nodes"),
        ("lineage.svg?node=3", "unknown-parameter", "nodes"),
    ],
)
def test_questions_that_make_no_sense(nhsx: Served, query: str, code: str, words: str) -> None:
    assert words in problem(nhsx.get(f"/organisations/nhsx/{query}"), 400, code)["detail"]


def test_nobody_is_not_drawn(nhsx: Served) -> None:
    for name in ("timeline", "lineage"):
        problem(nhsx.get(f"/organisations/nobody/{name}.svg"), 404, "not-found")
        problem(nhsx.get(f"/organisations/No%20Slug/{name}.svg"), 404, "not-found")
        problem(nhsx.get(f"/organisations/nhsx/{name}.svg?known_at=0"), 404, "not-found")
        assert picture(nhsx, f"/organisations/dhsc/{name}.svg") is not None


def test_a_window_and_an_axis_that_fits_it(nhsx: Served) -> None:
    days = texts(picture(nhsx, f"{TIMELINE}?from=2020-05-01&to=2020-05-10"))
    assert "4 May" in days or "5 May" in days
    assert not any("Shared care records" in each for each in days)
    assert "Sep" in texts(picture(nhsx, f"{TIMELINE}?from=2020-06&to=2020-12"))
    years = texts(picture(nhsx, f"{TIMELINE}?from=1950&to=2020"))
    assert "1960" in years
    centuries = texts(picture(nhsx, f"{TIMELINE}?from=0000&to=9999"))
    assert "2000" in centuries
    assert nhsx.get(f"{TIMELINE}?from=9999-12-31").status_code == 200
    assert nhsx.get(f"{TIMELINE}?to=0000-01-01").status_code == 200


def test_what_is_too_much_is_summed_up_in_words(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list(islice(facts(), 1_200))
    for at in range(0, len(made), 300):
        record(app, *made[at : at + 300])
    asked: list[str] = []
    for name in ("all", "one"):
        plain = getattr(Prepared, name)
        counted = lambda self, *given, plain=plain, **more: (asked.append(self.sql), plain(self, *given, **more))[1]  # noqa: E731
        monkeypatch.setattr(Prepared, name, counted)
    for width in (WIDTH_MIN, 960):
        asked.clear()
        root = picture(app, f"/organisations/{LARGE}/timeline.svg?width={width}&as_of=1902")
        assert 1 < len(asked) <= STATEMENTS_MAX
        assert overlapping(root) == []
        assert outside(root) == []
        shown = " ".join(texts(root))
        for noun in ("names", "posts", "initiatives", "targets", "plans"):
            assert re.search(rf"Not drawn: [\d,]+ more {noun}", shown), noun
        rows = sum("Programme of reform" in each for each in texts(root))
        assert rows == ROWS_MAX
        holders = [each for each in texts(root) if each.startswith("Kim Holder")]
        assert 0 < len(holders) <= STRETCHES_MAX
    asked.clear()
    root = picture(app, f"/organisations/{LARGE}/lineage.svg")
    assert 1 < len(asked) <= STATEMENTS_MAX
    assert overlapping(root) == []
    assert "Not drawn" in " ".join(texts(root))


def test_the_lineage_of_nhsx(nhsx: Served) -> None:
    root = picture(nhsx, f"{LINEAGE}?as_of=2022-06-01")
    said = description(root)
    assert "Formed from Department of Health and Social Care, NHS England and NHS Improvement" in said
    assert "Merged into NHS England, February 2022." in said
    assert "4 organisations and 2 changes" in said
    links = {each.get("href") for each in root.iter(f"{SVG}a")}
    base = "http://127.0.0.1:8000/organisations"
    assert links == {f"{base}/{each}" for each in ("nhsx", "nhs-england", "nhs-improvement", "dhsc")}
    assert {"formed 2019", "merged 2022", "2019–2022"} <= set(texts(root))
    heads = list(root.iter(f"{SVG}polygon"))
    assert len(heads) == 2  # towards NHSX, and back to NHS England
    early = picture(nhsx, f"{LINEAGE}?as_of=2019-03-01")
    assert "Possibly formed from" in description(early)
    assert any(each.get("stroke-dasharray") for each in early.iter(f"{SVG}path"))
    assert "and more" in " ".join(texts(picture(nhsx, f"{LINEAGE}?nodes=2&as_of=2022-06-01")))
    alone = picture(nhsx, f"{LINEAGE}?as_of=2018")
    assert "No predecessor or successor is known." in texts(alone)[-1]


def test_a_long_lineage_has_a_line_for_each(app: Served) -> None:
    """A chain with mergers and splits, too wide for boxes on a telephone: in order of time, nothing upon another."""
    given = [created("o0", "Body 0", "1950")]
    for n in range(1, 25):
        year = str(1950 + 2 * n)
        given += [created(f"o{n}", f"Body {n} for a great many affairs", year), created(f"x{n}", f"Ex {n}", "1950")]
        given.append(told("organisation.merged", year, originals=[f"o{n - 1}", f"x{n}"], result=f"o{n}"))
    record(app, *given)
    root = picture(app, "/organisations/o24/lineage.svg?width=360")
    assert overlapping(root) == []
    assert outside(root) == []
    shown = texts(root)
    bodies = [each for each in shown if each.startswith("Body")]
    assert [int(each.split()[1]) for each in bodies[1:]] == list(range(4, 25))  # twenty generations, below the title
    assert "and more" in " ".join(shown)
    wide = picture(app, "/organisations/o3/lineage.svg?width=960&as_of=1957")
    assert {"merged 1952", "merged 1954", "merged 1956"} <= set(texts(wide))


def test_without_graphviz_there_is_a_problem_that_says_so(nhsx: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    answer = nhsx.get(LINEAGE, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (501, "urn:orgline:problem:no-layout")
    assert nhsx.get("/organisations/nhsx/lineage").status_code == 200
    assert nhsx.get(TIMELINE).status_code == 200
