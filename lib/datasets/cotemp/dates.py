"""Dates of three precisions, spans of time, and how two spans lie to each other, as CoTempQA's construction has it.

The benchmark (Su et al., 2024; its public construction code) compares dates as (year, month, day) with 0 for what is
not given: "2007" comes before "May, 2007". Where that convention alone would decide whether two spans touch, no
question is asked; here that relation is UNCLEAR.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache

from lib.errors import InputError

EQUAL, DURING, OVERLAP, APART, UNCLEAR = "equal", "during", "overlap", "apart", "unclear"
CO_TEMPORAL = (EQUAL, DURING, OVERLAP)

MONTHS = tuple("January February March April May June July August September October November December".split())
_DATE = re.compile(rf"(?:(?P<month>{'|'.join(MONTHS)})(?: (?P<day>\d{{1,2}}))?, )?(?P<year>\d{{1,4}})")

Date = tuple[int, int, int]  # year, month, day; 0 where not given


@dataclass(frozen=True, slots=True)
class Span:
    """From start to end; a point in time where both are the same. InputError where it surely ends before it starts."""

    start: Date
    end: Date

    def __post_init__(self) -> None:
        if self.end < self.start and not may_coincide(self.start, self.end):
            raise InputError(f"ends before it starts: {self.when}")

    @property
    def is_point(self) -> bool:
        return self.start == self.end

    @property
    def dates(self) -> str:
        """As the facts write it, without "in" and "from": "May, 2007", "2007 to 2009"."""
        return render_date(self.start) if self.is_point else f"{render_date(self.start)} to {render_date(self.end)}"

    @property
    def when(self) -> str:
        """As the facts write it: "in May, 2007", "from 2007 to 2009"."""
        return f"{'in' if self.is_point else 'from'} {self.dates}"

    def holds(self, other: "Span") -> bool:
        """Whether the other lies within this one; each holds itself."""
        return self.start <= other.start and other.end <= self.end


@lru_cache(maxsize=65536)
def parse_date(text: str) -> Date:
    """A date written "2007", "May, 2007" or "May 3, 2007". Raises InputError on anything else and on no such day."""
    match = _DATE.fullmatch(text)
    if not match:
        raise InputError(f"expected a date such as 'May 3, 2007', 'May, 2007' or '2007', found {text[:40]!r}")
    year, month, day = (
        int(match["year"]),
        MONTHS.index(match["month"]) + 1 if match["month"] else 0,
        int(match["day"] or 0),
    )
    # Year 0 has no calendar; a day must be one of its month's.
    if year == 0 or (match["day"] and not 1 <= day <= monthrange(year, month)[1]):
        raise InputError(f"impossible date {text!r}")
    return year, month, day


def render_date(when: Date) -> str:
    """The date as the facts write it."""
    year, month, day = when
    if not month:
        return str(year)
    return f"{MONTHS[month - 1]} {day}, {year}" if day else f"{MONTHS[month - 1]}, {year}"


def may_coincide(a: Date, b: Date) -> bool:
    """Whether two dates agree in all that both give: "2007" and "May 3, 2007" do."""
    return all(x == y for x, y in zip(a, b, strict=True) if x and y)


def relation(a: Span, b: Span) -> str:
    """How two spans lie to each other: EQUAL, DURING (one within the other), OVERLAP, APART or UNCLEAR. Symmetric."""
    if a == b and a.is_point and a.start[2]:
        return EQUAL  # one day; "in 2007" twice may be two
    if may_coincide(a.start, b.end) or may_coincide(b.start, a.end):
        return UNCLEAR  # one begins when the other ends, or may
    if a == b:
        return EQUAL
    if a.end < b.start or b.end < a.start:
        return APART
    return DURING if a.holds(b) or b.holds(a) else OVERLAP


def earliest(when: Date) -> Date:
    """The first day that a date may mean."""
    return when[0], when[1] or 1, when[2] or 1


def latest(when: Date) -> Date:
    """The last day that a date may mean (proleptic Gregorian)."""
    year, month, day = when
    return year, month or 12, day or monthrange(year, month or 12)[1]
