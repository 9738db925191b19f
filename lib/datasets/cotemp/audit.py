"""The label audit: where CoTempQA's released answers and classes disagree with the rules, and why.

Every disagreement gets a reason that a second rule has checked, from the list REASONS; "our error" is what no rule
explains. lib/published/agreement.py keeps the findings on the released problems in data/label_audit.csv (problem ids
and reasons, no text) and the counts in data/cotemp_agreement.csv.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import pandas as pd

from lib.datasets import cotemp
from lib.datasets.cotemp.dates import CO_TEMPORAL, UNCLEAR, Date, Span, days, relation
from lib.datasets.cotemp.grammar import parse_fact, parse_question
from lib.datasets.problem import Problem

MISSING, AGAINST, DUPLICATE, AMBIGUOUS, OURS = REASONS = (
    "answer missing from the gold list",
    "label against its own definition",
    "duplicate fact",
    "ambiguous precision",
    "our error",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement. `evidence` is a sentence with names in it: for readers who have the release, never stored."""

    problem: Problem
    answers_differ: bool
    class_differs: bool
    reason: str
    evidence: str


def examine(problem: Problem) -> Finding | None:
    """The disagreement between a problem's labels and its decomposition by rule, or None."""
    found = cotemp.decompose(problem)
    answers_differ = set(found.answers) != set(problem.answers)
    class_differs = found.category != problem.category
    if not (answers_differ or class_differs):
        return None
    explain = _why_answers if answers_differ else _why_class
    reason, evidence = explain(problem)
    return Finding(problem, answers_differ, class_differs, reason, evidence)


def _why_answers(problem: Problem) -> tuple[str, str]:
    candidates = cotemp.solve(problem)
    if len({candidate.anchor.text for candidate in candidates}) > 1:
        return DUPLICATE, "the anchor stands in the context twice, with two spans; distractors were drawn for one"
    names = {candidate.name for candidate in candidates}
    if strange := sorted(set(problem.answers) - names):
        return AGAINST, f"{strange[0]!r} stands in no fact of the relation that is asked for"
    extra = [c for c in candidates if c.relation in CO_TEMPORAL and c.name not in problem.answers]
    if extra and all(surely_share_a_day(c.anchor.span, c.fact.span) for c in extra):
        return MISSING, f"true while the anchor was, whatever day is meant: {extra[0].fact.text!r}"
    if extra or any(c.relation == UNCLEAR for c in candidates if c.name in problem.answers):
        return AMBIGUOUS, "a date without month or day decides"
    return OURS, "no rule explains it"


def _why_class(problem: Problem) -> tuple[str, str]:
    together = cotemp.co_temporal(problem)
    if len(together) > len({candidate.name for candidate in together}):
        return DUPLICATE, f"{together[0].name!r} was so twice, each time lying otherwise to the anchor"
    if problem.category in construction_classes(problem):
        return (
            AGAINST,
            "the label fits when another fact of the same name is compared, as the construction may have done",
        )
    if any(not surely_share_a_day(c.anchor.span, c.fact.span) for c in together):
        return AMBIGUOUS, "a date without month or day decides"
    return OURS, "no rule explains it"


def surely_share_a_day(a: Span, b: Span) -> bool:
    """Whether two spans have a day in common whatever days their vague dates mean."""
    if a.is_point or b.is_point:
        point, span = (a, b) if a.is_point else (b, a)
        latest_start, earliest_end = _latest(span.start), _earliest(span.end)
        return latest_start <= _earliest(point.start) and _latest(point.start) <= earliest_end
    return _latest(a.start) <= _earliest(b.end) and _latest(b.start) <= _earliest(a.end)


def _earliest(when: Date) -> int:
    return days(Span(when, when))[0]


def _latest(when: Date) -> int:
    return days(Span(when, when))[-1]


def construction_classes(problem: Problem) -> set[str]:
    """The classes that the benchmark's construction code may give a question with several answers.

    It keeps one span for each name, that of the fact read last, whatever its relation and its other side; takes the
    longest name that occurs in the question for the anchor; and compares: two points are equal, a point and an
    interval are during, intervals that neither match nor contain each other overlap. Which fact was last depended on a
    shuffle, so every choice is tried.
    """
    who = not parse_question(problem.question).asked_subject
    spans: dict[str, set[Span]] = {}
    for fact in map(parse_fact, problem.facts):
        spans.setdefault(fact.subject if who else fact.object, set()).add(fact.span)
    anchor = max((name for name in spans if name in problem.question), key=len)
    choices = [spans[anchor], *(spans[name] for name in problem.answers)]
    return {_constructed_class(anchor, *chosen) for anchor, *chosen in product(*choices)}


def _constructed_class(anchor: Span, *spans: Span) -> str:
    classes = {_constructed_relation(anchor, span) for span in spans}
    return classes.pop() if len(classes) == 1 else "mix"


def _constructed_relation(anchor: Span, span: Span) -> str:
    if anchor.is_point and span.is_point:
        return "equal"
    if anchor.is_point or span.is_point:
        return "during"
    found = relation(anchor, span)
    return found if found in CO_TEMPORAL else "overlap"


def audit(problems: Iterable[Problem]) -> tuple[pd.DataFrame, list[Finding]]:
    """(agreement by class; all findings).

    Agreement: class, n, answers, class_step (percent that agree); gold_more, gold_fewer, gold_anchor (how many
    problems: see `gold_against_evidence`).
    """
    rows, findings = [], []
    for problem in problems:
        finding = examine(problem)
        agrees = (not (finding and finding.answers_differ), not (finding and finding.class_differs))
        rows.append((problem.category, *agrees, *gold_against_evidence(problem)))
        if finding:
            findings.append(finding)
    counts = ["gold_more", "gold_fewer", "gold_anchor"]
    table = pd.DataFrame(rows, columns=["class", "answers", "class_step", *counts])
    agreement = table.groupby("class", sort=False).agg(
        n=("answers", "size"),
        answers=("answers", "mean"),
        class_step=("class_step", "mean"),
        **{name: (name, "sum") for name in counts},
    )
    agreement[["answers", "class_step"]] = (agreement[["answers", "class_step"]] * 100).round(1)
    return agreement.loc[list(cotemp.CATEGORIES)].reset_index(), findings


def co_temporal_facts(problem: Problem) -> tuple[str, ...]:
    """The facts that reasoning over dates finds: of the asked relation and co-temporal with the anchor."""
    together = {candidate.fact.text for candidate in cotemp.co_temporal(problem)}
    return tuple(fact for fact in problem.facts if fact in together)


def gold_against_evidence(problem: Problem) -> tuple[bool, bool, bool]:
    """Whether the study's gold facts (those with an answer string) hold more than the evidence, or less, or the anchor.

    More: an answer's name stands in a further fact, often inside a longer name. Less: a true answer has no label. The
    anchor, whose dates reasoning needs too, has no answer in it, but by such an accident.
    """
    gold, found = set(problem.gold_facts), set(co_temporal_facts(problem))
    anchors = {candidate.anchor.text for candidate in cotemp.solve(problem)}
    return not gold <= found, not found <= gold, not gold.isdisjoint(anchors)


def findings_table(findings: list[Finding]) -> pd.DataFrame:
    """Findings without the authors' text: problem, class, pattern, answers_differ, class_differs, reason."""
    columns = ["problem", "class", "pattern", "answers_differ", "class_differs", "reason"]
    rows = [
        (f.problem.id, f.problem.category, f.problem.pattern, f.answers_differ, f.class_differs, f.reason)
        for f in findings
    ]
    return pd.DataFrame(rows, columns=columns)
