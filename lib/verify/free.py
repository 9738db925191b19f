"""A free trace on CoTempQA, judged: what it says of the facts, how it compares their dates, what it concludes.

    judged = judge(problem, completion)
    judged.mentions, judged.comparisons, judged.concludes, judged.read, judged.reasons

By rule, with reasons, no model. It counts only what it can read, and `read` says how much that was. A trace of the
study's own form is judged by lib/verify/strict instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from lib.datasets.cotemp.dates import APART, MONTHS, UNCLEAR, Span, may_coincide, parse_date, relation
from lib.datasets.cotemp.grammar import Fact, parse_fact
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.verify.strict.answer import parts
from lib.verify.strict.plain import plain
from lib.verify.strict.wording import MARK, SAID, Marks, replace_words, sentences

MENTION, COMPARISON = "mention", "comparison"


class Claim(NamedTuple):
    """One statement that could be read: its kind, its words, whether it is true, and why not."""

    kind: str
    text: str
    true: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FreeVerdict:
    """What was read of a free trace.

    claims     mentions (an entity with dates) and comparisons (two dates or entities, and how they lie), in order
    concludes  the answer part names what the trace concludes; None where one of the two cannot be read
    read       share of the trace's dates that stand in a claim; 0 where it has none
    """

    claims: tuple[Claim, ...]
    concludes: bool | None
    read: float

    def counts(self, kind: str) -> tuple[int, int]:
        """(true, all) claims of a kind."""
        said = [claim.true for claim in self.claims if claim.kind == kind]
        return sum(said), len(said)

    @property
    def mentions(self) -> tuple[int, int]:
        return self.counts(MENTION)

    @property
    def comparisons(self) -> tuple[int, int]:
        return self.counts(COMPARISON)

    @property
    def holds(self) -> bool:
        """Whether no claim that could be read is false, and the answer is what the trace concludes."""
        return all(claim.true for claim in self.claims) and self.concludes is not False

    @property
    def reasons(self) -> tuple[str, ...]:
        false = tuple(f"{claim.kind}: {claim.text!r}, {claim.reason}" for claim in self.claims if not claim.true)
        return false + (("conclusion: the answer is another",) if self.concludes is False else ())


def judge(problem: Problem, text: str) -> FreeVerdict:
    """The verdict on the free trace of a completion. InputError for another dataset; raises on no text."""
    if problem.dataset != "cotemp":
        raise InputError(f"free traces are judged for cotemp, not for {problem.dataset}: its facts have dates")
    completion, context = parts(text), _context(problem)
    trace = _Trace(context, completion.think or "")
    claims, used = [], set()
    for clause in _CLAUSES.split(trace.text):
        found = [*_comparisons(context, trace, clause)] or [*_mentions(context, trace, clause)]
        claims += found
        used |= set(_WHEN.findall(clause)) if found else set()
    dates = set(_WHEN.findall(trace.text))
    concluded, answered = _concluded(trace), set(context.names(context.mark(completion.answer or "")))
    concludes = concluded == answered if concluded and answered else None
    return FreeVerdict(tuple(claims), concludes, len(used) / len(dates) if dates else 0.0)


# --- names and dates as single characters -------------------------------------------------------------------

_MONTHS = "|".join(MONTHS)
_DATE = rf"(?:(?:{_MONTHS})(?: \d{{1,2}}(?:st|nd|rd|th)?)?,? |\d{{1,2}}(?:st|nd|rd|th)? (?:{_MONTHS}),? )?\b\d{{3,4}}\b"
_RANGE = re.compile(
    rf"(?:\b(?:from|between) )?({_DATE})(?: ?- ?| to | until | till | through | and (?=\w+ ?\d*,? ?\d* ?\Z))({_DATE})"
    rf"|\bbetween ({_DATE}) and ({_DATE})|(?:\b(?:in|on) )?({_DATE})"
)
_PARTS = re.compile(rf"(?P<month>{_MONTHS})|(?P<year>\d{{3,4}})|(?P<day>\d{{1,2}})")
_DATES = 0xF000  # where the characters for dates begin; those before it are names
_NAME, _WHEN = re.compile("[\ue000-\uefff]"), re.compile("[\uf000-\uf8ff]")
_CLAUSES = re.compile(r"(?<![.!?;])[.!?;]++(?=\s|$)|\n+|,? (?:while|whereas|but|although)\b")


class _Context:
    """A problem's facts, by the names in them; `mark` puts a character for every name."""

    def __init__(self, problem: Problem):
        self.facts = [fact for text in problem.facts if (fact := _parsed(text))]
        names = Marks(name for fact in self.facts for name in (fact.subject, fact.object)).names
        self.marks = {mark: name for mark, name in names.items() if mark < chr(_DATES)}
        self.question = plain(problem.question)

    def mark(self, text: str, numbered: bool | None = None) -> str:
        """The text with its names marked; `numbered` picks the names with (or without) a year in them."""
        for mark, name in self.marks.items():
            if (numbered is None or numbered == bool(re.search(r"\d{3}", name))) and name in text:
                text = replace_words(text, plain(name), mark)
        return text

    def names(self, text: str) -> Iterator[str]:
        return (self.marks[mark] for mark in dict.fromkeys(_NAME.findall(text)))

    def about(self, names: set[str]) -> list[Fact]:
        """The facts that hold all of some names, one at least."""
        return [fact for fact in self.facts if names and names <= {fact.subject, fact.object}]


