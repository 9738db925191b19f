"""The label audit: where CoTempQA's released answers and classes disagree with the rules, and why.

Every disagreement gets a reason that a second rule has checked; "our error" is what no rule explains. The findings on
the released problems are kept in data/label_audit.csv, the counts in data/cotemp_agreement.csv (notebook 1).
"""

from collections import defaultdict
from itertools import product
from typing import NamedTuple

from lib.datasets import cotemp
from lib.datasets.cotemp.dates import CO_TEMPORAL, DURING, EQUAL, OVERLAP, UNCLEAR, Span, earliest, latest, relation
from lib.datasets.cotemp.grammar import parse_fact, parse_question
from lib.datasets.problem import Problem

MISSING, AGAINST, DUPLICATE, AMBIGUOUS, OURS = REASONS = (
    "answer missing from the gold list",
    "label against its own definition",
    "duplicate fact",
    "ambiguous precision",
    "our error",
)


class Finding(NamedTuple):
    """One disagreement between a problem's labels and the rules: which of them differ, and one of REASONS."""

    answers_differ: bool
    class_differs: bool
    reason: str


def examine(problem: Problem) -> Finding | None:
    """The disagreement between a problem's labels and its decomposition by rule, or None."""
    found = cotemp.decompose(problem)
    answers_differ = set(found.answers) != set(problem.answers)
    class_differs = found.category != problem.category
    if not (answers_differ or class_differs):
        return None
    return Finding(answers_differ, class_differs, (_why_answers if answers_differ else _why_class)(problem))


def _why_answers(problem: Problem) -> str:
    candidates = cotemp.solve(problem)
    if len({candidate.anchor.text for candidate in candidates}) > 1:
        return DUPLICATE  # the anchor stands in the context with two spans; distractors were drawn for one of them
    if not {candidate.name for candidate in candidates}.issuperset(problem.answers):
        return AGAINST  # an answer stands in no fact of the relation that is asked for
    extra = [c for c in candidates if c.relation in CO_TEMPORAL and c.name not in problem.answers]
    if extra and all(surely_share_a_day(c.anchor.span, c.fact.span) for c in extra):
        return MISSING  # a further fact was true while the anchor was, whatever days are meant
    unclear = extra or any(c.relation == UNCLEAR for c in candidates if c.name in problem.answers)
    return AMBIGUOUS if unclear else OURS  # a date without month or day decides


def _why_class(problem: Problem) -> str:
    together = cotemp.co_temporal(problem)
    if len(together) > len({candidate.name for candidate in together}):
        return DUPLICATE  # a name was so twice, each time lying otherwise to the anchor
    if problem.category in _constructed_classes(problem):
        return AGAINST  # the label fits when another fact of the same name is compared
    clear = all(surely_share_a_day(c.anchor.span, c.fact.span) for c in together)
    return OURS if clear else AMBIGUOUS  # a date without month or day decides


def surely_share_a_day(a: Span, b: Span) -> bool:
    """Whether two spans have a day in common whatever days their vague dates mean."""
    return latest(a.start) <= earliest(b.end) and latest(b.start) <= earliest(a.end)


def _constructed_classes(problem: Problem) -> set[str]:
    """The classes that the benchmark's construction code may give a question with several answers.

    It compares one span per name, that of the fact read last, whatever its relation; the anchor is the longest name in
    the question. Which fact was last depended on a shuffle, so every choice is tried.
    """
    who = not parse_question(problem.question).asked_subject
    spans: dict[str, set[Span]] = defaultdict(set)
    for fact in map(parse_fact, problem.facts):
        spans[fact.subject if who else fact.object].add(fact.span)
    anchor = max((name for name in spans if name in problem.question), key=len)
    choices = product(spans[anchor], *(spans[name] for name in problem.answers))
    classes = [{_constructed_relation(anchor, span) for span in chosen} for anchor, *chosen in choices]
    return {found.pop() if len(found) == 1 else "mix" for found in classes}


def _constructed_relation(anchor: Span, span: Span) -> str:
    """Two points are equal, a point and an interval during, other intervals overlap unless they match or contain."""
    if anchor.is_point or span.is_point:
        return EQUAL if anchor.is_point and span.is_point else DURING
    found = relation(anchor, span)
    return found if found in CO_TEMPORAL else OVERLAP
