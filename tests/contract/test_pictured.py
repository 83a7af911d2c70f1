"""What pictures and the calendar are made of, on both databases."""

from __future__ import annotations

from typing import Any

from events.dates import END, day
from events.queries import intended, lanes
from events.queries.lanes import ROWS_MAX, Window
from tests.histories import created, told
from tests.registers import NOW, TestRegister


def pictured(register: TestRegister, slug: str, as_of: str | None = None, **more: Any) -> Any:
    with register.database.snapshot() as connection:
        question = register.queries.question(connection, as_of, None, NOW)
        return lanes.of(register.queries, connection, slug, question, **more)


def test_lanes_hold_what_statements_say(on_both: TestRegister) -> None:
    on_both.append(
        told("plan", "change.announced", "2009-05-05", plan="p", organisation="a", title="To begin", changes=[
            {"change": "organisation.created", "draft": {"organisation": "a", "name": "A"}}
        ]),
        {**created("a", "2010-01"), "fulfils": "p"},
        told("post", "post.created", "2010", organisation="a", post="chief", title="Chief", rank="1"),
        told("kim", "appointment.started", "2011-02-03", organisation="a", post="clerk", person="kim"),
        told("lee", "appointment.started", "2012?", organisation="a", post="chief", person="lee", person_name="Lee"),
        told("i1", "initiative.announced", "2013", initiative="i", organisation="a", name="First"),
        told("i2", "initiative.launched", "2014-02", organisation="a", initiative="i"),
        told("t", "target.set", "2015", target="t", organisation="a", name="Quick", due="2020"),
        told("end", "organisation.merged", "2016-07", originals=["a"], result="b"),
        told("b", "name.adopted", "2010", organisation="b", name="Body B", kind="legal"),
    )  # fmt: skip
    found = pictured(on_both, "a", "2015-01-01")
    assert (found.name, found.status, found.certainty) == ("a", "active", "definite")
    held = {lane.kind: lane for lane in found.lanes}
    assert list(held) == ["status", "names", "posts", "initiatives", "targets", "plans"]
    announced, active = held["status"].rows
    assert [each.text for each in (*announced.stretches, *active.stretches)] == ["announced", "active"]
    assert (active.outcome.word, active.outcome.towards) == ("merged", "Body B")
    assert [row.name for row in held["posts"].rows] == ["Chief", "clerk"]  # by rank
    assert [each.text for row in held["posts"].rows for each in row.stretches] == ["Lee", "kim"]
    assert not held["posts"].rows[0].stretches[0].definite
    (initiative,) = held["initiatives"].rows
    assert [(each.text, each.until_latest == END) for each in initiative.stretches] == [
        ("announced", False),
        ("launched", True),
    ]
    assert held["plans"].rows[0].outcome.word == "fulfilled"
    early = pictured(on_both, "a", window=Window(day("2008-01-01"), day("2009-12-31")))
    assert [lane.kind for lane in early.lanes] == ["status", "plans"]
    assert pictured(on_both, "nobody") is None


def test_a_marked_day_says_what_is_shown(on_both: TestRegister) -> None:
    count = ROWS_MAX + 9
    on_both.append(
        created("a", "1950"),
        *(
            told(f"i{n:02}", "initiative.announced", f"{1950 + n}", initiative=f"i{n:02}", organisation="a")
            for n in range(count)
        ),
    )

    def shown(**more: Any) -> list[str]:
        (lane,) = [each for each in pictured(on_both, "a", "1970", **more).lanes if each.kind == "initiatives"]
        assert (lane.rows_more, len(lane.begun)) == (9, 9)
        return [row.name for row in lane.rows]

    assert shown() == [f"i{n:02}" for n in range(9, count)]
    assert shown(marked=True) == [f"i{n:02}" for n in range(20 - ROWS_MAX + 1, 21)]


def test_what_is_intended(on_both: TestRegister) -> None:
    on_both.append(
        told("p", "change.announced", "2009", plan="p", organisation="a", title="One", intended="2011-05"),
        told("q", "change.announced", "2009", plan="q", organisation="b", title="Two", intended="2010"),
        told("r", "change.announced", "2009", plan="r", organisation="b", title="Never"),
        told("t", "target.set", "2009", target="t", organisation="a", name="Quick", due="2012"),
        told("w", "change.withdrawn", "2010", plan="q"),
    )
    on_both.append(created("a", "2011-05-06"))
    with on_both.database.snapshot() as connection:
        question = on_both.queries.question(connection, "2011-01-01", None, NOW)

        def tags(**more: Any) -> list[str]:
            return [each.tag for each in intended.of(on_both.queries, connection, question, **more).items]

        whole = intended.of(on_both.queries, connection, question).items
        assert [(each.tag, each.status, each.organisation) for each in whole] == [
            ("plan/q", "withdrawn", "b"),
            ("plan/p", "pending", "a"),
            ("target/t", "open", "a"),
        ]
        assert tags(organisation="a") == ["plan/p", "target/t"]
        assert tags(status="withdrawn") == ["plan/q"]
        assert [each.version for each in whole] == [2, 1, 1]