@lru_cache(maxsize=4096)
def _context(problem: Problem) -> _Context:
    return _Context(problem)


def _parsed(text: str) -> Fact | None:
    try:
        return parse_fact(text)
    except InputError:  # a fact that ends before it starts, or of no known relation: nothing is held against it
        return None


class _Trace:
    """A trace with one character for every name and for every date or span; `spans` says what the latter mean."""

    def __init__(self, context: _Context, think: str):
        self.context, self.spans = context, {}
        text = context.mark(think.replace(context.question, " "), numbered=True)
        self.text = context.mark(_RANGE.sub(self._span, text), numbered=False)

    def _span(self, found: re.Match) -> str:
        first, last = (found[a] or found[b] for a, b in ((1, 3), (2, 4)))
        try:
            start = _date(first or found[5])
            span = Span(start, _date(last) if last else start)
        except InputError:  # the thirtieth of February, or a span that ends before it starts
            return found[0]
        mark = chr(_DATES + len(self.spans))
        if mark > "\uf8ff":
            return found[0]
        self.spans[mark] = span
        return mark

    def shown(self, text: str) -> str:
        names = _NAME.sub(lambda mark: self.context.marks[mark[0]], text)
        return " ".join(_WHEN.sub(lambda mark: self.spans[mark[0]].dates, names).split())


def _date(text: str) -> tuple[int, int, int]:
    found = {match.lastgroup: match[0] for match in _PARTS.finditer(text)}
    day = f" {int(found['day'])}" if "day" in found else ""
    return parse_date(f"{found['month']}{day}, {found['year']}" if "month" in found else found["year"])


# --- mentions: an entity and when ---------------------------------------------------------------------------

_STATES = re.compile(
    r"\b(?:works?|worked|working|employed|attends?|attended|attending|studied|members?|belong\w*|positions?|held|holds?|"
    r"holding|plays?|played|playing|owned|owns?|owner|chair\w*|heads?|headed|served?|serving|was|is|joined)\b"
)
_ONE_END = re.compile(
    "\\b(since|starting|started|began|until|till|ended|ending|left)\\b[^\uf000-\uf8ff]{0,12}[\uf000-\uf8ff]"
)


def _mentions(context: _Context, trace: _Trace, clause: str) -> Iterator[Claim]:
    """The claim of a clause with names and one date or span; none where it names too much to be told apart."""
    names, marks = set(context.names(clause)), _WHEN.findall(clause)
    if not names or len(names) > 2 or len(marks) != 1:
        return
    facts, span = context.about(names), trace.spans[marks[0]]
    if not facts:
        if len(names) == 2 and _STATES.search(clause):
            yield Claim(MENTION, trace.shown(clause), False, "no fact is about both")
        return
    end = _ONE_END.search(clause)
    if any(_agrees(fact.span, span, end[1] if end else "") for fact in facts):
        yield Claim(MENTION, trace.shown(clause), True)
    else:
        known = ", ".join(dict.fromkeys(fact.span.dates for fact in facts[:3]))
        yield Claim(MENTION, trace.shown(clause), False, f"the facts say {known}")


def _agrees(fact: Span, said: Span, end: str) -> bool:
    """Whether a fact's span is what was said: the same, a date within it, or the one end that was named."""
    if end:
        return may_coincide(fact.start if end.startswith(("s", "b")) else fact.end, said.start)
    coarse = may_coincide(fact.start, said.start) and may_coincide(fact.end, said.end)
    return fact == said or (said.is_point and fact.holds(said)) or (coarse and not _finer(said, fact))


