"""Dates and spans: read, written, refused, and compared as a calendar compares them, day by day."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lib.datasets.cotemp import dates
from lib.datasets.cotemp.audit import surely_share_a_day
from lib.datasets.cotemp.dates import APART, CO_TEMPORAL, DURING, EQUAL, OVERLAP, UNCLEAR, Span, parse_date, relation
from lib.errors import InputError


@st.composite
def some_dates(draw):
    """Dates in a narrow calendar, so that spans meet, touch and coincide often."""
    precision = draw(st.integers(1, 3))
    month = draw(st.integers(1, 12)) if precision > 1 else 0
    day = draw(st.integers(1, 28)) if precision > 2 else 0
    return draw(st.integers(2000, 2003)), month, day


@st.composite
def spans(draw):
    """Points and intervals whose own ends are in order beyond doubt."""
    first, last = sorted((draw(some_dates()), draw(some_dates())))
    return Span(first, first) if dates.may_coincide(first, last) else Span(first, last)


@st.composite
def near_spans(draw):
    """Spans of full dates within one month."""
    first, last = sorted(draw(st.lists(st.integers(1, 12), min_size=2, max_size=2)))
    return Span((2001, 5, first), (2001, 5, last))


@given(some_dates())
@example((962, 0, 0))
@example((2000, 2, 29))
def test_dates_are_read_as_they_are_written(when):
    assert parse_date(dates.render_date(when)) == when


IMPOSSIBLE = ("February 30, 2001", "February 29, 1900", "April 31, 2001", "May 0, 2001", "0")
NO_DATES = ("", "May 2007", "3 May, 2007", "Mai, 2007", "20071", "2007 ", "may, 2007", "-5")


@pytest.mark.parametrize("text", [*IMPOSSIBLE, *NO_DATES])
def test_impossible_dates_and_what_is_none(text):
    words = f"impossible date '{text}'" if text in IMPOSSIBLE else "expected a date such as"
    with pytest.raises(InputError, match=words):
        parse_date(text)


def test_end_before_start():
    with pytest.raises(InputError, match="ends before it starts: from May, 2007 to April, 2007"):
        Span((2007, 5, 0), (2007, 4, 0))
    assert Span((2007, 5, 0), (2007, 0, 0)).is_point is False  # some day of 2007: that may be after May


CASES = [
    # a, b, how they lie; the last four are what the benchmark asks no question about
    ("2001-2005", "2001-2005", EQUAL),
    ("2001-2005", "2002-2004", DURING),
    ("2001-2005", "2003-2009", OVERLAP),
    ("2001-2005", "2006-2009", APART),
    ("2001-2005", "2003", DURING),
    ("May 3, 2001", "May 3, 2001", EQUAL),
    ("May, 2001", "May, 2001", UNCLEAR),
    ("May, 2001", "May 4, 2001", UNCLEAR),
    ("2001-2005", "2005-2009", UNCLEAR),
]


def span(text: str) -> Span:
    start, _, end = text.partition("-")
    return Span(parse_date(start), parse_date(end or start))


@pytest.mark.parametrize(("a", "b", "expected"), CASES)
def test_relations(a, b, expected):
    assert relation(span(a), span(b)) == relation(span(b), span(a)) == expected


def days(span: Span) -> range:
    """Every day that the span may hold, as a number."""
    return range(date(*dates.earliest(span.start)).toordinal(), date(*dates.latest(span.end)).toordinal() + 1)


def by_days(a: Span, b: Span) -> str:
    """The relation of two spans of full dates, from the sets of their days."""
    first, second = set(days(a)), set(days(b))
    shared, edges = first & second, {day for x in (a, b) if not x.is_point for day in (days(x)[0], days(x)[-1])}
    if not shared:
        return APART
    if first == second:
        return EQUAL
    if len(shared) == 1 and shared <= edges:
        return UNCLEAR  # they touch: one may begin when the other has ended
    return DURING if shared in (first, second) else OVERLAP


@settings(max_examples=300)
@given(near_spans(), near_spans())
def test_full_dates_lie_as_their_days_do(a, b):
    assert relation(a, b) == by_days(a, b)


@settings(max_examples=300)
@given(spans(), spans())
def test_whatever_days_vague_dates_mean_the_relation_holds(a, b):
    """APART shares no day however the dates are completed; what is co-temporal shares one however they are."""
    lies = relation(a, b)
    assert lies == relation(b, a)
    assert relation(a, a) == (UNCLEAR if a.is_point and not a.start[2] else EQUAL)
    if lies == APART:
        assert not set(days(a)) & set(days(b))
    if lies in CO_TEMPORAL:
        assert surely_share_a_day(a, b)
