"""Dates against brute force, against mutilated text, and against the package `edtf` where that is right."""

from __future__ import annotations

import contextlib
import io
import math
from calendar import monthrange
from datetime import date, timedelta
from time import struct_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.date_words import in_words, period_in_words
from events.dates import BEGINNING, END, FIRST_DAY, LAST_DAY, DateFault, Edtf, day, edtf_of, iso, parse, period

try:
    from edtf import parse_edtf
except ImportError:  # a development requirement: without it the oracle alone is missing
    parse_edtf = None

years = st.integers(0, 9999).map("{:04}".format)
months = st.integers(1, 12).map("{:02}".format)
days = st.integers(FIRST_DAY, LAST_DAY).map(lambda number: iso(number) or "")
year_months = st.builds("{}-{}".format, years, months)
parts_of_years = st.builds("{}-{}".format, years, st.integers(21, 41))
marks = st.sampled_from(["", "?", "~", "%"])
members = st.one_of(years, year_months, days)
plain = st.one_of(members, parts_of_years)
masked = st.one_of(
    st.integers(0, 999).map("{:03}X".format),
    st.integers(0, 99).map("{:02}XX".format),
    years.map("{}-XX".format),
    years.map("{}-XX-XX".format),
    year_months.map("{}-XX".format),
)
singles = st.builds("{}{}".format, st.one_of(plain, masked), marks)
sides = st.builds("{}{}".format, plain, marks)
in_order = st.tuples(sides, sides).map(lambda pair: "/".join(sorted(pair, key=lambda side: parse(side).earliest)))
intervals = st.one_of(
    in_order,
    st.builds("{}/{}".format, sides, st.sampled_from(["", ".."])),
    st.builds("{}/{}".format, st.sampled_from(["", ".."]), sides),
)
ranges = st.tuples(members, members).map(lambda pair: sorted(pair, key=lambda member: parse(member).earliest))
sets = st.one_of(
    ranges.map(lambda pair: f"[{pair[0]}..{pair[1]}]"), members.map("[{}..]".format), members.map("[..{}]".format)
)
valid = st.one_of(singles, intervals, sets)
pieces = st.sampled_from([*"0123456789-/.?~%XYESTZ[]{}, :\n\x00", "..", "-XX", "\ud800", "\u0661"])


@st.composite
def mutilated(draw: st.DrawFn) -> str:
    """A valid date with one to three places cut out or written over."""
    text = draw(valid)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 3)))
        text = text[:start] + draw(st.one_of(st.just(""), pieces)) + text[end:]
    return text


def assert_ordered(found: Edtf) -> None:
    assert found.earliest <= found.latest
    assert found.earliest == BEGINNING or FIRST_DAY <= found.earliest <= LAST_DAY
    assert found.latest == END or FIRST_DAY <= found.latest <= LAST_DAY
    if found.until_earliest is None or found.until_latest is None:
        assert found.until_earliest is found.until_latest is None
    else:
        assert found.interval
        assert found.earliest < found.until_earliest <= found.until_latest
        assert found.latest < found.until_latest or found.latest == found.until_latest == END


@given(valid)
def test_every_form_has_bounds_in_order_and_words(text: str) -> None:
    found = parse(text)
    assert found.text == text
    assert found.interval == ("/" in text)
    assert_ordered(found)
    assert in_words(found)


@given(st.one_of(st.text(), st.text("0123456789-/.?~%XYES[]{}, "), mutilated()))
@settings(max_examples=1000)
def test_nothing_but_a_date_fault_comes_of_any_text(text: str) -> None:
    try:
        assert_ordered(parse(text))
    except DateFault as fault:
        assert fault.message.isprintable()
    try:
        assert period(text).first <= period(text).last
    except DateFault as fault:
        assert fault.message.isprintable()
    try:
        assert iso(day(text)) == text
    except DateFault as fault:
        assert fault.message.isprintable()


@given(st.dates())
def test_days_are_those_of_the_calendar(then: date) -> None:
    text = then.isoformat()
    assert day(text) == then.toordinal()
    assert iso(then.toordinal()) == text


@given(st.integers(0, 365))
def test_the_year_0000_is_counted_as_the_year_400_is(offset: int) -> None:
    text = (date(400, 1, 1) + timedelta(days=offset)).isoformat().replace("0400", "0000")
    assert iso(FIRST_DAY + offset) == text
    assert day(text) == FIRST_DAY + offset


@given(st.integers(1, 9999), st.integers(0, 99), st.integers(0, 99))
def test_just_the_days_of_the_calendar_are_days(year: int, month: int, number: int) -> None:
    exists = 1 <= month <= 12 and 1 <= number <= monthrange(year, month)[1]
    try:
        assert iso(day(f"{year:04}-{month:02}-{number:02}")) == date(year, month, number).isoformat()
    except DateFault:
        assert not exists
    else:
        assert exists


FIRST_MONTHS = dict(zip(range(21, 42), [*[3, 6, 9, 12] * 2, 9, 12, 3, 6, 1, 4, 7, 10, 1, 5, 9, 1, 7], strict=True))
LENGTHS = dict.fromkeys(range(21, 37), 3) | dict.fromkeys(range(37, 40), 4) | dict.fromkeys(range(40, 42), 6)