def _finer(said: Span, fact: Span) -> bool:
    """Whether a month or day is said that the fact does not give: made up, if perhaps not wrong."""
    return any(one and not other for one, other in zip(said.start + said.end, fact.start + fact.end, strict=True))


# --- comparisons: two dates or entities, and how they lie ---------------------------------------------------

_THING = "([\ue000-\uf8ff])"
_FILLER = (
    r"(?:'s (?:time|tenure|term|period|membership|employment|stay)\b)?,? ?"
    r"(?:which |that |also |both |surely |clearly )?"
)
_VERB = (
    r"(?:(?:comes?|came|is|was|are|were|lies|lie|falls?|fell|ends?|ended|begins?|began|starts?|started|do|does|did)"
    r"(?P<no>n't| not)? ?)?(?:entirely |completely |fully |just |well |long |even |partly )?"
)
_RELATIONS = {
    "before": r"(?:before|earlier than|prior to)",
    "after": r"(?:after|later than)",
    "within": r"(?:within|inside|contained in|during)",
    "equal": r"(?:(?:at )?the (?:very |exact )?same (?:time|day|period|span|dates?) as|equal to|identical to|equals)",
    "overlap": r"(?:overlaps?(?: in part)?(?: with)?|overlapped(?: with)?)",
}
_COMPARED = re.compile(
    rf"{_THING}{_FILLER} ?{_VERB}"
    rf"(?:{'|'.join(f'(?P<{name}>{words})' for name, words in _RELATIONS.items())}) "
    rf"(?:the |that of |those of |his |her |their |time at |time of )*{_THING}"
)
_BOTH = re.compile(
    rf"{_THING} and {_THING} (?:do|did|are|were)?(?P<no>n't| not)? ?"
    r"(?:(?P<overlap>overlap)|(?P<equal>(?:at )?(?:exactly )?the same(?: time| day| period)?|equal|identical))"
)


def _comparisons(context: _Context, trace: _Trace, clause: str) -> Iterator[Claim]:
    """The claims of a clause that compares; what the dates leave open is not counted."""
    for found in (*_COMPARED.finditer(clause), *_BOTH.finditer(clause)):
        things = [_when(context, trace, thing) for thing in _things(found)]
        name = next(name for name in _RELATIONS if found.groupdict().get(name))
        true = _lies(name, *things) if None not in things else None
        if true is not None:
            true = true != bool(found["no"])
            how = "" if true else f"{things[0].dates} and {things[1].dates} do not lie so"
            yield Claim(COMPARISON, trace.shown(found[0]), true, how)


def _things(found: re.Match) -> tuple[str, str]:
    marks = [group for group in found.groups() if group and len(group) == 1 and MARK.fullmatch(group)]
    return marks[0], marks[-1]


def _when(context: _Context, trace: _Trace, mark: str) -> Span | None:
    """The span of a date, or of a name that stands in one fact only."""
    if mark in trace.spans:
        return trace.spans[mark]
    spans = {fact.span for fact in context.about({context.marks[mark]})} if mark in context.marks else set()
    return spans.pop() if len(spans) == 1 else None


def _lies(how: str, one: Span, other: Span) -> bool | None:
    """Whether two spans lie so; None where their precision does not say."""
    if how == "after":
        return _lies("before", other, one)
    if how == "before":
        return None if may_coincide(one.end, other.start) and one.end != other.start else one.end < other.start
    if how == "within":
        early = one.start < other.start and not may_coincide(one.start, other.start)
        late = one.end > other.end and not may_coincide(one.end, other.end)
        return True if other.holds(one) else False if early or late else None
    if how == "equal":
        alike = may_coincide(one.start, other.start) and may_coincide(one.end, other.end)
        return True if one == other else None if alike else False
    lies = relation(one, other)
    return None if lies == UNCLEAR else lies != APART


# --- the conclusion -----------------------------------------------------------------------------------------


def _concluded(trace: _Trace) -> set[str]:
    """The names that the last sentence which speaks of the answer asserts; the last sentence that asserts any else."""
    said = [
        ("answer" in sentence.text, {mention.mark for mention in sentence.mentions if mention.stance == SAID})
        for sentence in sentences(_WHEN.sub("", trace.text).lower())
    ]
    said = [(declares, {trace.context.marks[mark] for mark in marks}) for declares, marks in said if marks]
    return next((names for declares, names in reversed(said) if declares), said[-1][1] if said else set())