@given(st.integers(2, 9996), st.sampled_from(sorted(FIRST_MONTHS)), st.booleans())
def test_parts_of_a_year_are_counted_month_by_month(year: int, code: int, about: bool) -> None:
    def step(from_year: int, from_month: int, by: int) -> date:
        for _ in range(abs(by)):
            from_month += 1 if by > 0 else -1
            if from_month not in range(1, 13):
                from_year, from_month = (from_year + 1, 1) if by > 0 else (from_year - 1, 12)
        return date(from_year, from_month, 1)

    first_month, length = FIRST_MONTHS[code], LENGTHS[code]
    first = step(year, first_month, -length if about else 0)
    following = step(year, first_month, 2 * length if about else length)
    found = parse(f"{year:04}-{code}{'~' if about else ''}")
    assert (found.earliest, found.latest) == (first.toordinal(), following.toordinal() - 1)


def some_bounds() -> st.SearchStrategy[tuple[int, int]]:
    """Bounds near and far, at the edges of months, years and decades more often than not."""
    written = st.one_of(singles, sets).map(parse)
    starts = st.one_of(st.integers(FIRST_DAY, LAST_DAY), written.map(lambda found: found.earliest), st.just(BEGINNING))
    ends = st.one_of(st.integers(FIRST_DAY, LAST_DAY), written.map(lambda found: found.latest), st.just(END))
    spans = st.tuples(starts, ends).filter(lambda pair: pair[0] <= pair[1])
    return st.one_of(spans, written.map(lambda found: (found.earliest, found.latest)))


@given(some_bounds())
def test_the_text_of_bounds_has_just_these_bounds(bounds: tuple[int, int]) -> None:
    text = edtf_of(*bounds)
    assert period_in_words(*bounds)
    if bounds == (BEGINNING, END):
        assert text == ".."
    else:
        found = parse(text)
        assert (found.earliest, found.latest) == bounds
        assert not (found.uncertain or found.interval)


@given(st.one_of(plain, masked))
def test_the_text_of_bounds_is_never_longer_than_the_date_they_came_from(text: str) -> None:
    found = parse(text)
    if found.latest != END:
        assert len(edtf_of(found.earliest, found.latest)) <= len(text)


# Where the package is no oracle: seasons that run over the new year (24, 28 and 30 end in December there); `A/` and
# `/B` (it reads an unknown side as ten years); `~` on months and days (it also pads the coarser units) and in
# intervals; seasons with a qualifier, groupings 25 to 41 in intervals, sets of two precisions (all refused there);
# A after B and 29 February of a common year (accepted there, so only days that exist are asked).
codes_alike = st.sampled_from([code for code in range(21, 42) if code not in (24, 28, 30)])
sides_alike = st.one_of(
    st.builds("{}{}".format, members, st.sampled_from(["", "?", "%"])),
    st.builds("{}-{}".format, years, st.sampled_from([21, 22, 23])),
)
alike = st.one_of(
    st.builds("{}{}".format, st.one_of(members, masked), st.sampled_from(["", "?", "%"])),
    st.builds("{}-{}".format, years, codes_alike),
    st.tuples(sides_alike, sides_alike).map(
        lambda pair: "/".join(sorted(pair, key=lambda side: (parse(side).earliest, parse(side).latest)))
    ),
    sides_alike.map("{}/..".format),
    sides_alike.map("../{}".format),
    st.sampled_from([years, year_months, days]).flatmap(
        lambda kind: st.tuples(kind, kind).map(lambda pair: "[{}..{}]".format(*sorted(pair)))
    ),
    members.map("[{}..]".format),
    members.map("[..{}]".format),
)
about_years = st.one_of(
    st.integers(1, 9998).map("{:04}~".format),
    st.integers(1, 998).map("{:03}X~".format),
    st.integers(1, 98).map("{:02}XX~".format),
)
needs_package = pytest.mark.skipif(parse_edtf is None, reason="the package edtf is not installed")


def as_iso(moment: struct_time | float) -> str | None:
    """The package's own way to write a bound: a struct_time, or an infinite float."""
    if isinstance(moment, struct_time):
        return f"{moment.tm_year:04}-{moment.tm_mon:02}-{moment.tm_mday:02}"
    assert math.isinf(moment)
    return None


@needs_package
@given(alike)
@settings(deadline=None)
def test_the_package_edtf_agrees(text: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = parse_edtf(text)
    found = parse(text)
    assert iso(found.earliest) == as_iso(theirs.lower_strict())
    if not found.interval:
        assert iso(found.latest) == as_iso(theirs.upper_strict())
    elif found.until_latest is None:
        assert as_iso(theirs.upper_strict()) is None
    elif found.until_latest != END:
        assert iso(found.until_latest - 1) == as_iso(theirs.upper_strict())


@needs_package
@given(about_years)
@settings(deadline=None)
def test_the_package_edtf_agrees_on_about_a_year(text: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = parse_edtf(text)
    found = parse(text)
    assert (iso(found.earliest), iso(found.latest)) == (as_iso(theirs.lower_fuzzy()), as_iso(theirs.upper_fuzzy()))
